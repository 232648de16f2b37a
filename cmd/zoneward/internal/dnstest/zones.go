package dnstest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery/preview"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Zone is a zone on a target, as it would be served.
type Zone struct {
	reconcile.Ref
	// Content is nil if it is not known. Nobody changes it any more.
	Content *zonefile.Zone
	// Unknown says why there is no Content or, if there is, why a name may be served that it does not have: then what it does not have is not decided.
	Unknown string
}

// Zones are zones in memory that tests are run against. Nobody is asked anything.
type Zones struct {
	views map[zonefile.Name][]View // by origin, in the order of the targets
}

// NewZones returns zones to run tests against. A zone that exists and is not known has to be among them without Content, see [Unread]: otherwise its names are looked
// for in the zone above.
//
// Who asks for a zone of a target sees the other zones as that target has them. A zone that it does not have is seen as
// the others have it, if they all have the same.
func NewZones(zones ...Zone) *Zones {
	byTarget, byOrigin := map[string]map[zonefile.Name]Zone{}, map[zonefile.Name][]Zone{}
	for _, z := range zones {
		if byTarget[z.Target] == nil {
			byTarget[z.Target] = map[zonefile.Name]Zone{}
		}
		byTarget[z.Target][z.Ref.Zone] = z
		byOrigin[z.Ref.Zone] = append(byOrigin[z.Ref.Zone], z)
	}
	all := &Zones{views: map[zonefile.Name][]View{}}
	for _, target := range slices.Sorted(maps.Keys(byTarget)) {
		own := slices.Collect(maps.Keys(byTarget[target]))
		sight := newSight(byTarget[target], byOrigin)
		for _, origin := range own {
			all.views[origin] = append(all.views[origin], zoneView{sight, reconcile.Ref{Zone: origin, Target: target}})
		}
	}
	return all
}

// Planned returns the zones of a plan as they are when it is applied.
func Planned(plan *reconcile.Plan) []Zone {
	var zones []Zone
	for i := range plan.Zones {
		z := &plan.Zones[i]
		if z.OfResources() {
			continue
		}
		zone := Zone{Ref: z.Ref, Content: z.After()}
		switch {
		case z.Err != nil:
			zone.Content, zone.Unknown = nil, z.Err.Error()
		case slices.ContainsFunc(z.Changes, retiresZone):
			zone.Content, zone.Unknown = nil, "the plan retires it"
		case zone.Content == nil:
			zone.Unknown = "its provider was not asked what it has of " + z.Zone.String()
		}
		zones = append(zones, zone)
	}
	return zones
}

// Unread returns those zones that are not among others, as ones of which nothing is known, and why.
func Unread(all []reconcile.Ref, others []Zone, why string) []Zone {
	known := map[reconcile.Ref]bool{}
	for _, z := range others {
		known[z.Ref] = true
	}
	var zones []Zone
	for _, ref := range all {
		if !known[ref] {
			zones = append(zones, Zone{Ref: ref, Unknown: why})
		}
	}
	return zones
}

// retiresZone reports whether a change takes away the whole zone.
func retiresZone(c reconcile.Change) bool {
	return c.Kind == reconcile.KindZone && c.Action == reconcile.Retire
}

// Views implements [Answerer].
func (z *Zones) Views(_ context.Context, question zonefile.Key) []View {
	return z.views[zoneOf(question, func(origin zonefile.Name) bool { return z.views[origin] != nil })]
}

// sight is all zones as one target has them.
type sight struct {
	zones   map[zonefile.Name]Zone
	preview *preview.Zones
}

// newSight adds to the zones of a target those of others, each of which is the same wherever it is.
func newSight(own map[zonefile.Name]Zone, everywhere map[zonefile.Name][]Zone) *sight {
	for origin, zones := range everywhere {
		if _, ok := own[origin]; ok {
			continue
		}
		if z := zones[0]; !slices.ContainsFunc(zones[1:], func(other Zone) bool { return !z.same(other) }) {
			own[origin] = z
		}
	}
	var contents []preview.Zone
	for origin, z := range own {
		contents = append(contents, preview.Zone{Origin: origin, Content: z.Content, Note: z.Unknown})
	}
	return &sight{own, preview.NewZones(contents...)}
}

// same reports whether a zone is known, and the same, on two targets.
func (z Zone) same(other Zone) bool {
	return z.Content != nil && other.Content != nil && (z.Content == other.Content || z.Content.Equal(other.Content))
}

// zoneView is the View of a zone in memory.
type zoneView struct {
	*sight
	ref reconcile.Ref
}

func (v zoneView) Ref() reconcile.Ref { return v.ref }
func (v zoneView) Server() string     { return "" }

func (v zoneView) Zone(question zonefile.Key) zonefile.Name {
	return zoneOf(question, func(origin zonefile.Name) bool { _, ok := v.zones[origin]; return ok })
}

func (v zoneView) Look(_ context.Context, zone zonefile.Name, question zonefile.Key) (dnsquery.Finding, error) {
	z := v.zones[zone]
	atApex := question.Name == zone && z.Content != nil && !z.Content.Has(question)
	switch {
	case z.Content == nil:
		return dnsquery.Finding{}, undecided("%s is not known: %s", zone, cmp.Or(z.Unknown, "its content is not at hand"))
	case question.Type.Signing():
		return dnsquery.Finding{}, undecided("whoever signs %s makes its %s", zone, question.Type)
	case atApex && (question.Type == zonefile.TypeSOA || question.Type == zonefile.TypeNS):
		return dnsquery.Finding{}, undecided("the %s of %s is that of its provider", question.Type, zone)
	}
	zones := v.preview
	if v.Zone(question) != zone {
		zones = preview.NewZones(preview.Zone{Origin: zone, Content: z.Content})
	}
	f, err := zones.Look(question)
	switch {
	case errors.Is(err, preview.ErrTooLong):
		return f, err
	case err != nil:
		return f, undecided("%s", err)
	}
	if f.Set.IsZero() && f.Alias.IsZero() && f.Cut.IsZero() && z.Unknown != "" {
		return f, undecided("%s does not have it here, and may have it: %s", zone, z.Unknown)
	}
	return f, nil
}
