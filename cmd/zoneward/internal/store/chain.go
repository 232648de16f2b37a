package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// outcome is a row of audit_outcome.
type outcome struct {
	position int64
	at       time.Time
	result   string
	live     []byte // nil if none is
	err      string
	serial   int64
	settled  bool
	mark     string
	stones   []byte
	hash     zonefile.Digest
}

const outcomeColumns = `o.position, o.at, o.result, o.live, o.err, o.serial, o.settled, o.mark, o.stones, o.hash`

func (o *outcome) row() []any {
	return []any{&o.position, timeInto{&o.at}, &o.result, &o.live, &o.err, &o.serial, &o.settled, &o.mark, &o.stones, digestInto{&o.hash}}
}

// addOutcome puts an outcome at the end of the chain.
func addOutcome(ctx context.Context, tx *sql.Tx, in reconcile.Intent, content []byte, c reconcile.Conclusion) error {
	var before zonefile.Digest
	o := outcome{
		at: timeOf(micros(c.At)), result: string(c.Result), live: packBits(c.Live), err: c.Err, serial: int64(c.Serial), settled: c.Settled, mark: c.Mark,
	}
	if err := tx.QueryRowContext(ctx, `SELECT outcomes + 1, hash FROM audit_head`).Scan(&o.position, digestInto{&before}); err != nil {
		return err
	}
	var err error
	if o.stones, err = encodeEnds(c); err != nil {
		return err
	}
	o.hash = o.digest(before, in, content)
	if _, err := tx.ExecContext(ctx, `INSERT INTO audit_outcome (position, seq, at, result, live, err, serial, settled, mark, stones, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		o.position, in.ID, micros(o.at), o.result, o.live, o.err, o.serial, o.settled, o.mark, o.stones, digestBytes(o.hash)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE audit_head SET outcomes = ?, hash = ?`, o.position, digestBytes(o.hash))
	return err
}

// digest returns the hash of an entry: over the hash of the entry that was concluded before it, and all columns of intent and outcome, each behind
// its length.
func (o *outcome) digest(before zonefile.Digest, in reconcile.Intent, content []byte) zonefile.Digest {
	h := sha256.New()
	octets := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	text := func(s string) { octets([]byte(s)) }
	number := func(n int64) { h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }

	text("zoneward audit 1")
	octets(before[:])
	number(in.ID)
	for _, s := range []string{nameText(in.Zone), in.Target, in.System, in.Why, in.Actor, in.Commit, in.Author} {
		text(s)
	}
	number(micros(in.At))
	octets(in.Plan[:])
	octets(content)

	number(o.position)
	number(micros(o.at))
	for _, s := range []string{o.result, o.err, o.mark} {
		text(s)
	}
	if o.live == nil {
		number(0)
	} else {
		number(1)
		octets(o.live)
	}
	number(o.serial)
	if o.settled {
		number(1)
	} else {
		number(0)
	}
	octets(o.stones)
	return zonefile.Digest(h.Sum(nil))
}

// conclusion makes a conclusion of o for an intent with so many changes.
func (o *outcome) conclusion(changes int) (reconcile.Conclusion, error) {
	c := reconcile.Conclusion{
		At: o.at, Result: reconcile.Result(o.result), Err: o.err, Serial: uint32(o.serial), Settled: o.settled, Mark: o.mark,
	}
	var err error
	if c.Live, err = unpackBits(o.live, changes); err != nil {
		return reconcile.Conclusion{}, err
	}
	return c, decodeEnds(o.stones, &c)
}

// packBits returns nil for nil.
func packBits(bits []bool) []byte {
	if bits == nil {
		return nil
	}
	packed := make([]byte, (len(bits)+7)/8)
	for i, bit := range bits {
		if bit {
			packed[i/8] |= 1 << (i % 8)
		}
	}
	return packed
}

func unpackBits(packed []byte, n int) ([]bool, error) {
	if packed == nil {
		return nil, nil
	}
	if len(packed) != (n+7)/8 {
		return nil, fmt.Errorf("what is live is said of %d octets of changes, and there are %d changes", len(packed), n)
	}
	bits := make([]bool, n)
	for i := range bits {
		bits[i] = packed[i/8]&(1<<(i%8)) != 0
	}
	return bits, nil
}

