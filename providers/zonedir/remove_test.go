package zonedir_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/zonedir"
	"github.com/zoneward/zoneward/zonefile"
)

// kept is where a zone's file is after the zone was removed.
func (e example) kept() string { return filepath.Join(e.directory, ".example.com.zone.retired") }

// gone checks that the zone is not there any more, and that its file is kept with that text and nothing beside it.
func (e example) gone(t testing.TB, p *zonedir.Provider, text string) {
	t.Helper()
	origin := zonefile.MustParseName("example.com.")
	if got := read(t, e.kept()); got != text {
		t.Errorf("what is kept is\n%s\nwant\n%s", got, text)
	}
	if diff := cmp.Diff([]string{filepath.Base(e.kept())}, names(t, e.directory)); diff != "" {
		t.Errorf("the directory (-want +got):\n%s", diff)
	}
	if zones, err := p.Zones(t.Context()); err != nil || len(zones) != 0 {
		t.Errorf("Zones: %v, %v, want none", zones, err)
	}
	_, err := p.Fetch(t.Context(), origin)
	wants(t, err, providers.ErrNoZone, e.file)
	_, _, err = p.ZoneSettings(t.Context(), origin)
	wants(t, err, providers.ErrNoZone, e.file)
}

// byHand is a zone that says more than its RRsets.
const byHand = "; ask the web team before you change this\n" + minimal + "$GENERATE 1-3 host-$ A 192.0.2.$ ; the rack\n"

func TestRemoveZone(t *testing.T) {
	e := newExample(t)
	write(t, e.file, byHand)
	if err := os.Chmod(e.file, 0o640); err != nil {
		t.Fatal(err)
	}
	write(t, e.kept(), "one that was removed before")
	write(t, filepath.Join(e.directory, ".example.com.zone.new"), "left over by a writer that died")
	p := open(t, zonedir.Options{Directory: e.directory})
	base := fetch(t, p, "example.com.")
	kind, settings, err := p.ZoneSettings(t.Context(), base.Zone.Origin())
	if err != nil || kind != "" || len(settings) != 0 {
		t.Errorf("ZoneSettings: %q, %v, %v", kind, settings, err)
	}
	if err := p.RemoveZone(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	e.gone(t, p, byHand)
	if info, err := os.Stat(e.kept()); err != nil || info.Mode() != 0o640 {
		t.Errorf("what is kept has the mode %v, %v", info.Mode(), err)
	}
	wants(t, p.RemoveZone(t.Context(), base), providers.ErrNoZone, e.file)

	// And back: all RRsets are as they were, and secondaries see that the zone has changed.
	spec := providers.ZoneSpec{Origin: base.Zone.Origin()}
	for _, key := range []string{"example.com. SOA", "example.com. NS"} {
		spec.Apex = append(spec.Apex, get(t, base.Zone, key))
	}
	if err := p.CreateZone(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	created := fetch(t, p, "example.com.")
	var changes []zonefile.Change
	for c := range zonefile.Diff(created.Zone, base.Zone) {
		if c.Key().Type != zonefile.TypeSOA {
			changes = append(changes, c)
		}
	}
	apply(t, p, providers.NewBatch(created, changes))
	after := fetch(t, p, "example.com.")
	for c := range zonefile.Diff(base.Zone, after.Zone) {
		if c.Key().Type != zonefile.TypeSOA {
			t.Errorf("restored as %v, want %v", c.New, c.Old)
		}
	}
	if !zonefile.SerialAfter(after.Serial, base.Serial) {
		t.Errorf("the serial went from %d to %d", base.Serial, after.Serial)
	}
	if got := read(t, e.kept()); got != byHand {
		t.Error("what was kept is gone")
	}
}

func TestRemoveZoneRefuses(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name      string
		meanwhile func(t *testing.T, e example)
		ctx       context.Context
		kind      error
		says      string
	}{
		{"edited by hand", func(t *testing.T, e example) { write(t, e.file, byHand) }, nil, providers.ErrConflict, "not the file that the plan was made from"},
		{"read-only", func(t *testing.T, e example) {
			if err := os.Chmod(e.file, 0o444); err != nil {
				t.Fatal(err)
			}
		}, nil, providers.ErrBlocked, "read-only"},
		{"cancelled", func(*testing.T, example) {}, cancelled, nil, "context canceled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newExample(t)
			log := filepath.Join(t.TempDir(), "log")
			p := open(t, zonedir.Options{Directory: e.directory, Remove: sh(`echo called >"$1"`, log)})
			base := fetch(t, p, "example.com.")
			test.meanwhile(t, e)
			before, ctx := read(t, e.file), test.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			wants(t, p.RemoveZone(ctx, base), test.kind, "remove zone example.com.: ", test.says)
			e.untouched(t, before)
			if _, err := os.Stat(log); err == nil {
				t.Error("the server was told to drop the zone")
			}
		})
	}
	t.Run("no base", func(t *testing.T) {
		p := open(t, zonedir.Options{Directory: t.TempDir()})
		wants(t, p.RemoveZone(t.Context(), nil), providers.ErrInvalid, "without a base")
		wants(t, p.RemoveZone(t.Context(), &providers.Snapshot{}), providers.ErrInvalid, "without a base")
	})
}

