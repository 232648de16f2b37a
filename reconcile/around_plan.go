package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// concerned reports whether the resources of a domain may have to do with a zone: one is in the other.
func concerned(domain, zone zonefile.Name) bool { return domain.In(zone) || zone.In(domain) }

// concern reports whether something is declared that may have to do with a zone.
func (d domains) concern(zone zonefile.Name) bool {
	return slices.ContainsFunc(d.units, func(unit *desiredZone) bool { return concerned(unit.Zone, zone) })
}

// keep leaves out the units that have nothing to do with the zones that are meant; none named means all.
func (d *domains) keep(only Selection) {
	if len(only.Zones) == 0 {
		return
	}
	d.units = slices.DeleteFunc(slices.Clone(d.units), func(unit *desiredZone) bool {
		return !slices.ContainsFunc(only.Zones, func(zone zonefile.Name) bool { return concerned(unit.Zone, zone) })
	})
}

// planPublished plans zones with what resources and other hosts give them. The problems are those of units.
func (p *Planner) planPublished(ctx context.Context, tree Tree, zones []*desiredZone, state desiredState, units, left []*liveUnit, r remembered) (
	plans []ZonePlan, problems map[Ref][]zonefile.Problem, err error,
) {
	gives, problems := publications(units, left, state.present)
	parents := p.parents(ctx, units)
	with := func(some []*desiredZone) []*desiredZone {
		all := make([]*desiredZone, len(some))
		for i, zone := range some {
			all[i] = zone.withAround(gives[zone.Ref], parents[zone.Zone], units)
		}
		return all
	}
	proving := slices.DeleteFunc(slices.Clone(zones), func(d *desiredZone) bool { _, ok := state.domains.proofs[d.Ref]; return !ok })
	others := slices.DeleteFunc(slices.Clone(zones), func(d *desiredZone) bool { _, ok := state.domains.proofs[d.Ref]; return ok })
	first, err := p.planZones(ctx, tree, with(proving), r)
	if err != nil {
		return nil, nil, err
	}
	for i := range first {
		prove(&first[i], state.domains.proofs[first[i].Ref], gives)
	}
	second, err := p.planZones(ctx, tree, with(others), r)
	if err != nil {
		return nil, nil, err
	}
	plans = slices.Concat(first, second)
	slices.SortFunc(plans, func(a, b ZonePlan) int { return a.Compare(b.Ref) })
	for i := range plans {
		if proof, ok := state.domains.proofs[plans[i].Ref]; ok && plans[i].State != nil {
			plans[i].prove = proved(plans, &plans[i], proof)
		}
	}
	return plans, problems, nil
}

// proofPrefix is how the name of an output begins that is a proof.
const proofPrefix = "proof of "

// prove gives the zone on the target that a proof is to be published at what the zone on another target asks for.
func prove(plan *ZonePlan, proof domainfile.Proof, gives map[Ref]*published) {
	at := Ref{plan.Zone, proof.PublishAt}
	if gives[at] == nil {
		gives[at] = newPublished()
	}
	from := proofPrefix + plan.Ref.String()
	switch {
	case plan.Err != nil:
		gives[at].unread = append(gives[at].unread, from)
	case plan.State != nil:
		for _, output := range plan.State.Outputs {
			gives[at].added = append(gives[at].added, zonefile.Addition{RRset: output.RRset, Position: proof.Position, For: from})
			gives[at].outputs[output.RRset.Key] = publishedOutput{from: from}
		}
	case len(plan.Changes) > 0 && plan.Changes[0].Kind == KindZone:
		change := Change{Kind: KindRRset, Action: Create, Key: zonefile.Key{Name: plan.Zone}, Source: proof.Position, Cause: CauseGit, From: from}
		gives[at].pending = append(gives[at].pending, Deferred{Change: change, For: fmt.Sprintf("once %s is created, if it wants that", plan.Ref), planned: true})
	}
}

