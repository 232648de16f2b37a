package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// statusFlags are the flags of status.
type statusFlags struct{ check, prices, detailed bool }

func (c *common) statusCommand() *cobra.Command {
	var flags statusFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how far what domains have beside their zones is",
		Long: `Shows each resource that the files of domains declare as its provider has it: whether it is ready, what it waits for, and what else is known of it; then
the zones that cannot be written at their provider, what waits for something else, and what a guard holds. Nothing is written.

With --server it shows in front of that how a running daemon is: what it works on, and each zone that is not as the zones repository says, with why, and how to go on.

Exits with 0 unless something went wrong; with --detailed-exitcode with 2 if changes are pending, and 3 if a guard holds some.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.status(cmd.Context(), flags)
		},
	}
	c.selectFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	c.statelessFlags(cmd)
	c.serverFlags(cmd, statelessUnfit, unfit{"check": "the daemon looks when it plans", "prices": "the daemon asks no prices"})
	cmd.Flags().BoolVar(&flags.check, "check", false, "have the providers that can do so look now whether what they want published is")
	cmd.Flags().BoolVar(&flags.prices, "prices", false, "ask the registrars what it costs to renew and to restore domains, or to register those that they do not have")
	cmd.Flags().BoolVar(&flags.detailed, "detailed-exitcode", false, "exit with 2 if changes are pending, 3 if a guard holds some")
	return cmd
}

func (c *common) status(ctx context.Context, flags statusFlags) error {
	if c.remote.is() {
		return c.statusAtServer(ctx, flags)
	}
	w, err := c.open(ctx, toPlan)
	if err != nil {
		return err
	}
	defer w.close()
	plan, err := c.makePlan(ctx, w)
	if err != nil {
		return err
	}
	s := statusOf(plan)
	if flags.check {
		inspections := w.applier().Inspect(ctx, plan)
		if plan, err = c.makePlan(ctx, w); err != nil {
			return err
		}
		s = statusOf(plan).after(s, inspections)
	}
	if flags.prices {
		s.askPrices(ctx, w.targets)
	}
	for _, notice := range plan.Notices {
		fmt.Fprintln(c.stderr, "note: "+render.Shown(notice))
	}
	if c.format == "json" {
		err = c.stdout.writeJSON(s.document())
	} else {
		err = writeTextStatus(c.stdout, s, c.colours())
	}
	if err != nil {
		return err
	}
	if slices.ContainsFunc(s.resources, func(r resourceStatus) bool { return len(r.errors()) > 0 }) {
		return exitStatus(exitError)
	}
	return endOfPlan(plan, flags.detailed)
}

// domainsStatus is how what domains have beside their zones was found.
type domainsStatus struct {
	plan      *reconcile.Plan
	resources []resourceStatus
	// zones are those plans of the plan with something to say beside their resources: a state, what waits, what is held, an error.
	zones []*reconcile.ZonePlan
}

// resourceStatus is how one resource was found.
type resourceStatus struct {
	reconcile.Ref
	reconcile.ResourceView
	// checked says that its provider was asked to look at it, before is how it was then, and checkErr why the provider did not look.
	checked  bool
	before   providers.ResourceStatus
	checkErr error
	// live is nil if its provider does not have it, or did not tell, and priceErr is why nothing is known of prices that were asked for.
	live     *providers.ResourceSnapshot
	priceErr error
}

// errors are those of what was asked of its provider besides.
func (r resourceStatus) errors() []error {
	var all []error
	if r.checkErr != nil {
		all = append(all, fmt.Errorf("its provider does not look at it: %w", r.checkErr))
	}
	if r.priceErr != nil {
		all = append(all, r.priceErr)
	}
	return all
}

// What a resource is in the place of a phase of its provider.
const (
	absent  providers.ResourcePhase = "absent"  // its provider does not have it
	unknown providers.ResourcePhase = "unknown" // its provider did not tell, or was not asked
)

// statusOf returns what a plan found.
func statusOf(plan *reconcile.Plan) domainsStatus {
	s := domainsStatus{plan: plan}
	for i := range plan.Zones {
		z := &plan.Zones[i]
		for _, view := range z.Resources {
			s.resources = append(s.resources, resourceStatus{Ref: z.Ref, ResourceView: view})
		}
		for _, c := range z.Changes {
			s.missing(z, c, "the next apply makes it")
		}
		for _, d := range z.Deferred {
			s.missing(z, d.Change, "it is made "+d.For)
		}
		for what, err := range z.Unread() {
			s.add(z, what, providers.ResourceStatus{Phase: unknown, Reason: err.Error()})
		}
		for what, live := range z.Declared() {
			switch r := s.resource(z.Ref, what.Name); {
			case r != nil:
				r.live = live
			case live == nil:
				s.add(z, what, providers.ResourceStatus{Phase: absent})
			default: // there is no plan, because of something else
				s.add(z, what, live.Status)
				r := &s.resources[len(s.resources)-1]
				r.live, r.Observed = live, live.Observed
			}
		}
		if z.Err != nil || z.State != nil || len(z.Deferred)+len(z.Holds) > 0 {
			s.zones = append(s.zones, z)
		}
	}
	return s
}

// alerts returns what a person should look at, each once: a file may be for several providers.
func (s domainsStatus) alerts() []zonefile.Problem {
	var all []zonefile.Problem
	for i := range s.plan.Zones {
		if !s.plan.Zones[i].OfResources() {
			continue
		}
		for _, warning := range s.plan.Zones[i].Warnings {
			if !slices.Contains(all, warning) {
				all = append(all, warning)
			}
		}
	}
	return all
}

// missing adds a resource that a change is to make.
func (s *domainsStatus) missing(z *reconcile.ZonePlan, c reconcile.Change, why string) {
	if c.Kind == reconcile.KindResource && (c.Action == reconcile.Create || c.Action == reconcile.Restore) && s.resource(z.Ref, c.Key.Name) == nil {
		s.add(z, providers.Resource{Kind: c.Resource.Kind, Name: c.Key.Name}, providers.ResourceStatus{Phase: absent, Reason: why})
	}
}

// add adds a resource that the plan shows nothing of.
func (s *domainsStatus) add(z *reconcile.ZonePlan, what providers.Resource, status providers.ResourceStatus) {
	s.resources = append(s.resources, resourceStatus{Ref: z.Ref, ResourceView: reconcile.ResourceView{Kind: what.Kind, Name: what.Name, Status: status}})
}

// resource returns how a resource was found, nil if it was not.
func (s domainsStatus) resource(ref reconcile.Ref, name zonefile.Name) *resourceStatus {
	i := slices.IndexFunc(s.resources, func(r resourceStatus) bool { return r.Ref == ref && r.Name == name })
	if i < 0 {
		return nil
	}
	return &s.resources[i]
}

// after returns s with what the providers said who were asked to look when it was as before.
func (s domainsStatus) after(before domainsStatus, inspections []reconcile.Inspection) domainsStatus {
	for _, i := range inspections {
		now, then := s.resource(i.Ref, i.Name), before.resource(i.Ref, i.Name)
		if now != nil && then != nil {
			now.checked, now.before, now.checkErr = true, then.Status, i.Err
		}
	}
	return s
}

// registrar is a provider that knows what domains cost. Asking orders nothing.
type registrar interface {
	// Prices returns what it costs to renew and to restore a domain that the account has.
	Prices(ctx context.Context, base *providers.ResourceSnapshot) ([]providers.Observation, error)
	// Availability returns what it costs to register a domain, or to transfer it here.
	Availability(ctx context.Context, domain zonefile.Name) ([]providers.Observation, error)
}

// askPrices asks the providers that know what resources cost, and adds that to what is observed.
func (s domainsStatus) askPrices(ctx context.Context, from opened) {
	for i := range s.resources {
		r := &s.resources[i]
		knows, ok := providers.AsResource[registrar](from.resources[r.Target].provider)
		if !ok {
			continue
		}
		var prices []providers.Observation
		if r.live != nil {
			prices, r.priceErr = knows.Prices(ctx, r.live)
		} else {
			prices, r.priceErr = knows.Availability(ctx, r.Name)
		}
		r.Observed = slices.Concat(r.Observed, prices) // those that are there belong to the plan
	}
}
