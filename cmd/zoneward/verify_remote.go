package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
)

// verifyServerFlags adds the flags that say who is asked: a daemon by its URL, or name servers by their addresses.
func (c *common) verifyServerFlags(cmd *cobra.Command, flags *verifyFlags) {
	cmd.Flags().StringArrayVar(&flags.servers, "server", nil,
		"ask the name server `ADDRESS` and no others (can be repeated), or have the running daemon at a URL ask (default $"+serverVariable+")")
	c.serverFileFlags(cmd)
	check := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		daemons := slices.DeleteFunc(slices.Clone(flags.servers), func(server string) bool { return !strings.Contains(server, "://") })
		c.remote.given = cmd.Flags().Changed("server")
		switch {
		case !c.remote.given:
			c.remote.url, _ = c.lookup(serverVariable)
		case len(daemons) > 0 && len(flags.servers) > 1:
			return &usageError{err: errors.New("--server: want one daemon, or name servers")}
		case len(daemons) == 1:
			c.remote.url, flags.servers = daemons[0], nil
		}
		flags.servers = slices.DeleteFunc(flags.servers, func(server string) bool { return server == "" }) // --server= is no daemon
		if err := c.checkRemote(cmd, []unfit{{"resolver": "the daemon finds the name servers"}}); err != nil {
			return err
		}
		if check != nil {
			return check(cmd, args)
		}
		return nil
	}
}

// verifyAtServer has a daemon ask the name servers.
func (c *common) verifyAtServer(ctx context.Context, flags verifyFlags) error {
	if _, err := flags.options(); err != nil {
		return err
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
	done := c.progress("the daemon verifies")
	doc, err := daemon.Verify(ctx, only, flags.within, flags.all)
	done.done()
	if err != nil {
		return err
	}
	verified := make([]verifiedZone, len(doc.Zones))
	for i, z := range doc.Zones {
		if verified[i], err = verifiedZoneOf(z); err != nil {
			return fmt.Errorf("verify: what the daemon answers cannot be read: %w", err)
		}
	}
	return c.tellVerified(verified)
}

// verifiedZoneOf is the reverse of verifiedDocument for one zone.
func verifiedZoneOf(doc document.VerifiedZone) (verifiedZone, error) {
	ref, result, err := doc.Verification()
	return verifiedZone{Ref: ref, serial: doc.Serial, rrsets: doc.RRsets, compared: doc.Compared, result: result, err: doc.Err()}, err
}
