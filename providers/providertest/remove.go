package providertest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testRemove removes a zone and makes it again as it was, where the provider can and the fixture has a name for one.
func testRemove(t *testing.T, s *subject) {
	remover, ok := providers.As[providers.ZoneRemover](s.Provider)
	if !ok {
		t.Log("not tested: the provider is not a ZoneRemover")
		return
	}
	if s.NewZone.IsZero() {
		t.Log("not tested: the fixture has no NewZone")
		return
	}
	r := &removal{s.at(s.NewZone), remover}
	t.Run("no such zone", func(t *testing.T) {
		base := *s.fetch(t)
		base.Zone = zonefile.NewZone(s.NewZone)
		r.forbidden(t, &base, providers.ErrNoZone, s.NoZone)
	})
	t.Run("secondary zone", func(t *testing.T) {
		if s.Secondary.IsZero() {
			t.Log("not tested: the fixture has no secondary zone")
			return
		}
		base := *s.fetch(t)
		base.Zone = zonefile.NewZone(s.Secondary)
		r.forbidden(t, &base, providers.ErrBlocked, nil)
		s.listed(t, s.Secondary, providers.Secondary, 0)
	})
	if s.create(t, remover, newSpec(t, s.NewZone)) == nil {
		return
	}
	t.Run("that has changed", r.testStale)
	t.Run("cancelled", r.testCancelled)
	t.Run("and make again", r.testAgain)
}

// removal is a zone that is removed.
type removal struct {
	*subject
	remover providers.ZoneRemover
}

// forbidden checks that a zone can be neither removed, nor exported or otherwise made ready for that, with an error that wraps want or, if it is not nil, also.
func (r *removal) forbidden(t *testing.T, base *providers.Snapshot, want, also error) {
	t.Helper()
	_, _, err := r.remover.ZoneSettings(timeout(t), base.Zone.Origin())
	errs := map[string]error{"ZoneSettings": err, "RemoveZone": r.remover.RemoveZone(timeout(t), base)}
	if exporter, ok := providers.As[providers.ZoneExporter](r.Provider); ok {
		_, errs["ExportZone"] = exporter.ExportZone(timeout(t), base.Zone.Origin())
	}
	for call, err := range errs {
		if !errors.Is(err, want) && (also == nil || !errors.Is(err, also)) {
			t.Errorf("%s: error %v, want one that wraps %q", call, err, want)
		}
	}
}

// testStale removes with a base that the zone is not any more.
func (r *removal) testStale(t *testing.T) {
	start := r.become(t, parse(t, r.Origin, core))
	for _, step := range []struct {
		name  string
		hides bool
		ops   func(base *providers.Snapshot) providers.Op
	}{
		{"a value", false, func(base *providers.Snapshot) providers.Op { return replace(base, r.set(t, "www 300 A 192.0.2.2")) }},
		{"a new RRset", false, func(*providers.Snapshot) providers.Op { return put(r.set(t, "new 300 A 192.0.2.1")) }},
		{"an RRset that is gone", false, func(*providers.Snapshot) providers.Op { return remove(r.set(t, "new 300 A 192.0.2.1")) }},
		{"a hidden copy", true, func(*providers.Snapshot) providers.Op { return disable(r.set(t, "alias 300 CNAME www")) }},
	} {
		t.Run(step.name, func(t *testing.T) {
			base := r.fetch(t)
			if step.hides && !base.Traits.CanDisable {
				t.Log("not tested: the traits do not have it")
				return
			}
			r.applyOps(t, base, step.ops(base))
			now := r.fetch(t)
			for what, base := range map[string]*providers.Snapshot{"before that": base, "at the start": start} {
				if err := r.remover.RemoveZone(timeout(t), base); !errors.Is(err, providers.ErrConflict) {
					t.Fatalf("RemoveZone with the zone as it was %s: error %v, want one that wraps ErrConflict", what, err)
				}
			}
			r.unchanged(t, now)
		})
	}
	t.Run("a property", r.testStaleProperty)
}

// testStaleProperty removes with a base of which a property is not what it was.
func (r *removal) testStaleProperty(t *testing.T) {
	configurer, ok := providers.As[providers.ZoneConfigurer](r.Provider)
	i := slices.IndexFunc(r.Properties, func(p Property) bool {
		return slices.Contains(r.fetch(t).Traits.Properties, p.Name) && p.With == nil && p.Name != providers.PropertyDNSSEC
	})
	if !ok || i < 0 {
		t.Log("not tested: there is no property to set")
		return
	}
	c := &configuration{r.subject, configurer, r.kind(t)}
	base := c.give(t, c.fetch(t), map[string]string{r.Properties[i].Name: r.Properties[i].Values[0]})
	now := c.give(t, base, map[string]string{r.Properties[i].Name: r.Properties[i].Values[1]})
	if err := r.remover.RemoveZone(timeout(t), base); !errors.Is(err, providers.ErrConflict) {
		t.Fatalf("RemoveZone with the zone as it was before: error %v, want one that wraps ErrConflict", err)
	}
	r.unchanged(t, now)
}

// testCancelled removes with a context that is done.
func (r *removal) testCancelled(t *testing.T) {
	base := r.become(t, parse(t, r.Origin, core))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := r.remover.ZoneSettings(ctx, r.Origin); !errors.Is(err, context.Canceled) {
		t.Errorf("ZoneSettings: error %v, want one that wraps %q", err, context.Canceled)
	}
	if err := r.remover.RemoveZone(ctx, base); !errors.Is(err, context.Canceled) {
		t.Errorf("RemoveZone: error %v, want one that wraps %q", err, context.Canceled)
	}
	if exporter, ok := providers.As[providers.ZoneExporter](r.Provider); ok {
		if _, err := exporter.ExportZone(ctx, r.Origin); !errors.Is(err, context.Canceled) {
			t.Errorf("ExportZone: error %v, want one that wraps %q", err, context.Canceled)
		}
	}
	r.unchanged(t, base)
}

