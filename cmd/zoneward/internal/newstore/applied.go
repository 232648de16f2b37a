package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// AppliedAt returns the RRsets of those keys that were last applied.
func (s *Store) AppliedAt(ctx context.Context, ref reconcile.Ref, keys []zonefile.Key) (map[zonefile.Key]zonefile.RRset, error) {
	sets := make(map[zonefile.Key]zonefile.RRset, len(keys))
	err := s.read(ctx, func(tx *sql.Tx) error {
		id, known, err := appliedID(ctx, tx, ref)
		if err != nil || !known {
			return err
		}
		find, err := tx.PrepareContext(ctx, `SELECT ttl, rdata FROM applied_rrset WHERE zone_id = ? AND name = ? AND type = ?`)
		if err != nil {
			return err
		}
		defer find.Close()
		for _, key := range keys {
			var ttl int64
			var rdata []byte
			err := find.QueryRowContext(ctx, id, nameText(key.Name), int64(key.Type)).Scan(&ttl, &rdata)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return err
			}
			if sets[key], err = zonefile.RRsetFromRDATA(key, zonefile.TTL(ttl), rdata); err != nil {
				return fmt.Errorf("the applied %s of %s: %w", key, ref, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return sets, nil
}

// appliedID returns the number of the applied state of ref, and whether there is one.
func appliedID(ctx context.Context, tx *sql.Tx, ref reconcile.Ref) (id int64, known bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT id FROM applied_zone WHERE zone = ? AND target = ?`, nameText(ref.Zone), ref.Target).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return id, err == nil, err
}

// Applied returns what was last applied to a zone on a target.
func (s *Store) Applied(ctx context.Context, ref reconcile.Ref) (zone *zonefile.Zone, known bool, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		var id int64
		if id, known, err = appliedID(ctx, tx, ref); err != nil || !known {
			return err
		}
		zone, err = appliedZone(ctx, tx, id, ref.Zone)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return zone, known, nil
}

// appliedZone returns the RRsets of an applied state.
func appliedZone(ctx context.Context, tx *sql.Tx, id int64, origin zonefile.Name) (*zonefile.Zone, error) {
	b := zonefile.NewBuilder(origin)
	var name string
	var owner zonefile.Name
	err := query(ctx, tx, func(rows *sql.Rows) error {
		var next string
		var typ, ttl int64
		var rdata sql.RawBytes
		if err := rows.Scan(&next, &typ, &ttl, &rdata); err != nil {
			return err
		}
		if next != name || owner.IsZero() {
			var err error
			if owner, err = parseName(next); err != nil {
				return fmt.Errorf("an applied RRset of %s: %w", origin, err)
			}
			name = next
		}
		key := zonefile.Key{Name: owner, Type: zonefile.Type(typ)}
		set, err := zonefile.RRsetFromRDATA(key, zonefile.TTL(ttl), rdata)
		if err != nil {
			return fmt.Errorf("the applied %s: %w", key, err)
		}
		return b.AddRRset(set)
	}, `SELECT name, type, ttl, rdata FROM applied_rrset WHERE zone_id = ?`, id)
	if err != nil {
		return nil, err
	}
	return b.Zone(), nil
}

// SetApplied notes that zone is what is applied.
func (s *Store) SetApplied(ctx context.Context, ref reconcile.Ref, state reconcile.AppliedState, zone *zonefile.Zone) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		return setApplied(ctx, tx, ref, state, time.Now(), zone)
	})
}

func setApplied(ctx context.Context, tx *sql.Tx, ref reconcile.Ref, state reconcile.AppliedState, at time.Time, zone *zonefile.Zone) error {
	id, known, err := appliedID(ctx, tx, ref)
	if err != nil {
		return err
	}
	from := zonefile.NewZone(zone.Origin())
	if known {
		// Most of a large zone is as it was: reading it costs less than writing it.
		if from, err = appliedZone(ctx, tx, id, zone.Origin()); err != nil {
			return err
		}
	}
	if id, err = putAppliedState(ctx, tx, ref, state, at); err != nil {
		return err
	}
	w, err := newAppliedWriter(ctx, tx, id)
	if err != nil {
		return err
	}
	defer w.close()
	for c := range zonefile.Diff(from, zone) {
		if c.New != nil {
			err = w.put(nameText(c.New.Key.Name), c.New.Key.Type, data{c.New.TTL, c.New.AppendRDATA(nil)})
		} else {
			err = w.remove(nameText(c.Old.Key.Name), c.Old.Key.Type)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// putAppliedState makes or changes the row of an applied state, and returns its number.
func putAppliedState(ctx context.Context, tx *sql.Tx, ref reconcile.Ref, state reconcile.AppliedState, at time.Time) (id int64, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO applied_zone (zone, target, system, commit_id, mark, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET system = excluded.system, commit_id = excluded.commit_id, mark = excluded.mark, at = excluded.at RETURNING id`,
		nameText(ref.Zone), ref.Target, state.System, state.Commit, state.Mark, micros(at)).Scan(&id)
	return id, err
}

// appliedWriter writes RRsets of one applied state.
type appliedWriter struct {
	ctx         context.Context
	id          int64
	insert, del *sql.Stmt
}

func newAppliedWriter(ctx context.Context, tx *sql.Tx, id int64) (*appliedWriter, error) {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO applied_rrset (zone_id, name, type, ttl, rdata) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET ttl = excluded.ttl, rdata = excluded.rdata`)
	if err != nil {
		return nil, err
	}
	del, err := tx.PrepareContext(ctx, `DELETE FROM applied_rrset WHERE zone_id = ? AND name = ? AND type = ?`)
	if err != nil {
		return nil, errors.Join(err, insert.Close())
	}
	return &appliedWriter{ctx: ctx, id: id, insert: insert, del: del}, nil
}

func (w *appliedWriter) close() {
	_ = w.insert.Close()
	_ = w.del.Close()
}

func (w *appliedWriter) put(name string, typ zonefile.Type, d data) error {
	_, err := w.insert.ExecContext(w.ctx, w.id, name, int64(typ), int64(d.ttl), d.rdata)
	return err
}

func (w *appliedWriter) remove(name string, typ zonefile.Type) error {
	_, err := w.del.ExecContext(w.ctx, w.id, name, int64(typ))
	return err
}

// carryChanges reads the changes of an intent, and brings those that are live into the applied state.
func carryChanges(ctx context.Context, tx *sql.Tx, in reconcile.Intent, c *content, changes int, live liveness, conclusion reconcile.Conclusion) error {
	id, known, err := appliedID(ctx, tx, in.Ref)
	if err != nil {
		return err
	}
	graced := false
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM grace WHERE zone_id = ?)`, id).Scan(&graced); err != nil {
		return err
	}
	state := reconcile.AppliedState{System: in.System, Commit: in.Commit, Mark: conclusion.Mark}
	var w *appliedWriter
	if known && conclusion.Applied == nil {
		if w, err = newAppliedWriter(ctx, tx, id); err != nil {
			return err
		}
		defer w.close()
	}
	gone := false
	var over []zonefile.Key // what is not in its grace any more
	for i := range changes {
		x := c.change()
		if c.err != nil {
			return c.err
		}
		if !live.change(i) {
			continue
		}
		if graced {
			over = append(over, x.key)
		}
		switch {
		case x.kind == string(reconcile.KindZone):
			if gone, err = carryZone(ctx, tx, in.Ref, state, conclusion.At, reconcile.Action(x.action)); err != nil {
				return err
			}
		case x.action == string(reconcile.Purge): // what is served stays as it is
		case w != nil:
			if err := w.change(x); err != nil {
				return err
			}
		}
	}
	for _, key := range over {
		if _, err := tx.ExecContext(ctx, `DELETE FROM grace WHERE zone_id = ? AND name = ? AND type = ?`, id, nameText(key.Name), int64(key.Type)); err != nil {
			return err
		}
	}
	switch {
	case conclusion.Applied != nil && !gone:
		return setApplied(ctx, tx, in.Ref, state, conclusion.At, conclusion.Applied)
	case live.any:
		_, err = tx.ExecContext(ctx, `UPDATE applied_zone SET commit_id = ?, mark = ?, at = ? WHERE zone = ? AND target = ?`,
			in.Commit, conclusion.Mark, micros(conclusion.At), nameText(in.Zone), in.Target)
	default:
		_, err = tx.ExecContext(ctx, `UPDATE applied_zone SET mark = ? WHERE zone = ? AND target = ?`, conclusion.Mark, nameText(in.Zone), in.Target)
	}
	return err
}

// change brings a live change into the applied state.
func (w *appliedWriter) change(x change) error {
	name := nameText(x.key.Name)
	if x.parts&hasNew != 0 {
		return w.put(name, x.key.Type, x.new)
	}
	return w.remove(name, x.key.Type)
}

// carryZone brings a live change of a whole zone into the applied state, and reports whether the zone is gone.
func carryZone(ctx context.Context, tx *sql.Tx, ref reconcile.Ref, state reconcile.AppliedState, at time.Time, action reconcile.Action) (gone bool, err error) {
	if action != reconcile.Create && action != reconcile.Restore && action != reconcile.Retire {
		return false, nil
	}
	// What was applied to the zone before says nothing about one that was created anew.
	if err := forget(ctx, tx, ref); err != nil {
		return false, err
	}
	if action == reconcile.Retire {
		return true, nil
	}
	_, err = putAppliedState(ctx, tx, ref, state, at)
	return false, err
}

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

// Forget removes the applied state of a zone on a target.
func (s *Store) Forget(ctx context.Context, ref reconcile.Ref) error {
	return s.write(ctx, func(tx *sql.Tx) error { return forget(ctx, tx, ref) })
}

// forget removes an applied state, with its RRsets and graces.
func forget(ctx context.Context, tx *sql.Tx, ref reconcile.Ref) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM applied_zone WHERE zone = ? AND target = ?`, nameText(ref.Zone), ref.Target)
	return err
}

// looksAs reports whether a look with that result would write nothing, as it is for most zones most of the time.
func looksAs(ctx context.Context, tx *sql.Tx, ref reconcile.Ref, mark string, graces []reconcile.Grace) (bool, error) {
	var id int64
	var have string
	err := tx.QueryRowContext(ctx, `SELECT id, mark FROM applied_zone WHERE zone = ? AND target = ?`, nameText(ref.Zone), ref.Target).Scan(&id, &have)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	if err != nil || have != mark {
		return false, err
	}
	noted, err := gracesWhere(ctx, tx, `z.id = ?`, id)
	if err != nil {
		return false, err
	}
	want := make([]reconcile.Grace, len(graces))
	for i, g := range graces {
		g.Ref, g.Since = ref, timeOf(micros(g.Since))
		want[i] = g
	}
	byKey := func(a, b reconcile.Grace) int { return a.Key.Compare(b.Key) }
	slices.SortFunc(want, byKey)
	slices.SortFunc(noted, byKey)
	return slices.Equal(want, noted), nil
}

// gracesWhere returns graces of applied states z.
func gracesWhere(ctx context.Context, tx *sql.Tx, where string, args ...any) ([]reconcile.Grace, error) {
	var graces []reconcile.Grace
	err := query(ctx, tx, func(rows *sql.Rows) error {
		var g reconcile.Grace
		err := rows.Scan(nameInto{&g.Zone}, &g.Target, nameInto{&g.Key.Name}, &g.Key.Type, timeInto{&g.Since}, &g.Actor, &g.Commit, &g.Author)
		graces = append(graces, g)
		return err
	}, `SELECT z.zone, z.target, g.name, g.type, g.since, g.actor, g.commit_id, g.author FROM grace g JOIN applied_zone z ON z.id = g.zone_id WHERE `+where+` ORDER BY z.zone, z.target, g.name, g.type`, args...)
	return graces, err
}
