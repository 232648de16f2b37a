package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"sync/atomic"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenProperties do something wrong to the properties of zones.
var brokenProperties = withEverything(map[string]breakage{
	// Normalizing.
	"normalizes properties further each time": {fails: "Properties/description", says: "is not idempotent", breaks: normalizing(func(normal map[string]string, err error) (map[string]string, error) {
		if d, ok := normal["description"]; ok {
			normal["description"] = d + "'"
		}
		return normal, err
	})},
	"normalizes properties differently each time": {fails: "Properties/description", says: "is not pure", breaks: func(b *broken) {
		var calls atomic.Int32
		normalizing(func(normal map[string]string, err error) (map[string]string, error) {
			if _, ok := normal["description"]; ok {
				normal["description"] = strconv.Itoa(int(calls.Add(1)))
			}
			return normal, err
		})(b)
	}},
	"normalizes to more than it was asked for": {fails: "Properties/description", says: "others than it was asked for", breaks: normalizing(func(normal map[string]string, err error) (map[string]string, error) {
		if normal != nil {
			normal["color"] = ""
		}
		return normal, err
	})},
	"takes unknown properties": {fails: "Properties/unknown", says: "want one that wraps ErrUnsupported", breaks: normalizing(func(normal map[string]string, err error) (map[string]string, error) {
		return normal, without(providers.ErrUnsupported, err)
	})},
	"names one unknown property": {fails: "Properties/unknown", says: "the error does not name", breaks: normalizing(func(normal map[string]string, err error) (map[string]string, error) {
		if errors.Is(err, providers.ErrUnsupported) {
			err = fmt.Errorf("nor_this_one: %w", providers.ErrUnsupported)
		}
		return normal, err
	})},
	"takes bad values": {fails: "Properties/default_ttl/bad", breaks: func(b *broken) {
		b.normalizeProperties = func(kind string, properties map[string]string) (map[string]string, error) {
			if properties["default_ttl"] == "an hour" {
				return properties, nil
			}
			return sound[providers.ZoneConfigurer](b).NormalizeProperties(origin, kind, properties)
		}
	}},
	"shows what it would normalize": {fails: "Properties/of the zone", says: "and NormalizeProperties of that is map", breaks: func(b *broken) {
		b.fetch = fetchingProperties(b, func(properties map[string]string) { properties["default_ttl"] = "03600" })
	}},
	"cannot normalize what it can set": {fails: "Properties/of the zone", says: "which can be set", breaks: func(b *broken) {
		b.normalizeProperties = func(kind string, properties map[string]string) (map[string]string, error) {
			if _, ok := properties["description"]; ok {
				return nil, fmt.Errorf("description: %w", providers.ErrUnsupported)
			}
			return sound[providers.ZoneConfigurer](b).NormalizeProperties(origin, kind, properties)
		}
	}},

	// Setting.
	"ignores properties": {fails: "Properties/description", says: "properties were changed", breaks: func(b *broken) {
		b.configure = func(ctx context.Context, base *providers.Snapshot, properties map[string]string) error {
			return sound[providers.ZoneConfigurer](b).Configure(ctx, base, map[string]string{})
		}
	}},
	"sets the other properties too": {fails: "Properties/description", says: "properties were changed", breaks: configuring(func(b *broken, set map[string]string, err error) error {
		if _, ok := set["default_ttl"]; !ok && err == nil {
			b.SetProperties(origin, map[string]string{"default_ttl": "1"})
		}
		return err
	})},
	"writes to the zone as it sets": {fails: "Properties/none", says: "the zone was changed", breaks: configuring(func(b *broken, _ map[string]string, err error) error {
		theirs := zonefile.MustParseRRset("settings.example.com. 300 TXT", `"set"`)
		if err == nil {
			b.Write(origin, zonefile.Change{New: &theirs})
		}
		return err
	})},
	"has the same version whatever its properties": {fails: "Properties/description", says: "and Version is still", breaks: func(b *broken) {
		versioning(b, func(s *providers.Snapshot) string { return s.Zone.Digest().String() })
	}},
	"sets what it knows of unknown properties": {fails: "Properties/unknown", says: "properties were changed", breaks: configuring(func(b *broken, set map[string]string, err error) error {
		if _, ok := set["no_such_property"]; ok {
			b.SetProperties(origin, map[string]string{"default_ttl": "600"})
		}
		return err
	})},
	"refuses properties with two kinds": {fails: "Properties/unknown", says: "of more than one kind", breaks: configuring(func(_ *broken, _ map[string]string, err error) error {
		if errors.Is(err, providers.ErrUnsupported) {
			return fmt.Errorf("%w: %w", providers.ErrInvalid, err)
		}
		return err
	})},
	"sets bad values": {fails: "Properties/default_ttl/bad", says: "Configure", breaks: configuring(func(b *broken, set map[string]string, err error) error {
		if set["default_ttl"] == "an hour" {
			return nil
		}
		return err
	})},
	"sets what others have set": {fails: "Properties/description/they set it", breaks: func(b *broken) {
		b.configure = func(ctx context.Context, base *providers.Snapshot, properties map[string]string) error {
			now, err := b.Fetch(ctx, base.Zone.Origin())
			if err != nil {
				return err
			}
			return sound[providers.ZoneConfigurer](b).Configure(ctx, now, properties)
		}
	}},
	"takes a write for a conflict": {fails: "Properties/description/they write", breaks: conflictingIf(func(base, now *providers.Snapshot) bool {
		return base.Serial != now.Serial
	})},
	"takes other properties for a conflict": {fails: "Properties/description/they set default_ttl", breaks: conflictingIf(func(base, now *providers.Snapshot) bool {
		return !maps.Equal(base.Properties, now.Properties)
	})},
	"sets back what others have set": {fails: "Properties/description/they set default_ttl", breaks: func(b *broken) {
		b.configure = func(ctx context.Context, base *providers.Snapshot, properties map[string]string) error {
			err := sound[providers.ZoneConfigurer](b).Configure(ctx, base, properties)
			if err == nil {
				all := maps.Clone(base.Properties)
				maps.Copy(all, properties)
				b.SetProperties(base.Zone.Origin(), all)
			}
			return err
		}
	}},
	"sets what is fixed": {fails: "Properties/created/2.0.192.in-addr.arpa.", says: "want one that wraps \"not supported", breaks: configuring(func(b *broken, set map[string]string, err error) error {
		if _, ok := set["cidr"]; ok {
			return nil
		}
		return err
	})},
	"sets what is fixed, and says that it did not": {fails: "Properties/created/2.0.192.in-addr.arpa.", says: "properties were changed", breaks: configuring(func(b *broken, set map[string]string, err error) error {
		if cidr, ok := set["cidr"]; ok {
			b.SetProperties(reverse.Origin, map[string]string{"cidr": cidr})
		}
		return err
	})},
	"creates without properties": {fails: "Properties/created/2.0.192.in-addr.arpa.", says: "and was to be", breaks: func(b *broken) {
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			spec.Properties = nil
			return b.Provider.CreateZone(ctx, spec)
		}
	}},
	"loses properties when it writes": {fails: "Steps/core types", says: "properties were changed", breaks: afterApply(func(b *broken, _ providers.Batch, result *providers.Result, _ *error) {
		if len(result.Applied) > 0 {
			b.SetProperties(origin, map[string]string{"description": "written"})
		}
	})},
	"removes what has other properties": {fails: "Remove/that has changed/a property", breaks: func(b *broken) {
		b.remove = func(ctx context.Context, base *providers.Snapshot) error {
			now, err := b.Fetch(ctx, base.Zone.Origin())
			if err != nil {
				return err
			}
			was := *base
			was.Properties = now.Properties
			return b.Provider.RemoveZone(ctx, &was)
		}
	}},

	// Contexts and zones.
	"sets properties of zones that are not there": {fails: "Properties/elsewhere", says: "a zone that is not there", breaks: configuring(func(_ *broken, _ map[string]string, err error) error {
		return without(providers.ErrNoZone, err)
	})},
	"sets properties of secondary zones": {fails: "Properties/elsewhere", says: "a secondary zone", breaks: configuring(func(_ *broken, _ map[string]string, err error) error {
		return without(providers.ErrBlocked, err)
	})},
	"sets on when it is cancelled": {fails: "Properties/elsewhere", says: "context canceled", breaks: func(b *broken) {
		b.configure = func(ctx context.Context, base *providers.Snapshot, properties map[string]string) error {
			return sound[providers.ZoneConfigurer](b).Configure(context.WithoutCancel(ctx), base, properties)
		}
	}},
})

