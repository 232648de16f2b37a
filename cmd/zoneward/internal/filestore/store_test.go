package filestore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/reconcile/storetest"
	"github.com/zoneward/zoneward/zonefile"
)

var (
	example = zonefile.MustParseName("example.com.")
	onLive  = reconcile.Ref{Zone: example, Target: "live"}
	www     = zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1", "192.0.2.2")
	text1   = zonefile.MustParseRRset("example.com. 60 TXT", `"a \"b\""`)

	noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
)

func openStore(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func folderFor(t testing.TB) string { return filepath.Join(t.TempDir(), "tombstones") }

// stone returns a tombstone; its id ends in n.
func stone(n byte, set zonefile.RRset) reconcile.Tombstone {
	return reconcile.Tombstone{
		ID: "57000000000000" + string([]byte{'0' + n/10, '0' + n%10}), Ref: onLive, Kind: reconcile.KindRRset, Key: set.Key, RRset: set,
		Writer:   reconcile.Writer{Actor: "ci", Commit: "c0ffee", Author: "Ann <ann@example.com>"},
		BuriedAt: noon, PurgeAt: noon.AddDate(0, 1, 0), State: reconcile.Buried, StateAt: noon,
	}
}

// retiring returns an intent that retires RRsets; their tombstones are those of stone(1), stone(2) and so on.
func retiring(sets ...zonefile.RRset) reconcile.Intent {
	in := reconcile.Intent{Ref: onLive, Writer: stone(0, www).Writer, System: "sys", Why: "apply", At: noon}
	for i, set := range sets {
		in.Changes = append(in.Changes, reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Retire, Key: set.Key, Old: &set})
		in.Stones = append(in.Stones, stone(byte(i+1), set))
	}
	return in
}

func begin(t *testing.T, s *Store, in reconcile.Intent) int64 {
	t.Helper()
	id, err := s.Begin(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func conclude(t *testing.T, s *Store, id int64, live ...bool) {
	t.Helper()
	c := reconcile.Conclusion{At: noon.Add(time.Minute), Result: reconcile.Partly, Live: live, Serial: 7}
	if err := s.Conclude(t.Context(), id, c); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, elem ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// files returns what is in a folder and those below it, with slashes.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, err = filepath.Rel(dir, name)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opened {
		dir := folderFor(t)
		again := func(t *testing.T) reconcile.Store { return openStore(t, dir) }
		return storetest.Opened{Store: again(t), Again: again, Tamper: tampering(dir), Stateless: true}
	})
}

