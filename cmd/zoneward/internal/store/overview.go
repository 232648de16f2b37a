package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// Overview returns what planning must know of those zones on targets, or of all: so many queries, however many zones there are.
func (s *Store) Overview(ctx context.Context, wanted ...reconcile.Ref) (reconcile.Overview, error) {
	wanted = distinct(slices.Clone(wanted))
	var o reconcile.Overview
	err := s.read(ctx, func(tx *sql.Tx) error {
		var err error
		if o.Open, err = openRefs(ctx, tx, wanted); err != nil {
			return err
		}
		if o.Known, err = known(ctx, tx, wanted, o.Open); err != nil {
			return err
		}
		if o.Graces, err = graces(ctx, tx, wanted); err != nil {
			return err
		}
		if o.Pins, err = pins(ctx, tx, wanted); err != nil {
			return err
		}
		if o.Suspensions, err = suspensions(ctx, tx, wanted); err != nil {
			return err
		}
		if o.Standing, err = standing(ctx, tx, wanted); err != nil {
			return err
		}
		o.Clock, err = clock(ctx, tx)
		return err
	})
	if err != nil {
		return reconcile.Overview{}, err
	}
	return o, nil
}

// openRefs returns the zones on targets that have an intent which was not concluded, in order. There are as many as are being written: they need no index.
func openRefs(ctx context.Context, tx *sql.Tx, wanted []reconcile.Ref) ([]reconcile.Ref, error) {
	var refs []reconcile.Ref
	err := queryOf(ctx, tx, wanted, func(rows *sql.Rows) error {
		var ref reconcile.Ref
		err := rows.Scan(nameInto{&ref.Zone}, &ref.Target)
		refs = append(refs, ref)
		return err
	}, `SELECT DISTINCT zone, target FROM audit_open WHERE %s`)
	slices.SortFunc(refs, reconcile.Ref.Compare)
	return refs, err
}

// known returns the zones on targets that have applied state, in order.
func known(ctx context.Context, tx *sql.Tx, wanted, open []reconcile.Ref) ([]reconcile.Known, error) {
	var all []reconcile.Known
	err := queryOf(ctx, tx, wanted, func(rows *sql.Rows) error {
		var k reconcile.Known
		if err := rows.Scan(nameInto{&k.Zone}, &k.Target, &k.System, &k.Commit, &k.Mark, timeInto{&k.At}); err != nil {
			return err
		}
		_, k.Open = slices.BinarySearchFunc(open, k.Ref, reconcile.Ref.Compare)
		all = append(all, k)
		return nil
	}, `SELECT zone, target, system, commit_id, mark, at FROM applied_zone WHERE %s`)
	slices.SortFunc(all, func(a, b reconcile.Known) int { return a.Compare(b.Ref) })
	return all, err
}

// standing returns the zones on targets that have tombstones which are not closed, with the time when the first of them may be purged. A zone has
// more that are closed from year to year: without the name of the index SQLite would read those too.
func standing(ctx context.Context, tx *sql.Tx, wanted []reconcile.Ref) (map[reconcile.Ref]time.Time, error) {
	first := map[reconcile.Ref]time.Time{}
	err := queryOf(ctx, tx, wanted, func(rows *sql.Rows) error {
		var ref reconcile.Ref
		var at time.Time
		err := rows.Scan(nameInto{&ref.Zone}, &ref.Target, timeInto{&at})
		first[ref] = at
		return err
	}, `SELECT zone, target, min(purge_at) FROM tombstone INDEXED BY tombstone_standing
		WHERE state IN ('buried', 'retired') AND %s GROUP BY zone, target`)
	return first, err
}

// mostRefs is how many zones on targets one query asks for. SQLite takes 32766 variables (https://www.sqlite.org/limits.html), of which each has two.
const mostRefs = 1000

// queryOf runs a query about those zones on targets, which are distinct, or about all if there are none. For %s in its text comes the condition that the
// columns zone and target are one of them.
func queryOf(ctx context.Context, tx *sql.Tx, wanted []reconcile.Ref, each func(*sql.Rows) error, text string) error {
	if len(wanted) == 0 {
		return query(ctx, tx, each, fmt.Sprintf(text, "true"))
	}
	for some := range slices.Chunk(wanted, mostRefs) {
		var args []any
		for _, ref := range some {
			args = append(args, nameText(ref.Zone), ref.Target)
		}
		among := "(zone, target) IN (VALUES (?, ?)" + strings.Repeat(", (?, ?)", len(some)-1) + ")"
		if err := query(ctx, tx, each, fmt.Sprintf(text, among), args...); err != nil {
			return err
		}
	}
	return nil
}

// distinct returns refs in order, each once. It changes refs.
func distinct(refs []reconcile.Ref) []reconcile.Ref {
	slices.SortFunc(refs, reconcile.Ref.Compare)
	return slices.Compact(refs)
}
