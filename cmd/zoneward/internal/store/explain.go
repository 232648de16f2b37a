package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var errDamaged = errors.New("the file is damaged, or not a state of zoneward: bring it back from a backup, or move it away and adopt what is live")

// explain says what an error of SQLite means and what to do. Other errors are returned as they are.
func explain(err error) error {
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch primary(failure) {
	case sqlite3.SQLITE_IOERR:
		if failure.Code() == sqlite3.SQLITE_IOERR_SHMSIZE { // there is no room for the memory that processes share, a file beside the database
			return fmt.Errorf("the disk is full: %w", err)
		}
		return fmt.Errorf("the disk cannot be read or written: %w", err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("the disk is full: %w", err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", errDamaged, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fmt.Errorf("it cannot be written: may this user write the file, and make files beside it? %w", err)
	case sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("it cannot be opened: may this user read and write the file, and make files beside it? %w", err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("another process has been writing it for too long: %w", err)
	}
	return err
}

// primary returns the result code without what it says in detail (https://sqlite.org/rescode.html).
func primary(err *sqlite.Error) int { return err.Code() & 0xff }

// cannotShare reports whether SQLite could not make, or write, the files beside the database by which processes share it.
func cannotShare(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && (primary(failure) == sqlite3.SQLITE_CANTOPEN || primary(failure) == sqlite3.SQLITE_READONLY)
}

func isInterrupt(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && primary(failure) == sqlite3.SQLITE_INTERRUPT
}
