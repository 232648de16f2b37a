package filestore

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

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
		{"a resource that is not said", edit(auditFile, `"kind":"rrset"`, `"kind":"resource"`), []string{auditFile + ":1: the change of the resource www.example.com. does not say what it is"}},
		{"the tombstone of a resource of no kind", edit(stoneName, `"kind": "rrset"`, `"kind": "resource"`), []string{stoneName, "nor that of a zone or a resource"}},
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