// proved reports whether all that a zone's state asks for is live where it is to be published.
func proved(plans []ZonePlan, plan *ZonePlan, proof domainfile.Proof) bool {
	i := slices.IndexFunc(plans, func(z ZonePlan) bool { return z.Ref == Ref{plan.Zone, proof.PublishAt} })
	if i < 0 || plans[i].will == nil || len(plan.State.Outputs) == 0 {
		return false
	}
	for _, output := range plan.State.Outputs {
		key := output.RRset.Key
		changes := slices.ContainsFunc(plans[i].all(), func(c Change) bool { return c.Key == key })
		if changes || !plans[i].will.Has(key) {
			return false
		}
	}
	return true
}

// prove has a provider look whether what it asked for is published. What comes of it is seen when the zone is planned the next time.
func (a *Applier) prove(ctx context.Context, plan *ZonePlan) error {
	prover, ok := providers.As[providers.ZoneProver](a.Targets[plan.Target])
	if !plan.prove || !ok {
		return nil
	}
	if err := prover.ProveZone(ctx, plan.Zone); err != nil {
		return fmt.Errorf("have %s look for the proof of %s: %w", plan.Target, plan.Zone, err)
	}
	return nil
}

// withAround returns a zone with what resources give it, and what is known of its delegation.
func (d *desiredZone) withAround(gives *published, parent *parentSide, units []*liveUnit) *desiredZone {
	if gives == nil && parent == nil || d.err != nil || d.file == nil {
		return d
	}
	around := &desiredZone{
		Ref: d.Ref, rule: d.rule, source: d.source, file: d.file, optional: d.optional, gone: d.gone, unread: d.unread, stated: d, gives: gives, parent: parent,
	}
	if gives != nil {
		around.file = d.file.With(gives.added)
		with := *gives
		with.warnings = slices.Clone(gives.warnings)
		for _, u := range units {
			if u.err == nil && concerned(u.Zone, d.Zone) {
				with.warnings = append(with.warnings, u.spfAdvice(around.file.Zone)...)
			}
		}
		around.gives = &with
	}
	return around
}

// parentSide is what is known of the delegation of a zone that is declared.
type parentSide struct {
	ref Ref // of the delegation
	// ds is what the registrar has, and removed when we removed it, the zero time if we did not.
	ds      string
	removed time.Time
	// unread says that the registrar did not tell.
	unread bool
	// fromZone is the target whose DS it is to be, and confirms that it is to be told once the parent zone has it.
	fromZone string
	confirms bool
	// seen reports whether the parent zone has all of the DS.
	seen func() bool
}

// parents returns what is known of the delegations that are declared, by domain.
func (p *Planner) parents(ctx context.Context, units []*liveUnit) map[zonefile.Name]*parentSide {
	all := map[zonefile.Name]*parentSide{}
	for _, u := range units {
		if u.err != nil || u.typ.Kind != providers.Delegation {
			continue
		}
		for i := range u.resources {
			l := &u.resources[i]
			if l.declaration == nil {
				continue
			}
			side := &parentSide{ref: u.Ref, unread: l.unread != nil || l.live == nil}
			if l.live != nil {
				side.ds = l.live.Fields[fieldDS]
			}
			if l.applied != nil && l.applied.Fields[fieldDS] == "" {
				side.removed = l.applied.Changed[fieldDS]
			}
			side.fromZone, side.confirms = l.declaration.FromZone[fieldDS], has(l.declaration.FromZone, fieldDS)
			side.seen = func() bool { return p.parentHas(ctx, l.name, side.ds) }
			all[l.name] = side
		}
	}
	return all
}

func has[K comparable, V any](m map[K]V, key K) bool {
	_, ok := m[key]
	return ok
}

// parentHas reports whether the parent zone of a domain has all of a DS RRset, as a field has it.
func (p *Planner) parentHas(ctx context.Context, domain zonefile.Name, ds string) bool {
	if p.Prober == nil || ds == "" {
		return false
	}
	view, err := p.Prober.Parent(ctx, domain)
	if err != nil {
		return false
	}
	have := providers.SplitSet(providers.JoinSet(view.DS.Text()))
	return !slices.ContainsFunc(providers.SplitSet(ds), func(one string) bool { return !slices.Contains(have, one) })
}

