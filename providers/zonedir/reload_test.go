package zonedir_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/zonedir"
	"github.com/zoneward/zoneward/zonefile"
)

// flaky is an example whose reload fails as long as the server is down.
type flaky struct {
	example
	*zonedir.Provider
	down string
}

func newFlaky(t testing.TB) flaky {
	t.Helper()
	e := newExample(t)
	down := filepath.Join(t.TempDir(), "down")
	return flaky{e, open(t, zonedir.Options{
		Directory: e.directory, Serial: zonedir.Increment,
		Reload: sh(`if [ -e "$1" ]; then echo "cannot reach the server"; exit 1; fi`, down),
	}), down}
}

func (f flaky) stop(t testing.TB) { t.Helper(); write(t, f.down, "") }

func (f flaky) start(t testing.TB) {
	t.Helper()
	if err := os.Remove(f.down); err != nil {
		t.Fatal(err)
	}
}

// fail carries out a batch that the server does not get to see.
func (f flaky) fail(t testing.TB, batch providers.Batch) {
	t.Helper()
	result, err := f.Apply(t.Context(), batch.Base.Zone.Origin(), batch)
	wants(t, err, providers.ErrPartial, f.file+" is written with serial", "not served", "exit status 1: cannot reach the server")
	if len(result.Applied) > 0 {
		t.Error("the result has operations as applied")
	}
}

// served checks what Fetch says is served at www.
func (f flaky) served(t testing.TB, address string, serial uint32) *providers.Snapshot {
	t.Helper()
	s := fetch(t, f.Provider, "example.com.")
	set, _ := s.Zone.Get(www("192.0.2.1").Key)
	if got := strings.Join(set.Text(), " "); got != address || s.Serial != serial {
		t.Errorf("Fetch has %q and serial %d, want %q and %d", got, s.Serial, address, serial)
	}
	return s
}

// written checks what the zone's file has at www.
func (f flaky) written(t testing.TB, address string, serial uint32) {
	t.Helper()
	z := parse(t, f.file, zonefile.MustParseName("example.com."))
	soa, err := zonefile.ParseSOA(get(t, z, "example.com. SOA"))
	if err != nil {
		t.Fatal(err)
	}
	set, _ := z.Get(www("192.0.2.1").Key)
	if got := strings.Join(set.Text(), " "); got != address || soa.Serial != serial {
		t.Errorf("the file has %q and serial %d, want %q and %d", got, soa.Serial, address, serial)
	}
}

func (f flaky) clean(t testing.TB) {
	t.Helper()
	if diff := cmp.Diff([]string{"example.com.zone"}, names(t, f.directory)); diff != "" {
		t.Errorf("the directory (-want +got):\n%s", diff)
	}
}

func www(address string) zonefile.RRset {
	return zonefile.MustParseRRset("www.example.com. 300 A", address)
}

