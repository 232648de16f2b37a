package notify_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/notify"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

var onPDNS = reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "pdns"}

// change returns the change of www.example.com. A from one address to another, either empty for none.
func change(cause reconcile.Cause, from, to string) reconcile.Change {
	set := func(address string) *zonefile.RRset {
		if address == "" {
			return nil
		}
		return new(zonefile.MustParseRRset("www.example.com. 300 A", address))
	}
	c := reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Update, Cause: cause, Old: set(from), New: set(to)}
	switch {
	case from == "":
		c.Action, c.Key = reconcile.Create, c.New.Key
	case to == "":
		c.Action, c.Key = reconcile.Retire, c.Old.Key
	default:
		c.Key = c.New.Key
	}
	return c
}

// round is what became of a plan.
type round struct {
	plan    reconcile.ZonePlan
	outcome reconcile.Outcome
}

func unchanged() round { return round{outcome: reconcile.Outcome{Status: reconcile.Unchanged}} }

func failed(err error) round {
	return round{outcome: reconcile.Outcome{Status: reconcile.Failed, Err: err}}
}

func held(id byte, guards ...reconcile.Guard) round {
	r := round{outcome: reconcile.Outcome{Status: reconcile.Held}}
	r.plan.ID[0] = id
	for _, guard := range guards {
		r.plan.Holds = append(r.plan.Holds, reconcile.Hold{Guard: guard, Reason: "because"})
	}
	return r
}

func applied(changes ...reconcile.Change) round {
	return round{outcome: reconcile.Outcome{Status: reconcile.Applied, Changes: changes}}
}

func drifted(to string) round {
	r := unchanged()
	r.plan.Drift = []reconcile.Change{change(reconcile.CauseDrift, to, "192.0.2.1")}
	return r
}

func verified(wrong ...string) round {
	r := applied(change(reconcile.CauseGit, "", "192.0.2.1"))
	r.outcome.Verification = &reconcile.Verification{Servers: []reconcile.ServerAnswer{{Server: "192.0.2.53:53", Wrong: wrong}}}
	return r
}

func mail(phase providers.ResourcePhase) round {
	r := unchanged()
	r.plan.Resources = []reconcile.ResourceView{{
		Kind: providers.Mail, Name: onPDNS.Zone, Status: providers.ResourceStatus{Phase: phase, State: "revoked", Reason: "ask them"},
	}}
	return r
}

func reputation(text string) round {
	r := mail(providers.Ready)
	if text != "" {
		r.plan.Warnings = []zonefile.Problem{{Rule: "reputation", Message: text}}
	}
	return r
}

func inState(name string) round {
	r := round{outcome: reconcile.Outcome{Status: reconcile.Held, State: &reconcile.State{Name: name, Needs: "prove it"}}}
	return r
}

