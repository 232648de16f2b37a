package providertest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testProperties sets what there is to say of a zone beside its records, where the provider has something to set.
func testProperties(t *testing.T, s *subject) {
	configurer, ok := providers.As[providers.ZoneConfigurer](s.Provider)
	if !ok {
		t.Log("not tested: the provider is not a ZoneConfigurer")
		return
	}
	s.become(t, parse(t, s.Origin, core))
	c := &configuration{s, configurer, s.kind(t)}
	t.Run("of the zone", c.testFetched)
	t.Run("none", func(t *testing.T) { c.unchanged(t, c.give(t, c.fetch(t), nil)) })
	t.Run("unknown", c.testUnknown)
	t.Run("elsewhere", c.testElsewhere)
	for _, p := range s.Properties {
		t.Run(p.Name, func(t *testing.T) {
			if !c.canSet(t, p.Name) {
				t.Log("not tested here: it cannot be set once the zone is there")
				return
			}
			c.testProperty(t, p)
		})
	}
	for _, name := range s.fetch(t).Traits.Properties {
		if !slices.ContainsFunc(s.Properties, func(p Property) bool { return p.Name == name }) {
			t.Logf("not tested: the fixture has no values for %s", name)
		}
	}
	for _, spec := range s.NewZones {
		t.Run("created/"+spec.Origin.String(), func(t *testing.T) { c.testCreated(t, spec) })
	}
}

// kind returns the kind of the zone, in the provider's word, and the zero string if it does not say.
func (s *subject) kind(t *testing.T) string {
	t.Helper()
	remover, ok := providers.As[providers.ZoneRemover](s.Provider)
	if !ok {
		return ""
	}
	kind, _, err := remover.ZoneSettings(timeout(t), s.Origin)
	if err != nil {
		t.Logf("the kind of the zone is taken for the default: %v", err)
	}
	return kind
}

// declarable returns the properties of a zone that a zone can be created with.
func (s *subject) declarable(kind string, of *providers.Snapshot) map[string]string {
	declarable := map[string]string{}
	if c, ok := providers.As[providers.ZoneConfigurer](s.Provider); ok {
		for name, value := range of.Properties {
			if normal, err := c.NormalizeProperties(s.Origin, kind, map[string]string{name: value}); err == nil {
				maps.Copy(declarable, normal)
			}
		}
	}
	return declarable
}

// settable returns the properties of a zone that can be set, as they are.
func settable(of *providers.Snapshot) map[string]string {
	properties := maps.Clone(of.Properties)
	maps.DeleteFunc(properties, func(name, _ string) bool { return !slices.Contains(of.Traits.Properties, name) })
	return properties
}

// configuration is a zone whose properties are set.
type configuration struct {
	*subject
	configurer providers.ZoneConfigurer
	kind       string
}

// canSet reports whether the traits of the zone say that a property can be set.
func (c *configuration) canSet(t *testing.T, name string) bool {
	t.Helper()
	return slices.Contains(c.fetch(t).Traits.Properties, name)
}

// normalized returns properties that the zone can have as it will have them.
func (c *configuration) normalized(t *testing.T, properties map[string]string) map[string]string {
	t.Helper()
	once, err := c.configurer.NormalizeProperties(c.Origin, c.kind, properties)
	if err != nil {
		t.Fatalf("NormalizeProperties of %v: %v", properties, err)
	}
	same := cmpopts.EquateEmpty()
	if d := cmp.Diff(slices.Sorted(maps.Keys(once)), slices.Sorted(maps.Keys(properties)), same); d != "" {
		t.Errorf("NormalizeProperties returned others than it was asked for (-got +want):\n%s", d)
	}
	if again, err := c.configurer.NormalizeProperties(c.Origin, c.kind, properties); err != nil || !cmp.Equal(again, once, same) {
		t.Errorf("NormalizeProperties is not pure: a second call returned %v, %v, the first %v", again, err, once)
	}
	if twice, err := c.configurer.NormalizeProperties(c.Origin, c.kind, once); err != nil || !cmp.Equal(twice, once, same) {
		t.Errorf("NormalizeProperties is not idempotent: of %v it made %v, and of that %v, %v", properties, once, twice, err)
	}
	return once
}

