package zonedir_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/zonedir"
	"github.com/zoneward/zoneward/zonefile"
)

// example is a directory with one zone.
type example struct {
	directory, file string
}

func newExample(t testing.TB) example {
	t.Helper()
	d := t.TempDir()
	e := example{d, filepath.Join(d, "example.com.zone")}
	write(t, e.file, minimal)
	return e
}

// untouched checks that the zone's file has that text, and that nothing else is in the directory.
func (e example) untouched(t testing.TB, text string) {
	t.Helper()
	if got := read(t, e.file); got != text {
		t.Errorf("the file was changed:\n%s", got)
	}
	if got := names(t, e.directory); len(got) != 1 {
		t.Errorf("the directory has %q, want only the zone's file", got)
	}
}

// refuse checks that the batch is refused with an error of that kind and nothing is written.
func (e example) refuse(t testing.TB, p *zonedir.Provider, batch providers.Batch, kind error, says ...string) {
	t.Helper()
	before := read(t, e.file)
	result, err := p.Apply(t.Context(), batch.Base.Zone.Origin(), batch)
	wants(t, err, kind, says...)
	if result.Serial != 0 || result.Applied != nil {
		t.Errorf("the result is %v, want none", result)
	}
	e.untouched(t, before)
}

func TestCreateZone(t *testing.T) {
	name := zonefile.MustParseName
	for _, test := range []struct {
		name    string
		options zonedir.Options
		apex    []zonefile.RRset
		want    []string
	}{
		{
			"of the options",
			zonedir.Options{
				NameServers: []zonefile.Name{name("ns2.example."), name("ns1.example.")}, NameServerTTL: 7200,
				SOA: zonedir.SOA{MName: name("primary.example."), RName: name("dns.example."), Refresh: 1, Retry: 2, Expire: 3, Minimum: 4, TTL: 5},
			},
			nil,
			[]string{
				"example.com. 7200 IN NS ns1.example.\nexample.com. 7200 IN NS ns2.example.",
				"example.com. 5 IN SOA primary.example. dns.example. 2026112101 1 2 3 4",
			},
		},
		{
			"of the name servers alone",
			zonedir.Options{NameServers: []zonefile.Name{name("ns2.example."), name("ns1.example.")}},
			nil,
			[]string{
				"example.com. 3600 IN NS ns1.example.\nexample.com. 3600 IN NS ns2.example.",
				"example.com. 3600 IN SOA ns2.example. hostmaster.example.com. 2026112101 3600 900 1209600 300",
			},
		},
		{
			"of the NS that are stated",
			zonedir.Options{NameServers: []zonefile.Name{name("ns9.example.")}},
			[]zonefile.RRset{zonefile.MustParseRRset("example.com. 60 NS", "b.example.", "a.example.")},
			[]string{
				"example.com. 60 IN NS a.example.\nexample.com. 60 IN NS b.example.",
				"example.com. 3600 IN SOA a.example. hostmaster.example.com. 2026112101 3600 900 1209600 300",
			},
		},
		{
			"as stated",
			zonedir.Options{NameServers: []zonefile.Name{name("ns9.example.")}, SOA: zonedir.SOA{MName: name("x.example."), TTL: 9}},
			[]zonefile.RRset{
				zonefile.MustParseRRset("example.com. 60 NS", "a.example."),
				zonefile.MustParseRRset("example.com. 61 SOA", "m.example. r.example. 1 5 6 7 8"),
			},
			[]string{
				"example.com. 60 IN NS a.example.",
				"example.com. 61 IN SOA m.example. r.example. 2026112101 5 6 7 8",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.options.Directory = filepath.Join(t.TempDir(), "not", "there")
			test.options.Now = noon
			p := open(t, test.options)
			if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: name("example.com."), Apex: test.apex, Kind: "Native"}); err != nil {
				t.Fatal(err)
			}
			var got []string
			for set := range fetch(t, p, "example.com.").Zone.All() {
				got = append(got, set.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the new zone (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"example.com.zone"}, names(t, test.options.Directory)); diff != "" {
				t.Errorf("the directory (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCreateZoneRefuses(t *testing.T) {
	origin := zonefile.MustParseName("example.com.")
	ns := zonefile.MustParseRRset("example.com. 60 NS", "a.example.")
	for name, test := range map[string]struct {
		spec providers.ZoneSpec
		kind error
		says []string
	}{
		"no NS":           {providers.ZoneSpec{Origin: origin}, providers.ErrInvalid, []string{"NS", "set nameservers at the provider"}},
		"other data":      {providers.ZoneSpec{Origin: origin, Apex: []zonefile.RRset{ns, address}}, providers.ErrInvalid, []string{"www.example.com. A"}},
		"NS twice":        {providers.ZoneSpec{Origin: origin, Apex: []zonefile.RRset{ns, ns}}, providers.ErrInvalid, []string{"twice"}},
		"no origin":       {providers.ZoneSpec{}, providers.ErrInvalid, nil},
		"too long a name": {providers.ZoneSpec{Origin: long(t), Apex: []zonefile.RRset{ns.WithName(long(t))}}, providers.ErrUnsupported, []string{"too long"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := t.TempDir()
			p := open(t, zonedir.Options{Directory: filepath.Join(d, "new")})
			wants(t, p.CreateZone(t.Context(), test.spec), test.kind, test.says...)
			if got := names(t, d); len(got) > 0 {
				t.Errorf("%q was made", got)
			}
		})
	}
	t.Run("it is there", func(t *testing.T) {
		e := newExample(t)
		p := open(t, zonedir.Options{Directory: e.directory})
		err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin, Apex: []zonefile.RRset{ns}})
		wants(t, err, providers.ErrConflict, e.file)
		e.untouched(t, minimal)
	})
}

// long returns a name that is good for a zone, and too long for a file.
func long(t testing.TB) zonefile.Name {
	t.Helper()
	return zonefile.MustParseName(strings.Repeat(strings.Repeat("a", 60)+".", 4))
}

// TestCompletes shows that a file that somebody made without SOA and NS becomes one that servers load.
func TestCompletes(t *testing.T) {
	e := newExample(t)
	write(t, e.file, "$TTL 300\nold A 192.0.2.7\n")
	e.refuse(t, open(t, zonedir.Options{Directory: e.directory}), put(fetch(t, open(t, zonedir.Options{Directory: e.directory}), "example.com."), address),
		providers.ErrInvalid, "set nameservers at the provider")
	p := open(t, zonedir.Options{Directory: e.directory, Now: noon, NameServers: []zonefile.Name{zonefile.MustParseName("ns.invalid.")}})
	apply(t, p, put(fetch(t, p, "example.com."), address))
	after := fetch(t, p, "example.com.")
	if after.Serial != 2026112101 || after.Zone.Len() != 4 {
		t.Errorf("serial %d, want 2026112101; %d RRsets, want 4:\n%s", after.Serial, after.Zone.Len(), read(t, e.file))
	}
}

func TestHandEdit(t *testing.T) {
	for name, edit := range map[string]string{
		"another record":         minimal + "theirs A 192.0.2.1\n",
		"a comment":              minimal + "; see ticket 4711\n",
		"broken":                 minimal + "theirs A\n",
		"another record's TTL":   strings.Replace(minimal, "@ IN NS", "@ 9 IN NS", 1),
		"the serial, downwards":  strings.Replace(minimal, " 1 ", " 0 ", 1),
		"the same in other form": strings.ToUpper(minimal),
	} {
		t.Run(name, func(t *testing.T) {
			e := newExample(t)
			p := open(t, zonedir.Options{Directory: e.directory})
			batch := put(fetch(t, p, "example.com."), address)
			write(t, e.file, edit)
			e.refuse(t, p, batch, providers.ErrConflict, e.file)
		})
	}
	t.Run("removed", func(t *testing.T) {
		e := newExample(t)
		p := open(t, zonedir.Options{Directory: e.directory})
		batch := put(fetch(t, p, "example.com."), address)
		if err := os.Remove(e.file); err != nil {
			t.Fatal(err)
		}
		_, err := p.Apply(t.Context(), batch.Base.Zone.Origin(), batch)
		wants(t, err, providers.ErrNoZone)
		if got := names(t, e.directory); len(got) > 0 {
			t.Errorf("the directory has %q", got)
		}
	})
}

func TestApplyRefuses(t *testing.T) {
	e := newExample(t)
	p := open(t, zonedir.Options{Directory: e.directory})
	base := fetch(t, p, "example.com.")
	soa, ns := get(t, base.Zone, "example.com. SOA"), get(t, base.Zone, "example.com. NS")
	alias, err := zonefile.NewRRset(zonefile.Key{Name: base.Zone.Origin(), Type: zonefile.TypeALIAS}, 300, []byte("\x01a\x00"))
	if err != nil {
		t.Fatal(err)
	}
	other := address.WithTTL(9)
	op := func(v providers.Verb, from, to *zonefile.RRset) []providers.Op {
		return []providers.Op{{Verb: v, Change: zonefile.Change{Old: from, New: to}}}
	}
	for name, test := range map[string]struct {
		ops  []providers.Op
		kind error
	}{
		"delete the SOA":            {op(providers.Delete, &soa, nil), providers.ErrUnsupported},
		"delete the NS":             {op(providers.Delete, &ns, nil), providers.ErrUnsupported},
		"disable":                   {op(providers.Disable, &ns, nil), providers.ErrUnsupported},
		"enable":                    {op(providers.Enable, nil, &address), providers.ErrUnsupported},
		"ALIAS":                     {op(providers.Put, nil, &alias), providers.ErrUnsupported},
		"not a verb":                {op(0, nil, &address), providers.ErrInvalid},
		"nothing":                   {op(providers.Put, nil, nil), providers.ErrInvalid},
		"delete without an Old":     {op(providers.Delete, nil, &address), providers.ErrInvalid},
		"put without a New":         {op(providers.Put, &address, nil), providers.ErrInvalid},
		"twice":                     {append(op(providers.Put, nil, &address), op(providers.Put, nil, &other)...), providers.ErrInvalid},
		"delete what is not there":  {op(providers.Delete, &address, nil), providers.ErrConflict},
		"create what is there":      {op(providers.Put, nil, &ns), providers.ErrConflict},
		"CNAME at the apex":         {op(providers.Put, nil, new(zonefile.MustParseRRset("example.com. 300 CNAME", "a.invalid."))), providers.ErrInvalid},
		"SOA elsewhere":             {op(providers.Put, nil, new(soa.WithName(address.Key.Name))), providers.ErrInvalid},
		"outside":                   {op(providers.Put, nil, new(address.WithName(zonefile.MustParseName("example.org.")))), providers.ErrInvalid},
		"put over another's values": {op(providers.Put, new(ns.WithTTL(1)), &ns), providers.ErrConflict},
	} {
		t.Run(name, func(t *testing.T) {
			e.refuse(t, p, providers.Batch{Base: base, Ops: test.ops}, test.kind)
		})
	}
	t.Run("base of another zone", func(t *testing.T) {
		_, err := p.Apply(t.Context(), zonefile.MustParseName("example.org."), put(base, address))
		wants(t, err, providers.ErrInvalid)
	})
}

// TestLeftovers shows that what a writer left who died is ignored, and gone after the next one.
func TestLeftovers(t *testing.T) {
	e := newExample(t)
	for _, name := range []string{".example.com.zone.new", ".example.com.zone.lock", ".example.com.zone.served.new"} {
		write(t, filepath.Join(e.directory, name), "half a rec")
	}
	p := open(t, zonedir.Options{Directory: e.directory})
	if zones, err := p.Zones(t.Context()); err != nil || len(zones) != 1 {
		t.Errorf("Zones: %v, %v, want one", zones, err)
	}
	apply(t, p, put(fetch(t, p, "example.com."), address))
	if diff := cmp.Diff([]string{"example.com.zone"}, names(t, e.directory)); diff != "" {
		t.Errorf("the directory (-want +got):\n%s", diff)
	}
	if !fetch(t, p, "example.com.").Zone.Has(address.Key) {
		t.Error("the zone was not written")
	}
}

func TestLinks(t *testing.T) {
	t.Run("the directory may be one", func(t *testing.T) {
		e := newExample(t)
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(e.directory, link); err != nil {
			t.Fatal(err)
		}
		p := open(t, zonedir.Options{Directory: link})
		apply(t, p, put(fetch(t, p, "example.com."), address))
		if !strings.Contains(read(t, e.file), "www") {
			t.Error("the zone was not written")
		}
	})
	t.Run("a file may not", func(t *testing.T) {
		e := newExample(t)
		target := filepath.Join(t.TempDir(), "elsewhere.zone")
		if err := os.Rename(e.file, target); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, e.file); err != nil {
			t.Fatal(err)
		}
		p := open(t, zonedir.Options{Directory: e.directory})
		origin := zonefile.MustParseName("example.com.")
		_, err := p.Fetch(t.Context(), origin)
		wants(t, err, providers.ErrBlocked, "symbolic link")
		e.refuse(t, p, put(&providers.Snapshot{Zone: zonefile.NewZone(origin)}, address), providers.ErrBlocked, "symbolic link")
		wants(t, p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin, Apex: []zonefile.RRset{
			zonefile.MustParseRRset("example.com. 60 NS", "a.example."),
		}}), providers.ErrBlocked, "symbolic link")
		if read(t, target) != minimal {
			t.Error("what the link points to was changed")
		}
	})
	t.Run("nor a directory", func(t *testing.T) {
		d := t.TempDir()
		if err := os.Mkdir(filepath.Join(d, "example.com.zone"), 0o755); err != nil {
			t.Fatal(err)
		}
		_, err := open(t, zonedir.Options{Directory: d}).Fetch(t.Context(), zonefile.MustParseName("example.com."))
		wants(t, err, providers.ErrBlocked, "not a file")
	})
}

