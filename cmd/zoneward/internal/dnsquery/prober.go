package dnsquery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// ProberOptions say where a Prober asks.
type ProberOptions struct {
	// Servers say where name servers answer that are not to be asked at port 53 of their public addresses: with split horizon, behind NAT.
	// What is here counts whatever the zone or a resolver says.
	Servers map[zonefile.Name][]Server
	// Parents are asked for delegations, whatever the parent zone is. Without any, the name servers of the parent zone are, as a resolver finds them.
	Parents []Server
	// Resolver finds name servers and their addresses. The zero AddrPort means the resolvers of the system.
	Resolver netip.AddrPort
	// Timeout is for one question, which is put twice if there is no answer. 0 is two seconds.
	Timeout time.Duration
}

// Prober asks name servers what they have of a zone, or of a delegation. It may be used concurrently.
type Prober struct {
	servers  map[zonefile.Name][]Server
	parents  []Server
	resolver resolver
	timeout  time.Duration
}

var _ reconcile.Prober = (*Prober)(nil)

// NewProber returns a prober.
func NewProber(opts ProberOptions) *Prober {
	timeout := cmp.Or(opts.Timeout, defaultTimeout)
	return &Prober{maps.Clone(opts.Servers), slices.Clone(opts.Parents), resolver{opts.Resolver, timeout}, timeout}
}

// Probe implements reconcile.Prober. The keys are of the zone. A question is put over UDP, and over TCP if the answer is truncated. What only an
// authoritative server can say counts: an answer with AA, and the referral at a zone cut below the zone. Up to eight addresses are asked at a time, and none
// costs more than four times ProberOptions.Timeout, or as much for every [DefaultRRsets] keys: one that is slower has an Err.
//
// An address in the zone or from a resolver that this machine has no way to, such as an IPv6 one where there is no IPv6, is left out
// if the server has others.
func (p *Prober) Probe(ctx context.Context, origin zonefile.Name, servers []zonefile.Name, zone *zonefile.Zone, keys []zonefile.Key) ([]reconcile.Probe, error) {
	located := p.locate(ctx, servers, zone)
	var probes []reconcile.Probe
	var targets []target
	for i, found := range located {
		for _, t := range found {
			probe := reconcile.Probe{Server: servers[i], Err: t.err}
			if t.addr.IsValid() {
				probe.Address = t.addr.String()
			}
			probes, targets = append(probes, probe), append(targets, t)
		}
	}
	what := probing{origin, keys, p.timeout}
	each(len(targets), func(i int) {
		if targets[i].err == nil {
			probes[i].Serial, probes[i].Sets, probes[i].Err = what.ask(ctx, targets[i].addr)
		}
	})
	if ctx.Err() != nil {
		return nil, fmt.Errorf("probe the name servers of %s: %w", origin, ctx.Err())
	}
	return probes, nil
}

// errNoAddress is a server below a zone in which there is no address of it.
var errNoAddress = errors.New("the zone has no address of it")

// locate returns where each of the servers is asked. Those below the zone, which may be nil, have their addresses in it.
func (p *Prober) locate(ctx context.Context, servers []zonefile.Name, zone *zonefile.Zone) [][]target {
	located := make([][]target, len(servers))
	each(len(servers), func(i int) {
		name := servers[i]
		at := p.servers[name]
		if len(at) == 0 {
			switch addrs, all := addressesIn(zone, name); {
			case len(addrs) > 0:
				located[i], _ = reach(name.String(), addrs)
				return
			case all:
				located[i] = []target{{label: name.String(), host: name.String(), err: errNoAddress}}
				return
			}
			at = []Server{serverNamed(name)}
		}
		located[i], _ = p.resolver.targets(ctx, at)
	})
	return located
}

// addressesIn returns the addresses that a zone, which may be nil, has of a name server. All says that they are all that there can be: the name is in the
// zone, and not below a zone cut.
func addressesIn(zone *zonefile.Zone, name zonefile.Name) (addrs []netip.AddrPort, all bool) {
	if zone == nil || !name.In(zone.Origin()) {
		return nil, false
	}
	for _, t := range []zonefile.Type{zonefile.TypeA, zonefile.TypeAAAA} {
		set, _ := zone.Get(zonefile.Key{Name: name, Type: t})
		for rdata := range set.RDATA() {
			if addr, ok := netip.AddrFromSlice([]byte(rdata)); ok {
				addrs = append(addrs, netip.AddrPortFrom(addr.Unmap(), defaultPort))
			}
		}
	}
	for at := name; at.Below(zone.Origin()); at = at.Parent() {
		if zone.Has(zonefile.Key{Name: at, Type: zonefile.TypeNS}) {
			return addrs, false
		}
	}
	return addrs, true
}
