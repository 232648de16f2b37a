package reconcile

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// fakeVerifier answers as it is told, and keeps what it was asked.
type fakeVerifier struct {
	answers []ServerAnswer
	err     error
	asked   []Expectation
}

func (v *fakeVerifier) Verify(_ context.Context, expect Expectation) (Verification, error) {
	v.asked = append(v.asked, expect)
	return Verification{Servers: v.answers}, v.err
}

func TestVerifyAfterAnApply(t *testing.T) {
	right := ServerAnswer{Server: "a"}
	wrong := ServerAnswer{Server: "b", Wrong: []string{"www A: serves 192.0.2.1"}}
	other := ServerAnswer{Server: "d", Wrong: wrong.Wrong}
	v4 := ServerAnswer{Server: "ns1.example.net (192.0.2.53:53)", Host: "ns1.example.net", Wrong: wrong.Wrong}
	v6 := ServerAnswer{Server: "ns1.example.net ([2001:db8::53]:53)", Host: "ns1.example.net", Wrong: wrong.Wrong}
	silent := ServerAnswer{Server: "c", Err: errors.New("timeout")}
	for _, tc := range []struct {
		name     string
		answers  []ServerAnswer
		rollback bool
		status   Status
		ok, back bool
	}{
		{"all are right", []ServerAnswer{right, right}, true, Applied, true, false},
		{"one is wrong", []ServerAnswer{right, wrong}, true, Applied, false, false},
		{"two are wrong, and policy does not go back", []ServerAnswer{wrong, other}, false, Applied, false, false},
		{"two are wrong", []ServerAnswer{wrong, other, right}, true, Failed, false, true},
		{"both addresses of one are wrong", []ServerAnswer{v4, v6, right}, true, Applied, false, false},
		{"both addresses of one are wrong, and another", []ServerAnswer{v4, v6, wrong}, true, Failed, false, true},
		{"one is wrong and one silent", []ServerAnswer{wrong, silent}, true, Applied, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			v := &fakeVerifier{answers: tc.answers}
			h.applier.Verifiers = map[string]Verifier{"live": v}
			h.planner.Rules[0].Policy.Verify = Verify{Within: 7 * time.Second, Rollback: tc.rollback}
			h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
			before := h.targets["live"].Served(example)
			h.write("www 300 A 192.0.2.2", "new 300 A 192.0.2.1")
			o := h.must(tc.status)
			if o.Verification == nil || o.Verification.OK() != tc.ok || o.RolledBack != tc.back {
				t.Fatalf("verification %+v, rolled back %t", o.Verification, o.RolledBack)
			}
			if e := v.asked[0]; len(e.Changes) != 3 || e.Serial != o.Serial && !tc.back || e.Within != 7*time.Second {
				t.Errorf("asked %+v", e)
			}
			for _, c := range v.asked[0].Changes {
				if v.asked[0].Served.Has(c.Key) != (c.New != nil) {
					t.Errorf("%s: what is said to be served is not the zone after the write", c.Key)
				}
			}
			if !tc.back {
				h.must(Unchanged)
				return
			}
			for c := range zonefile.Diff(before, h.targets["live"].Served(example)) {
				if c.Key().Type != zonefile.TypeSOA {
					t.Errorf("%s is not as it was", c.Key())
				}
			}
			if z := h.plan().Zones[0]; !slices.Contains(guards(z), GuardSuspended) {
				t.Errorf("held by %q; want suspended, since the next plan would do the same", guards(z))
			}
			if len(h.store.inState(Retired)) != 1 {
				t.Error("what the way back took out of service has no tombstone")
			}
		})
	}
}

// TestOneAtATime has two processes apply the same plan: the second finds that it is out of date.
func TestOneAtATime(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	first, second := h.plan(), h.plan()
	release, err := h.store.Lock(t.Context(), Ref{example, "live"})
	if err != nil {
		t.Fatal(err)
	}
	h.applier.LockTimeout = time.Millisecond
	if o := h.apply(first)[0]; o.Status != Failed || h.writes() != 0 {
		t.Errorf("%s, %v with %d writes while another writes; want failed with none", o.Status, o.Err, h.writes())
	}
	release()
	h.applier.LockTimeout = 0
	done := make(chan Outcome)
	for _, plan := range []*Plan{first, second} {
		go func() { done <- h.apply(plan)[0] }()
	}
	got := []Status{(<-done).Status, (<-done).Status}
	slices.Sort(got)
	if !slices.Equal(got, []Status{Applied, Stale}) || h.writes() != 1 {
		t.Errorf("%q with %d writes; want one applied and one stale, with one", got, h.writes())
	}
}

// TestCNAMESwapInParts: where a batch cannot be written at once, a name at which one type makes way for another is bare for one step at most, and
// that is the smallest.
func TestCNAMESwapInParts(t *testing.T) {
	h := newHouse(t)
	h.target("live", memoryOf(providers.AtomicRRset))
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 CNAME new", "new 300 A 192.0.2.1", "other 300 A 192.0.2.1")
	plan := h.plan()
	if plan.Zones[0].Parts == "" {
		t.Error("the plan does not say that it is written in parts")
	}
	var steps [][]string
	h.store.crash = func(step string) {
		if step != "begun" {
			return
		}
		var keys []string
		for _, c := range h.store.entries[len(h.store.entries)-1].Changes {
			keys = append(keys, string(c.Action)+" "+c.Key.Name.Relative(example)+" "+c.Key.Type.String())
		}
		steps = append(steps, keys)
	}
	if o := h.apply(plan)[0]; o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	want := [][]string{{"create new A", "create other A"}, {"retire www A", "create www CNAME"}, {"retire old A"}}
	if !slices.EqualFunc(steps, want, slices.Equal[[]string]) {
		t.Errorf("steps %q; want %q", steps, want)
	}
}
