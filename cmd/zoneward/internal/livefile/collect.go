package livefile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/inorder"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Sources are who is asked for what a file is to have: those that planning asks.
type Sources struct {
	Zones     map[string]reconcile.Target
	Resources map[string]reconcile.ResourceTarget
	Prober    reconcile.Prober
}

// Wanted says what they are asked for.
type Wanted struct {
	Zones []reconcile.Ref
	// Resources are, by provider, those that are declared, and others with the fields that say where they are.
	Resources map[string][]providers.Resource
}

// Collect asks for all that is wanted, and writes the answers, whatever they are, to a file. It returns what could not be told, which is an error in the plans
// too that are made from the file; that a zone or a resource is not there, or must not be written, is none. The error is that of ctx, or of writing.
func Collect(ctx context.Context, to *Writer, from Sources, wanted Wanted) (failed []error, err error) {
	c := collector{to: to, wanted: wanted, parents: map[zonefile.Name]bool{}}
	for _, name := range slices.Sorted(maps.Keys(from.Zones)) {
		c.zones(ctx, name, from.Zones[name])
	}
	for _, name := range slices.Sorted(maps.Keys(from.Resources)) {
		c.resources(ctx, name, from.Resources[name], from.Prober)
	}
	return c.failed, errors.Join(ctx.Err(), to.err)
}

type collector struct {
	to     *Writer
	wanted Wanted
	failed []error
	// parents are the zones whose parent side was written.
	parents map[zonefile.Name]bool
}

// fail notes an answer that tells nothing.
func (c *collector) fail(of string, err error) {
	if err == nil || errors.Is(err, providers.ErrNoZone) || errors.Is(err, providers.ErrNoResource) || errors.Is(err, providers.ErrBlocked) {
		return
	}
	c.failed = append(c.failed, fmt.Errorf("%s: %w", of, err))
}

// zones writes what a provider of zones answers.
func (c *collector) zones(ctx context.Context, name string, target reconcile.Target) {
	listed, err := target.Reader.Zones(ctx)
	if !errors.Is(err, providers.ErrUnsupported) {
		c.fail("list the zones of "+name, err)
	}
	c.to.Provider(name, target.System, false, listed, err)
	var origins []zonefile.Name
	for _, ref := range c.wanted.Zones {
		if ref.Target == name {
			origins = append(origins, ref.Zone)
		}
	}
	slices.SortFunc(origins, zonefile.Name.Compare)
	origins = slices.Compact(origins)
	type answer struct {
		live     *providers.Snapshot
		signing  *providers.Signing
		err      error
		unsigned error
	}
	inorder.Each(len(origins), together, func(i int) (a answer) {
		if a.live, a.err = target.Reader.Fetch(ctx, origins[i]); a.err != nil || target.Signer == nil {
			return a
		}
		signing, err := target.Signer.Signing(ctx, origins[i])
		a.signing, a.unsigned = &signing, err
		return a
	}, func(i int, a answer) {
		c.fail(fmt.Sprintf("%s on %s", origins[i], name), a.err)
		c.fail(fmt.Sprintf("how %s on %s is signed", origins[i], name), a.unsigned)
		c.to.Zone(origins[i], a.live, a.err, a.signing, a.unsigned)
	})
}

// resources writes what a provider of resources answers, and the parent side of what it delegates.
func (c *collector) resources(ctx context.Context, name string, target reconcile.ResourceTarget, prober reconcile.Prober) {
	c.to.Provider(name, target.System, true, nil, nil)
	typ := target.Reader.ResourceType()
	asked, listed := map[string]bool{}, map[string]bool{}
	var names []zonefile.Name
	for _, wanted := range c.wanted.Resources[name] {
		c.secrets(target.Reader, wanted)
		wanted.Secrets = nil
		what, err := target.Reader.NormalizeResource(wanted)
		if err != nil {
			continue // planning finds that too, and asks nobody
		}
		at := Place(typ, what)
		if of := question(what.Name, at); !asked[of] {
			asked[of] = true
			names = append(names, what.Name)
			live, err := target.Reader.FetchResource(ctx, what)
			c.fail(fmt.Sprintf("%s on %s", what, name), err)
			c.to.Resource(what.Name, at, live, err)
		}
		if place := fmt.Sprintf("%q", at); !listed[place] {
			listed[place] = true
			all, err := target.Reader.Resources(ctx, providers.Resource{Kind: typ.Kind, Fields: at})
			c.fail(fmt.Sprintf("list what %s has at %q", name, at), err)
			c.to.Listing(at, all, err)
		}
	}
	if typ.Kind != providers.Delegation || prober == nil {
		return
	}
	for _, origin := range slices.SortedFunc(slices.Values(names), zonefile.Name.Compare) {
		if !c.parents[origin] {
			c.parents[origin] = true
			// One that does not answer is as one that nobody asked.
			if view, err := prober.Parent(ctx, origin); err == nil {
				c.to.Parent(origin, view)
			}
		}
	}
}

// secrets writes what follows from the secrets of a resource that is declared.
func (c *collector) secrets(reader providers.ResourceReader, wanted providers.Resource) {
	if len(wanted.Secrets) == 0 {
		return
	}
	normal, err := reader.NormalizeResource(wanted)
	for _, secret := range slices.Sorted(maps.Keys(wanted.Secrets)) {
		fields := map[string]string{}
		for _, spec := range reader.ResourceType().Fields {
			if value, ok := normal.Fields[spec.Name]; ok && spec.Secret == secret {
				fields[spec.Name] = value
			}
		}
		c.to.Secret(wanted.Name, secret, wanted.Secrets[secret].Reference, fields, err)
	}
}

// together is how many zones of a provider are asked for at once. How many requests it gets at once is bounded at the provider.
const together = 16
