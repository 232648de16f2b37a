package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// zoneWrite is the application of one zone plan: fetch again and compare, bury, write, read back and compare, note.
type zoneWrite struct {
	*Applier
	plan     *ZonePlan
	tree     Tree
	provider providers.ZoneProvider
}

// run applies the plan. Until the first write ctx ends it; from then on what was begun is finished and noted.
func (w zoneWrite) run(ctx context.Context) Outcome {
	before, err := w.refetch(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return Outcome{Status: Interrupted, Err: err}
	case errors.Is(err, ErrStale):
		return Outcome{Status: Stale, Err: err}
	case err != nil:
		return Outcome{Status: Failed, Err: err}
	}
	writing, cancel := w.unhurried(ctx)
	defer cancel()
	stones := w.tombstones()
	if err := w.Store.Begin(writing, w.plan.Ref, w.plan.system, before == nil, stones); err != nil {
		return Outcome{Status: Failed, Err: fmt.Errorf("write the tombstones of %s, before anything else: %w", w.plan.Ref, err)}
	}
	written := NotWritten
	if before == nil {
		if before, err = w.create(writing); err != nil {
			return Outcome{Status: Failed, Written: writtenAfter(err, 0), Err: err}
		}
		written = IsWritten
	}
	changes := changesFrom(before, w.plan.Changes)
	result, wrote := providers.Result{Serial: before.Serial}, error(nil)
	if len(changes) > 0 {
		result, wrote = w.provider.Apply(writing, w.plan.Zone, providers.NewBatch(before, changes))
		written = max(written, writtenAfter(wrote, len(result.Applied)))
	}
	// The write may have taken all of its time.
	reading, cancel := w.unhurried(ctx)
	defer cancel()
	after, err := w.provider.Fetch(reading, w.plan.Zone)
	if err != nil {
		err = fmt.Errorf("read %s back: %w", w.plan.Ref, err)
		return Outcome{Status: Failed, Serial: result.Serial, Written: written, Err: errors.Join(wrote, err)}
	}
	outcome := w.judge(before.Zone, after, changes, wrote)
	if len(outcome.Changes) > 0 {
		written = max(written, PerhapsWritten) // whatever the provider says, something is as it was to be
	}
	outcome.Written = written
	if outcome.Status == Conflict && written == NotWritten {
		outcome.Status = Stale
	}
	if err := w.note(reading, after, outcome.Changes, stones); err != nil {
		outcome.Status = Failed
		outcome.Err = errors.Join(outcome.Err, fmt.Errorf("note what was applied to %s: %w", w.plan.Ref, err))
	}
	return outcome
}

// unhurried returns a context that goes on when ctx is cancelled, for BatchTimeout at most.
func (w zoneWrite) unhurried(ctx context.Context) (context.Context, context.CancelFunc) {
	timeout := w.BatchTimeout
	if timeout == 0 {
		timeout = 5 * time.Minute
	}
	return context.WithTimeout(context.WithoutCancel(ctx), timeout)
}

// writtenAfter says what an error of a provider means for whether it was written to, by the contract of providers.ZoneProvider.
func writtenAfter(err error, applied int) Written {
	if err == nil {
		return IsWritten
	}
	if applied > 0 {
		return IsWritten
	}
	if _, busy := errors.AsType[*providers.BusyError](err); busy {
		return NotWritten
	}
	for _, kind := range []error{
		providers.ErrConflict, providers.ErrInvalid, providers.ErrUnsupported, providers.ErrAuth, providers.ErrNoZone, providers.ErrBlocked,
	} {
		if errors.Is(err, kind) {
			return NotWritten
		}
	}
	return PerhapsWritten
}

// refetch plans the zone again, from what is live now. It returns the live zone if that gives the same plan from the same base, nil if
// the plan is to create the zone, and otherwise an error that wraps ErrStale.
func (w zoneWrite) refetch(ctx context.Context) (*providers.Snapshot, error) {
	again := &fetchOnce{ZoneReader: w.provider}
	target := w.Planner.Targets[w.plan.Target]
	target.Reader = again
	planner := *w.Planner
	planner.Targets = map[string]Target{w.plan.Target: target}
	known := OldKnown{Ref: w.plan.Ref, System: w.plan.system}
	now := planner.planZone(ctx, w.plan.desired, known, w.plan.settled, &breaker{})
	switch {
	case now.Err != nil && again.err != nil:
		return nil, now.Err
	case now.Err != nil:
		return nil, fmt.Errorf("%w: %w", ErrStale, now.Err)
	case now.Base != w.plan.Base || now.ID != w.plan.ID:
		return nil, staleError(w.plan, &now)
	}
	return again.snapshot, nil
}

// fetchOnce keeps what Fetch returned.
type fetchOnce struct {
	providers.ZoneReader
	snapshot *providers.Snapshot
	err      error
}

// Fetch fetches from the provider below.
func (f *fetchOnce) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	f.snapshot, f.err = f.ZoneReader.Fetch(ctx, origin)
	return f.snapshot, f.err
}

// create creates the zone, with the SOA and NS that the plan has for its apex, and returns what is live then.
func (w zoneWrite) create(ctx context.Context) (*providers.Snapshot, error) {
	creator, ok := providers.As[providers.ZoneCreator](w.provider)
	if !ok {
		return nil, fmt.Errorf("create %s: %w", w.plan.Ref, providers.ErrUnsupported)
	}
	spec := providers.ZoneSpec{Origin: w.plan.Zone, Kind: w.plan.desired.rule.Kind}
	for _, c := range w.plan.Changes {
		if c.New != nil && c.Key.Name == w.plan.Zone && (c.Key.Type == zonefile.TypeSOA || c.Key.Type == zonefile.TypeNS) {
			spec.Apex = append(spec.Apex, *c.New)
		}
	}
	if err := creator.CreateZone(ctx, spec); err != nil {
		return nil, fmt.Errorf("create %s: %w", w.plan.Ref, err)
	}
	live, err := w.provider.Fetch(ctx, w.plan.Zone)
	if err != nil {
		return nil, fmt.Errorf("read %s, which was created: %w", w.plan.Ref, err)
	}
	return live, nil
}

