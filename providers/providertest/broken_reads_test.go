package providertest_test

import (
	"context"
	"errors"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenReads do not return what is there, or do not do what every call does.
var brokenReads = map[string]breakage{
	// Reading.
	"returns a part of a large zone": {fails: "Steps/Many/600 records in one go", breaks: func(b *broken) {
		b.fetch = editingZone(b, func(z *zonefile.Zone) *zonefile.Zone {
			return mustZone(z.Origin(), slices.Collect(z.All())[:min(z.Len(), 500)])
		})
	}},
	"remembers what it read": {fails: "Read/what others write is seen", breaks: func(b *broken) {
		var last *providers.Snapshot
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			if last != nil && origin == last.Zone.Origin() {
				return last, nil
			}
			snapshot, err := b.Provider.Fetch(ctx, origin)
			if err == nil {
				last = snapshot
			}
			return snapshot, err
		}
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			last = nil
			return b.Provider.Apply(ctx, origin, batch)
		}
	}},
	"has every zone": {fails: "Read/no such zone", breaks: func(b *broken) {
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			snapshot, err := b.Provider.Fetch(ctx, origin)
			if errors.Is(err, providers.ErrNoZone) {
				return &providers.Snapshot{Zone: zonefile.NewZone(origin)}, nil
			}
			return snapshot, err
		}
	}},
	"reads secondary zones": {fails: "Read/secondary zone", breaks: func(b *broken) {
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			if origin == secondary {
				return &providers.Snapshot{Zone: apexOf(origin), Serial: 7}, nil
			}
			return b.Provider.Fetch(ctx, origin)
		}
	}},
	"lists secondary zones as primary": {fails: "Read/secondary zone", breaks: func(b *broken) {
		b.zones = func(ctx context.Context) ([]providers.ZoneInfo, error) {
			zones, err := b.Provider.Zones(ctx)
			for i := range zones {
				zones[i].Kind = providers.Primary
			}
			return zones, err
		}
	}},
	"lists another serial": {fails: "Read/listed", breaks: func(b *broken) {
		b.zones = func(ctx context.Context) ([]providers.ZoneInfo, error) {
			zones, err := b.Provider.Zones(ctx)
			for i := range zones {
				zones[i].Serial++
			}
			return zones, err
		}
	}},
	"lists one page of zones": {fails: "Read/listed", breaks: func(b *broken) {
		b.zones = func(ctx context.Context) ([]providers.ZoneInfo, error) {
			zones, err := b.Provider.Zones(ctx)
			return zones[min(len(zones), 1):], err
		}
	}},
	"hides the apex NS": {fails: "Read/zone of the fixture", breaks: func(b *broken) {
		b.fetch = editingZone(b, func(z *zonefile.Zone) *zonefile.Zone {
			z.Delete(zonefile.Key{Name: z.Origin(), Type: zonefile.TypeNS})
			return z
		})
	}},
	"serves what it would normalize": {fails: "Read/zone of the fixture", breaks: func(b *broken) {
		b.normalize = func(set zonefile.RRset) (zonefile.RRset, error) { return set.WithTTL(min(set.TTL, 1800)), nil }
	}},
	"reads from a server that lags behind": {fails: "Steps/A/create", passing: true, breaks: afterApply(func(b *broken, _ providers.Batch, result *providers.Result, _ *error) {
		if len(result.Applied) > 0 {
			b.Inject(providers.OperationFetch, memory.Fault{}, memory.Fault{Stale: true})
		}
	})},
	"fetches into the same zone": {fails: "Read/what others write is seen", breaks: func(b *broken) {
		same := zonefile.NewZone(origin)
		b.fetch = editingZone(b, func(z *zonefile.Zone) *zonefile.Zone {
			for c := range zonefile.Diff(same.Clone(), z) {
				if c.New == nil {
					same.Delete(c.Key())
				} else if err := same.Put(*c.New); err != nil {
					panic(err)
				}
			}
			return same
		})
	}},
	"says that it applied to no zone": {fails: "Read/no such zone", breaks: afterApply(func(_ *broken, batch providers.Batch, result *providers.Result, _ *error) {
		result.Applied = batch.Ops
	})},
	"has foreign RRsets in both places": {fails: "Read/zone of the fixture", breaks: func(b *broken) {
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			snapshot, err := b.Provider.Fetch(ctx, origin)
			if err == nil {
				snapshot.Foreign = snapshot.Zone
			}
			return snapshot, err
		}
	}},
	"changes the base": {fails: "Steps/A/create", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			for _, op := range result.Applied {
				if op.Change.New != nil {
					_ = batch.Base.Zone.Put(*op.Change.New) // it is in the zone: it was applied
				}
			}
			return result, err
		}
	}},

	// The serial.
	"leaves the serial": {fails: "Steps/A/create", breaks: serialAs(func(uint32) uint32 { return 7 })},
	"lowers the serial": {fails: "Steps/A/create", breaks: serialAs(func(real uint32) uint32 { return 1<<31 - real })},
	"reports another serial": {fails: "Steps/A/create", breaks: afterApply(func(_ *broken, _ providers.Batch, result *providers.Result, _ *error) {
		result.Serial++
	})},
	"reports nothing as applied": {fails: "Steps/A/create", breaks: afterApply(func(_ *broken, _ providers.Batch, result *providers.Result, _ *error) {
		result.Applied = nil
	})},
	"gives a serial that is not the SOA's": {fails: "Read/zone of the fixture", breaks: func(b *broken) {
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			snapshot, err := b.Provider.Fetch(ctx, origin)
			if err == nil {
				snapshot.Serial++
			}
			return snapshot, err
		}
	}},
	"has one version for all": {fails: "Steps/A/create", real: &all, breaks: func(b *broken) {
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			snapshot, err := b.Provider.Fetch(ctx, origin)
			if err == nil {
				snapshot.Version = "W/1"
			}
			return snapshot, err
		}
	}},
	"writes when there is nothing to write": {fails: "Read/batch without operations", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			if len(batch.Ops) == 0 && err == nil {
				b.Write(origin)
				result.Serial++
			}
			return result, err
		}
	}},
	"takes the serial of git": {fails: "Apex/SOA/serial of git is lower", breaks: func(b *broken) {
		var from uint32 // how far the served serial is above the one to show
		b.fetch = editingZone(b, func(z *zonefile.Zone) *zonefile.Zone { return withSerial(z, serialOf(z)-from) })
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, rebase(b, batch))
			for _, op := range result.Applied {
				if op.Change.Key().Type == zonefile.TypeSOA {
					soa, _ := zonefile.ParseSOA(*op.Change.New)
					from = result.Serial - soa.Serial
				}
			}
			result.Serial -= from
			return result, err
		}
	}},

	// Contexts and zones.
	"reads on when it is cancelled": {fails: "Cancel/Fetch", breaks: func(b *broken) {
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			return b.Provider.Fetch(context.WithoutCancel(ctx), origin)
		}
	}},
	"writes on when it is cancelled": {fails: "Cancel/Apply", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(context.WithoutCancel(ctx), origin, batch)
			if ctx.Err() != nil {
				return providers.Result{}, ctx.Err()
			}
			return result, err
		}
	}},
	"creates a zone over another": {fails: "Create/cannot be created again", breaks: func(b *broken) {
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			b.DropZone(spec.Origin)
			return b.Provider.CreateZone(ctx, spec)
		}
	}},
	"takes a zone that is there for created": {fails: "Create/cannot be created again", breaks: func(b *broken) {
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			if b.Served(spec.Origin) != nil {
				return nil
			}
			return b.Provider.CreateZone(ctx, spec)
		}
	}},
	"creates a zone without its NS": {fails: "Create/has the SOA and NS of the spec", breaks: func(b *broken) {
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			spec.Apex = nil
			return b.Provider.CreateZone(ctx, spec)
		}
	}},
}
