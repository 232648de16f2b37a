package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// opened are the providers of a configuration by name, ready to be used: those of zones and those of resources.
type opened struct {
	zones     map[string]openedTarget
	resources map[string]openedResources
}

type openedTarget struct {
	provider providers.ZoneProvider
	config   providerConfig
}

type openedResources struct {
	provider providers.ResourceProvider
	config   providerConfig
}

// openProviders opens all providers, each with its retries and limits around it. observe is told of each request, and may be nil.
func (c *config) openProviders(observe func(provider string, call providers.Call)) (opened, error) {
	all := opened{map[string]openedTarget{}, map[string]openedResources{}}
	var errs []error
	accounts := map[string]*providers.Account{}
	for _, name := range slices.Sorted(maps.Keys(c.providers)) {
		config := c.providers[name]
		if accounts[config.account] == nil {
			accounts[config.account] = providers.NewAccount(providers.AccountPolicy{Rate: config.limit, Retry: providers.RetryPolicy{MaxWait: config.patience}})
		}
		var note func(providers.Call)
		if observe != nil {
			note = func(call providers.Call) { observe(name, call) }
		}
		if err := all.add(config, accounts[config.account], note); err != nil {
			errs = append(errs, fmt.Errorf("%s: providers.%s: %w", config.at, name, err))
		}
	}
	if len(errs) > 0 {
		return opened{}, &usageError{err: errors.Join(errs...)}
	}
	return all, nil
}

// add opens a provider with an account. note is told of each request, and may be nil.
func (o opened) add(config providerConfig, account *providers.Account, note func(providers.Call)) error {
	if config.openResources != nil {
		p, err := config.openResources(account.HTTPClient())
		if err != nil {
			return err
		}
		if note != nil {
			p = providers.ObserveResources(p, note)
		}
		o.resources[config.name] = openedResources{account.GuardResources(p), config}
		return nil
	}
	p, err := config.open(account.HTTPClient())
	if err != nil {
		return err
	}
	if note != nil {
		p = providers.Observe(p, note)
	}
	if config.overHTTP {
		p = account.GuardRequests(p)
	} else {
		p = account.Guard(p)
	}
	o.zones[config.name] = openedTarget{p, config}
	return nil
}

// readers returns the providers of zones as planning sees them: nothing that it holds can write.
func (o opened) readers() map[string]reconcile.Target {
	targets := make(map[string]reconcile.Target, len(o.zones))
	for name, t := range o.zones {
		targets[name] = t.reader()
	}
	return targets
}

func (t openedTarget) reader() reconcile.Target {
	target := reconcile.NewTarget(t.provider, t.config.system)
	target.CreateZones, target.CanPurge = t.config.createZones, target.CanPurge && t.config.purges
	return target
}

// writers returns the providers of zones as applying sees them.
func (o opened) writers() map[string]providers.ZoneProvider {
	targets := make(map[string]providers.ZoneProvider, len(o.zones))
	for name, t := range o.zones {
		targets[name] = t.provider
	}
	return targets
}

// resourceReaders is readers for those of resources.
func (o opened) resourceReaders() map[string]reconcile.ResourceTarget {
	targets := make(map[string]reconcile.ResourceTarget, len(o.resources))
	for name, t := range o.resources {
		targets[name] = t.reader()
	}
	return targets
}

func (t openedResources) reader() reconcile.ResourceTarget {
	target := reconcile.ResourceTarget{Reader: providers.ReadOnlyResources(t.provider), System: t.config.system}
	_, target.CanCheck = providers.AsResource[providers.ResourceChecker](t.provider)
	return target
}

// resourceWriters is writers for those of resources.
func (o opened) resourceWriters() map[string]providers.ResourceProvider {
	targets := make(map[string]providers.ResourceProvider, len(o.resources))
	for name, t := range o.resources {
		targets[name] = t.provider
	}
	return targets
}

// verifiers returns what asks the name servers after an apply, for the providers that name some.
func (o opened) verifiers() map[string]reconcile.Verifier {
	verifiers := map[string]reconcile.Verifier{}
	for name, t := range o.zones {
		if len(t.config.verify) > 0 {
			verifiers[name] = t.verifier(dnsquery.Options{})
		}
	}
	return verifiers
}

// planner returns a planner without providers and a store.
func (c *config) planner() *reconcile.Planner {
	return &reconcile.Planner{
		Rules: c.rules, Semicolons: c.source.semicolons, Limits: c.source.limits, DomainPolicy: c.policy, Domains: c.domains.options(), Prober: dnsquery.NewProber(c.prober), Folder: c.source.folder(),
		Clock: readClock, Version: version(),
		// What else the rules find does not keep a zone from being planned: validate says it.
		Judge:  func(f *zonefile.File) []zonefile.Problem { return c.judge.Judge(f, zonefile.Error) },
		Choose: c.judge.Choose,
	}
}

// applier returns what carries out what a planner plans.
func (o opened) applier(planner *reconcile.Planner, store reconcile.Store, actor string) *reconcile.Applier {
	return &reconcile.Applier{
		Planner: planner, Targets: o.writers(), Resources: o.resourceWriters(), Store: store, Actor: actor, Verifiers: o.verifiers(),
	}
}

// declared returns the providers as far as checking the zones repository needs them: their names, and what their resources are like. None can be asked
// anything.
func (c *config) declared() (map[string]reconcile.Target, map[string]reconcile.ResourceTarget) {
	zones, resources := map[string]reconcile.Target{}, map[string]reconcile.ResourceTarget{}
	for name, p := range c.providers {
		if p.openResources == nil {
			zones[name] = reconcile.Target{}
			continue
		}
		resources[name] = reconcile.ResourceTarget{Reader: typeOnly{typ: p.resourceType}}
	}
	return zones, resources
}

// typeOnly is a provider of resources that says what they are like, and nothing else.
type typeOnly struct {
	providers.ResourceReader
	typ providers.ResourceType
}

// ResourceType returns what the resources are like.
func (t typeOnly) ResourceType() providers.ResourceType { return t.typ }
