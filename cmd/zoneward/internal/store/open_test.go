package store

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// setApplied notes that one RRset of a name is applied.
func setOne(t *testing.T, s *Store, name string) {
	t.Helper()
	zone, err := zonefile.ZoneOf(example, zonefile.MustParseRRset(name+".example.com. 300 A", "192.0.2.1"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetApplied(t.Context(), onLive, reconcile.AppliedState{System: "sys"}, zone); err != nil {
		t.Fatal(err)
	}
}

// appliedNames returns the names that are applied, without the origin.
func appliedNames(t *testing.T, s *Store) string {
	t.Helper()
	zone, known, err := s.Applied(t.Context(), onLive)
	if err != nil {
		t.Fatal(err)
	}
	if !known {
		return "none"
	}
	var names []string
	for set := range zone.All() {
		names = append(names, set.Key.Name.Relative(example))
	}
	return strings.Join(names, " ")
}

func execSQL(file, statement string) error {
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		return err
	}
	_, err = db.Exec(statement)
	return errors.Join(err, db.Close())
}

func files(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestOpenRefuses(t *testing.T) {
	// filled makes a store with some pages, which nobody has open.
	filled := func(t *testing.T, file string) {
		s := openStore(t, file)
		for range 10 {
			if err := s.Note(t.Context(), reconcile.Intent{Ref: onLive, Why: strings.Repeat("x", 20_000)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	overwrite := func(t *testing.T, file string, at int64, text string) {
		f, err := os.OpenFile(file, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteAt([]byte(text), at); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name, want string
		make       func(t *testing.T, file string)
	}{
		{"another program's database", "another program", func(t *testing.T, file string) {
			if err := execSQL(file, "CREATE TABLE x (y)"); err != nil {
				t.Fatal(err)
			}
		}},
		{"another program's number", "another program", func(t *testing.T, file string) {
			if err := execSQL(file, "PRAGMA application_id = 1"); err != nil {
				t.Fatal(err)
			}
		}},
		{"a newer version", "a newer zoneward", func(t *testing.T, file string) {
			filled(t, file)
			if err := execSQL(file, "PRAGMA user_version = 1000"); err != nil {
				t.Fatal(err)
			}
		}},
		{"what is no database", "not a state of zoneward", func(t *testing.T, file string) {
			if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"a few octets", "not a state of zoneward", func(t *testing.T, file string) {
			if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"half of a store", "is damaged", func(t *testing.T, file string) {
			filled(t, file)
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(file, info.Size()/2); err != nil {
				t.Fatal(err)
			}
		}},
		{"the last octets cut off", "is damaged", func(t *testing.T, file string) {
			filled(t, file)
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(file, info.Size()-1); err != nil {
				t.Fatal(err)
			}
		}},
		{"a header that was written over", "not a state of zoneward", func(t *testing.T, file string) {
			filled(t, file)
			overwrite(t, file, 0, "something else")
		}},
		{"a schema that was written over", "is damaged", func(t *testing.T, file string) {
			filled(t, file)
			overwrite(t, file, 100, strings.Repeat("garbage ", 400))
		}},
		{"a directory", "is a directory", func(t *testing.T, file string) {
			if err := os.Mkdir(file, 0o700); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a state ?#%.db")
			tc.make(t, filepath.Join(filepath.Dir(file), "made.db"))
			if err := os.Rename(filepath.Join(filepath.Dir(file), "made.db"), file); err != nil {
				t.Fatal(err)
			}
			for name, open := range map[string]func() (*Store, error){
				"Open":       func() (*Store, error) { return Open(t.Context(), file) },
				"OpenToPlan": func() (*Store, error) { return OpenToPlan(t.Context(), file) },
			} {
				s, err := open()
				if err == nil {
					s.Close()
					t.Errorf("%s: opened", name)
				} else if !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), file) {
					t.Errorf("%s: %v; want %q and the file", name, err, tc.want)
				}
			}
		})
	}
}

// TestOpenLeavesOthersAlone: the database of another program is as it was after it was refused.
func TestOpenLeavesOthersAlone(t *testing.T) {
	file := stateFile(t)
	if err := execSQL(file, "CREATE TABLE x (y)"); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Open(t.Context(), file); err == nil {
		s.Close()
		t.Error("opened")
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(after, before) {
		t.Errorf("it was changed, or is gone: %v", err)
	}
	if got := files(t, filepath.Dir(file)); len(got) != 1 {
		t.Errorf("files %v; want the one", got)
	}
}

func TestDamageFurtherIn(t *testing.T) {
	file := stateFile(t)
	s := openStore(t, file)
	for range 10 {
		if err := s.Note(t.Context(), reconcile.Intent{Ref: onLive, Why: strings.Repeat("x", 20_000)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(content) / 2; i < len(content); i++ {
		content[i] = 'x'
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, file)
	var readErr error
	for _, err := range s.History(t.Context(), reconcile.HistoryQuery{}) {
		if readErr = err; err != nil {
			break
		}
	}
	_, auditErr := s.VerifyAudit(t.Context())
	for _, err := range []error{readErr, auditErr} {
		if err == nil || !strings.Contains(err.Error(), "is damaged") || !strings.Contains(err.Error(), file) {
			t.Errorf("error %v; want that the file is damaged, and which", err)
		}
	}
}

func TestOpenWithoutDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "missing", "state.db")
	if _, err := Open(t.Context(), file); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), filepath.Dir(file)) {
		t.Errorf("%v; want that the directory does not exist", err)
	}
	s, err := OpenToPlan(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := appliedNames(t, s); got != "none" {
		t.Errorf("applied: %s", got)
	}
}

func TestOpenInTheWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	setOne(t, openStore(t, "state.db"), "one")
	if got := appliedNames(t, openStore(t, "state.db")); got != "one" {
		t.Errorf("applied: %s; want one", got)
	}
}

func TestFileIsPrivate(t *testing.T) {
	file := stateFile(t)
	s := openStore(t, file)
	setOne(t, s, "one")
	release, err := s.Lock(t.Context(), onLive)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	folder := filepath.Dir(file)
	if got, want := files(t, folder), []string{"state.db", "state.db-shm", "state.db-wal", "state.db.locks"}; !slices.Equal(got, want) {
		t.Errorf("files %v; want %v", got, want)
	}
	if err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v; want it for its owner alone", path, info.Mode())
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

func TestOpenToPlanMakesNoFile(t *testing.T) {
	file := stateFile(t)
	for _, name := range []string{"no file", "an empty file"} {
		s, err := OpenToPlan(t.Context(), file)
		if err != nil {
			t.Fatal(name, err)
		}
		if got := appliedNames(t, s); got != "none" {
			t.Errorf("%s: applied is %s", name, got)
		}
		refusesWrites(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(file); name == "no file" && err == nil || name != "no file" && info.Size() > 0 {
			t.Errorf("%s: something was written: %v", name, info)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenToPlanSeesWrites(t *testing.T) {
	file := stateFile(t)
	w := openStore(t, file)
	setOne(t, w, "one")
	s, err := OpenToPlan(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if got := appliedNames(t, s); got != "one" {
		t.Errorf("applied: %s; want one", got)
	}
	setOne(t, w, "two")
	if got := appliedNames(t, s); got != "two" {
		t.Errorf("applied: %s; want two", got)
	}
	refusesWrites(t, s)
	if err := errors.Join(w.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if got, want := files(t, filepath.Dir(file)), []string{"state.db"}; !slices.Equal(got, want) {
		t.Errorf("files %v; want %v", got, want)
	}
}

func TestOpenToPlanOfWhatWasNeverFilled(t *testing.T) {
	file := stateFile(t)
	if err := execSQL(file, `PRAGMA journal_mode = WAL`); err != nil {
		t.Fatal(err)
	}
	s, err := OpenToPlan(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := appliedNames(t, s); got != "none" {
		t.Errorf("applied: %s", got)
	}
	refusesWrites(t, s)
}

// refusesWrites checks that all methods which write say that they do not.
func refusesWrites(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	_, begun := s.Begin(ctx, reconcile.Intent{Ref: onLive})
	_, resumed := s.Resume(ctx, reconcile.Scope{}, time.Time{}, "", "")
	_, locked := s.Lock(ctx, onLive)
	got := map[string]error{
		"Begin": begun, "Resume": resumed, "Lock": locked,
		"Conclude":            s.Conclude(ctx, 1, reconcile.Conclusion{}),
		"Note":                s.Note(ctx, reconcile.Intent{}),
		"SetApplied":          s.SetApplied(ctx, onLive, reconcile.AppliedState{}, zonefile.NewZone(example)),
		"SetAppliedResources": s.SetAppliedResources(ctx, onLive, reconcile.AppliedState{}, nil),
		"Forget":              s.Forget(ctx, onLive),
		"CloseTombstones":     s.CloseTombstones(ctx, []string{"x"}, reconcile.Purged, time.Time{}),
		"Unpin":               s.Unpin(ctx, []reconcile.Pin{{}}),
		"Suspend":             s.Suspend(ctx, reconcile.Suspension{}),
		"RecordPlan":          s.RecordPlan(ctx, reconcile.PlanRecord{}),
		"SetClock":            s.SetClock(ctx, reconcile.Clock{}),
	}
	for name, err := range got {
		if !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), s.file) {
			t.Errorf("%s: %v; want ErrReadOnly and the file", name, err)
		}
	}
}
