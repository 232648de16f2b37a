package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// fakeEngine is a daemon that has zones of two teams, and notes what it is told.
type fakeEngine struct {
	mu    sync.Mutex
	calls []string
	// hang, if it is not nil, is waited for by Approve, which reports on begun that it waits.
	begun, hang chan struct{}
	approveErr  error
	restoreErr  error
	damage      error
	cancelled   error // of the context of Approve when it ended
	proposeErr  error
}

func (f *fakeEngine) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
}

func (f *fakeEngine) said() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// ids of plans and tombstones, of each team.
var (
	planOf  = map[string]zonefile.Digest{"a.team-a.example.": {1}, "team-a.example.": {2}, "team-b.example.": {3}, "xn--bcher-kva.example.": {4}}
	stoneOf = map[string]string{"team-a.example.": "aaaaaaaaaaaaaaaa", "team-b.example.": "bbbbbbbbbbbbbbbb"}
)

func refs() []reconcile.Ref {
	var all []reconcile.Ref
	for zone := range planOf {
		all = append(all, reconcile.Ref{Zone: zonefile.MustParseName(zone), Target: "pdns"})
	}
	all = append(all, reconcile.Ref{Zone: zonefile.MustParseName("team-b.example."), Target: "ns1"})
	slices.SortFunc(all, reconcile.Ref.Compare)
	return all
}

func (f *fakeEngine) Daemon() Daemon {
	return Daemon{"v1.2.3", document.Daemon{StartedAt: epoch, Configuration: document.Configuration{ReadAt: epoch, Error: new("zoneward.yaml:3: team-b.example is wrong")}}}
}

func rrset(zone zonefile.Name, value string) *zonefile.RRset {
	name, err := zonefile.ParseName("www", zone)
	if err != nil {
		panic(err)
	}
	set, err := zonefile.ParseRRset(zonefile.Key{Name: name, Type: zonefile.TypeA}, 300, zone, value)
	if err != nil {
		panic(err)
	}
	return &set
}

func zonePlan(ref reconcile.Ref) reconcile.ZonePlan {
	old, now := rrset(ref.Zone, "192.0.2.1"), rrset(ref.Zone, "192.0.2.2")
	changes := []reconcile.Change{
		{Kind: reconcile.KindRRset, Action: reconcile.Update, Key: old.Key, Old: old, New: now, Source: zonefile.Position{File: "zones/x.zone", Line: 3}, Cause: reconcile.CauseGit},
		{Kind: reconcile.KindProperty, Action: reconcile.Update, Key: zonefile.Key{Name: ref.Zone}, Property: reconcile.Property{Name: "description", Old: "a", New: "b"}},
		{
			Kind: reconcile.KindResource, Action: reconcile.Update, Key: zonefile.Key{Name: ref.Zone},
			Resource: &reconcile.ResourceChange{Kind: providers.Mail, Fields: []reconcile.FieldChange{{Name: "webhook", Old: "a", New: "b"}}, References: map[string]string{"key": "${KEY}"}},
		},
	}
	return reconcile.ZonePlan{
		Ref: ref, ID: planOf[ref.Zone.String()], Changes: changes,
		Holds:    []reconcile.Hold{{Guard: reconcile.GuardApproval, Reason: "the policy wants it"}},
		Warnings: []zonefile.Problem{{Position: zonefile.Position{File: "zones/x.zone", Line: 4}, Rule: "ttl", Severity: zonefile.Warning, Message: "odd"}},
		Deferred: []reconcile.Deferred{{Change: changes[0], For: "the TTL of the CNAME", Until: epoch}},
		Pinned:   []reconcile.Pin{{Ref: ref, Key: old.Key, Until: epoch, Since: epoch, Actor: "ann", Reason: "until Monday"}},
		Waiting:  []reconcile.Waiting{{Kind: reconcile.KindRRset, Key: old.Key, Old: old, Since: epoch, Until: epoch}},
		Drift:    changes[:1],
		Resources: []reconcile.ResourceView{{
			Kind: providers.Mail, Name: ref.Zone, Status: providers.ResourceStatus{Phase: providers.Pending, State: "checking", Reason: "no record"},
			Observed: []providers.Observation{{Name: "reputation", Text: "100", Value: 100, Metric: true}, {Name: "plan", Text: "free"}},
		}},
	}
}

