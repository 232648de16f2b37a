package store

import (
	"context"
	"fmt"
	"testing"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func host(i int) zonefile.RRset {
	return zonefile.MustParseRRset(fmt.Sprintf("host-%07d.example.com. 300 A", i), fmt.Sprintf("192.0.2.%d", i%256))
}

// creation is an intent that creates RRsets, and the conclusion that all are live.
func creation(n int) (reconcile.Intent, reconcile.Conclusion) {
	in := reconcile.Intent{Ref: onLive, Writer: reconcile.Writer{Actor: "ci", Commit: "c0ffee"}, Why: "apply", Changes: make([]reconcile.Change, n)}
	live := make([]bool, n)
	for i := range n {
		set := host(i)
		in.Changes[i] = reconcile.Change{
			Kind: reconcile.KindRRset, Action: reconcile.Create, Key: set.Key, New: &set,
			Source: zonefile.Position{File: "zones/example.com.zone", Line: i + 1},
		}
		live[i] = true
	}
	return in, reconcile.Conclusion{Result: reconcile.Done, Live: live}
}

// BenchmarkWrite begins an intent and concludes it.
func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{1, 1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			in, done := creation(n)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				s := openStore(b, stateFile(b))
				if err := s.SetApplied(b.Context(), onLive, reconcile.AppliedState{}, zonefile.NewZone(example)); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				id, err := s.Begin(b.Context(), in)
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Conclude(b.Context(), id, done); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

// BenchmarkRetire begins an intent with a tombstone for each change and concludes it.
func BenchmarkRetire(b *testing.B) {
	const n = 100_000
	in, done := creation(n)
	for i, c := range in.Changes {
		in.Changes[i].Action, in.Changes[i].Old, in.Changes[i].New = reconcile.Retire, c.New, nil
		in.Stones = append(in.Stones, reconcile.Tombstone{ID: fmt.Sprintf("%016x", uint64(i)*0x9e3779b97f4a7c15), Ref: onLive, Kind: reconcile.KindRRset, Key: c.Key, RRset: *c.New})
	}
	for b.Loop() {
		s := openStore(b, stateFile(b))
		id, err := s.Begin(b.Context(), in)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Conclude(b.Context(), id, done); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOverview reads what planning must know of 5,000 zones, of which each has a tombstone and a grace, and of one of them.
func BenchmarkOverview(b *testing.B) {
	s := openStore(b, stateFile(b))
	for i := range 5_000 {
		ref := reconcile.Ref{Zone: zonefile.MustParseName(fmt.Sprintf("zone-%d.example.", i)), Target: "live"}
		if err := s.SetApplied(b.Context(), ref, reconcile.AppliedState{System: "pdns", Commit: "c0ffee", Mark: "mark"}, zonefile.NewZone(ref.Zone)); err != nil {
			b.Fatal(err)
		}
		if err := s.Look(b.Context(), ref, "mark", []reconcile.Grace{{Ref: ref, Key: host(0).Key}}); err != nil {
			b.Fatal(err)
		}
		stone := reconcile.Tombstone{ID: fmt.Sprintf("%016x", i), Ref: ref, Kind: reconcile.KindRRset, Key: host(0).Key, RRset: host(0)}
		if _, err := s.Begin(b.Context(), reconcile.Intent{Ref: ref, Stones: []reconcile.Tombstone{stone}}); err != nil {
			b.Fatal(err)
		}
	}
	for _, of := range []struct {
		name   string
		wanted []reconcile.Ref
		zones  int
	}{
		{"all", nil, 5_000},
		{"one", []reconcile.Ref{{Zone: zonefile.MustParseName("zone-77.example."), Target: "live"}}, 1},
	} {
		b.Run(of.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				o, err := s.Overview(b.Context(), of.wanted...)
				if err != nil || len(o.Known) != of.zones || len(o.Standing) != of.zones {
					b.Fatal(len(o.Known), len(o.Standing), err)
				}
			}
		})
	}
}

// large opens a store in which a zone has a million RRsets.
func large(b *testing.B) *Store {
	s := openStore(b, stateFile(b))
	z := zonefile.NewBuilder(example)
	for i := range 1_000_000 {
		if err := z.AddRRset(host(i)); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.SetApplied(context.Background(), onLive, reconcile.AppliedState{}, z.Zone()); err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkAppliedAt reads ten RRsets of a zone that has a million.
func BenchmarkAppliedAt(b *testing.B) {
	s := large(b)
	var keys []zonefile.Key
	for i := range 10 {
		keys = append(keys, host(i*99_999).Key)
	}
	b.ReportAllocs()
	for b.Loop() {
		sets, err := s.AppliedAt(b.Context(), onLive, keys)
		if err != nil || len(sets) != len(keys) {
			b.Fatal(len(sets), err)
		}
	}
}

// BenchmarkApplied reads all RRsets of a zone that has a million.
func BenchmarkApplied(b *testing.B) {
	s := large(b)
	b.ReportAllocs()
	for b.Loop() {
		z, _, err := s.Applied(b.Context(), onLive)
		if err != nil || z.Len() != 1_000_000 {
			b.Fatal(err)
		}
	}
}
