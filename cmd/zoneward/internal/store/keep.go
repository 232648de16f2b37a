package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

func putPin(ctx context.Context, tx *sql.Tx, intent int64, p reconcile.Pin) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO pin (zone, target, name, type, intent, stated, until, since, actor, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		nameText(p.Zone), p.Target, nameText(p.Key.Name), int64(p.Key.Type), intent, digestBytes(p.Stated), micros(p.Until), micros(p.Since), p.Actor, p.Reason)
	return err
}

// settlePins reads the pins of an intent, and keeps those whose change is live.
func (c *carrier) settlePins(ctx context.Context, tx *sql.Tx) error {
	for range c.content.count() {
		at, pin := c.content.pin(c.in, c.changes)
		if c.content.err != nil {
			return c.content.err
		}
		if err := settlePin(ctx, tx, c.in.ID, pin, c.live.place(at)); err != nil {
			return err
		}
	}
	return c.content.err
}

// settlePin puts the pin of an intent in the place of those before, or takes it back.
func settlePin(ctx context.Context, tx *sql.Tx, intent int64, p reconcile.Pin, live bool) error {
	key := []any{nameText(p.Zone), p.Target, nameText(p.Key.Name), int64(p.Key.Type), intent}
	if !live {
		_, err := tx.ExecContext(ctx, `DELETE FROM pin WHERE zone = ? AND target = ? AND name = ? AND type = ? AND intent = ?`, key...)
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM pin WHERE zone = ?1 AND target = ?2 AND name = ?3 AND type = ?4 AND intent < ?5`, key...)
	return err
}

// pins returns the pins in force of those zones on targets, of all if there are none.
func pins(ctx context.Context, tx *sql.Tx, wanted []reconcile.Ref) ([]reconcile.Pin, error) {
	var all []reconcile.Pin
	err := queryOf(ctx, tx, wanted, func(rows *sql.Rows) error {
		var p reconcile.Pin
		if err := rows.Scan(nameInto{&p.Zone}, &p.Target, nameInto{&p.Key.Name}, &p.Key.Type, digestInto{&p.Stated},
			timeInto{&p.Until}, timeInto{&p.Since}, &p.Actor, &p.Reason); err != nil {
			return err
		}
		if last := len(all) - 1; last >= 0 && all[last].Ref == p.Ref && all[last].Key == p.Key {
			all = all[:last]
		}
		all = append(all, p)
		return nil
	}, `SELECT zone, target, name, type, stated, until, since, actor, reason FROM pin WHERE %s ORDER BY zone, target, name, type, intent`)
	return all, err
}

// Unpin removes pins, with those in whose place they are. One that came in their place meanwhile stays.
func (s *Store) Unpin(ctx context.Context, pins []reconcile.Pin) error {
	if len(pins) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, p := range pins {
			if _, err := tx.ExecContext(ctx, `DELETE FROM pin WHERE zone = ?1 AND target = ?2 AND name = ?3 AND type = ?4 AND intent <=
					(SELECT max(intent) FROM pin WHERE zone = ?1 AND target = ?2 AND name = ?3 AND type = ?4 AND until = ?5 AND since = ?6)`,
				nameText(p.Zone), p.Target, nameText(p.Key.Name), int64(p.Key.Type), micros(p.Until), micros(p.Since)); err != nil {
				return err
			}
		}
		return nil
	})
}

func putSuspension(ctx context.Context, tx *sql.Tx, intent int64, s reconcile.Suspension) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO suspension (zone, target, intent, reason, actor, since, until, file) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		nameText(s.Zone), s.Target, intent, s.Reason, s.Actor, micros(s.Since), micros(s.Until), digestBytes(s.File))
	return err
}

// settleSuspension puts the suspension of an intent in the place of those before, or takes it back.
func settleSuspension(ctx context.Context, tx *sql.Tx, intent int64, s reconcile.Suspension, live bool) error {
	if !live {
		_, err := tx.ExecContext(ctx, `DELETE FROM suspension WHERE zone = ? AND target = ? AND intent = ?`, nameText(s.Zone), s.Target, intent)
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM suspension WHERE zone = ? AND target = ? AND intent < ?`, nameText(s.Zone), s.Target, intent)
	return err
}

