package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// previewPlan takes the zones of a saved plan: each as it is live now, with the plan's changes made.
func (c *common) previewPlan(ctx context.Context, p *previewed, cfg *config, only reconcile.Selection, file string) error {
	plan, err := loadPlan(file)
	if err != nil {
		return err
	}
	targets, err := cfg.openProviders(nil)
	if err != nil {
		return err
	}
	var zones []*reconcile.ZonePlan
	for i := range plan.Zones {
		z := &plan.Zones[i]
		if _, ofZones := targets.zones[z.Target]; only.Has(z.Ref) && !z.OfResources() && (ofZones || targets.resources[z.Target].provider == nil) {
			zones = append(zones, z)
		}
	}
	for _, zone := range only.Zones {
		if !slices.ContainsFunc(zones, func(z *reconcile.ZonePlan) bool { return z.Zone == zone }) {
			return &usageError{err: fmt.Errorf("--zone %s: the plan %s has no such zone", zone, file)}
		}
	}
	if len(zones) == 0 {
		return &usageError{err: fmt.Errorf("the plan %s has none of these zones", file)}
	}
	outlooks := c.outlooks(ctx, zones, targets.readers())
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var all []candidate
	var remarks []string
	for _, o := range outlooks {
		if o.err != nil || o.content != nil {
			all = append(all, o.candidate)
		}
		remarks = append(remarks, o.remarks...)
	}
	return p.begin(all, remarks)
}

// outlook is what a zone is after a plan.
type outlook struct {
	candidate // without content and err if the zone is gone
	remarks   []string
}

// outlooks fetches the zones and makes the changes of their plans in what was fetched.
func (c *common) outlooks(ctx context.Context, zones []*reconcile.ZonePlan, readers map[string]reconcile.Target) []outlook {
	progress := c.progress("reading the live zones")
	defer progress.done()
	for _, z := range zones {
		progress.zone(z.Ref, reconcile.Queued)
	}
	all := make([]outlook, len(zones))
	var group errgroup.Group
	group.SetLimit(parallelVerifications)
	for i, z := range zones {
		group.Go(func() error {
			progress.zone(z.Ref, reconcile.Fetching)
			defer progress.zone(z.Ref, reconcile.Finished)
			all[i] = outlookOf(ctx, z, readers[z.Target].Reader)
			return nil
		})
	}
	_ = group.Wait() // no member returns an error: it is in its outlook
	return all
}

// outlookOf fetches a zone and makes the changes of a plan in it.
func outlookOf(ctx context.Context, z *reconcile.ZonePlan, from providers.ZoneReader) outlook {
	o := outlook{candidate: candidate{Ref: z.Ref, source: "the plan, and what is live", position: func(zonefile.Key) zonefile.Position { return zonefile.Position{} }}}
	if from == nil {
		o.err = fmt.Errorf("%s: there is no provider of that name", z.Ref)
		return o
	}
	live := zonefile.NewZone(z.Zone)
	switch snapshot, err := from.Fetch(ctx, z.Zone); {
	case err == nil:
		live = snapshot.Served()
	case errors.Is(err, providers.ErrNoZone) && makes(z):
	default:
		o.err = fmt.Errorf("%s: %w", z.Ref, err)
		return o
	}
	o.content, o.remarks = after(live, z)
	return o
}

// makes reports whether a plan makes the zone itself.
func makes(z *reconcile.ZonePlan) bool {
	return slices.ContainsFunc(z.Changes, func(c reconcile.Change) bool {
		return c.Kind == reconcile.KindZone && (c.Action == reconcile.Create || c.Action == reconcile.Restore)
	})
}

// after returns what a live zone is once the changes of a plan are made, nil if it is gone then, and what there is to know of it.
func after(live *zonefile.Zone, z *reconcile.ZonePlan) (content *zonefile.Zone, remarks []string) {
	remark := func(format string, args ...any) {
		remarks = append(remarks, z.Ref.String()+": "+fmt.Sprintf(format, args...))
	}
	var edits []zonefile.Change
	var moved []string
	for _, c := range z.Changes {
		switch {
		case c.Kind == reconcile.KindZone && c.Action == reconcile.Retire:
			remark("the plan retires it")
			return nil, remarks
		case c.Kind != reconcile.KindRRset, c.Action == reconcile.Purge, render.IsPending(c): // nothing that is served
			continue
		}
		if !isLive(live, c) {
			moved = append(moved, c.Key.String())
		}
		edits = append(edits, zonefile.Change{Old: c.Old, New: c.New})
	}
	if moved != nil {
		remark("live is not what the plan was made from, so that it cannot be applied: %s", some(moved))
	}
	if z.Err != nil {
		remark("the plan has nothing for it: %s", firstLine(z.Err))
	}
	for _, hold := range z.Holds {
		remark("answered as if nothing held it: %s does", hold.Guard)
	}
	if n := len(z.Deferred); n > 0 {
		remark("left out is what has to wait: %s", render.Count(n, "change", "changes"))
	}
	return live.With(edits), remarks
}

// isLive reports whether a zone has what a change starts from. The serial of an SOA says nothing.
func isLive(live *zonefile.Zone, c reconcile.Change) bool {
	have, ok := live.Get(c.Key)
	switch {
	case c.Old == nil || !ok:
		return (c.Old != nil) == ok
	case c.Key.Type == zonefile.TypeSOA:
		return true
	}
	return have == *c.Old
}
