package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// editing has Apply carry out, for each operation, those that edit makes of it, and report all of the batch as applied.
func editing(edit func(providers.Op) []providers.Op) func(*broken) {
	return func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			asked := batch.Ops
			batch.Ops = nil
			for _, op := range asked {
				batch.Ops = append(batch.Ops, edit(op)...)
			}
			result, err := b.Provider.Apply(ctx, origin, batch)
			if err == nil {
				result.Applied = asked
			}
			return result, err
		}
	}
}

// afterApply has Apply return what edit makes of its result and error.
func afterApply(edit func(*broken, providers.Batch, *providers.Result, *error)) func(*broken) {
	return func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			edit(b, batch, &result, &err)
			return result, err
		}
	}
}

// ignoringRefusals has Apply say that all is well when the server refuses something.
var ignoringRefusals = afterApply(func(_ *broken, batch providers.Batch, result *providers.Result, err *error) {
	if errors.Is(*err, providers.ErrInvalid) {
		result.Applied, *err = batch.Ops, nil
	}
})

// editingNew is editing of the RRsets that are put, but for those of the apex.
func editingNew(edit func(zonefile.RRset) zonefile.RRset) func(*broken) {
	return editing(func(op providers.Op) []providers.Op {
		if op.Change.New != nil && op.Change.Key().Name != origin {
			set := edit(*op.Change.New)
			op.Change.New = &set
		}
		return []providers.Op{op}
	})
}

// editingText is editing of the presentation form of TXT.
func editingText(edit func(string) string) func(*broken) {
	return editingTextOf(zonefile.TypeTXT, edit)
}

// editingTextOf is editing of the presentation form of a type.
func editingTextOf(typ zonefile.Type, edit func(string) string) func(*broken) {
	return editingNew(func(set zonefile.RRset) zonefile.RRset {
		if set.Key.Type != typ {
			return set
		}
		texts := set.Text()
		for i := range texts {
			texts[i] = edit(texts[i])
		}
		edited, err := zonefile.ParseRRset(set.Key, set.TTL, origin, texts...)
		if err != nil {
			return set // not what the breakage is about
		}
		return edited
	})
}

// editingZone returns a Fetch that shows what edit makes of the zone.
func editingZone(b *broken, edit func(*zonefile.Zone) *zonefile.Zone) func(context.Context, zonefile.Name) (*providers.Snapshot, error) {
	return func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
		snapshot, err := b.Provider.Fetch(ctx, origin)
		if err == nil {
			snapshot.Zone = edit(snapshot.Zone)
			snapshot.Serial = serialOf(snapshot.Zone)
		}
		return snapshot, err
	}
}

// signing has the server sign the zone, and write to it whenever somebody looks.
func signing(b *broken) {
	b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
		if z := b.Served(origin); z != nil && ctx.Err() == nil {
			b.Write(origin)
			b.SetForeign(origin, zonefile.MustParseRRset(origin.String()+" 0 TYPE65534", fmt.Sprintf(`\# 4 %08x`, serialOf(z))))
		}
		return b.Provider.Fetch(ctx, origin)
	}
}

// claiming has snapshots name other traits than the fake has.
func claiming(b *broken, traits providers.Traits) {
	fetch := b.fetch
	if fetch == nil {
		fetch = b.Provider.Fetch
	}
	b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
		snapshot, err := fetch(ctx, origin)
		if err == nil {
			snapshot.Traits = traits
		}
		return snapshot, err
	}
}

// serialAs has the zone show another serial than it has.
func serialAs(edit func(uint32) uint32) func(*broken) {
	return func(b *broken) {
		b.fetch = editingZone(b, func(z *zonefile.Zone) *zonefile.Zone { return withSerial(z, edit(serialOf(z))) })
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, rebase(b, batch))
			result.Serial = 0
			return result, err
		}
	}
}

// rebase gives the SOA in a batch the Old that the fake has, which is shown with another serial.
func rebase(b *broken, batch providers.Batch) providers.Batch {
	batch.Ops = slices.Clone(batch.Ops)
	for i, op := range batch.Ops {
		if z := b.Served(op.Change.Key().Name); z != nil && isSOA(op.Change) && op.Change.Old != nil {
			set, _ := z.Get(op.Change.Key())
			batch.Ops[i].Change.Old = &set
		}
	}
	return batch
}

