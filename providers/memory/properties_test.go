package memory_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// withProperties has zones have properties: description, default_ttl, which is a number, and cidr, which reverse zones have from the start.
func withProperties() memory.Option {
	number := func(value string) (string, error) {
		n, err := strconv.Atoi(value)
		return strconv.Itoa(n), err
	}
	return memory.WithProperties(
		memory.Property{Name: providers.PropertyDescription},
		memory.Property{Name: providers.PropertyDefaultTTL, Initial: "3600", Normalize: number},
		memory.Property{Name: providers.PropertyCIDR, Kinds: []string{"reverse"}, Fixed: true},
	)
}

// configurable returns a fake whose zone has properties.
func configurable(t *testing.T) *memory.Provider {
	t.Helper()
	p := memory.New(withProperties())
	p.AddZone(zoneNamed(t, origin))
	return p
}

func TestNormalizeProperties(t *testing.T) {
	c := find[providers.ZoneConfigurer](t, configurable(t))
	for _, test := range []struct {
		name, kind string
		properties map[string]string
		want       map[string]string // nil for ErrUnsupported
	}{
		{"none", "", nil, map[string]string{}},
		{"as written otherwise", "", map[string]string{"default_ttl": "0300"}, map[string]string{"default_ttl": "300"}},
		{"of the kind", "reverse", map[string]string{"cidr": "192.0.2.0/24"}, map[string]string{"cidr": "192.0.2.0/24"}},
		{"of another kind", "", map[string]string{"cidr": "192.0.2.0/24"}, nil},
		{"unknown", "", map[string]string{"color": "green"}, nil},
		{"bad value", "", map[string]string{"default_ttl": "an hour", "description": "good"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := c.NormalizeProperties(origin, test.kind, test.properties)
			if errors.Is(err, providers.ErrUnsupported) != (test.want == nil) || !cmp.Equal(got, test.want) {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func TestConfigure(t *testing.T) {
	initial := map[string]string{"description": "", "default_ttl": "3600"}
	both := map[string]string{"description": "ours", "default_ttl": "0300"}
	nothing := func(*memory.Provider) {}
	fault := func(f memory.Fault) func(*memory.Provider) {
		return func(p *memory.Provider) { p.Inject(providers.OperationConfigure, f) }
	}
	for _, test := range []struct {
		name      string
		meanwhile func(*memory.Provider)
		set       map[string]string
		err       error
		want      map[string]string
	}{
		{"two", nothing, both, nil, map[string]string{"description": "ours", "default_ttl": "300"}},
		{"nothing", nothing, nil, nil, initial},
		{"unknown", nothing, map[string]string{"color": "green"}, providers.ErrUnsupported, initial},
		{
			"another has changed", func(p *memory.Provider) { p.SetProperties(origin, map[string]string{"default_ttl": "60"}) },
			map[string]string{"description": "ours"},
			nil,
			map[string]string{"description": "ours", "default_ttl": "60"},
		},
		{
			"it has changed", func(p *memory.Provider) { p.SetProperties(origin, map[string]string{"default_ttl": "60"}) },
			both, providers.ErrConflict,
			map[string]string{"description": "", "default_ttl": "60"},
		},
		{
			"records have changed", func(p *memory.Provider) { p.Write(origin, zonefile.Change{New: &first}) },
			map[string]string{"description": "ours"},
			nil,
			map[string]string{"description": "ours", "default_ttl": "3600"},
		},
		{"server down", fault(memory.Fault{Err: errDown}), both, errDown, initial},
		{"answer lost", fault(memory.Fault{Err: errDown, Written: memory.All}), both, errDown, map[string]string{"description": "ours", "default_ttl": "300"}},
		{"in part", fault(memory.Fault{Err: providers.ErrPartial, Written: 1}), both, providers.ErrPartial, map[string]string{"description": "", "default_ttl": "300"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := configurable(t)
			base, err := p.Fetch(t.Context(), origin)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(base.Traits.Properties, []string{"description", "default_ttl"}); d != "" {
				t.Errorf("the traits (-got +want):\n%s", d)
			}
			test.meanwhile(p)
			if err := find[providers.ZoneConfigurer](t, p).Configure(t.Context(), base, test.set); !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			after, err := p.Fetch(t.Context(), origin)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(after.Properties, test.want); d != "" {
				t.Errorf("properties (-got +want):\n%s", d)
			}
			if !cmp.Equal(base.Properties, initial) {
				t.Error("a snapshot changed after it was returned")
			}
			if changed := !cmp.Equal(after.Properties, initial); changed && base.Version == after.Version {
				t.Errorf("the version stays %s", base.Version)
			}
		})
	}
}

func TestPropertiesAtCreation(t *testing.T) {
	p := configurable(t)
	reverse := zonefile.MustParseName("2.0.192.in-addr.arpa.")
	spec := providers.ZoneSpec{Origin: reverse, Kind: "reverse", Properties: map[string]string{"cidr": "192.0.2.0/24"}}
	create := func(want map[string]string) *providers.Snapshot {
		t.Helper()
		base, err := p.Fetch(t.Context(), reverse)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(base.Properties, want); d != "" {
			t.Errorf("properties (-got +want):\n%s", d)
		}
		return base
	}
	p.Inject(providers.OperationCreateZone, memory.Fault{Err: providers.ErrPartial, Written: memory.All})
	if err := p.CreateZone(t.Context(), spec); !errors.Is(err, providers.ErrPartial) {
		t.Errorf("error %v, want one that wraps ErrPartial", err)
	}
	create(map[string]string{"cidr": "", "description": "", "default_ttl": "3600"})
	p.DropZone(reverse)
	if err := p.CreateZone(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	base := create(map[string]string{"cidr": "192.0.2.0/24", "description": "", "default_ttl": "3600"})
	fixed := map[string]string{"cidr": "192.0.2.0/25"}
	if err := find[providers.ZoneConfigurer](t, p).Configure(t.Context(), base, fixed); !errors.Is(err, providers.ErrUnsupported) {
		t.Errorf("setting what is fixed: error %v, want one that wraps ErrUnsupported", err)
	}
	p.SetProperties(reverse, fixed)
	if err := p.RemoveZone(t.Context(), base); !errors.Is(err, providers.ErrConflict) {
		t.Errorf("removing a zone with other properties: error %v, want one that wraps ErrConflict", err)
	}
	spec.Origin, spec.Kind = zonefile.MustParseName("new.example."), ""
	if err := p.CreateZone(t.Context(), spec); !errors.Is(err, providers.ErrUnsupported) || p.Served(spec.Origin) != nil {
		t.Errorf("creating a zone with a property that it cannot have: error %v, want one that wraps ErrUnsupported", err)
	}
}

func TestSigning(t *testing.T) {
	p := memory.New(memory.Signing())
	p.AddZone(zoneNamed(t, origin))
	for _, step := range []struct {
		name string
		set  map[string]string
		err  error
		want providers.Signing // without the DS
		ds   string
	}{
		{"as it begins", nil, nil, providers.Signing{Status: "disabled"}, "unpublished"},
		{"published before it is signed", map[string]string{"ds": "published"}, providers.ErrInvalid, providers.Signing{Status: "disabled"}, "unpublished"},
		{"unknown algorithm", map[string]string{"dnssec": "13"}, providers.ErrUnsupported, providers.Signing{Status: "disabled"}, "unpublished"},
		{"signed", map[string]string{"dnssec": "ECDSAP256SHA256"}, nil, providers.Signing{Signed: true, Status: "pending_ds", Algorithm: 13}, "unpublished"},
		{"published", map[string]string{"ds": "published"}, nil, providers.Signing{Signed: true, Status: "active", Algorithm: 13}, "published"},
		{"another key", map[string]string{"dnssec": "ED25519"}, nil, providers.Signing{Signed: true, Status: "pending_ds", Algorithm: 15}, "unpublished"},
		{"not signed any more", map[string]string{"dnssec": "off"}, nil, providers.Signing{Status: "disabled"}, "unpublished"},
	} {
		t.Run(step.name, func(t *testing.T) {
			base, err := p.Fetch(t.Context(), origin)
			if err != nil {
				t.Fatal(err)
			}
			if err := find[providers.ZoneConfigurer](t, p).Configure(t.Context(), base, step.set); !errors.Is(err, step.err) || (err == nil) != (step.err == nil) {
				t.Errorf("error %v, want %v", err, step.err)
			}
			got, err := find[providers.Signer](t, p).Signing(t.Context(), origin)
			if err != nil || got.DS.IsZero() == step.want.Signed {
				t.Errorf("Signing: DS %s, error %v", got.DS, err)
			}
			got.DS = zonefile.RRset{}
			after, err := p.Fetch(t.Context(), origin)
			if err != nil || got != step.want || after.Properties["ds"] != step.ds {
				t.Errorf("got %+v and the DS %s, %v; want %+v and %s", got, after.Properties["ds"], err, step.want, step.ds)
			}
			_, _, err = p.ZoneSettings(t.Context(), origin)
			if errors.Is(err, providers.ErrBlocked) != got.Signed {
				t.Errorf("ZoneSettings of a zone that is signed, %t: error %v", got.Signed, err)
			}
		})
	}
}