// tampering are ways to change the log. The entries are begun and concluded one after the other, so the n-th has the lines 2n-1 and 2n.
func tampering(dir string) map[string]func(*testing.T, int64) {
	change := func(old, new string) func(*testing.T, int64) {
		return func(t *testing.T, seq int64) {
			lines := strings.SplitAfter(read(t, dir, auditFile), "\n")
			for _, line := range []int64{2*seq - 2, 2*seq - 1} {
				if changed := strings.Replace(lines[line], old, new, 1); changed != lines[line] {
					lines[line] = changed
					writeFile(t, filepath.Join(dir, auditFile), strings.Join(lines, ""))
					return
				}
			}
			t.Fatalf("entry %d has no %q", seq, old)
		}
	}
	return map[string]func(*testing.T, int64){
		"change the actor":        change(`"actor":"ci"`, `"actor":"cj"`),
		"change the time":         change(`"at":"2026-`, `"at":"2025-`),
		"change the data":         change(`"192.0.2.9"`, `"192.0.2.8"`),
		"change what is live":     change(`[true,false]`, `[true,true]`),
		"change the result":       change(`"result":"partly"`, `"result":"done"`),
		"change the hash":         change(`"hash":"sha256:`, `"hash":"sha256:00000000`),
		"leave out the tombstone": change(`"hidden":`, `"hidde":`),
	}
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFiles shows the files as people see them.
func TestFiles(t *testing.T) {
	dir := folderFor(t)
	s := openStore(t, dir)
	in := retiring(www)
	whole := stone(2, zonefile.RRset{})
	whole.Kind, whole.Key, whole.Export = reconcile.KindZone, zonefile.Key{Name: example}, "$ORIGIN example.com.\n"
	whole.Settings = map[string]string{"kind": "Native"}
	in.Stones = append(in.Stones, whole)
	in.Changes = append(in.Changes, reconcile.Change{Kind: reconcile.KindZone, Action: reconcile.Retire, Key: whole.Key})
	conclude(t, s, begin(t, s, in), true, false)
	if err := s.SetClock(t.Context(), reconcile.Clock{Wall: noon, Steady: time.Hour, Boot: "b"}); err != nil {
		t.Fatal(err)
	}

	want := []string{
		".lock", "audit.jsonl", "clock.json", "example.com/www.example.com-A-5700000000000001.json",
		"example.com/zone-5700000000000002.json", "example.com/zone-5700000000000002.zone.txt",
	}
	if d := cmp.Diff(files(t, dir), want); d != "" {
		t.Errorf("files (-got +want):\n%s", d)
	}
	for _, tc := range []struct{ name, want string }{
		{"example.com/www.example.com-A-5700000000000001.json", `{
  "version": 1,
  "id": "5700000000000001",
  "state": "retired",
  "state_at": "2026-03-04T12:01:00Z",
  "kind": "rrset",
  "zone": "example.com.",
  "target": "live",
  "name": "www.example.com.",
  "type": "A",
  "ttl": 300,
  "records": [
    "192.0.2.1",
    "192.0.2.2"
  ],
  "actor": "ci",
  "commit": "c0ffee",
  "author": "Ann <ann@example.com>",
  "plan": "sha256:0000000000000000000000000000000000000000000000000000000000000000",
  "buried_at": "2026-03-04T12:00:00Z",
  "purge_at": "2026-04-04T12:00:00Z",
  "hidden": false,
  "entry": 1
}
`},
		{"example.com/zone-5700000000000002.zone.txt", whole.Export},
		{"clock.json", `{"version":1,"wall":"2026-03-04T12:00:00Z","steady":3600000000000,"boot":"b"}` + "\n"},
	} {
		if d := cmp.Diff(read(t, dir, tc.name), tc.want); d != "" {
			t.Errorf("%s (-got +want):\n%s", tc.name, d)
		}
	}
	lines := strings.Split(read(t, dir, auditFile), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], `{"version":1,"entry":1,"intent":{"at":"2026-03-04T12:00:00Z","zone":"example.com.","target":"live",`) ||
		!strings.HasPrefix(lines[1], `{"version":1,"entry":1,"outcome":{"at":"2026-03-04T12:01:00Z","result":"partly","live":[true,false],"serial":7},"hash":"sha256:`) {
		t.Errorf("the audit log:\n%s", strings.Join(lines, "\n"))
	}
	for _, name := range want {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want it readable by its owner alone", name, info.Mode(), err)
		}
	}
}

