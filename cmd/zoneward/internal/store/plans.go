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
		_, err := tx.ExecContext(ctx, `INSERT INTO plan (zone, target, zone_plan, plan, base, actor, commit_id, author, at, status, changes, live, holds, err)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			nameText(r.Zone), r.Target, digestBytes(r.ID), digestBytes(r.Plan), digestBytes(r.Base), r.Actor, r.Commit, r.Author, micros(r.At),
			string(r.Status), r.Changes, r.Live, holds, r.Err)
		return err
	})
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
