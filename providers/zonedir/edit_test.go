package zonedir_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/zonedir"
	"github.com/zoneward/zoneward/zonefile"
)

// TestEditDuringCheck shows that what a person does to the file while the check command runs is not lost, nor kept as what is served.
func TestEditDuringCheck(t *testing.T) {
	const added = "hand A 192.0.2.77\n"
	for name, reload := range map[string][]string{"without reload": nil, "with reload": {"false"}} {
		t.Run(name, func(t *testing.T) {
			t.Run("edited", func(t *testing.T) {
				e := newExample(t)
				p := open(t, zonedir.Options{Directory: e.directory, Reload: reload, Check: sh(`printf '%s' "$2" >>"$1"`, e.file, added)})
				batch := put(fetch(t, p, "example.com."), address)
				_, err := p.Apply(t.Context(), batch.Base.Zone.Origin(), batch)
				wants(t, err, providers.ErrConflict, e.file, "was edited")
				e.untouched(t, minimal+added)
			})
			t.Run("removed", func(t *testing.T) {
				e := newExample(t)
				p := open(t, zonedir.Options{Directory: e.directory, Reload: reload, Check: []string{"rm", e.file}})
				batch := put(fetch(t, p, "example.com."), address)
				_, err := p.Apply(t.Context(), batch.Base.Zone.Origin(), batch)
				wants(t, err, providers.ErrConflict, e.file, "was removed")
				if diff := cmp.Diff([]string(nil), names(t, e.directory)); diff != "" {
					t.Errorf("the directory (-want +got):\n%s", diff)
				}
			})
			t.Run("made", func(t *testing.T) {
				d := t.TempDir()
				file := filepath.Join(d, "example.com.zone")
				p := open(t, zonedir.Options{Directory: d, Reload: reload, Check: sh(`printf '%s' "$2" >"$1"`, file, minimal)})
				spec := providers.ZoneSpec{Origin: zonefile.MustParseName("example.com."), Apex: []zonefile.RRset{
					zonefile.MustParseRRset("example.com. 60 NS", "a.example."),
				}}
				wants(t, p.CreateZone(t.Context(), spec), providers.ErrConflict, file, "somebody else")
				example{d, file}.untouched(t, minimal)
			})
		})
	}
}

// TestEditDuringCheckAfterFailedReload shows that what is served stays known, if the edit is taken back.
func TestEditDuringCheckAfterFailedReload(t *testing.T) {
	f := newFlaky(t)
	f.stop(t)
	f.fail(t, put(f.served(t, "", 1), www("192.0.2.1")))
	f.start(t)
	written := read(t, f.file)
	edits := open(t, zonedir.Options{
		Directory: f.directory, Serial: zonedir.Increment, Check: sh(`echo >>"$1"`, f.file), Reload: []string{"true"},
	})
	batch := put(fetch(t, edits, "example.com."), www("192.0.2.2"))
	_, err := edits.Apply(t.Context(), batch.Base.Zone.Origin(), batch)
	wants(t, err, providers.ErrConflict, "was edited")
	if got := read(t, f.file); got != written+"\n" {
		t.Errorf("the file was changed:\n%s", got)
	}
	if err := os.WriteFile(f.file, []byte(written), 0o644); err != nil {
		t.Fatal(err)
	}
	f.served(t, "", 1)
}
