package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// advisedError is an error with what to do about it.
type advisedError struct {
	err  error
	hint string
}

// Error returns the error without the hint.
func (e *advisedError) Error() string { return e.err.Error() }

// Unwrap returns the error without the hint.
func (e *advisedError) Unwrap() error { return e.err }

// buried says of an error that there is nothing of key, or with no type of a zone of that name, to go back to, which tombstone has it: that of the
// zone if the zone itself was retired, otherwise the newest of the RRset that came to its end. It returns err as it is if there is none.
func (c *common) buried(ctx context.Context, w *workspace, key zonefile.Key, err error) error {
	if key.Name.IsZero() || !errors.Is(err, reconcile.ErrNothingToRestore) && !errors.Is(err, reconcile.ErrNoSuchPoint) {
		return err
	}
	stone, found, failed := c.stoneOver(ctx, w, key)
	switch {
	case failed != nil || !found:
		return err
	case stone.Kind == reconcile.KindZone:
		err = fmt.Errorf("%w; %s was retired on %s as a whole, and tombstone %s has it", err, stoneSubject(stone), stone.Target, stone.ID)
	default:
		err = fmt.Errorf("%w; tombstone %s of it is %s since %s", err, stone.ID, stone.State, render.Stamp(stone.StateAt))
	}
	return &advisedError{err, c.commandLine("restore", stone.ID)}
}

// stoneOver returns the tombstone that buried names.
func (c *common) stoneOver(ctx context.Context, w *workspace, key zonefile.Key) (stone reconcile.Tombstone, found bool, err error) {
	stones, err := w.store.Tombstones(ctx, reconcile.TombstoneQuery{Closed: true})
	if err != nil {
		return stone, false, err
	}
	for _, t := range stones {
		if !w.only.Has(t.Ref) {
			continue
		}
		if t.Kind == reconcile.KindZone && t.State.Standing() && key.Name.In(t.Zone) {
			return t, true, nil
		}
		if !found && key.Type != 0 && t.Key == key && !t.State.Standing() && t.State != reconcile.Superseded {
			stone, found = t, true
		}
	}
	return stone, found, nil
}
