package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// The fields of a delegation on which it depends whether anybody finds the domain.
const (
	fieldNameServers = "name_servers"
	fieldDS          = "ds"
	fieldKeyData     = "key_data"
)

// How long resolvers are taken to remember what a parent zone had of a delegation, where it cannot be asked: most have less.
const (
	parentNSTTL = 48 * time.Hour
	parentDSTTL = 24 * time.Hour
)

// delegate plans a change of a delegation: first all that has nothing to do with who answers for the domain, then its name servers, and its DS by itself. A
// DS that leaves goes before the name servers, and one that comes after them (RFC 6781 §4.3.5).
func (u *unitPlan) delegate(ctx context.Context, l *liveResource, c Change) {
	part := func(names ...string) (some Change, ok bool) {
		some = c
		some.Resource = &ResourceChange{Kind: c.Resource.Kind, References: c.Resource.References}
		for _, f := range c.Resource.Fields {
			if slices.Contains(names, f.Name) {
				some.Resource.Fields = append(some.Resource.Fields, f)
			}
		}
		return some, len(some.Resource.Fields) > 0
	}
	var others []string
	for _, f := range c.Resource.Fields {
		if f.Name != fieldNameServers && f.Name != fieldDS && f.Name != fieldKeyData {
			others = append(others, f.Name)
		}
	}
	if some, ok := part(others...); ok || c.Action == Restore && len(c.Resource.Fields) == 0 {
		u.add(some)
	}
	servers, moves := part(fieldNameServers)
	secure, signs := part(fieldDS, fieldKeyData)
	d := delegationChange{unitPlan: u, l: l, servers: l.live.Fields[fieldNameServers]}
	if moves {
		d.servers = servers.Resource.Fields[0].New
	}
	if signs && removesOnly(secure.Resource.Fields) {
		u.add(secure)
		signs = false
		d.unsigning = true
	}
	if moves {
		d.move(ctx, servers)
	}
	if signs {
		d.sign(ctx, secure, moves)
	}
}

// removesOnly reports whether the changes take DS away and add none.
func removesOnly(fields []FieldChange) bool {
	return !slices.ContainsFunc(fields, func(f FieldChange) bool { return f.After != "" || len(added(f)) > 0 })
}

// added returns the elements that a field that is a set gets.
func added(f FieldChange) []string {
	old := providers.SplitSet(f.Old)
	return slices.DeleteFunc(providers.SplitSet(f.New), func(element string) bool { return slices.Contains(old, element) })
}

// delegationChange is the change of a delegation as it is planned.
type delegationChange struct {
	*unitPlan
	l *liveResource
	// servers are the name servers that the domain will have.
	servers string
	// unsigning says that its DS leaves in this plan.
	unsigning bool
}

// move plans that the domain goes to other name servers: each of them has to answer for it, with the same content, and with the keys that the DS names.
func (d delegationChange) move(ctx context.Context, c Change) {
	f := c.Resource.Fields[0]
	switch {
	case f.After != "":
		d.add(c)
		return
	case d.in.zones.unready(d.in.Zone) != "":
		d.Deferred = append(d.Deferred, Deferred{Change: c, For: fmt.Sprintf("once %s is as planned", d.in.zones.unready(d.in.Zone)), planned: true})
		return
	}
	if len(providers.SplitSet(f.New)) < 2 {
		d.hold(GuardLastNS, fmt.Sprintf("the domain would be left with the name servers %q: two at least keep it resolvable (RFC 1034 §4.1)", f.New))
	}
	if removed := d.l.unsignedAt(); !removed.IsZero() {
		if until := removed.Add(parentDSTTL); !d.in.clock.Over(removed, until) {
			d.later(c, fmt.Sprintf("once resolvers have forgotten the DS that was removed (%s)", until.UTC().Format(time.RFC3339)), until)
			return
		}
	}
	if d.unsigning {
		d.later(c, "once the DS is gone, and resolvers have forgotten it", time.Time{})
		return
	}
	if probes, ok := d.ask(ctx, f.New, GuardDelegationNotServing); ok {
		d.serving(probes)
		d.keyed(probes, d.l.live.Fields)
	}
	d.add(c)
}

// sign plans that the domain gets a DS: its key has to be seen on every name server that a resolver may ask.
func (d delegationChange) sign(ctx context.Context, c Change, moves bool) {
	if d.unknown(c) != "" {
		d.add(c)
		return
	}
	if zone := d.in.zones.unready(d.in.Zone); zone != "" {
		d.Deferred = append(d.Deferred, Deferred{Change: c, For: fmt.Sprintf("once %s is as planned", zone), planned: true})
		return
	}
	if moves && d.l.live.Fields[fieldNameServers] != "" {
		d.later(c, "once the domain is at its new name servers, and resolvers have forgotten the old ones", time.Time{})
		return
	} else if moves {
		d.later(c, "once the domain is at its name servers", time.Time{})
		return
	}
	left := d.l.leftServers(d.in.clock)
	for _, servers := range slices.Sorted(maps.Keys(left)) {
		if !d.servesKeys(ctx, servers, c) {
			d.later(c, fmt.Sprintf("once resolvers have forgotten the old name servers (%s)", left[servers].UTC().Format(time.RFC3339)), left[servers])
			return
		}
	}
	if probes, ok := d.ask(ctx, d.servers, GuardDSWithoutDNSKEY); ok {
		d.keyed(probes, newValues(c))
	}
	d.add(c)
}

// newValues returns the values that a change gives to fields.
func newValues(c Change) map[string]string {
	values := map[string]string{}
	for _, f := range c.Resource.Fields {
		values[f.Name] = f.New
	}
	return values
}