// TestWatch: what changes is told, and what stays as it is is not.
func TestWatch(t *testing.T) {
	gone := &providers.BusyError{}
	created := change(reconcile.CauseGit, "", "192.0.2.1")
	rolledBack := failed(errors.New("not served"))
	rolledBack.outcome.RolledBack = true
	suspended := held(1, reconcile.GuardSuspended)
	interrupted := round{outcome: reconcile.Outcome{Status: reconcile.Interrupted}}
	for _, tc := range []struct {
		name   string
		rounds []round
		want   []string // of each round, with spaces between events
	}{
		{"nothing", []round{unchanged(), unchanged()}, []string{"", ""}},
		{"applied", []round{applied(created), applied(created)}, []string{"applied", "applied"}},
		{"applied, and nothing had to be", []round{applied()}, []string{""}},
		{"failed, and failing", []round{failed(errors.New("port 1")), failed(errors.New("port 2")), unchanged(), unchanged()}, []string{"failed", "", "recovered", ""}},
		{"another failure", []round{failed(gone), failed(fmt.Errorf("read: %w", providers.ErrAuth))}, []string{"failed", "failed"}},
		{"failed, then applied", []round{failed(gone), applied(created)}, []string{"failed", "recovered applied"}},
		{"interrupted", []round{failed(gone), interrupted, unchanged()}, []string{"failed", "", "recovered"}},
		{"held", []round{held(1, "max-deletes"), held(1, "max-deletes"), held(2, "max-deletes"), held(2, "max-deletes", "soa"), unchanged()}, []string{"held", "", "held", "held", "recovered"}},
		{"held, then failed", []round{held(1, "soa"), failed(gone), held(1, "soa")}, []string{"held", "failed", "held"}},
		{"waiting for approval", []round{held(1, "approval"), held(1, "approval", "soa")}, []string{"waiting-approval", "held"}},
		{"suspended", []round{suspended, suspended}, []string{"", ""}},
		{"suspended while it failed", []round{failed(gone), suspended, unchanged()}, []string{"failed", "", "recovered"}},
		{"blocked", []round{inState("pending"), inState("pending"), inState("locked"), unchanged()}, []string{"blocked", "", "blocked", "recovered"}},
		{"rolled back", []round{rolledBack, suspended}, []string{"rolled-back", ""}},
		{"drift", []round{drifted("192.0.2.9"), drifted("192.0.2.9"), drifted("192.0.2.10"), unchanged()}, []string{"drift-found", "", "drift-found", "recovered"}},
		{"drift, while it fails", []round{drifted("192.0.2.9"), failed(gone), drifted("192.0.2.9")}, []string{"drift-found", "failed", "recovered"}},
		{"drift put right", []round{applied(change(reconcile.CauseDrift, "192.0.2.9", "192.0.2.1"))}, []string{"drift-corrected"}},
		{"drift put right among others", []round{applied(change(reconcile.CauseBoth, "192.0.2.9", "192.0.2.1"), created)}, []string{"applied drift-corrected"}},
		{"name servers", []round{verified("serves nothing"), verified("serves nothing"), unchanged(), verified()}, []string{"applied verify-failed", "applied", "", "recovered applied"}},
		{"a resource", []round{mail(providers.Pending), mail(providers.Blocked), mail(providers.Blocked), mail(providers.Ready)}, []string{"", "blocked", "", "recovered"}},
		{"a resource that is gone", []round{mail(providers.Blocked), unchanged()}, []string{"blocked", "recovered"}},
		{"a warning of a resource", []round{reputation(""), reputation("bad"), reputation("bad"), reputation("worse"), reputation("")}, []string{"", "resource-alert", "", "resource-alert", "recovered"}},
		{"a zone that was not read", []round{drifted("192.0.2.9"), {plan: reconcile.ZonePlan{Unmoved: true}, outcome: reconcile.Outcome{Status: reconcile.Unchanged}}}, []string{"drift-found", ""}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := notify.NewWatch(nil)
			var got []string
			for i := range tc.rounds {
				r := &tc.rounds[i]
				r.plan.Ref, r.outcome.Ref = onPDNS, onPDNS
				var kinds []string
				for _, e := range w.Outcome(notify.Revision{Commit: "c0ffee", Author: "A"}, &r.plan, r.outcome) {
					kinds = append(kinds, string(e.Kind))
					if e.Zone != onPDNS.Zone || e.Target != "pdns" || e.Commit != "c0ffee" || e.Author != "A" {
						t.Errorf("the event %+v is of something else", e)
					}
				}
				got = append(got, strings.Join(kinds, " "))
			}
			if d := cmp.Diff(got, tc.want); d != "" {
				t.Errorf("events (-got +want):\n%s", d)
			}
		})
	}
}

// TestWatchAfterRestart: what was told before a restart and is over by then is told to be over; what is not is not told again.
func TestWatchAfterRestart(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		d := w.start(t, auditRule())
		both := []reconcile.Ref{onPDNS, {Zone: onPDNS.Zone, Target: "other"}}
		outcome := func(watch *notify.Watch, ref reconcile.Ref, r round) []notify.Event {
			r.plan.Ref, r.outcome.Ref = ref, ref
			return watch.Outcome(notify.Revision{}, &r.plan, r.outcome)
		}
		watch := notify.NewWatch(nil)
		for _, ref := range both {
			d.Post(t.Context(), outcome(watch, ref, failed(errors.New("no route")))...)
		}
		d.Post(t.Context(), watch.Source(errors.New("no network"))...)
		settle(time.Minute)
		d.stop()

		d = w.start(t, auditRule())
		standing, err := d.Standing(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		watch = notify.NewWatch(standing)
		d.Post(t.Context(), watch.Source(nil)...)
		d.Post(t.Context(), outcome(watch, both[0], unchanged())...)
		d.Post(t.Context(), outcome(watch, both[1], failed(errors.New("no route")))...)
		settle(time.Minute)
		got, _ := w.first(audit)
		want := []string{
			"example.com. on pdns failed", "example.com. on other failed", "the zones repository cannot be read: nothing is touched",
			"the zones repository can be read again", "example.com. on pdns is as it should be again",
		}
		if d := cmp.Diff(got, want); d != "" {
			t.Errorf("messages (-got +want):\n%s", d)
		}
	})
}

// TestWatchSource: the zones repository is said to be unreadable once, with the first reason.
func TestWatchSource(t *testing.T) {
	w := notify.NewWatch(nil)
	var got []string
	for _, err := range []error{nil, errors.New("a"), errors.New("b"), nil, nil} {
		for _, e := range w.Source(err) {
			got = append(got, strings.TrimSpace(string(e.Kind)+" "+e.Reason))
		}
	}
	if d := cmp.Diff(got, []string{"source-failed a", "source-recovered"}); d != "" {
		t.Errorf("events (-got +want):\n%s", d)
	}
}

