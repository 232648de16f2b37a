package memory_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// hiding returns a fake that can hide, with a zone that serves first and second.
func hiding(t *testing.T, preconditions providers.Preconditions) *memory.Provider {
	t.Helper()
	p := memory.New(memory.WithTraits(providers.Traits{Atomicity: providers.AtomicZone, Preconditions: preconditions, CanDisable: true}))
	z := zoneNamed(t, origin)
	for _, set := range []zonefile.RRset{first, second} {
		if err := z.Put(set); err != nil {
			t.Fatal(err)
		}
	}
	p.AddZone(z)
	return p
}

// apply carries out operations on what is live.
func apply(t *testing.T, p *memory.Provider, ops ...providers.Op) error {
	t.Helper()
	base, err := p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: ops})
	return err
}

func hide(set zonefile.RRset) providers.Op {
	return providers.Op{Verb: providers.Disable, Change: zonefile.Change{Old: &set}}
}

func purge(set zonefile.RRset) providers.Op {
	return providers.Op{Verb: providers.Purge, Change: zonefile.Change{Old: &set}}
}

func TestPurge(t *testing.T) {
	both, err := zonefile.NewRRset(first.Key, 300, []byte{192, 0, 2, 1}, []byte{192, 0, 2, 99})
	if err != nil {
		t.Fatal(err)
	}
	add := providers.Op{Verb: providers.Put, Change: zonefile.Change{New: &theirs}}
	for _, test := range []struct {
		name           string
		hidden         []zonefile.RRset // beside first, which was hidden by a batch
		ops            []providers.Op
		served, remain []string
	}{
		{"what was hidden", nil, []providers.Op{purge(first)}, []string{second.String()}, nil},
		{"what others have destroyed", nil, []providers.Op{purge(first), purge(theirs.WithName(second.Key.Name))}, []string{second.String()}, nil},
		{"one of two records", []zonefile.RRset{both}, []providers.Op{purge(first)}, []string{second.String()}, []string{theirs.String()}},
		{"what is served at its key stays", nil, []providers.Op{purge(first), add}, []string{theirs.String(), second.String()}, nil},
		{"with what is served at its key", nil, []providers.Op{purge(second)}, []string{second.String()}, []string{first.String()}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := hiding(t, providers.ComparesRRsets)
			if err := apply(t, p, hide(first)); err != nil {
				t.Fatal(err)
			}
			p.Hide(origin, test.hidden...)
			if err := apply(t, p, test.ops...); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(addresses(p.Served(origin)), test.served); d != "" {
				t.Errorf("served (-got +want):\n%s", d)
			}
			if d := cmp.Diff(addresses(p.Hidden(origin)), test.remain); d != "" {
				t.Errorf("hidden (-got +want):\n%s", d)
			}
		})
	}
	t.Run("by a provider that cannot hide", func(t *testing.T) {
		p, _ := begin(t)
		if err := apply(t, p, purge(first)); !errors.Is(err, providers.ErrUnsupported) {
			t.Errorf("error %v, want one that wraps ErrUnsupported", err)
		}
	})
	t.Run("without an Old", func(t *testing.T) {
		err := apply(t, hiding(t, 0), providers.Op{Verb: providers.Purge, Change: zonefile.Change{New: &first}})
		if !errors.Is(err, providers.ErrInvalid) {
			t.Errorf("error %v, want one that wraps ErrInvalid", err)
		}
	})
}

func TestHiddenCopiesOfOthers(t *testing.T) {
	p := hiding(t, 0)
	if err := apply(t, p, hide(first), hide(second)); err != nil {
		t.Fatal(err)
	}
	p.Hide(origin, first.WithTTL(60))
	if d := cmp.Diff(addresses(p.Hidden(origin)), []string{first.WithTTL(60).String(), second.String()}); d != "" {
		t.Errorf("after a change of a TTL (-got +want):\n%s", d)
	}
	p.DropHidden(origin, second.Key)
	if d := cmp.Diff(addresses(p.Hidden(origin)), []string{first.WithTTL(60).String()}); d != "" {
		t.Errorf("after one was destroyed (-got +want):\n%s", d)
	}
	enable := providers.Op{Verb: providers.Enable, Change: zonefile.Change{New: &second}}
	if err := apply(t, p, enable); !errors.Is(err, providers.ErrConflict) {
		t.Errorf("enabling what was destroyed: error %v, want one that wraps ErrConflict", err)
	}
	p.DropHidden(origin)
	if got := addresses(p.Hidden(origin)); got != nil {
		t.Errorf("after all were destroyed: %s", got)
	}
	if p.Hidden(zonefile.MustParseName("other.example.")) != nil {
		t.Error("a zone that is not there has hidden copies")
	}
}

func TestVersionsAreEqualIfAndOnlyIfNothingHasChanged(t *testing.T) {
	p := hiding(t, providers.ComparesZone)
	seen := map[string]string{}
	look := func(after string) {
		t.Helper()
		base, err := p.Fetch(t.Context(), origin)
		if err != nil {
			t.Fatal(err)
		}
		again, err := p.Fetch(t.Context(), origin)
		if err != nil || again.Version != base.Version {
			t.Errorf("after %s: Fetch has the version %q, and then %q, %v", after, base.Version, again.Version, err)
		}
		zones, err := p.Zones(t.Context())
		if err != nil || len(zones) != 1 || zones[0].Version != base.Version {
			t.Errorf("after %s: Fetch has the version %q, and Zones %v, %v", after, base.Version, zones, err)
		}
		if before, ok := seen[base.Version]; ok || base.Version == "" {
			t.Errorf("after %s the version is %q, as after %s", after, base.Version, before)
		}
		seen[base.Version] = after
	}
	look("the beginning")
	if err := apply(t, p, hide(first)); err != nil {
		t.Fatal(err)
	}
	look("a batch")
	p.Write(origin, zonefile.Change{New: &theirs})
	look("a write by others")
	p.DropHidden(origin)
	look("the loss of what was hidden")
	base, err := p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	p.SetForeign(origin, zonefile.MustParseRRset("server.example.com. 300 A", "192.0.2.200"))
	look("signing")
	if _, err := p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{hide(second)}}); err != nil {
		t.Errorf("what the server makes by itself is a conflict: %v", err)
	}
	look("another batch")
	p.AddZone(zoneNamed(t, origin))
	look("another zone in its place")
}
