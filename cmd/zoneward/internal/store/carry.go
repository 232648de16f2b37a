package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/zoneward/zoneward/reconcile"
)

// carryOver brings what of an intent is live into what it is about: the applied state, pins, suspension, and tombstones.
func carryOver(ctx context.Context, tx *sql.Tx, in reconcile.Intent, packed []byte, conclusion reconcile.Conclusion) error {
	content, err := openContent(packed)
	if err != nil {
		return err
	}
	content.overrides()
	content.reason()
	suspend := content.suspend()
	c := carrier{in: in, conclusion: conclusion, content: content, changes: content.count()}
	if c.live, err = newLiveness(conclusion, c.changes); err != nil {
		return err
	}
	if err := c.carryChanges(ctx, tx); err != nil {
		return err
	}
	if err := c.settlePins(ctx, tx); err != nil {
		return err
	}
	if suspend != nil {
		if err := settleSuspension(ctx, tx, in.ID, *suspend, c.live.any); err != nil {
			return err
		}
	}
	return c.settleStones(ctx, tx)
}

// carrier reads the content of an intent that is concluded. Its methods are called in the order in which the parts come.
type carrier struct {
	in         reconcile.Intent // without what is in the content
	conclusion reconcile.Conclusion
	content    *content
	changes    int // how many there are
	live       liveness
}

// carryChanges brings the changes that are live into the applied state.
func (c *carrier) carryChanges(ctx context.Context, tx *sql.Tx) error {
	id, known, err := appliedID(ctx, tx, c.in.Ref)
	if err != nil {
		return err
	}
	graced := false
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM grace WHERE zone_id = ?)`, id).Scan(&graced); err != nil {
		return err
	}
	var w *appliedWriter
	if known && c.conclusion.Applied == nil {
		if w, err = newAppliedWriter(ctx, tx, id); err != nil {
			return err
		}
		defer w.close()
	}
	gone := false
	for i := range c.changes {
		x := c.content.change()
		if c.content.err != nil {
			return c.content.err
		}
		if !c.live.change(i) || x.kind == string(reconcile.KindProperty) {
			continue
		}
		switch {
		case x.kind == string(reconcile.KindZone):
			// It comes first, and what was applied to the zone before says nothing any more.
			if gone, err = c.carryZone(ctx, tx, reconcile.Action(x.action)); err != nil || gone {
				break
			}
			if id, known, err = appliedID(ctx, tx, c.in.Ref); err == nil && known && w == nil && c.conclusion.Applied == nil {
				if w, err = newAppliedWriter(ctx, tx, id); err == nil {
					defer w.close()
				}
			} else if w != nil {
				w.id = id
			}
		case x.kind == string(reconcile.KindResource):
			id, err = c.carryResource(ctx, tx, id, x)
		case x.action == string(reconcile.Purge): // what is served stays as it is
		case w != nil:
			err = w.change(ctx, x)
		}
		if err == nil && graced {
			err = endGrace(ctx, tx, id, x.key)
		}
		if err != nil {
			return err
		}
	}
	if gone {
		return nil
	}
	return c.carryState(ctx, tx)
}

// state is that of what was applied.
func (c *carrier) state() reconcile.AppliedState {
	return reconcile.AppliedState{System: c.in.System, Commit: c.in.Commit, Mark: c.conclusion.Mark}
}

// carryState brings the conclusion into the applied state, if there is one.
func (c *carrier) carryState(ctx context.Context, tx *sql.Tx) error {
	if c.conclusion.Applied != nil {
		return setApplied(ctx, tx, c.in.Ref, c.state(), c.conclusion.At, c.conclusion.Applied)
	}
	ref := []any{nameText(c.in.Zone), c.in.Target}
	if c.live.any {
		_, err := tx.ExecContext(ctx, `UPDATE applied_zone SET commit_id = ?, mark = ?, at = ? WHERE zone = ? AND target = ?`,
			append([]any{c.in.Commit, c.conclusion.Mark, micros(c.conclusion.At)}, ref...)...)
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE applied_zone SET mark = ? WHERE zone = ? AND target = ?`, append([]any{c.conclusion.Mark}, ref...)...)
	return err
}

// carryZone brings a live change of a whole zone into the applied state, and reports whether the zone is gone.
func (c *carrier) carryZone(ctx context.Context, tx *sql.Tx, action reconcile.Action) (gone bool, err error) {
	if action != reconcile.Create && action != reconcile.Restore && action != reconcile.Retire {
		return false, nil
	}
	// What was applied to the zone before says nothing about one that was created anew.
	if err := forget(ctx, tx, c.in.Ref); err != nil {
		return false, err
	}
	if action == reconcile.Retire {
		return true, nil
	}
	_, err = putAppliedState(ctx, tx, c.in.Ref, c.state(), c.conclusion.At)
	return false, err
}

// carryResource brings a live change of a resource into the applied state of that number, and returns its number. Other than for an RRset there need be none
// before, number 0: what is applied of a resource says nothing of others.
func (c *carrier) carryResource(ctx context.Context, tx *sql.Tx, id int64, x change) (int64, error) {
	// What was applied to another system says nothing of this one.
	if _, err := tx.ExecContext(ctx, `DELETE FROM applied_resource WHERE zone_id IN (SELECT id FROM applied_zone WHERE id = ? AND system <> ?)`, id, c.in.System); err != nil {
		return id, err
	}
	before, err := resource(ctx, tx, id, x.key.Name)
	if err != nil {
		return id, err
	}
	next := reconcile.CarryResource(before, c.content.value(x))
	if next == nil {
		_, err := tx.ExecContext(ctx, `DELETE FROM applied_resource WHERE zone_id = ? AND name = ?`, id, nameText(x.key.Name))
		return id, err
	}
	if id, err = putAppliedState(ctx, tx, c.in.Ref, c.state(), c.conclusion.At); err != nil {
		return id, err
	}
	return id, putResource(ctx, tx, id, *next)
}

// liveness says which changes of an intent are live.
type liveness struct {
	live []bool
	// any says that something of the intent is: one of its changes, or, if it has none, what it was concluded with.
	any bool
}

func newLiveness(c reconcile.Conclusion, changes int) (liveness, error) {
	if len(c.Live) > 0 && len(c.Live) != changes {
		return liveness{}, fmt.Errorf("the conclusion is about %d changes, and the intent has %d", len(c.Live), changes)
	}
	l := liveness{live: c.Live, any: changes == 0 && c.Result == reconcile.Done}
	for _, live := range c.Live {
		l.any = l.any || live
	}
	return l, nil
}

// change reports whether the change of that number, from 0, is live.
func (l liveness) change(i int) bool { return i < len(l.live) && l.live[i] }

// place reports whether the change that a pin or tombstone is about is live. What is about none goes with the intent as a whole.
func (l liveness) place(at place) bool {
	if at == 0 {
		return l.any
	}
	return l.change(int(at) - 1)
}