// normalizing has NormalizeProperties return what edit makes of what it should.
func normalizing(edit func(map[string]string, error) (map[string]string, error)) func(*broken) {
	return func(b *broken) {
		b.normalizeProperties = func(kind string, properties map[string]string) (map[string]string, error) {
			return edit(sound[providers.ZoneConfigurer](b).NormalizeProperties(origin, kind, properties))
		}
	}
}

// configuring has Configure return what after makes of its error.
func configuring(after func(b *broken, set map[string]string, err error) error) func(*broken) {
	return func(b *broken) {
		b.configure = func(ctx context.Context, base *providers.Snapshot, properties map[string]string) error {
			return after(b, properties, sound[providers.ZoneConfigurer](b).Configure(ctx, base, properties))
		}
	}
}

// conflictingIf has Configure take more for a conflict than it should.
func conflictingIf(conflict func(base, now *providers.Snapshot) bool) func(*broken) {
	return func(b *broken) {
		b.configure = func(ctx context.Context, base *providers.Snapshot, properties map[string]string) error {
			if now, err := b.Fetch(ctx, base.Zone.Origin()); err == nil && conflict(base, now) {
				return providers.ErrConflict
			}
			return sound[providers.ZoneConfigurer](b).Configure(ctx, base, properties)
		}
	}
}

// fetchingProperties returns a Fetch that shows what edit makes of the properties.
func fetchingProperties(b *broken, edit func(map[string]string)) func(context.Context, zonefile.Name) (*providers.Snapshot, error) {
	return func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
		snapshot, err := b.Provider.Fetch(ctx, origin)
		if err == nil {
			edit(snapshot.Properties)
		}
		return snapshot, err
	}
}