// TestMessages: messages as people get them.
func TestMessages(t *testing.T) {
	became := func(r round) notify.Event {
		r.plan.Ref, r.outcome.Ref = onPDNS, onPDNS
		r.outcome.Began = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
		return notify.NewWatch(nil).Outcome(notify.Revision{Commit: "30b7a8a46be13f0b2b1f3d9c1f5f0a4b3d2e1c0f", Author: "Eve <eve@example.com>"}, &r.plan, r.outcome)[0]
	}
	deletes := held(1, "max-deletes")
	deletes.plan.Changes = []reconcile.Change{change(reconcile.CauseGit, "192.0.2.1", ""), change(reconcile.CauseGit, "", "192.0.2.2")}
	for name, tc := range map[string]struct {
		event notify.Event
		want  string
	}{
		"applied": {became(applied(change(reconcile.CauseGit, "192.0.2.1", "192.0.2.2"))), `example.com. on pdns: 1 change applied
changes: 1 update
  - www.example.com. 300 A 192.0.2.1
  + www.example.com. 300 A 192.0.2.2
commit 30b7a8a46be1 by Eve <eve@example.com>
to undo: zoneward rollback example.com. --to 2026-07-01T12:00:00Z
at 2026-07-01 12:00:00 UTC`},
		"held": {became(deletes), `example.com. on pdns is held
changes: 1 create, 1 retire
max-deletes: because
  - www.example.com. 300 A 192.0.2.1
  + www.example.com. 300 A 192.0.2.2
commit 30b7a8a46be1 by Eve <eve@example.com>
plan sha256:0100000000000000000000000000000000000000000000000000000000000000
zoneward plan --zone example.com. --out plan.json, and if it is right: zoneward apply plan.json --override max-deletes
at 2026-07-01 12:00:00 UTC`},
		"suspended": {notify.Suspension(onPDNS, "eve", "a test"), "example.com. on pdns: suspended\nby eve: a test\nat 2000-01-01 00:00:00 UTC"},
		"resumed":   {notify.Resumption(reconcile.Ref{}, "eve", ""), "all zones: resumed\nby eve\nat 2000-01-01 00:00:00 UTC"},
		"refused":   {notify.ConfigRefusal(errors.New("zoneward.yaml:3: unknown key\nzoneward.yaml:4: another one")), "a new configuration is not valid: the one before stays in force\nzoneward.yaml:3: unknown key\nzoneward.yaml:4: another one\nat 2000-01-01 00:00:00 UTC"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				rule := auditRule()
				rule.Records = true
				without := opsRule()
				d := w.start(t, rule, without)
				d.Post(t.Context(), tc.event)
				settle(time.Minute)
				if d := cmp.Diff(w.all(audit)[0].text, tc.want); d != "" {
					t.Errorf("the message (-got +want):\n%s", d)
				}
				if text := w.all(ops)[0].text; strings.Contains(text, "192.0.2.") {
					t.Errorf("records are in a message that is to have none:\n%s", text)
				}
			})
		})
	}
}

// TestRules: which events a rule wants.
func TestRules(t *testing.T) {
	for _, tc := range []struct {
		name string
		rule func(*notify.Rule)
		want string
	}{
		{"all", func(*notify.Rule) {}, "applied a, held a, failed b, source-failed"},
		{"kinds", func(r *notify.Rule) { r.Events = []notify.Kind{notify.Held, notify.SourceFailed} }, "held a, source-failed"},
		{"severity", func(r *notify.Rule) { r.Severity = notify.Error }, "failed b, source-failed"},
		{"zones", func(r *notify.Rule) { r.Zones = []string{"b.*"} }, "failed b, source-failed"},
		{"zones with a dot", func(r *notify.Rule) { r.Zones = []string{"b.example."} }, "failed b, source-failed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				rule := auditRule()
				tc.rule(&rule)
				d := w.start(t, rule)
				d.Post(t.Context(), event(notify.Applied, "a.example"), event(notify.Held, "a.example"), event(notify.Failed, "b.example"), notify.NewWatch(nil).Source(errors.New("x"))[0])
				settle(time.Minute)
				var got []string
				for _, one := range w.all(audit) {
					for text, short := range map[string]string{
						"a.example. on pdns: 1 change applied": "applied a", "a.example. on pdns is held": "held a", "b.example. on pdns failed": "failed b", "the zones repository": "source-failed",
					} {
						if strings.HasPrefix(one.text, text) {
							got = append(got, short)
						}
					}
				}
				if got := strings.Join(got, ", "); got != tc.want {
					t.Errorf("it got %q, want %q", got, tc.want)
				}
			})
		})
	}
}

// TestRuleOfHolds: who wants to know of holds alone is told of the same hold again after it was over, which he was not told.
func TestRuleOfHolds(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		rule := auditRule()
		rule.Events = []notify.Kind{notify.Held}
		d := w.start(t, rule)
		for _, kind := range []notify.Kind{notify.Held, notify.Held, notify.Applied, notify.Held} {
			d.Post(t.Context(), event(kind, "a.example"))
			settle(time.Hour)
		}
		if got, _ := w.first(audit); len(got) != 2 {
			t.Errorf("it got %q, want two messages", got)
		}
	})
}
