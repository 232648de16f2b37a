package client_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/client"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// engine is a daemon that notes what it is asked, as the API has understood it.
type engine struct{ asked []string }

func (e *engine) note(format string, args ...any) {
	e.asked = append(e.asked, fmt.Sprintf(format, args...))
}

var (
	ref     = reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "ns1"}
	waiting = reconcile.ZonePlan{Ref: ref, ID: zonefile.Digest{7}, Err: errors.New("its file cannot be read")}
	now     = time.Now().UTC().Truncate(time.Second)
)

func (e *engine) Daemon() server.Daemon {
	return server.Daemon{Program: "1.2.3", Daemon: document.Daemon{StartedAt: now}}
}

func (e *engine) Status() reconcile.LoopStatus {
	many := make([]reconcile.ZoneStatus, 2500) // several pages
	for i := range many {
		many[i].Ref = reconcile.Ref{Zone: zonefile.MustParseName(fmt.Sprintf("zone%04d.example.", i)), Target: "ns1"}
	}
	return reconcile.LoopStatus{Revision: "0a1b2c3", Zones: many}
}

func (e *engine) Plan(only reconcile.Selection) *reconcile.Plan {
	e.note("plan %v", only)
	return &reconcile.Plan{Zones: []reconcile.ZonePlan{waiting}}
}

func (e *engine) Reconcile(_ context.Context, only reconcile.Selection) (int, error) {
	e.note("reconcile %v", only)
	return 3, nil
}

func (e *engine) Look() {}

func (e *engine) Approve(_ context.Context, a reconcile.Approve) (*reconcile.Plan, []reconcile.Outcome, error) {
	e.note("approve %v", a)
	return &reconcile.Plan{Zones: []reconcile.ZonePlan{waiting}}, []reconcile.Outcome{{Ref: ref, Status: reconcile.Stale, Err: reconcile.ErrStale}}, nil
}

func (e *engine) Tombstones(_ context.Context, query reconcile.TombstoneQuery) ([]reconcile.Tombstone, error) {
	e.note("tombstones %v", query)
	set := zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1")
	stones := make([]reconcile.Tombstone, 1500)
	for i := range stones {
		stones[i] = reconcile.Tombstone{ID: fmt.Sprintf("%016x", i), Ref: ref, Kind: reconcile.KindRRset, Key: set.Key, RRset: set, State: reconcile.Retired, BuriedAt: now, PurgeAt: now}
	}
	return stones, errors.New("one is damaged")
}

func (e *engine) Tombstone(_ context.Context, id string) (document.ShownTombstone, error) {
	if id != fmt.Sprintf("%016x", 1) {
		return document.ShownTombstone{}, fmt.Errorf("%w: %s", reconcile.ErrNoTombstone, id)
	}
	return document.ShownTombstone{Version: document.Version, Tombstone: document.Tombstone{ID: id, Zone: "example.com."}}, nil
}

func (e *engine) Clock(context.Context) (reconcile.Clock, error) {
	return reconcile.Clock{Wall: now}, nil
}

func (e *engine) History(_ context.Context, query reconcile.HistoryQuery) iter.Seq2[reconcile.Entry, error] {
	e.note("history %v", query)
	return func(yield func(reconcile.Entry, error) bool) {
		for seq := int64(250); seq > 0; seq-- {
			if !yield(reconcile.Entry{Seq: seq, Intent: reconcile.Intent{Ref: ref, Why: "apply", At: now}, Conclusion: reconcile.Conclusion{At: now, Result: reconcile.Done}}, nil) {
				return
			}
		}
	}
}

func (e *engine) PlanRestore(_ context.Context, what reconcile.Restoration) (*reconcile.Plan, error) {
	e.note("plan to restore %+v", what)
	return &reconcile.Plan{Zones: []reconcile.ZonePlan{waiting}}, nil
}

func (e *engine) Restore(_ context.Context, what reconcile.Restoration, agreed []zonefile.Digest, approval reconcile.Approval) (document.Applied, error) {
	e.note("restore %s, %v, %v", what.Stone, agreed, approval)
	return document.Applied{}, &server.OtherPlanError{Plan: &reconcile.Plan{Zones: []reconcile.ZonePlan{waiting}}}
}