// TestFileNames: names of zones and owners come from outside. Two may share a folder; nothing gets out of it, in the way of other files, or lost.
func TestFileNames(t *testing.T) {
	dir := folderFor(t)
	s := openStore(t, dir)
	long := strings.Repeat(strings.Repeat(`\255`, 63)+".", 3) + "example."
	var in []reconcile.Intent
	for i, zone := range []string{
		"example.com.", ".", "audit.jsonl.", "clock.json.", `\..`, `\.\..`, `\.lock.`, `\.locks.`, `..\..etc.passwd.`, `a/b.example.`, "a_b.example.", "0/25.2.0.192.in-addr.arpa.",
		"0_25.2.0.192.in-addr.arpa.", `\000.example.`, "nul.", "con.", long, "a" + long[4:], "zone.",
	} {
		origin, err := zonefile.ParseName(zone, zonefile.Name{})
		if err != nil {
			continue // what is no name cannot become a file
		}
		set := zonefile.RRset{Key: zonefile.Key{Name: origin, Type: zonefile.TypeTXT}, TTL: 1}
		if set, err = zonefile.ParseRRset(set.Key, 1, zonefile.Root, "x"); err != nil {
			t.Fatal(err)
		}
		one := retiring(set)
		one.Stones[0] = stone(byte(i+1), set)
		one.Zone, one.Stones[0].Zone = origin, origin
		one.ID = begin(t, s, one)
		in = append(in, one)
	}
	if len(in) < 17 {
		t.Fatalf("%d names were tried", len(in))
	}
	other := openStore(t, dir)
	for _, one := range in {
		got, err := other.Tombstones(t.Context(), reconcile.TombstoneQuery{Zone: one.Zone})
		if err != nil || len(got) != 1 || !cmp.Equal(got[0], one.Stones[0], alike) {
			t.Errorf("%s: %v, %v; want one tombstone", one.Zone, got, err)
		}
	}
	for _, name := range files(t, filepath.Dir(dir)) {
		parts := strings.Split(name, "/")
		if parts[0] != filepath.Base(dir) || len(parts) > 3 || len(parts[len(parts)-1]) > 250 || strings.ContainsAny(name, "\\:*?\"<>|\x00 ") {
			t.Errorf("file %q", name)
		}
	}
}

var alike = cmp.Options{
	cmp.Comparer(func(a, b zonefile.Name) bool { return a == b }),
	cmp.Comparer(func(a, b zonefile.RRset) bool { return a == b }),
}

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

