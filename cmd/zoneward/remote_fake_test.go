package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// fakeDaemon answers with documents, by "METHOD path below the root of the API", and keeps what it was asked.
type fakeDaemon struct {
	*httptest.Server
	documents map[string][]byte
	// problems are answered instead, each as a status and a detail.
	problems map[string]document.DaemonProblem
	asked    []string // the method, the path, and the body
}

func startFakeDaemon(t *testing.T) *fakeDaemon {
	d := &fakeDaemon{documents: daemonDocuments(t), problems: map[string]document.DaemonProblem{}}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

// remoteSecret is what the fake takes.
const remoteSecret = "zw_kept_to_itself"

func (d *fakeDaemon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	route := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/api/v1/")
	d.asked = append(d.asked, strings.TrimSpace(route+" "+string(body)))
	problem, wrong := d.problems[route]
	text, ok := d.documents[route]
	if r.Method == http.MethodPost && route == "POST restore" && strings.Contains(string(body), `"apply":true`) {
		text, ok = d.documents["POST restore apply"]
	}
	switch {
	case r.Header.Get("Authorization") != "Bearer "+remoteSecret:
		problem, wrong = document.DaemonProblem{Status: http.StatusUnauthorized, Detail: "the token is none of ours"}, true
	case !ok:
		problem, wrong = document.DaemonProblem{Status: http.StatusNotFound, Detail: "there is nothing at this address"}, true
	}
	if wrong {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(problem.Status)
		_ = json.NewEncoder(w).Encode(problem)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}

// do runs a command line against the fake, and returns how it ends and what it writes.
func (d *fakeDaemon) do(args ...string) (code exitCode, stdout, stderr string) {
	return runAt(map[string]string{serverVariable: d.URL, tokenVariable: remoteSecret}, args...)
}

// runAt runs a command line in an environment.
func runAt(environment map[string]string, args ...string) (code exitCode, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(args, env{
		stdin: strings.NewReader(""), stdout: newOutput(&out), stderr: newOutput(&err),
		lookup: func(name string) (string, bool) {
			value, ok := environment[name]
			return value, ok
		},
	})
	return code, out.String(), err.String()
}

// remoteAt is when everything has happened at the fake.
var remoteAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// The ids of the tombstones that the fake has: of an RRset, and of a zone.
const remoteStone, remoteZoneStone = "0123456789abcdef", "fedcba9876543210"

// heldPlan is what waits at the fake: a zone that two guards hold, one that waits for approval, and the mail of a domain.
func heldPlan() *reconcile.Plan {
	held := reconcile.ZonePlan{
		Ref:     reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "ns1"},
		Changes: []reconcile.Change{changing("old", reconcile.Retire, 300, 0), changing("www", reconcile.Update, 300, 60)},
		Holds:   []reconcile.Hold{{Guard: reconcile.GuardMaxDeletes, Reason: "it would lose 9 of 10 records"}, {Guard: reconcile.GuardSuspended, Reason: "example.com. is suspended"}},
	}
	waits := reconcile.ZonePlan{
		Ref:     reconcile.Ref{Zone: zonefile.MustParseName("example.org."), Target: "ns1"},
		Changes: []reconcile.Change{{Kind: reconcile.KindZone, Action: reconcile.Create, Key: zonefile.Key{Name: zonefile.MustParseName("example.org.")}, Source: zonefile.Position{File: "zones/example.org.zone", Line: 1}}},
		Holds:   []reconcile.Hold{{Guard: reconcile.GuardApproval, Reason: "the policy wants each plan to be approved (apply: approve)"}},
	}
	mail := reconcile.ZonePlan{
		Ref:       reconcile.Ref{Zone: zonefile.MustParseName("example.net."), Target: "tem"},
		Resources: []reconcile.ResourceView{{Kind: providers.Mail, Name: zonefile.MustParseName("example.net."), Status: providers.ResourceStatus{Phase: providers.Pending, State: "pending", Reason: "it looks again"}, Observed: []providers.Observation{{Name: "reputation", Text: "good"}}}},
	}
	blocked := reconcile.ZonePlan{
		Ref:   reconcile.Ref{Zone: zonefile.MustParseName("blocked.example."), Target: "ns1"},
		State: &reconcile.State{Name: "pending_validation", Needs: "publish this first", Outputs: []providers.Output{{Name: "validation", RRset: zonefile.MustParseRRset("v.blocked.example. 60 TXT", `"token"`)}}},
	}
	broken := reconcile.ZonePlan{Ref: reconcile.Ref{Zone: zonefile.MustParseName("broken.example."), Target: "ns1"}, Err: errors.New("it says no")}
	plan := &reconcile.Plan{Commit: "0a1b2c3d4e5f60718293", CreatedAt: remoteAt, Zones: []reconcile.ZonePlan{held, blocked, broken, mail, waits}, Notices: []string{"odd.txt is no zone"}}
	for i := range plan.Zones {
		if z := &plan.Zones[i]; z.Err == nil {
			z.ID = idOfPlan(z)
		}
	}
	return plan
}

// idOfPlan returns the id that a plan of RRsets and zones has: docs/safety.md says what it is over.
func idOfPlan(z *reconcile.ZonePlan) zonefile.Digest {
	h := sha256.New()
	field := func(text string) { h.Write(append([]byte(text), 0)) }
	for _, text := range []string{"zoneward plan 1", z.Zone.String(), z.Target} {
		field(text)
	}
	for _, c := range z.Changes {
		for _, text := range []string{string(c.Kind), string(c.Action), c.Key.String()} {
			field(text)
		}
		for _, side := range []*zonefile.RRset{c.Old, c.New} {
			if side == nil {
				field("none")
				continue
			}
			field("some")
			h.Write(side.AppendCanonical(nil))
		}
	}
	return zonefile.Digest(h.Sum(nil))
}

// daemonDocuments are what the fake answers.
func daemonDocuments(t *testing.T) map[string][]byte {
	t.Helper()
	plan := heldPlan()
	refused := errors.New("it says no")
	status := reconcile.LoopStatus{
		Revision: plan.Commit, RevisionAt: remoteAt, SourceRead: remoteAt, SourceErr: errors.New("connection refused\nto git.example.com"), SourceFailing: remoteAt, Notices: plan.Notices,
		Queued: map[reconcile.Trigger]int{reconcile.TriggerSource: 2, reconcile.TriggerRetry: 1}, Running: 1,
		Zones: []reconcile.ZoneStatus{
			{Ref: plan.Zones[0].Ref, Plan: &plan.Zones[0], Attempted: remoteAt, Succeeded: remoteAt, Status: reconcile.Held},
			{Ref: plan.Zones[1].Ref, Plan: &plan.Zones[1], Attempted: remoteAt},
			{Ref: plan.Zones[2].Ref, Plan: &plan.Zones[2], Err: refused, Failures: 3, Next: remoteAt.Add(5 * time.Minute), Trigger: reconcile.TriggerRetry, Attempted: remoteAt},
			{Ref: plan.Zones[4].Ref, Plan: &plan.Zones[4], Attempted: remoteAt, Status: reconcile.Held},
		},
	}
	zones := document.ZoneStatuses{Version: document.Version}
	for _, z := range status.Zones {
		zones.Zones = append(zones.Zones, document.OfZoneStatus(z))
	}
	daemon := document.OfDaemonStatus(status, "1.2.3", remoteAt)
	daemon.StartedAt, daemon.Configuration = remoteAt, document.Configuration{ReadAt: remoteAt, Error: new("zoneward.yaml:7: unknown key \"tokns\"")}

	www := changing("www", reconcile.Update, 300, 60)
	made := &reconcile.Plan{Commit: plan.Commit, CreatedAt: remoteAt, Zones: []reconcile.ZonePlan{{Ref: plan.Zones[0].Ref, Changes: plan.Zones[0].Changes, NegativeTTL: 300}}}
	made.Zones[0].ID = idOfPlan(&made.Zones[0])
	outcomes := []reconcile.Outcome{{
		Ref: made.Zones[0].Ref, Status: reconcile.Failed, Changes: []reconcile.Change{www}, Written: reconcile.IsWritten, Serial: 7, Began: remoteAt, Took: time.Second,
		Refused: []reconcile.Refusal{{Changes: plan.Zones[0].Changes[:1], Err: refused}}, Tombstones: []string{remoteStone}, Err: refused, Settled: 1,
		Verification: &reconcile.Verification{Servers: []reconcile.ServerAnswer{{Server: "192.0.2.53:53", Serial: 6, Lags: true}}, Notes: []string{"not all was asked"}},
		Deferred:     []reconcile.Deferred{{Change: www, For: "once it is signed", Until: remoteAt.Add(time.Hour)}},
	}}
	applied, err := document.OfApplied(made, outcomes)
	if err != nil {
		t.Fatal(err)
	}
	restored := &reconcile.Plan{Commit: plan.Commit, CreatedAt: remoteAt, Zones: []reconcile.ZonePlan{{Ref: plan.Zones[0].Ref, Changes: []reconcile.Change{changing("old", reconcile.Restore, 0, 300)}}}}
	restored.Zones[0].Changes[0].Stone = remoteStone
	restored.Zones[0].ID = idOfPlan(&restored.Zones[0])
	done, err := document.OfApplied(restored, []reconcile.Outcome{{Ref: restored.Zones[0].Ref, Status: reconcile.Applied, Changes: restored.Zones[0].Changes, Written: reconcile.IsWritten, Began: remoteAt}})
	if err != nil {
		t.Fatal(err)
	}
	done.Git = []document.Need{
		{
			File: "zones/example.com.zone", Zone: "example.com.", Changes: []document.StatedChange{{Name: "old.example.com.", Type: "A", New: &document.RRset{TTL: 300, Records: []string{"192.0.2.1"}}}},
			Patch: new("--- a/zones/example.com.zone\n+++ b/zones/example.com.zone\n@@ -2,1 +2,2 @@\n www 60 IN A 192.0.2.1\n+old 300 IN A 192.0.2.1\n"),
		},
		{File: "zones/shared.zone", Zone: "example.com.", Changes: []document.StatedChange{{Name: "old.example.com.", Type: "A", New: &document.RRset{TTL: 300, Records: []string{"192.0.2.1"}}}}, ByHand: new("the file is of several zones")},
	}

	old := changing("old", reconcile.Retire, 300, 0)
	tombstone := reconcile.Tombstone{
		ID: remoteStone, Ref: plan.Zones[0].Ref, Kind: reconcile.KindRRset, Key: old.Key, RRset: *old.Old, State: reconcile.Retired, BuriedAt: remoteAt, PurgeAt: remoteAt.Add(720 * time.Hour), StateAt: remoteAt,
		Writer: reconcile.Writer{Actor: "ann", Commit: "0a1b2c3d4e5f60718293", Author: "Ann <ann@example.com>"},
	}
	shown, _, err := shownStone(tombstone, reconcile.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	zone := tombstone
	zone.ID, zone.Kind, zone.Key, zone.RRset, zone.Settings = remoteZoneStone, reconcile.KindZone, zonefile.Key{Name: zone.Zone}, zonefile.RRset{}, map[string]string{"kind": "Native"}
	zone.Export = "example.com.\t300\tIN\tA\t192.0.2.1\n"
	shownZone, _, err := shownStone(zone, reconcile.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	suspension := reconcile.Suspension{Scope: reconcile.Scope(plan.Zones[0].Ref), Reason: "moving", Actor: "ann", Since: remoteAt, Until: remoteAt.Add(time.Hour)}
	entry := reconcile.Entry{Seq: 9, Intent: reconcile.Intent{
		Ref: plan.Zones[0].Ref, Writer: tombstone.Writer, System: "ns1", Why: "apply", At: remoteAt, Plan: plan.Zones[0].ID, Overrides: []reconcile.Guard{reconcile.GuardTTL}, Changes: plan.Zones[0].Changes, Suspend: &suspension,
	}, Conclusion: reconcile.Conclusion{At: remoteAt, Result: reconcile.Partly, Live: []bool{true, false}, Err: "it says no"}}
	buried := reconcile.Entry{Seq: 8, Intent: reconcile.Intent{Ref: plan.Zones[0].Ref, Writer: tombstone.Writer, Why: "purge", At: remoteAt, Stones: []reconcile.Tombstone{tombstone}}, Conclusion: reconcile.Conclusion{At: remoteAt, Result: reconcile.Observed}}

	texts := map[string][]byte{}
	add := func(route string, doc any) {
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		texts[route] = text
	}
	add("GET status", daemon)
	add("GET zones", zones)
	texts["GET plans"], texts["POST restore"] = planJSON(t, plan), planJSON(t, restored)
	add("POST plans/approve", applied)
	add("POST restore apply", done)
	add("POST reconcile", document.Queued{Version: document.Version, Queued: 4})
	add("GET tombstones", document.Tombstones{Version: document.Version, Tombstones: []document.Tombstone{document.OfTombstone(tombstone, reconcile.Clock{})}})
	add("GET tombstones/"+remoteStone, shown)
	add("GET tombstones/"+remoteZoneStone, shownZone)
	add("GET history", document.HistoryPage{Version: document.Version, Entries: []document.PageEntry{document.OfPageEntry(entry), document.OfPageEntry(buried)}})
	add("GET suspensions", document.Suspensions{Version: document.Version, Suspensions: []document.Suspension{document.OfSuspension(suspension)}})
	add("POST suspensions", document.Suspensions{Version: document.Version, Suspensions: []document.Suspension{document.OfSuspension(suspension)}})
	add("DELETE suspensions", document.Resumed{Version: document.Version, Resumed: []document.Suspension{document.OfSuspension(suspension)}, Suspended: []document.Suspension{}})
	add("POST verify", document.Verified{Version: document.Version, Zones: []document.VerifiedZone{{
		Zone: "example.com.", Target: "ns1", Serial: 7, RRsets: 3, Compared: 2, Notes: []string{"not all was asked"}, Servers: document.OfServers([]reconcile.ServerAnswer{
			{Server: "192.0.2.53:53", Serial: 7}, {Server: "192.0.2.54:53", Serial: 6, Lags: true, Wrong: []string{"www.example.com. A: serves 192.0.2.9"}, Err: errors.New("no answer over TCP")},
		}),
	}}})
	return texts
}

func planJSON(t *testing.T, plan *reconcile.Plan) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := plan.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
