package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/client"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// planAtServer shows what waits or is held at a daemon, and what else its plans have to say.
func (c *common) planAtServer(ctx context.Context, out string, detailed bool) error {
	daemon, err := c.openRemote()
	if err != nil {
		return err
	}
	defer daemon.Close()
	plan, err := c.waiting(ctx, daemon)
	if err != nil {
		return err
	}
	if out != "" {
		if err := savePlan(out, plan); err != nil {
			return err
		}
	}
	fmt.Fprint(c.stderr, render.Notices(plan))
	switch c.format {
	case "json":
		err = plan.WriteJSON(c.stdout)
	case "markdown":
		err = render.MarkdownPlan(c.stdout, plan)
	default:
		err = c.writeWaiting(ctx, daemon, plan, reconcile.Approval{})
	}
	if err != nil {
		return err
	}
	return endOfPlan(plan, detailed)
}

// waiting returns the plans of the daemon for the zones that are meant, as far as they have something to say. A zone that the daemon does not know is an error.
func (c *common) waiting(ctx context.Context, daemon *client.Client) (*reconcile.Plan, error) {
	only, err := c.zoneSelection()
	if err != nil {
		return nil, err
	}
	defer c.progress("asking the daemon").done()
	plan, err := daemon.Plan(ctx, only)
	if err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(slices.Clone(only.Zones), func(zone zonefile.Name) bool {
		return slices.ContainsFunc(plan.Zones, func(z reconcile.ZonePlan) bool { return z.Zone == zone })
	})
	if len(missing) == 0 {
		return plan, nil
	}
	known, err := daemon.Zones(ctx, reconcile.Selection{Zones: missing, Targets: only.Targets}, false)
	if err != nil {
		return nil, err
	}
	for _, z := range known {
		ref, err := z.Ref()
		if err != nil {
			return nil, err
		}
		missing = slices.DeleteFunc(missing, func(zone zonefile.Name) bool { return zone == ref.Zone })
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("the daemon has no such zone for these targets: %s", missing[0])
	}
	return plan, nil
}

// writeWaiting writes what waits at a daemon for people, with how it is approved.
func (c *common) writeWaiting(ctx context.Context, daemon *client.Client, plan *reconcile.Plan, approval reconcile.Approval) error {
	a, err := c.adviceAtServer(ctx, daemon, plan)
	if err != nil {
		return err
	}
	a.approval = approval
	return render.TextPlan(c.stdout, plan, c.colours(), a)
}

// adviceAtServer returns the advice on what waits at a daemon.
func (c *common) adviceAtServer(ctx context.Context, daemon *client.Client, plan *reconcile.Plan) (advice, error) {
	a := advice{line: c.commandLine, waiting: plan}
	if !hasSuspended(plan) {
		return a, nil
	}
	var err error
	a.standing, err = daemon.Suspensions(ctx, reconcile.Selection{})
	return a, err
}
