// Package store is reconcile.Store on SQLite: one file, one writer, and what it says is on disk when a method returns.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Store is a reconcile.Store in a SQLite file.
type Store struct {
	db *sql.DB
}

var _ reconcile.Store = (*Store)(nil)

// Open opens the store in a file, and creates it, readable by its owner alone, if it is not there. It refuses a file that is not a
// store of zoneward, and one that a later version of zoneward has written.
func Open(ctx context.Context, file string) (*Store, error) {
	if err := create(file); err != nil {
		return nil, fmt.Errorf("open the state %s: %w", file, err)
	}
	// One connection: SQLite has one writer at a time in any case, and reads here are short.
	db, err := sql.Open("sqlite", dsn(file))
	if err != nil {
		return nil, fmt.Errorf("open the state %s: %w", file, err)
	}
	db.SetMaxOpenConns(1)
	s := &Store{db: db}
	if err := s.migrate(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open the state %s: %w", file, err)
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
func (s *Store) Known(ctx context.Context) ([]reconcile.Ref, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT zone, target FROM applied_zone`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var refs []reconcile.Ref
	for rows.Next() {
		var zone, target string
		if err := rows.Scan(&zone, &target); err != nil {
			return nil, err
		}
		origin, err := zonefile.ParseName(zone, zonefile.Name{})
		if err != nil {
			return nil, fmt.Errorf("applied zone: %w", err)
		}
		refs = append(refs, reconcile.Ref{Zone: origin, Target: target})
	}
	reconcile.SortRefs(refs)
	return refs, rows.Err()
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
func (s *Store) SetApplied(ctx context.Context, ref reconcile.Ref, commit string, zone *zonefile.Zone) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		id, err := zoneID(ctx, tx, ref, commit)
		if err != nil {
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

// zoneID returns the row of a zone on a target, which it makes if there is none, and notes the commit.
func zoneID(ctx context.Context, tx *sql.Tx, ref reconcile.Ref, commit string) (id int64, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO applied_zone (zone, target, commit_id, at) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET commit_id = excluded.commit_id, at = excluded.at RETURNING id`,
		ref.Zone.String(), ref.Target, commit, time.Now().Unix()).Scan(&id)
	return id, err
}

// ChangeApplied carries changes over into what is applied.
func (s *Store) ChangeApplied(ctx context.Context, ref reconcile.Ref, commit string, changes []zonefile.Change) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		id, err := zoneID(ctx, tx, ref, commit)
		if err != nil {
			return err
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

// Bury writes tombstones.
func (s *Store) Bury(ctx context.Context, stones []reconcile.Tombstone) error {
	if len(stones) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, `INSERT INTO tombstone (id, zone, target, name, type, ttl, rdata, commit_id, author, buried_at, purge_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
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
	})
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

// Tombstones returns the tombstones of a zone, the newest first.
func (s *Store) Tombstones(ctx context.Context, zone zonefile.Name) ([]reconcile.Tombstone, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, target, name, type, ttl, rdata, commit_id, author, buried_at, purge_at, retired
		FROM tombstone WHERE zone = ? ORDER BY buried_at DESC, target, name, type`, zone.String())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var stones []reconcile.Tombstone
	for rows.Next() {
		t := reconcile.Tombstone{Ref: reconcile.Ref{Zone: zone}}
		var name string
		var typ, ttl, buried, purge int64
		var rdata []byte
		if err := rows.Scan(&t.ID, &t.Target, &name, &typ, &ttl, &rdata, &t.Commit, &t.Author, &buried, &purge, &t.Retired); err != nil {
			return nil, err
		}
		if t.RRset, err = rrset(name, typ, ttl, rdata); err != nil {
			return nil, err
		}
		t.BuriedAt, t.PurgeAt = time.Unix(buried, 0).UTC(), time.Unix(purge, 0).UTC()
		stones = append(stones, t)
	}
	return stones, rows.Err()
}
