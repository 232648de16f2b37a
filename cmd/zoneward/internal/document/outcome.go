package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// Outcomes is what apply did.
type Outcomes struct {
	Version int       `json:"version"`
	Zones   []Outcome `json:"zones"`
}

// Outcome is what became of the plan of one zone on one target.
type Outcome struct {
	Zone         string           `json:"zone"`
	Target       string           `json:"target"`
	Status       reconcile.Status `json:"status"`
	Changes      int              `json:"changes"` // that are live now
	Written      string           `json:"written"` // whether the provider was written to: no, perhaps, yes
	Serial       uint32           `json:"serial"`  // 0 if it is not known
	Refused      []Refusal        `json:"refused"`
	Skipped      []Subject        `json:"skipped"`      // retires that were not begun because of what was refused
	Tombstones   []string         `json:"tombstones"`   // ids of those of what was retired
	Verification *Verification    `json:"verification"` // null if the name servers were not asked
	RolledBack   bool             `json:"rolled_back"`
	Settled      int              `json:"settled"` // interrupted writes of which it was found out what had become of them
	Began        time.Time        `json:"began"`
	Took         float64          `json:"took"`     // seconds
	Until        *time.Time       `json:"until"`    // resolvers may give old answers, null if they do not
	State        *State           `json:"state"`    // of the zone at its provider that keeps it from being written, null for none
	Deferred     []Deferred       `json:"deferred"` // what still has to wait
	Holds        []Hold           `json:"holds"`    // what holds that which had to wait until now
	Error        *string          `json:"error"`
}

// Refusal is what a provider does not take, and why.
type Refusal struct {
	Changes []Subject `json:"changes"`
	Error   string    `json:"error"`
}

// OfOutcomes returns what became of the zones of a plan: one outcome for each, in its order.
func OfOutcomes(plan *reconcile.Plan, outcomes []reconcile.Outcome) Outcomes {
	doc := Outcomes{Version: Version, Zones: make([]Outcome, len(outcomes))}
	for i, o := range outcomes {
		doc.Zones[i] = ofOutcome(&plan.Zones[i], o)
	}
	return doc
}

func ofOutcome(z *reconcile.ZonePlan, o reconcile.Outcome) Outcome {
	doc := Outcome{
		Zone: o.Zone.String(), Target: o.Target, Status: o.Status, Changes: len(o.Changes), Written: o.Written.String(), Serial: o.Serial,
		Refused: make([]Refusal, len(o.Refused)), Skipped: OfSubjects(o.Skipped), Tombstones: append([]string{}, o.Tombstones...),
		Verification: ofVerification(o.Verification), RolledBack: o.RolledBack, Settled: o.Settled, Began: o.Began.UTC(), Took: o.Took.Seconds(),
		Until: OfTime(LingersUntil(z, o)), State: OfState(o.State), Deferred: OfDeferred(o.Deferred), Holds: OfHolds(o.Holds), Error: OfError(o.Err),
	}
	for i, r := range o.Refused {
		doc.Refused[i] = Refusal{OfSubjects(r.Changes), r.Err.Error()}
	}
	return doc
}

// LingersUntil returns until when resolvers may give old answers for what was applied, the zero time if they do not.
func LingersUntil(z *reconcile.ZonePlan, o reconcile.Outcome) time.Time {
	var longest time.Duration
	for _, c := range o.Changes {
		longest = max(longest, z.Lingers(c))
	}
	if longest == 0 {
		return time.Time{}
	}
	return o.Began.Add(o.Took).Add(longest).UTC().Truncate(time.Second)
}

// Applied is what POST /api/v1/plans/approve gives, and POST /api/v1/restore with apply: the plan as it was made again, and what became of it.
type Applied struct {
	Version int             `json:"version"`
	Plan    json.RawMessage `json:"plan"`
	Zones   []AppliedZone   `json:"zones"`          // those of the plan, in its order
	Git     []Need          `json:"git,omitempty"`  // what the zones repository needs, for a restore
	Kept    *time.Time      `json:"kept,omitempty"` // until when what was restored is kept although git does not have it
}

// AppliedZone is what became of the plan of one zone on one target.
type AppliedZone struct {
	Outcome
	Live []Change `json:"live"` // the changes that are live now
}

// OfApplied returns what became of the zones of a plan: one outcome for each, in its order.
func OfApplied(plan *reconcile.Plan, outcomes []reconcile.Outcome) (Applied, error) {
	var text bytes.Buffer
	if err := plan.WriteJSON(&text); err != nil {
		return Applied{}, err
	}
	doc := Applied{Version: Version, Plan: text.Bytes(), Zones: make([]AppliedZone, len(outcomes))}
	for i, o := range outcomes {
		zone := AppliedZone{ofOutcome(&plan.Zones[i], o), make([]Change, len(o.Changes))}
		for j, c := range o.Changes {
			zone.Live[j] = OfChange(c)
		}
		doc.Zones[i] = zone
	}
	return doc, nil
}

