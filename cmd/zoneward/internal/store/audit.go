package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/reconcile"
)

// Begin notes an intent, with its tombstones, pins and suspension.
func (s *Store) Begin(ctx context.Context, intent reconcile.Intent) (int64, error) {
	content, err := encodeContent(intent)
	if err != nil {
		return 0, err
	}
	var seq int64
	err = s.write(ctx, func(tx *sql.Tx) error {
		var err error
		if seq, err = insertIntent(ctx, tx, intent, content); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO audit_open (seq, zone, target) VALUES (?, ?, ?)`, seq, nameText(intent.Zone), intent.Target); err != nil {
			return err
		}
		if err := bury(ctx, tx, seq, intent.Stones); err != nil {
			return err
		}
		for _, pin := range intent.Pins {
			if err := putPin(ctx, tx, seq, pin); err != nil {
				return err
			}
		}
		if intent.Suspend != nil {
			return putSuspension(ctx, tx, seq, *intent.Suspend)
		}
		return nil
	})
	return seq, err
}

// Note adds an entry that is no write.
func (s *Store) Note(ctx context.Context, intent reconcile.Intent) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := note(ctx, tx, intent)
		return err
	})
}

// note adds an entry with the result Observed, and returns its number.
func note(ctx context.Context, tx *sql.Tx, intent reconcile.Intent) (int64, error) {
	content, err := encodeContent(intent)
	if err != nil {
		return 0, err
	}
	seq, err := insertIntent(ctx, tx, intent, content)
	if err != nil {
		return 0, err
	}
	intent.ID = seq
	return seq, addOutcome(ctx, tx, intent, content, intent.Observed())
}

func insertIntent(ctx context.Context, tx *sql.Tx, in reconcile.Intent, content []byte) (seq int64, err error) {
	if err := tx.QueryRowContext(ctx, `UPDATE audit_head SET intents = intents + 1 RETURNING intents`).Scan(&seq); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit_intent (seq, zone, target, system, why, at, actor, commit_id, author, plan, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		seq, nameText(in.Zone), in.Target, in.System, in.Why, micros(in.At), in.Actor, in.Commit, in.Author, digestBytes(in.Plan), content)
	return seq, err
}

// intentColumns are those that intentRow scans.
const intentColumns = `i.seq, i.zone, i.target, i.system, i.why, i.at, i.actor, i.commit_id, i.author, i.plan, i.content`

// intentRow returns where intentColumns are scanned to.
func intentRow(in *reconcile.Intent, content *[]byte) []any {
	return []any{&in.ID, nameInto{&in.Zone}, &in.Target, &in.System, &in.Why, timeInto{&in.At}, &in.Actor, &in.Commit, &in.Author, digestInto{&in.Plan}, content}
}

// Open returns the intents that were not concluded.
func (s *Store) Open(ctx context.Context, ref reconcile.Ref) ([]reconcile.Intent, error) {
	var intents []reconcile.Intent
	err := s.read(ctx, func(tx *sql.Tx) error {
		return query(ctx, tx, func(rows *sql.Rows) error {
			var in reconcile.Intent
			var content []byte
			if err := rows.Scan(intentRow(&in, &content)...); err != nil {
				return err
			}
			if _, _, err := decodeContent(content, &in, everything); err != nil {
				return fmt.Errorf("entry %d of the audit log: %w", in.ID, err)
			}
			intents = append(intents, in)
			return nil
		}, `SELECT `+intentColumns+` FROM audit_open o JOIN audit_intent i ON i.seq = o.seq WHERE o.zone = ? AND o.target = ? ORDER BY o.seq`, nameText(ref.Zone), ref.Target)
	})
	return intents, err
}

// Conclude notes what became of an intent.
func (s *Store) Conclude(ctx context.Context, id int64, conclusion reconcile.Conclusion) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var in reconcile.Intent
		var packed []byte
		err := tx.QueryRowContext(ctx, `SELECT `+intentColumns+` FROM audit_intent i WHERE seq = ?`, id).Scan(intentRow(&in, &packed)...)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("there is no intent %d", id)
		}
		if err != nil {
			return err
		}
		opened, err := tx.ExecContext(ctx, `DELETE FROM audit_open WHERE seq = ?`, id)
		if err != nil {
			return err
		}
		if n, err := opened.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return fmt.Errorf("intent %d, %s: %w", id, in.Ref, reconcile.ErrConcluded)
		}
		if err := addOutcome(ctx, tx, in, packed, conclusion); err != nil {
			return err
		}
		if err := carryOver(ctx, tx, in, packed, conclusion); err != nil {
			return fmt.Errorf("intent %d, %s: %w", id, in.Ref, err)
		}
		return closeListed(ctx, tx, conclusion)
	})
}
