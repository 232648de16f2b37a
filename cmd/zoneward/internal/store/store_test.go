package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

var (
	example = zonefile.MustParseName("example.com.")
	onLive  = reconcile.Ref{Zone: example, Target: "live"}
)

func open(t *testing.T, file string) *Store {
	t.Helper()
	s, err := Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func zoneOf(t *testing.T, sets ...zonefile.RRset) *zonefile.Zone {
	t.Helper()
	z, err := zonefile.ZoneOf(example, sets...)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// applied returns what the store has as applied, one line a record.
func applied(t *testing.T, s *Store, ref reconcile.Ref) []string {
	t.Helper()
	z, known, err := s.Applied(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if !known {
		return nil
	}
	lines := []string{}
	for set := range z.All() {
		lines = append(lines, strings.Split(set.String(), "\n")...)
	}
	return lines
}

func TestAppliedState(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.db")
	s := open(t, file)
	if got := applied(t, s, onLive); got != nil {
		t.Errorf("an empty store has applied %v", got)
	}
	www := zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1", "192.0.2.2")
	odd := zonefile.MustParseRRset(`a\.b\000.example.com. 0 TXT`, `"\000\255" "x"`)
	if err := s.SetApplied(t.Context(), onLive, "sys", "c1", zoneOf(t, www, odd)); err != nil {
		t.Fatal(err)
	}
	other := zonefile.MustParseRRset("www.example.com. 60 A", "192.0.2.9")
	added := zonefile.MustParseRRset("new.example.com. 60 TYPE65280", `\# 3 010203`)
	changes := []zonefile.Change{{Old: &www, New: &other}, {Old: &odd}, {New: &added}}
	if err := s.ChangeApplied(t.Context(), onLive, "c2", changes); err != nil {
		t.Fatal(err)
	}
	onOther := reconcile.Ref{Zone: example, Target: "other"}
	if err := s.SetApplied(t.Context(), onOther, "sys", "c1", zoneOf(t)); err != nil {
		t.Fatal(err)
	}
	s.Close()

	s = open(t, file)
	want := []string{`new.example.com. 60 IN TYPE65280 \# 3 010203`, "www.example.com. 60 IN A 192.0.2.9"}
	if d := cmp.Diff(applied(t, s, onLive), want); d != "" {
		t.Errorf("after opening again (-got +want):\n%s", d)
	}
	if got := applied(t, s, onOther); got == nil || len(got) > 0 {
		t.Errorf("a zone without RRsets: %v; want it known and empty", got)
	}
	known, err := s.Known(t.Context())
	if want := []reconcile.OldKnown{{Ref: onLive, System: "sys"}, {Ref: onOther, System: "sys"}}; err != nil || !slices.Equal(known, want) {
		t.Errorf("known %v, %v; want %v", known, err, want)
	}
	if err := s.SetApplied(t.Context(), onLive, "sys", "c3", zoneOf(t, added)); err != nil {
		t.Fatal(err)
	}
	if got := applied(t, s, onLive); len(got) != 1 {
		t.Errorf("set again: %v; want one record", got)
	}
}

func TestTombstones(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.db")
	s := open(t, file)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	stone := func(id string, hours int) reconcile.OldTombstone {
		return reconcile.OldTombstone{
			ID: id, Ref: onLive, RRset: zonefile.MustParseRRset(id+".example.com. 300 TXT", "x"),
			Commit: "c0ffee", Author: "Ann <ann@example.com>", BuriedAt: at.Add(time.Duration(hours) * time.Hour), PurgeAt: at.Add(720 * time.Hour),
		}
	}
	first, second := stone("one", 0), stone("two", 1)
	if err := s.Begin(t.Context(), onLive, "sys", false, []reconcile.OldTombstone{first, second}); err != nil {
		t.Fatal(err)
	}
	if err := s.Begin(t.Context(), onLive, "sys", false, []reconcile.OldTombstone{stone("three", 2), first}); err == nil {
		t.Error("a tombstone was buried twice")
	}
	if err := s.Retired(t.Context(), []string{"two"}); err != nil {
		t.Fatal(err)
	}
	if open, err := s.Unretired(t.Context(), onLive); err != nil || !slices.Equal(open, []reconcile.OldTombstone{first}) {
		t.Errorf("not retired: %v, %v; want the first", open, err)
	}
	s.Close()
	second.Retired = true
	got, err := open(t, file).Tombstones(t.Context(), example)
	if err != nil || !slices.Equal(got, []reconcile.OldTombstone{second, first}) {
		t.Errorf("tombstones %+v, %v\nwant %+v", got, err, []reconcile.OldTombstone{second, first})
	}
}

func TestBeginOpensWhatIsKnown(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	begin := func(create bool) {
		t.Helper()
		if err := s.Begin(t.Context(), onLive, "sys", create, nil); err != nil {
			t.Fatal(err)
		}
	}
	check := func(when string, want ...reconcile.OldKnown) {
		t.Helper()
		if got, err := s.Known(t.Context()); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: known %v, %v; want %v", when, got, err, want)
		}
	}
	begin(false)
	check("a zone that nothing is known of is written")
	begin(true)
	check("a zone is created", reconcile.OldKnown{Ref: onLive, System: "sys", Open: true})
	if err := s.ChangeApplied(t.Context(), onLive, "c", nil); err != nil {
		t.Fatal(err)
	}
	check("and noted", reconcile.OldKnown{Ref: onLive, System: "sys"})
	begin(false)
	check("it is written again", reconcile.OldKnown{Ref: onLive, System: "sys", Open: true})
	if err := s.SetApplied(t.Context(), onLive, "other", "c", zoneOf(t)); err != nil {
		t.Fatal(err)
	}
	check("and noted whole", reconcile.OldKnown{Ref: onLive, System: "other"})
	if err := s.ChangeApplied(t.Context(), reconcile.Ref{Zone: example, Target: "nowhere"}, "c", nil); err == nil {
		t.Error("changes of a zone that nothing is known of were noted")
	}
}

func TestOpenToPlanMakesNoFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.db")
	s, err := OpenToPlan(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if known, err := s.Known(t.Context()); err != nil || len(known) > 0 {
		t.Errorf("known %v, %v; want nothing", known, err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file was made")
	}
}

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	for _, tc := range []struct {
		name, want string
		make       func(file string) error
	}{
		{"another program's database", "another program", func(file string) error { return execSQL(file, "CREATE TABLE x (y)") }},
		{"a newer version", "a newer zoneward", func(file string) error {
			s, err := Open(t.Context(), file)
			if err != nil {
				return err
			}
			return errors.Join(s.Close(), execSQL(file, "PRAGMA user_version = 1000"))
		}},
		{"what is no database", "not a database", func(file string) error { return os.WriteFile(file, []byte(strings.Repeat("no database ", 100)), 0o600) }},
		{"a directory", "is a directory", func(file string) error { return os.Mkdir(file, 0o700) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(folder, strings.ReplaceAll(tc.name, " ", "-")+" ?#%.db")
			if err := tc.make(file); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), file)
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("error %v; want %q and the file", err, tc.want)
			}
		})
	}
}