// testAgain removes the zone, and makes it as it was.
func (r *removal) testAgain(t *testing.T) {
	base := r.fill(t)
	if base == nil {
		return
	}
	spec := r.remove(t, base)
	r.gone(t, base)
	r.again(t, base, spec)
}

// fill has the zone hold something of everything, hidden records too where it can. It returns nil if such a zone cannot be made again, and says why
// in the log.
func (r *removal) fill(t *testing.T) *providers.Snapshot {
	t.Helper()
	base := r.become(t, parse(t, r.Origin, lines(core, `www 300 TXT "a;" "\"b\\\195"`, "sub 300 NS ns.sub", "ns.sub 300 A 192.0.2.1", "*.wild 60 A 192.0.2.1")))
	if signed(base) {
		t.Log("not tested: the server signs the zone, and would have to lose the keys")
		return nil
	}
	if base.Traits.CanDisable {
		base = r.apply(t, providers.Batch{Base: base, Ops: []providers.Op{disable(r.set(t, "alias 300 CNAME www"))}})
	}
	return base
}

// remove removes the zone, and returns with what it can be made again.
func (r *removal) remove(t *testing.T, base *providers.Snapshot) providers.ZoneSpec {
	t.Helper()
	kind, settings, err := r.remover.ZoneSettings(timeout(t), r.Origin)
	if err != nil {
		t.Fatalf("ZoneSettings: %v", err)
	}
	spec := providers.ZoneSpec{Origin: r.Origin, Apex: r.apex(base), Kind: kind, Properties: r.declarable(kind, base), Settings: settings}
	if exporter, ok := providers.As[providers.ZoneExporter](r.Provider); ok {
		if spec.Export, err = exporter.ExportZone(timeout(t), r.Origin); err != nil {
			t.Fatalf("ExportZone: %v", err)
		}
		if len(spec.Export) == 0 {
			t.Error("ExportZone returned nothing")
		}
	}
	r.unchanged(t, base)
	if err := r.remover.RemoveZone(timeout(t), base); err != nil {
		t.Fatalf("RemoveZone: %v", err)
	}
	return spec
}

// again makes a zone again that was removed, and checks that it can be as it was.
func (r *removal) again(t *testing.T, base *providers.Snapshot, spec providers.ZoneSpec) {
	t.Helper()
	made := r.create(t, r.remover, spec)
	if made == nil {
		return
	}
	desired := base.Zone
	for _, key := range []zonefile.Key{r.soa(), r.ns()} {
		// The serial is the provider's business, and so may the names of its servers be.
		if set := live(made.Zone, key); set != nil && (key == r.soa() || !made.Traits.ApexNSWritable) {
			desired = desired.With([]zonefile.Change{{New: set}})
		}
	}
	again := r.apply(t, providers.NewBatch(made, slices.Collect(zonefile.Diff(made.Zone, desired))))
	if d := difference(again.Zone, base.Zone); d != "" {
		t.Errorf("the zone that was made again is not what was removed:\n%s", d)
	}
	keptAsItWas := again.Serial == base.Serial && again.Zone.Equal(base.Zone)
	if base.Serial != 0 && made.Traits.SOAWritable && !keptAsItWas && !zonefile.SerialAfter(again.Serial, base.Serial) {
		t.Errorf("its serial is %d, which is not after %d: secondaries keep what they have", again.Serial, base.Serial)
	}
	for h := range hiddenIn(again.Disabled) {
		if !hiddenIn(base.Disabled)[h] {
			t.Errorf("%s %s is among the disabled records, and was not", h.key, zonefile.FormatRDATA(h.key.Type, h.rdata))
		}
	}
	checkProperties(t, base, again)
	kind, settings, err := r.remover.ZoneSettings(timeout(t), r.Origin)
	if err != nil {
		t.Fatalf("ZoneSettings: %v", err)
	}
	if d := cmp.Diff([]any{spec.Kind, spec.Settings}, []any{kind, settings}); d != "" {
		t.Errorf("the kind and settings of the zone that was made again (-want +got):\n%s", d)
	}
}

// gone checks that the zone is not there any more.
func (r *removal) gone(t *testing.T, base *providers.Snapshot) {
	t.Helper()
	if _, err := r.Provider.Fetch(timeout(t), r.Origin); !r.noZone(err) {
		t.Errorf("Fetch of what was removed: error %v, want one that wraps ErrNoZone", err)
	}
	if _, err := r.Provider.Apply(timeout(t), r.Origin, providers.Batch{Base: base, Ops: []providers.Op{put(r.set(t, "new 300 A 192.0.2.1"))}}); !r.noZone(err) {
		t.Errorf("Apply to what was removed: error %v, want one that wraps ErrNoZone", err)
	}
	r.forbidden(t, base, providers.ErrNoZone, r.NoZone)
	zones, err := r.Provider.Zones(timeout(t))
	if err != nil && !errors.Is(err, providers.ErrUnsupported) {
		t.Fatalf("Zones: %v", err)
	}
	if slices.ContainsFunc(zones, func(z providers.ZoneInfo) bool { return z.Origin == r.Origin }) {
		t.Errorf("Zones still has %s", r.Origin)
	}
}

// noZone reports whether an error says that there is no such zone.
func (r *removal) noZone(err error) bool {
	return errors.Is(err, providers.ErrNoZone) || r.NoZone != nil && errors.Is(err, r.NoZone)
}