func (f *fakeEngine) Status() reconcile.LoopStatus {
	status := reconcile.LoopStatus{
		Revision: "4bb0b2f", RevisionAt: epoch, SourceRead: epoch, SourceErr: errors.New("clone https://git.example/team-b: no route"), SourceFailing: epoch,
		Notices: []string{"team-b.example.zone goes nowhere"}, Queued: map[reconcile.Trigger]int{reconcile.TriggerDrift: 7}, Running: 1,
	}
	for _, ref := range refs() {
		plan := zonePlan(ref)
		status.Zones = append(status.Zones, reconcile.ZoneStatus{
			Ref: ref, Status: reconcile.Held, Plan: &plan, Revision: "4bb0b2f", Attempted: epoch, Next: epoch, Trigger: reconcile.TriggerDrift, Managed: 3, Tombstones: 1,
		})
	}
	status.Zones = append(status.Zones, reconcile.ZoneStatus{Ref: reconcile.Ref{Zone: zonefile.MustParseName("z.team-a.example."), Target: "pdns"}})
	slices.SortFunc(status.Zones, func(a, b reconcile.ZoneStatus) int { return a.Compare(b.Ref) })
	return status
}

func (f *fakeEngine) Plan(only reconcile.Selection) *reconcile.Plan {
	plan := &reconcile.Plan{Commit: "4bb0b2f", CreatedAt: epoch, Notices: []string{"team-b.example.zone goes nowhere"}}
	for _, ref := range refs() {
		if only.Has(ref) {
			plan.Zones = append(plan.Zones, zonePlan(ref))
		}
	}
	return plan
}

func (f *fakeEngine) Reconcile(_ context.Context, only reconcile.Selection) (int, error) {
	f.note("reconcile %v %v", only.Zones, only.Targets)
	n := 0
	for _, ref := range refs() {
		if only.Has(ref) {
			n++
		}
	}
	if n == 0 {
		return 0, fmt.Errorf("%w: %s", reconcile.ErrNoZone, only.Zones)
	}
	return n, nil
}

func (f *fakeEngine) Look() { f.note("look") }

func (f *fakeEngine) Approve(ctx context.Context, a reconcile.Approve) (*reconcile.Plan, []reconcile.Outcome, error) {
	f.note("approve %d by %s because %s overriding %v", len(a.Plans), a.Actor, a.Reason, a.Overrides)
	if f.hang != nil {
		close(f.begun)
		<-f.hang
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond): // in which a server would have seen that its client is gone
		}
		f.mu.Lock()
		f.cancelled = ctx.Err()
		f.mu.Unlock()
	}
	if f.approveErr != nil {
		return nil, nil, f.approveErr
	}
	plan := f.Plan(reconcile.Selection{})
	plan.Zones = slices.DeleteFunc(plan.Zones, func(z reconcile.ZonePlan) bool { return !slices.Contains(a.Plans, z.ID) })
	return plan, outcomes(plan), nil
}

func outcomes(plan *reconcile.Plan) []reconcile.Outcome {
	var all []reconcile.Outcome
	for _, z := range plan.Zones {
		all = append(all, reconcile.Outcome{
			Ref: z.Ref, Status: reconcile.Failed, Changes: z.Changes, Written: reconcile.IsWritten, Serial: 7, Began: epoch, Took: time.Second, Err: errors.New("the provider says no"),
			Refused:      []reconcile.Refusal{{Changes: z.Changes, Err: errors.New("no such type")}},
			Verification: &reconcile.Verification{Servers: []reconcile.ServerAnswer{{Server: "192.0.2.53:53", Serial: 7, Wrong: []string{"x"}}}, Took: time.Second},
			Deferred:     z.Deferred, Holds: z.Holds, Tombstones: []string{"0123456789abcdef"},
		})
	}
	return all
}

