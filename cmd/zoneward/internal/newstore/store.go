// Package store is reconcile.Store on SQLite: one file, one writer, and what it says is on disk when a method returns.
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

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/zoneward/zoneward/reconcile"
)

// Store is a reconcile.Store in a SQLite file. Beside the file are those that SQLite makes while it is open, and the folder of locks.
//
// Times are kept to the microsecond, and come back in UTC.
type Store struct {
	file string
	// writer has one connection, since SQLite has one writer at a time; nil if this process only reads.
	writer *sql.DB
	// reader has several: what is read is as it was when the reading began, however long a write takes.
	reader *sql.DB
}

var _ reconcile.Store = (*Store)(nil)

// ErrReadOnly is what the methods of a store that was opened to plan, and write, return.
var ErrReadOnly = errors.New("it was opened for reading only")

// Open opens the store in a file, and creates it, readable by its owner alone, if it is not there. It refuses a file that is not a
// store of zoneward, one that a later version of zoneward has written, one that this process may not write, and a file system on which
// SQLite cannot keep it whole.
func Open(ctx context.Context, file string) (*Store, error) {
	s, err := open(ctx, file)
	if err != nil {
		return nil, fmt.Errorf("open the state %s: %w", file, explain(err))
	}
	return s, nil
}

func open(ctx context.Context, file string) (*Store, error) {
	if err := checkDisk(filepath.Dir(file)); err != nil {
		return nil, err
	}
	if err := create(file); err != nil {
		return nil, err
	}
	if err := checkHeader(file); err != nil {
		return nil, err
	}
	s := &Store{file: file}
	var err error
	if s.writer, err = sql.Open("sqlite", dsn(file, "immediate", "journal_mode(WAL)", "foreign_keys(1)", cacheSize, journalLimit)); err != nil {
		return nil, err
	}
	s.writer.SetMaxOpenConns(1)
	if err := migrate(ctx, s.writer); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.reader, err = openReader(dsn(file, "deferred", "query_only(1)")); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// OpenToPlan opens the store in a file for those who only read, so that it may be one that this process cannot write. Where there is no
// file it makes none, and the store is empty. The methods that write return an error that wraps ErrReadOnly.
func OpenToPlan(ctx context.Context, file string) (*Store, error) {
	s, err := openToPlan(ctx, file)
	if err != nil {
		return nil, fmt.Errorf("open the state %s: %w", file, explain(err))
	}
	return s, nil
}

func openToPlan(ctx context.Context, file string) (*Store, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		return openEmpty(ctx, file)
	}
	if err := checkDisk(filepath.Dir(file)); err != nil {
		return nil, err
	}
	if err := checkHeader(file); err != nil {
		return nil, err
	}
	s, version, err := openShared(ctx, file)
	if err != nil || version == len(migrations) {
		return s, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	w, err := open(ctx, file)
	if err != nil {
		return nil, fmt.Errorf("bring it to the newest version: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	s, _, err = openShared(ctx, file)
	return s, err
}

// openShared opens a file for reading, and returns its version too. SQLite makes files beside it by which it shares it with writers. Where this
// process may not write, they cannot be made, or would keep out those who may: then the file is read as it is, if nobody has it open.
func openShared(ctx context.Context, file string) (*Store, int, error) {
	shared := dsn(file, "deferred", "query_only(1)")
	f, err := os.OpenFile(filepath.Clean(file), os.O_RDWR, 0)
	if err == nil {
		if err := f.Close(); err != nil {
			return nil, 0, err
		}
		s, version, err := openReading(ctx, file, shared)
		if !cannotShare(err) {
			return s, version, err
		}
	}
	wal, err := os.Stat(file + "-wal")
	if err != nil || wal.Size() == 0 {
		return openReading(ctx, file, shared+"&immutable=1")
	}
	if _, err := os.Stat(file + "-shm"); err != nil {
		return nil, 0, fmt.Errorf("%s-wal has what an interrupted run has written, and this user may not bring it in: run zoneward once as a user who may write the directory", file)
	}
	return openReading(ctx, file, shared)
}

// openReading returns a store that only reads, and the version of the file.
func openReading(ctx context.Context, file, name string) (*Store, int, error) {
	reader, err := openReader(name)
	if err != nil {
		return nil, 0, err
	}
	version := 0
	if err := transact(ctx, reader, func(tx *sql.Tx) (err error) { version, err = schemaVersion(ctx, tx); return err }); err != nil {
		return nil, 0, errors.Join(err, reader.Close())
	}
	return &Store{file: file, reader: reader}, version, nil
}

func openReader(name string) (*sql.DB, error) {
	reader, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	reader.SetMaxOpenConns(4)
	return reader, nil
}

// openEmpty returns a store that is in memory.
func openEmpty(ctx context.Context, file string) (*Store, error) {
	db, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{file: file, reader: db}, nil
}

// create makes an empty file that only its owner can read, where there is none: it says what is in zones that may be private.
func create(file string) error {
	f, err := os.OpenFile(filepath.Clean(file), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

const (
	busyTimeout  = "busy_timeout(60000)"           // milliseconds: another process may be writing a million RRsets
	cacheSize    = "cache_size(-65536)"            // KiB, used by large writes
	journalLimit = "journal_size_limit(268435456)" // octets that the write-ahead log keeps after a large write
)

func dsn(file, lock string, pragmas ...string) string {
	path := (&url.URL{Scheme: "file", Opaque: url.PathEscape(file)}).String()
	return path + "?" + url.Values{
		"_txlock": {lock},
		"mode":    {"rw"},
		// FULL: a tombstone that was written survives a power cut. A reader that is the last to close writes too.
		"_pragma": append([]string{busyTimeout, "synchronous(FULL)"}, pragmas...),
	}.Encode()
}

// Close closes the file.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.reader, s.writer} { // the writer last: it tidies up
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// migrate brings a database to the newest version of the schema.
func migrate(ctx context.Context, db *sql.DB) error {
	return transact(ctx, db, func(tx *sql.Tx) error {
		version, err := schemaVersion(ctx, tx)
		if err != nil || version == len(migrations) {
			return err
		}
		for _, migration := range migrations[version:] {
			if _, err := tx.ExecContext(ctx, migration); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, len(migrations)))
		return err
	})
}

// schemaVersion returns the version of the schema, 0 for a file with nothing in it. It is an error if it is another program's, or newer.
func schemaVersion(ctx context.Context, tx *sql.Tx) (int, error) {
	var app, version, tables int
	row := tx.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`)
	if err := row.Scan(&app, &version, &tables); err != nil {
		return 0, err
	}
	if app != applicationID && (app != 0 || tables > 0) {
		return 0, errors.New("it is a database of another program")
	}
	if version > len(migrations) {
		return 0, fmt.Errorf("it has version %d, and this program knows %d: a newer zoneward has written it", version, len(migrations))
	}
	return version, nil
}

// write runs do in a transaction: all of it is on disk afterwards, or nothing.
func (s *Store) write(ctx context.Context, do func(*sql.Tx) error) error {
	if s.writer == nil {
		return fmt.Errorf("the state %s: %w", s.file, ErrReadOnly)
	}
	return s.failed(ctx, transact(ctx, s.writer, do))
}

// read runs do in a transaction that sees one state.
func (s *Store) read(ctx context.Context, do func(*sql.Tx) error) error {
	return s.failed(ctx, transact(ctx, s.reader, do))
}

func transact(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// failed says which file an error of SQLite is about, and what it means.
func (s *Store) failed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && isInterrupt(err) {
		return ctx.Err()
	}
	if explained := explain(err); explained != err {
		return fmt.Errorf("the state %s: %w", s.file, explained)
	}
	return err
}

// query runs a query and calls each with every row.
func query(ctx context.Context, tx *sql.Tx, each func(*sql.Rows) error, text string, args ...any) error {
	rows, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