func (e *engine) Suspensions(context.Context) ([]reconcile.Suspension, error) {
	return []reconcile.Suspension{{Scope: reconcile.Scope(ref), Reason: "moving", Since: now}}, nil
}

func (e *engine) Suspend(_ context.Context, only reconcile.Selection, until time.Time, actor, reason string) ([]reconcile.Suspension, error) {
	e.note("suspend %v, %t, %s, %s", only, until.IsZero(), actor, reason)
	return []reconcile.Suspension{{Scope: reconcile.Scope(ref), Reason: reason, Actor: actor, Since: now}}, nil
}

func (e *engine) Resume(_ context.Context, only reconcile.Selection, actor, reason string) (ended, left []reconcile.Suspension, err error) {
	e.note("resume %v, %s, %s", only, actor, reason)
	ended, _ = e.Suspensions(context.Background())
	return ended, nil, nil
}

func (e *engine) Verify(_ context.Context, what server.Verification) (document.Verified, error) {
	e.note("verify %v", what)
	return document.Verified{Version: document.Version, Zones: []document.VerifiedZone{{Zone: "example.com.", Target: "ns1"}}}, nil
}

func (e *engine) Propose(_ context.Context, what server.ProposalRequest) ([]byte, error) {
	e.note("propose %s..%s at %q of %d", what.Base, what.Head, what.Ref, what.Pull)
	if what.Ref == "" {
		return nil, fmt.Errorf("%w: zones/example.com.zone was changed on both sides", server.ErrNeedsUpdate)
	}
	return []byte(`{"version": 1, "zones": []}`), nil
}

func (e *engine) Reviews(context.Context, int, bool) ([]document.Review, error) { return nil, nil }

