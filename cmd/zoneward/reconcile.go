package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

func (c *common) reconcileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reconcile [ZONE...]",
		Short: "Have a running daemon look now",
		Long: `Has the daemon at --server look at the zones repository now, and at zones, whether something has changed or not: all of them, or those that are named. It
applies what its policy lets it apply; "zoneward status --server" shows how far it is.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			c.zones = append(c.zones, args...)
			return c.reconcileNow(cmd.Context())
		},
	}
	c.selectFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	c.serverFlags(cmd)
	return cmd
}

func (c *common) reconcileNow(ctx context.Context) error {
	if !c.remote.is() {
		return &usageError{
			errors.New("reconcile is for a running daemon: want --server URL, or " + serverVariable),
			"without a daemon " + c.commandLine("apply") + " does it",
		}
	}
	only, err := c.zoneSelection()
	if err != nil {
		return err
	}
	daemon, err := c.openRemote()
	if err != nil {
		return err
	}
	defer daemon.Close()
	queued, err := daemon.Reconcile(ctx, only)
	if err != nil {
		return err
	}
	if c.format == "json" {
		return c.stdout.writeJSON(document.Queued{Version: document.Version, Queued: queued})
	}
	fmt.Fprintf(c.stdout, "The daemon looks at %s now.\n", render.Count(queued, "zone", "zones"))
	return nil
}
