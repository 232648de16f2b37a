package reconcile

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// Planner makes plans. It reads zone files and live zones, and holds nothing that can write to a provider.
// Its methods may be called concurrently.
type Planner struct {
	// Rules say which zones go where, in their order.
	Rules []Rule
	// Targets are the providers by name. Each rule's targets are among them.
	Targets map[string]Target
	// Resources are the providers of resources by name. None is among the Targets.
	Resources map[string]ResourceTarget
	// DomainPolicy is that of the resources of domains that no rule is for.
	DomainPolicy Policy
	// Domains says how the files that declare resources are read.
	Domains domainfile.Options
	// Prober asks name servers before a domain is sent to them. Without one, whatever needs an answer is held.
	Prober Prober
	// Store remembers what was applied and retired.
	Store Store
	// Stateless says that the Store keeps no applied state: every zone is taken to be known.
	Stateless bool
	// Keepless says that the Store keeps no tombstones: what would retire is held.
	Keepless bool
	// Thorough fetches every zone, also those that have not changed on either side as far as the provider's list of zones tells.
	Thorough bool
	// Unattended says that nobody has seen the plans who would apply them: the guard approval holds those whose policy wants that.
	Unattended bool
	// Reviewer says which plans were reviewed, nil if none is. It is asked about those whose policy wants that, if they are Unattended.
	Reviewer Reviewer
	// Vetter says whether commits are signed by somebody who is trusted, nil if nobody asks.
	Vetter Vetter
	// Version names the version of the program: zones that another one left as they should be are fetched, since it may have read them otherwise.
	Version string
	// Clock reads the clocks of the machine, nil for the wall clock alone.
	Clock func() Clock
	// Progress is told what is begun and ended, and may be nil. It may be called concurrently.
	Progress func(Ref, Phase)
	// Folder is the source directory as people know it; it is put in front of the files that plans and problems name.
	Folder string
	// DefaultTTL is that of YAML records without one, in seconds; 0 is 3600.
	DefaultTTL zonefile.TTL
	// Limits bound what reading a zone may cost.
	Limits zonefile.Limits
	// Semicolons says how YAML files write semicolons in TXT records.
	Semicolons zonefile.Semicolons
	// Judge returns what is to be said of a zone file that was read, in the place of the Problems that reading found. With nil it is those. It may be called
	// concurrently, and once for each file that is read.
	Judge func(*zonefile.File) []zonefile.Problem
	// Choose returns the problems of a file that declares resources, which Judge does not see, with the severities that are chosen for them and without those that
	// are off. With nil they are as they were found.
	Choose func([]zonefile.Problem) []zonefile.Problem

	// still has nothing end by the time alone: the zones repository cannot be read, and may have again what is gone from the tree.
	still bool
}

// Phase is where a zone is on its way.
type Phase string

// The phases. What is to be planned or written is Queued at first, and Planned or Finished at last.
const (
	Queued    Phase = "queued"
	Locking   Phase = "waiting for its turn" // others may be writing the zone
	Fetching  Phase = "fetching"
	Planned   Phase = "planned"
	Writing   Phase = "writing"
	Reading   Phase = "reading back"
	Verifying Phase = "verifying"
	Finished  Phase = "finished"
)

// Plan makes the plan for a tree. The error is for what concerns all zones: a tree without zones, a store that cannot be read, a
// context that ended. What goes wrong with one zone is in its ZonePlan.
//
// The base of a zone plan is the digest of the live RRsets without what is foreign, what the server makes by itself,
// what is disabled, and the serial of the SOA.
//
// A zone that is meant on some of its targets, and is held together on all, is looked at on the others too.
func (p *Planner) Plan(ctx context.Context, tree Tree, only Selection) (*Plan, error) {
	wanted := only.Has
	if len(only.Targets) > 0 {
		wanted = only.hasZone
	}
	state, err := p.reader(wanted).read(ctx, tree.FS)
	if err != nil {
		return nil, err
	}
	units := state.domains.kin()
	state.zones = slices.DeleteFunc(state.zones, func(d *desiredZone) bool {
		return !only.Has(d.Ref) && !d.rule.Policy.Together && !some(units.around(d.Zone))
	})
	state.domains.keep(only)
	r, err := p.remember(ctx)
	if err != nil {
		return nil, err
	}
	if err := only.complete(state, r.known); err != nil {
		return nil, err
	}
	plan, err := p.plan(ctx, tree, state, r, only.Has)
	if err != nil {
		return nil, err
	}
	plan.Zones = slices.DeleteFunc(plan.Zones, func(z ZonePlan) bool { return !only.Has(z.Ref) })
	return plan, nil
}

