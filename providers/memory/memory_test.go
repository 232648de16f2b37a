package memory_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

var origin = zonefile.MustParseName("example.com.")

// zoneNamed returns a zone with an SOA and an NS RRset.
func zoneNamed(t testing.TB, origin zonefile.Name) *zonefile.Zone {
	t.Helper()
	z, err := zonefile.ZoneOf(origin,
		zonefile.MustParseRRset(origin.String()+" 3600 SOA", "ns1.example. hostmaster.example. 4294967290 7200 3600 1209600 300"),
		zonefile.MustParseRRset(origin.String()+" 3600 NS", "ns1.example.", "ns2.example."))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestBatchesBeyondTheLimitAreWrittenInParts(t *testing.T) {
	traits := providers.Traits{Atomicity: providers.AtomicBatch, Limits: providers.BatchLimits{Ops: 2}}
	p, batch := begin(t, memory.WithTraits(traits), memory.Refusing(func(set zonefile.RRset) bool { return set.Key.Name.String() == "d.example.com." }))
	before, _ := zonefile.ParseSOA(soaOf(p))
	for _, name := range []string{"c", "d", "e"} {
		set := first.WithName(zonefile.MustParseName(name + ".example.com."))
		batch.Ops = append(batch.Ops, providers.Op{Verb: providers.Put, Change: zonefile.Change{New: &set}})
	}
	result, err := p.Apply(t.Context(), origin, batch)
	if !errors.Is(err, providers.ErrPartial) || errors.Is(err, providers.ErrInvalid) {
		t.Errorf("error %v, want one that wraps ErrPartial and nothing else", err)
	}
	if d := cmp.Diff(addresses(p.Served(origin)), []string{first.String(), second.String()}); d != "" {
		t.Errorf("served (-got +want):\n%s", d)
	}
	after, _ := zonefile.ParseSOA(soaOf(p))
	if len(result.Applied) != 2 || result.Serial != after.Serial || after.Serial != before.Serial+1 {
		t.Errorf("the result has %d operations and the serial %d, and the zone went from %d to %d", len(result.Applied), result.Serial, before.Serial, after.Serial)
	}
}

func soaOf(p *memory.Provider) zonefile.RRset {
	set, _ := p.Served(origin).Get(zonefile.Key{Name: origin, Type: zonefile.TypeSOA})
	return set
}

func TestNothingIsShared(t *testing.T) {
	z := zoneNamed(t, origin)
	p := memory.New()
	p.AddZone(z)
	snapshot, err := p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []*zonefile.Zone{z, snapshot.Zone, p.Served(origin)} {
		if err := other.Put(first); err != nil {
			t.Fatal(err)
		}
	}
	if got := addresses(p.Served(origin)); len(got) != 0 {
		t.Errorf("the provider serves what was put into a copy: %s", got)
	}
}

func TestMalformedBatches(t *testing.T) {
	_, batch := begin(t)
	base := batch.Base
	for _, test := range []struct {
		name  string
		batch providers.Batch
	}{
		{"no base", providers.Batch{Ops: batch.Ops}},
		{"nothing to do it to", providers.Batch{Base: base, Ops: []providers.Op{{Verb: providers.Put}}}},
		{"delete with a New", providers.Batch{Base: base, Ops: []providers.Op{{Verb: providers.Delete, Change: zonefile.Change{Old: &first, New: &first}}}}},
		{"put without a New", providers.Batch{Base: base, Ops: []providers.Op{{Verb: providers.Put, Change: zonefile.Change{Old: &first}}}}},
		{"Old of another key", providers.Batch{Base: base, Ops: []providers.Op{{Verb: providers.Put, Change: zonefile.Change{Old: &first, New: &second}}}}},
		{"one key twice", providers.NewBatch(base, []zonefile.Change{{New: &first}, {New: &theirs}})},
		{"no verb", providers.Batch{Base: base, Ops: []providers.Op{{Change: zonefile.Change{New: &first}}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, _ := begin(t)
			if _, err := p.Apply(t.Context(), origin, test.batch); !errors.Is(err, providers.ErrInvalid) {
				t.Errorf("error %v, want one that wraps ErrInvalid", err)
			}
			if got := addresses(p.Served(origin)); len(got) != 0 {
				t.Errorf("written: %s", got)
			}
		})
	}
	t.Run("not normalized", func(t *testing.T) {
		p, batch := begin(t, memory.WithTraits(providers.Traits{Atomicity: providers.AtomicZone, MinTTL: 3600}))
		if _, err := p.Apply(t.Context(), origin, batch); !errors.Is(err, providers.ErrInvalid) {
			t.Errorf("error %v, want one that wraps ErrInvalid", err)
		}
	})
}

func TestRRsetsAreWrittenOneAfterTheOther(t *testing.T) {
	for name, atomicity := range map[string]providers.Atomicity{"none": providers.AtomicNone, "RRset": providers.AtomicRRset} {
		for refused, kind := range map[zonefile.Key]error{first.Key: providers.ErrInvalid, second.Key: providers.ErrPartial} {
			t.Run(name+"/"+refused.String(), func(t *testing.T) {
				p, batch := begin(t, memory.WithTraits(providers.Traits{Atomicity: atomicity}),
					memory.Refusing(func(set zonefile.RRset) bool { return set.Key == refused }))
				result, err := p.Apply(t.Context(), origin, batch)
				if !errors.Is(err, kind) {
					t.Errorf("error %v, want %v", err, kind)
				}
				var want []string
				if refused == second.Key {
					want = []string{first.String()}
				}
				if d := cmp.Diff(addresses(p.Served(origin)), want); d != "" || len(result.Applied) != len(want) {
					t.Errorf("%d operations applied; served (-got +want):\n%s", len(result.Applied), d)
				}
			})
		}
	}
}