// encodeEnds packs the tombstones that a conclusion names.
func encodeEnds(c reconcile.Conclusion) ([]byte, error) {
	e := newEncoder()
	for _, ids := range [][]string{c.Restored, c.Purged} {
		e.number(uint64(len(ids)))
		for _, id := range ids {
			e.text(id)
		}
	}
	return e.pack()
}

func decodeEnds(packed []byte, c *reconcile.Conclusion) error {
	d, err := unpack(packed)
	if err != nil {
		return err
	}
	for _, ids := range []*[]string{&c.Restored, &c.Purged} {
		for range d.count() {
			*ids = append(*ids, d.text())
		}
	}
	return d.end()
}

// VerifyAudit goes through the entries in the order in which they were concluded, and returns how many of them are as they were written. Of those that
// are open it sees only that they are there.
func (s *Store) VerifyAudit(ctx context.Context) (entries int, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		var end zonefile.Digest
		var intents, outcomes int
		err := tx.QueryRowContext(ctx, `SELECT intents, outcomes, hash FROM audit_head`).Scan(&intents, &outcomes, digestInto{&end})
		if errors.Is(err, sql.ErrNoRows) {
			return errors.New("the audit log has lost what says where it ends")
		}
		if err != nil {
			return err
		}
		var v verification
		err = query(ctx, tx, v.row, `SELECT o.seq, `+outcomeColumns+`, i.seq IS NOT NULL, coalesce(i.zone, ''), coalesce(i.target, ''), coalesce(i.system, ''), coalesce(i.why, ''),
				coalesce(i.at, 0), coalesce(i.actor, ''), coalesce(i.commit_id, ''), coalesce(i.author, ''), coalesce(i.plan, x''), coalesce(i.content, x'')
			FROM audit_outcome o LEFT JOIN audit_intent i ON i.seq = o.seq ORDER BY o.position`)
		entries = v.entries
		if err != nil {
			return err
		}
		if entries != outcomes || v.before != end {
			return fmt.Errorf("the audit log has %d concluded entries, and should have %d: what came after %s was cut off", entries, outcomes, v.last)
		}
		return verifyIntents(ctx, tx, intents)
	})
	return entries, err
}

// verification goes from entry to entry.
type verification struct {
	entries int
	before  zonefile.Digest // of the last one
	last    string          // which it was
}

// row checks the next entry.
func (v *verification) row(rows *sql.Rows) error {
	var o outcome
	var in reconcile.Intent
	var content []byte
	var there bool
	row := append([]any{&in.ID}, o.row()...)
	row = append(row, &there)
	row = append(row, intentRow(&in, &content)[1:]...)
	if err := rows.Scan(row...); err != nil {
		return fmt.Errorf("what comes after %s in the audit log: %w", v.last, err)
	}
	name := fmt.Sprintf("entry %d (%s, %s)", in.ID, in.Ref, in.At.Format(time.RFC3339))
	switch {
	case o.position != int64(v.entries)+1:
		return fmt.Errorf("what was concluded before %s is missing in the audit log", name)
	case !there:
		return fmt.Errorf("entry %d of the audit log, concluded at %s, has lost its intent", in.ID, o.at.Format(time.RFC3339))
	case o.hash != o.digest(v.before, in, content):
		return fmt.Errorf("%s of the audit log is not as it was written", name)
	}
	v.entries, v.before, v.last = v.entries+1, o.hash, name
	return nil
}

// verifyIntents checks that no intent is missing, and that those without outcome are open.
func verifyIntents(ctx context.Context, tx *sql.Tx, intents int) error {
	next := int64(1)
	if err := query(ctx, tx, func(rows *sql.Rows) error {
		var seq int64
		var known bool
		if err := rows.Scan(&seq, &known); err != nil {
			return err
		}
		if seq != next {
			return fmt.Errorf("entry %d of the audit log is missing", next)
		}
		if !known {
			return fmt.Errorf("entry %d of the audit log has lost its outcome", seq)
		}
		next++
		return nil
	}, `SELECT i.seq, o.seq IS NOT NULL OR w.seq IS NOT NULL FROM audit_intent i
			LEFT JOIN audit_outcome o ON o.seq = i.seq LEFT JOIN audit_open w ON w.seq = i.seq ORDER BY i.seq`); err != nil {
		return err
	}
	if next != int64(intents)+1 {
		return fmt.Errorf("entry %d of the audit log is missing", next)
	}
	return nil
}
