package render

import (
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Extent is how much plans are about: zones, each on each of its targets, and domains with what they have beside zones.
type Extent struct {
	zones   int
	domains map[zonefile.Name]bool
}

// ExtentOf returns the Extent of the plans that are so.
func ExtentOf(plans []reconcile.ZonePlan, so func(*reconcile.ZonePlan) bool) Extent {
	e := Extent{domains: map[zonefile.Name]bool{}}
	for i := range plans {
		switch z := &plans[i]; {
		case !so(z):
		case z.OfResources():
			e.domains[z.Zone] = true
		default:
			e.zones++
		}
	}
	return e
}

// N returns how many they are.
func (e Extent) N() int { return e.zones + len(e.domains) }

// String returns "2 zones and 1 domain".
func (e Extent) String() string {
	var parts []string
	if e.zones > 0 || len(e.domains) == 0 {
		parts = append(parts, Count(e.zones, "zone", "zones"))
	}
	if len(e.domains) > 0 {
		parts = append(parts, Count(len(e.domains), "domain", "domains"))
	}
	return strings.Join(parts, " and ")
}

// are returns "2 zones and 1 domain are".
func (e Extent) are() string { return e.String() + " " + Verb(e.N(), "is", "are") }

// SummaryLine says what a plan comes to, in a few sentences.
func SummaryLine(p *reconcile.Plan) string {
	s := p.Summary()
	pinned := 0
	for i := range p.Zones {
		pinned += len(p.Zones[i].Pinned)
	}
	changed := ExtentOf(p.Zones, func(z *reconcile.ZonePlan) bool { return len(z.Changes)+len(z.Deferred) > 0 })
	same := ExtentOf(p.Zones, func(z *reconcile.ZonePlan) bool { return z.Err == nil && !differs(z) })
	for domain := range ExtentOf(p.Zones, func(z *reconcile.ZonePlan) bool { return z.Err != nil || differs(z) }).domains {
		delete(same.domains, domain) // it is not as a whole as it should be
	}
	failed := ExtentOf(p.Zones, func(z *reconcile.ZonePlan) bool { return z.Err != nil })
	held := ExtentOf(p.Zones, func(z *reconcile.ZonePlan) bool { return z.Err == nil && (len(z.Holds) > 0 || z.State != nil) })
	var line string
	switch {
	case s.Changes()+s.Deferred > 0:
		line = fmt.Sprintf("Plan: %s in %s.", Actions(s), changed)
		if same.N() > 0 {
			line += fmt.Sprintf(" %s unchanged.", same.are())
		}
	case same.N() == 0:
		line = "Nothing to apply."
	default:
		line = fmt.Sprintf("No changes: %s as in the zones repository.", same.are())
	}
	if s.Waiting > 0 {
		line += fmt.Sprintf(" Waiting for their grace to end: %d.", s.Waiting)
	}
	if s.Drift > 0 {
		line += fmt.Sprintf(" Drift, left as it is: %s.", drifted(p))
	}
	if pinned > 0 {
		line += fmt.Sprintf(" Pinned: %d.", pinned)
	}
	if s.Held > 0 {
		line += fmt.Sprintf(" Held: %s.", held)
	}
	if s.Errors > 0 {
		line += fmt.Sprintf(" Not planned because of errors: %s.", failed)
	}
	return line
}

// drifted counts what was changed elsewhere and is left: "2 RRsets and 1 resource".
func drifted(p *reconcile.Plan) string {
	sets, resources := 0, 0
	for i := range p.Zones {
		if p.Zones[i].Err != nil {
			continue
		}
		for _, c := range p.Zones[i].Drift {
			if c.Kind == reconcile.KindResource {
				resources++
			} else {
				sets++
			}
		}
	}
	var parts []string
	if sets > 0 {
		parts = append(parts, Count(sets, "RRset", "RRsets"))
	}
	if resources > 0 {
		parts = append(parts, Count(resources, "resource", "resources"))
	}
	return strings.Join(parts, " and ")
}

// Actions counts the changes of a plan by what they do. Restores, purges and those that wait are rarer, and named if there are any.
func Actions(s reconcile.Summary) string {
	var parts []string
	if s.Create+s.Update+s.Retire > 0 {
		parts = append(parts, fmt.Sprintf("%d to create, %d to update, %d to retire", s.Create, s.Update, s.Retire))
	}
	for _, more := range []struct {
		n    int
		what string
	}{{s.Restore, "to restore"}, {s.Purge, "to purge"}, {s.Deferred, "to follow"}} {
		if more.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", more.n, more.what))
		}
	}
	return strings.Join(parts, ", ")
}
