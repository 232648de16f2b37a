package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// writing is a plan that is being written: what is live so far, and what became of the steps.
type writing struct {
	zoneWrite
	live    *providers.Snapshot
	outcome Outcome
	// refused is why the last step was refused, nil if it was not: nothing of it was written.
	refused error
	// inPart says that some of the last step was written, and that it is worth trying the rest.
	inPart bool
	// settled says that what the last look at the zone showed is what became of the last step.
	settled bool
	// lacks is what a zone that was created does not have, nil if it has all that it should.
	lacks error
	// suspended says that the suspension that comes with the plan is noted.
	suspended bool
	// whole says that one step made all of the plan live.
	whole bool
}

// write carries the plan out, step by step. before is nil if the zone is not there, and after is the zone as it was read last, nil if it is not there.
func (w zoneWrite) write(ctx context.Context, before *providers.Snapshot) (outcome Outcome, after *providers.Snapshot) {
	ctx, cancel := w.lasting(ctx)
	defer cancel()
	s := &writing{zoneWrite: w, live: before}
	whole, sets, properties := split(w.plan.Changes)
	if whole != nil && whole.Action == Purge {
		for _, c := range w.plan.Changes { // zones that were kept, and nothing else
			if !s.zone(ctx, c) {
				return s.outcome, s.live
			}
			s.outcome.Changes = append(s.outcome.Changes, c)
		}
		s.outcome.Status = Applied
		return s.outcome, nil
	}
	if whole != nil {
		if !s.zone(ctx, *whole) {
			return s.outcome, s.live
		}
		if s.live == nil {
			s.outcome.Status, s.outcome.Changes = Applied, w.plan.Changes
			return s.outcome, nil
		}
	}
	if sets = s.fresh(sets); len(sets) > 0 {
		s.changes(ctx, sets)
	}
	if !s.broken() {
		s.configure(ctx, properties)
	}
	return s.finish(), s.live
}

// fresh returns the changes with what is live now as their Old. Those that are live are left out: a zone that was just created has some of them.
func (s *writing) fresh(planned []Change) []Change {
	changes := make([]Change, 0, len(planned))
	for _, p := range planned {
		if p.Action == Purge {
			if !isLive(p, s.live) {
				changes = append(changes, p)
			}
			continue
		}
		p.Old = nil
		if old, ok := s.live.Zone.Get(p.Key); ok {
			p.Old = &old
		}
		if sameSide(p.Old, p.New) || keepsOwn(s.live, p.Key) {
			continue
		}
		if p.New != nil && p.Key.Type == zonefile.TypeSOA {
			if soa, err := zonefile.ParseSOA(*p.New); err == nil {
				soa.Serial = zonefile.NextSerial(s.live.Serial, soa.Serial)
				set := soa.RRset(p.Key.Name, p.New.TTL)
				p.New = &set
			}
		}
		changes = append(changes, p)
	}
	return changes
}

// changes writes RRsets: all at once where the provider can, and otherwise what is new before what is retired, so that names stay resolvable.
func (s *writing) changes(ctx context.Context, changes []Change) {
	traits := s.live.Traits
	if s.Planner.partsOf(s.plan.Target, s.live, changes, s.plan.stones) == 1 {
		if s.try(ctx, [][]Change{changes}); s.refused == nil {
			return
		}
		if len(changes) == 1 || traits.Whole {
			s.refuse(changes)
			return
		}
	}
	news, swaps, leaves := parted(changes)
	s.groups(ctx, news)
	// A name at which one type makes way for another is bare for a moment: the shorter the step the better.
	if traits.Atomicity == providers.AtomicBatch || traits.Atomicity == providers.AtomicZone {
		s.groups(ctx, swaps)
	} else {
		for _, swap := range swaps {
			s.groups(ctx, [][]Change{swap})
		}
	}
	switch {
	case len(leaves) == 0:
	case s.broken() || len(s.outcome.Refused) > 0:
		s.outcome.Skipped = slices.Concat(leaves...)
	default:
		s.groups(ctx, leaves)
	}
}

// broken reports whether no further step can be taken.
func (s *writing) broken() bool { return s.outcome.Err != nil }

