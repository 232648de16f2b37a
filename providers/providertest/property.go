package providertest

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testProperty gives the zone all values of one property, and lets somebody else do so in between.
func (c *configuration) testProperty(t *testing.T, p Property) {
	value := func(i int) map[string]string { return map[string]string{p.Name: p.Values[i%len(p.Values)]} }
	base := c.fetch(t)
	if len(p.With) > 0 {
		base = c.give(t, base, p.With)
	}
	for i := range len(p.Values) + 1 {
		base = c.give(t, base, value(i))
		base = c.give(t, base, value(i)) // what it is already
	}
	t.Run("bad", func(t *testing.T) {
		for _, bad := range p.Bad {
			c.unsupported(t, map[string]string{p.Name: bad})
			c.refused(t, c.fetch(t), map[string]string{p.Name: bad}, providers.ErrUnsupported)
		}
	})
	t.Run("they set it", func(t *testing.T) {
		base := c.give(t, c.fetch(t), value(0))
		c.configureElsewhere(t, c.normalized(t, value(1)))
		c.refused(t, base, c.normalized(t, value(2)), providers.ErrConflict)
	})
	t.Run("they write", func(t *testing.T) {
		base := c.give(t, c.fetch(t), value(0))
		theirs := c.theyWrite(t, base)
		if err := c.configurer.Configure(timeout(t), base, c.normalized(t, value(1))); err != nil {
			t.Fatalf("Configure, though nothing that it sets has changed: %v", err)
		}
		after := c.fetch(t)
		if got := live(after.Zone, theirs.Key); got == nil || *got != theirs {
			t.Errorf("what they wrote is lost: %v", got)
		}
		if got, want := after.Properties[p.Name], c.normalized(t, value(1))[p.Name]; got != want {
			t.Errorf("%s is %q, want %q", p.Name, got, want)
		}
	})
	for _, other := range c.Properties {
		if other.Name == p.Name || other.With != nil || p.With != nil || !c.canSet(t, other.Name) {
			continue
		}
		t.Run("they set "+other.Name, func(t *testing.T) {
			base := c.give(t, c.fetch(t), map[string]string{p.Name: p.Values[0], other.Name: other.Values[0]})
			theirs := c.normalized(t, map[string]string{other.Name: other.Values[1]})
			c.configureElsewhere(t, theirs)
			now := c.fetch(t)
			if err := c.configurer.Configure(timeout(t), base, c.normalized(t, value(1))); err != nil {
				t.Fatalf("Configure, though what it sets has not changed: %v", err)
			}
			want := maps.Clone(now.Properties)
			maps.Copy(want, c.normalized(t, value(1)))
			checkProperties(t, &providers.Snapshot{Properties: want}, c.fetch(t))
		})
		return // one is enough
	}
}

// theyWrite writes an RRset as somebody else would.
func (c *configuration) theyWrite(t *testing.T, base *providers.Snapshot) zonefile.RRset {
	t.Helper()
	last := "1"
	if live(base.Zone, c.set(t, "theirs 300 A 192.0.2.1").Key) != nil {
		last = "2"
	}
	theirs := c.set(t, "theirs 300 A 192.0.2."+last)
	c.elsewhere(t, changesTo(base.Zone, theirs)...)
	return theirs
}

// configureElsewhere sets properties as somebody else would.
func (c *configuration) configureElsewhere(t *testing.T, properties map[string]string) {
	t.Helper()
	if c.WriteProperties != nil {
		c.WriteProperties(t, properties)
	} else if err := c.configurer.Configure(timeout(t), c.fetch(t), properties); err != nil {
		t.Fatalf("Configure in the place of somebody else: %v", err)
	}
	now := c.fetch(t).Properties
	for name, value := range properties {
		if now[name] != value {
			t.Fatalf("the fixture was to have set %s to %q, and it is %q", name, value, now[name])
		}
	}
}

// testCreated creates a zone that has properties from the start, and finds those fixed that cannot be set.
func (c *configuration) testCreated(t *testing.T, spec providers.ZoneSpec) {
	creator, ok := providers.As[providers.ZoneCreator](c.Provider)
	if !ok {
		t.Log("not tested: the provider is not a ZoneCreator")
		return
	}
	created := &configuration{c.at(spec.Origin), c.configurer, spec.Kind}
	spec.Properties = created.normalized(t, spec.Properties)
	if spec.Apex == nil {
		spec.Apex = newSpec(t, spec.Origin).Apex
	}
	made := c.create(t, creator, spec)
	if made == nil {
		return
	}
	for name, want := range spec.Properties {
		if got := made.Properties[name]; got != want {
			t.Errorf("%s is %q, and was to be %q", name, got, want)
		}
	}
	created.testFetched(t)
	for _, p := range c.Properties {
		if _, ok := spec.Properties[p.Name]; !ok || slices.Contains(made.Traits.Properties, p.Name) {
			continue
		}
		for _, value := range p.Values {
			other, err := c.configurer.NormalizeProperties(spec.Origin, spec.Kind, map[string]string{p.Name: value})
			if errors.Is(err, providers.ErrUnsupported) || other[p.Name] == made.Properties[p.Name] {
				continue
			}
			created.refused(t, made, other, providers.ErrUnsupported)
		}
	}
}
