package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// bury writes the tombstones of an intent.
func bury(ctx context.Context, tx *sql.Tx, intent int64, stones []reconcile.Tombstone) error {
	if len(stones) == 0 {
		return nil
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO tombstone (id, intent, zone, target, kind, name, type, ttl, rdata, settings,
			actor, commit_id, author, plan, buried_at, purge_at, state, state_at, hidden, export, resource, refs)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, t := range stones {
		settings, refs, export, err := packStone(t)
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, t.ID, intent, nameText(t.Zone), t.Target, string(t.Kind), nameText(t.Key.Name), int64(t.Key.Type),
			int64(t.RRset.TTL), t.RRset.AppendRDATA([]byte{}), settings, t.Actor, t.Commit, t.Author, digestBytes(t.Plan),
			micros(t.BuriedAt), micros(t.PurgeAt), string(reconcile.Buried), micros(t.BuriedAt), t.Hidden, export,
			string(t.Resource), refs); err != nil {
			return fmt.Errorf("bury %s of %s as %s: %w", t.Key, t.Ref, t.ID, err)
		}
	}
	return nil
}

// packStone returns what of a tombstone is packed: its settings, its references and its export, which are empty where there are none.
func packStone(t reconcile.Tombstone) (settings, refs, export []byte, err error) {
	refs, export = []byte{}, []byte{}
	if settings, err = packSettings(t.Settings); err != nil {
		return nil, nil, nil, err
	}
	if t.References != nil {
		if refs, err = packSettings(t.References); err != nil {
			return nil, nil, nil, err
		}
	}
	if t.Export != "" {
		export, err = packExport(t.Export)
	}
	return settings, refs, export, err
}

func packSettings(settings map[string]string) ([]byte, error) {
	e := newEncoder()
	e.settings(settings)
	return e.pack()
}

func unpackSettings(packed []byte) (map[string]string, error) {
	d, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	settings := d.settings()
	return settings, d.end()
}

func packExport(export string) ([]byte, error) {
	e := newEncoder()
	// In parts, each of which can be handed on when it is full.
	for part := range slices.Chunk([]byte(export), deflateChunk) {
		e.octets(part)
	}
	return e.pack()
}

func unpackExport(packed []byte) (string, error) {
	if len(packed) == 0 {
		return "", nil
	}
	d, err := unpack(packed)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for d.err == nil && len(d.rest) > 0 {
		b.Write(d.octets())
	}
	return b.String(), d.err
}

// stoneColumns are all but the export.
const stoneColumns = `id, zone, target, kind, name, type, ttl, rdata, settings, actor, commit_id, author, plan, buried_at, purge_at, state, state_at, hidden, resource, refs`

// scanStone reads stoneColumns, and more behind them.
func scanStone(rows *sql.Rows, more ...any) (reconcile.Tombstone, error) {
	var t reconcile.Tombstone
	var ttl int64
	var rdata, settings, refs []byte
	zone, name, plan := nameInto{&t.Zone}, nameInto{&t.Key.Name}, digestInto{&t.Plan}
	buried, purge, state := timeInto{&t.BuriedAt}, timeInto{&t.PurgeAt}, timeInto{&t.StateAt}
	if err := rows.Scan(append([]any{
		&t.ID, zone, &t.Target, &t.Kind, name, &t.Key.Type, &ttl, &rdata, &settings, &t.Actor, &t.Commit, &t.Author,
		plan, buried, purge, &t.State, state, &t.Hidden, &t.Resource, &refs,
	}, more...)...); err != nil {
		return t, err
	}
	if ttl < 0 || ttl > int64(zonefile.MaxTTL) {
		return t, fmt.Errorf("tombstone %s: its TTL is %d, and the longest is %d (RFC 2181 §8)", t.ID, ttl, zonefile.MaxTTL)
	}
	if len(rdata) > 0 {
		var err error
		if t.RRset, err = zonefile.RRsetFromRDATA(t.Key, zonefile.TTL(ttl), rdata); err != nil {
			return t, fmt.Errorf("tombstone %s: %w", t.ID, err)
		}
	}
	var err error
	if t.Settings, err = unpackSettings(settings); err == nil && len(refs) > 0 {
		t.References, err = unpackSettings(refs)
	}
	if err == nil {
		err = t.Check()
	}
	if err != nil {
		return t, fmt.Errorf("tombstone %s: %w", t.ID, err)
	}
	return t, nil
}