// mostRefused is how many refused groups are looked for: if there are more, something else is wrong than a bad record here and there.
const mostRefused = 32

// groups writes groups of changes, all that can be at once. If the provider refuses, the group that it is for is found by halving, and the others
// are written without it. For n groups of which one is bad that takes log2 n writes and a few.
func (s *writing) groups(ctx context.Context, groups [][]Change) {
	for len(groups) > 0 && !s.broken() {
		suspects, rest := groups, [][]Change(nil)
		s.try(ctx, suspects)
		if s.refused == nil {
			return
		}
		if len(s.outcome.Refused) == mostRefused {
			s.outcome.Refused = append(s.outcome.Refused, Refusal{slices.Concat(suspects...), fmt.Errorf("not tried any further, after %d were refused", mostRefused)})
			return
		}
		alone := len(suspects) == 1
		for len(suspects) > 1 && !s.broken() {
			half := len(suspects) / 2
			s.try(ctx, suspects[:half])
			if s.refused == nil {
				suspects, alone = suspects[half:], false
				continue
			}
			rest = append(rest, suspects[half:]...)
			suspects, alone = suspects[:half], half == 1
		}
		if s.broken() {
			return
		}
		if !alone {
			s.try(ctx, suspects)
		}
		if s.refused != nil {
			s.refuse(suspects[0])
		}
		groups = rest
	}
}

// refuse notes that the provider does not take changes.
func (s *writing) refuse(changes []Change) {
	s.outcome.Refused = append(s.outcome.Refused, Refusal{changes, s.refused})
	s.refused = nil
}

// try writes groups of changes in one step, and if the provider wrote some of it and stopped, the rest from there.
func (s *writing) try(ctx context.Context, groups [][]Change) {
	changes := groups[0]
	if len(groups) > 1 {
		changes = slices.Concat(groups...)
	}
	s.refused = nil
	for left := -1; ; {
		fresh := s.fresh(changes)
		if len(fresh) == 0 || len(fresh) == left {
			return
		}
		left = len(fresh)
		if s.step(ctx, fresh); !s.inPart {
			return
		}
	}
}

// step writes changes with one call of the provider: the intent and the tombstones first, then the write, then a look at what is live, then the
// outcome. What the provider promises not to have written, and can be tried in smaller steps, is in s.refused; any other error ends the plan.
func (s *writing) step(ctx context.Context, changes []Change) {
	s.refused, s.inPart = nil, false
	if ctx.Err() != nil {
		left := count(s.plan.Changes, func(c Change) bool { return c.Kind == KindRRset && !isLive(c, s.live) })
		s.fail(Failed, fmt.Errorf("apply %s: stopped, and %s not begun: %w", s.plan.Ref, plural(left, "change was", "changes were"), context.Cause(ctx)))
		return
	}
	writing, cancel := s.unhurried(ctx)
	defer cancel()
	stones := s.tombstones(s.live, changes)
	id, ok := s.begin(writing, s.intent(changes, stones))
	if !ok {
		return
	}
	s.Planner.progress(s.plan.Ref, Writing)
	before, batch := s.live, batchOf(s.live, changes, s.plan.stones)
	result, wrote := s.provider.Apply(writing, s.plan.Zone, batch)
	written := writtenAfter(wrote, len(result.Applied))
	s.outcome.Written = max(s.outcome.Written, written)
	if written == NotWritten && divisible(wrote) {
		s.refused = wrote
		s.conclude(writing, id, Conclusion{Result: Refused, Err: wrote.Error()})
		return
	}
	if state := blockedState(wrote); state != nil { // since it was fetched
		s.conclude(writing, id, Conclusion{Result: Refused, Err: wrote.Error()})
		s.outcome.State = state
		s.fail(Held, fmt.Errorf("apply %s: %w", s.plan.Ref, wrote))
		return
	}
	// The write may have taken all of its time.
	reading, cancel := s.unhurried(ctx)
	defer cancel()
	s.Planner.progress(s.plan.Ref, Reading)
	after, err := s.provider.Fetch(reading, s.plan.Zone)
	if err != nil {
		// Nobody knows what is live: the intent stays open, and the next run settles it.
		s.outcome.Serial = result.Serial
		s.fail(Failed, errors.Join(wrote, fmt.Errorf("read %s back: %w", s.plan.Ref, err)))
		return
	}
	s.judge(before, after, changes, wrote)
	s.concluded(reading, id, changes, after)
	for _, stone := range stones {
		if !s.live.Zone.Has(stone.Key) {
			s.outcome.Tombstones = append(s.outcome.Tombstones, stone.ID)
		}
	}
}

