package reconcile

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

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
	pass    func(time.Duration) // lets time pass, in houses with a clock of their own
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
			_ = h.store.SetApplied(h.t.Context(), Ref{example, name}, AppliedState{System: name}, z)
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

// memoryOf is a provider that writes so much at once.
func memoryOf(a providers.Atomicity) memory.Option {
	traits := memory.DefaultTraits()
	traits.Atomicity = a
	return memory.WithTraits(traits)
}
