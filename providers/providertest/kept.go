package providertest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testKept removes a zone and has it back, where the provider keeps what it removes, and the fixture has a name for one.
func testKept(t *testing.T, s *subject) {
	purger, ok := providers.As[providers.ZonePurger](s.Provider)
	if !ok {
		t.Log("not tested: the provider is not a ZonePurger")
		return
	}
	if _, ok := providers.As[providers.ZoneExporter](s.Provider); !ok {
		t.Fatal("the provider is a ZonePurger and not a ZoneExporter: nobody could tell it what to purge")
	}
	if s.NewZone.IsZero() {
		t.Log("not tested: the fixture has no NewZone")
		return
	}
	k := &keeping{&removal{s.at(s.NewZone), purger}, purger}
	t.Run("nothing", func(t *testing.T) {
		if err := purger.PurgeZone(timeout(t), s.NewZone, nil); err != nil && !errors.Is(err, providers.ErrUnsupported) {
			t.Errorf("PurgeZone of a zone that never was there: %v", err)
		}
	})
	if s.create(t, purger, newSpec(t, s.NewZone)) == nil {
		return
	}
	base := k.fill(t)
	if base == nil {
		return
	}
	t.Run("and back", func(t *testing.T) { k.testBack(t, base) })
	t.Run("cancelled", k.testCancelled)
	t.Run("destroyed", k.testDestroyed)
	t.Run("and purged", k.testPurged)
}

// keeping is a zone that is removed and kept.
type keeping struct {
	*removal
	purger providers.ZonePurger
}

// testBack removes the zone and has it back.
func (k *keeping) testBack(t *testing.T, base *providers.Snapshot) {
	spec := k.remove(t, base)
	k.gone(t, base)
	_, err := k.Provider.Fetch(timeout(t), k.Origin)
	state, ok := errors.AsType[*providers.StateError](err)
	if !ok {
		t.Fatalf("Fetch of a zone that is kept: error %v, want a StateError", err)
	}
	k.checkState(t, state, providers.ErrNoZone)
	k.back(t, base, spec)
	k.become(t, parse(t, k.Origin, core))
}

// back has a zone back that is kept, and checks that it is what it was.
func (k *keeping) back(t *testing.T, base *providers.Snapshot, spec providers.ZoneSpec) {
	t.Helper()
	back := k.create(t, k.purger, spec)
	if back == nil {
		return
	}
	if d := difference(back.Zone, base.Zone); d != "" {
		t.Errorf("the zone that came back is not what was removed:\n%s", d)
	}
	checkForeign(t, base, back)
	checkDisabled(t, providers.Batch{Base: base}, back)
	checkProperties(t, base, back)
	if back.Serial != base.Serial && !zonefile.SerialAfter(back.Serial, base.Serial) {
		t.Errorf("its serial is %d, and was %d: secondaries keep what they have", back.Serial, base.Serial)
	}
	kind, settings, err := k.remover.ZoneSettings(timeout(t), k.Origin)
	if err != nil {
		t.Fatalf("ZoneSettings: %v", err)
	}
	if d := cmp.Diff([]any{spec.Kind, spec.Settings}, []any{kind, settings}); d != "" {
		t.Errorf("the kind and settings of the zone that came back (-want +got):\n%s", d)
	}
}

// testCancelled purges with a context that is done.
func (k *keeping) testCancelled(t *testing.T) {
	base := k.become(t, parse(t, k.Origin, core))
	spec := k.remove(t, base)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := k.purger.PurgeZone(ctx, k.Origin, spec.Export); !errors.Is(err, context.Canceled) && !errors.Is(err, providers.ErrUnsupported) {
		t.Errorf("PurgeZone: error %v, want one that wraps %q", err, context.Canceled)
	}
	k.back(t, base, spec)
}

// testDestroyed removes the zone, and makes it again when what was kept of it is gone.
func (k *keeping) testDestroyed(t *testing.T) {
	if k.DropKept == nil {
		t.Log("not tested: the fixture has no DropKept")
		return
	}
	base := k.fill(t)
	spec := k.remove(t, base)
	k.DropKept(t, k.Origin)
	k.gone(t, base)
	if err := k.purger.PurgeZone(timeout(t), k.Origin, spec.Export); err != nil && !errors.Is(err, providers.ErrUnsupported) {
		t.Errorf("PurgeZone of what is kept no more: %v", err)
	}
	k.again(t, base, spec)
}

// testPurged purges what is kept, if and only if it is what was removed.
func (k *keeping) testPurged(t *testing.T) {
	base := k.become(t, parse(t, k.Origin, core))
	first := k.remove(t, base)
	err := k.purger.PurgeZone(timeout(t), k.Origin, nil)
	if errors.Is(err, providers.ErrUnsupported) {
		t.Logf("not tested: %v", err)
		return
	}
	if !errors.Is(err, providers.ErrConflict) {
		t.Errorf("PurgeZone without an export: error %v, want one that wraps ErrConflict", err)
	}
	k.back(t, base, first)
	k.conflict(t, "the zone is there", first.Export)
	k.unchanged(t, k.fetch(t))

	base = k.fetch(t)
	first = k.remove(t, base)
	for range 2 {
		if err := k.purger.PurgeZone(timeout(t), k.Origin, first.Export); err != nil {
			t.Fatalf("PurgeZone: %v", err)
		}
	}
	if _, err := k.Provider.Fetch(timeout(t), k.Origin); !k.noZone(err) {
		t.Errorf("Fetch of a zone that was purged: error %v, want one that wraps ErrNoZone", err)
	} else if state, ok := errors.AsType[*providers.StateError](err); ok {
		t.Errorf("Fetch of a zone that was purged: %v, and nothing brings it back", state)
	}

	anew := k.create(t, k.purger, newSpec(t, k.Origin))
	for set := range anew.Zone.All() {
		if set.Key != k.soa() && set.Key != k.ns() {
			t.Errorf("the zone that was created anew has\n%s", set)
		}
	}
	if hidden := hiddenIn(anew.Disabled); len(hidden) > 0 {
		t.Errorf("the zone that was created anew has %d hidden records", len(hidden))
	}
	k.conflict(t, "another zone of that name is there", first.Export)
	second := k.remove(t, k.fetch(t))
	k.conflict(t, "another zone of that name is kept", first.Export)
	k.back(t, anew, second)
}

// conflict checks that a purge is one.
func (k *keeping) conflict(t *testing.T, because string, export map[string]string) {
	t.Helper()
	if err := k.purger.PurgeZone(timeout(t), k.Origin, export); !errors.Is(err, providers.ErrConflict) {
		t.Errorf("PurgeZone, and %s: error %v, want one that wraps ErrConflict", because, err)
	}
}
