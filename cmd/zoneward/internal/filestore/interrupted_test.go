package filestore

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// TestInterrupted: whoever buries or concludes can be interrupted between any two files.
func TestInterrupted(t *testing.T) {
	states := func(t *testing.T, s *Store) string {
		stones, err := s.Tombstones(t.Context(), reconcile.TombstoneQuery{Closed: true})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, stone := range stones {
			all = append(all, stone.Key.Type.String()+" "+string(stone.State))
		}
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	for _, tc := range []struct {
		name string
		// interrupted is what somebody did who then died.
		interrupted func(t *testing.T, dir string, s *Store)
		open        string // how many changes each open intent has then
		entries     int
	}{
		{"between the tombstones and the intent", func(t *testing.T, _ string, s *Store) {
			if err := s.graves.bury(retiring(www, text1).Stones, 1); err != nil {
				t.Fatal(err)
			}
		}, "2", 1},
		{"in the middle of the line of the intent", func(t *testing.T, dir string, s *Store) {
			begin(t, s, retiring(www, text1))
			name := filepath.Join(dir, auditFile)
			if err := os.Truncate(name, int64(len(read(t, name))-1)); err != nil {
				t.Fatal(err)
			}
		}, "2", 1},
		{"after the intent", func(t *testing.T, _ string, s *Store) { begin(t, s, retiring(www, text1)) }, "2", 1},
		{"after one tombstone was concluded", func(t *testing.T, _ string, s *Store) {
			begin(t, s, retiring(www, text1))
			if err := s.graves.change(map[string]reconcile.StoneState{stone(1, www).ID: reconcile.Retired}, noon); err != nil {
				t.Fatal(err)
			}
		}, "2", 1},
		{"in the middle of the line of the outcome", func(t *testing.T, dir string, s *Store) {
			conclude(t, s, begin(t, s, retiring(www, text1)), true, false)
			name := filepath.Join(dir, auditFile)
			if err := os.Truncate(name, int64(len(read(t, name))-20)); err != nil {
				t.Fatal(err)
			}
		}, "2", 1},
		{"and the log is gone", func(t *testing.T, dir string, s *Store) {
			begin(t, s, retiring(www, text1))
			if err := os.Remove(filepath.Join(dir, auditFile)); err != nil {
				t.Fatal(err)
			}
		}, "2", 1},
		{"while a file was made", func(t *testing.T, dir string, s *Store) {
			conclude(t, s, begin(t, s, retiring(www, text1)), true, false)
			writeFile(t, filepath.Join(dir, "example.com", ".www.example.com-A-5700000000000001.json.tmp"), `{"version`)
		}, "", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := folderFor(t)
			tc.interrupted(t, dir, openStore(t, dir))
			s := openStore(t, dir)
			overview, err := s.Overview(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := len(overview.Open) > 0; got != (tc.open != "") {
				t.Errorf("open in the overview: %v", overview.Open)
			}
			intents, err := s.Open(t.Context(), onLive)
			if err != nil {
				t.Fatal(err)
			}
			open := ""
			for _, in := range intents {
				open += string(rune('0' + len(in.Changes)))
				live := make([]bool, len(in.Changes))
				for i, c := range in.Changes {
					if live[i] = c.Key == www.Key; c.Action != reconcile.Retire || len(in.Stones) != len(in.Changes) {
						t.Errorf("the open intent is %+v", in)
					}
				}
				conclude(t, s, in.ID, live...)
			}
			if open != tc.open {
				t.Errorf("open intents %q, want %q", open, tc.open)
			}
			if got, want := states(t, s), "A retired, TXT superseded"; got != want {
				t.Errorf("the tombstones are %s; want %s", got, want)
			}
			again := openStore(t, dir)
			if n, err := again.VerifyAudit(t.Context()); n != tc.entries || err != nil {
				t.Errorf("%d entries of the audit log, %v; want %d", n, err, tc.entries)
			}
			if left, err := again.Overview(t.Context()); err != nil || len(left.Open) > 0 {
				t.Errorf("still open: %v, %v", left.Open, err)
			}
		})
	}
}

// TestInterruptedResource: whoever buries a resource can be interrupted before the intent is noted. The next one knows from the tombstone what it was.
func TestInterruptedResource(t *testing.T) {
	dir := folderFor(t)
	if err := openStore(t, dir).graves.bury([]reconcile.Tombstone{appStone(1)}, 1); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, dir)
	open, err := s.Open(t.Context(), appStone(1).Ref)
	if err != nil || len(open) != 1 {
		t.Fatalf("open intents: %v, %v; want one", open, err)
	}
	want := []reconcile.Change{{
		Kind: reconcile.KindResource, Action: reconcile.Retire, Key: appStone(1).Key,
		Resource: &reconcile.ResourceChange{
			Kind: providers.App, Fields: []reconcile.FieldChange{{Name: "app", Old: "my-app"}, {Name: "canonical", Old: "true"}},
			References: map[string]string{"certificate": "${file:/run/secrets/www}"},
		},
	}}
	if d := cmp.Diff(open[0].Changes, want, alike); d != "" {
		t.Errorf("the change (-got +want):\n%s", d)
	}
	conclude(t, s, open[0].ID, true)
	if got, err := openStore(t, dir).Tombstone(t.Context(), appStone(1).ID); err != nil || got.State != reconcile.Retired {
		t.Errorf("the tombstone is %s, %v; want it retired", got.State, err)
	}
}

