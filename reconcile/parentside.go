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

// parentSide is what is known of the delegation of a zone that is declared.
type parentSide struct {
	ref Ref // of the delegation
	// ds is what the registrar has, and removed when we removed it, the zero time if we did not.
	ds      string
	removed time.Time
	// unread says that the registrar did not tell.
	unread bool
	// fromZone is the target whose DS it is to be, and confirms that it is to be told once the parent zone has it.
	fromZone string
	confirms bool
	// seen reports whether the parent zone has all of the DS.
	seen func() bool
}

// parents returns what is known of the delegations that are declared, by domain.
func (p *Planner) parents(ctx context.Context, units []*liveUnit) map[zonefile.Name]*parentSide {
	all := map[zonefile.Name]*parentSide{}
	for _, u := range units {
		if u.err != nil || u.typ.Kind != providers.Delegation {
			continue
		}
		for i := range u.resources {
			l := &u.resources[i]
			if l.declaration == nil {
				continue
			}
			side := &parentSide{ref: u.Ref, unread: l.unread != nil || l.live == nil}
			if l.live != nil {
				records, err := dsOf(l.name, l.live.Fields)
				side.ds, side.unread = dsText(records), side.unread || err != nil
			}
			side.removed = l.unsignedAt()
			side.fromZone, side.confirms = l.declaration.FromZone[fieldDS], has(l.declaration.FromZone, fieldDS)
			side.seen = func() bool { return p.parentHas(ctx, l.name, side.ds) }
			all[l.name] = side
		}
	}
	return all
}

// dsText returns DS records as a field has them.
func dsText(records []zonefile.DS) string {
	var texts []string
	for _, ds := range records {
		texts = append(texts, strings.ToLower(ds.String()))
	}
	return providers.JoinSet(texts)
}

func has[K comparable, V any](m map[K]V, key K) bool {
	_, ok := m[key]
	return ok
}

// parentHas reports whether the parent zone of a domain has all of a DS RRset, as a field has it.
func (p *Planner) parentHas(ctx context.Context, domain zonefile.Name, ds string) bool {
	if p.Prober == nil || ds == "" {
		return false
	}
	view, err := p.Prober.Parent(ctx, domain)
	if err != nil {
		return false
	}
	records, err := zonefile.ParseDS(view.DS)
	if err != nil {
		return false
	}
	have := providers.SplitSet(dsText(records))
	return !slices.ContainsFunc(providers.SplitSet(ds), func(one string) bool { return !slices.Contains(have, one) })
}

// secured parts changes of properties into those that can be made now and those that have to wait for the parent zone, and adds that the provider is told once
// that has the DS.
func (in zoneInput) secured(changes []Change) (now []Change, later []Deferred) {
	if in.parent == nil {
		return changes, nil
	}
	for _, c := range changes {
		if c.Property.Name != providers.PropertyDNSSEC || c.Property.New != "off" || c.Property.Old == "" {
			now = append(now, c)
			continue
		}
		switch until := in.parent.removed.Add(parentDSTTL); {
		case in.parent.unread:
			later = append(later, Deferred{Change: c, For: fmt.Sprintf("once %s tells whether the parent zone has a DS", in.parent.ref.Target)})
		case in.parent.ds != "":
			later = append(later, Deferred{Change: c, For: "once the parent zone has no DS any more, and resolvers have forgotten it"})
		case in.parent.removed.IsZero(): // somebody else took it away, if there was one: nobody knows since when, and the guard dnssec asks
			now = append(now, c)
		case !in.clock.Over(in.parent.removed, until):
			later = append(later, Deferred{Change: c, For: fmt.Sprintf("once resolvers have forgotten the DS (%s)", until.UTC().Format(time.RFC3339)), Until: until})
		default:
			now = append(now, c)
		}
	}
	now, later = in.withDS(now, later)
	if c, ok := in.confirmation(); ok {
		if in.parent.ds != "" && in.parent.seen() {
			return append(now, c), later
		}
		later = append(later, Deferred{Change: c, For: "once the parent zone has its DS"})
	}
	return now, later
}

// withDS puts the change of what the provider was told of the DS beside that which ends the signatures: it is not to be told that there is none before, and has to be
// told then.
func (in zoneInput) withDS(now []Change, later []Deferred) ([]Change, []Deferred) {
	ends := func(c Change) bool { return c.Property.Name == providers.PropertyDNSSEC && c.Property.New == "off" }
	told := func(c Change) bool { return c.Property.Name == providers.PropertyDS }
	if in.live == nil || in.live.Properties[providers.PropertyDS] != "published" {
		return now, later
	}
	tell := Change{
		Kind: KindProperty, Action: Update, Key: zonefile.Key{Name: in.Zone}, Cause: CauseGit,
		Property: Property{Name: providers.PropertyDS, Old: "published", New: "unpublished"},
	}
	for i, d := range later {
		if ends(d.Change) {
			now = slices.DeleteFunc(now, told)
			return now, slices.Insert(later, i, Deferred{Change: tell, For: d.For, Until: d.Until})
		}
	}
	if slices.ContainsFunc(now, ends) && !slices.ContainsFunc(now, told) {
		now = append(now, tell)
	}
	return now, later
}

// confirmation returns the change that tells the provider that the parent zone has the DS.
func (in zoneInput) confirmation() (Change, bool) {
	_, declared := in.declared[providers.PropertyDS]
	if !in.parent.confirms || declared || in.parent.fromZone != "" && in.parent.fromZone != in.Target || !in.confirmable() {
		return Change{}, false
	}
	p := Property{Name: providers.PropertyDS, Old: "unpublished", New: "published"}
	return Change{Kind: KindProperty, Action: Update, Key: zonefile.Key{Name: in.Zone}, Property: p, Cause: CauseGit}, true
}

// confirmable reports whether the provider is to be told that the parent zone has the DS, and was not: of a zone that is not there, whether it will be signed, and the provider
// wants to be told then.
func (in zoneInput) confirmable() bool {
	if in.live != nil {
		return in.live.Properties[providers.PropertyDS] == "unpublished" && slices.Contains(in.live.Traits.Properties, providers.PropertyDS) && in.signs()
	}
	if !in.signs() || in.normalizeProperties == nil {
		return false
	}
	_, err := in.normalizeProperties(in.Zone, in.kind, map[string]string{providers.PropertyDNSSEC: in.declared[providers.PropertyDNSSEC], providers.PropertyDS: "published"})
	return err == nil
}

// signs reports whether the zone is to be signed.
func (in zoneInput) signs() bool {
	if declared, ok := in.declared[providers.PropertyDNSSEC]; ok {
		return declared != "off"
	}
	return in.live != nil && in.live.Properties[providers.PropertyDNSSEC] != "" && in.live.Properties[providers.PropertyDNSSEC] != "off"
}
