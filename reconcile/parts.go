package reconcile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// parts returns why the changes of a plan cannot be written at once, empty if they can.
func (p *Planner) parts(plan *ZonePlan, in zoneInput) string {
	changes := rrsetChanges(plan.Changes)
	if len(changes) == 0 {
		return ""
	}
	n := p.partsOf(plan.Target, in.live, changes, plan.stones)
	if n <= 1 {
		return ""
	}
	how := fmt.Sprintf("in %d parts", n)
	if a := in.live.Traits.Atomicity; a == providers.AtomicNone || a == providers.AtomicRRset {
		how = "the provider does not promise to write all or nothing" // how many it writes together is its own business
	}
	return how + ": what is new first, and what is retired when all of that is live"
}

// partsOf returns in how many parts changes are written, about if they are many.
func (p *Planner) partsOf(target string, live *providers.Snapshot, changes []Change, stones []Tombstone) int {
	traits := live.Traits
	if traits.Whole {
		return 1 // or it is refused
	}
	switch traits.Atomicity {
	case providers.AtomicNone, providers.AtomicRRset:
		return len(changes)
	case providers.AtomicZone:
		return 1
	case providers.AtomicBatch:
	}
	n := 1
	if most := traits.Limits.Ops; most > 0 {
		n = (len(changes) + most - 1) / most
	}
	most := traits.Limits.Bytes
	if most <= 0 {
		return n
	}
	size := sizeOf(changes)
	split := p.Targets[target].Parts
	if split == nil || size > 4*most {
		return max(n, (size+most-1)/most)
	}
	if size < most/4 {
		return n
	}
	// It is near the limit: the provider knows. What cannot be put together is refused when it is written, with the reason.
	if parts, err := split(live.Zone.Origin(), batchOf(live, changes, stones)); err == nil {
		n = max(n, parts)
	}
	return n
}

// sizeOf returns about how many octets a request with the changes has. Of many it looks at some.
func sizeOf(changes []Change) int {
	const (
		frame = 96 // of an RRset, with its name, and of a record
		some  = 10_000
	)
	size := 0
	for _, c := range changes[:min(some, len(changes))] {
		size += frame
		if c.New == nil {
			continue
		}
		for rdata := range c.New.RDATA() {
			size += frame + 2*len(rdata)
		}
	}
	if len(changes) > some {
		size = size / some * len(changes)
	}
	return size
}

// rrsetChanges returns the changes of RRsets.
func rrsetChanges(changes []Change) []Change {
	_, sets, _ := split(changes)
	return sets
}

// batchOf returns the batch that carries out changes of what live has. What the provider can hide it hides; what it has hidden of our
// tombstones goes when something else takes its place, and what others have hidden stays.
func batchOf(live *providers.Snapshot, changes []Change, stones []Tombstone) providers.Batch {
	batch := providers.Batch{Base: live, Ops: make([]providers.Op, 0, len(changes))}
	hidden := hiddenCopies(live, stones)
	purges := map[zonefile.Key]zonefile.RRset{}
	for _, c := range changes {
		old, ok := hidden[c.Key]
		switch {
		case c.Action == Purge:
			if _, put := purges[c.Key]; !put {
				purges[c.Key] = *c.Old
			}
		case c.New != nil && ok:
			purges[c.Key] = old // all of it: what is purged because its time is over is among it
		}
	}
	var leaves, puts []providers.Op
	for _, c := range changes {
		switch {
		case c.Action == Purge:
		case c.New == nil:
			verb := providers.Delete
			if hides(live, c.Key) {
				verb = providers.Disable
			}
			leaves = append(leaves, providers.Op{Verb: verb, Change: zonefile.Change{Old: c.Old}})
		default:
			puts = append(puts, providers.Op{Verb: providers.Put, Change: zonefile.Change{Old: c.Old, New: c.New}})
			if old, ok := purges[c.Key]; ok {
				// What is put is not hidden any more by that.
				if rest, some := without(old, *c.New); some {
					purges[c.Key] = rest
				} else {
					delete(purges, c.Key)
				}
			}
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(purges), zonefile.Key.Compare) {
		old := purges[key]
		batch.Ops = append(batch.Ops, providers.Op{Verb: providers.Purge, Change: zonefile.Change{Old: &old}})
	}
	batch.Ops = append(append(batch.Ops, leaves...), puts...)
	return batch
}

// hiddenCopies returns what the provider has hidden of the RRsets that the tombstones are about.
func hiddenCopies(live *providers.Snapshot, stones []Tombstone) map[zonefile.Key]zonefile.RRset {
	if live.Disabled == nil {
		return nil
	}
	copies := map[zonefile.Key]zonefile.RRset{}
	for _, stone := range stones {
		kept, ok := live.Disabled.Get(stone.Key)
		if !ok || stone.Kind != KindRRset || !stone.Hidden {
			continue
		}
		ours, some := common(stone.RRset, kept)
		if !some {
			continue
		}
		if before, twice := copies[stone.Key]; twice {
			ours = together(before, ours)
		}
		copies[stone.Key] = ours
	}
	return copies
}

// without returns the records of a that b does not have, and false if there are none.
func without(a, b zonefile.RRset) (zonefile.RRset, bool) {
	have := map[string]bool{}
	for rdata := range b.RDATA() {
		have[rdata] = true
	}
	return filtered(a, func(rdata string) bool { return !have[rdata] })
}

// common returns the records of a that b has too, and false if there are none.
func common(a, b zonefile.RRset) (zonefile.RRset, bool) {
	have := map[string]bool{}
	for rdata := range b.RDATA() {
		have[rdata] = true
	}
	return filtered(a, func(rdata string) bool { return have[rdata] })
}

func filtered(set zonefile.RRset, keep func(rdata string) bool) (zonefile.RRset, bool) {
	var kept [][]byte
	for rdata := range set.RDATA() {
		if keep(rdata) {
			kept = append(kept, []byte(rdata))
		}
	}
	if len(kept) == 0 {
		return zonefile.RRset{}, false
	}
	set, err := zonefile.NewRRset(set.Key, set.TTL, kept...)
	return set, err == nil
}

// together returns the records of both, with the TTL of a.
func together(a, b zonefile.RRset) zonefile.RRset {
	var all [][]byte
	for _, set := range []zonefile.RRset{a, b} {
		for rdata := range set.RDATA() {
			all = append(all, []byte(rdata))
		}
	}
	set, err := zonefile.NewRRset(a.Key, a.TTL, all...)
	if err != nil {
		return a
	}
	return set
}
