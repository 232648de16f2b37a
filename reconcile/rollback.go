package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Point is a time in the history of a zone: a time, the end of what was written for a commit or by a plan, or a state that its provider has kept. At most
// one field is set.
type Point struct {
	Time time.Time
	// Commit is a revision of the zones repository, or how it begins.
	Commit string
	// Plan is the id of a plan, or of a zone's part of it, or how it begins.
	Plan string
	// Revision is the id of a state that the provider has kept, see providers.Revisions.
	Revision string
}

// IsZero reports whether p is no point.
func (p Point) IsZero() bool { return p == Point{} }

// String returns the point as people write it.
func (p Point) String() string {
	switch {
	case p.Commit != "":
		return "commit " + p.Commit
	case p.Plan != "":
		return "plan " + p.Plan
	case p.Revision != "":
		return "revision " + p.Revision
	}
	return p.Time.UTC().Format(time.RFC3339)
}

// Errors of looking into the history.
var (
	// ErrNoSuchPoint: the audit log has nothing at a point.
	ErrNoSuchPoint = errors.New("the audit log has no such point")
	// ErrUnsettled: a write before the point was interrupted, and what was there depends on what became of it.
	ErrUnsettled = errors.New("a write was interrupted, and it is not known yet what became of it: the next apply settles it")
)

// Return says what goes back, and to where.
type Return struct {
	// Only are the zones and targets that are meant: those of them that were applied.
	Only Selection
	To   Point
	// Reason is why, and Actor who wants it, for the suspension.
	Reason, Actor string
}

// suspension is what comes with the return of a zone on a target.
func (r Return) suspension(ref Ref, now time.Time) *Suspension {
	s := &Suspension{Scope: Scope(ref), Actor: r.Actor, Since: now, Reason: "rolled back to " + r.To.String()}
	if r.Reason != "" {
		s.Reason += ": " + r.Reason
	}
	return s
}

// Rollback makes the plan that brings a zone back to a point, on each target that it was written to since. [Applier.Apply] applies it, and suspends
// the zone there until its zone file changes. A target that was never at the point is in the notices, and one of which nobody knows whether it was
// has that as its error. What is left to others by now stays as it is, and is in the warnings.
func (p *Planner) Rollback(ctx context.Context, tree Tree, what Return) (*Plan, error) {
	r, err := p.remember(ctx)
	if err != nil {
		return nil, err
	}
	var edits []edit
	var missing []error // of targets that never were at the point
	for ref := range r.known {
		if !what.Only.Has(ref) || r.isUnit(ref) { // resources go back with the zones repository
			continue
		}
		e, err := p.editBack(ctx, ref, what.To)
		switch {
		case errors.Is(err, ErrNoSuchPoint):
			missing = append(missing, err)
			continue
		case err != nil && !errors.Is(err, ErrUnsettled) && what.To.Revision == "":
			return nil, err
		}
		e.err, e.suspend = err, what.suspension(ref, r.clock.Wall.UTC().Truncate(time.Second))
		edits = append(edits, e)
	}
	switch {
	case len(edits) == 0 && len(missing) > 0:
		return nil, missing[0]
	case len(edits) == 0:
		return nil, fmt.Errorf("%w: nothing was applied to it", ErrNoSuchPoint)
	}
	plan, err := p.planEdits(ctx, tree, edits, r)
	if err != nil {
		return nil, err
	}
	for _, err := range missing {
		plan.Notices = append(plan.Notices, "not rolled back: "+err.Error())
	}
	slices.Sort(plan.Notices)
	return plan, nil
}

// editBack returns the edit that brings a zone back to a point, without its suspension.
func (p *Planner) editBack(ctx context.Context, ref Ref, to Point) (edit, error) {
	e := edit{ref: ref, why: "rollback"}
	var err error
	if to.Revision == "" {
		e.want, err = p.stateAt(ctx, ref, to, zonefile.Key{})
		return e, err
	}
	e.revision, err = p.revision(ctx, ref, to)
	return e, err
}

