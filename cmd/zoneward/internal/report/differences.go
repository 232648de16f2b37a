package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Differences says what differs between the plan that was reviewed and the one of now, a line for each record, in the order of the zones:
//
//	example.com. on pdns: www.example.com. A: reviewed 300 192.0.2.1 -> 300 192.0.2.2, now 300 192.0.2.9 -> 300 192.0.2.2
//
// There is none if both have the same id. Each line is visible, and is not inert in markdown.
func (x Redaction) Differences(reviewed, now *reconcile.Plan) []string {
	var refs []reconcile.Ref
	for _, p := range []*reconcile.Plan{reviewed, now} {
		for _, z := range p.Zones {
			refs = append(refs, z.Ref)
		}
	}
	slices.SortFunc(refs, reconcile.Ref.Compare)
	var all []string
	for _, ref := range slices.Compact(refs) {
		for _, line := range x.differ(ref, reviewed.Zone(ref), now.Zone(ref)) {
			all = append(all, render.Shown(ref.String()+": "+line))
		}
	}
	return all
}

// differ says what differs between two plans of a zone, either of which may be missing.
func (x Redaction) differ(ref reconcile.Ref, was, is *reconcile.ZonePlan) []string {
	switch {
	case was == nil && is.Err == nil && len(is.Changes)+len(is.Deferred) == 0:
		return []string{"it was not in the plan that was reviewed, and there is nothing to do"}
	case is == nil:
		is = &reconcile.ZonePlan{Ref: ref}
	case is.Err != nil:
		return []string{"now it cannot be planned: " + x.failureText(ref.Zone, is.Err)}
	case was == nil:
		was = &reconcile.ZonePlan{Ref: ref}
	case was.Err != nil:
		return []string{"it could not be planned when it was reviewed"}
	case was.ID == is.ID:
		return nil
	}
	type both struct{ was, is string }
	var subjects []string
	found := map[string]*both{}
	side := func(z *reconcile.ZonePlan, into func(*both) *string) {
		for what, text := range x.deeds(z) {
			if found[what] == nil {
				found[what] = &both{}
				subjects = append(subjects, what)
			}
			*into(found[what]) = text
		}
	}
	side(was, func(b *both) *string { return &b.was })
	side(is, func(b *both) *string { return &b.is })
	var all []string
	for _, what := range subjects {
		switch b := found[what]; {
		case b.was == b.is:
		case b.was == "":
			all = append(all, fmt.Sprintf("%s: not in the plan that was reviewed, now %s", what, b.is))
		case b.is == "":
			all = append(all, fmt.Sprintf("%s: reviewed %s, now nothing", what, b.was))
		default:
			all = append(all, fmt.Sprintf("%s: reviewed %s, now %s", what, b.was, b.is))
		}
	}
	if len(all) == 0 {
		all = append(all, "the same changes, of what is not shown or in another order")
	}
	return all
}

// deeds yields what a plan does in order: to what, and from what to what.
func (x Redaction) deeds(z *reconcile.ZonePlan) func(func(what, text string) bool) {
	return func(yield func(what, text string) bool) {
		for _, c := range z.Changes {
			if !yield(x.deed(z.Zone, c)) {
				return
			}
		}
		for _, d := range z.Deferred {
			what, text := x.deed(z.Zone, d.Change)
			if !yield(what+", later", text) {
				return
			}
		}
	}
}

// deed says to what a change does what.
func (x Redaction) deed(zone zonefile.Name, c reconcile.Change) (what, text string) {
	c = x.change(zone, c)
	switch c.Kind {
	case reconcile.KindZone:
		return "the zone itself", string(c.Action)
	case reconcile.KindProperty:
		return c.Property.Name + " of the zone", fmt.Sprintf("%q -> %q", c.Property.Old, c.Property.New)
	case reconcile.KindResource:
		var fields []string
		for _, f := range c.Resource.Fields {
			fields = append(fields, fmt.Sprintf("%s %q -> %q", f.Name, f.Old, f.New))
			if f.After != "" {
				fields[len(fields)-1] += " after " + f.After
			}
		}
		return render.Resource(c.Resource.Kind, c.Key.Name), strings.TrimSpace(string(c.Action) + " " + strings.Join(fields, ", "))
	case reconcile.KindRRset:
		if render.IsPending(c) {
			return c.From, string(c.Action)
		}
	}
	what = render.Key(c.Key)
	if c.Action == reconcile.Purge {
		what += ", hidden"
	}
	return what, render.Value(c.Old) + " -> " + render.Value(c.New)
}

// failureText returns why there is no plan of a zone, in one line.
func (x Redaction) failureText(zone zonefile.Name, err error) string {
	if len(x.Types) > 0 || x.zone(zone) {
		err = x.failure(zone, err)
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
