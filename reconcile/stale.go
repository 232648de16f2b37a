package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ErrStale says that a zone or its file is not what the plan was made from any more.
var ErrStale = errors.New("the plan is out of date")

// Reviewed returns the plan to apply for a plan that was saved and reviewed: the zones of saved, as fresh has them if they are as they were
// reviewed. A zone that is not, because its file or what is live has moved, has an error that wraps ErrStale and says what is different.
// The notices name zones that fresh changes and saved does not have.
func Reviewed(saved, fresh *Plan) *Plan {
	plan := &Plan{Commit: fresh.Commit, CreatedAt: fresh.CreatedAt, clock: fresh.clock}
	for _, old := range saved.Zones {
		now := fresh.Zone(old.Ref)
		zone := ZonePlan{Ref: old.Ref}
		switch {
		case now == nil:
			zone.Err = fmt.Errorf("%w: %s is not in the zones repository any more", ErrStale, old.Ref)
		case now.Err != nil:
			zone = *now
		case old.Err != nil:
			zone.Err = fmt.Errorf("%w: %s could not be planned when it was reviewed", ErrStale, old.Ref)
		case now.ID != old.ID, len(now.Changes) > 0 && now.Base != old.Base: // what nothing is done to may have moved
			zone.Err = staleError(&old, now)
		default:
			zone = *now
		}
		plan.Zones = append(plan.Zones, zone)
	}
	for _, now := range fresh.Zones {
		if len(now.Changes) > 0 && saved.Zone(now.Ref) == nil {
			plan.Notices = append(plan.Notices, fmt.Sprintf("%s: has changes that are not in the saved plan; they are not applied", now.Ref))
		}
	}
	return plan
}

// staleError says what is different between a plan and the one that would be made now.
func staleError(then, now *ZonePlan) error {
	old := map[about]Change{}
	for _, c := range then.all() {
		old[aboutOf(c)] = c
	}
	var moved []string
	for _, c := range now.all() {
		before, planned := old[aboutOf(c)]
		delete(old, aboutOf(c))
		switch {
		case !planned:
			moved = append(moved, fmt.Sprintf("%s was not to %s", subject(c), c.Action))
		case c.Kind == KindProperty && before.Property != c.Property:
			moved = append(moved, fmt.Sprintf("%s, and was to change %s", c.Property, before.Property))
		case c.Kind == KindResource && !slices.Equal(before.Resource.Fields, c.Resource.Fields):
			moved = append(moved, fmt.Sprintf("%s: %s, and was to change %s", subject(c), list(c.Resource.Fields), list(before.Resource.Fields)))
		case !sameSide(before.Old, c.Old):
			moved = append(moved, fmt.Sprintf("%s is live as %s, and was %s", c.Key, side(c.Old), side(before.Old)))
		case !sameSide(before.New, c.New):
			moved = append(moved, fmt.Sprintf("%s is to be %s, and was to be %s", c.Key, side(c.New), side(before.New)))
		}
	}
	for _, c := range then.all() {
		if _, gone := old[aboutOf(c)]; gone {
			moved = append(moved, fmt.Sprintf("%s has nothing to %s any more", subject(c), c.Action))
		}
	}
	if len(moved) == 0 {
		moved = append(moved, "other records of the live zone have changed")
	}
	return fmt.Errorf("%w: %s: %s", ErrStale, then.Ref, list(moved))
}

// about is what a change is about, so that two changes of the same thing are known as that.
type about struct {
	zonefile.Key
	what string // the property, the fields, or the output
}

func aboutOf(c Change) about { return about{c.Key, c.Property.Name + c.From + fieldNames(c)} }

// fieldNames returns the names of the fields that a change of a resource is about.
func fieldNames(c Change) string {
	if c.Resource == nil {
		return ""
	}
	var b strings.Builder
	for _, f := range c.Resource.Fields {
		b.WriteString(f.Name + " ")
	}
	return b.String()
}

// subject returns what a change is about, in words.
func subject(c Change) string {
	switch c.Kind {
	case KindZone:
		return "the zone itself"
	case KindProperty:
		return "the " + c.Property.Name + " of the zone"
	case KindResource:
		return string(c.Resource.Kind) + " " + c.Key.Name.String()
	case KindRRset:
		if c.Key.Type == 0 { // nothing is known of it but what it is from
			return c.From
		}
	}
	return c.Key.String()
}

func sameSide(a, b *zonefile.RRset) bool {
	if a == nil || b == nil {
		return a == b
	}
	return withoutSerial(*a) == withoutSerial(*b)
}

func side(s *zonefile.RRset) string {
	if s == nil {
		return "absent"
	}
	return fmt.Sprintf("%d %s", s.TTL, strings.Join(s.Text(), ", "))
}

// list returns the first few of many, with how many more there are.
func list[T any](all []T) string {
	const few = 5
	var b strings.Builder
	for i, one := range all {
		if i == few {
			fmt.Fprintf(&b, ", and %d more", len(all)-few)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, one)
	}
	return b.String()
}

// plural returns n and the word that goes with it.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