// TestManyWriters lets several write from one base at the same time: one succeeds, the others see that they are late.
func TestManyWriters(t *testing.T) {
	e := newExample(t)
	p := open(t, zonedir.Options{Directory: e.directory, Check: []string{"true"}, Reload: []string{"true"}})
	for range 5 {
		base := fetch(t, p, "example.com.")
		var wg sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			wg.Go(func() {
				set := zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2."+string('1'+rune(i)))
				_, errs[i] = p.Apply(context.WithoutCancel(t.Context()), base.Zone.Origin(), put(base, set))
			})
		}
		wg.Wait()
		good := 0
		for _, err := range errs {
			switch {
			case err == nil:
				good++
			case !errors.Is(err, providers.ErrConflict):
				t.Errorf("error %v, want one that wraps ErrConflict", err)
			}
		}
		if good != 1 {
			t.Errorf("%d of %d writers succeeded, want 1", good, len(errs))
		}
		if got := fetch(t, p, "example.com.").Serial; !zonefile.SerialAfter(got, base.Serial) {
			t.Errorf("serial %d after %d", got, base.Serial)
		}
	}
	if diff := cmp.Diff([]string{"example.com.zone"}, names(t, e.directory)); diff != "" {
		t.Errorf("the directory (-want +got):\n%s", diff)
	}
}
