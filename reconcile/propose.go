package reconcile

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// Proposal is what a change of the zones repository would do to what is live. It is a value: a plan, parted into what the change does and what is adrift
// without it.
type Proposal struct {
	// Base and Head are the revisions of the two trees.
	Base, Head string
	// Plan is what an apply of the head would do to the zones that the change touches. Its id is what a reviewer agrees to.
	Plan *Plan
	// Zones are those of Plan, in its order.
	Zones []ProposedZone
	// Left are the zones and resources that the head does not state any more, in order. Those that the plan retires are among them.
	Left []Ref
	// Stated are the zones and resources that the head states, also those that the change does not touch, in order. Nil if there is no change.
	Stated []Ref
}

// ProposedZone is what a change does to a zone on a target, or to the resources of a domain at a provider.
type ProposedZone struct {
	*ZonePlan
	// Caused are those of its Changes that the change of the zones repository makes, and Adrift those that would be made without it too. Both keep the
	// order of Changes, and together they are all of them.
	Caused, Adrift []Change
	// Settled would be made without the change of the zones repository and are not with it: it states what is live already, or states nothing any more.
	Settled []Change
	// Later are those of its Deferred, and Leaving those of its Waiting, that come from the change of the zones repository.
	Later   []Deferred
	Leaving []Waiting
}

// Propose returns what the change from one tree to another does to the zones that it touches: those of which the two state something else, on all of their
// targets, and what is planned together with them. Both trees are planned against the same live zones, each of which is fetched once. A base that has no
// zones states none. Of one tree, that is both, it is the plan of all zones: whatever that does is adrift.
//
// The error is for what concerns all zones, as that of [Planner.Plan] is.
func (p *Planner) Propose(ctx context.Context, base, head Tree) (*Proposal, error) {
	if base.Revision == head.Revision {
		return p.adrift(ctx, head)
	}
	planner := *p
	planner.Targets, planner.Resources = p.onceEach()
	planner.Thorough = true // of a zone that is not fetched nobody knows what it comes to
	touched, err := planner.touched(ctx, base, head)
	if err != nil {
		return nil, err
	}
	proposal := &Proposal{Base: base.Revision, Head: head.Revision, Left: touched.left, Stated: touched.stated}
	only := Selection{Zones: touched.names, Lenient: true}
	if len(touched.names) == 0 {
		only.Zones = []zonefile.Name{zonefile.Root} // an empty list means all; no provider has a zone of that name that anybody states
	}
	if proposal.Plan, err = planner.Plan(ctx, head, only); err != nil {
		return nil, err
	}
	planner.Vetter, planner.Progress = nil, nil // nobody is held for what is merged already
	before, err := planner.Plan(ctx, base, only)
	if errors.Is(err, ErrNoZones) {
		before, err = &Plan{}, nil
	}
	if err != nil {
		return nil, err
	}
	for i := range proposal.Plan.Zones {
		z := &proposal.Plan.Zones[i]
		proposal.Zones = append(proposal.Zones, attributed(z, before.Zone(z.Ref)))
	}
	return proposal, nil
}

// adrift returns what would be done to all zones without any change.
func (p *Planner) adrift(ctx context.Context, tree Tree) (*Proposal, error) {
	plan, err := p.Plan(ctx, tree, Selection{})
	if err != nil {
		return nil, err
	}
	proposal := &Proposal{Base: tree.Revision, Head: tree.Revision, Plan: plan}
	for i := range plan.Zones {
		z := &plan.Zones[i]
		proposal.Zones = append(proposal.Zones, ProposedZone{ZonePlan: z, Adrift: z.Changes})
	}
	return proposal, nil
}

// Touched returns the zones and domains of which two trees state something else, and those that are planned together with them, in order.
func (p *Planner) Touched(ctx context.Context, base, head Tree) ([]zonefile.Name, error) {
	t, err := p.touched(ctx, base, head)
	return t.names, err
}