func stones() []reconcile.Tombstone {
	var all []reconcile.Tombstone
	for _, zone := range []string{"team-a.example.", "team-b.example."} {
		name := zonefile.MustParseName(zone)
		set := rrset(name, "192.0.2.9")
		all = append(all, reconcile.Tombstone{
			ID: stoneOf[zone], Ref: reconcile.Ref{Zone: name, Target: "pdns"}, Kind: reconcile.KindRRset, Key: set.Key, RRset: *set,
			Writer: reconcile.Writer{Actor: "ann", Commit: "4bb0b2f"}, BuriedAt: epoch, PurgeAt: epoch, StateAt: epoch, State: reconcile.Retired, Settings: map[string]string{"a": "b"},
		})
	}
	return all
}

func (f *fakeEngine) Tombstones(_ context.Context, q reconcile.TombstoneQuery) ([]reconcile.Tombstone, error) {
	f.note("tombstones %s", q.Zone)
	return slices.DeleteFunc(stones(), func(t reconcile.Tombstone) bool { return !q.Zone.IsZero() && t.Zone != q.Zone }), f.damage
}

func (f *fakeEngine) Tombstone(_ context.Context, id string) (document.ShownTombstone, error) {
	for _, t := range stones() {
		if t.ID == id {
			return document.ShownTombstone{Version: 1, Tombstone: document.OfTombstone(t, reconcile.Clock{})}, nil
		}
	}
	return document.ShownTombstone{}, fmt.Errorf("%w: %s", reconcile.ErrNoTombstone, id)
}

func (f *fakeEngine) Clock(context.Context) (reconcile.Clock, error) {
	return reconcile.Clock{Wall: epoch}, nil
}

func (f *fakeEngine) History(ctx context.Context, q reconcile.HistoryQuery) iter.Seq2[reconcile.Entry, error] {
	f.note("history %s", q.Zone)
	return func(yield func(reconcile.Entry, error) bool) {
		for seq, zone := range []string{"", "team-b.example.", "team-a.example.", "team-b.example.", "team-a.example."} {
			e := reconcile.Entry{Seq: int64(5 - seq)}
			e.Why, e.Actor, e.Intent.At = "apply", "ann (api)", epoch
			if zone == "" {
				e.Why, e.Suspend, e.Result, e.Conclusion.At = "suspend", &suspended()[0], reconcile.Observed, epoch
			} else {
				e.Zone, e.Target, e.Plan = zonefile.MustParseName(zone), "pdns", planOf[zone]
				e.Changes = zonePlan(e.Ref).Changes
				e.Stones = stones()[:1]
				e.Open = seq == 1
				e.Overrides = []reconcile.Guard{reconcile.GuardSOA}
				if !e.Open {
					e.Result, e.Live, e.Conclusion.At = reconcile.Done, []bool{true, true, false}, epoch
				}
			}
			if (q.Zone.IsZero() || e.Zone == q.Zone) && !yield(e, nil) {
				return
			}
		}
	}
}

func (f *fakeEngine) PlanRestore(_ context.Context, what reconcile.Restoration) (*reconcile.Plan, error) {
	f.note("plan restore %q %s %s %s", what.Stone, what.Key, what.Zone, what.At)
	if f.restoreErr != nil {
		return nil, f.restoreErr
	}
	plan := f.Plan(reconcile.Selection{Zones: []zonefile.Name{what.Zone}})
	if what.Stone != "" || what.Zone.IsZero() {
		plan = f.Plan(reconcile.Selection{Zones: []zonefile.Name{zonefile.MustParseName("team-a.example.")}})
	}
	return plan, nil
}

func (f *fakeEngine) Restore(ctx context.Context, what reconcile.Restoration, agreed []zonefile.Digest, approval reconcile.Approval) (document.Applied, error) {
	f.note("restore %q for %s by %s because %s overriding %v", what.Stone, what.For, what.Actor, what.Reason, approval.Overrides)
	plan, err := f.PlanRestore(ctx, what)
	if err != nil {
		return document.Applied{}, err
	}
	if !slices.Contains(agreed, plan.Zones[0].ID) {
		return document.Applied{}, &OtherPlanError{plan}
	}
	doc, err := document.OfApplied(plan, outcomes(plan))
	doc.Kept = new(epoch)
	doc.Git = []document.Need{{File: "zones/x.zone", Zone: "team-a.example.", Changes: document.OfStatedChanges([]zonefile.Change{{Old: plan.Zones[0].Changes[0].Old}}), Patch: new("--- a")}}
	return doc, err
}

