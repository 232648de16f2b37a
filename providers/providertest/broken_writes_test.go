package providertest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenWrites write something other than what they are told, or normalize it to something else.
var brokenWrites = map[string]breakage{
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
	"wipes what it cannot manage": {fails: "Steps/core types", breaks: func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			if len(result.Applied) > 0 && origin != created {
				b.SetForeign(origin)
			}
			return result, err
		}
	}},

	// Text, numbers and names.
	"lowers text":  {fails: "Steps/TXT/letter case kept", breaks: editingText(strings.ToLower)},
	"lowers CAA":   {fails: "Steps/Types/CAA in both cases", breaks: editingTextOf(zonefile.TypeCAA, strings.ToLower)},
	"lowers URI":   {fails: "Steps/Types/URI in both cases", breaks: editingTextOf(zonefile.TypeURI, strings.ToLower)},
	"lowers SPF":   {fails: "Steps/Types/SPF in both cases", breaks: editingTextOf(zonefile.TypeSPF, strings.ToLower)},
	"lowers SVCB":  {fails: "Steps/Types/SVCB in both cases", breaks: editingTextOf(zonefile.TypeSVCB, strings.ToLower)},
	"lowers HTTPS": {fails: "Steps/Types/HTTPS in both cases", breaks: editingTextOf(zonefile.TypeHTTPS, strings.ToLower)},
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
			if set.TTL == 100 || set.TTL == 101 {
				return set, nil
			}
			return set.WithTTL(zonefile.TTL(100 + calls.Add(1)%2)), nil
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
}