// divisible reports whether an error may be about some of what was sent only.
func divisible(err error) bool {
	return errors.Is(err, providers.ErrInvalid)
}

// begin notes an intent. Without that nothing is written.
func (s *writing) begin(ctx context.Context, intent Intent) (int64, bool) {
	if s.suspended {
		intent.Suspend = nil
	}
	id, err := s.Store.Begin(ctx, intent)
	if err != nil {
		s.fail(Failed, fmt.Errorf("note what is about to be written to %s, before anything else: %w", s.plan.Ref, err))
		return 0, false
	}
	return id, true
}

// conclude notes what became of an intent.
func (s *writing) conclude(ctx context.Context, id int64, c Conclusion) {
	c.At = s.now()
	if err := s.Store.Conclude(ctx, id, c); err != nil {
		s.fail(Failed, fmt.Errorf("note what was applied to %s: %w", s.plan.Ref, err))
	}
}

// fail ends the plan. The first status stays.
func (s *writing) fail(status Status, err error) {
	if s.outcome.Err == nil {
		s.outcome.Status = status
	}
	s.outcome.Err = errors.Join(s.outcome.Err, err)
}

// judge compares what is live after a write with what was before and the changes. wrote is the error of the write.
func (s *writing) judge(before, after *providers.Snapshot, changes []Change, wrote error) {
	sets := make([]zonefile.Change, 0, len(changes))
	for _, c := range changes {
		if c.Action != Purge {
			sets = append(sets, zonefile.Change{Old: c.Old, New: c.New})
		}
	}
	// changed are keys of ours with neither the old nor the new value.
	var ours, others, changed []zonefile.Key
	off := map[zonefile.Key]zonefile.Change{} // mostly nothing is
	for c := range zonefile.Diff(before.Zone.With(sets), after.Zone) {
		if !sameSide(c.Old, c.New) {
			off[c.Key()] = c
		}
	}
	for _, c := range changes {
		if len(off) == 0 {
			break
		}
		key := c.Key
		was, ok := off[key]
		if !ok {
			continue
		}
		delete(off, key)
		if ours = append(ours, key); !unwritten(before, was) {
			changed = append(changed, key)
		}
	}
	for key := range off {
		if !s.plan.own.foreign(key) {
			others = append(others, key)
		}
	}
	slices.SortFunc(others, zonefile.Key.Compare)
	for _, c := range changes {
		if c.Action == Purge && !isLive(c, after) {
			ours = append(ours, c.Key)
		}
	}
	s.outcome.Serial = after.Serial
	// A refusal, and an answer that says what was done, are the last word; success that is not seen, and no answer, are not.
	s.settled = writtenAfter(wrote, 0) == NotWritten || errors.Is(wrote, providers.ErrPartial) || len(changed) > 0
	if len(ours) < len(changes) {
		s.outcome.Written = max(s.outcome.Written, PerhapsWritten) // whatever the provider says, something is as it was to be
	}
	switch {
	case errors.Is(wrote, providers.ErrConflict):
		s.fail(Conflict, fmt.Errorf("apply %s: %w", s.plan.Ref, wrote))
	case len(others) > 0 && wrote == nil && len(ours) == 0:
		s.fail(Conflict, fmt.Errorf("apply %s: somebody else changed %s while it was written: %s", s.plan.Ref, plural(len(others), "RRset", "RRsets"), list(others)))
	case errors.Is(wrote, providers.ErrPartial) && len(others)+len(changed) == 0 && len(ours) < len(changes):
		s.inPart = len(ours) > 0
	case errors.Is(wrote, providers.ErrPartial) && len(others)+len(changed) > 0:
		all := append(others, changed...)
		s.fail(Conflict, fmt.Errorf("apply %s: %w, and somebody else changed %s meanwhile: %s", s.plan.Ref, wrote, plural(len(all), "RRset", "RRsets"), list(all)))
	case wrote != nil && len(ours)+len(others) > 0:
		s.fail(Failed, fmt.Errorf("apply %s: %w", s.plan.Ref, wrote))
	case wrote != nil:
		// The answer was lost and the work was done: a second look is what counts.
	case len(ours) > 0:
		s.fail(Failed, fmt.Errorf("apply %s: the provider reported success, and %s not as they were written: %s",
			s.plan.Ref, plural(len(ours), "RRset is", "RRsets are"), list(ours)))
	}
	s.live = after
}

