package scaleway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/internal/scw"
	"github.com/zoneward/zoneward/zonefile"
)

// Apply implements [providers.ZoneProvider]. It reads the zone and compares it with the base, makes one request of the batch, and reads the zone
// again. A zone that is not that of the base is a conflict, and nothing is written. If afterwards there is more than one version that was not there
// before, somebody else wrote too: that is a conflict of which the result says what is as it was to be.
//
// Comments of records go along with records that stay. Those of records that go, go with them.
//
// If the zone is not what it was to be, though nobody else wrote, the error wraps ErrPartial and names the version that has the zone as it was, if
// there is one. Before that is said the zone is read a few times over some seconds, because it may be a copy that is behind.
func (p *Provider) Apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	if len(batch.Ops) == 0 {
		return providers.Result{}, ctx.Err()
	}
	result, err := p.apply(ctx, origin, batch)
	if err != nil {
		err = fmt.Errorf("apply to %s: %w", origin, err)
	}
	return result, err
}

func (p *Provider) apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	switch {
	case batch.Base == nil:
		return providers.Result{}, fmt.Errorf("%w: a batch without a base", providers.ErrInvalid)
	case batch.Base.Zone.Origin() != origin:
		return providers.Result{}, fmt.Errorf("%w: a batch for the zone %s", providers.ErrInvalid, batch.Base.Zone.Origin())
	}
	batch, err := readyBatch(origin, batch)
	if err != nil {
		return providers.Result{}, err
	}
	before, err := p.ready(ctx, batch.Base)
	if err != nil {
		return providers.Result{}, rest.Untouched(ctx, err)
	}
	w := write{origin: origin, base: batch.Base, ops: batch.Ops, before: before.history}
	if err := p.client.patch(ctx, origin, changesOf(origin, batch.Ops, before)); err != nil {
		return p.refused(ctx, w, err)
	}
	return p.verify(ctx, w)
}

// ready returns the zone of base as it is, if it may be written and is what base says.
func (p *Provider) ready(ctx context.Context, base *providers.Snapshot) (state, error) {
	origin := base.Zone.Origin()
	if _, err := p.writableZone(ctx, origin); err != nil {
		return state{}, err
	}
	now, err := p.look(ctx, origin)
	if err != nil {
		return state{}, err
	}
	return now, conflict(now, base)
}

// conflict returns an error that wraps ErrConflict if a zone is not what base says.
func conflict(now state, base *providers.Snapshot) error {
	if keys := differences(now.zone, base.Zone); len(keys) > 0 {
		return fmt.Errorf("%w: %s is not what it was when the change was planned", providers.ErrConflict, keys[0])
	}
	if keys := differences(now.foreign, base.Foreign); len(keys) > 0 {
		return fmt.Errorf("%w: %s is not what it was when the change was planned", providers.ErrConflict, keys[0])
	}
	// What was changed and changed back, or may only now be about to be seen.
	if newest := now.history.newest(); newest != base.Version {
		return fmt.Errorf("%w: its newest version is %q, and was %q when the change was planned", providers.ErrConflict, newest, base.Version)
	}
	return nil
}

// differences returns the keys at which two zones differ. Nil is an empty zone.
func differences(a, b *zonefile.Zone) []zonefile.Key {
	switch {
	case a == nil && b == nil:
		return nil
	case a == nil:
		a = zonefile.NewZone(b.Origin())
	case b == nil:
		b = zonefile.NewZone(a.Origin())
	}
	var keys []zonefile.Key
	for c := range zonefile.Diff(a, b) {
		keys = append(keys, c.Key())
	}
	return keys
}

// write is a batch on its way.
type write struct {
	origin zonefile.Name
	base   *providers.Snapshot
	ops    []providers.Op
	before history
}

// pauses are how long is waited until the zone is looked at again that does not show what was written.
func pauses() []time.Duration {
	return []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}
}

// verify compares the zone with what it was to be after a PATCH that was accepted.
func (p *Provider) verify(ctx context.Context, w write) (providers.Result, error) {
	waits := pauses()
	for {
		now, err := p.look(ctx, w.origin)
		if err != nil {
			return providers.Result{}, scw.Unsure(ctx, "it was accepted, and reading the zone again did not work: "+err.Error())
		}
		more, off := now.history.since(w.before), w.missed(now)
		switch {
		case len(more) == 1 && len(off) == 0:
			return providers.Result{Applied: w.ops}, nil
		case len(more) > 1 || len(waits) == 0:
			return providers.Result{Applied: w.live(now)}, p.judge(ctx, w, now, off)
		}
		if err := p.wait(ctx, waits[0]); err != nil {
			return providers.Result{Applied: w.live(now)}, scw.Unsure(ctx, "it was accepted, and cannot be seen yet")
		}
		waits = waits[1:]
	}
}

// judge says why a zone is not what was to become of it. Off are the keys at which it is not.
func (p *Provider) judge(ctx context.Context, w write, now state, off []zonefile.Key) error {
	more := now.history.since(w.before)
	if len(more) > 1 {
		return fmt.Errorf("%w: seen after the write: there are %d new versions, and one is ours%s", providers.ErrConflict, len(more), p.restorePoint(ctx, w, now.history))
	}
	switch {
	case len(more) == 0 && len(off) == 0:
		return errors.New("it was accepted, and the zone is as it was to be, but no version was made of it, so that nobody can tell whether somebody else wrote")
	case len(more) == 0: // it may come yet
		return fmt.Errorf("it was accepted, and cannot be seen yet: %s is not as it was written, and there is no new version", off[0])
	}
	ours := map[zonefile.Key]bool{}
	for _, op := range w.ops {
		ours[op.Change.Key()] = true
	}
	for _, key := range off {
		if !ours[key] {
			return fmt.Errorf("%w: seen after the write: %s is not what it was before%s", providers.ErrConflict, key, p.restorePoint(ctx, w, now.history))
		}
	}
	return fmt.Errorf("%w: it was accepted, and %s is not as it was written (%d of %d are not)%s",
		providers.ErrPartial, off[0], len(off), len(w.ops), p.restorePoint(ctx, w, now.history))
}

// missed returns the keys at which a zone is not what is to become of it.
func (w write) missed(now state) []zonefile.Key {
	want := w.base.Zone.With(providers.Batch{Ops: w.ops}.Changes())
	return append(differences(now.zone, want), differences(now.foreign, w.base.Foreign)...)
}

// live returns the operations of which a zone shows what they were to do.
func (w write) live(now state) []providers.Op {
	var done []providers.Op
	for _, op := range w.ops {
		set, ok := now.zone.Get(op.Change.Key())
		if c := op.Change; c.New == nil && !ok || c.New != nil && ok && set == *c.New {
			done = append(done, op)
		}
	}
	return done
}

// restorePoint says which version has the zone as it was before a write, empty if none of those that are likely has. Nothing says whether a version
// is what an edit made or what was there before it: it is the newest of before, or the oldest of the new ones, and of those that were made in
// the same second maybe the next one. Their records tell.
func (p *Provider) restorePoint(ctx context.Context, w write, now history) string {
	more := slices.Clone(now.since(w.before))
	slices.Reverse(more)
	for _, v := range slices.Concat(w.before[:min(2, len(w.before))], more[:min(2, len(more))]) {
		zone, err := p.revision(ctx, w.origin, v.ID)
		if err == nil && zone.Equal(w.base.Zone) {
			return fmt.Sprintf("; the version %[1]s has the zone as it was: zoneward rollback %[2]s --revision %[1]s", v.ID, zoneText(w.origin))
		}
	}
	return ""
}
