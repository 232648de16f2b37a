package zonedir_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/zonedir"
	"github.com/zoneward/zoneward/zonefile"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Fixture { return fixture(t, zonedir.Options{Directory: t.TempDir()}) })
}

// TestConformanceWithCommands is the suite once more, with all that is done for a server that is told to reload.
func TestConformanceWithCommands(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Fixture {
		f := fixture(t, zonedir.Options{
			Directory: t.TempDir(),
			Check:     []string{"sh", "-c", `! grep -q "refuse me" "$1"`, "sh", "{file}"},
			Reload:    []string{"true"},
			Remove:    []string{"true"},
		})
		f.Refused = zonefile.MustParseRRset("refused.example.com. 300 TXT", `"refuse me"`)
		return f
	})
}

// fixture returns a zone in an empty directory, for the suite.
func fixture(t *testing.T, o zonedir.Options) providertest.Fixture {
	t.Helper()
	origin := zonefile.MustParseName("example.com.")
	file := filepath.Join(o.Directory, "example.com.zone")
	write(t, file, minimal)
	return providertest.Fixture{
		Provider: open(t, o),
		Origin:   origin,
		NewZone:  zonefile.MustParseName("new.example."),
		Write: func(t testing.TB, changes []zonefile.Change) {
			z := parse(t, file, origin).With(changes)
			soa, err := zonefile.ParseSOA(get(t, z, "example.com. SOA"))
			if err != nil {
				t.Fatal(err)
			}
			soa.Serial = zonefile.NextSerial(soa.Serial, 0)
			if err := z.Put(soa.RRset(origin, 300)); err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			if err := zonefile.FormatBIND(&text, z, zonefile.FormatOptions{}); err != nil {
				t.Fatal(err)
			}
			write(t, file, text.String())
		},
	}
}

// minimal is the smallest zone that the servers load.
const minimal = `$TTL 300
@ IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 604800 300
@ IN NS ns.invalid.
`

func open(t testing.TB, o zonedir.Options) *zonedir.Provider {
	t.Helper()
	p, err := zonedir.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// parse reads a zone's file without the provider.
func parse(t testing.TB, file string, origin zonefile.Name) *zonefile.Zone {
	t.Helper()
	f, err := zonefile.ParseBIND(os.DirFS(filepath.Dir(file)), filepath.Base(file), zonefile.BINDOptions{Origin: origin})
	if err == nil {
		err = f.Err()
	}
	if err != nil {
		t.Fatal(err)
	}
	return f.Zone
}

// get returns the RRset of "NAME TYPE", which has to be there.
func get(t testing.TB, z *zonefile.Zone, key string) zonefile.RRset {
	t.Helper()
	name, typ, _ := strings.Cut(key, " ")
	set, ok := z.Get(zonefile.Key{Name: zonefile.MustParseName(name), Type: zonefile.MustParseType(typ)})
	if !ok {
		t.Fatalf("the zone has no %s", key)
	}
	return set
}

// fetch returns a zone that has to be there.
func fetch(t testing.TB, p *zonedir.Provider, origin string) *providers.Snapshot {
	t.Helper()
	s, err := p.Fetch(t.Context(), zonefile.MustParseName(origin))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// put returns a batch that puts sets.
func put(base *providers.Snapshot, sets ...zonefile.RRset) providers.Batch {
	var changes []zonefile.Change
	for _, set := range sets {
		c := zonefile.Change{New: &set}
		if old, ok := base.Zone.Get(set.Key); ok {
			c.Old = &old
		}
		changes = append(changes, c)
	}
	return providers.NewBatch(base, changes)
}

// apply carries out a batch that has to succeed.
func apply(t testing.TB, p *zonedir.Provider, batch providers.Batch) providers.Result {
	t.Helper()
	r, err := p.Apply(t.Context(), batch.Base.Zone.Origin(), batch)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// names returns the names of the files in a directory.
func names(t testing.TB, directory string) []string {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// wants checks that an error is of a kind, or has no kind if that is nil, and that it says something.
func wants(t testing.TB, err, kind error, says ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, k := range []error{
		providers.ErrNoZone, providers.ErrConflict, providers.ErrInvalid, providers.ErrUnsupported, providers.ErrAuth,
		providers.ErrBlocked, providers.ErrPartial,
	} {
		if errors.Is(err, k) != errors.Is(kind, k) {
			t.Errorf("errors.Is %q: %v, want the kind %v: %v", k, errors.Is(err, k), kind, err)
		}
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("the error does not say %q: %v", s, err)
		}
	}
}

var address = zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1")

func TestNew(t *testing.T) {
	for name, test := range map[string]struct {
		options zonedir.Options
		says    string
	}{
		"no directory":        {zonedir.Options{}, "no directory"},
		"no such serial mode": {zonedir.Options{Directory: "d", Serial: 3}, "serial mode 3"},
		"check without one":   {zonedir.Options{Directory: "d", Check: []string{"", "x"}}, "check: the first item has to be a program"},
		"reload without one":  {zonedir.Options{Directory: "d", Reload: []string{""}}, "reload: the first item has to be a program"},
		"remove without one":  {zonedir.Options{Directory: "d", Remove: []string{""}}, "remove: the first item has to be a program"},
		"zero name":           {zonedir.Options{Directory: "d", NameServers: make([]zonefile.Name, 1)}, "without a name"},
		"negative timeout":    {zonedir.Options{Directory: "d", CommandTimeout: -1}, "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := zonedir.New(test.options)
			wants(t, err, nil, test.says)
		})
	}
}

func TestZones(t *testing.T) {
	d := t.TempDir()
	for _, name := range []string{
		"example.com.zone", "a.example.zone", "0_25.2.0.192.in-addr.arpa.zone", "@.zone", "_tcp.example.zone", "a%2Eb.example.zone",
		// Not where Fetch would look, or not zones.
		"EXAMPLE.org.zone", ".example.com.zone.new", ".example.com.zone.lock", "example.com.zone~", "example.com", "example.net.yaml", "a..b.zone",
	} {
		write(t, filepath.Join(d, name), minimal)
	}
	if err := os.Mkdir(filepath.Join(d, "folder.example.zone"), 0o755); err != nil {
		t.Fatal(err)
	}
	p := open(t, zonedir.Options{Directory: d})
	zones, err := p.Zones(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, z := range zones {
		got = append(got, z.Origin.String())
		if z.Kind != providers.Primary {
			t.Errorf("%s has the kind %d, want primary", z.Origin, z.Kind)
		}
		fetch(t, p, z.Origin.String())
	}
	want := []string{".", "0/25.2.0.192.in-addr.arpa.", "example.com.", "a.example.", `a\.b.example.`, "_tcp.example."}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Zones (-want +got):\n%s", diff)
	}
}

func TestNoDirectory(t *testing.T) {
	p := open(t, zonedir.Options{Directory: filepath.Join(t.TempDir(), "no", "such")})
	if zones, err := p.Zones(t.Context()); err != nil || len(zones) > 0 {
		t.Errorf("Zones: %v, %v, want none and no error", zones, err)
	}
	origin := zonefile.MustParseName("example.com.")
	_, err := p.Fetch(t.Context(), origin)
	wants(t, err, providers.ErrNoZone)
	base := &providers.Snapshot{Zone: zonefile.NewZone(origin)}
	_, err = p.Apply(t.Context(), origin, put(base, address))
	wants(t, err, providers.ErrNoZone)
}

func TestFetchRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		says []string
	}{
		"bad record":       {minimal + "www A 192.0.2.1\nwww A 192.0.2.300\nx MX\n", []string{"example.com.zone:5", "example.com.zone:6"}},
		"CNAME and others": {minimal + "www A 192.0.2.1\nwww CNAME x\n", []string{"example.com.zone:5"}},
		"outside":          {minimal + "www.example.org. A 192.0.2.1\n", []string{"example.com.zone:4"}},
		"cut off":          {minimal + "www TXT (\"a\"\n", []string{"example.com.zone:4"}},
		"another zone's":   {"$ORIGIN example.org.\n" + minimal, []string{"example.com.zone:3"}},
		"$INCLUDE":         {minimal + "$INCLUDE other.zone\n", []string{"other.zone", "$INCLUDE", "put all records into it"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := t.TempDir()
			file := filepath.Join(d, "example.com.zone")
			write(t, file, test.text)
			write(t, filepath.Join(d, "other.zone"), "a A 192.0.2.1\n")
			p := open(t, zonedir.Options{Directory: d})
			_, err := p.Fetch(t.Context(), zonefile.MustParseName("example.com."))
			wants(t, err, providers.ErrBlocked, append(test.says, d)...)
		})
	}
}