// touched is of what two trees state something else.
type touched struct {
	names        []zonefile.Name
	left, stated []Ref // what the second one does not state any more, and all that it states
}

func (p *Planner) touched(ctx context.Context, base, head Tree) (t touched, err error) {
	all, err := p.Store.Overview(ctx)
	if err != nil {
		return t, err
	}
	var known []Ref
	for _, k := range all.Known {
		known = append(known, k.Ref)
	}
	r := p.reader(func(Ref) bool { return true })
	r.cache = &parseCache{}
	after, err := r.read(ctx, head.FS)
	if err != nil {
		return t, err
	}
	before, err := r.read(ctx, base.FS)
	if err != nil && !errors.Is(err, ErrNoZones) {
		return t, err
	}
	isResource := func(ref Ref) bool { _, ok := p.Resources[ref.Target]; return ok }
	was, is := groupsOf(before, known, isResource), groupsOf(after, known, isResource)
	names := map[zonefile.Name]bool{}
	note := func(g *group) {
		if g != nil {
			for _, ref := range g.refs {
				names[ref.Zone] = true
			}
		}
	}
	refs := map[Ref]bool{}
	for ref := range was {
		refs[ref] = true
	}
	for ref := range is {
		refs[ref] = true
	}
	for ref := range refs {
		if a, b := was[ref], is[ref]; a == nil || b == nil || a.digest != b.digest {
			note(a)
			note(b)
		}
	}
	stated := statedIn(after)
	for ref := range statedIn(before) {
		if !stated[ref] {
			t.left = append(t.left, ref)
		}
	}
	slices.SortFunc(t.left, Ref.Compare)
	t.stated = slices.SortedFunc(maps.Keys(stated), Ref.Compare)
	t.names = slices.SortedFunc(maps.Keys(names), zonefile.Name.Compare)
	return t, nil
}

// statedIn returns what a tree states something of.
func statedIn(s desiredState) map[Ref]bool {
	refs := map[Ref]bool{}
	for _, zone := range s.zones {
		refs[zone.Ref] = !zone.optional
	}
	for _, unit := range s.domains.all {
		refs[unit.Ref] = true
	}
	maps.DeleteFunc(refs, func(_ Ref, stated bool) bool { return !stated })
	return refs
}

// attributed parts a plan by what would be done without the change: before, which is nil if there is nothing to be done.
func attributed(z, before *ZonePlan) ProposedZone {
	if before == nil {
		before = &ZonePlan{}
	}
	id := func(c Change) zonefile.Digest { return digestChanges(z.Ref, []Change{c}) }
	without := map[zonefile.Digest]bool{}
	for _, c := range before.Changes {
		without[id(c)] = true
	}
	zone := ProposedZone{ZonePlan: z}
	with, changed := map[zonefile.Digest]bool{}, map[about]bool{}
	for _, c := range z.Changes {
		with[id(c)], changed[aboutOf(c)] = true, true
		if without[id(c)] {
			zone.Adrift = append(zone.Adrift, c)
		} else {
			zone.Caused = append(zone.Caused, c)
		}
	}
	for _, c := range before.Changes {
		if z.Err == nil && !with[id(c)] && !changed[aboutOf(c)] {
			zone.Settled = append(zone.Settled, c)
		}
	}
	deferred := map[zonefile.Digest]bool{}
	for _, d := range before.Deferred {
		deferred[id(d.Change)] = true
	}
	for _, d := range z.Deferred {
		if !deferred[id(d.Change)] {
			zone.Later = append(zone.Later, d)
		}
	}
	for _, w := range z.Waiting {
		if !slices.ContainsFunc(before.Waiting, func(b Waiting) bool { return b.Kind == w.Kind && b.Key == w.Key }) {
			zone.Leaving = append(zone.Leaving, w)
		}
	}
	return zone
}

// After returns the zone as it is once the plan is applied, nil if that is not known: of resources, and of a zone that could not be planned or was not
// fetched. It has what is foreign, too. It is not to be changed.
func (z *ZonePlan) After() *zonefile.Zone { return z.will }
