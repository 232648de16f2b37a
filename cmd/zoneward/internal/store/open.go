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
)

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
	file, err := resolve(file)
	if err != nil {
		return nil, err
	}
	if err := checkHeader(file); err != nil {
		return nil, err
	}
	// Before the writer, which makes the file one with a write-ahead log, whose ever it is.
	s, _, err := openReading(ctx, file, shared(file))
	if err != nil {
		return nil, err
	}
	if s.writer, err = sql.Open("sqlite", dsn(file, "immediate", "journal_mode(WAL)", "foreign_keys(1)", cacheSize, journalLimit)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.writer.SetMaxOpenConns(1)
	if err := migrate(ctx, s.writer); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// resolve returns the path of a file without symbolic links: the locks, and what SQLite makes, are beside the file itself, whatever name it is opened by.
func resolve(file string) (string, error) {
	file, err := filepath.EvalSymlinks(file)
	if err != nil {
		return "", err
	}
	return file, checkDisk(filepath.Dir(file))
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
	if file, err = resolve(file); err != nil {
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
	f, err := os.OpenFile(filepath.Clean(file), os.O_RDWR, 0)
	if err == nil {
		if err := f.Close(); err != nil {
			return nil, 0, err
		}
		s, version, err := openReading(ctx, file, shared(file))
		if !cannotShare(err) {
			return s, version, err
		}
	}
	wal, err := os.Stat(file + "-wal")
	if err != nil || wal.Size() == 0 {
		return openReading(ctx, file, shared(file)+"&immutable=1")
	}
	if _, err := os.Stat(file + "-shm"); err != nil {
		return nil, 0, fmt.Errorf("%s-wal has what an interrupted run has written, and this user may not bring it in: run zoneward once as a user who may write the directory", file)
	}
	return openReading(ctx, file, shared(file))
}

// openReading returns a store that only reads, and the version of the file.
func openReading(ctx context.Context, file, name string) (*Store, int, error) {
	reader, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, 0, err
	}
	reader.SetMaxOpenConns(4)
	version := 0
	if err := transact(ctx, reader, func(tx *sql.Tx) (err error) { version, err = schemaVersion(ctx, tx); return err }); err != nil {
		return nil, 0, errors.Join(err, reader.Close())
	}
	opened, err := os.Stat(file)
	if err != nil {
		return nil, 0, errors.Join(err, reader.Close())
	}
	return &Store{file: file, opened: opened, reader: reader}, version, nil
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

// shared is how a file is opened that others may write.
func shared(file string) string { return dsn(file, "deferred", "query_only(1)") }

// dsn says how the driver opens a file: lock is what a transaction begins with.
func dsn(file, lock string, pragmas ...string) string {
	path := (&url.URL{Scheme: "file", Opaque: url.PathEscape(file)}).String()
	return path + "?" + url.Values{
		"_txlock": {lock},
		"mode":    {"rw"},
		// FULL: a tombstone that was written survives a power cut. A reader that is the last to close writes too.
		"_pragma": append([]string{busyTimeout, "synchronous(FULL)"}, pragmas...),
	}.Encode()
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
