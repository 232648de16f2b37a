package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/notify"
)

// Put adds entries to the outbox.
func (o Outbox) Put(ctx context.Context, limits notify.Limits, entries ...notify.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	return o.store.write(ctx, func(tx *sql.Tx) error {
		p := put{tx: tx, limits: limits}
		sinks := map[string]bool{}
		for _, e := range entries {
			if err := p.entry(ctx, e); err != nil {
				return err
			}
			sinks[e.Sink] = true
		}
		for sink := range sinks {
			if err := p.bound(ctx, sink); err != nil {
				return err
			}
		}
		return p.tidy(ctx, entries[len(entries)-1].At)
	})
}

// put is one transaction that puts entries in.
type put struct {
	tx     *sql.Tx
	limits notify.Limits
}

func (p put) entry(ctx context.Context, e notify.Entry) error {
	news, err := p.stand(ctx, e)
	if err != nil || !news || e.Silent {
		return err
	}
	count, again, err := p.again(ctx, e)
	if err != nil || again {
		return err
	}
	_, err = p.tx.ExecContext(ctx, `INSERT INTO outbox (sink, subject, key, kind, state, severity, at, content, delivery, count, attempts, delivered)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
		e.Sink, e.Subject, e.Key, string(e.Kind), e.State, int(e.Severity), micros(e.At), e.Content, rand.Text(), count+max(e.Count, 1))
	return err
}

// stand notes what stands at the sink after the entry, and reports whether the entry says anything that is new there.
func (p put) stand(ctx context.Context, e notify.Entry) (news bool, err error) {
	if !e.Stands() && !e.Ends() {
		return true, nil
	}
	var kind, state string
	err = p.tx.QueryRowContext(ctx, `SELECT kind, state FROM outbox_standing WHERE sink = ? AND subject = ?`, e.Sink, e.Subject).Scan(&kind, &state)
	stood := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	switch {
	case e.Ends() && !stood:
		return !e.Over(), nil
	case e.Ends():
		_, err = p.tx.ExecContext(ctx, `DELETE FROM outbox_standing WHERE sink = ? AND subject = ?`, e.Sink, e.Subject)
		return true, err
	case stood && kind == string(e.Kind) && state == e.State:
		return false, nil
	}
	_, err = p.tx.ExecContext(ctx, `INSERT INTO outbox_standing (sink, subject, kind, state) VALUES (?, ?, ?, ?)
		ON CONFLICT (sink, subject) DO UPDATE SET kind = excluded.kind, state = excluded.state`, e.Sink, e.Subject, string(e.Kind), e.State)
	return true, err
}

// again reports whether the entry is the last of its subject once more, and counts it there. If it is not, it returns how often it came since that was delivered.
// What came in between is never passed over: the last that is told is how it is.
func (p put) again(ctx context.Context, e notify.Entry) (count int, again bool, err error) {
	var id int64
	var key string
	var at time.Time
	var delivered bool
	err = p.tx.QueryRowContext(ctx, `SELECT id, key, at, delivered, count FROM outbox WHERE sink = ? AND subject = ? ORDER BY id DESC LIMIT 1`, e.Sink, e.Subject).
		Scan(&id, &key, timeInto{&at}, &delivered, &count)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil || key != e.Key {
		return 0, false, err
	}
	if e.At.Sub(at).Abs() < p.limits.Window { // a clock that was set back is no reason to hold anything back for long
		_, err = p.tx.ExecContext(ctx, `UPDATE outbox SET count = count + ? WHERE id = ?`, max(e.Count, 1), id)
		return 0, true, err
	}
	if !delivered {
		return 0, false, nil
	}
	_, err = p.tx.ExecContext(ctx, `UPDATE outbox SET count = 0 WHERE id = ?`, id)
	return count, false, err
}

// bound has what is over the limit of a sink lost.
func (p put) bound(ctx context.Context, sink string) error {
	var pending int
	if err := p.tx.QueryRowContext(ctx, `SELECT count(*) FROM outbox WHERE sink = ? AND delivered = 0`, sink).Scan(&pending); err != nil {
		return err
	}
	var ids []int64
	if err := query(ctx, p.tx, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT id FROM outbox WHERE sink = ? AND delivered = 0 ORDER BY severity, id LIMIT ?`, sink, max(pending-p.limits.Pending, 0)); err != nil {
		return err
	}
	for _, id := range ids {
		if err := lose(ctx, p.tx, sink, id); err != nil {
			return fmt.Errorf("lose what is too much: %w", err)
		}
	}
	return nil
}

// tidy removes what was delivered and cannot come again as the same. One that came again meanwhile is kept for longer, for its count.
func (p put) tidy(ctx context.Context, now time.Time) error {
	const longer = 100
	for _, age := range []struct {
		most  time.Duration
		which string
	}{{p.limits.Window, `count = 0`}, {longer * p.limits.Window, `count > 0`}} {
		// Of a later time is what was put in before the clock was set back.
		if _, err := p.tx.ExecContext(ctx, `DELETE FROM outbox WHERE delivered = 1 AND (at <= ? OR at >= ?) AND `+age.which, micros(now.Add(-age.most)), micros(now.Add(age.most))); err != nil {
			return err
		}
	}
	return nil
}
