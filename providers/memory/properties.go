package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Property is one that the zones of a fake have, see [WithProperties].
type Property struct {
	// Name is what it is called: providers.PropertyDescription.
	Name string
	// Kinds are those of the zones that have it, see providers.ZoneSpec; nil for all.
	Kinds []string
	// Initial is what a zone has that was created without it.
	Initial string
	// Fixed says that it is what it was when the zone was created.
	Fixed bool
	// Normalize returns a value as a zone will have it, or what is wrong with it. It is pure and idempotent; nil takes any value as it is.
	Normalize func(value string) (string, error)
}

// NormalizeProperties returns properties as the zone will have them.
func (c configurer) NormalizeProperties(origin zonefile.Name, kind string, properties map[string]string) (map[string]string, error) {
	normal, err := c.normalProperties(cmp.Or(kind, defaultReplication), properties)
	if err != nil {
		return nil, fmt.Errorf("properties of %s: %w", origin, err)
	}
	return normal, nil
}

// normalProperties returns properties as a zone of a kind will have them.
func (p *Provider) normalProperties(kind string, properties map[string]string) (map[string]string, error) {
	normal := make(map[string]string, len(properties))
	var bad []string
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property, ok := p.property(kind, name)
		if !ok {
			bad = append(bad, name+": zones of the kind "+kind+" do not have it")
			continue
		}
		value := properties[name]
		if property.Normalize != nil {
			var err error
			if value, err = property.Normalize(value); err != nil {
				bad = append(bad, name+": "+err.Error())
				continue
			}
		}
		normal[name] = value
	}
	if len(bad) > 0 {
		return nil, fmt.Errorf("%s: %w", strings.Join(bad, "; "), providers.ErrUnsupported)
	}
	return normal, nil
}

// Configure sets properties, if those that it sets are as base has them.
func (c configurer) Configure(ctx context.Context, base *providers.Snapshot, properties map[string]string) error {
	if base == nil || base.Zone == nil {
		return fmt.Errorf("set properties without a base: %w", providers.ErrInvalid)
	}
	_, err := call(&c.script, providers.OperationConfigure, func(f Fault) (struct{}, error) { return struct{}{}, c.configure(ctx, base, properties, f) })
	if err != nil {
		return fmt.Errorf("set properties of %s: %w", base.Zone.Origin(), err)
	}
	return nil
}

func (p *Provider) configure(ctx context.Context, base *providers.Snapshot, properties map[string]string, f Fault) error {
	z, err := p.lookUp(ctx, base.Zone.Origin())
	if err != nil {
		return err
	}
	normal, err := p.normalProperties(z.replication, properties)
	if err != nil {
		return err
	}
	if f.Err != nil && f.Written == 0 {
		return f.Err
	}
	names := slices.Sorted(maps.Keys(normal))
	for _, name := range names {
		property, _ := p.property(z.replication, name)
		if property.Fixed {
			return fmt.Errorf("%s cannot be set once a zone is there: %w", name, providers.ErrUnsupported)
		}
		if is, was := z.now.properties[name], base.Properties[name]; is != was {
			return fmt.Errorf("%s is %q, and was %q: %w", name, is, was, providers.ErrConflict)
		}
	}
	if f.Err != nil && f.Written != All {
		names = names[:min(f.Written, len(names))]
	}
	next := maps.Clone(z.now.properties)
	for _, name := range names {
		next[name] = normal[name]
	}
	if next, err = p.signed(z.now.properties, next, normal); err != nil {
		return err
	}
	if !maps.Equal(next, z.now.properties) {
		z.previous, z.now = z.now, z.now.with(next)
	}
	return f.Err
}

// property returns one that zones of a kind have.
func (p *Provider) property(kind, name string) (Property, bool) {
	i := slices.IndexFunc(p.properties, func(property Property) bool { return property.Name == name && property.of(kind) })
	if i < 0 {
		return Property{}, false
	}
	return p.properties[i], true
}

// of reports whether zones of a kind have the property.
func (p Property) of(kind string) bool { return p.Kinds == nil || slices.Contains(p.Kinds, kind) }

// initial returns the properties that a zone of a kind begins with, nil if it has none.
func (p *Provider) initial(kind string) map[string]string { return p.fitting(kind, nil) }

// beginning returns the properties of a zone of a kind that is created with some of them.
func (p *Provider) beginning(kind string, properties map[string]string) (map[string]string, error) {
	normal, err := p.normalProperties(kind, properties)
	if err != nil {
		return nil, err
	}
	initial := p.initial(kind)
	all := maps.Clone(initial)
	maps.Copy(all, normal)
	return p.signed(initial, all, normal)
}

// fitting returns the properties of a zone of a kind which had others before.
func (p *Provider) fitting(kind string, had map[string]string) map[string]string {
	var all map[string]string
	for _, property := range p.properties {
		if !property.of(kind) {
			continue
		}
		if all == nil {
			all = map[string]string{}
		}
		value, ok := had[property.Name]
		if !ok {
			value = property.Initial
		}
		all[property.Name] = value
	}
	return all
}

// traitsOf returns the traits of a zone, with the properties that can be set.
func (p *Provider) traitsOf(z *zone) providers.Traits {
	traits := p.traits
	for _, property := range p.properties {
		if property.of(z.replication) && !property.Fixed {
			// Not appended to what WithTraits was given, which others have too.
			traits.Properties = append(slices.Clone(traits.Properties), property.Name)
		}
	}
	return traits
}

// with returns the state with other properties.
func (s *state) with(properties map[string]string) *state {
	next := *s
	next.properties = properties
	next.beside++
	return &next
}