// unwritten reports whether the key of a difference is as it was before the write.
func unwritten(before *providers.Snapshot, c zonefile.Change) bool {
	var was *zonefile.RRset
	if set, ok := before.Zone.Get(c.Key()); ok {
		was = &set
	}
	return sameSide(was, c.New)
}

// concluded notes what became of a write, by what is live after it.
func (s *writing) concluded(ctx context.Context, id int64, changes []Change, after *providers.Snapshot) {
	c := Conclusion{Live: make([]bool, len(changes)), Serial: after.Serial}
	if s.outcome.Err != nil {
		c.Err = s.outcome.Err.Error()
	}
	stones := map[zonefile.Key][]Tombstone{}
	for _, stone := range s.plan.stones {
		if stone.Kind == KindRRset {
			stones[stone.Key] = append(stones[stone.Key], stone)
		}
	}
	n := 0
	for i, change := range changes {
		if c.Live[i] = isLive(change, after); !c.Live[i] {
			continue
		}
		n++
		for _, stone := range stones[change.Key] {
			switch {
			case change.Action == Purge && (stone.ID == change.Stone || slices.Contains(s.plan.ending, stone.ID)):
				c.Purged = append(c.Purged, stone.ID)
			case change.New != nil && *change.New == stone.RRset:
				c.Restored = append(c.Restored, stone.ID)
			}
		}
	}
	c.Result = resultOf(n, len(changes))
	s.whole = n == len(changes) && n == len(s.plan.Changes)
	if n < len(changes) && !s.settled {
		// It may be there and not be seen yet: a tombstone that is needed would be closed. The intent stays open, and the next run settles it.
		return
	}
	s.suspended = s.suspended || n > 0
	// What is brought back says nothing of the rest of a zone that was never applied.
	if !s.plan.known && !s.Planner.Stateless && n > 0 && s.plan.why == "apply" {
		c.Applied = s.plan.ours(after.Zone)
	}
	s.conclude(ctx, id, c)
	s.plan.known = s.plan.known || c.Applied != nil
}

// finish returns the outcome of all steps, and notes the state that both sides are in now.
func (s *writing) finish() Outcome {
	o := &s.outcome
	if o.Changes = s.plan.Changes; !s.whole {
		o.Changes = nil
		for _, c := range s.plan.Changes {
			if c.Kind == KindZone || isLive(c, s.live) {
				o.Changes = append(o.Changes, c)
			}
		}
	}
	switch {
	case o.Err != nil:
		if o.Status == Conflict && o.Written == NotWritten {
			o.Status = Stale
		}
	case s.lacks != nil:
		o.Status, o.Err = Failed, s.lacks
	case len(o.Refused) > 0:
		o.Status, o.Err = Failed, &RefusedError{Ref: s.plan.Ref, Refused: o.Refused, Skipped: o.Skipped}
	case len(o.Changes) < len(s.plan.Changes):
		o.Status, o.Err = Failed, fmt.Errorf("apply %s: %d of %d changes are live", s.plan.Ref, len(o.Changes), len(s.plan.Changes))
	default:
		o.Status = Applied
		ctx, cancel := s.unhurried(context.Background())
		defer cancel()
		if len(s.plan.Changes) == 0 || s.plan.Changes[0].Kind != KindZone {
			s.plan.version = s.live.Version
		} // a zone that was just created may have more than we put into it
		if err := s.lookAt(ctx, s.tree, s.plan); err != nil {
			s.fail(Failed, fmt.Errorf("note what was applied to %s: %w", s.plan.Ref, err))
		}
	}
	return *o
}