// plan makes the plan for zones that were read, and of those that also wants for zones that are not in the repository any more. It may be nil for none.
func (p *Planner) plan(ctx context.Context, tree Tree, state desiredState, r remembered, also func(Ref) bool) (*Plan, error) {
	plan := &Plan{Commit: tree.Revision, CreatedAt: r.clock.Wall.UTC().Truncate(time.Second), Notices: slices.Clone(state.notices), clock: r.clock, noted: r.noted}
	if doubt := r.clock.Doubt(); doubt != "" {
		plan.Notices = append(plan.Notices, doubt)
	}
	gone := func(d *desiredZone) bool { return d.optional && (!r.has(d.Ref) || d.rule.Policy.RetireZones) }
	zones := slices.DeleteFunc(slices.Clone(state.zones), gone)
	units, left, notices := p.unitsOf(state, r, also)
	plan.Notices = append(plan.Notices, notices...)
	resources := p.lookAtUnits(ctx, units, r)
	var err error
	var problems map[Ref][]zonefile.Problem
	if plan.Zones, problems, err = p.planPublished(ctx, tree, zones, state, resources, p.lookAtUnits(ctx, left, r), r); err != nil {
		return nil, err
	}
	if also != nil {
		state.zones = zones
		removals, notices := p.removals(ctx, tree, state, r, also)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var purges []ZonePlan
		if plan.expired, purges, err = p.expired(ctx, tree, state, r, also); err != nil {
			return nil, err
		}
		plan.Zones, plan.Notices = slices.Concat(plan.Zones, removals, purges), append(plan.Notices, notices...)
	}
	plan.Zones = append(plan.Zones, p.planUnits(ctx, tree, resources, r, state, slices.Clone(plan.Zones), problems)...)
	p.guardDelegated(plan.Zones, resources)
	slices.SortFunc(plan.Zones, func(a, b ZonePlan) int { return a.Compare(b.Ref) })
	p.guardCommits(ctx, tree, plan.Zones, state, r)
	p.guardApproval(ctx, tree, plan.Zones, r)
	holdTogether(plan.Zones)
	plan.explain()
	return plan, nil
}

// reader returns a reader of the zones that are wanted.
func (p *Planner) reader(wanted func(Ref) bool) reader {
	return reader{rules: p.Rules, limits: p.Limits, ttl: p.DefaultTTL, semicolons: p.Semicolons, only: wanted, domains: p.readDomains, judge: p.Judge, folder: p.Folder}
}

// read returns the desired state of the zones that are meant.
func (p *Planner) read(ctx context.Context, tree Tree, only Selection) (desiredState, error) {
	state, err := p.reader(only.Has).read(ctx, tree.FS)
	if err != nil {
		return desiredState{}, err
	}
	return state, only.complete(state, nil)
}

// planZones plans each zone, many at a time on each target, so that a target that is slow keeps none but its own zones waiting. How many
// requests a provider gets at once is bounded at the provider.
func (p *Planner) planZones(ctx context.Context, tree Tree, zones []*desiredZone, r remembered) ([]ZonePlan, error) {
	plans := make([]ZonePlan, len(zones))
	var all errgroup.Group
	byTarget := map[string][]int{}
	for i, zone := range zones {
		p.progress(zone.Ref, Queued)
		byTarget[zone.Target] = append(byTarget[zone.Target], i)
	}
	for target, indexes := range byTarget {
		all.Go(func() error {
			var group errgroup.Group
			group.SetLimit(parallelPlans)
			down := &breaker{}
			equal := func(i int) bool { return marked(r.known[zones[i].Ref].Mark, "", r.clock.Wall, markLasts) }
			listed := p.list(ctx, target, len(indexes), count(indexes, equal))
			for _, i := range indexes {
				group.Go(func() error {
					defer p.progress(zones[i].Ref, Planned)
					if plan, same := p.unmoved(zones[i], listed, r); same {
						plans[i] = plan
						return nil
					}
					p.progress(zones[i].Ref, Fetching)
					plans[i] = p.planZone(ctx, tree, zones[i], r, down)
					return ctx.Err()
				})
			}
			return group.Wait()
		})
	}
	return plans, all.Wait()
}

func count[T any](all []T, is func(T) bool) int {
	n := 0
	for _, one := range all {
		if is(one) {
			n++
		}
	}
	return n
}

func (p *Planner) progress(ref Ref, phase Phase) {
	if p.Progress != nil {
		p.Progress(ref, phase)
	}
}

// parallelPlans is how many zones of a target are planned at once: most of the time of most of them is waiting for it.
const parallelPlans = 16