// suspensions returns the suspensions in force whose scope has one of those zones on targets, all if there are none.
func suspensions(ctx context.Context, tx *sql.Tx, wanted []reconcile.Ref) ([]reconcile.Suspension, error) {
	var scopes []reconcile.Ref
	for _, ref := range wanted {
		scopes = append(scopes, ref, reconcile.Ref{Zone: ref.Zone}, reconcile.Ref{Target: ref.Target}, reconcile.Ref{})
	}
	var all []reconcile.Suspension
	err := queryOf(ctx, tx, distinct(scopes), func(rows *sql.Rows) error {
		s, err := scanSuspension(rows)
		if err != nil {
			return err
		}
		if last := len(all) - 1; last >= 0 && all[last].Scope == s.Scope {
			all = all[:last]
		}
		all = append(all, s)
		return nil
	}, `SELECT zone, target, reason, actor, since, until, file FROM suspension WHERE %s ORDER BY zone, target, intent`)
	return all, err
}

func scanSuspension(row interface{ Scan(...any) error }) (reconcile.Suspension, error) {
	var s reconcile.Suspension
	err := row.Scan(nameInto{&s.Zone}, &s.Target, &s.Reason, &s.Actor, timeInto{&s.Since}, timeInto{&s.Until}, digestInto{&s.File})
	return s, err
}

// Suspend puts a suspension in force. The audit log has it as an entry "suspend".
func (s *Store) Suspend(ctx context.Context, suspension reconcile.Suspension) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		seq, err := note(ctx, tx, suspensionIntent("suspend", suspension))
		if err != nil {
			return err
		}
		if err := putSuspension(ctx, tx, seq, suspension); err != nil {
			return err
		}
		return settleSuspension(ctx, tx, seq, suspension, true)
	})
}

// Resume ends a suspension. The audit log has it as an entry "resume", whose Suspend says who and why.
func (s *Store) Resume(ctx context.Context, scope reconcile.Scope, at time.Time, actor, reason string) (bool, error) {
	found := false
	err := s.write(ctx, func(tx *sql.Tx) error {
		ended, err := tx.ExecContext(ctx, `DELETE FROM suspension WHERE zone = ? AND target = ?`, nameText(scope.Zone), scope.Target)
		if err != nil {
			return err
		}
		n, err := ended.RowsAffected()
		if err != nil || n == 0 {
			return err
		}
		found = true
		_, err = note(ctx, tx, suspensionIntent("resume", reconcile.Suspension{Scope: scope, Actor: actor, Reason: reason, Since: at}))
		return err
	})
	return found && err == nil, err
}

// suspensionIntent is what the audit log has of a suspension, or of its end.
func suspensionIntent(why string, s reconcile.Suspension) reconcile.Intent {
	return reconcile.Intent{
		Ref: reconcile.Ref{Zone: s.Zone, Target: s.Target}, Writer: reconcile.Writer{Actor: s.Actor}, Why: why, At: s.Since, Suspend: &s,
	}
}

// Clock returns how the clocks stood.
func (s *Store) Clock(ctx context.Context) (c reconcile.Clock, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error { c, err = clock(ctx, tx); return err })
	return c, err
}

// SetClock notes how the clocks stood.
func (s *Store) SetClock(ctx context.Context, c reconcile.Clock) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO clock (one, wall, steady, boot, doubted) VALUES (1, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET wall = excluded.wall, steady = excluded.steady, boot = excluded.boot, doubted = excluded.doubted`,
			micros(c.Wall), int64(c.Steady), c.Boot, micros(c.Doubted))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM clock_jump`); err != nil {
			return err
		}
		for _, j := range c.Jumps {
			if _, err := tx.ExecContext(ctx, `INSERT INTO clock_jump (before, after, ahead) VALUES (?, ?, ?)`, micros(j.Before), micros(j.After), int64(j.By)); err != nil {
				return err
			}
		}
		return nil
	})
}

func clock(ctx context.Context, tx *sql.Tx) (reconcile.Clock, error) {
	var c reconcile.Clock
	err := tx.QueryRowContext(ctx, `SELECT wall, steady, boot, doubted FROM clock`).Scan(timeInto{&c.Wall}, &c.Steady, &c.Boot, timeInto{&c.Doubted})
	if errors.Is(err, sql.ErrNoRows) {
		return reconcile.Clock{}, nil
	}
	if err != nil {
		return c, err
	}
	return c, query(ctx, tx, func(rows *sql.Rows) error {
		var j reconcile.Jump
		err := rows.Scan(timeInto{&j.Before}, timeInto{&j.After}, &j.By)
		c.Jumps = append(c.Jumps, j)
		return err
	}, `SELECT before, after, ahead FROM clock_jump ORDER BY position`)
}
