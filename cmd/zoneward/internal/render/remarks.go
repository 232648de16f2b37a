package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Remark is a sentence on the plan of a zone, beside its changes.
type Remark struct {
	Topic string // what kind of thing is said, in a word
	Text  string // it may have something in it that comes from outside
}

// Remarks returns what there is to say of a zone's plan beside its changes and its holds. Times are counted from at, when it was made.
func Remarks(z *reconcile.ZonePlan, at time.Time) []Remark {
	var all []Remark
	if z.Parts != "" {
		all = append(all, Remark{"not atomic", z.Parts})
	}
	if text := Lingering(z); text != "" {
		all = append(all, Remark{"resolvers", text})
	}
	for _, w := range z.Waiting {
		all = append(all, Remark{"waiting", WaitingText(z, w, at)})
	}
	for _, c := range z.Drift {
		for _, text := range driftTexts(c) {
			all = append(all, Remark{"drift", text + "; it is left as it is"})
		}
	}
	for _, p := range z.Pinned {
		all = append(all, Remark{"pinned", pinText(z, p)})
	}
	return append(all, resourceRemarks(z)...)
}

// differs reports whether something is not as the zones repository says.
func differs(z *reconcile.ZonePlan) bool {
	return z.State != nil || len(z.Changes)+len(z.Deferred)+len(z.Waiting)+len(z.Drift)+len(z.Pinned) > 0
}

// Speaks reports whether there is anything to say of a zone's plan.
func Speaks(z *reconcile.ZonePlan) bool {
	return z.Err != nil || differs(z) || len(resourceRemarks(z)) > 0
}

// Lingering says for how long resolvers may give old answers, and for which name that is the longest if others are sooner forgotten.
func Lingering(z *reconcile.ZonePlan) string {
	longest := z.LongestLingering()
	if longest == 0 {
		return ""
	}
	var of []zonefile.Key
	for _, c := range z.Changes {
		if z.Lingers(c) == longest {
			of = append(of, c.Key)
		}
	}
	text := fmt.Sprintf("they may give old answers for up to %s after the apply", Span(longest))
	if len(of) == 1 && len(z.Changes) > 1 {
		text += fmt.Sprintf(" (%s)", Key(of[0]))
	}
	return text
}

// driftTexts say what is live, and what git has.
func driftTexts(c reconcile.Change) []string {
	if c.Kind != reconcile.KindResource {
		return []string{fmt.Sprintf("%s is %s live, and git has %s", Key(c.Key), Value(c.Old), Value(c.New))}
	}
	what := Resource(c.Resource.Kind, c.Key.Name)
	if c.Action == reconcile.Create || c.Action == reconcile.Restore {
		return []string{what + " is not there any more, and git has it"}
	}
	var all []string
	for _, f := range c.Resource.Fields {
		all = append(all, fmt.Sprintf("%s of %s is %s live, and git has %s", Shown(f.Name), what, Word(f.Old), Word(f.New)))
	}
	return all
}

// WaitingText says when something that has left the zones repository is retired. Times are counted from at.
func WaitingText(z *reconcile.ZonePlan, w reconcile.Waiting, at time.Time) string {
	left, what := w.Until.Sub(at), subjectText(z, w.Key)
	switch {
	case !w.Noted:
		return fmt.Sprintf("%s retires %s after the next apply; put it back in git to keep it", what, Span(w.Until.Sub(w.Since)))
	case left <= 0: // the clock was set, see reconcile.Clock
		return fmt.Sprintf("%s retires as soon as the clock can be trusted; put it back in git to keep it", what)
	}
	return fmt.Sprintf("%s retires in %s, at %s; put it back in git to keep it", what, Span(left), Time(w.Until))
}

func pinText(z *reconcile.ZonePlan, p reconcile.Pin) string {
	text := fmt.Sprintf("%s until %s by %s", subjectText(z, p.Key), Time(p.Until), p.Actor)
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	return text + "; it is kept as it is live: put that into git, which counts again then"
}

// causeText says who made a change necessary, empty if it is git alone, as mostly.
func causeText(c reconcile.Cause) string {
	switch c {
	case reconcile.CauseDrift:
		return "drift: somebody changed it live"
	case reconcile.CauseBoth:
		return "git and drift: somebody changed it live as well"
	case reconcile.CauseGit, reconcile.CauseUnknown:
	}
	return ""
}

// Notes returns what there is to say of a change beside its name, its values and its source.
func Notes(c reconcile.Change) []string {
	var all []string
	if c.Kind == reconcile.KindRRset && c.From != "" && !IsPending(c) {
		all = append(all, "from "+Shown(c.From))
	}
	switch {
	case c.Action == reconcile.Restore && c.Stone != "":
		all = append(all, "restored from tombstone "+Shown(c.Stone))
	case c.Action == reconcile.Restore && c.Kind == reconcile.KindZone:
		all = append(all, "its provider has kept it since it was removed, and brings it back")
	case c.Action == reconcile.Restore:
		all = append(all, "restored")
	case c.Action == reconcile.Purge && c.Kind == reconcile.KindZone:
		all = append(all, "what its provider has kept of it is removed for good")
	case c.Action == reconcile.Purge && c.Kind == reconcile.KindRRset:
		all = append(all, "the hidden copy is removed for good")
	}
	if c.Kind == reconcile.KindResource {
		all = append(all, resourceNotes(c)...)
	}
	if cause := causeText(c.Cause); cause != "" {
		all = append(all, cause)
	}
	return all
}

// Key returns the name and the type of an RRset; for a zone that it is the zone.
func Key(key zonefile.Key) string {
	if key.Type == 0 {
		return "the zone itself"
	}
	return Name(key.Name) + " " + key.Type.String()
}

// subjectText returns what of a plan a key is that may be of a resource.
func subjectText(z *reconcile.ZonePlan, key zonefile.Key) string {
	if key.Type != 0 || !z.OfResources() {
		return Key(key)
	}
	for _, v := range z.Resources {
		if v.Name == key.Name {
			return Resource(v.Kind, v.Name)
		}
	}
	return Name(key.Name)
}

// propertyText returns the change of a property of a zone in one line.
func propertyText(p reconcile.Property) string {
	text := Shown(p.Name) + " of the zone: "
	if p.Old != "" {
		text += Shown(strconv.Quote(p.Old)) + " -> "
	}
	return text + Shown(strconv.Quote(p.New))
}

// Outputs returns what a provider wants to be published elsewhere, a line each as a zone file has them.
func Outputs(s *reconcile.State) []string {
	var lines []string
	for _, o := range s.Outputs {
		for _, text := range texts(&o.RRset) {
			line := fmt.Sprintf("%s %d IN %s %s", o.RRset.Key.Name, o.RRset.TTL, o.RRset.Key.Type, text)
			if !o.Until.IsZero() {
				line += " ; until " + Time(o.Until)
			}
			lines = append(lines, Shown(line))
		}
	}
	return lines
}

// Value returns an RRset in one line.
func Value(set *zonefile.RRset) string {
	if set == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s %s", set.TTL, strings.Join(texts(set), ", "))
}