// TestRefuses: what cannot be read is an error that names the file, before anything is written.
func TestRefuses(t *testing.T) {
	const stoneName = "example.com/www.example.com-A-5700000000000001.json"
	edit := func(name, old, new string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			content := read(t, dir, name)
			if !strings.Contains(content, old) {
				t.Fatalf("%s has no %q", name, old)
			}
			writeFile(t, filepath.Join(dir, name), strings.Replace(content, old, new, 1))
		}
	}
	for _, tc := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		want   []string
	}{
		{"a tombstone of a later version", edit(stoneName, `"version": 1`, `"version": 2`), []string{stoneName, "it has version 2, and this program knows 1"}},
		{"half a tombstone", edit(stoneName, `"type"`, "\x00"), []string{stoneName}},
		{"an empty tombstone", func(t *testing.T, dir string) { writeFile(t, filepath.Join(dir, stoneName), "") }, []string{stoneName}},
		{"a tombstone with another id", edit(stoneName, "5700000000000001", "5700000000000009"), []string{stoneName, "it has the id"}},
		{"a tombstone in no known state", edit(stoneName, "buried", "lost"), []string{stoneName, `its state is "lost"`}},
		{"a record that cannot be read", edit(stoneName, "192.0.2.2", "192.0.2"), []string{stoneName, "192.0.2"}},
		{"a tombstone of nothing", edit(stoneName, `"kind": "rrset"`, `"kind": "zone"`), []string{stoneName, stoneName}},
		{"a tombstone of nothing known", edit(stoneName, `"kind": "rrset"`, `"kind": "record"`), []string{stoneName, "neither that of an RRset nor that of a zone"}},
		{"a name of another zone", edit(stoneName, `"name": "www.example.com."`, `"name": "www.other.example."`), []string{stoneName, "www.other.example. is not in the zone example.com.", "bring it back as it was, or move it out of"}},
		{"no records", edit(stoneName, "\"192.0.2.1\",\n    \"192.0.2.2\"", ""), []string{stoneName, "has no records"}},
		{"a TTL that is too long", edit(stoneName, `"ttl": 300`, `"ttl": 2147483648`), []string{stoneName, "TTL"}},
		{"a time before the other", edit(stoneName, `"purge_at": "2026`, `"purge_at": "2025`), []string{stoneName, "to be kept until 2025"}},
		{"a folder in the place of a tombstone", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "example.com", "mail-A-5700000000000002.json"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, []string{"mail-A-5700000000000002.json", "no regular file", "move it out of"}},
		{"a name that cannot be read", edit(stoneName, `"zone": "example.com."`, `"zone": "a..b."`), []string{stoneName}},
		{"a tombstone twice", func(t *testing.T, dir string) {
			if err := os.CopyFS(filepath.Join(dir, "copy"), os.DirFS(filepath.Join(dir, "example.com"))); err != nil {
				t.Fatal(err)
			}
		}, []string{stoneName, "copy/www", "is there twice"}},
		{"a line of a later version", edit(auditFile, `"version":1`, `"version":2`), []string{auditFile + ":1: it has version 2"}},
		{"a line that is no JSON", edit(auditFile, `"entry"`, `entry`), []string{auditFile + ":1: "}},
		{"a line of somebody else", edit(auditFile, `{"version"`, "<<<<<<< HEAD\n"+`{"version"`), []string{auditFile + ":1: it is no entry"}},
		{"a line that is there twice", func(t *testing.T, dir string) {
			content := read(t, dir, auditFile)
			writeFile(t, filepath.Join(dir, auditFile), content+content)
		}, []string{auditFile + ":2: entry 1 comes behind entry 1: two logs were put together"}},
		{"a clock that cannot be read", func(t *testing.T, dir string) { writeFile(t, filepath.Join(dir, clockFile), "{") }, []string{clockFile}},
		{"a folder in the place of the log", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, auditFile)); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(filepath.Join(dir, auditFile), 0o700); err != nil {
				t.Fatal(err)
			}
		}, []string{auditFile}},
		{"a tombstone that is elsewhere", func(t *testing.T, dir string) {
			name := filepath.Join(dir, stoneName)
			if err := os.Rename(name, filepath.Join(filepath.Dir(dir), "outside")); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("../../outside", name); err != nil {
				t.Skip(err)
			}
		}, []string{stoneName, "escapes"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := folderFor(t)
			begin(t, openStore(t, dir), retiring(www))
			tc.damage(t, dir)
			before := files(t, dir)
			for kind, open := range map[string]func() (*Store, error){
				"to write": func() (*Store, error) { return Open(t.Context(), dir) },
				"to plan":  func() (*Store, error) { return OpenToPlan(t.Context(), dir) },
			} {
				s, err := open()
				if err == nil {
					_, err = s.Overview(t.Context())
					_ = s.Close()
				}
				if err == nil {
					t.Fatalf("%s: there is no error", kind)
				}
				for _, want := range append(tc.want, dir) {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%s: error %q; want %q in it", kind, err, want)
					}
				}
			}
			if d := cmp.Diff(files(t, dir), before); d != "" {
				t.Errorf("files afterwards (-got +want):\n%s", d)
			}
		})
	}
}