// TestBeginRefusesWhatCannotBeRead: a line that nobody could read again would keep everybody from the folder.
func TestBeginRefusesWhatCannotBeRead(t *testing.T) {
	dir := folderFor(t)
	s := openStore(t, dir)
	late := retiring(www)
	late.Stones[0].PurgeAt = noon.Add(-time.Hour)
	if _, err := s.Begin(t.Context(), late); err == nil {
		t.Error("a tombstone that is to be purged before it is buried was written")
	}
	if got, want := files(t, dir), []string{".lock"}; !slices.Equal(got, want) {
		t.Errorf("files %v; want %v", got, want)
	}
	begin(t, openStore(t, dir), retiring(www))
}

// TestBeginIsWhole: if one tombstone cannot be written there is none of them, and no intent.
func TestBeginIsWhole(t *testing.T) {
	dir := folderFor(t)
	s := openStore(t, dir)
	in := retiring(www, text1)
	in.Stones[1].Zone = zonefile.MustParseName("other.example.")
	writeFile(t, filepath.Join(dir, "other.example"), "in the way")
	for _, blocked := range []string{"a tombstone", "the log"} {
		if blocked == "the log" {
			if err := os.Remove(filepath.Join(dir, "other.example")); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(filepath.Join(dir, auditFile), 0o700); err != nil {
				t.Fatal(err)
			}
			s.audit.lines = 1 // so that the folder in its place is found when it is written
		}
		if _, err := s.Begin(t.Context(), in); err == nil {
			t.Fatalf("%s cannot be written, and there is no error", blocked)
		}
		for _, name := range files(t, dir) {
			if strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".tmp") {
				t.Errorf("%s cannot be written: %s is left", blocked, name)
			}
		}
	}
}

func TestOpenToPlan(t *testing.T) {
	dir := folderFor(t)
	s, err := OpenToPlan(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if stones, err := s.Tombstones(t.Context(), reconcile.TombstoneQuery{}); err != nil || len(stones) > 0 {
		t.Errorf("tombstones in no folder: %v, %v", stones, err)
	}
	if _, err := s.Tombstone(t.Context(), "57"); err == nil || !strings.Contains(err.Error(), "no such tombstone") {
		t.Errorf("a tombstone in no folder: %v", err)
	}
	for n, err := range s.History(t.Context(), reconcile.HistoryQuery{}) {
		t.Errorf("history in no folder: %v, %v", n, err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("planning made the folder")
	}
	begin(t, openStore(t, dir), retiring(www))
	if s, err = OpenToPlan(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	before := files(t, dir)
	if got, err := s.Tombstone(t.Context(), "57"); err != nil || got.RRset != www {
		t.Errorf("the tombstone: %v, %v", got, err)
	}
	_, beginErr := s.Begin(t.Context(), retiring(text1))
	_, lockErr := s.Lock(t.Context(), onLive)
	for what, err := range map[string]error{
		"begin": beginErr, "lock": lockErr, "conclude": s.Conclude(t.Context(), 1, reconcile.Conclusion{}), "note": s.Note(t.Context(), reconcile.Intent{}),
		"close": s.CloseTombstones(t.Context(), []string{stone(1, www).ID}, reconcile.Purged, noon), "clock": s.SetClock(t.Context(), reconcile.Clock{}),
	} {
		if err == nil || !strings.Contains(err.Error(), "opened for reading only") {
			t.Errorf("%s: %v; want that it was opened for reading only", what, err)
		}
	}
	if d := cmp.Diff(files(t, dir), before); d != "" {
		t.Errorf("files afterwards (-got +want):\n%s", d)
	}
}