// changesFrom returns the RRset changes of a plan with what is live now as their Old. Those that are live are left out: a zone that was
// just created has some of them.
func changesFrom(live *providers.Snapshot, planned []Change) []zonefile.Change {
	var changes []zonefile.Change
	for _, p := range planned {
		if p.Kind != KindRRset {
			continue
		}
		c := zonefile.Change{New: p.New}
		if old, ok := live.Zone.Get(p.Key); ok {
			c.Old = &old
		}
		if c.Old == nil && c.New == nil || c.Old != nil && c.New != nil && withoutSerial(*c.Old) == withoutSerial(*c.New) {
			continue
		}
		if c.New != nil && p.Key.Type == zonefile.TypeSOA {
			if soa, err := zonefile.ParseSOA(*c.New); err == nil {
				soa.Serial = zonefile.NextSerial(live.Serial, soa.Serial)
				set := soa.RRset(p.Key.Name, c.New.TTL)
				c.New = &set
			}
		}
		changes = append(changes, c)
	}
	return changes
}

// tombstones returns a tombstone for each RRset that the plan retires.
func (w zoneWrite) tombstones() []OldTombstone {
	now := time.Now().UTC()
	var stones []OldTombstone
	for _, c := range w.plan.Changes {
		if c.Action != Retire {
			continue
		}
		h := sha256.New()
		h.Write(fmt.Appendf(nil, "%s\n%s\n%d\n", w.plan.Ref, w.tree.Revision, now.UnixNano()))
		h.Write(c.Old.AppendCanonical(nil))
		stones = append(stones, OldTombstone{
			ID: hex.EncodeToString(h.Sum(nil)[:8]), Ref: w.plan.Ref, RRset: *c.Old,
			Commit: w.tree.Revision, Author: w.tree.Author,
			BuriedAt: now.Truncate(time.Second), PurgeAt: now.Truncate(time.Second).Add(w.plan.desired.rule.Policy.Retention),
		})
	}
	return stones
}

// judge says what became of the plan, from what was live before and is live after it was written. wrote is the error of that.
func (w zoneWrite) judge(before *zonefile.Zone, after *providers.Snapshot, changes []zonefile.Change, wrote error) Outcome {
	own := ownership{w.plan.Ref, w.plan.desired.file, w.plan.desired.rule.Policy}
	off := map[zonefile.Key]bool{} // what is not as it should be
	var ours, others []zonefile.Key
	planned := map[zonefile.Key]bool{}
	for _, c := range changes {
		planned[c.Key()] = true
	}
	for c := range zonefile.Diff(before.With(changes), after.Zone) {
		key := c.Key()
		if c.Old != nil && c.New != nil && withoutSerial(*c.Old) == withoutSerial(*c.New) {
			continue
		}
		switch {
		case planned[key]:
			off[key] = true
			ours = append(ours, key)
		case !own.foreign(key):
			others = append(others, key)
		}
	}
	outcome := Outcome{Status: Applied, Serial: after.Serial}
	for _, c := range w.plan.Changes {
		if !off[c.Key] {
			outcome.Changes = append(outcome.Changes, c)
		}
	}
	switch {
	case errors.Is(wrote, providers.ErrConflict):
		outcome.Status, outcome.Err = Conflict, fmt.Errorf("apply %s: %w", w.plan.Ref, wrote)
	case wrote != nil && len(ours)+len(others) > 0:
		outcome.Status, outcome.Err = Failed, fmt.Errorf("apply %s: %w", w.plan.Ref, wrote)
	case wrote != nil:
		// The answer was lost and the work was done: a second look is what counts.
	case len(ours) > 0:
		outcome.Status = Failed
		outcome.Err = fmt.Errorf("apply %s: the provider reported success, and %s not as they were written: %s", w.plan.Ref, plural(len(ours), "RRset is", "RRsets are"), list(ours))
	case len(others) > 0:
		outcome.Status = Conflict
		outcome.Err = fmt.Errorf("apply %s: somebody else changed %s while it was written: %s", w.plan.Ref, plural(len(others), "RRset", "RRsets"), list(others))
	}
	return outcome
}

// note writes to the store what is live now.
func (w zoneWrite) note(ctx context.Context, after *providers.Snapshot, live []Change, stones []OldTombstone) error {
	if !w.plan.settled {
		return w.noteAll(ctx, w.tree, w.plan, after.Zone)
	}
	var changes []zonefile.Change
	retired := map[zonefile.Key]bool{}
	for _, c := range live {
		if c.Kind != KindRRset {
			continue
		}
		changes = append(changes, zonefile.Change{Old: c.Old, New: c.New})
		if c.Action == Retire {
			retired[c.Key] = true
		}
	}
	var ids []string
	for _, stone := range stones {
		if retired[stone.RRset.Key] {
			ids = append(ids, stone.ID)
		}
	}
	if err := w.Store.Retired(ctx, ids); err != nil {
		return err
	}
	return w.Store.ChangeApplied(ctx, w.plan.Ref, w.tree.Revision, changes)
}