// give gives the zone properties, and checks that it has them and that nothing else has changed. It returns the zone afterwards.
func (c *configuration) give(t *testing.T, base *providers.Snapshot, properties map[string]string) *providers.Snapshot {
	t.Helper()
	normal := c.normalized(t, properties)
	if err := c.configurer.Configure(timeout(t), base, normal); err != nil {
		t.Fatalf("Configure %v: %v", normal, err)
	}
	after := c.fetch(t)
	want := map[string]string{}
	maps.Copy(want, base.Properties)
	maps.Copy(want, normal)
	if _, told := normal[providers.PropertyDS]; !told && want[providers.PropertyDNSSEC] != base.Properties[providers.PropertyDNSSEC] {
		want[providers.PropertyDS] = after.Properties[providers.PropertyDS] // another key has another DS
	}
	c.sameContent(t, base)
	checkForeign(t, base, after)
	checkProperties(t, &providers.Snapshot{Properties: want}, after)
	if v := base.Version; v != "" && v == after.Version && !maps.Equal(base.Properties, after.Properties) {
		t.Errorf("properties have changed, and Version is still %q", v)
	}
	return after
}

// refused checks that properties cannot be set, with an error that wraps one of want.
func (c *configuration) refused(t *testing.T, base *providers.Snapshot, properties map[string]string, want error) {
	t.Helper()
	before := c.fetch(t)
	err := c.configurer.Configure(timeout(t), base, properties)
	if !errors.Is(err, want) {
		t.Errorf("Configure %v: error %v, want one that wraps %q", properties, err, want)
	}
	oneKind(t, err)
	c.unchanged(t, before)
}

// testFetched checks that the zone has properties as NormalizeProperties has them.
func (c *configuration) testFetched(t *testing.T) {
	base := c.fetch(t)
	for name, value := range base.Properties {
		property := map[string]string{name: value}
		normal, err := c.configurer.NormalizeProperties(c.Origin, c.kind, property)
		if err == nil && !maps.Equal(normal, property) {
			t.Errorf("Fetch has %q as %q, and NormalizeProperties of that is %v", name, value, normal)
		}
		if slices.Contains(base.Traits.Properties, name) && err != nil {
			t.Errorf("Fetch has %q as %q, which can be set, and NormalizeProperties of that is: %v", name, value, err)
		}
	}
}

// testUnknown gives the zone what no provider has.
func (c *configuration) testUnknown(t *testing.T) {
	unknown := map[string]string{"no_such_property": "1", "nor_this_one": "2"}
	c.unsupported(t, unknown)
	for _, p := range c.Properties {
		if c.canSet(t, p.Name) {
			unknown[p.Name] = p.Values[1]
		}
	}
	c.refused(t, c.fetch(t), unknown, providers.ErrUnsupported)
}

// unsupported checks that the zone cannot have properties, and that the error names each.
func (c *configuration) unsupported(t *testing.T, properties map[string]string) {
	t.Helper()
	_, err := c.configurer.NormalizeProperties(c.Origin, c.kind, properties)
	if !errors.Is(err, providers.ErrUnsupported) {
		t.Fatalf("NormalizeProperties of %v: error %v, want one that wraps ErrUnsupported", properties, err)
	}
	for name := range properties {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}

// testElsewhere configures zones that cannot be.
func (c *configuration) testElsewhere(t *testing.T) {
	properties := settable(c.fetch(t))
	if len(properties) == 0 {
		t.Log("not tested: nothing can be set")
		return
	}
	configure := func(ctx context.Context, origin zonefile.Name) error {
		base := *c.fetch(t)
		base.Zone, base.Foreign, base.Disabled = zonefile.NewZone(origin), nil, nil
		return c.configurer.Configure(ctx, &base, properties)
	}
	missing := zonefile.MustParseName("not-served-here.invalid.")
	if err := configure(timeout(t), missing); !errors.Is(err, providers.ErrNoZone) && (c.NoZone == nil || !errors.Is(err, c.NoZone)) {
		t.Errorf("Configure of a zone that is not there: error %v, want one that wraps ErrNoZone", err)
	}
	if !c.Secondary.IsZero() {
		if err := configure(timeout(t), c.Secondary); !errors.Is(err, providers.ErrBlocked) {
			t.Errorf("Configure of a secondary zone: error %v, want one that wraps ErrBlocked", err)
		}
	}
	before := c.fetch(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := configure(ctx, c.Origin); !errors.Is(err, context.Canceled) {
		t.Errorf("Configure: error %v, want one that wraps %q", err, context.Canceled)
	}
	c.unchanged(t, before)
}