// revision returns what a zone was in a state that its provider has kept.
func (p *Planner) revision(ctx context.Context, ref Ref, to Point) (*zonefile.Zone, error) {
	target := p.Targets[ref.Target]
	if target.Revisions == nil {
		return nil, fmt.Errorf("%w: %s keeps no revisions of its zones", ErrNoSuchPoint, ref.Target)
	}
	zone, err := target.Revisions.Revision(ctx, ref.Zone, to.Revision)
	if errors.Is(err, providers.ErrInvalid) {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoSuchPoint, ref, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	return zone, nil
}

// back returns what each RRset is to be that differs from the revision. The SOA stays, and what is foreign, such as the answers to challenges.
func (e edit) back(have *zonefile.Zone, own ownership) map[zonefile.Key]*zonefile.RRset {
	want := map[zonefile.Key]*zonefile.RRset{}
	for c := range zonefile.Diff(have, e.revision) {
		key := c.Key()
		if key.Type == zonefile.TypeSOA || own.foreign(key) && !isApex(key, have.Origin()) {
			continue
		}
		want[key] = c.New
	}
	return want
}

// stateAt returns what the RRsets of a zone were at a point, as far as they were written since: nil for what was not there.
// If key is not the zero Key it is the only one.
func (p *Planner) stateAt(ctx context.Context, ref Ref, to Point, key zonefile.Key) (map[zonefile.Key]*zonefile.RRset, error) {
	h := history{to: to, key: key, was: map[zonefile.Key]*zonefile.RRset{}, settled: map[zonefile.Key]bool{}}
	if to.Plan != "" {
		var err error
		if h.plans, err = p.plansOf(ctx, ref, to.Plan); err != nil {
			return nil, err
		}
	}
	for entry, err := range p.Store.History(ctx, HistoryQuery{Zone: ref.Zone, Target: ref.Target, Name: key.Name, Type: key.Type}) {
		if err != nil {
			return nil, fmt.Errorf("read the audit log of %s: %w", ref, err)
		}
		h.add(entry)
		if h.reached && len(h.settled) == len(h.was) || h.late != nil && !to.Time.IsZero() {
			break
		}
	}
	if h.late != nil && (h.reached || !to.Time.IsZero()) {
		return nil, fmt.Errorf("%s: %w", ref, h.late)
	}
	if !h.reached && to.Time.IsZero() {
		if !key.Name.IsZero() {
			// The entry of the point may be about other RRsets.
			if _, err := p.stateAt(ctx, ref, to, zonefile.Key{}); err != nil {
				return nil, err
			}
		} else {
			return nil, fmt.Errorf("%w: %s was not written for %s", ErrNoSuchPoint, ref, to)
		}
	}
	return h.was, nil
}

// plansOf returns the ids of a zone's plans that were part of a plan.
func (p *Planner) plansOf(ctx context.Context, ref Ref, id string) (map[zonefile.Digest]bool, error) {
	records, err := p.Store.Plans(ctx, ref.Zone, 0)
	if err != nil {
		return nil, fmt.Errorf("read the plans of %s: %w", ref.Zone, err)
	}
	plans := map[zonefile.Digest]bool{}
	for _, record := range records {
		if record.Ref == ref && (begins(record.Plan.String(), id) || begins(record.ID.String(), id)) {
			plans[record.ID] = true
		}
	}
	return plans, nil
}

// begins reports whether an id begins with what somebody typed, with or without the name of the digest in front.
func begins(id, typed string) bool {
	_, hex, _ := strings.Cut(id, ":")
	return typed != "" && (strings.HasPrefix(id, typed) || strings.HasPrefix(hex, typed))
}

// history works out what was at a point, from entries of which each is older than the one before.
type history struct {
	to      Point
	key     zonefile.Key // the only one, or the zero Key
	plans   map[zonefile.Digest]bool
	reached bool  // the entries are at the point or before
	late    error // why it cannot be told: the zone itself came or went after the point, or a write before it was interrupted
	was     map[zonefile.Key]*zonefile.RRset
	settled map[zonefile.Key]bool
}

// add takes the next older entry. What an open entry after the point was to do is taken for done: if it was not, what was there before is live still,
// and going back to that changes nothing.
func (h *history) add(e Entry) {
	h.reached = h.reached || h.at(e)
	if e.Open && h.reached && h.late == nil {
		h.late = fmt.Errorf("%w (it began at %s)", ErrUnsettled, e.Intent.At.UTC().Format(time.RFC3339))
	}
	for i, c := range e.Changes {
		if !e.Open && (i >= len(e.Live) || !e.Live[i]) {
			continue
		}
		if c.Action == Purge {
			continue // of what was not served
		}
		if c.Kind == KindZone && h.key.Name.IsZero() && !h.reached && h.late == nil {
			h.late = fmt.Errorf("%w: the zone itself was there only since %s (%s)", ErrNoSuchPoint, e.ended().UTC().Format(time.RFC3339), c.Action)
		}
		if c.Kind != KindRRset {
			continue
		}
		_, known := h.was[c.Key]
		switch {
		case !h.reached:
			h.was[c.Key] = c.Old
		case known && !h.settled[c.Key]:
			h.was[c.Key], h.settled[c.Key] = c.New, true
		}
	}
}

// at reports whether an entry is at the point or before it.
func (h *history) at(e Entry) bool {
	switch {
	case h.to.Commit != "":
		// What was restored while a commit was the newest is not what the commit says.
		return (e.Why == "apply" || e.Why == "adopt") && strings.HasPrefix(e.Commit, h.to.Commit)
	case h.to.Plan != "":
		return h.plans[e.Plan] || begins(e.Plan.String(), h.to.Plan)
	}
	// What was only noted, such as a suspension, is no time at which the zone was written.
	return (e.Result != Observed || len(e.Changes) > 0) && !e.ended().After(h.to.Time)
}

// ended returns when a write was ended; for an open one when it began.
func (e *Entry) ended() time.Time {
	if e.Open {
		return e.Intent.At
	}
	return e.Conclusion.At
}
