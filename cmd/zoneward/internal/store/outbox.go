package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/notify"
)

var _ notify.Outbox = Outbox{}

// Outbox is the notify.Outbox in a store.
type Outbox struct{ store *Store }

// Outbox returns what notifications wait in.
func (s *Store) Outbox() Outbox { return Outbox{s} }

// Next returns the oldest entries of a sink that are not delivered.
func (o Outbox) Next(ctx context.Context, sink string, limit int) ([]notify.Entry, error) {
	var entries []notify.Entry
	err := o.store.read(ctx, func(tx *sql.Tx) error {
		return query(ctx, tx, func(rows *sql.Rows) error {
			e := notify.Entry{Sink: sink}
			err := rows.Scan(&e.ID, &e.Subject, &e.Key, &e.Kind, &e.State, &e.Severity, timeInto{&e.At}, &e.Content, &e.Delivery, &e.Count, &e.Attempts)
			entries = append(entries, e)
			return err
		}, `SELECT id, subject, key, kind, state, severity, at, content, delivery, count, attempts FROM outbox
			WHERE sink = ? AND delivered = 0 ORDER BY id LIMIT ?`, sink, limit)
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

// Lost returns what of a sink was lost.
func (o Outbox) Lost(ctx context.Context, sink string) ([]notify.Loss, error) {
	var lost []notify.Loss
	err := o.store.read(ctx, func(tx *sql.Tx) error {
		return query(ctx, tx, func(rows *sql.Rows) error {
			var l notify.Loss
			err := rows.Scan(&l.Kind, &l.Count, timeInto{&l.First}, timeInto{&l.Last})
			lost = append(lost, l)
			return err
		}, `SELECT kind, count, first_at, last_at FROM outbox_lost WHERE sink = ? ORDER BY kind`, sink)
	})
	if err != nil {
		return nil, err
	}
	return lost, nil
}

// Done notes that entries were delivered. They stay for a while, without what they say, for the same that comes again.
func (o Outbox) Done(ctx context.Context, sink string, ids []int64, told []notify.Loss) error {
	return o.store.write(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `UPDATE outbox SET delivered = 1, content = x'', count = 0 WHERE id = ? AND delivered = 0`, id); err != nil {
				return err
			}
		}
		for _, l := range told {
			if _, err := tx.ExecContext(ctx, `UPDATE outbox_lost SET count = count - ? WHERE sink = ? AND kind = ?`, l.Count, sink, string(l.Kind)); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM outbox_lost WHERE sink = ? AND count <= 0`, sink)
		return err
	})
}

// Failed notes that a delivery was tried in vain.
func (o Outbox) Failed(ctx context.Context, ids []int64) error {
	return o.store.write(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `UPDATE outbox SET attempts = attempts + 1 WHERE id = ?`, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Drop has entries lost.
func (o Outbox) Drop(ctx context.Context, sink string, ids []int64) error {
	return o.store.write(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if err := lose(ctx, tx, sink, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Forget removes all there is of a sink.
func (o Outbox) Forget(ctx context.Context, sink string) error {
	return o.store.write(ctx, func(tx *sql.Tx) error {
		var errs []error
		for _, text := range []string{`DELETE FROM outbox WHERE sink = ?`, `DELETE FROM outbox_standing WHERE sink = ?`, `DELETE FROM outbox_lost WHERE sink = ?`} {
			_, err := tx.ExecContext(ctx, text, sink)
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
}

// Stats says how much waits at each sink.
func (o Outbox) Stats(ctx context.Context) ([]notify.Stats, error) {
	var all []notify.Stats
	err := o.store.read(ctx, func(tx *sql.Tx) error {
		return query(ctx, tx, func(rows *sql.Rows) error {
			var s notify.Stats
			var oldest sql.NullInt64
			if err := rows.Scan(&s.Sink, &s.Pending, &oldest, &s.Lost); err != nil {
				return err
			}
			if oldest.Valid {
				s.Oldest = timeOf(oldest.Int64)
			}
			all = append(all, s)
			return nil
		}, `WITH sinks AS (SELECT sink FROM outbox WHERE delivered = 0 UNION SELECT sink FROM outbox_standing UNION SELECT sink FROM outbox_lost)
			SELECT s.sink,
				(SELECT count(*) FROM outbox WHERE sink = s.sink AND delivered = 0),
				(SELECT at FROM outbox WHERE sink = s.sink AND delivered = 0 ORDER BY id LIMIT 1),
				(SELECT coalesce(sum(count), 0) FROM outbox_lost WHERE sink = s.sink)
			FROM sinks s ORDER BY s.sink`)
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Standing returns the subjects of which something stands.
func (o Outbox) Standing(ctx context.Context) ([]string, error) {
	var subjects []string
	err := o.store.read(ctx, func(tx *sql.Tx) error {
		return query(ctx, tx, func(rows *sql.Rows) error {
			var subject string
			err := rows.Scan(&subject)
			subjects = append(subjects, subject)
			return err
		}, `SELECT DISTINCT subject FROM outbox_standing ORDER BY subject`)
	})
	if err != nil {
		return nil, err
	}
	return subjects, nil
}

// lose removes an entry that is not delivered, and counts it. What stands by it does not, and that it is over is of no use any more.
func lose(ctx context.Context, tx *sql.Tx, sink string, id int64) error {
	var subject, kind, state string
	var at time.Time
	var count int
	row := tx.QueryRowContext(ctx, `DELETE FROM outbox WHERE id = ? AND sink = ? AND delivered = 0 RETURNING subject, kind, state, at, count`, id, sink)
	if err := row.Scan(&subject, &kind, &state, timeInto{&at}, &count); errors.Is(err, sql.ErrNoRows) {
		return nil
	} else if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO outbox_lost (sink, kind, count, first_at, last_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (sink, kind) DO UPDATE SET count = count + excluded.count, first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)`,
		sink, kind, count, micros(at), micros(at)); err != nil {
		return err
	}
	if !(notify.Entry{Kind: notify.Kind(kind)}).Stands() {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM outbox_standing WHERE sink = ? AND subject = ? AND kind = ? AND state = ?`, sink, subject, kind, state); err != nil {
		return err
	}
	var next int64
	err := tx.QueryRowContext(ctx, `SELECT id, kind FROM outbox WHERE sink = ? AND subject = ? AND id > ? AND delivered = 0 ORDER BY id LIMIT 1`, sink, subject, id).Scan(&next, &kind)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil && (notify.Entry{Kind: notify.Kind(kind)}).Over() {
		_, err = tx.ExecContext(ctx, `DELETE FROM outbox WHERE id = ?`, next)
	}
	return err
}
