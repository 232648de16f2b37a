package report

import (
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// zone is what there is to show of a zone on a target, or of the resources of a domain at a provider.
type zone struct {
	reconcile.Ref
	id       zonefile.Digest
	failure  []string // why there is no plan, in lines
	holds    []hold
	caused   []reconcile.Change // what this change does
	adrift   []reconcile.Change // what would be done without it too
	settled  []reconcile.Change // what would be done without it, and is not with it
	later    []render.Following // what this change does later
	others   []render.Following // what would be done later without it too
	remarks  []render.Remark
	warnings []zonefile.Problem
	lingers  time.Duration // how long resolvers may give old answers after the apply
	leaving  []reconcile.Waiting
	blocked  bool // it is in a state in which nothing can be written to it
	leaves   bool // the zones repository does not state it any more
}

// hold is why a guard holds a zone, and what to do about it.
type hold struct {
	Guard  reconcile.Guard
	Reason string
	Todo   string // empty if that is plain
}

// topicLeaving is that of the remarks on what this change takes out of the zones repository and is served until its grace is over.
const topicLeaving = "leaving"

// viewOf returns what there is to show of the zones of a proposal.
func viewOf(p *reconcile.Proposal) []zone {
	left := map[reconcile.Ref]bool{}
	for _, ref := range p.Left {
		left[ref] = true
	}
	zones := make([]zone, len(p.Zones))
	for i, z := range p.Zones {
		zones[i] = zoneOf(z, p.Plan.CreatedAt)
		zones[i].leaves = left[z.Ref]
	}
	return zones
}

// zoneOf returns what there is to show of a zone, whose plan was made at that time.
func zoneOf(p reconcile.ProposedZone, at time.Time) zone {
	z := zone{
		Ref: p.Ref, id: p.ID, caused: p.Caused, adrift: p.Adrift, settled: p.Settled, later: render.Planned(p.Later, at),
		warnings: p.Warnings, lingers: p.LongestLingering(),
	}
	if p.Err != nil {
		z.failure = linesOf(p.Err.Error())
		return z
	}
	for _, h := range p.Holds {
		z.holds = append(z.holds, hold{h.Guard, h.Reason, todo(p.ZonePlan, h.Guard)})
	}
	z.others = render.Planned(others(p.Deferred, p.Later), at)
	leaving := map[zonefile.Key]bool{}
	for _, w := range p.Leaving {
		leaving[w.Key] = true
		z.remarks = append(z.remarks, render.Remark{Topic: topicLeaving, Text: render.WaitingText(p.ZonePlan, w, at)})
	}
	plan := *p.ZonePlan
	plan.Waiting = nil
	for _, w := range p.Waiting {
		if !leaving[w.Key] {
			plan.Waiting = append(plan.Waiting, w)
		}
	}
	z.remarks = append(z.remarks, render.Remarks(&plan, at)...)
	z.leaving = p.Leaving
	if s := p.State; s != nil {
		z.blocked = true
		z.remarks = append(z.remarks, render.Remark{Topic: s.Name, Text: s.Needs})
		for _, output := range render.Outputs(s) {
			z.remarks = append(z.remarks, render.Remark{Topic: "to be published", Text: output})
		}
	}
	z.warnings = render.Warnings(p.ZonePlan)
	return z
}

// others returns what of all is not in some, which are among them in the same order.
func others(all, some []reconcile.Deferred) []reconcile.Deferred {
	var rest []reconcile.Deferred
	for _, d := range all {
		if len(some) > 0 && some[0] == d {
			some = some[1:]
			continue
		}
		rest = append(rest, d)
	}
	return rest
}

// linesOf returns the lines of a text that have something in them, and one if none has.
func linesOf(text string) []string {
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	if len(lines) == 0 {
		return []string{"no reason given"}
	}
	return lines
}

// joined returns lines as one text.
func joined(lines []string) string { return strings.Join(lines, "\n") }

// counts returns how many of some changes do what.
func counts(changes []reconcile.Change) map[reconcile.Action]int {
	n := map[reconcile.Action]int{}
	for _, c := range changes {
		n[c.Action]++
	}
	return n
}

// following returns how many changes wait.
func following(all []render.Following) int {
	n := 0
	for _, f := range all {
		n += len(f.Changes)
	}
	return n
}

// speaks reports whether there is more to say of the zone than that it is as it should be.
func (z *zone) speaks() bool {
	return z.leaves || len(z.failure)+len(z.holds)+len(z.caused)+len(z.adrift)+len(z.settled)+len(z.later)+len(z.others)+len(z.remarks)+len(z.warnings) > 0
}

// records returns how many changes there are to be shown of the zone.
func (z *zone) records() int {
	return len(z.caused) + len(z.adrift) + len(z.settled) + following(z.later) + following(z.others)
}

// zones returns what there is to show of its zones.
func (r *Report) zones() []zone {
	if r.shown != nil {
		return r.shown
	}
	return viewOf(r.Proposal)
}