// servesKeys reports whether name servers that the domain has left serve the keys of a DS too: then it does not matter which of them a resolver asks.
func (d delegationChange) servesKeys(ctx context.Context, servers string, c Change) bool {
	quiet := delegationChange{unitPlan: &unitPlan{ZonePlan: &ZonePlan{}, in: d.in, holds: map[Guard][]string{}}, l: d.l}
	probes, ok := quiet.ask(ctx, servers, GuardDSWithoutDNSKEY)
	if ok {
		quiet.keyed(probes, newValues(c))
	}
	return ok && len(quiet.holds) == 0 && len(quiet.problems) == 0
}

// ask asks the name servers of a delegation for what a plan has to know. Without an answer a guard holds the plan.
func (d delegationChange) ask(ctx context.Context, servers string, guard Guard) ([]Probe, bool) {
	if d.in.zones.planner.Prober == nil {
		d.hold(guard, "the name servers cannot be asked whether they serve the domain")
		return nil, false
	}
	var names []zonefile.Name
	for _, text := range providers.SplitSet(servers) {
		name, err := zonefile.ParseName(text, zonefile.Root)
		if err != nil {
			d.problem(d.l, fieldNameServers, "%s: %v", fieldNameServers, err)
			return nil, false
		}
		names = append(names, name)
	}
	will := d.content()
	probes, err := d.in.zones.planner.Prober.Probe(ctx, d.in.Zone, names, will, append(sampleOf(will), d.dnskey()))
	if err != nil {
		d.hold(guard, fmt.Sprintf("the name servers could not be asked whether they serve the domain: %v", err))
		return nil, false
	}
	return probes, true
}

func (d delegationChange) dnskey() zonefile.Key {
	return zonefile.Key{Name: d.in.Zone, Type: zonefile.TypeDNSKEY}
}

// serving holds the plan if one of the servers does not serve the domain with the content that it is to have.
func (d delegationChange) serving(probes []Probe) {
	will := d.content()
	for _, probe := range probes {
		if probe.Err != nil {
			d.hold(GuardDelegationNotServing, fmt.Sprintf("%s does not answer for %s: %v", serverName(probe), d.in.Zone, probe.Err))
			continue
		}
		if will == nil {
			continue
		}
		for _, key := range sampleOf(will) {
			want, _ := will.Get(key)
			have, ok := probe.Sets[key]
			if !ok || !slices.Equal(slices.Collect(have.RDATA()), slices.Collect(want.RDATA())) {
				d.hold(GuardDelegationNotServing, fmt.Sprintf("%s does not have what %s is to have at %s", serverName(probe), d.in.Zone, key))
				break
			}
		}
	}
}

// keyed holds the plan if one of the servers lacks a key that the parent zone says the domain is signed with.
func (d delegationChange) keyed(probes []Probe, fields map[string]string) {
	all, err := dsOf(d.in.Zone, fields)
	if err != nil {
		d.problem(d.l, fieldDS, "ds: %v", err)
		return
	}
	if len(all) == 0 {
		return
	}
	for _, probe := range probes {
		if probe.Err != nil {
			d.hold(GuardDSWithoutDNSKEY, fmt.Sprintf("%s does not answer for %s, so its keys cannot be seen: %v", serverName(probe), d.in.Zone, probe.Err))
			continue
		}
		for _, one := range all {
			if !one.Matches(d.in.Zone, probe.Sets[d.dnskey()]) {
				d.hold(GuardDSWithoutDNSKEY, fmt.Sprintf("%s does not serve the key of the DS %s: whoever validates would refuse the domain", serverName(probe), one))
			}
		}
	}
}

// serverName names a name server and where it was asked.
func serverName(p Probe) string {
	if p.Address == "" {
		return p.Server.String()
	}
	return p.Server.String() + " (" + p.Address + ")"
}

// content returns what the domain's zone is to have, nil if that is not known: that of the target that the name servers are from, or else of the first.
func (d delegationChange) content() *zonefile.Zone {
	for _, plan := range d.in.zones.of(d.in.Zone, d.l.declaration.FromZone[fieldNameServers]) {
		switch {
		case len(plan.Changes) > 0 && plan.served != nil: // which are held
			return plan.served.Zone
		case plan.will != nil:
			return plan.will
		}
	}
	return nil
}

// mostSampled is how many RRsets of a zone a new name server is asked for.
const mostSampled = 12

// sampleOf returns the keys of some RRsets of a zone that every one of its servers has: the apex first.
func sampleOf(zone *zonefile.Zone) []zonefile.Key {
	var keys []zonefile.Key
	if zone == nil {
		return keys
	}
	cuts := map[zonefile.Name]bool{}
	for set := range zone.All() {
		key := set.Key
		if key.Type == zonefile.TypeNS && key.Name != zone.Origin() {
			cuts[key.Name] = true
		}
		if len(keys) == mostSampled {
			break
		}
		if sampled(key, zone.Origin(), cuts) {
			keys = append(keys, key)
		}
	}
	return keys
}

// sampled reports whether a name server can be asked for the RRset of that key and has to have just that.
func sampled(key zonefile.Key, origin zonefile.Name, cuts map[zonefile.Name]bool) bool {
	switch key.Type {
	case zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeMX, zonefile.TypeTXT, zonefile.TypeCNAME, zonefile.TypeCAA, zonefile.TypeSRV:
	default:
		return key.Type == zonefile.TypeNS && key.Name == origin
	}
	if strings.HasPrefix(key.Name.String(), "*.") {
		return false
	}
	for name := key.Name; name.In(origin); name = name.Parent() {
		if cuts[name] {
			return false
		}
		if name == origin {
			break
		}
	}
	return true
}
