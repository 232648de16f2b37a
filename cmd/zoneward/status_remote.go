package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/client"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// daemonStatus is how a daemon was found.
type daemonStatus struct {
	document.DaemonStatus
	// zones are those that are not live as the zones repository says, or all that were asked for by name, and refs which they are.
	zones []document.ZoneStatus
	refs  []reconcile.Ref
	// plan is what has something to say, and domains how what domains have beside their zones is by that.
	plan    *reconcile.Plan
	domains domainsStatus
	advice  advice
}

func (c *common) statusAtServer(ctx context.Context, flags statusFlags) error {
	daemon, err := c.openRemote()
	if err != nil {
		return err
	}
	defer daemon.Close()
	s, err := c.readStatus(ctx, daemon)
	if err != nil {
		return err
	}
	for _, notice := range s.Notices {
		fmt.Fprintln(c.stderr, "note: "+render.Shown(notice))
	}
	if c.format == "json" {
		err = c.stdout.writeJSON(document.ServerStatus{Domains: s.domains.document(), Daemon: s.DaemonStatus, States: slices.Concat([]document.ZoneStatus{}, s.zones)})
	} else {
		err = writeDaemonStatus(c.stdout, s, c.colours())
	}
	if err != nil {
		return err
	}
	return s.end(flags.detailed)
}

// readStatus asks a daemon how it is.
func (c *common) readStatus(ctx context.Context, daemon *client.Client) (*daemonStatus, error) {
	var s daemonStatus
	only, err := c.zoneSelection()
	if err != nil {
		return nil, err
	}
	if s.plan, err = c.waiting(ctx, daemon); err != nil {
		return nil, err
	}
	if s.DaemonStatus, err = daemon.Status(ctx); err != nil {
		return nil, err
	}
	if s.zones, err = daemon.Zones(ctx, only, len(only.Zones) == 0); err != nil {
		return nil, err
	}
	for _, z := range s.zones {
		ref, err := z.Ref()
		if err != nil {
			return nil, fmt.Errorf("read the status of the zones: what the daemon answers cannot be read: %w", err)
		}
		s.refs = append(s.refs, ref)
	}
	s.domains = statusOf(s.plan)
	s.advice, err = c.adviceAtServer(ctx, daemon, s.plan)
	return &s, err
}

// end is the exit status that the status of a daemon gives, nil for 0. What is held and what is pending counts with detailed only.
func (s *daemonStatus) end(detailed bool) error {
	isOne := func(states ...document.ZoneState) bool {
		return slices.ContainsFunc(s.zones, func(z document.ZoneStatus) bool { return slices.Contains(states, z.State) })
	}
	switch {
	case isOne(document.ZoneFailing), s.Source.Error != nil, s.Configuration.Error != nil:
		return exitStatus(exitError)
	case detailed && isOne(document.ZoneHeld, document.ZoneApproval, document.ZoneSuspended, document.ZoneBlocked):
		return exitStatus(exitHeld)
	case detailed && isOne(document.ZonePending):
		return exitStatus(exitChanges)
	}
	return nil
}
