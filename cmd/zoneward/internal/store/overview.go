package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// Overview returns what planning must know of all zones: so many queries, however many zones there are.
func (s *Store) Overview(ctx context.Context) (reconcile.Overview, error) {
	o := reconcile.Overview{Standing: map[reconcile.Ref]time.Time{}}
	err := s.read(ctx, func(tx *sql.Tx) error {
		var err error
		if o.Open, err = openRefs(ctx, tx); err != nil {
			return err
		}
		if o.Known, err = known(ctx, tx, o.Open); err != nil {
			return err
		}
		if o.Graces, err = gracesWhere(ctx, tx, `1`); err != nil {
			return err
		}
		if o.Pins, err = pins(ctx, tx); err != nil {
			return err
		}
		if o.Suspensions, err = suspensions(ctx, tx); err != nil {
			return err
		}
		if o.Clock, err = clock(ctx, tx); err != nil {
			return err
		}
		return query(ctx, tx, func(rows *sql.Rows) error {
			var ref reconcile.Ref
			var first time.Time
			err := rows.Scan(nameInto{&ref.Zone}, &ref.Target, timeInto{&first})
			o.Standing[ref] = first
			return err
		}, `SELECT zone, target, min(purge_at) FROM tombstone WHERE state IN ('buried', 'retired') GROUP BY zone, target`)
	})
	if err != nil {
		return reconcile.Overview{}, err
	}
	return o, nil
}

// openRefs returns the zones on targets that have an intent which was not concluded, in order.
func openRefs(ctx context.Context, tx *sql.Tx) ([]reconcile.Ref, error) {
	var refs []reconcile.Ref
	err := query(ctx, tx, func(rows *sql.Rows) error {
		var ref reconcile.Ref
		err := rows.Scan(nameInto{&ref.Zone}, &ref.Target)
		refs = append(refs, ref)
		return err
	}, `SELECT DISTINCT zone, target FROM audit_open`)
	slices.SortFunc(refs, reconcile.Ref.Compare)
	return refs, err
}

// known returns the zones on targets that have applied state, in order.
func known(ctx context.Context, tx *sql.Tx, open []reconcile.Ref) ([]reconcile.Known, error) {
	var all []reconcile.Known
	err := query(ctx, tx, func(rows *sql.Rows) error {
		var k reconcile.Known
		if err := rows.Scan(nameInto{&k.Zone}, &k.Target, &k.System, &k.Commit, &k.Mark, timeInto{&k.At}); err != nil {
			return err
		}
		_, k.Open = slices.BinarySearchFunc(open, k.Ref, reconcile.Ref.Compare)
		all = append(all, k)
		return nil
	}, `SELECT zone, target, system, commit_id, mark, at FROM applied_zone`)
	slices.SortFunc(all, func(a, b reconcile.Known) int { return a.Compare(b.Ref) })
	return all, err
}
