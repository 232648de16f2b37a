package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

func (c *common) resumeCommand() *cobra.Command {
	var all bool
	var reason string
	cmd := &cobra.Command{
		Use:   "resume [ZONE...]",
		Short: "Let zones be written again",
		Long: `Ends suspensions: of zones on all of their targets, or on some (--target); without a zone that of a target; with --all that of everything. Each
ends only what was suspended by that name: what else keeps a zone from being written is said.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			c.zones = args
			return c.resume(cmd.Context(), all, reason)
		},
	}
	cmd.Flags().StringArrayVar(&c.targets, "target", nil, "only on the target `NAME` (can be repeated)")
	c.formatFlag(cmd, "text", "json")
	c.serverFlags(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "everything, as far as it was suspended as a whole")
	cmd.Flags().StringVar(&reason, "reason", "", "why, in a few words, for the history")
	return cmd
}

func (c *common) resume(ctx context.Context, everything bool, reason string) error {
	if err := c.checkScopes(everything); err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return &usageError{err: errors.New("--reason is missing: the history wants to know")}
	}
	r, err := c.openLedger(ctx, toWrite)
	if err != nil {
		return err
	}
	defer r.close()
	ended, left, err := r.resume(ctx, reason)
	if err != nil {
		return err
	}
	missed := false
	for _, asked := range r.meant().Scopes() {
		if !slices.ContainsFunc(ended, func(s reconcile.Suspension) bool { return ends(asked, s.Scope) }) {
			missed = true
			fmt.Fprintf(c.stderr, "error: %s is not suspended\n", scopeName(asked))
		}
	}
	if err := c.writeResumed(ended, left); err != nil {
		return err
	}
	if missed {
		return exitStatus(exitError)
	}
	return nil
}

// ends reports whether to resume what was asked for ends a suspension with a scope. A zone without a target is meant on all of them: a rollback suspends it on
// each.
func ends(asked, scope reconcile.Scope) bool {
	return scope == asked || asked.Target == "" && !asked.Zone.IsZero() && scope.Zone == asked.Zone
}

// scopeName says what a scope is.
func scopeName(s reconcile.Scope) string {
	switch {
	case s.Zone.IsZero() && s.Target == "":
		return "everything"
	case s.Zone.IsZero():
		return "the provider " + s.Target
	case s.Target == "":
		return render.Name(s.Zone)
	}
	return render.Name(s.Zone) + " on " + s.Target
}

// writeResumed says what was resumed, and what is still suspended of it.
func (c *common) writeResumed(ended, left []reconcile.Suspension) error {
	if c.format == "json" {
		return c.stdout.writeJSON(document.Resumed{
			Version: document.Version, Resumed: document.OfSuspensions(ended), Suspended: document.OfSuspensions(left),
		})
	}
	for _, s := range ended {
		fmt.Fprintf(c.stdout, "%s: resumed\n", scopeName(s.Scope))
	}
	for _, s := range left {
		fmt.Fprintf(c.stderr, "note: still, %s\n", render.Shown(s.String()))
	}
	return nil
}