// Tombstones returns tombstones without exports.
func (s *Store) Tombstones(ctx context.Context, q reconcile.TombstoneQuery) ([]reconcile.Tombstone, error) {
	var w where
	w.ref(reconcile.Ref{Zone: q.Zone, Target: q.Target}, q.Name)
	if !q.Name.IsZero() {
		w.and("name = ?", q.Name.String())
	}
	if q.Type != 0 {
		w.and("type = ?", int64(q.Type))
	}
	if !q.Closed {
		w.and("state IN ('buried', 'retired')")
	}
	var stones []reconcile.Tombstone
	err := s.read(ctx, func(tx *sql.Tx) error {
		return query(ctx, tx, func(rows *sql.Rows) error {
			t, err := scanStone(rows)
			stones = append(stones, t)
			return err
		}, `SELECT `+stoneColumns+` FROM tombstone WHERE `+w.String()+` ORDER BY buried_at DESC, intent DESC, zone, target, name, type, id`, w.args...)
	})
	if err != nil {
		return nil, err
	}
	return stones, nil
}

// Tombstone returns the tombstone whose id is id or begins with it.
func (s *Store) Tombstone(ctx context.Context, id string) (reconcile.Tombstone, error) {
	var found []reconcile.Tombstone
	var exports [][]byte
	err := s.read(ctx, func(tx *sql.Tx) error {
		return query(ctx, tx, func(rows *sql.Rows) error {
			var export []byte
			t, err := scanStone(rows, &export)
			found, exports = append(found, t), append(exports, export)
			return err
		}, `SELECT `+stoneColumns+`, export FROM tombstone WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id LIMIT 2`, id)
	})
	switch {
	case err != nil:
		return reconcile.Tombstone{}, err
	case len(found) == 0:
		return reconcile.Tombstone{}, fmt.Errorf("%w: %q", reconcile.ErrNoTombstone, id)
	case len(found) > 1 && found[0].ID != id:
		return reconcile.Tombstone{}, fmt.Errorf("%w: %q is the beginning of more than one, such as %s and %s", reconcile.ErrNoTombstone, id, found[0].ID, found[1].ID)
	}
	t := found[0]
	if t.Export, err = unpackExport(exports[0]); err != nil {
		return reconcile.Tombstone{}, fmt.Errorf("tombstone %s: its export: %w", t.ID, err)
	}
	return t, nil
}

// settleStones reads the tombstones of an intent, and retires those whose change is live.
func (c *carrier) settleStones(ctx context.Context, tx *sql.Tx) error {
	at := micros(c.conclusion.At)
	for range c.content.count() {
		place, t, _ := c.content.stone(c.in, c.changes)
		if c.content.err != nil {
			return c.content.err
		}
		if c.live.place(place) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tombstone SET state = 'superseded', state_at = ? WHERE id = ? AND state = 'buried'`, at, t.ID); err != nil {
			return err
		}
	}
	if err := c.content.end(); err != nil {
		return err
	}
	// Those that were closed in the meantime stay closed.
	_, err := tx.ExecContext(ctx, `UPDATE tombstone SET state = 'retired', state_at = ? WHERE intent = ? AND state = 'buried'`, at, c.in.ID)
	return err
}

// closeListed closes the tombstones that a conclusion names.
func closeListed(ctx context.Context, tx *sql.Tx, c reconcile.Conclusion) error {
	for _, end := range []struct {
		state reconcile.StoneState
		ids   []string
	}{{reconcile.Restored, c.Restored}, {reconcile.Purged, c.Purged}} {
		for _, id := range end.ids {
			if err := closeStone(ctx, tx, id, end.state, c.At); err != nil {
				return err
			}
		}
	}
	return nil
}

// closeStone brings a tombstone that stands to its end.
func closeStone(ctx context.Context, tx *sql.Tx, id string, state reconcile.StoneState, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE tombstone SET state = ?, state_at = ? WHERE id = ? AND state IN ('buried', 'retired')`, string(state), micros(at), id)
	return err
}

// CloseTombstones notes that tombstones came to their end.
func (s *Store) CloseTombstones(ctx context.Context, ids []string, state reconcile.StoneState, at time.Time) error {
	if state.Standing() {
		return fmt.Errorf("%s is not the end of a tombstone", state)
	}
	if len(ids) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			var there bool
			if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tombstone WHERE id = ?)`, id).Scan(&there); err != nil {
				return err
			}
			if !there {
				return fmt.Errorf("%w: %q", reconcile.ErrNoTombstone, id)
			}
			if err := closeStone(ctx, tx, id, state, at); err != nil {
				return err
			}
		}
		return nil
	})
}
