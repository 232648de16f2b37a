package reconcile

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// proving is a provider that serves a zone once the record that it asks for is on another.
type proving struct {
	*memory.Provider
	old    *memory.Provider
	proof  zonefile.RRset
	looked int
}

func (p *proving) ProveZone(_ context.Context, origin zonefile.Name) error {
	p.looked++
	if set, ok := p.old.Served(origin).Get(p.proof.Key); ok && set == p.proof {
		p.SetState(origin, nil)
	}
	return nil
}

var proofRecord = zonefile.MustParseRRset("_verify.example.com. 300 TXT", `"verify=one"`)

// newMove is a house whose zone is on "old", and is to be on "new" too, which wants a proof at "old".
func newMove(t testing.TB, proof zonefile.RRset) (*house, *proving) {
	h := newHouse(t)
	old := h.target("old")
	old.AddZone(h.zone("www 300 A 192.0.2.1"))
	created := memory.New(memory.BeginningIn(func(zonefile.Name) *providers.StateError {
		return &providers.StateError{
			State: "pending_validation", Needs: "publish the record", Kind: providers.ErrBlocked,
			Outputs: []providers.Output{{Name: "validation", RRset: proof}},
		}
	}))
	p := &proving{Provider: created, old: old, proof: proof}
	h.rule("*", "old", "new").CreateZone = new(true)
	h.planner.Rules = h.planner.Rules[:1]
	h.planner.Rules[0].Policy.Together = false
	h.planner.Targets["new"], h.applier.Targets["new"] = NewTarget(p, "new"), p
	h.planner.Resources = map[string]ResourceTarget{}
	h.write("$TTL 300", "www A 192.0.2.1")
	h.files["example.com.domain.yaml"] = "domain: example.com\nownership: {of: new, publish_at: old}\n"
	_ = h.store.SetApplied(t.Context(), Ref{example, "old"}, AppliedState{System: "old"}, old.Served(example))
	return h, p
}

func TestZoneIsProvedAtItsOldHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := newMove(t, proofRecord)
		var outcomes []Outcome
		for _, o := range h.applier.Converge(t.Context(), h.tree(), h.plan(), Approval{}, Convergence{Within: time.Hour}) {
			outcomes = append(outcomes, o)
			if o.Status != Applied || o.Err != nil {
				t.Errorf("%s: %s, %v", o.Ref, o.Status, o.Err)
			}
		}
		if served := p.Served(example); served == nil || !served.Has(zonefile.Key{Name: zonefile.MustParseName("www.example.com."), Type: zonefile.TypeA}) {
			t.Fatalf("the new host serves %v after %d looks; outcomes %+v", served, p.looked, outcomes)
		}
		if p.old.Served(example).Has(proofRecord.Key) {
			t.Error("the proof is still published, and nobody wants it any more")
		}
		for _, z := range h.plan().Zones {
			if len(z.all()) > 0 || z.Err != nil {
				t.Errorf("%s: %v, %v is left", z.Ref, changes(z), z.Err)
			}
		}
	})
}

func TestProofThatNobodySeesIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := newMove(t, proofRecord)
		p.old = memory.New() // where the new host looks there is nothing
		p.old.AddZone(h.zone())
		began := time.Now()
		var new Outcome
		for _, o := range h.applier.Converge(t.Context(), h.tree(), h.plan(), Approval{}, Convergence{Within: time.Minute}) {
			if o.Target == "new" {
				new = o
			}
		}
		if took := time.Since(began); took > time.Minute || p.looked < 2 {
			t.Errorf("waited %s and looked %d times", took, p.looked)
		}
		if new.Status != Held || new.State == nil || !strings.Contains(new.State.Name, "pending") {
			t.Errorf("outcome %s, state %+v; want it held, and why", new.Status, new.State)
		}
	})
}

// TestProofIsNoOtherRecord has a host ask for a proof that is none: whoever published it would give the domain's mail, or its logins, away.
func TestProofIsNoOtherRecord(t *testing.T) {
	for name, proof := range map[string]zonefile.RRset{
		"a wildcard":   zonefile.MustParseRRset("*.example.com. 60 A", "203.0.113.66"),
		"an address":   zonefile.MustParseRRset("login.example.com. 60 A", "203.0.113.66"),
		"a delegation": zonefile.MustParseRRset("sub.example.com. 60 NS", "ns1.other.example."),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, p := newMove(t, proof)
				published := false
				h.planner.Progress = func(Ref, Phase) { published = published || p.old.Served(example).Has(proof.Key) }
				h.applier.Converge(t.Context(), h.tree(), h.plan(), Approval{}, Convergence{})
				if published {
					t.Errorf("%s was published at the old host", proof.Key)
				}
			})
		})
	}
}