// Outcomes is the reverse of OfApplied.
func (a Applied) Outcomes() (*reconcile.Plan, []reconcile.Outcome, error) {
	plan, err := reconcile.ReadPlan(bytes.NewReader(a.Plan))
	if err != nil {
		return nil, nil, err
	}
	if err := CheckPlan(plan); err != nil {
		return nil, nil, err
	}
	if len(a.Zones) != len(plan.Zones) {
		return nil, nil, fmt.Errorf("outcomes of %d zones, and the plan has %d", len(a.Zones), len(plan.Zones))
	}
	outcomes := make([]reconcile.Outcome, len(a.Zones))
	for i, zone := range a.Zones {
		if outcomes[i], err = zone.outcome(); err != nil {
			return nil, nil, fmt.Errorf("the outcome of %s on %s: %w", zone.Zone, zone.Target, err)
		}
		if ref := plan.Zones[i].Ref; outcomes[i].Ref != ref {
			return nil, nil, fmt.Errorf("the outcome of %s stands where that of %s should", outcomes[i].Ref, ref)
		}
	}
	return plan, outcomes, nil
}

func (z AppliedZone) outcome() (o reconcile.Outcome, err error) {
	o = reconcile.Outcome{
		Ref: reconcile.Ref{Target: z.Target}, Status: z.Status, Serial: z.Serial, RolledBack: z.RolledBack, Tombstones: z.Tombstones, Settled: z.Settled,
		Began: z.Began, Took: secondsOf(z.Took),
	}
	if o.Zone, err = ParseName(z.Zone); err != nil {
		return o, err
	}
	if err := errors.Join(checkStatus(z.Status), checkWords("a target", z.Target), checkWords("a tombstone", z.Tombstones...)); err != nil {
		return o, err
	}
	if o.Holds, err = holdsOf(z.Holds); err != nil {
		return o, err
	}
	for _, doc := range z.Live {
		c, err := doc.Change()
		if err != nil {
			return o, err
		}
		o.Changes = append(o.Changes, c)
	}
	if o.Written, err = writtenOf(z.Written); err != nil {
		return o, err
	}
	for _, doc := range z.Refused {
		changes, err := changesOf(doc.Changes)
		if err != nil {
			return o, err
		}
		o.Refused = append(o.Refused, reconcile.Refusal{Changes: changes, Err: &told{text: doc.Error}})
	}
	if o.Skipped, err = changesOf(z.Skipped); err != nil {
		return o, err
	}
	if o.Verification, err = z.Verification.verification(); err != nil {
		return o, err
	}
	if o.State, err = z.State.State(); err != nil {
		return o, err
	}
	if o.Deferred, err = deferredOf(z.Deferred); err != nil {
		return o, err
	}
	o.Err = z.err(o)
	if o.Err == nil && slices.Contains([]reconcile.Status{reconcile.Stale, reconcile.Conflict, reconcile.Failed}, o.Status) {
		return o, fmt.Errorf("it is %s, and nothing says why", o.Status)
	}
	return o, nil
}

// err returns the error of an outcome, of the kind that it was.
func (z AppliedZone) err(o reconcile.Outcome) error {
	if len(o.Refused) > 0 && z.Error != nil {
		if refused := (&reconcile.RefusedError{Ref: o.Ref, Refused: o.Refused, Skipped: o.Skipped}); refused.Error() == *z.Error {
			return refused
		}
	}
	switch o.Status {
	case reconcile.Stale:
		return errorOf(z.Error, reconcile.ErrStale)
	case reconcile.Conflict:
		return errorOf(z.Error, providers.ErrConflict)
	case reconcile.Applied, reconcile.Unchanged, reconcile.Held, reconcile.Failed, reconcile.Interrupted:
	}
	return errorOf(z.Error, nil)
}

func checkStatus(status reconcile.Status) error {
	if !slices.Contains([]reconcile.Status{
		reconcile.Applied, reconcile.Unchanged, reconcile.Held, reconcile.Stale, reconcile.Conflict, reconcile.Failed, reconcile.Interrupted,
	}, status) {
		return fmt.Errorf("the status %q is not known", status)
	}
	return nil
}

// writtenOf is the reverse of Written.String.
func writtenOf(text string) (reconcile.Written, error) {
	for _, w := range []reconcile.Written{reconcile.NotWritten, reconcile.PerhapsWritten, reconcile.IsWritten} {
		if w.String() == text {
			return w, nil
		}
	}
	return 0, fmt.Errorf("written %q is not known", text)
}