func TestRemoveCommand(t *testing.T) {
	e := newExample(t)
	d := t.TempDir()
	log, down := filepath.Join(d, "log"), filepath.Join(d, "down")
	p := open(t, zonedir.Options{
		Directory: e.directory,
		Reload:    []string{"false"}, // it has nothing to do with it
		Remove: sh(`printf '%s\n' "$2" "$3" "$(cat "$3")" >"$1"; if [ -e "$4" ]; then echo "cannot reach the server"; exit 1; fi`,
			log, "{origin}", "{file}", down),
	})
	base := fetch(t, p, "example.com.")
	write(t, down, "")
	wants(t, p.RemoveZone(t.Context(), base), nil, e.file+" is left where it is", "exit status 1: cannot reach the server")
	e.untouched(t, minimal)
	if got := fetch(t, p, "example.com."); got.Version != base.Version {
		t.Error("the zone is not what it was")
	}
	if err := os.Remove(down); err != nil {
		t.Fatal(err)
	}
	if err := p.RemoveZone(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	e.gone(t, p, minimal)
	want := strings.Join([]string{"example.com", e.file, minimal}, "\n")
	if diff := cmp.Diff(want, read(t, log)); diff != "" {
		t.Errorf("what the command saw (-want +got):\n%s", diff)
	}
}

// TestEditedWhileTheServerDropsTheZone: what somebody writes into the file while the command runs is not retired along.
func TestEditedWhileTheServerDropsTheZone(t *testing.T) {
	for _, test := range []struct{ name, edit, after string }{
		{"a record is added", `echo "www A 192.0.2.9" >>"$1"`, minimal + "www A 192.0.2.9\n"},
		{"the file is removed", `rm "$1"`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newExample(t)
			write(t, e.file, minimal)
			p := open(t, zonedir.Options{Directory: e.directory, Remove: sh(test.edit, "{file}")})
			wants(t, p.RemoveZone(t.Context(), fetch(t, p, "example.com.")), providers.ErrPartial, "the server dropped the zone", e.file+" was edited meanwhile")
			if test.after != "" {
				e.untouched(t, test.after)
			}
			if _, err := os.Stat(e.kept()); err == nil {
				t.Error("the file is retired")
			}
		})
	}
}

// TestRemoveZoneThatIsNotLoaded removes a zone of which the server has another file than the one that is there.
func TestRemoveZoneThatIsNotLoaded(t *testing.T) {
	f := newFlaky(t)
	apply(t, f.Provider, put(fetch(t, f.Provider, "example.com."), www("192.0.2.1")))
	served := read(t, f.file)
	stale := fetch(t, f.Provider, "example.com.")
	f.stop(t)
	f.fail(t, put(stale, www("192.0.2.2")))
	wants(t, f.RemoveZone(t.Context(), stale), providers.ErrConflict)
	base := f.served(t, "192.0.2.1", 2)
	if err := f.RemoveZone(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	f.gone(t, f.Provider, served)
}

func TestRemoveZoneThatWasNeverLoaded(t *testing.T) {
	d := t.TempDir()
	e := example{d, filepath.Join(d, "example.com.zone")}
	p := open(t, zonedir.Options{Directory: d, Reload: []string{"false"}})
	origin := zonefile.MustParseName("example.com.")
	spec := providers.ZoneSpec{Origin: origin, Apex: []zonefile.RRset{zonefile.MustParseRRset("example.com. 60 NS", "ns.invalid.")}}
	wants(t, p.CreateZone(t.Context(), spec), providers.ErrPartial)
	_, _, err := p.ZoneSettings(t.Context(), origin)
	wants(t, err, providers.ErrNoZone, e.file)
}
