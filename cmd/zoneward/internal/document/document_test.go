package document_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// sent returns a document as somebody else reads it.
func sent[D any](t *rapid.T, doc D) D {
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var read D
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return read
}

// TestDecodeIsTheReverse: what is decoded says the same as what was encoded. All that people are shown of a value is in its document.
func TestDecodeIsTheReverse(t *testing.T) {
	tests := map[string]func(*rapid.T){
		"change": reversed(change, document.OfChange, document.Change.Change),
		"subject": reversed(change, document.OfSubject, func(doc document.Subject) (reconcile.Change, error) {
			return doc.Change()
		}),
		"entry":           reversed(entry, document.OfEntry, document.Entry.Entry),
		"entry of a page": reversed(entry, document.OfPageEntry, document.PageEntry.PageEntry),
		"suspension":      reversed(suspension, document.OfSuspension, document.Suspension.Suspension),
		"tombstone": reversed(stone, func(s reconcile.Tombstone) document.Tombstone {
			return document.OfTombstone(s, reconcile.Clock{Wall: time.Unix(2e9, 0)})
		}, document.Tombstone.Tombstone),
		"servers": reversed(func(t *rapid.T) reconcile.Verification {
			return reconcile.Verification{Servers: some(t, "servers", 3, server)}
		},
			func(v reconcile.Verification) document.VerifiedZone {
				return document.VerifiedZone{Zone: "example.com.", Target: "live", Servers: document.OfServers(v.Servers)}
			},
			func(doc document.VerifiedZone) (reconcile.Verification, error) {
				_, v, err := doc.Verification()
				return v, err
			}),
	}
	for name, check := range tests {
		t.Run(name, func(t *testing.T) { rapid.Check(t, check) })
	}
}

func reversed[V, D any](draw func(*rapid.T) V, of func(V) D, back func(D) (V, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		doc := sent(t, of(draw(t)))
		value, err := back(doc)
		if err != nil {
			t.Fatalf("%v: %+v", err, doc)
		}
		if diff := cmp.Diff(doc, sent(t, of(value))); diff != "" {
			t.Fatalf("it does not say the same (-before +after):\n%s", diff)
		}
	}
}

// TestAppliedIsRead: what a daemon says of a plan that it applied is read back, each error of the kind that decides how a program ends.
func TestAppliedIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := &reconcile.Plan{Commit: "0a1b2c3", CreatedAt: moment(t)}
		for _, target := range []string{"ns1", "ns2"} {
			z := reconcile.ZonePlan{Ref: reconcile.Ref{Zone: name(t), Target: target}, NegativeTTL: 300, Err: errors.New("its file cannot be read")}
			plan.Zones = append(plan.Zones, z)
			if first := plan.Zones[0]; z.Zone != first.Zone {
				plan.Zones = plan.Zones[:1]
			}
		}
		outcomes := make([]reconcile.Outcome, len(plan.Zones))
		for i := range plan.Zones {
			of := plan.Zones[i]
			of.Changes = some(t, "changes", 3, change)
			outcomes[i] = outcome(t, &of)
		}
		doc, err := document.OfApplied(plan, outcomes)
		if err != nil {
			t.Fatal(err)
		}
		doc = sent(t, doc)
		readPlan, read, err := doc.Outcomes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := document.OfApplied(readPlan, read)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(doc, sent(t, again)); diff != "" {
			t.Fatalf("it does not say the same (-before +after):\n%s", diff)
		}
		for i, o := range read {
			before := outcomes[i]
			for _, kind := range []error{reconcile.ErrStale, providers.ErrConflict} {
				if errors.Is(o.Err, kind) != errors.Is(before.Err, kind) {
					t.Errorf("%v read as %v: not of the same kind", before.Err, o.Err)
				}
			}
			_, refused := errors.AsType[*reconcile.RefusedError](o.Err)
			if was, _ := errors.AsType[*reconcile.RefusedError](before.Err); refused != (was != nil && len(was.Refused) > 0) {
				t.Errorf("%q read as one that says what was refused: %t", before.Err, refused)
			}
		}
	})
}
