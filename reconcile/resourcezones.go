package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// zonesAround is what the resources of a plan may ask about its zones.
type zonesAround struct {
	planner *Planner
	plans   kin[*ZonePlan] // of zones
	// unseen are the zones of the repository that are not planned now, and declared is what is declared, see declaredAs.
	unseen   map[zonefile.Name][]Ref
	declared map[string]bool
}

// declaredAs names a resource in a system, whatever its provider is called in the configuration.
func declaredAs(system string, name zonefile.Name) string { return system + " " + name.String() }

// unplanned returns one of the zones that a name is in and that nobody has looked at, the zero Ref if there is none.
func (z zonesAround) unplanned(name zonefile.Name) Ref {
	for zone := name; !zone.IsZero(); zone = zone.Parent() {
		if refs := z.unseen[zone]; len(refs) > 0 {
			return refs[0]
		}
		if zone == zonefile.Root {
			break
		}
	}
	return Ref{}
}

// of returns the plans of a domain's zone, on one target if that is named.
func (z zonesAround) of(domain zonefile.Name, target string) []*ZonePlan {
	var all []*ZonePlan
	for _, plan := range z.plans.at[domain] {
		if target == "" || plan.Target == target {
			all = append(all, plan)
		}
	}
	return all
}

// value returns what a field that comes from the zone is to be: "name_servers" and "ds" of a delegation. later says what has to be done before that is known.
func (z zonesAround) value(ctx context.Context, domain zonefile.Name, field, target string) (value, later string, err error) {
	plans := z.of(domain, target)
	if len(plans) == 0 {
		return "", "", fmt.Errorf("the zones repository has no zone %s for it", domain)
	}
	values := map[string]string{}
	for _, plan := range plans {
		if plan.Err != nil {
			return "", plan.Ref.String() + " can be read", nil
		}
		var one string
		if one, later, err = z.valueAt(ctx, plan, field); err != nil || later != "" {
			return "", later, err
		}
		values[one] = plan.Target
		value = one
	}
	if len(values) > 1 {
		return "", "", fmt.Errorf("the targets of %s differ (%s): say which is meant, as {from-zone: %s}", domain, strings.Join(differing(values), "; "), plans[0].Target)
	}
	return value, "", nil
}

// differing says what each target has.
func differing(values map[string]string) []string {
	var all []string
	for value, target := range values {
		all = append(all, fmt.Sprintf("%s: %q", target, value))
	}
	slices.Sort(all)
	return all
}

// valueAt is value for one target.
func (z zonesAround) valueAt(ctx context.Context, plan *ZonePlan, field string) (value, later string, err error) {
	if plan.State != nil || plan.will == nil {
		return "", fmt.Sprintf("%s can be written", plan.Ref), nil
	}
	if field == fieldNameServers {
		set, ok := plan.will.Get(zonefile.Key{Name: plan.Zone, Type: zonefile.TypeNS})
		if !ok {
			return "", plan.Ref.String() + " is there", nil
		}
		return providers.JoinSet(set.Text()), "", nil
	}
	return z.dsAt(ctx, plan)
}

// dsAt returns the DS that a target wants the parent zone to have.
func (z zonesAround) dsAt(ctx context.Context, plan *ZonePlan) (value, later string, err error) {
	signed := plan.Ref.String() + " is signed"
	if change, ok := plan.property(providers.PropertyDNSSEC); ok {
		if change.New == "off" {
			return "", "", nil
		}
		return "", signed, nil
	}
	if plan.served == nil {
		return "", signed, nil
	}
	signer := z.planner.Targets[plan.Target].Signer
	if signer == nil {
		// A host that signs by itself says what it wants in the zone (RFC 7344 §4).
		cds, ok := plan.served.Served().Get(zonefile.Key{Name: plan.Zone, Type: zonefile.TypeCDS})
		if !ok {
			return "", "", fmt.Errorf("%s neither says what the parent zone is to have nor serves a CDS record: state the DS instead", plan.Target)
		}
		if texts := cds.Text(); len(texts) == 1 && strings.HasPrefix(texts[0], "0 0 0 ") { // RFC 8078 §4: it wants none
			return "", "", nil
		}
		return providers.JoinSet(cds.Text()), "", nil
	}
	signing, err := signer.Signing(ctx, plan.Zone)
	switch {
	case err != nil:
		return "", fmt.Sprintf("%s tells how it signs (%v)", plan.Target, err), nil
	case !signing.Signed && plan.signs():
		return "", signed, nil
	case !signing.Signed:
		return "", "", nil
	case signing.DS.Len() == 0:
		return "", plan.Target + " says what the parent zone is to have", nil
	}
	return providers.JoinSet(signing.DS.Text()), "", nil
}

// signs reports whether the zone is declared to be signed.
func (z *ZonePlan) signs() bool {
	declared := z.desired.rule.Properties[providers.PropertyDNSSEC]
	return declared != "" && declared != "off"
}

// property returns the planned change of a property, also one that waits.
func (z *ZonePlan) property(name string) (Property, bool) {
	for _, c := range z.all() {
		if c.Kind == KindProperty && c.Property.Name == name {
			return c.Property, true
		}
	}
	return Property{}, false
}

// unready returns which of a domain's zones is not yet as it is to be, empty if they all are. One that a guard holds is there, and may stay as it is for long.
func (z zonesAround) unready(domain zonefile.Name) string {
	for _, plan := range z.of(domain, "") {
		created := len(plan.Changes) > 0 && plan.Changes[0].Kind == KindZone
		if plan.Err != nil || plan.State != nil || created || len(plan.Changes) > 0 && len(plan.Holds) == 0 {
			return plan.Ref.String()
		}
	}
	return ""
}