// forgetting has Apply forget the precondition of some changes.
func forgetting(forgets func(zonefile.Change) bool) func(*broken) {
	return func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			z := b.Served(origin)
			batch.Ops = slices.Clone(batch.Ops)
			for i, op := range batch.Ops {
				if z == nil || !forgets(op.Change) {
					continue
				}
				if set, ok := z.Get(op.Change.Key()); ok {
					batch.Ops[i].Change.Old = &set
				}
			}
			return b.Provider.Apply(ctx, origin, batch)
		}
	}
}

// writingTheRest has Apply write the operations that do not conflict, one after the other, before it reports the conflict.
func writingTheRest(b *broken) {
	b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
		result, err := b.Provider.Apply(ctx, origin, batch)
		if errors.Is(err, providers.ErrConflict) {
			for _, op := range batch.Ops {
				_, _ = b.Provider.Apply(ctx, origin, providers.Batch{Base: batch.Base, Ops: []providers.Op{op}})
			}
		}
		return result, err
	}
}

// writingGoodOnes has Apply write what is not refused before it reports the refusal, as says makes it.
func writingGoodOnes(says func(error) error) func(*broken) {
	return func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			result, err := b.Provider.Apply(ctx, origin, batch)
			if errors.Is(err, providers.ErrInvalid) {
				batch.Ops = slices.DeleteFunc(slices.Clone(batch.Ops), func(op providers.Op) bool { return op.Change.Key() == refused.Key })
				_, _ = b.Provider.Apply(ctx, origin, batch)
				err = says(err)
			}
			return result, err
		}
	}
}

// refusingWith has Apply give another error for what the server refuses.
func refusingWith(other error) func(*broken) {
	return afterApply(func(_ *broken, _ providers.Batch, _ *providers.Result, err *error) {
		if errors.Is(*err, providers.ErrInvalid) {
			*err = other
		}
	})
}

// deletingApex has the server take the deletion of an RRset that the zone cannot be without.
func deletingApex(t zonefile.Type) func(*broken) {
	return func(b *broken) {
		b.apply = func(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
			for _, op := range batch.Ops {
				if op.Verb == providers.Delete && op.Change.Key() == (zonefile.Key{Name: origin, Type: t}) {
					b.Write(origin, op.Change)
					return providers.Result{Applied: batch.Ops}, nil
				}
			}
			return b.Provider.Apply(ctx, origin, batch)
		}
	}
}

// ignoringApex has the server ignore an RRset of the apex.
func ignoringApex(t zonefile.Type) func(*broken) {
	return editing(func(op providers.Op) []providers.Op {
		if op.Change.Key() == (zonefile.Key{Name: origin, Type: t}) {
			return nil
		}
		return []providers.Op{op}
	})
}

func isSOA(c zonefile.Change) bool { return c.Key().Type == zonefile.TypeSOA }

// only returns the first n records of a set.
func only(set zonefile.RRset, n int) zonefile.RRset {
	return rrset(set.Key, set.TTL, slices.Collect(set.RDATA())[:n])
}

// merge returns the records of both, with the TTL of the first.
func merge(a, b zonefile.RRset) zonefile.RRset {
	return rrset(a.Key, a.TTL, slices.AppendSeq(slices.Collect(a.RDATA()), b.RDATA()))
}

func rrset(key zonefile.Key, ttl zonefile.TTL, records []string) zonefile.RRset {
	rdata := make([][]byte, len(records))
	for i, r := range records {
		rdata[i] = []byte(r)
	}
	set, err := zonefile.NewRRset(key, ttl, rdata...)
	if err != nil {
		panic(err)
	}
	return set
}

func mustZone(origin zonefile.Name, sets []zonefile.RRset) *zonefile.Zone {
	z, err := zonefile.ZoneOf(origin, sets...)
	if err != nil {
		panic(err)
	}
	return z
}

func serialOf(z *zonefile.Zone) uint32 {
	set, _ := z.Get(zonefile.Key{Name: z.Origin(), Type: zonefile.TypeSOA})
	soa, _ := zonefile.ParseSOA(set)
	return soa.Serial
}

// withSerial returns z with another serial.
func withSerial(z *zonefile.Zone, serial uint32) *zonefile.Zone {
	set, ok := z.Get(zonefile.Key{Name: z.Origin(), Type: zonefile.TypeSOA})
	if !ok {
		return z
	}
	soa, err := zonefile.ParseSOA(set)
	if err != nil {
		panic(err)
	}
	soa.Serial = serial
	other := soa.RRset(z.Origin(), set.TTL)
	return z.With([]zonefile.Change{{New: &other}})
}
