// Package store is reconcile.Store on SQLite: one file, one writer, and what it says is on disk when a method returns.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"modernc.org/sqlite"

	"github.com/zoneward/zoneward/reconcile"
)

// Store is a reconcile.Store in a SQLite file. Beside the file are those that SQLite makes while it is open, and the folder of locks.
//
// Times are kept to the microsecond, and come back in UTC.
type Store struct {
	file string
	// opened is the file as it was when it was opened, to tell it from another one of that name; nil if there is none.
	opened fs.FileInfo
	// writer has one connection, since SQLite has one writer at a time; nil if this process only reads.
	writer *sql.DB
	// reader has several: what is read is as it was when the reading began, however long a write takes.
	reader *sql.DB
}

var _ reconcile.Store = (*Store)(nil)

// ErrReadOnly is what the methods of a store that was opened to plan, and write, return.
var ErrReadOnly = errors.New("it was opened for reading only")

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

// write runs do in a transaction: all of it is on disk afterwards, or nothing.
func (s *Store) write(ctx context.Context, do func(*sql.Tx) error) error {
	if s.writer == nil {
		return fmt.Errorf("the state %s: %w", s.file, ErrReadOnly)
	}
	if err := s.present(); err != nil {
		return err
	}
	return s.failed(ctx, transact(ctx, s.writer, do))
}

// read runs do in a transaction that sees one state.
func (s *Store) read(ctx context.Context, do func(*sql.Tx) error) error {
	if err := s.present(); err != nil {
		return err
	}
	return s.failed(ctx, transact(ctx, s.reader, do))
}

// present returns an error if the file was removed, or another one put in its place. SQLite goes on with the one that it has open, and all that is
// written to it, tombstones too, would be gone as soon as the process ends; what it opens anew is the other one.
func (s *Store) present() error {
	if s.opened == nil {
		return nil
	}
	now, err := os.Stat(s.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = errors.New("it was removed while the program runs, and what is written now would be lost: put it back, or start the program anew")
	case err == nil && !os.SameFile(now, s.opened):
		err = errors.New("another file was put in its place while the program runs: start the program anew")
	}
	if err != nil {
		return fmt.Errorf("the state %s: %w", s.file, err)
	}
	return nil
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
	if _, ok := errors.AsType[*sqlite.Error](err); ok {
		return fmt.Errorf("the state %s: %w", s.file, explain(err))
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