func TestReloadFails(t *testing.T) {
	t.Run("once", func(t *testing.T) {
		f := newFlaky(t)
		f.stop(t)
		f.fail(t, put(f.served(t, "", 1), www("192.0.2.1")))
		f.written(t, "192.0.2.1", 2)
		again := put(f.served(t, "", 1), www("192.0.2.1"))
		f.start(t)
		apply(t, f.Provider, again)
		f.served(t, "192.0.2.1", 3)
		f.written(t, "192.0.2.1", 3)
		f.clean(t)
	})
	t.Run("several times", func(t *testing.T) {
		f := newFlaky(t)
		apply(t, f.Provider, put(f.served(t, "", 1), www("192.0.2.1")))
		f.stop(t)
		for i, address := range []string{"192.0.2.2", "192.0.2.3", "192.0.2.3", "192.0.2.4"} {
			f.fail(t, put(f.served(t, "192.0.2.1", 2), www(address)))
			f.written(t, address, uint32(3+i))
		}
		f.start(t)
		apply(t, f.Provider, put(f.served(t, "192.0.2.1", 2), www("192.0.2.4")))
		f.served(t, "192.0.2.4", 7)
		f.clean(t)
	})
	t.Run("for ever", func(t *testing.T) {
		// What is kept must not grow with each failure: its first line has to be readable.
		f := newFlaky(t)
		f.stop(t)
		var sizes []int
		for range 4 {
			f.fail(t, put(f.served(t, "", 1), www("192.0.2.1")))
			sizes = append(sizes, len(read(t, filepath.Join(f.directory, ".example.com.zone.served"))))
		}
		if sizes[1] != sizes[2] || sizes[2] != sizes[3] {
			t.Errorf("what is kept has %d octets", sizes)
		}
	})
	t.Run("and the next writer dies before it renames the file", func(t *testing.T) {
		f := newFlaky(t)
		f.stop(t)
		f.fail(t, put(f.served(t, "", 1), www("192.0.2.1")))
		first := read(t, f.file)
		f.fail(t, put(f.served(t, "", 1), www("192.0.2.2")))
		write(t, f.file, first)
		f.start(t)
		apply(t, f.Provider, put(f.served(t, "", 1), www("192.0.2.3")))
		f.served(t, "192.0.2.3", 4)
	})
	t.Run("and git goes back", func(t *testing.T) {
		// The plan is then empty, and right: the server has what git has. The file gets there with the next change.
		f := newFlaky(t)
		f.stop(t)
		f.fail(t, put(f.served(t, "", 1), www("192.0.2.1")))
		f.start(t)
		mail := zonefile.MustParseRRset("example.com. 300 MX", "0 .")
		apply(t, f.Provider, put(f.served(t, "", 1), mail))
		f.served(t, "", 3)
		f.written(t, "", 3)
	})
	t.Run("a batch from before", func(t *testing.T) {
		f := newFlaky(t)
		base := f.served(t, "", 1)
		f.stop(t)
		f.fail(t, put(base, www("192.0.2.1")))
		f.start(t)
		_, err := f.Apply(t.Context(), base.Zone.Origin(), put(base, www("192.0.2.2")))
		wants(t, err, providers.ErrConflict)
	})
	t.Run("a hand edit counts as served", func(t *testing.T) {
		f := newFlaky(t)
		f.stop(t)
		f.fail(t, put(f.served(t, "", 1), www("192.0.2.1")))
		f.start(t)
		write(t, f.file, strings.Replace(minimal, " 1 ", " 9 ", 1)+"www A 192.0.2.99\n")
		apply(t, f.Provider, put(f.served(t, "192.0.2.99", 9), www("192.0.2.4")))
		f.served(t, "192.0.2.4", 10)
		f.clean(t)
	})
	t.Run("of a new zone", func(t *testing.T) {
		f := newFlaky(t)
		if err := os.Remove(f.file); err != nil {
			t.Fatal(err)
		}
		f.stop(t)
		spec := providers.ZoneSpec{Origin: zonefile.MustParseName("example.com."), Apex: []zonefile.RRset{
			zonefile.MustParseRRset("example.com. 60 NS", "a.example."),
		}}
		for range 2 {
			wants(t, f.CreateZone(t.Context(), spec), providers.ErrPartial, "cannot reach the server")
			_, err := f.Fetch(t.Context(), spec.Origin)
			wants(t, err, providers.ErrNoZone, "has not loaded it")
		}
		f.start(t)
		if err := f.CreateZone(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
		f.served(t, "", 3)
		f.clean(t)
		wants(t, f.CreateZone(t.Context(), spec), providers.ErrConflict)
	})
	t.Run("and the command is taken out of the options", func(t *testing.T) {
		f := newFlaky(t)
		f.stop(t)
		f.fail(t, put(f.served(t, "", 1), www("192.0.2.1")))
		f.Provider = open(t, zonedir.Options{Directory: f.directory, Serial: zonedir.Increment})
		apply(t, f.Provider, put(f.served(t, "192.0.2.1", 2), www("192.0.2.2")))
		f.served(t, "192.0.2.2", 3)
		f.clean(t)
	})
	t.Run("to be noted as done", func(t *testing.T) {
		// Whatever goes wrong from the renaming on: nobody is to say that nothing was written.
		f := newFlaky(t)
		kept := filepath.Join(f.directory, ".example.com.zone.served")
		f.Provider = open(t, zonedir.Options{
			Directory: f.directory, Serial: zonedir.Increment, Reload: sh(`rm "$1" && mkdir -p "$1/in-the-way"`, kept),
		})
		batch := put(f.served(t, "", 1), www("192.0.2.1"))
		_, err := f.Apply(t.Context(), batch.Base.Zone.Origin(), batch)
		wants(t, err, providers.ErrPartial, f.file+" is written with serial 2", kept)
		f.written(t, "192.0.2.1", 2)
	})
	t.Run("and what is kept is damaged", func(t *testing.T) {
		f := newFlaky(t)
		f.stop(t)
		f.fail(t, put(f.served(t, "", 1), www("192.0.2.1")))
		write(t, filepath.Join(f.directory, ".example.com.zone.served"), "; not ours\n"+minimal)
		_, err := f.Fetch(t.Context(), zonefile.MustParseName("example.com."))
		wants(t, err, providers.ErrBlocked, ".example.com.zone.served", "remove it")
	})
}
