// Package store is reconcile.OldStore on SQLite: one file, one writer, and what it says is on disk when a method returns.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Store is a reconcile.OldStore in a SQLite file.
type Store struct {
	db *sql.DB
}

var _ reconcile.OldStore = (*Store)(nil)

// Open opens the store in a file, and creates it, readable by its owner alone, if it is not there. It refuses a file that is not a
// store of zoneward, and one that a later version of zoneward has written.
func Open(ctx context.Context, file string) (*Store, error) {
	if err := create(file); err != nil {
		return nil, fmt.Errorf("open the state %s: %w", file, err)
	}
	// One connection: SQLite has one writer at a time in any case, and reads here are short.
	s, err := connect(ctx, dsn(file))
	if err != nil {
		return nil, fmt.Errorf("open the state %s: %w", file, err)
	}
	return s, nil
}

// OpenToPlan is Open for those who only read: where there is no file, it makes none, and the store is empty.
func OpenToPlan(ctx context.Context, file string) (*Store, error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return connect(ctx, "file::memory:")
	}
	return Open(ctx, file)
}

func connect(ctx context.Context, name string) (*Store, error) {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s := &Store{db: db}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// create makes an empty file that only its owner can read, where there is none: it says what is in zones that may be private.
func create(file string) error {
	f, err := os.OpenFile(filepath.Clean(file), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func dsn(file string) string {
	path := (&url.URL{Scheme: "file", Opaque: url.PathEscape(file)}).String()
	return path + "?" + url.Values{
		"_txlock": {"immediate"},
		// FULL: a tombstone that was written survives a power cut.
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"},
	}.Encode()
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// migrate brings the file to the newest version of the schema.
func (s *Store) migrate(ctx context.Context) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var app, version, tables int
		row := tx.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`)
		if err := row.Scan(&app, &version, &tables); err != nil {
			return err
		}
		if app != applicationID && (app != 0 || tables > 0) {
			return errors.New("it is a database of another program")
		}
		if version > len(migrations) {
			return fmt.Errorf("it has version %d, and this program knows %d: a newer zoneward has written it", version, len(migrations))
		}
		for _, migration := range migrations[version:] {
			if _, err := tx.ExecContext(ctx, migration); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, len(migrations)))
		return err
	})
}

// write runs do in a transaction.
func (s *Store) write(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Known returns the zones and targets that have applied state.
func (s *Store) Known(ctx context.Context) ([]reconcile.OldKnown, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT zone, target, system, open FROM applied_zone`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []reconcile.OldKnown
	for rows.Next() {
		var zone string
		var known reconcile.OldKnown
		if err := rows.Scan(&zone, &known.Target, &known.System, &known.Open); err != nil {
			return nil, err
		}
		if known.Zone, err = zonefile.ParseName(zone, zonefile.Name{}); err != nil {
			return nil, fmt.Errorf("applied zone: %w", err)
		}
		all = append(all, known)
	}
	slices.SortFunc(all, func(a, b reconcile.OldKnown) int { return a.Compare(b.Ref) })
	return all, rows.Err()
}

// Applied returns what was last applied to a zone on a target.
func (s *Store) Applied(ctx context.Context, ref reconcile.Ref) (*zonefile.Zone, bool, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT r.name, r.type, r.ttl, r.rdata FROM applied_zone z LEFT JOIN applied_rrset r ON r.zone_id = z.id WHERE z.zone = ? AND z.target = ?`,
		ref.Zone.String(), ref.Target)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	b, known := zonefile.NewBuilder(ref.Zone), false
	for rows.Next() {
		known = true
		var name sql.NullString
		var typ, ttl sql.NullInt64
		var rdata []byte
		if err := rows.Scan(&name, &typ, &ttl, &rdata); err != nil {
			return nil, false, err
		}
		if !name.Valid {
			continue // a zone without RRsets
		}
		set, err := rrset(name.String, typ.Int64, ttl.Int64, rdata)
		if err != nil {
			return nil, false, err
		}
		if err := b.AddRRset(set); err != nil {
			return nil, false, err
		}
	}
	if err := rows.Err(); err != nil || !known {
		return nil, false, err
	}
	return b.Zone(), true, nil
}

// rrset makes an RRset of a row.
func rrset(name string, typ, ttl int64, rdata []byte) (zonefile.RRset, error) {
	owner, err := zonefile.ParseName(name, zonefile.Name{})
	if err != nil {
		return zonefile.RRset{}, fmt.Errorf("applied RRset: %w", err)
	}
	return zonefile.RRsetFromRDATA(zonefile.Key{Name: owner, Type: zonefile.Type(typ)}, zonefile.TTL(ttl), rdata)
}

// SetApplied notes that zone is what is applied.
func (s *Store) SetApplied(ctx context.Context, ref reconcile.Ref, system, commit string, zone *zonefile.Zone) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var id int64
		if err := tx.QueryRowContext(ctx, `INSERT INTO applied_zone (zone, target, system, open, commit_id, at) VALUES (?, ?, ?, 0, ?, ?)
			ON CONFLICT DO UPDATE SET system = excluded.system, open = 0, commit_id = excluded.commit_id, at = excluded.at RETURNING id`,
			ref.Zone.String(), ref.Target, system, commit, time.Now().Unix()).Scan(&id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM applied_rrset WHERE zone_id = ?`, id); err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, insertApplied)
		if err != nil {
			return err
		}
		defer insert.Close()
		for set := range zone.All() {
			if err := put(ctx, insert, id, set); err != nil {
				return err
			}
		}
		return nil
	})
}