// TestAgainstTheAPI has the client ask the API of the daemon: each understands what the other says.
func TestAgainstTheAPI(t *testing.T) {
	var e engine
	api := server.NewAPI(&e, slog.New(slog.DiscardHandler))
	token := server.NewToken()
	if err := api.SetTokens([]server.Token{{Name: "ann", Role: server.RoleAdmin, Hash: server.HashOf(token)}}); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(api)
	defer web.Close()
	c, err := client.Open(client.Options{URL: web.URL, Token: func() (string, error) { return token, nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := t.Context()
	only := reconcile.Selection{Zones: []zonefile.Name{ref.Zone}, Targets: []string{"ns1"}}
	check := func(what string, err error, good bool) {
		t.Helper()
		if err != nil || !good {
			t.Errorf("%s: %v, as it should be: %t", what, err, good)
		}
	}

	status, err := c.Status(ctx)
	check("status", err, status.Program == "1.2.3" && status.Source.Revision == "0a1b2c3")
	zones, err := c.Zones(ctx, reconcile.Selection{}, true)
	check("zones", err, len(zones) == 2500 && zones[2499].Zone == "zone2499.example.")
	plan, err := c.Plan(ctx, only)
	check("plan", err, len(plan.Zones) == 1 && plan.Zones[0].Ref == ref)
	_, outcomes, err := c.Approve(ctx, reconcile.Approve{Plans: []zonefile.Digest{{7}}, Overrides: []reconcile.Guard{reconcile.GuardTTL}, Reason: "seen"})
	check("approve", err, len(outcomes) == 1 && errors.Is(outcomes[0].Err, reconcile.ErrStale))
	queued, err := c.Reconcile(ctx, only)
	check("reconcile", err, queued == 3)
	stones, err := c.Tombstones(ctx, only, true)
	check("tombstones", nil, len(stones) == 1500 && stones[1499].ID == fmt.Sprintf("%016x", 1499) && err != nil)
	_, err = stones[0].Tombstone()
	check("a tombstone of a list", err, true)
	stone, err := c.Tombstone(ctx, fmt.Sprintf("%016x", 1))
	check("tombstone", err, stone.Zone == "example.com.")
	_, err = c.Tombstone(ctx, fmt.Sprintf("%016x", 2))
	check("no tombstone", nil, errors.Is(err, reconcile.ErrNoTombstone))
	var seqs []int64
	for entry, err := range c.History(ctx, reconcile.HistoryQuery{Zone: ref.Zone, Target: "ns1", Name: ref.Zone, Type: zonefile.TypeA, Since: now}) {
		check("history", err, entry.Why == "apply")
		seqs = append(seqs, entry.Seq)
	}
	check("the whole history", nil, len(seqs) == 250 && slices.IsSortedFunc(seqs, func(a, b int64) int { return int(b - a) }))
	restoration := reconcile.Restoration{Key: zonefile.Key{Name: ref.Zone, Type: zonefile.TypeA}, Zone: ref.Zone, At: reconcile.Point{Commit: "0a1b2c3d"}, For: time.Hour, Reason: "needed"}
	_, err = c.PlanRestore(ctx, restoration)
	check("plan to restore", err, true)
	_, err = c.Restore(ctx, reconcile.Restoration{Stone: fmt.Sprintf("%016x", 1)}, []zonefile.Digest{{7}}, []reconcile.Guard{reconcile.GuardTaken})
	answer, _ := errors.AsType[*client.Error](err)
	check("restore another plan", nil, errors.Is(err, reconcile.ErrStale) && answer != nil && len(answer.Plans) == 1)
	suspensions, err := c.Suspensions(ctx, only)
	check("suspensions", err, len(suspensions) == 1 && suspensions[0].Scope == reconcile.Scope(ref))
	made, err := c.Suspend(ctx, only, "moving", now.Add(time.Hour))
	check("suspend", err, len(made) == 1)
	_, err = c.Suspend(ctx, reconcile.Selection{}, "all of it", time.Time{})
	check("suspend everything", err, true)
	ended, _, err := c.Resume(ctx, reconcile.Selection{}, "it is over & done")
	check("resume everything", err, len(ended) == 1)
	verified, err := c.Verify(ctx, only, 90*time.Second, true)
	check("verify", err, len(verified.Zones) == 1)
	head := strings.Repeat("a", 40)
	report, err := c.Propose(ctx, document.ProposeRequest{Head: head, Ref: "refs/pull/12/head", Pull: 12})
	check("propose", err, string(report) == `{"version": 1, "zones": []}`)
	_, err = c.Propose(ctx, document.ProposeRequest{Base: head, Head: head})
	answer, _ = errors.AsType[*client.Error](err)
	check("propose what cannot be merged", nil, errors.Is(err, client.ErrNeedsUpdate) && !errors.Is(err, reconcile.ErrStale) && strings.Contains(answer.Detail, "both sides"))

	want := []string{
		"plan {[example.com.] [ns1] false}",
		"plan {[] [] false}", // is there one with that id
		"approve {[" + zonefile.Digest{7}.String() + "] [ttl] ann (api) seen}",
		"reconcile {[example.com.] [ns1] false}",
		"tombstones {example.com.  <no name> TYPE0 true}",
		"tombstones {example.com.  <no name> TYPE0 true}",
		fmt.Sprint("history ", reconcile.HistoryQuery{Zone: ref.Zone, Target: "ns1", Name: ref.Zone, Type: zonefile.TypeA, Since: now}),
		fmt.Sprint("history ", reconcile.HistoryQuery{Zone: ref.Zone, Target: "ns1", Name: ref.Zone, Type: zonefile.TypeA, Since: now}),
		fmt.Sprint("history ", reconcile.HistoryQuery{Zone: ref.Zone, Target: "ns1", Name: ref.Zone, Type: zonefile.TypeA, Since: now}),
		fmt.Sprintf("plan to restore %+v", func() reconcile.Restoration { r := restoration; r.Actor = "ann (api)"; return r }()),
		"restore 0000000000000001, [" + zonefile.Digest{7}.String() + "], {[taken]}",
		"suspend {[example.com.] [ns1] false}, false, ann (api), moving",
		"suspend {[] [] false}, true, ann (api), all of it",
		"resume {[] [] false}, ann (api), it is over & done",
		"verify {{[example.com.] [ns1] false} 1m30s true}",
		"propose .." + head + ` at "refs/pull/12/head" of 12`,
		"propose " + head + ".." + head + ` at "" of 0`,
	}
	if diff := cmp.Diff(want, e.asked); diff != "" {
		t.Errorf("the daemon was asked something else (-want +got):\n%s", diff)
	}
}
