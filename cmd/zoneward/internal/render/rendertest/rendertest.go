// Package rendertest has plans and texts for the tests of all who show them.
package rendertest

import (
	"strings"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// At returns when the plans were made.
func At() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// Spoken has a zone of which there is something to say in every way.
func Spoken() *reconcile.Plan {
	at, ref := At(), reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "live"}
	rrset := func(action reconcile.Action, from, to string, cause reconcile.Cause, stone string) reconcile.Change {
		c := reconcile.Change{Kind: reconcile.KindRRset, Action: action, Cause: cause, Stone: stone}
		for head, side := range map[string]**zonefile.RRset{from: &c.Old, to: &c.New} {
			if owner, value, ok := strings.Cut(head, "="); ok {
				set := zonefile.MustParseRRset(owner+" A", value)
				c.Key, *side = set.Key, &set
			}
		}
		if action != reconcile.Restore && action != reconcile.Purge {
			c.Source = zonefile.Position{File: "zones/example.com.zone", Line: 3}
		}
		return c
	}
	key := func(name string) zonefile.Key {
		return zonefile.Key{Name: zonefile.MustParseName(name), Type: zonefile.TypeA}
	}
	return &reconcile.Plan{CreatedAt: at, Zones: []reconcile.ZonePlan{{
		Ref: ref, Parts: "in 6 parts", NegativeTTL: 300,
		Changes: []reconcile.Change{
			rrset(reconcile.Update, "www.example.com. 3600=192.0.2.1", "www.example.com. 3600=192.0.2.2", reconcile.CauseDrift, ""),
			rrset(reconcile.Update, "api.example.com. 300=192.0.2.1", "api.example.com. 300=192.0.2.2", reconcile.CauseBoth, ""),
			rrset(reconcile.Restore, "", "old.example.com. 300=192.0.2.1", reconcile.CauseUnknown, "0123456789abcdef"),
			rrset(reconcile.Restore, "taken.example.com. 300=192.0.2.1", "taken.example.com. 300=192.0.2.2", reconcile.CauseUnknown, ""),
			rrset(reconcile.Purge, "over.example.com. 300=192.0.2.1", "", reconcile.CauseGit, "0123456789abcdef"),
		},
		Holds: []reconcile.Hold{{Guard: reconcile.GuardFreeze, Reason: "it is Friday"}, {Guard: reconcile.GuardEmptyZone, Reason: "nothing is left"}},
	}, {
		Ref: reconcile.Ref{Zone: zonefile.MustParseName("example.net."), Target: "live"},
		Waiting: []reconcile.Waiting{
			{Kind: reconcile.KindRRset, Key: key("a.example.net."), Since: at.Add(-time.Hour), Until: at.Add(23 * time.Hour), Noted: true},
			{Kind: reconcile.KindRRset, Key: key("b.example.net."), Since: at, Until: at.Add(24 * time.Hour)},
			{Kind: reconcile.KindZone, Key: zonefile.Key{Name: zonefile.MustParseName("example.net.")}, Since: at.Add(-48 * time.Hour), Until: at.Add(-24 * time.Hour), Noted: true},
		},
		Drift: []reconcile.Change{
			rrset(reconcile.Update, "c.example.net. 300=192.0.2.1", "c.example.net. 300=192.0.2.2", reconcile.CauseDrift, ""),
			rrset(reconcile.Retire, "d.example.net. 300=192.0.2.1", "", reconcile.CauseDrift, ""),
		},
		Pinned: []reconcile.Pin{
			{Key: key("e.example.net."), Until: at.Add(time.Hour), Actor: "ann", Reason: "mail was lost"},
			{Key: zonefile.Key{Name: zonefile.MustParseName("example.net.")}, Until: at.Add(time.Hour), Actor: "ann"},
		},
	}, {
		Ref:     reconcile.Ref{Zone: zonefile.MustParseName("example.org."), Target: "live"},
		Changes: []reconcile.Change{{Kind: reconcile.KindZone, Action: reconcile.Restore, Key: zonefile.Key{Name: zonefile.MustParseName("example.org.")}, Stone: "0123456789abcdef"}},
	}, {
		Ref: reconcile.Ref{Zone: zonefile.MustParseName("quiet.example."), Target: "live"},
	}}}
}
