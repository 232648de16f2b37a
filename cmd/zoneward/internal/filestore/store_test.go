package filestore

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
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

// appStone returns the tombstone of an application domain.
func appStone(n byte) reconcile.Tombstone {
	t := stone(n, zonefile.RRset{Key: zonefile.Key{Name: www.Key.Name}})
	t.Target, t.Kind, t.RRset, t.Resource = "apps", reconcile.KindResource, zonefile.RRset{}, providers.App
	t.Settings, t.References = map[string]string{"canonical": "true", "app": "my-app"}, map[string]string{"certificate": "${file:/run/secrets/www}"}
	return t
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

// TestResourceFile shows the file of a resource as people see it, and its line in the log.
func TestResourceFile(t *testing.T) {
	dir := folderFor(t)
	in := reconcile.Intent{Ref: reconcile.Ref{Zone: example, Target: "apps"}, Why: "apply", At: noon, Stones: []reconcile.Tombstone{appStone(1)}}
	in.Changes = []reconcile.Change{{
		Kind: reconcile.KindResource, Action: reconcile.Retire, Key: in.Stones[0].Key,
		Resource: &reconcile.ResourceChange{Kind: providers.App, Fields: []reconcile.FieldChange{{Name: "app", Old: "my-app"}}},
	}}
	begin(t, openStore(t, dir), in)
	want := `{
  "version": 1,
  "id": "5700000000000001",
  "state": "buried",
  "state_at": "2026-03-04T12:00:00Z",
  "kind": "resource",
  "zone": "example.com.",
  "target": "apps",
  "name": "www.example.com.",
  "settings": {
    "app": "my-app",
    "canonical": "true"
  },
  "resource": "app",
  "references": {
    "certificate": "${file:/run/secrets/www}"
  },
  "actor": "ci",
  "commit": "c0ffee",
  "author": "Ann <ann@example.com>",
  "plan": "sha256:0000000000000000000000000000000000000000000000000000000000000000",
  "buried_at": "2026-03-04T12:00:00Z",
  "purge_at": "2026-04-04T12:00:00Z",
  "hidden": false,
  "entry": 1
}
`
	if d := cmp.Diff(read(t, dir, "example.com", "app-www.example.com-5700000000000001.json"), want); d != "" {
		t.Errorf("the tombstone (-got +want):\n%s", d)
	}
	change := `"changes":[{"kind":"resource","action":"retire","name":"www.example.com.","resource":{"kind":"app","fields":[{"name":"app","old":"my-app","new":""}]}}]`
	if line := read(t, dir, auditFile); !strings.Contains(line, change) {
		t.Errorf("the audit log has not %s:\n%s", change, line)
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
