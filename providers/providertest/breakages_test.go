package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// breakage is one way of breaking the contract.
type breakage struct {
	// real, if it is not nil, are the traits that the fake behind has; claim those that snapshots name.
	real, claim *providers.Traits
	// breaks the fake.
	breaks func(*broken)
	// fails is the subtest that has to fail. It is empty for a provider that is not broken.
	fails string
}

// traits returns those of the fake behind.
func (b breakage) traits() providers.Traits {
	if b.real != nil {
		return *b.real
	}
	return all
}

// The traits of providers that can do everything, with the preconditions that there are.
var (
	all       = withPreconditions(providers.ComparesRRsets)
	zoneTrait = withPreconditions(providers.ComparesZone)
	notices   = withPreconditions(providers.NoticesAfterwards)
	careless  = withPreconditions(0)
	stepwise  = providers.Traits{Atomicity: providers.AtomicRRset, SOAWritable: true, ApexNSWritable: true}
	cannot    = providers.Traits{Atomicity: providers.AtomicZone}
)

func withPreconditions(p providers.Preconditions) providers.Traits {
	return providers.Traits{
		Atomicity: providers.AtomicZone, Preconditions: p, SOAWritable: true, ApexNSWritable: true, CanDisable: true,
	}
}

// breakages are the broken providers, and a few that are not. Each breaks in a way that a real system or its client was seen to, or could well.
var breakages = map[string]breakage{
	"sound":                      {},
	"sound, comparing the zone":  {real: &zoneTrait},
	"sound, noticing":            {real: &notices},
	"sound, promising nothing":   {real: &careless},
	"sound, one RRset at a time": {real: &stepwise},
	"sound, signing": {breaks: func(b *broken) {
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			if z := b.Served(origin); z != nil && ctx.Err() == nil {
				b.Write(origin) // the server signs, and writes to the zone when it likes
				b.SetForeign(origin, zonefile.MustParseRRset(origin.String()+" 0 TYPE65534", fmt.Sprintf(`\# 4 %08x`, serialOf(z))))
			}
			return b.Provider.Fetch(ctx, origin)
		}
	}},
	"sound, not writing at the apex": {real: &cannot},

	// What is written.
	"ignores a TTL that changes alone": {fails: "Steps/A/TTL only", breaks: editing(func(op providers.Op) []providers.Op {
		if op.Change.Old != nil && op.Change.New != nil && op.Change.Old.SameData(*op.Change.New) {
			return nil
		}
		return []providers.Op{op}
	})},
	"loses one of many records": {fails: "Steps/A/second record", breaks: editingNew(func(set zonefile.RRset) zonefile.RRset {
		return only(set, max(set.Len()-1, 1))
	})},
	"cuts an RRset off at 100 records": {fails: "Steps/Many/RRset of 150 records", breaks: editingNew(func(set zonefile.RRset) zonefile.RRset {
		return only(set, min(set.Len(), 100))
	})},
	"adds to an RRset instead of replacing it": {fails: "Steps/A/change one of many", breaks: editing(func(op providers.Op) []providers.Op {
		if op.Change.Old != nil && op.Change.New != nil && op.Change.Key().Type == zonefile.TypeA {
			union := merge(*op.Change.New, *op.Change.Old)
			op.Change.New = &union
		}
		return []providers.Op{op}
	})},
	"keeps the old apex NS": {fails: "Apex/NS/all others", breaks: editing(func(op providers.Op) []providers.Op {
		if op.Change.Old != nil && op.Change.New != nil && op.Change.Key().Type == zonefile.TypeNS {
			union := merge(*op.Change.New, *op.Change.Old)
			op.Change.New = &union
		}
		return []providers.Op{op}
	})},
	"applies half of a batch": {fails: "Steps/Batches/create, update and delete", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			ops := batch.Ops
			batch.Ops = ops[:(len(ops)+1)/2]
			result, err := b.Provider.Apply(ctx, origin, batch)
			result.Applied = ops
			return result, err
		}
	}},
	"does not delete": {fails: "Steps/A/delete", breaks: editing(func(op providers.Op) []providers.Op {
		if op.Verb == providers.Delete {
			return nil
		}
		return []providers.Op{op}
	})},
	"puts before it deletes": {fails: "Steps/CNAME/A to CNAME", real: &stepwise, breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			batch.Ops = slices.Clone(batch.Ops)
			slices.Reverse(batch.Ops)
			return b.Provider.Apply(ctx, origin, batch)
		}
	}},
	"deletes a whole name": {fails: "Steps/AAAA/beside A", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			for _, op := range result.Applied {
				aaaa := zonefile.Key{Name: op.Change.Key().Name, Type: zonefile.TypeAAAA}
				if set, ok := b.Served(origin).Get(aaaa); ok && op.Change.Key().Type == zonefile.TypeA {
					b.Write(origin, zonefile.Change{Old: &set})
				}
			}
			return result, err
		}
	}},

	// Text, numbers and names.
	"lowers text": {fails: "Steps/TXT/letter case kept", breaks: editingText(strings.ToLower)},
	"joins strings": {fails: "Steps/TXT/two strings", breaks: editingText(func(text string) string {
		return strings.ReplaceAll(text, `" "`, "")
	})},
	"drops what is behind a semicolon": {fails: "Steps/TXT/semicolons", breaks: editingText(func(text string) string {
		if before, _, cut := strings.Cut(text, "; "); cut {
			return before + `"`
		}
		return text
	})},
	"drops backslashes": {fails: "Steps/TXT/backslashes", breaks: editingText(func(text string) string {
		return strings.ReplaceAll(text, `\\`, "")
	})},
	"takes the null MX for nothing": {fails: "Steps/Types/null MX", breaks: editing(func(op providers.Op) []providers.Op {
		if op.Change.New != nil && slices.Equal(op.Change.New.Text(), []string{"0 ."}) {
			return nil
		}
		return []providers.Op{op}
	})},
	"loses wildcards": {fails: "Steps/Names/wildcard", breaks: editing(func(op providers.Op) []providers.Op {
		if op.Change.Key().Name.IsWildcard() {
			return nil
		}
		return []providers.Op{op}
	})},

	// Normalize.
	"normalizes further each time": {fails: "Normalize/of the steps", breaks: func(b *broken) {
		b.normalize = func(set zonefile.RRset) (zonefile.RRset, error) { return set.WithTTL(set.TTL + 1), nil }
	}},
	"normalizes differently each time": {fails: "Normalize/of the steps", breaks: func(b *broken) {
		var calls atomic.Uint32
		b.normalize = func(set zonefile.RRset) (zonefile.RRset, error) {
			return set.WithTTL(zonefile.TTL(calls.Add(1) % 1000)), nil
		}
	}},
	"normalizes TTLs beyond its bounds": {fails: "Normalize/of the steps", claim: &providers.Traits{MinTTL: 60}},
	"normalizes odd octets with another error": {fails: "Normalize/of anything", breaks: func(b *broken) {
		b.normalize = func(set zonefile.RRset) (zonefile.RRset, error) {
			if strings.Contains(set.String(), `\1`) {
				return set, errors.New("cannot write that")
			}
			return set, nil
		}
	}},
	"supports nothing": {fails: "Steps/core types", breaks: func(b *broken) {
		b.normalize = func(zonefile.RRset) (zonefile.RRset, error) { return zonefile.RRset{}, providers.ErrUnsupported }
	}},
	"supports hardly anything": {fails: "Steps", breaks: func(b *broken) {
		b.normalize = func(set zonefile.RRset) (zonefile.RRset, error) {
			if set.Key.Name.Labels() > 2 && !strings.HasPrefix(set.Key.Name.String(), "www.") && set.Key.Type != zonefile.TypeCNAME || set.Key.Type == zonefile.TypeTXT && set.Text()[0] != `"core"` {
				return set, providers.ErrUnsupported
			}
			return set, nil
		}
	}},
	"applies what it did not normalize": {fails: "Steps/TTL/0", breaks: editingNew(func(set zonefile.RRset) zonefile.RRset {
		return set.WithTTL(max(set.TTL, 60))
	})},

	"wipes what it cannot manage": {fails: "Steps/core types", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			if len(result.Applied) > 0 && origin != created {
				b.SetForeign(origin)
			}
			return result, err
		}
	}},

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
	"lists one page of zones": {fails: "Read/listed", breaks: func(b *broken) {
		b.zones = func(ctx context.Context) ([]providers.ZoneInfo, error) {
			zones, err := b.Provider.Zones(ctx)
			return zones[min(len(zones), 1):], err
		}
	}},
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
	"reports another serial": {fails: "Steps/A/create", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			result.Serial++
			return result, err
		}
	}},
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

	// Conflicts.
	"compares nothing":                     {fails: "Conflict/same RRset/both change it", real: &careless, claim: &all},
	"compares nothing when it creates":     {fails: "Conflict/same RRset/both create it", breaks: forgetting(func(c zonefile.Change) bool { return c.Old == nil })},
	"compares nothing when it deletes":     {fails: "Conflict/same RRset/they change what we delete", breaks: forgetting(func(c zonefile.Change) bool { return c.New == nil })},
	"compares RRsets and not the zone":     {fails: "Conflict/other RRset/at another name", real: &all, claim: &zoneTrait},
	"compares the zone and not its RRsets": {fails: "Conflict/other RRset/at another name", real: &zoneTrait, claim: &all},
	"notices nothing":                      {fails: "Conflict/same RRset/both change it", real: &careless, claim: &notices},
	"writes, and says that it did not":     {fails: "Conflict/same RRset/both change it", real: &notices, claim: &all},
	"takes a conflict for invalid": {fails: "Conflict/same RRset/both change it", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			if errors.Is(err, providers.ErrConflict) {
				err = providers.ErrInvalid
			}
			return result, err
		}
	}},
	"says that it applied what a conflict stopped": {fails: "Conflict/same RRset/both change it", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			if errors.Is(err, providers.ErrConflict) {
				result.Applied = batch.Ops
			}
			return result, err
		}
	}},
	"takes the place of a CNAME": {fails: "Conflict/they create a CNAME where we create A", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			for _, op := range batch.Ops {
				cname := zonefile.Key{Name: op.Change.Key().Name, Type: zonefile.TypeCNAME}
				if set, ok := b.Served(origin).Get(cname); ok && op.Change.Key() != cname {
					b.Write(origin, zonefile.Change{Old: &set})
				}
			}
			return b.Provider.Apply(ctx, origin, batch)
		}
	}},
	"writes what does not conflict": {fails: "Conflict/same RRset/one of our two", breaks: writingTheRest},
	"gives way to others without a word": {fails: "Conflict/other RRset/at another name", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			if now, err := b.Provider.Fetch(ctx, origin); err == nil && now.Version != batch.Base.Version {
				return providers.Result{Serial: now.Serial, Applied: batch.Ops}, nil
			}
			return b.Provider.Apply(ctx, origin, batch)
		}
	}},
	"writes the whole zone back from its base": {fails: "Conflict/other RRset/at another name", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			if err == nil && len(batch.Ops) > 0 {
				want := batch.Base.Zone.With(batch.Changes())
				changes := slices.Collect(zonefile.Diff(b.Served(origin), want))
				if changes = slices.DeleteFunc(changes, isSOA); len(changes) > 0 {
					b.Write(origin, changes...)
					result.Serial = serialOf(b.Served(origin))
				}
			}
			return result, err
		}
	}},

	// Refusals.
	"writes, and says invalid":                          {fails: "Refusal/one among good ones", breaks: writingGoodOnes(func(err error) error { return err })},
	"writes in part, though it promises all or nothing": {fails: "Refusal/one among good ones", breaks: writingGoodOnes(func(error) error { return providers.ErrPartial })},
	"refuses with an error of no kind":                  {fails: "Refusal/one among good ones", breaks: refusingWith(errors.New("422"))},
	"refuses with two kinds":                            {fails: "Refusal/one among good ones", breaks: refusingWith(fmt.Errorf("%w, %w", providers.ErrInvalid, providers.ErrPartial))},
	"says that it applied what it did not": {fails: "Refusal/one among good ones", real: &stepwise, breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			if errors.Is(err, providers.ErrPartial) {
				result.Applied = batch.Ops
			}
			return result, err
		}
	}},
	"leaves out what is outside the zone": {fails: "Refusal/name outside the zone", breaks: editing(func(op providers.Op) []providers.Op {
		if !op.Change.Key().Name.In(origin) {
			return nil
		}
		return []providers.Op{op}
	})},
	"ignores other data beside a CNAME": {fails: "Refusal/other data beside a CNAME", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			if errors.Is(err, providers.ErrInvalid) {
				return providers.Result{Applied: batch.Ops}, nil
			}
			return result, err
		}
	}},
	"ignores a CNAME beside other data": {fails: "Refusal/CNAME beside other data", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			if errors.Is(err, providers.ErrInvalid) {
				good := batch
				good.Ops = slices.DeleteFunc(slices.Clone(batch.Ops), func(op providers.Op) bool { return op.Change.Key().Type == zonefile.TypeCNAME })
				return b.Provider.Apply(ctx, origin, good)
			}
			return result, err
		}
	}},
	"deletes the SOA":     {fails: "Refusal/delete the SOA", breaks: deletingApex(zonefile.TypeSOA)},
	"deletes the apex NS": {fails: "Refusal/delete the NS", breaks: deletingApex(zonefile.TypeNS)},
	"ignores what the server makes": {fails: "Refusal/what the server makes", breaks: editing(func(op providers.Op) []providers.Op {
		if strings.HasPrefix(op.Change.Key().Name.String(), "server.") {
			return nil
		}
		return []providers.Op{op}
	})},
	"ignores the apex NS": {fails: "Apex/NS/one more", real: &cannot, breaks: ignoringApex(zonefile.TypeNS)},
	"ignores the SOA":     {fails: "Apex/SOA/timers", real: &cannot, breaks: ignoringApex(zonefile.TypeSOA)},

	// Hiding.
	"wipes what is hidden": {fails: "Disable/change that", breaks: func(b *broken) {
		wiped := false
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			snapshot, err := b.Provider.Fetch(ctx, origin)
			if err == nil && wiped {
				snapshot.Disabled = nil
			}
			return snapshot, err
		}
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			for _, op := range batch.Ops {
				wiped = wiped || op.Verb == providers.Put && op.Change.Old != nil && batch.Base.Disabled != nil && batch.Base.Disabled.Has(op.Change.Key())
			}
			return b.Provider.Apply(ctx, origin, batch)
		}
	}},
	"deletes instead of hiding": {fails: "Disable/hide", breaks: editing(func(op providers.Op) []providers.Op {
		if op.Verb == providers.Disable {
			op.Verb = providers.Delete
		}
		return []providers.Op{op}
	})},
	"puts instead of enabling and keeps the copy": {fails: "Disable/serve again", breaks: func(b *broken) {
		var hidden *zonefile.Zone
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			snapshot, err := b.Provider.Fetch(ctx, origin)
			if err == nil && hidden != nil {
				snapshot.Disabled = hidden
			}
			return snapshot, err
		}
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			if len(batch.Ops) > 0 && batch.Ops[0].Verb == providers.Enable {
				hidden = batch.Base.Disabled
			}
			return b.Provider.Apply(ctx, origin, batch)
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
			b.RemoveZone(spec.Origin)
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
