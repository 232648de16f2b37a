package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Look notes that a zone needed nothing.
func (s *Store) Look(ctx context.Context, ref reconcile.Ref, mark string, graces []reconcile.Grace) error {
	same := false
	if err := s.read(ctx, func(tx *sql.Tx) (err error) {
		same, err = looksAs(ctx, tx, ref, mark, graces)
		return err
	}); err != nil || same {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		var id int64
		err := tx.QueryRowContext(ctx, `UPDATE applied_zone SET mark = ? WHERE zone = ? AND target = ? RETURNING id`, mark, nameText(ref.Zone), ref.Target).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM grace WHERE zone_id = ?`, id); err != nil {
			return err
		}
		for _, g := range graces {
			if _, err := tx.ExecContext(ctx, `INSERT INTO grace (zone_id, name, type, since, actor, commit_id, author) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				id, nameText(g.Key.Name), int64(g.Key.Type), micros(g.Since), g.Actor, g.Commit, g.Author); err != nil {
				return err
			}
		}
		return nil
	})
}

// looksAs reports whether a look with that result would write nothing, as it is for most zones most of the time.
func looksAs(ctx context.Context, tx *sql.Tx, ref reconcile.Ref, mark string, now []reconcile.Grace) (bool, error) {
	var have string
	err := tx.QueryRowContext(ctx, `SELECT mark FROM applied_zone WHERE zone = ? AND target = ?`, nameText(ref.Zone), ref.Target).Scan(&have)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	if err != nil || have != mark {
		return false, err
	}
	noted, err := graces(ctx, tx, []reconcile.Ref{ref})
	if err != nil {
		return false, err
	}
	want := make([]reconcile.Grace, len(now))
	for i, g := range now {
		g.Ref, g.Since = ref, timeOf(micros(g.Since))
		want[i] = g
	}
	byKey := func(a, b reconcile.Grace) int { return a.Key.Compare(b.Key) }
	slices.SortFunc(want, byKey)
	slices.SortFunc(noted, byKey)
	return slices.Equal(want, noted), nil
}

// graces returns the graces of those zones on targets, of all if there are none.
func graces(ctx context.Context, tx *sql.Tx, wanted []reconcile.Ref) ([]reconcile.Grace, error) {
	var all []reconcile.Grace
	err := queryOf(ctx, tx, wanted, func(rows *sql.Rows) error {
		var g reconcile.Grace
		err := rows.Scan(nameInto{&g.Zone}, &g.Target, nameInto{&g.Key.Name}, &g.Key.Type, timeInto{&g.Since}, &g.Actor, &g.Commit, &g.Author)
		all = append(all, g)
		return err
	}, `SELECT z.zone, z.target, g.name, g.type, g.since, g.actor, g.commit_id, g.author FROM grace g JOIN applied_zone z ON z.id = g.zone_id
		WHERE %s ORDER BY z.zone, z.target, g.name, g.type`)
	return all, err
}

// endGrace removes the grace of what was changed: if it is to be retired again, that is another time.
func endGrace(ctx context.Context, tx *sql.Tx, id int64, key zonefile.Key) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM grace WHERE zone_id = ? AND name = ? AND type = ?`, id, nameText(key.Name), int64(key.Type))
	return err
}
