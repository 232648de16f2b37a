package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// suspendFlags are the flags of suspend.
type suspendFlags struct {
	all    bool
	list   bool
	reason string
	last   spanFlag
	until  string
}

func (c *common) suspendCommand() *cobra.Command {
	var flags suspendFlags
	cmd := &cobra.Command{
		Use:   "suspend [ZONE...]",
		Short: "Keep zones from being written",
		Long: `Keeps zones, all zones of a target (--target), zones on a target (both), or everything (--all) from being written: the guard "suspended" holds
their plans, also those of the daemon. It ends with "zoneward resume", or at a time that is given.

Neither the zones repository nor a provider has to be there for it.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			c.zones = args
			if flags.list {
				return c.listSuspensions(cmd.Context(), flags)
			}
			return c.suspend(cmd.Context(), flags)
		},
	}
	cmd.Flags().StringArrayVar(&c.targets, "target", nil, "only on the target `NAME` (can be repeated)")
	c.formatFlag(cmd, "text", "json")
	c.serverFlags(cmd)
	cmd.Flags().BoolVar(&flags.all, "all", false, "everything")
	cmd.Flags().BoolVar(&flags.list, "list", false, "list what is suspended")
	cmd.Flags().StringVar(&flags.reason, "reason", "", "why, in a few words, for those who see it held")
	cmd.Flags().Var(&flags.last, "for", "how long: 48h, 7d")
	cmd.Flags().StringVar(&flags.until, "until", "", "until this `TIME`")
	return cmd
}

func (c *common) suspend(ctx context.Context, flags suspendFlags) error {
	now := time.Now()
	until, err := flags.end(now)
	if err != nil {
		return err
	}
	if err := c.checkScopes(flags.all); err != nil {
		return err
	}
	if strings.TrimSpace(flags.reason) == "" {
		return &usageError{err: errors.New("--reason is missing: those who see it held want to know")}
	}
	r, err := c.openLedger(ctx, toWrite)
	if err != nil {
		return err
	}
	defer r.close()
	made, err := r.suspend(ctx, flags.reason, until)
	if err != nil {
		return err
	}
	return c.writeSuspensions(made)
}

// end returns when the suspension ends by itself, the zero time for never.
func (f suspendFlags) end(now time.Time) (time.Time, error) {
	switch {
	case f.last != 0 && f.until != "":
		return time.Time{}, &usageError{err: errors.New("want --for or --until, not both")}
	case f.last != 0:
		return now.Add(time.Duration(f.last)).UTC().Truncate(time.Second), nil
	case f.until == "":
		return time.Time{}, nil
	}
	if _, err := parseSpan(f.until); err == nil {
		return time.Time{}, &usageError{fmt.Errorf("--until %s: want a time", f.until), "--for says how long"}
	}
	until, err := parseMoment(f.until, now)
	switch {
	case err != nil:
		return until, &usageError{err: fmt.Errorf("--until %q: want a time (2026-01-02T15:04:05Z) or a day (2026-01-02, until its start in UTC)", f.until)}
	case !until.After(now):
		return until, &usageError{err: fmt.Errorf("--until %s is over", f.until)}
	}
	return until, nil
}

// checkScopes checks that somebody said what is meant.
func (c *common) checkScopes(all bool) error {
	named := len(c.zones)+len(c.targets) > 0
	switch {
	case all && named:
		return &usageError{err: errors.New("--all is everything: want no ZONE and no --target with it")}
	case !all && !named:
		return &usageError{errors.New("want a ZONE, a --target, or --all for everything"), c.commandLine("suspend", "--list") + " lists what is suspended"}
	}
	return nil
}

// checkZones returns an error if a zone that is meant can be none of ours, and warns if it was never applied: a slip of the pen would suspend nothing.
func (c *common) checkZones(ctx context.Context, w *workspace) error {
	if len(w.only.Zones) == 0 {
		return nil
	}
	overview, err := w.store.Overview(ctx)
	if err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	applied := map[zonefile.Name]bool{}
	for _, known := range overview.Known {
		applied[known.Zone] = true
	}
	for _, zone := range w.only.Zones {
		switch {
		case applied[zone]:
		case !w.config.ruled(zone):
			return &usageError{err: fmt.Errorf("%s: no rule under zones: in %s matches it, and it was never applied", zone, w.config.file)}
		default:
			fmt.Fprintf(c.stderr, "warning: %s was never applied\n", render.Name(zone))
		}
	}
	return nil
}

// ruled reports whether a rule is for a zone.
func (c *config) ruled(zone zonefile.Name) bool {
	text := strings.TrimSuffix(zone.String(), ".")
	for _, rule := range c.rules {
		for _, pattern := range rule.Match {
			if reconcile.Glob(strings.TrimSuffix(pattern, "."), text) {
				return true
			}
		}
	}
	return false
}

// listSuspensions lists what is suspended now.
func (c *common) listSuspensions(ctx context.Context, flags suspendFlags) error {
	if flags.all || flags.reason != "" || flags.last != 0 || flags.until != "" {
		return &usageError{err: errors.New("--list goes with zones and --target only")}
	}
	r, err := c.openLedger(ctx, toPlan)
	if err != nil {
		return err
	}
	defer r.close()
	meant, err := r.suspensions(ctx)
	if err != nil {
		return err
	}
	if len(meant) == 0 && c.format == "text" {
		fmt.Fprintln(c.stdout, "Nothing is suspended.")
		return nil
	}
	return c.writeSuspensions(meant)
}

// suspensionsOf returns the suspensions in force. Of those that end when a zone file changes nobody has looked whether it has.
func suspensionsOf(ctx context.Context, w *workspace) ([]reconcile.Suspension, error) {
	overview, err := w.store.Overview(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	now := overview.Clock.Next(readClock())
	var all []reconcile.Suspension
	for _, s := range overview.Suspensions {
		if !now.Over(s.Since, s.Until) {
			all = append(all, s)
		}
	}
	return all, nil
}

// writeSuspensions says what is suspended.
func (c *common) writeSuspensions(all []reconcile.Suspension) error {
	if c.format == "json" {
		return c.stdout.writeJSON(document.Suspensions{Version: document.Version, Suspensions: document.OfSuspensions(all)})
	}
	for _, s := range all {
		fmt.Fprintln(c.stdout, render.Shown(s.String()))
	}
	return nil
}