// secured parts changes of properties into those that can be made now and those that have to wait for the parent zone, and adds that the provider is told once
// that has the DS.
func (in zoneInput) secured(changes []Change) (now []Change, later []Deferred) {
	if in.parent == nil {
		return changes, nil
	}
	for _, c := range changes {
		if c.Property.Name != providers.PropertyDNSSEC || c.Property.New != "off" || c.Property.Old == "" {
			now = append(now, c)
			continue
		}
		switch until := in.parent.removed.Add(parentDSTTL); {
		case in.parent.unread:
			later = append(later, Deferred{Change: c, For: fmt.Sprintf("once %s tells whether the parent zone has a DS", in.parent.ref.Target)})
		case in.parent.ds != "":
			later = append(later, Deferred{Change: c, For: "once the parent zone has no DS any more, and resolvers have forgotten it"})
		case !in.parent.removed.IsZero() && !in.clock.Over(in.parent.removed, until):
			later = append(later, Deferred{Change: c, For: fmt.Sprintf("once resolvers have forgotten the DS (%s)", until.UTC().Format(time.RFC3339)), Until: until})
		default:
			now = append(now, c)
		}
	}
	if c, ok := in.confirmation(); ok {
		if in.parent.ds != "" && in.parent.seen() {
			return append(now, c), later
		}
		later = append(later, Deferred{Change: c, For: "once the parent zone has its DS"})
	}
	return now, later
}

// confirmation returns the change that tells the provider that the parent zone has the DS.
func (in zoneInput) confirmation() (Change, bool) {
	_, declared := in.declared[providers.PropertyDS]
	if !in.parent.confirms || declared || in.parent.fromZone != "" && in.parent.fromZone != in.Target || !in.confirmable() {
		return Change{}, false
	}
	p := Property{Name: providers.PropertyDS, Old: "unpublished", New: "published"}
	return Change{Kind: KindProperty, Action: Update, Key: zonefile.Key{Name: in.Zone}, Property: p, Cause: CauseGit}, true
}

// confirmable reports whether the provider is to be told that the parent zone has the DS, and was not: of a zone that is not there, whether it will be signed, and the provider
// wants to be told then.
func (in zoneInput) confirmable() bool {
	if in.live != nil {
		return in.live.Properties[providers.PropertyDS] == "unpublished" && slices.Contains(in.live.Traits.Properties, providers.PropertyDS) && in.signs()
	}
	if !in.signs() || in.normalizeProperties == nil {
		return false
	}
	_, err := in.normalizeProperties(in.Zone, in.kind, map[string]string{providers.PropertyDNSSEC: in.declared[providers.PropertyDNSSEC], providers.PropertyDS: "published"})
	return err == nil
}

// signs reports whether the zone is to be signed.
func (in zoneInput) signs() bool {
	if declared, ok := in.declared[providers.PropertyDNSSEC]; ok {
		return declared != "off"
	}
	return in.live != nil && in.live.Properties[providers.PropertyDNSSEC] != "" && in.live.Properties[providers.PropertyDNSSEC] != "off"
}

// guardDelegated holds the retirement of zones that a domain is still delegated to.
func (p *Planner) guardDelegated(plans []ZonePlan, units []*liveUnit) {
	for i := range plans {
		plan := &plans[i]
		if plan.unit != nil || plan.Err != nil || !plan.retires() || plan.served == nil {
			continue
		}
		for _, u := range units {
			if u.err != nil || u.typ.Kind != providers.Delegation {
				continue
			}
			l := u.resource(plan.Zone)
			if l == nil || l.live == nil {
				continue
			}
			own, _ := plan.served.Served().Get(zonefile.Key{Name: plan.Zone, Type: zonefile.TypeNS})
			servers := providers.SplitSet(l.live.Fields[fieldNameServers])
			if slices.ContainsFunc(own.Text(), func(name string) bool { return slices.Contains(servers, name) }) {
				plan.Holds = append(plan.Holds, Hold{GuardLastNS, fmt.Sprintf("%s is still delegated to the name servers of this zone at %s: nobody would find it any more", plan.Zone, u.Target)})
				sortHolds(plan.Holds)
			}
		}
	}
}
