package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
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
	w, err := c.openRecords(ctx, toWrite)
	if err != nil {
		return err
	}
	defer w.close()
	standing, err := suspensionsOf(ctx, w)
	if err != nil {
		return err
	}
	var ended []reconcile.Suspension
	missed := false
	for _, asked := range scopesOf(w.only) {
		found := false
		for _, s := range standing {
			// A zone without a target is meant on all of them: a rollback suspends it on each.
			if s.Scope != asked && !(asked.Target == "" && !asked.Zone.IsZero() && s.Zone == asked.Zone) {
				continue
			}
			resumed, err := w.store.Resume(ctx, s.Scope, time.Now(), w.actor, reason)
			if err != nil {
				return fmt.Errorf("resume: %w", err)
			}
			if resumed {
				found = true
				ended = append(ended, s)
			}
		}
		if !found {
			missed = true
			fmt.Fprintf(c.stderr, "error: %s is not suspended\n", scopeName(asked))
		}
	}
	left := slices.DeleteFunc(standing, func(s reconcile.Suspension) bool {
		return slices.ContainsFunc(ended, func(e reconcile.Suspension) bool { return e.Scope == s.Scope }) || !overlaps(s.Scope, scopesOf(w.only))
	})
	if err := c.writeResumed(ended, left); err != nil {
		return err
	}
	if missed {
		return exitStatus(exitError)
	}
	return nil
}

// overlaps reports whether a scope and one of others have something in common.
func overlaps(s reconcile.Scope, others []reconcile.Scope) bool {
	return slices.ContainsFunc(others, func(o reconcile.Scope) bool {
		return (s.Zone.IsZero() || o.Zone.IsZero() || s.Zone == o.Zone) && (s.Target == "" || o.Target == "" || s.Target == o.Target)
	})
}

// scopeName says what a scope is.
func scopeName(s reconcile.Scope) string {
	switch {
	case s.Zone.IsZero() && s.Target == "":
		return "everything"
	case s.Zone.IsZero():
		return "the provider " + s.Target
	case s.Target == "":
		return shownName(s.Zone)
	}
	return shownName(s.Zone) + " on " + s.Target
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
		fmt.Fprintf(c.stderr, "note: still, %s\n", shown(s.String()))
	}
	return nil
}
