package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
			err = w.put(ctx, nameText(c.New.Key.Name), c.New.Key.Type, data{c.New.TTL, c.New.AppendRDATA(nil)})
		} else {
			err = w.remove(ctx, nameText(c.Old.Key.Name), c.Old.Key.Type)
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
	return &appliedWriter{id: id, insert: insert, del: del}, nil
}

func (w *appliedWriter) close() {
	_ = w.insert.Close()
	_ = w.del.Close()
}

func (w *appliedWriter) put(ctx context.Context, name string, typ zonefile.Type, d data) error {
	_, err := w.insert.ExecContext(ctx, w.id, name, int64(typ), int64(d.ttl), d.rdata)
	return err
}

func (w *appliedWriter) remove(ctx context.Context, name string, typ zonefile.Type) error {
	_, err := w.del.ExecContext(ctx, w.id, name, int64(typ))
	return err
}

// change brings a change into the applied state.
func (w *appliedWriter) change(ctx context.Context, x change) error {
	name := nameText(x.key.Name)
	if x.parts&hasNew != 0 {
		return w.put(ctx, name, x.key.Type, x.new)
	}
	return w.remove(ctx, name, x.key.Type)
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
