package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenPromises do not notice, refuse or keep what they should.
var brokenPromises = map[string]breakage{
	// Conflicts.
	"compares nothing":                     {fails: "Conflict/same RRset/both change it", real: &careless, claim: &all},
	"compares nothing when it creates":     {fails: "Conflict/same RRset/both create it", breaks: forgetting(func(c zonefile.Change) bool { return c.Old == nil })},
	"compares nothing when it deletes":     {fails: "Conflict/same RRset/they change what we delete", breaks: forgetting(func(c zonefile.Change) bool { return c.New == nil })},
	"compares RRsets and not the zone":     {fails: "Conflict/other RRset/at another name", real: &all, claim: &zoneTrait},
	"compares the zone and not its RRsets": {fails: "Conflict/other RRset/at another name", real: &zoneTrait, claim: &all},
	"notices nothing":                      {fails: "Conflict/same RRset/both change it", real: &careless, claim: &notices},
	"writes, and says that it did not":     {fails: "Conflict/same RRset/both change it", real: &notices, claim: &all},
	"takes a conflict for invalid": {fails: "Conflict/same RRset/both change it", breaks: afterApply(func(_ *broken, _ providers.Batch, _ *providers.Result, err *error) {
		if errors.Is(*err, providers.ErrConflict) {
			*err = providers.ErrInvalid
		}
	})},
	"says that it applied what a conflict stopped": {fails: "Conflict/same RRset/both change it", breaks: afterApply(func(_ *broken, batch providers.Batch, result *providers.Result, err *error) {
		if errors.Is(*err, providers.ErrConflict) {
			result.Applied = batch.Ops
		}
	})},
	"removes a CNAME that is in its way": {fails: "Conflict/they create a CNAME where we create A", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			for _, op := range batch.Ops {
				cname := zonefile.Key{Name: op.Change.Key().Name, Type: zonefile.TypeCNAME}
				if set, ok := b.Served(origin).Get(cname); ok && err != nil {
					b.Write(origin, zonefile.Change{Old: &set})
				}
			}
			return result, err
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
	"writes, says invalid, and signs": {fails: "Refusal/one among good ones", breaks: func(b *broken) {
		signing(b)
		writingGoodOnes(func(err error) error { return err })(b)
	}},
	"writes, and says invalid":                          {fails: "Refusal/one among good ones", breaks: writingGoodOnes(func(err error) error { return err })},
	"writes in part, though it promises all or nothing": {fails: "Refusal/one among good ones", breaks: writingGoodOnes(func(error) error { return providers.ErrPartial })},
	"refuses with an error of no kind":                  {fails: "Refusal/one among good ones", breaks: refusingWith(errors.New("422"))},
	"refuses with two kinds":                            {fails: "Refusal/one among good ones", breaks: refusingWith(fmt.Errorf("%w, %w", providers.ErrInvalid, providers.ErrPartial))},
	"says that it applied what it did not": {fails: "Refusal/one among good ones", real: &stepwise, breaks: afterApply(func(_ *broken, batch providers.Batch, result *providers.Result, err *error) {
		if errors.Is(*err, providers.ErrPartial) {
			result.Applied = batch.Ops
		}
	})},
	"leaves out what is outside the zone": {fails: "Refusal/name outside the zone", breaks: editing(func(op providers.Op) []providers.Op {
		if !op.Change.Key().Name.In(origin) {
			return nil
		}
		return []providers.Op{op}
	})},
	"ignores other data beside a CNAME":         {fails: "Refusal/other data beside a CNAME", breaks: ignoringRefusals},
	"ignores other data beside another's CNAME": {fails: "Conflict/they create a CNAME where we create A", breaks: ignoringRefusals},
	"raises the serial when it refuses": {fails: "Refusal/one among good ones", breaks: afterApply(func(b *broken, _ providers.Batch, _ *providers.Result, err *error) {
		if errors.Is(*err, providers.ErrInvalid) {
			b.Write(origin)
		}
	})},
	"says that it applied what was refused": {fails: "Refusal/one among good ones", breaks: afterApply(func(_ *broken, batch providers.Batch, result *providers.Result, err *error) {
		if errors.Is(*err, providers.ErrInvalid) {
			result.Applied = batch.Ops
		}
	})},
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
}