func TestNormalizeRefuses(t *testing.T) {
	p := open(t, zonedir.Options{Directory: "d"})
	for _, typ := range []zonefile.Type{zonefile.TypeALIAS, zonefile.TypeLUA} {
		set, err := zonefile.NewRRset(zonefile.Key{Name: zonefile.MustParseName("example.com."), Type: typ}, 300, []byte("\x01a\x00"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Normalize(set)
		wants(t, err, providers.ErrUnsupported, typ.String())
	}
}

func TestKeepsWhatItDoesNotKnow(t *testing.T) {
	d := t.TempDir()
	file := filepath.Join(d, "example.com.zone")
	write(t, file, `$TTL 300
@ IN SOA ns.invalid. hostmaster.invalid. 7 3601 602 604803 304
@ IN NS ns.invalid.
@ DNSKEY 257 3 13 AAAA
@ RRSIG SOA 13 2 300 20300101000000 20200101000000 12345 example.com. AAAA
@ TYPE65534 \# 5 0dabcd0001
new TYPE65280 \# 3 010203
$GENERATE 1-3 host$ A 192.0.2.$
`)
	p := open(t, zonedir.Options{Directory: d, Serial: zonedir.Increment})
	base := fetch(t, p, "example.com.")
	before := base.Zone.Clone()
	apply(t, p, put(base, address))
	after := fetch(t, p, "example.com.").Zone
	var changed []string
	for c := range zonefile.Diff(before, after) {
		changed = append(changed, fmt.Sprint(c.New))
	}
	want := []string{
		"example.com. 300 IN SOA ns.invalid. hostmaster.invalid. 8 3601 602 604803 304",
		"www.example.com. 300 IN A 192.0.2.1",
	}
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Errorf("what changed (-want +got):\n%s", diff)
	}
	if text := read(t, file); !strings.HasPrefix(text, "; zoneward writes this file") {
		t.Errorf("the file does not begin with a comment about itself:\n%s", text)
	}
}
