package providertest_test

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenZones do something wrong when they remove zones and make them again, or name versions.
var brokenZones = map[string]breakage{
	// Removing.
	"removes whatever there is": {fails: "Remove/that has changed/a value", breaks: func(b *broken) {
		b.remove = func(ctx context.Context, base *providers.Snapshot) error {
			now, err := b.Fetch(ctx, base.Zone.Origin())
			if err != nil {
				return err
			}
			return b.Provider.RemoveZone(ctx, now)
		}
	}},
	"removes what has other hidden copies": {fails: "Remove/that has changed/a hidden copy", breaks: func(b *broken) {
		b.remove = func(ctx context.Context, base *providers.Snapshot) error {
			now, err := b.Fetch(ctx, base.Zone.Origin())
			if err != nil {
				return err
			}
			if now.Disabled != nil {
				return b.Provider.RemoveZone(ctx, now)
			}
			return b.Provider.RemoveZone(ctx, base)
		}
	}},
	"says that it removed": {fails: "Remove/and make again", breaks: func(b *broken) {
		b.remove = func(ctx context.Context, base *providers.Snapshot) error {
			_, err := b.Fetch(ctx, base.Zone.Origin())
			return err
		}
	}},
	"removes what is not there": {fails: "Remove/no such zone", breaks: func(b *broken) {
		b.remove = func(ctx context.Context, base *providers.Snapshot) error {
			if err := b.Provider.RemoveZone(ctx, base); !errors.Is(err, providers.ErrNoZone) {
				return err
			}
			return nil
		}
	}},
	"removes secondary zones": {fails: "Remove/secondary zone", breaks: func(b *broken) {
		b.remove = func(ctx context.Context, base *providers.Snapshot) error {
			if base.Zone.Origin() == secondary {
				b.DropZone(secondary)
				return nil
			}
			return b.Provider.RemoveZone(ctx, base)
		}
	}},
	"has settings of zones that are not there": {fails: "Remove/no such zone", breaks: func(b *broken) {
		b.settings = func(ctx context.Context, origin zonefile.Name) (string, map[string]string, error) {
			kind, settings, err := b.Provider.ZoneSettings(ctx, origin)
			if errors.Is(err, providers.ErrNoZone) {
				return "Native", nil, nil
			}
			return kind, settings, err
		}
	}},
	"removes on when it is cancelled": {fails: "Remove/cancelled", breaks: func(b *broken) {
		b.remove = func(ctx context.Context, base *providers.Snapshot) error {
			return b.Provider.RemoveZone(context.WithoutCancel(ctx), base)
		}
	}},
	"still lists what was removed": {fails: "Remove/and make again", breaks: func(b *broken) {
		b.zones = func(ctx context.Context) ([]providers.ZoneInfo, error) {
			zones, err := b.Provider.Zones(ctx)
			if b.Served(created) == nil {
				zones = append(zones, providers.ZoneInfo{Origin: created, Kind: providers.Primary})
			}
			return zones, err
		}
	}},
	"makes zones with other settings": {fails: "Remove/and make again", breaks: func(b *broken) {
		var calls atomic.Int32
		b.settings = func(ctx context.Context, origin zonefile.Name) (string, map[string]string, error) {
			kind, _, err := b.Provider.ZoneSettings(ctx, origin)
			return kind, map[string]string{"id": strconv.Itoa(int(calls.Add(1)))}, err
		}
	}},
	"makes zones with a first serial": {fails: "Remove/and make again", breaks: func(b *broken) {
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			for i, set := range spec.Apex {
				if soa, err := zonefile.ParseSOA(set); err == nil {
					soa.Serial = 1
					spec.Apex[i] = soa.RRset(spec.Origin, set.TTL)
				}
			}
			return b.Provider.CreateZone(ctx, spec)
		}
	}},

	// Versions.
	"lists another version": {fails: "Version/stays", breaks: func(b *broken) {
		b.zones = func(ctx context.Context) ([]providers.ZoneInfo, error) {
			zones, err := b.Provider.Zones(ctx)
			for i := range zones {
				zones[i].Version += "'"
			}
			return zones, err
		}
	}},
	"lists the version of before": {fails: "Version/value", breaks: func(b *broken) {
		last := map[zonefile.Name]string{}
		b.zones = func(ctx context.Context) ([]providers.ZoneInfo, error) {
			zones, err := b.Provider.Zones(ctx)
			for i, z := range zones {
				if old, ok := last[z.Origin]; ok && old != z.Version {
					zones[i].Version = old
				}
				last[z.Origin] = z.Version
			}
			return zones, err
		}
	}},
	"has another version each time": {fails: "Version/stays", breaks: func(b *broken) {
		var calls atomic.Int32
		versioning(b, func(*providers.Snapshot) string { return strconv.Itoa(int(calls.Add(1))) })
	}},
	"has the same version for the same records": {fails: "Version/back", real: &careless, breaks: func(b *broken) {
		versioning(b, func(s *providers.Snapshot) string { return withSerial(s.Zone, 0).Digest().String() })
	}},
	"takes the serial for a version": {fails: "Version/removed, and made with the same SOA", breaks: func(b *broken) {
		versioning(b, func(s *providers.Snapshot) string { return strconv.FormatUint(uint64(s.Serial), 10) })
	}},
	"has the same version whatever is hidden": {fails: "Version/TTL of what is hidden, by somebody else", real: &careless, breaks: func(b *broken) {
		hidden, version := "", ""
		versioning(b, func(s *providers.Snapshot) string {
			z := withSerial(s.Zone, 0).Digest().String()
			if z != hidden {
				hidden, version = z, s.Version
			}
			return version
		})
	}},
}

// versioning has snapshots named by name, and lists without versions.
func versioning(b *broken, name func(*providers.Snapshot) string) {
	b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
		snapshot, err := b.Provider.Fetch(ctx, origin)
		if err == nil {
			snapshot.Version = name(snapshot)
		}
		return snapshot, err
	}
	b.zones = func(ctx context.Context) ([]providers.ZoneInfo, error) {
		zones, err := b.Provider.Zones(ctx)
		for i := range zones {
			zones[i].Version = ""
		}
		return zones, err
	}
}
