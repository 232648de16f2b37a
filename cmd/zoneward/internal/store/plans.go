package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// RecordPlan notes the plan of a zone.
func (s *Store) RecordPlan(ctx context.Context, r reconcile.PlanRecord) error {
	e := newEncoder()
	e.number(uint64(len(r.Holds)))
	for _, hold := range r.Holds {
		e.text(string(hold.Guard))
		e.text(hold.Reason)
	}
	holds, err := e.pack()
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		if again, err := s.sameAgain(ctx, tx, r, holds); again || err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO plan (zone, target, zone_plan, plan, base, actor, commit_id, author, at, status, changes, live, holds, err)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			nameText(r.Zone), r.Target, digestBytes(r.ID), digestBytes(r.Plan), digestBytes(r.Base), r.Actor, r.Commit, r.Author, micros(r.At),
			string(r.Status), r.Changes, r.Live, holds, r.Err)
		if err == nil && r.Live == 0 {
			_, err = tx.ExecContext(ctx, `DELETE FROM plan WHERE id IN (SELECT id FROM plan WHERE zone = ?1 AND target = ?2 AND live = 0 ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?3)`,
				nameText(r.Zone), r.Target, mostIdle)
		}
		return err
	})
}

// mostIdle is how many plans of a zone on a target are kept of which nothing came to be live.
const mostIdle = 200

// sameAgain dates the last plan of a zone on a target anew if it is the same and came to nothing in the same way, and reports whether it is.
func (s *Store) sameAgain(ctx context.Context, tx *sql.Tx, r reconcile.PlanRecord, holds []byte) (bool, error) {
	if r.Live > 0 {
		return false, nil
	}
	result, err := tx.ExecContext(ctx, `UPDATE plan SET plan = ?, base = ?, actor = ?, commit_id = ?, author = ?, at = ?
		WHERE id = (SELECT id FROM plan WHERE zone = ? AND target = ? ORDER BY at DESC, id DESC LIMIT 1)
			AND zone_plan = ? AND status = ? AND changes = ? AND live = 0 AND holds = ? AND err = ?`,
		digestBytes(r.Plan), digestBytes(r.Base), r.Actor, r.Commit, r.Author, micros(r.At), nameText(r.Zone), r.Target,
		digestBytes(r.ID), string(r.Status), r.Changes, holds, r.Err)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// Plans returns what was noted of a zone on all targets.
func (s *Store) Plans(ctx context.Context, zone zonefile.Name, limit int) ([]reconcile.PlanRecord, error) {
	if limit <= 0 {
		limit = -1
	}
	var records []reconcile.PlanRecord
	err := s.read(ctx, func(tx *sql.Tx) error {
		return query(ctx, tx, func(rows *sql.Rows) error {
			r, err := scanPlan(rows)
			records = append(records, r)
			return err
		}, `SELECT zone, target, zone_plan, plan, base, actor, commit_id, author, at, status, changes, live, holds, err
			FROM plan WHERE zone = ? ORDER BY at DESC, id DESC LIMIT ?`, nameText(zone), limit)
	})
	if err != nil {
		return nil, err
	}
	return records, nil
}

func scanPlan(rows *sql.Rows) (reconcile.PlanRecord, error) {
	var r reconcile.PlanRecord
	var holds []byte
	if err := rows.Scan(nameInto{&r.Zone}, &r.Target, digestInto{&r.ID}, digestInto{&r.Plan}, digestInto{&r.Base}, &r.Actor, &r.Commit, &r.Author,
		timeInto{&r.At}, &r.Status, &r.Changes, &r.Live, &holds, &r.Err); err != nil {
		return r, err
	}
	d, err := unpack(holds)
	if err != nil {
		return r, fmt.Errorf("a plan of %s: %w", r.Ref, err)
	}
	for range d.count() {
		r.Holds = append(r.Holds, reconcile.Hold{Guard: reconcile.Guard(d.text()), Reason: d.text()})
	}
	if err := d.end(); err != nil {
		return r, fmt.Errorf("a plan of %s: %w", r.Ref, err)
	}
	return r, nil
}
