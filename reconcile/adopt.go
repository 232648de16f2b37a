package reconcile

import (
	"context"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// Adoption is what Adopt did with one zone on one target.
type Adoption struct {
	Ref
	RRsets, Records int  // that are noted as applied now
	Resources       int  // the same, of a domain
	Known           bool // there was applied state before
	Err             error
}

// Adopt notes what is live as applied, for the zones that are meant: from then on plans may update and retire it. It writes to no provider.
func (a *Applier) Adopt(ctx context.Context, tree Tree, only Selection) ([]Adoption, error) {
	p := a.Planner
	state, err := p.read(ctx, tree, only)
	if err != nil {
		return nil, err
	}
	r, err := p.remember(ctx)
	if err != nil {
		return nil, err
	}
	zones := slices.DeleteFunc(state.zones, func(d *desiredZone) bool { return d.optional && !r.has(d.Ref) })
	zones = append(zones, slices.DeleteFunc(slices.Clone(state.domains.units), func(d *desiredZone) bool { return !only.Has(d.Ref) })...)
	adoptions := make([]Adoption, len(zones))
	for _, zone := range zones {
		p.progress(zone.Ref, Queued)
	}
	for i, zone := range zones {
		adoptions[i] = Adoption{Ref: zone.Ref, Known: r.has(zone.Ref)}
		if zone.unit != nil {
			adoptions[i].Resources, adoptions[i].Err = a.adoptUnit(ctx, tree, zone, r)
			continue
		}
		live, err := a.adopt(ctx, tree, zone, r)
		if err != nil {
			adoptions[i].Err = err
			continue
		}
		adoptions[i].RRsets, adoptions[i].Records = live.Len(), live.Records()
	}
	return adoptions, nil
}

// adopt notes what is live in one zone and returns it.
func (a *Applier) adopt(ctx context.Context, tree Tree, zone *desiredZone, r remembered) (*zonefile.Zone, error) {
	a.Planner.progress(zone.Ref, Fetching)
	defer a.Planner.progress(zone.Ref, Finished)
	if zone.err != nil {
		return nil, a.Planner.located(zone.err)
	}
	if err := zone.file.Err(); err != nil {
		return nil, a.Planner.located(err)
	}
	target := a.Planner.Targets[zone.Target]
	live, err := target.Reader.Fetch(ctx, zone.Zone)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", zone.Ref, err)
	}
	in := a.Planner.input(ctx, tree, zone, live, r)
	plan := ZonePlan{Ref: zone.Ref, provenance: provenance{own: newOwnership(in)}}
	ours := plan.ours(live.Zone)
	state := AppliedState{System: target.System, Commit: tree.Revision}
	if err := a.Store.SetApplied(ctx, zone.Ref, state, ours); err != nil {
		return nil, fmt.Errorf("note what is applied to %s: %w", zone.Ref, err)
	}
	err = a.Store.Note(ctx, Intent{Ref: zone.Ref, Writer: a.writer(tree), System: target.System, Why: "adopt", At: a.now()})
	if err != nil {
		return nil, fmt.Errorf("note the adoption of %s: %w", zone.Ref, err)
	}
	return ours, nil
}
