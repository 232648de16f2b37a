package providertest_test

import (
	"context"
	"errors"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenKeeping do something wrong to the zones that they remove and keep, or export them wrong.
var brokenKeeping = withEverything(map[string]breakage{
	"does not say that it keeps": {fails: "Kept/and back", says: "want a StateError", breaks: func(b *broken) {
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			snapshot, err := b.Provider.Fetch(ctx, origin)
			if errors.Is(err, providers.ErrNoZone) {
				err = providers.ErrNoZone
			}
			return snapshot, err
		}
	}},
	"says that it blocks what it keeps": {fails: "Kept/and back", says: "want one that wraps ErrNoZone", breaks: func(b *broken) {
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			if b.Kept(origin) != nil {
				return nil, &inactive
			}
			return b.Provider.Fetch(ctx, origin)
		}
	}},
	"lists what it keeps": {fails: "Kept/and back", says: "Zones still has", breaks: func(b *broken) {
		b.zones = func(ctx context.Context) ([]providers.ZoneInfo, error) {
			zones, err := b.Provider.Zones(ctx)
			if b.Kept(created) != nil {
				zones = append(zones, providers.ZoneInfo{Origin: created, Kind: providers.Primary})
			}
			return zones, err
		}
	}},
	"keeps nothing": {fails: "Kept/and back", says: "is not what was removed", breaks: func(b *broken) {
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			b.DropKept(spec.Origin)
			return b.Provider.CreateZone(ctx, spec)
		}
	}},
	"keeps nothing that is hidden": {fails: "Kept/and back", says: "is not among the disabled", breaks: func(b *broken) {
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			err := b.Provider.CreateZone(ctx, spec)
			if b.Served(spec.Origin) != nil {
				b.DropHidden(spec.Origin)
			}
			return err
		}
	}},
	"keeps no properties": {fails: "Kept/and back", says: "properties were changed", breaks: func(b *broken) {
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			kept := b.Kept(spec.Origin) != nil
			err := b.Provider.CreateZone(ctx, spec)
			if kept && err == nil {
				b.SetProperties(spec.Origin, map[string]string{providers.PropertyDescription: "another"})
			}
			return err
		}
	}},
	"brings back with an older serial": {fails: "Kept/and back", says: "secondaries keep what they have", breaks: func(b *broken) {
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			kept := b.Kept(spec.Origin)
			if err := b.Provider.CreateZone(ctx, spec); err != nil || kept == nil {
				return err
			}
			b.AddZone(withSerial(b.Served(spec.Origin), serialOf(kept)-1))
			return nil
		}
	}},
	"brings back with other settings": {fails: "Kept/and back", says: "kind and settings of the zone that came back", breaks: func(b *broken) {
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			kept := b.Kept(spec.Origin) != nil
			err := b.Provider.CreateZone(ctx, spec)
			if kept && err == nil {
				b.SetSettings(spec.Origin, "Master", nil)
			}
			return err
		}
	}},
	"makes nothing of what was destroyed": {fails: "Kept/destroyed", says: "CreateZone", breaks: func(b *broken) {
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			if spec.Export != nil && b.Kept(spec.Origin) == nil {
				return providers.ErrNoZone
			}
			return b.Provider.CreateZone(ctx, spec)
		}
	}},

	// Purging.
	"wants something to purge": {fails: "Kept/nothing", breaks: purges(func(b *broken, _ map[string]string, do func() error) error {
		if b.Kept(created) == nil {
			return providers.ErrNoZone
		}
		return do()
	})},
	"purges on when it is cancelled": {fails: "Kept/cancelled", breaks: func(b *broken) {
		b.purge = func(ctx context.Context, origin zonefile.Name, export map[string]string) error {
			return sound[providers.ZonePurger](b).PurgeZone(context.WithoutCancel(ctx), origin, export)
		}
	}},
	"purges without an export": {fails: "Kept/and purged", says: "PurgeZone without an export", breaks: purges(func(b *broken, export map[string]string, do func() error) error {
		if export == nil && b.Served(created) == nil {
			b.DropKept(created)
			return nil
		}
		return do()
	})},
	"purges what is there": {fails: "Kept/and purged", says: "and the zone is there", breaks: purges(func(b *broken, _ map[string]string, do func() error) error {
		if b.Served(created) != nil {
			return nil
		}
		return do()
	})},
	"purges what is there, and says that it did not": {fails: "Kept/and purged", says: "Fetch", breaks: purges(func(b *broken, _ map[string]string, do func() error) error {
		err := do()
		b.DropZone(created)
		return err
	})},
	"says that it purged": {fails: "Kept/and purged", says: "and nothing brings it back", breaks: purges(func(b *broken, export map[string]string, do func() error) error {
		if b.Kept(created) != nil && export != nil {
			return nil
		}
		return do()
	})},
	"takes a second purge for a conflict": {fails: "Kept/and purged", says: "PurgeZone: ", breaks: func(b *broken) {
		last := ""
		purges(func(_ *broken, export map[string]string, do func() error) error {
			if export != nil && export["id"] == last {
				return providers.ErrConflict
			}
			err := do()
			if err == nil && export != nil {
				last = export["id"]
			}
			return err
		})(b)
	}},
	"creates anew with what was purged": {fails: "Kept/and purged", says: "the zone that was created anew has", breaks: func(b *broken) {
		var was *zonefile.Zone
		b.purge = func(ctx context.Context, origin zonefile.Name, export map[string]string) error {
			kept := b.Kept(origin)
			err := sound[providers.ZonePurger](b).PurgeZone(ctx, origin, export)
			if err == nil && kept != nil {
				was = kept
			}
			return err
		}
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			err := b.Provider.CreateZone(ctx, spec)
			if err == nil && was != nil {
				b.AddZone(was)
			}
			return err
		}
	}},
	"purges any zone of that name": {fails: "Kept/and purged", says: "another zone of that name is kept", breaks: purges(func(b *broken, export map[string]string, do func() error) error {
		err := do()
		if errors.Is(err, providers.ErrConflict) && b.Served(created) == nil && export != nil {
			b.DropKept(created)
			return nil
		}
		return err
	})},
	"exports nobody": {fails: "Kept", says: "not a ZoneExporter", breaks: func(b *broken) { b.exportsNothing = true }},

	// Exporting.
	"exports nothing": {fails: "Remove/and make again", says: "ExportZone returned nothing", breaks: func(b *broken) {
		b.export = func(ctx context.Context, origin zonefile.Name) (map[string]string, error) {
			_, err := sound[providers.ZoneExporter](b).ExportZone(ctx, origin)
			return nil, err
		}
	}},
	"exports zones that are not there": {fails: "Remove/no such zone", says: "ExportZone", breaks: func(b *broken) {
		b.export = func(ctx context.Context, origin zonefile.Name) (map[string]string, error) {
			export, err := sound[providers.ZoneExporter](b).ExportZone(ctx, origin)
			return export, without(providers.ErrNoZone, err)
		}
	}},
	"exports on when it is cancelled": {fails: "Remove/cancelled", says: "ExportZone", breaks: func(b *broken) {
		b.export = func(ctx context.Context, origin zonefile.Name) (map[string]string, error) {
			return sound[providers.ZoneExporter](b).ExportZone(context.WithoutCancel(ctx), origin)
		}
	}},
})

// purges has PurgeZone return what purge does, which may do what the fake does.
func purges(purge func(b *broken, export map[string]string, do func() error) error) func(*broken) {
	return func(b *broken) {
		b.purge = func(ctx context.Context, origin zonefile.Name, export map[string]string) error {
			return purge(b, export, func() error { return sound[providers.ZonePurger](b).PurgeZone(ctx, origin, export) })
		}
	}
}