const insertApplied = `INSERT INTO applied_rrset (zone_id, name, type, ttl, rdata) VALUES (?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET ttl = excluded.ttl, rdata = excluded.rdata`

func put(ctx context.Context, insert *sql.Stmt, id int64, set zonefile.RRset) error {
	_, err := insert.ExecContext(ctx, id, set.Key.Name.String(), int64(set.Key.Type), int64(set.TTL), set.AppendRDATA(nil))
	return err
}

// ChangeApplied carries changes over into what is applied.
func (s *Store) ChangeApplied(ctx context.Context, ref reconcile.Ref, commit string, changes []zonefile.Change) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var id int64
		if err := tx.QueryRowContext(ctx, `UPDATE applied_zone SET open = 0, commit_id = ?, at = ? WHERE zone = ? AND target = ? RETURNING id`,
			commit, time.Now().Unix(), ref.Zone.String(), ref.Target).Scan(&id); err != nil {
			return fmt.Errorf("the applied state of %s: %w", ref, err)
		}
		insert, err := tx.PrepareContext(ctx, insertApplied)
		if err != nil {
			return err
		}
		defer insert.Close()
		remove, err := tx.PrepareContext(ctx, `DELETE FROM applied_rrset WHERE zone_id = ? AND name = ? AND type = ?`)
		if err != nil {
			return err
		}
		defer remove.Close()
		for _, c := range changes {
			if c.New != nil {
				err = put(ctx, insert, id, *c.New)
			} else {
				_, err = remove.ExecContext(ctx, id, c.Old.Key.Name.String(), int64(c.Old.Key.Type))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Begin notes that a zone is about to be written.
func (s *Store) Begin(ctx context.Context, ref reconcile.Ref, system string, create bool, stones []reconcile.OldTombstone) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if create {
			if _, err := tx.ExecContext(ctx, `INSERT INTO applied_zone (zone, target, system, open, commit_id, at) VALUES (?, ?, ?, 1, '', ?)
				ON CONFLICT DO UPDATE SET system = excluded.system`, ref.Zone.String(), ref.Target, system, time.Now().Unix()); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE applied_zone SET open = 1 WHERE zone = ? AND target = ?`, ref.Zone.String(), ref.Target); err != nil {
			return err
		}
		return bury(ctx, tx, stones)
	})
}

func bury(ctx context.Context, tx *sql.Tx, stones []reconcile.OldTombstone) error {
	if len(stones) == 0 {
		return nil
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO tombstone (id, zone, target, name, type, ttl, rdata, commit_id, author, buried_at, purge_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, t := range stones {
		key := t.RRset.Key
		if _, err := insert.ExecContext(ctx, t.ID, t.Zone.String(), t.Target, key.Name.String(), int64(key.Type), int64(t.RRset.TTL),
			t.RRset.AppendRDATA(nil), t.Commit, t.Author, t.BuriedAt.Unix(), t.PurgeAt.Unix()); err != nil {
			return err
		}
	}
	return nil
}

// Retired notes that what the tombstones are about is not served any more.
func (s *Store) Retired(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `UPDATE tombstone SET retired = 1 WHERE id = ?`, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Unretired returns the tombstones of a zone on a target whose RRset may still be served.
func (s *Store) Unretired(ctx context.Context, ref reconcile.Ref) ([]reconcile.OldTombstone, error) {
	return s.tombstones(ctx, `zone = ? AND target = ? AND retired = 0`, ref.Zone.String(), ref.Target)
}

// Tombstones returns the tombstones of a zone, the newest first.
func (s *Store) Tombstones(ctx context.Context, zone zonefile.Name) ([]reconcile.OldTombstone, error) {
	return s.tombstones(ctx, `zone = ?`, zone.String())
}

func (s *Store) tombstones(ctx context.Context, where string, args ...any) ([]reconcile.OldTombstone, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, zone, target, name, type, ttl, rdata, commit_id, author, buried_at, purge_at, retired
		FROM tombstone WHERE `+where+` ORDER BY buried_at DESC, target, name, type`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var stones []reconcile.OldTombstone
	for rows.Next() {
		var t reconcile.OldTombstone
		var zone, name string
		var typ, ttl, buried, purge int64
		var rdata []byte
		if err := rows.Scan(&t.ID, &zone, &t.Target, &name, &typ, &ttl, &rdata, &t.Commit, &t.Author, &buried, &purge, &t.Retired); err != nil {
			return nil, err
		}
		if t.Zone, err = zonefile.ParseName(zone, zonefile.Name{}); err != nil {
			return nil, fmt.Errorf("tombstone %s: %w", t.ID, err)
		}
		if t.RRset, err = rrset(name, typ, ttl, rdata); err != nil {
			return nil, fmt.Errorf("tombstone %s: %w", t.ID, err)
		}
		t.BuriedAt, t.PurgeAt = time.Unix(buried, 0).UTC(), time.Unix(purge, 0).UTC()
		stones = append(stones, t)
	}
	return stones, rows.Err()
}