func execSQL(file, statement string) error {
	db, err := sql.Open("sqlite", dsn(file))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), statement)
	return errors.Join(err, db.Close())
}

func TestFileIsPrivate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.db")
	s := open(t, file)
	if err := s.SetApplied(t.Context(), onLive, "sys", "c", zoneOf(t)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(file + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v; want it for its owner alone", name, info.Mode())
		}
	}
}

// TestKilledWriter kills a program that buries tombstones: those that it said are buried are there.
func TestKilledWriter(t *testing.T) {
	const role = "ZONEWARD_TEST_BURY"
	if file := os.Getenv(role); file != "" {
		buryForEver(t, file)
		return
	}
	file := filepath.Join(t.TempDir(), "state.db")
	for range 3 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWriter$")
		cmd.Env = append(os.Environ(), role+"="+file)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said := make([]byte, 0, 1<<16)
		buf := make([]byte, 256)
		for strings.Count(string(said), "\n") < 20 {
			n, err := out.Read(buf)
			if said = append(said, buf[:n]...); err != nil {
				t.Fatalf("%v, after %s", err, said)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		s := open(t, file)
		stones, err := s.Tombstones(t.Context(), example)
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]bool{}
		for _, stone := range stones {
			have[stone.ID] = true
		}
		for line := range strings.Lines(string(said)) {
			if id, whole := strings.CutSuffix(line, "\n"); whole && !have[id] {
				t.Errorf("the tombstone %s was buried, and is not there", id)
			}
		}
		s.Close()
	}
}

// buryForEver buries tombstones until it is killed, and says which.
func buryForEver(t *testing.T, file string) {
	s, err := Open(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	for {
		id := time.Now().Format("150405.000000000")
		stone := reconcile.OldTombstone{ID: id, Ref: onLive, RRset: zonefile.MustParseRRset("a.example.com. 300 TXT", "x")}
		if err := s.Begin(context.Background(), onLive, "sys", false, []reconcile.OldTombstone{stone}); err != nil {
			t.Fatal(err)
		}
		fmt.Println(id)
	}
}
