package reconcile

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

var example = zonefile.MustParseName("example.com.")

// house is a zones repository, providers and a store to test with.
type house struct {
	t       testing.TB
	files   map[string]string
	targets map[string]*memory.Provider
	store   *fakeStore
	planner *Planner
	applier *Applier
}

// newHouse has the rule that all zones go to the provider "live", which serves nothing.
func newHouse(t testing.TB) *house {
	h := &house{t: t, files: map[string]string{}, targets: map[string]*memory.Provider{}, store: newFakeStore()}
	h.planner = &Planner{Store: h.store, Targets: map[string]Target{}, Folder: "zones"}
	h.applier = &Applier{Planner: h.planner, Store: h.store, Targets: map[string]providers.ZoneProvider{}}
	h.rule("*", "live")
	return h
}

// rule puts a rule in front of those that there are, with the default policy.
func (h *house) rule(match string, targets ...string) *Rule {
	for _, name := range targets {
		h.target(name)
	}
	h.planner.Rules = slices.Insert(h.planner.Rules, 0, Rule{Match: []string{match}, Targets: targets, Policy: DefaultPolicy()})
	return &h.planner.Rules[0]
}

func (h *house) target(name string, options ...memory.Option) *memory.Provider {
	p, ok := h.targets[name]
	if !ok || len(options) > 0 {
		p = memory.New(options...)
		h.targets[name] = p
		h.planner.Targets[name] = Target{Reader: providers.ReadOnly(p), System: name, CanCreate: true}
		h.applier.Targets[name] = p
	}
	return p
}

// serve has the provider "live" serve the zone with the given lines, an SOA and an NS, as if it had been applied.
func (h *house) serve(lines ...string) {
	h.target("live").AddZone(h.zone(lines...))
	h.adopt()
}

// adopt notes that what is live was applied.
func (h *house) adopt() {
	for name, p := range h.targets {
		if z := p.Served(example); z != nil {
			_ = h.store.SetApplied(h.t.Context(), Ref{example, name}, name, "", z)
		}
	}
}

const soaText = "ns1.example.net. hostmaster.example.com. 7 7200 900 1209600 300"

// zone makes a zone of lines "OWNER TTL TYPE RDATA", with owners relative to example.com.
func (h *house) zone(lines ...string) *zonefile.Zone {
	b := zonefile.NewBuilder(example)
	for _, line := range append([]string{"@ 3600 SOA " + soaText, "@ 3600 NS ns1.example.net."}, lines...) {
		f := strings.SplitN(line, " ", 4)
		ttl, err := zonefile.ParseTTL(f[1])
		if err != nil {
			h.t.Fatal(err)
		}
		owner, err := zonefile.ParseName(f[0], example)
		if err != nil {
			h.t.Fatal(err)
		}
		set, err := zonefile.ParseRRset(zonefile.Key{Name: owner, Type: zonefile.MustParseType(f[2])}, ttl, example, f[3])
		if err != nil {
			h.t.Fatal(err)
		}
		if err := b.AddRRset(set); err != nil {
			h.t.Fatal(err)
		}
	}
	return b.Zone()
}

// write states the zone example.com with the given lines.
func (h *house) write(lines ...string) {
	h.files["example.com.zone"] = strings.Join(lines, "\n") + "\n"
}

func (h *house) tree() Tree {
	files := fstest.MapFS{}
	for name, text := range h.files {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Tree{FS: files, Revision: "c0ffee", Author: "A <a@example.com>"}
}

func (h *house) plan() *Plan {
	h.t.Helper()
	plan, err := h.planner.Plan(h.t.Context(), h.tree(), Selection{})
	if err != nil {
		h.t.Fatal(err)
	}
	return plan
}

func (h *house) apply(plan *Plan, overrides ...Guard) []Outcome {
	return h.applier.Apply(h.t.Context(), h.tree(), plan, Approval{Overrides: overrides})
}

// changes returns the changes of a zone plan in short: "update www A zones/example.com.zone:3".
func changes(z ZonePlan) []string {
	var all []string
	for _, c := range z.Changes {
		if c.Kind == KindZone {
			all = append(all, string(c.Action)+" zone "+c.Source.String())
			continue
		}
		all = append(all, strings.Join([]string{string(c.Action), c.Key.Name.Relative(z.Zone), c.Key.Type.String(), c.Source.String()}, " "))
	}
	return all
}

func guards(z ZonePlan) []Guard {
	var all []Guard
	for _, hold := range z.Holds {
		all = append(all, hold.Guard)
	}
	return all
}

// fakeStore is a Store in memory.
type fakeStore struct {
	mu      sync.Mutex
	applied map[Ref]*zonefile.Zone
	known   map[Ref]OldKnown
	stones  map[string]OldTombstone
	fail    error // what Begin returns
	lost    error // what noting what was applied returns
}

func newFakeStore() *fakeStore {
	return &fakeStore{applied: map[Ref]*zonefile.Zone{}, known: map[Ref]OldKnown{}, stones: map[string]OldTombstone{}}
}

func (s *fakeStore) Known(context.Context) ([]OldKnown, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.known), func(a, b OldKnown) int { return a.Compare(b.Ref) }), nil
}

func (s *fakeStore) Applied(_ context.Context, ref Ref) (*zonefile.Zone, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	z, ok := s.applied[ref]
	return z, ok, nil
}

func (s *fakeStore) Begin(_ context.Context, ref Ref, system string, create bool, stones []OldTombstone) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	known, ok := s.known[ref]
	if create && !ok {
		known, ok = OldKnown{Ref: ref, System: system}, true
		s.applied[ref] = zonefile.NewZone(ref.Zone)
	}
	if ok {
		known.Open = true
		s.known[ref] = known
	}
	for _, stone := range stones {
		s.stones[stone.ID] = stone
	}
	return nil
}

func (s *fakeStore) SetApplied(_ context.Context, ref Ref, system, _ string, zone *zonefile.Zone) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return s.lost
	}
	s.applied[ref], s.known[ref] = zone.Clone(), OldKnown{Ref: ref, System: system}
	return nil
}

func (s *fakeStore) ChangeApplied(_ context.Context, ref Ref, _ string, changes []zonefile.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return s.lost
	}
	s.applied[ref], s.known[ref] = s.applied[ref].With(changes), OldKnown{Ref: ref, System: s.known[ref].System}
	return nil
}

func (s *fakeStore) Retired(_ context.Context, ids []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		stone, ok := s.stones[id]
		if !ok {
			return errors.New("no such tombstone")
		}
		stone.Retired = true
		s.stones[id] = stone
	}
	return nil
}

func (s *fakeStore) Unretired(_ context.Context, ref Ref) ([]OldTombstone, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []OldTombstone
	for _, stone := range s.stones {
		if stone.Ref == ref && !stone.Retired {
			all = append(all, stone)
		}
	}
	return all, nil
}

func (s *fakeStore) Tombstones(_ context.Context, zone zonefile.Name) ([]OldTombstone, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []OldTombstone
	for _, stone := range s.stones {
		if stone.Zone == zone {
			all = append(all, stone)
		}
	}
	slices.SortFunc(all, func(a, b OldTombstone) int { return a.RRset.Key.Compare(b.RRset.Key) })
	return all, nil
}
