package providertest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testRead checks what can be asked without writing, and what a batch that writes nothing does.
func testRead(t *testing.T, s *subject) {
	t.Run("zone of the fixture", func(t *testing.T) {
		z := s.fetch(t).Zone
		if !z.Has(s.ns()) {
			t.Error("the zone has no NS at its apex")
		}
		if !z.Has(s.soa()) {
			t.Log("the provider does not show the SOA")
		}
	})
	t.Run("listed", func(t *testing.T) { s.listed(t, s.Origin, providers.Primary, s.fetch(t).Serial) })
	t.Run("batch without operations", func(t *testing.T) {
		s.apply(t, providers.NewBatch(s.fetch(t), nil))
	})
	t.Run("what others write is seen", func(t *testing.T) {
		base := s.become(t, nil)
		theirs := s.set(t, "theirs 300 A 192.0.2.9")
		s.elsewhere(t, zonefile.Change{New: &theirs})
		if got, ok := s.fetch(t).Zone.Get(theirs.Key); !ok || got != theirs {
			t.Errorf("got %q, want %q", got, theirs)
		}
		if base.Zone.Has(theirs.Key) {
			t.Error("a snapshot changed after it was returned")
		}
	})
	t.Run("at the same time", s.testParallel)
	t.Run("no such zone", func(t *testing.T) {
		s.testForbidden(t, zonefile.MustParseName("not-served-here.invalid."), providers.ErrNoZone, s.NoZone)
	})
	t.Run("secondary zone", func(t *testing.T) {
		if s.Secondary.IsZero() {
			t.Log("not tested: the fixture has no secondary zone")
			return
		}
		s.testForbidden(t, s.Secondary, providers.ErrBlocked, nil)
		s.listed(t, s.Secondary, providers.Secondary, 0)
	})
}

// listed checks that a zone is in the list, if there is one. A serial of 0 is not looked at.
func (s *subject) listed(t *testing.T, origin zonefile.Name, kind providers.ZoneKind, serial uint32) {
	t.Helper()
	zones, err := s.Provider.Zones(timeout(t))
	if errors.Is(err, providers.ErrUnsupported) {
		t.Log("the provider cannot list its zones")
		return
	}
	if err != nil {
		t.Fatalf("Zones: %v", err)
	}
	named := slices.DeleteFunc(zones, func(z providers.ZoneInfo) bool { return z.Origin != origin })
	if len(named) != 1 {
		t.Fatalf("Zones has %s %d times, want once", origin, len(named))
	}
	if named[0].Kind != kind {
		t.Errorf("Zones has %s with the kind %d, want %d", origin, named[0].Kind, kind)
	}
	if got := named[0].Serial; got != 0 && serial != 0 && got != serial {
		t.Errorf("Zones has %s with the serial %d, and Fetch %d", origin, got, serial)
	}
}

// testForbidden checks that a zone can be neither fetched nor written, with an error that wraps want or, if it is not nil, also.
func (s *subject) testForbidden(t *testing.T, origin zonefile.Name, want, also error) {
	t.Helper()
	check := func(call string, err error) {
		t.Helper()
		if !errors.Is(err, want) && (also == nil || !errors.Is(err, also)) {
			t.Errorf("%s: error %v, want one that wraps %q", call, err, want)
		}
	}
	_, err := s.Provider.Fetch(timeout(t), origin)
	check("Fetch", err)

	// What a plan would hold that was made while the zone could be written.
	base := *s.fetch(t)
	base.Foreign, base.Disabled = nil, nil
	base.Zone = zonefile.NewZone(origin)
	for set := range s.fetch(t).Zone.At(s.Origin) {
		if err := base.Zone.Put(set.WithName(origin)); err != nil {
			t.Fatal(err)
		}
	}
	set := s.set(t, "www 300 A 192.0.2.1")
	set.Key.Name, err = zonefile.ParseName("www", origin)
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.Provider.Apply(timeout(t), origin, providers.NewBatch(&base, []zonefile.Change{{New: &set}}))
	check("Apply", err)
	if len(result.Applied) > 0 {
		t.Error("Apply says that it carried something out")
	}
}

// testParallel reads from many goroutines at once, for the race detector.
func (s *subject) testParallel(t *testing.T) {
	want := s.become(t, parse(t, s.Origin, core))
	ctx := timeout(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := s.Provider.Fetch(ctx, s.Origin)
			if err != nil {
				t.Errorf("Fetch: %v", err)
				return
			}
			if d := difference(got.Zone, want.Zone); d != "" {
				t.Errorf("a Fetch beside others differs:\n%s", d)
			}
			for set := range got.Zone.All() {
				if _, err := s.Provider.Normalize(set); err != nil && !errors.Is(err, providers.ErrUnsupported) {
					t.Errorf("Normalize: %v", err)
				}
			}
			if _, err := s.Provider.Zones(ctx); err != nil && !errors.Is(err, providers.ErrUnsupported) {
				t.Errorf("Zones: %v", err)
			}
		})
	}
	wg.Wait()
}

// testCancel checks that a call whose context is done returns the context's error and does nothing.
func testCancel(t *testing.T, s *subject) {
	before := s.become(t, parse(t, s.Origin, core))
	set := s.set(t, "www 300 A 192.0.2.99")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"Zones": func() error { _, err := s.Provider.Zones(ctx); return err },
		"Fetch": func() error { _, err := s.Provider.Fetch(ctx, s.Origin); return err },
		"Apply": func() error {
			_, err := s.Provider.Apply(ctx, s.Origin, providers.NewBatch(before, changesTo(before.Zone, set)))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := call()
			if name == "Zones" && errors.Is(err, providers.ErrUnsupported) {
				t.Log("not tested: the provider cannot list its zones")
				return
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want one that wraps %q", err, context.Canceled)
			}
			s.unchanged(t, before)
		})
	}
}
