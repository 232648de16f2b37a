package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// liveSide is what there is to know of a zone of a provider beside its records.
type liveSide struct {
	target    string
	traits    providers.Traits
	left      func(zonefile.Key) reconcile.LeftAlone
	normalize func(zonefile.RRset) (zonefile.RRset, error)
}

// providerSide opens the side of a provider of the configuration. With all it has what is served and cannot be written, too.
func providerSide(ctx context.Context, cfg *config, o operand, all bool) (*diffSide, error) {
	targets, err := cfg.openProviders(nil)
	if err != nil {
		return nil, err
	}
	opened, ok := targets.zones[o.provider]
	if !ok {
		return nil, &usageError{err: fmt.Errorf("%s: want a provider of zones in %s; there are %s", o.text, cfg.file, strings.Join(slices.Sorted(maps.Keys(targets.zones)), ", "))}
	}
	reader := opened.reader().Reader
	side := &diffSide{label: o.text, origins: map[zonefile.Name]bool{}, provider: true, unread: cfg.unreadByName(o.provider), close: func() {}}
	side.read = func(ctx context.Context, origin zonefile.Name) (sideZone, error) {
		snapshot, err := reader.Fetch(ctx, origin)
		if err != nil {
			return sideZone{}, fmt.Errorf("%s: %w", o.text, err)
		}
		ref := reconcile.Ref{Zone: origin, Target: o.provider}
		policy := cfg.policy
		if rule, ok := reconcile.RuleFor(cfg.rules, ref); ok {
			policy = rule.Policy
		}
		zone := sideZone{zone: snapshot.Zone, place: func(zonefile.Key) string { return o.text }, live: &liveSide{
			target: o.provider, traits: snapshot.Traits, left: reconcile.WhatIsLeft(ref, policy, snapshot.Zone), normalize: reader.Normalize,
		}}
		if all {
			zone.zone = snapshot.Served()
		}
		return zone, nil
	}
	listed, err := reader.Zones(ctx)
	switch {
	case errors.Is(err, providers.ErrUnsupported):
		side.open = true
	case err != nil:
		return nil, fmt.Errorf("list the zones of %s: %w", o.provider, err)
	}
	for _, info := range listed {
		if info.Kind != providers.Secondary {
			side.origins[info.Origin] = true
		}
	}
	return side, nil
}

// unreadByName says what the rules for a provider say that nobody knows who reads files by their own names.
func (c *config) unreadByName(provider string) []string {
	var notices []string
	say := func(about func(reconcile.Rule) bool, notice string) {
		if slices.ContainsFunc(c.rules, func(r reconcile.Rule) bool { return slices.Contains(r.Targets, provider) && about(r) }) {
			notices = append(notices, notice)
		}
	}
	const whole = "; they count where the source directory as a whole is compared"
	say(func(r reconcile.Rule) bool { return r.File != "" },
		"a zone is looked for in files that are called as it is, and not in those that a rule names with file: in the configuration"+whole)
	say(func(r reconcile.Rule) bool { return r.AutoPTR != nil },
		"the PTR records that auto_ptr makes are in no file, and show as a difference"+whole)
	return notices
}