// publishes reports whether all outputs of a resource that are to be published are live in its zones.
func (z zonesAround) publishes(l *liveResource) bool {
	for _, publication := range l.declaration.Publish {
		output, ok := l.live.Output(publication.Output)
		if !ok {
			return false
		}
		if z.unplanned(l.name).Target != "" || len(z.plans.at) == 0 {
			return false
		}
		for plan := range z.plans.above(l.name) {
			changes := slices.ContainsFunc(plan.all(), func(c Change) bool { return c.Key == output.RRset.Key || c.From != "" })
			if plan.Err != nil || plan.State != nil || changes {
				return false
			}
		}
	}
	return true
}

// longestTTL is how long resolvers are taken to know what nobody can say any more how long they know it, such as the CNAME of a zone that is gone.
const longestTTL = 24 * time.Hour

// window is a time in which resolvers may still know what is gone.
type window struct{ since, until time.Time }

// lookBack is for how long is looked back in the audit log for a CNAME that resolvers may still know: no TTL that makes sense is longer (RFC 1912 §2.2).
const lookBack = 7 * 24 * time.Hour

// forgotten returns when resolvers forget the CNAMEs of a name that was retired or changed, by itself or with its zone.
func (p *Planner) forgotten(ctx context.Context, name zonefile.Name, clock Clock) ([]window, error) {
	var all []window
	for zone := name; !zone.IsZero() && zone != zonefile.Root; zone = zone.Parent() {
		query := HistoryQuery{Zone: zone, Name: name, Since: clock.Wall.Add(-lookBack)}
		for entry, err := range p.Store.History(ctx, query) {
			if err != nil {
				return nil, err
			}
			for i, c := range entry.Changes {
				if !entry.Open && (i >= len(entry.Live) || !entry.Live[i]) {
					continue
				}
				if lasts := outlives(c, name); lasts > 0 {
					all = append(all, window{entry.Intent.At, entry.ended().Add(lasts)})
				}
			}
		}
	}
	return all, nil
}

// outlives returns for how long resolvers may know a CNAME of a name that a change has taken away, 0 if it has taken none.
func outlives(c Change, name zonefile.Name) time.Duration {
	switch {
	case c.Kind == KindZone && c.Action == Retire:
		return longestTTL
	case c.Kind == KindRRset && c.Key.Name == name && slices.Contains(leading(), c.Key.Type) && c.Old != nil && !sameSide(c.Old, c.New):
		return time.Duration(c.Old.TTL) * time.Second
	}
	return 0
}

// leading are the types of records by which a name leads to another.
func leading() []zonefile.Type { return []zonefile.Type{zonefile.TypeCNAME, zonefile.TypeALIAS} }

// leads says whether a name still leads to an application that is to lose it: held is why a person has to do something, and otherwise wait says
// what has to be waited for, and until when, without a change. Both are empty if nothing does.
func (z zonesAround) leads(ctx context.Context, l *liveResource, clock Clock) (held string, wait Deferred) {
	if ref := z.unplanned(l.name); ref.Target != "" {
		return "", Deferred{For: fmt.Sprintf("once %s is planned too", ref)}
	}
	for plan := range z.plans.above(l.name) {
		if plan.Err != nil || plan.will == nil && plan.State == nil && !plan.retires() {
			return "", Deferred{For: fmt.Sprintf("once %s can be read", plan.Ref)}
		}
		for _, typ := range leading() {
			if plan.will == nil || plan.retires() {
				continue
			}
			if set, ok := plan.will.Get(zonefile.Key{Name: l.name, Type: typ}); ok && l.isTarget(set) {
				return fmt.Sprintf("%s still leads to the application in %s (%s): take the record away too", l.name, plan.Ref, typ), wait
			}
		}
		for _, c := range plan.Changes {
			if outlives(c, l.name) > 0 {
				return "", Deferred{For: fmt.Sprintf("once %s leads nowhere on %s, and resolvers have forgotten it", l.name, plan.Target), planned: true}
			}
		}
		if plan.State != nil && plan.known {
			return "", Deferred{For: fmt.Sprintf("once %s can be written", plan.Ref)}
		}
	}
	ends, err := z.planner.forgotten(ctx, l.name, clock)
	if err != nil {
		return "", Deferred{For: fmt.Sprintf("once the tombstones of %s can be read (%v)", l.name, err)}
	}
	for _, end := range ends {
		if !clock.Over(end.since, end.until) && end.until.After(wait.Until) {
			wait.Until = end.until
			wait.For = fmt.Sprintf("once resolvers have forgotten the CNAME %s (%s)", l.name, end.until.UTC().Format(time.RFC3339))
		}
	}
	return "", wait
}

// isTarget reports whether a CNAME leads to the application, as far as it says where that is.
func (l *liveResource) isTarget(cname zonefile.RRset) bool {
	if l.live == nil {
		return true
	}
	output, ok := l.live.Output("cname")
	if !ok {
		return true
	}
	return slices.Equal(slices.Collect(cname.RDATA()), slices.Collect(output.RRset.RDATA()))
}

// retires reports whether the plan retires the zone.
func (z *ZonePlan) retires() bool {
	return len(z.Changes) > 0 && z.Changes[0].Kind == KindZone && z.Changes[0].Action == Retire
}
