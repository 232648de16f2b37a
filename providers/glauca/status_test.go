package glauca_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
)

// What the registry says of a domain decides whether it is written. Nothing is sent to one that is blocked, and nobody tries again.
func TestStatus(t *testing.T) {
	const ready, pending, blocked = providers.Ready, providers.Pending, providers.Blocked
	for _, tt := range []struct {
		statuses, grace string
		deleted         bool
		want            providers.ResourcePhase
		state           string
		reason          string // words of it
	}{
		{"ok", "", false, ready, "ok", ""},
		{"client_transfer_prohibited", "", false, ready, "client_transfer_prohibited", ""},
		{"client_delete_prohibited server_renew_prohibited", "", false, ready, "client_delete_prohibited, server_renew_prohibited", ""},
		{"ok", "add_grace_period", false, ready, "ok", ""},
		{"ok", "auto_renew_grace_period", false, ready, "ok", ""},
		{"ok", "renew_grace_period transfer_grace_period unknown", false, ready, "ok", ""},
		{"ok", "", true, blocked, "deleted", "restored at Glauca"},
		{"pending_delete", "redemption_grace_period", true, blocked, "redemption_grace_period", "restored at Glauca"},
		{"pending_delete", "pending_restore_grace_period redemption_grace_period", true, blocked, "pending_restore_grace_period", "not restored it yet"},
		{"pending_delete", "pending_delete_grace_period", true, blocked, "pending_delete_grace_period", "register it anew"},
		{"pending_delete", "", false, blocked, "pending_delete", "ask Glauca at once"},
		{"server_hold client_transfer_prohibited", "", false, blocked, "server_hold", "registry has taken it off the net"},
		{"client_hold", "", false, blocked, "client_hold", "Glauca has taken it off the net"},
		{"pending_transfer", "", false, blocked, "pending_transfer", "object to that"},
		{"client_update_prohibited server_update_prohibited", "", false, blocked, "server_update_prohibited", "registry lock"},
		{"client_update_prohibited", "", false, blocked, "client_update_prohibited", "locked at Glauca"},
		{"pending_create", "", false, blocked, "pending_create", "ends by itself"},
		{"pending_renew", "", false, blocked, "pending_renew", "ends by itself"},
		{"pending_update", "", false, blocked, "pending_update", "ends by itself"},
		{"pending_something", "", false, blocked, "pending_something", "ask Glauca what it is"},
		{"ok", "pending_restore", false, blocked, "pending_restore", "not restored it yet"},
		{"ok", "redemption_period", false, blocked, "redemption_period", "restored at Glauca"},
		{"ok", "pendingRestore", false, blocked, "pending_restore", "not restored it yet"},
		{"ok", "redemptionPeriod", false, blocked, "redemption_period", "restored at Glauca"},
		{"ok", "REDEMPTION_GRACE_PERIOD", false, blocked, "redemption_grace_period", "restored at Glauca"},
		{"serverHold", "", false, blocked, "server_hold", "registry has taken it off the net"},
		{"ok", "pending_something", false, blocked, "pending_something", "ask Glauca what it is"},
		{"ok", "Pending-Something", false, blocked, "Pending-Something", "ask Glauca what it is"},
		{"ok", "in_redemption", false, blocked, "in_redemption", "ask Glauca what it is"},
		{"inactive", "pending_something", false, blocked, "pending_something", "ask Glauca what it is"},
		{"pending_update server_hold", "", false, blocked, "server_hold", "registry has taken it off the net"},
		{"inactive", "", false, pending, "inactive", "no name servers"},
	} {
		t.Run(strings.TrimSpace(tt.statuses+" "+tt.grace), func(t *testing.T) {
			d := glaucatest.Domain{RGP: strings.Fields(tt.grace), Deleted: tt.deleted}
			if d.Statuses = strings.Fields(tt.statuses); tt.statuses == "inactive" {
				d.NameServers = []glaucatest.NameServer{}
			}
			s, p := with(t, glaucatest.Options{}, d)
			got := fetch(t, p)
			if got.Status.Phase != tt.want || got.Status.State != tt.state || !strings.Contains(got.Status.Reason, tt.reason) {
				t.Errorf("got %+v, want %s, %q, %q", got.Status, tt.want, tt.state, tt.reason)
			}
			if (got.Status.Reason == "") != (tt.want == ready) {
				t.Errorf("the reason is %q", got.Status.Reason)
			}
			if tt.want != ready && !strings.Contains(tt.reason, "what it is") {
				documentedState(t, tt.state, tt.want)
			}
			err := changeFrom(t, p, got, map[string]string{"name_servers": "ns8.example.net., ns9.example.net."})
			if tt.want != blocked {
				if err != nil {
					t.Errorf("it cannot be written: %v", err)
				}
				return
			}
			wants(t, err, providers.ErrBlocked, tt.state, tt.reason)
			if state, ok := errors.AsType[*providers.StateError](err); !ok || state.State != tt.state {
				t.Errorf("got %#v, want a StateError", err)
			}
			if n := s.Faults.Log().Count(glaucatest.PatchDomain); n > 0 {
				t.Errorf("%d PATCHes were sent", n)
			}
		})
	}
}

// A domain that comes into such a state when the plan was made already is not written either, whatever else has changed.
func TestBlockedSince(t *testing.T) {
	s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
	base := fetch(t, p)
	s.Redeem(domainName)
	s.Change(domainName, func(d *glaucatest.Domain) { d.NameServers = glaucatest.Hosts("ns5.example.net") })
	wants(t, changeFrom(t, p, base, map[string]string{"transfer_lock": "true"}), providers.ErrBlocked, "redemption_grace_period")
}