func suspended() []reconcile.Suspension {
	return []reconcile.Suspension{
		{Reason: "maintenance", Actor: "ann", Since: epoch},
		{Scope: reconcile.Scope{Zone: zonefile.MustParseName("team-a.example.")}, Reason: "moving", Actor: "ann", Since: epoch, Until: epoch},
		{Scope: reconcile.Scope{Zone: zonefile.MustParseName("team-b.example.")}, Reason: "moving too", Actor: "bob", Since: epoch},
	}
}

func (f *fakeEngine) Suspensions(context.Context) ([]reconcile.Suspension, error) {
	return suspended(), nil
}

func (f *fakeEngine) Suspend(_ context.Context, only reconcile.Selection, until time.Time, actor, reason string) ([]reconcile.Suspension, error) {
	var made []reconcile.Suspension
	for _, scope := range only.Scopes() {
		f.note("suspend %q %q by %s because %s", scope.Zone, scope.Target, actor, reason)
		if scope.Zone == zonefile.MustParseName("no.team-a.example.") {
			return nil, fmt.Errorf("%w: there is no zone %s", ErrBadRequest, scope.Zone)
		}
		made = append(made, reconcile.Suspension{Scope: scope, Reason: reason, Actor: actor, Since: epoch, Until: until})
	}
	return made, nil
}

func (f *fakeEngine) Resume(_ context.Context, only reconcile.Selection, actor, reason string) (ended, left []reconcile.Suspension, err error) {
	for _, s := range suspended() {
		if slices.Contains(only.Scopes(), s.Scope) {
			f.note("resume %q by %s because %s", s.Zone, actor, reason)
			ended = append(ended, s)
		} else {
			left = append(left, s)
		}
	}
	return ended, left, nil
}

func (f *fakeEngine) Verify(_ context.Context, what Verification) (document.Verified, error) {
	f.note("verify %v within %s whole %t", what.Only.Zones, what.Within, what.Whole)
	servers := document.OfServers([]reconcile.ServerAnswer{{Server: "192.0.2.53:53", Serial: 7, Lags: true, Err: errors.New("no TCP")}})
	return document.Verified{Version: 1, Zones: []document.VerifiedZone{{Zone: "team-a.example.", Target: "pdns", Servers: servers, Notes: []string{}, Error: new("x")}}}, nil
}

// commitOf is a head of which both teams' zones are touched, and those of team a alone.
var commitOf = map[string]string{"both": strings.Repeat("a", 40), "team-a": strings.Repeat("b", 64)}

func (f *fakeEngine) Propose(_ context.Context, what ProposalRequest) ([]byte, error) {
	f.note("propose %.7s..%.7s at %q of %d", what.Base, what.Head, what.Ref, what.Pull)
	if f.proposeErr != nil {
		return nil, f.proposeErr
	}
	zones := []string{"team-a.example."}
	if what.Head == commitOf["both"] {
		zones = append(zones, "team-b.example.")
	}
	for _, zone := range zones {
		if name := zonefile.MustParseName(zone); what.Sees != nil && !what.Sees(name) {
			return nil, fmt.Errorf("%w: %s", ErrOtherZones, name)
		}
	}
	return json.Marshal(map[string]any{"version": 1, "head": what.Head, "zones": zones})
}

func (f *fakeEngine) Reviews(_ context.Context, pull int, open bool) ([]document.Review, error) {
	f.note("reviews of %d, open %t", pull, open)
	review := func(pull int, state document.ReviewState, zones ...string) document.Review {
		r := document.Review{
			Pull: pull, URL: fmt.Sprintf("https://git.example/zones/pull/%d", pull), Context: "zoneward/plan", State: state,
			Base: strings.Repeat("c", 40), Head: commitOf["both"], Plan: zonefile.Digest{9}, MadeAt: epoch,
		}
		for _, zone := range zones {
			r.Zones = append(r.Zones, document.PlanID{Zone: zone, Target: "pdns", ID: planOf[zone]})
		}
		if state != document.ReviewOpen {
			r.ClosedAt = &epoch
		}
		if state == document.ReviewMerged {
			r.Merged = new(strings.Repeat("d", 40))
		}
		return r
	}
	return []document.Review{
		review(12, document.ReviewOpen, "team-a.example.", "team-b.example."), review(11, document.ReviewMerged, "team-b.example."),
		review(10, document.ReviewClosed, "team-a.example."), review(9, document.ReviewOpen),
	}, nil
}