// TestDamagedStone: one tombstone that cannot be read keeps nobody from looking at the others, and everybody from planning and writing.
func TestDamagedStone(t *testing.T) {
	dir := folderFor(t)
	s := openStore(t, dir)
	in := retiring(www, text1)
	far := stone(3, www.WithName(zonefile.MustParseName("www.other.example.")))
	far.Zone = zonefile.MustParseName("other.example.")
	in.Stones = append(in.Stones, far)
	begin(t, s, in)
	damaged := []string{filepath.Join(dir, "example.com", "www.example.com-A-5700000000000001.json"), filepath.Join(dir, "other.example", "www.other.example-A-5700000000000003.json")}
	for _, name := range damaged {
		writeFile(t, name, "{")
	}

	reader, err := OpenToPlan(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	named := func(what string, err error) {
		t.Helper()
		for _, name := range damaged {
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: error %v; want %s in it", what, err, name)
			}
		}
	}
	for range 2 { // it is found again
		stones, err := reader.Tombstones(t.Context(), reconcile.TombstoneQuery{})
		if named("the list", err); len(stones) != 1 || stones[0].RRset != text1 {
			t.Errorf("the list beside the error: %v; want the one that can be read", stones)
		}
	}
	if one, err := reader.Tombstone(t.Context(), stone(2, text1).ID); err != nil || one.RRset != text1 {
		t.Errorf("the one that can be read: %v, %v", one, err)
	}
	_, err = reader.Tombstone(t.Context(), far.ID)
	if named("one that cannot", err); !errors.Is(err, reconcile.ErrNoTombstone) {
		t.Errorf("one that cannot be read: %v; want ErrNoTombstone", err)
	}
	if _, err := reader.Clock(t.Context()); err != nil {
		t.Errorf("the clock: %v", err)
	}
	_, err = reader.Overview(t.Context())
	named("the overview of all zones", err)
	_, err = Open(t.Context(), dir)
	named("to write", err)
	more := retiring(text1)
	more.Stones[0] = stone(4, text1)
	_, err = s.Begin(t.Context(), more)
	named("to bury", err)
	named("to close", s.CloseTombstones(t.Context(), []string{stone(2, text1).ID}, reconcile.Purged, noon))
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

// TestRemovedByHand: people may remove tombstones that they do not want to keep.
func TestRemovedByHand(t *testing.T) {
	dir := folderFor(t)
	s := openStore(t, dir)
	id := begin(t, s, retiring(www, text1))
	if err := os.Remove(filepath.Join(dir, "example.com", "www.example.com-A-5700000000000001.json")); err != nil {
		t.Fatal(err)
	}
	conclude(t, s, id, true, true)
	stones, err := s.Tombstones(t.Context(), reconcile.TombstoneQuery{})
	if err != nil || len(stones) != 1 || stones[0].RRset != text1 {
		t.Errorf("tombstones %v, %v; want the one that is left", stones, err)
	}
	for entry, err := range s.History(t.Context(), reconcile.HistoryQuery{}) {
		if err != nil || len(entry.Stones) != 2 || entry.Open {
			t.Errorf("the entry is %+v, %v; want both tombstones in it", entry, err)
		}
	}
}

// TestNewestFirst: of tombstones of the same second that of the later intent is the newest.
func TestNewestFirst(t *testing.T) {
	dir := folderFor(t)
	s := openStore(t, dir)
	for n := byte(9); n > 0; n-- {
		in := retiring(www)
		in.Stones[0] = stone(n, www)
		conclude(t, s, begin(t, s, in), true)
	}
	stones, err := openStore(t, dir).Tombstones(t.Context(), reconcile.TombstoneQuery{})
	if err != nil || len(stones) != 9 || stones[0].ID != stone(1, www).ID || stones[8].ID != stone(9, www).ID {
		t.Errorf("tombstones %v, %v; want the last one that was buried first", stones, err)
	}
}

// TestMoved: what a tombstone is about is in it, not in its name.
func TestMoved(t *testing.T) {
	dir := folderFor(t)
	begin(t, openStore(t, dir), retiring(www))
	if err := os.Mkdir(filepath.Join(dir, "old"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "example.com", "www.example.com-A-5700000000000001.json"), filepath.Join(dir, "old", "x-5700000000000001.json")); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, dir)
	conclude(t, s, 1, true)
	stones, err := openStore(t, dir).Tombstones(t.Context(), reconcile.TombstoneQuery{Zone: example})
	if err != nil || len(stones) != 1 || stones[0].State != reconcile.Retired {
		t.Errorf("tombstones %v, %v; want one, retired", stones, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "old", "x-5700000000000001.json")); err != nil {
		t.Error(err)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "plain", `\`, `\\`, `\x41`, "\xff\xfe", `a\` + "\xff", "\u202e\u2028", "\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		data, err := text(octets).MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back text
		if err := back.UnmarshalText(data); err != nil || !bytes.Equal([]byte(back), octets) {
			t.Errorf("%q became %q, and was read as %q: %v", octets, data, back, err)
		}
		_ = back.UnmarshalText(octets)
	})
}
