package providertest_test

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenHiding do something wrong to hidden copies.
var brokenHiding = map[string]breakage{
	"does not purge": {fails: "Hidden/purge", breaks: editing(func(op providers.Op) []providers.Op {
		if op.Verb == providers.Purge {
			return nil
		}
		return []providers.Op{op}
	})},
	"purges all that is hidden at a key": {fails: "Hidden/purge one of two", breaks: purging(func(hidden, _ zonefile.RRset) zonefile.RRset { return hidden })},
	"purges in either letter case": {fails: "Hidden/purge one of two that differ in case", breaks: purging(func(hidden, old zonefile.RRset) zonefile.RRset {
		var same []string
		for rdata := range hidden.RDATA() {
			if slices.ContainsFunc(slices.Collect(old.RDATA()), func(r string) bool { return strings.EqualFold(r, rdata) }) {
				same = append(same, rdata)
			}
		}
		if same == nil {
			return old
		}
		return rrset(old.Key, old.TTL, same)
	})},
	"purges what has the same TTL": {fails: "Hidden/they change its TTL, and it is purged", breaks: purging(func(hidden, old zonefile.RRset) zonefile.RRset {
		if hidden.TTL != old.TTL {
			return rrset(old.Key, old.TTL, []string{"\x00\x00\x00\x00"})
		}
		return old
	})},
	"purges what is served too": {fails: "Hidden/purge beside what is served", breaks: afterApply(func(b *broken, batch providers.Batch, result *providers.Result, err *error) {
		for _, op := range result.Applied {
			if set, ok := b.Served(origin).Get(op.Change.Key()); ok && op.Verb == providers.Purge && *err == nil {
				b.Write(origin, zonefile.Change{Old: &set})
				result.Serial = serialOf(b.Served(origin))
			}
		}
	})},
	"purges what is served again": {fails: "Hidden/they serve it, and it is purged", breaks: afterApply(func(b *broken, batch providers.Batch, result *providers.Result, err *error) {
		for _, op := range result.Applied {
			if set, ok := b.Served(origin).Get(op.Change.Key()); ok && op.Verb == providers.Purge && *err == nil && set.SameData(*op.Change.Old) {
				b.Write(origin, zonefile.Change{Old: &set})
				result.Serial = serialOf(b.Served(origin))
			}
		}
	})},
	"purges instead of what else is done at the key": {fails: "Hidden/purge and put", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			asked := batch.Ops
			batch.Ops = slices.DeleteFunc(slices.Clone(asked), func(op providers.Op) bool {
				return op.Verb != providers.Purge && slices.ContainsFunc(asked, func(other providers.Op) bool {
					return other.Verb == providers.Purge && other.Change.Key() == op.Change.Key()
				})
			})
			result, err := b.Provider.Apply(ctx, origin, batch)
			if err == nil {
				result.Applied = asked
			}
			return result, err
		}
	}},
	"purges what it hides in the same batch": {fails: "Hidden/purge and hide", breaks: editing(func(op providers.Op) []providers.Op {
		if op.Verb == providers.Disable && op.Change.Key().Name != origin {
			op.Verb = providers.Delete
		}
		return []providers.Op{op}
	})},
	"takes what is gone for a conflict": {fails: "Hidden/purge what is gone", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			for _, op := range batch.Ops {
				if hidden := b.Hidden(origin); op.Verb == providers.Purge && hidden != nil && !hidden.Has(op.Change.Key()) {
					return providers.Result{}, providers.ErrConflict
				}
			}
			return b.Provider.Apply(ctx, origin, batch)
		}
	}},
	"enables what is gone": {fails: "Hidden/they delete it", breaks: editing(func(op providers.Op) []providers.Op {
		if op.Verb == providers.Enable {
			op.Verb = providers.Put
		}
		return []providers.Op{op}
	})},
	"enables what is gone since": {fails: "Hidden/they delete it after our base", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			asked := batch.Ops
			batch.Ops = slices.Clone(asked)
			for i, op := range batch.Ops {
				hidden := batch.Base.Disabled
				if op.Verb == providers.Enable && hidden != nil && hidden.Has(op.Change.Key()) && !b.Hidden(origin).Has(op.Change.Key()) {
					batch.Ops[i].Verb = providers.Put
				}
			}
			result, err := b.Provider.Apply(ctx, origin, batch)
			if err == nil {
				result.Applied = asked
			}
			return result, err
		}
	}},
	"enables all that is hidden at a key": {fails: "Hidden/enable one of two", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			asked := batch.Ops
			batch.Ops = slices.Clone(asked)
			for i, op := range batch.Ops {
				if hidden := batch.Base.Disabled; op.Verb == providers.Enable && hidden != nil {
					if set, ok := hidden.Get(op.Change.Key()); ok {
						set = set.WithTTL(op.Change.New.TTL)
						batch.Ops[i].Change.New = &set
					}
				}
			}
			result, err := b.Provider.Apply(ctx, origin, batch)
			if err == nil {
				result.Applied = asked
			}
			return result, err
		}
	}},
	"writes the rest before it finds a copy gone": {fails: "Hidden/enable more than there is", breaks: writingTheRest},
	"says of a bad purge that all is well": {fails: "Hidden/bad purges/outside the zone", breaks: afterApply(func(_ *broken, batch providers.Batch, result *providers.Result, err *error) {
		if errors.Is(*err, providers.ErrInvalid) && batch.Ops[0].Verb == providers.Purge {
			result.Applied, *err = batch.Ops, nil
		}
	})},
	"shows what is hidden as served": {fails: "Disable/hide", breaks: func(b *broken) {
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			snapshot, err := b.Provider.Fetch(ctx, origin)
			if err == nil && snapshot.Disabled != nil {
				for set := range snapshot.Disabled.All() {
					if !snapshot.Zone.Has(set.Key) {
						_ = snapshot.Zone.Put(set) // it is in the zone: it was hidden there
					}
				}
			}
			return snapshot, err
		}
	}},
}

// purging has Apply purge what choose makes of what is hidden at the key and the Old of the purge.
func purging(choose func(hidden, old zonefile.RRset) zonefile.RRset) func(*broken) {
	return func(b *broken) {
		editing(func(op providers.Op) []providers.Op {
			if hidden, ok := b.Hidden(origin).Get(op.Change.Key()); ok && op.Verb == providers.Purge {
				set := choose(hidden, *op.Change.Old)
				op.Change.Old = &set
			}
			return []providers.Op{op}
		})(b)
	}
}