// tester asks an API, and looks at each answer whether it is as the description has it.
type tester struct {
	testing.TB
	api    *API
	engine *fakeEngine
	tokens map[string]string // by the name of the token
	log    *bytes.Buffer
	lock   *sync.Mutex // of log
	about  *description
}

// lockedWriter is written to concurrently.
type lockedWriter struct {
	*sync.Mutex
	io.Writer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.Lock()
	defer w.Unlock()
	return w.Writer.Write(p)
}

// newTester returns an API with a token of each role, and restricted ones.
func newTester(t testing.TB) *tester {
	t.Helper()
	x := &tester{TB: t, engine: &fakeEngine{}, tokens: map[string]string{}, log: &bytes.Buffer{}, lock: &sync.Mutex{}, about: describe(t)}
	x.api = NewAPI(x.engine, slog.New(slog.NewJSONHandler(lockedWriter{x.lock, x.log}, nil)))
	x.setTokens(x.usualTokens())
	return x
}

// on returns the tester for another test, with an engine that was told nothing so far.
func (x *tester) on(t testing.TB) *tester {
	other := *x
	other.TB = t
	x.engine.mu.Lock()
	defer x.engine.mu.Unlock()
	x.engine.calls = nil
	return &other
}

// usualTokens returns the tokens of a tester, which it makes the first time.
func (x *tester) usualTokens() []Token {
	zones := func(patterns ...string) []ZonePattern {
		var all []ZonePattern
		for _, text := range patterns {
			p, err := ParseZonePattern(text)
			if err != nil {
				x.Fatal(err)
			}
			all = append(all, p)
		}
		return all
	}
	tokens := []Token{
		{Name: "reader", Role: RoleRead},
		{Name: "operator", Role: RoleOperate},
		{Name: "admin", Role: RoleAdmin},
		{Name: "team-a", Role: RoleOperate, Zones: zones("team-a.example", "*.team-a.example")},
		{Name: "team-a-admin", Role: RoleAdmin, Zones: zones("team-a.example")},
		{Name: "expired", Role: RoleAdmin, Expires: epoch},
		{Name: "later", Role: RoleRead, Expires: time.Now().Add(time.Hour)},
	}
	for i, token := range tokens {
		if x.tokens[token.Name] == "" {
			x.tokens[token.Name] = NewToken()
		}
		tokens[i].Hash = HashOf(x.tokens[token.Name])
	}
	return tokens
}

func (x *tester) setTokens(tokens []Token) {
	x.Helper()
	if err := x.api.SetTokens(tokens); err != nil {
		x.Fatal(err)
	}
}

// logged returns what was logged.
func (x *tester) logged() string {
	x.lock.Lock()
	defer x.lock.Unlock()
	return x.log.String()
}

// request returns a request of a token's.
func (x *tester) request(token, method, path, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = "192.0.2.7:4711"
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+x.tokens[token])
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// do sends a request, and checks the answer against the description.
func (x *tester) do(r *http.Request) *httptest.ResponseRecorder {
	x.Helper()
	w := httptest.NewRecorder()
	x.api.ServeHTTP(w, r)
	x.about.check(x.TB, r, w)
	for _, name := range []string{"X-Request-Id", "X-Content-Type-Options", "Cache-Control", "Content-Security-Policy"} {
		if w.Header().Get(name) == "" {
			x.Errorf("%s %s: no header %s", r.Method, r.URL, name)
		}
	}
	for name := range w.Header() {
		if strings.HasPrefix(name, "Access-Control-") || name == "Set-Cookie" {
			x.Errorf("%s %s: header %s", r.Method, r.URL, name)
		}
	}
	return w
}

// ask sends a request that is to be answered with a status, and returns what was answered.
func (x *tester) ask(status int, token, method, path, body string) string {
	x.Helper()
	w := x.do(x.request(token, method, path, body))
	if w.Code != status {
		x.Errorf("%s %s %s by %q: %d %s; want %d", method, path, body, token, w.Code, w.Body, status)
	}
	return w.Body.String()
}

// decode reads JSON.
func decode[T any](t testing.TB, text string) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}
