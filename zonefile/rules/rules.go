// Package rules finds what is allowed in a zone, and most likely a mistake.
//
// A [Rule] has an id, a severity and a page, docs/rules/ID.md, with an example that it finds something in and one that it does not. Those that package zonefile finds
// while it reads are among [All] too: they have a page, and those that are a matter of opinion a severity that can be chosen, but no check of their own. So are
// those about files of domains, DNS tests and plans, which other packages find.
//
// A [Set] is the rules as a configuration has them: [Set.Judge] says what is to be said of one zone, and [Set.JudgeAcross] what the rules find that look from one
// zone of a repository into another.
package rules

import (
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// Off is the severity of a rule that finds nothing. It is that of rules which have to be asked for.
const Off zonefile.Severity = 0

// Rule is one kind of finding.
type Rule struct {
	ID string // as in messages, the configuration and comments; docs/rules/ID.md is its page
	// Severity is what it finds if nobody says otherwise: a Warning where BIND loads the zone, and Off for what is a matter of opinion.
	Severity zonefile.Severity
	// Fixed says that the severity cannot be chosen, nor a comment allow an error that it finds: the zone cannot be read, or no server loads it, or it is found [Rule.Elsewhere].
	Fixed bool
	// Elsewhere says that other packages find it, in something else than a zone file, or only when they plan. No comment allows what it finds.
	Elsewhere bool
	Summary   string // what it finds, in one sentence without a full stop

	// What looks at one zone, if package zonefile does not find it: checkSet or checkName, and check behind it or alone. All rules share one walk through
	// the zone, so that the former cost little beyond what they do themselves.
	checkSet  func(*pass, zonefile.RRset)   // at each RRset of the types, in canonical order
	types     []zonefile.Type               // of checkSet; nil for all
	checkName func(*pass, []zonefile.RRset) // at each owner name, with its RRsets by type; the slice is used again
	check     func(*pass)                   // once, when the walk is over

	// acrossZones looks at a zone and those around it. It is for [Set.JudgeAcross] alone.
	acrossZones func(*pass, *Repository)
}

// AcrossZones reports whether the rule needs the other zones of a repository, so that [Set.Judge] does not have it, and [Set.JudgeAcross] has.
func (r Rule) AcrossZones() bool { return r.acrossZones != nil }

// All returns all rules, in the order of their ids.
func All() []Rule {
	all := slices.Concat(ofReading(), ofNames(), ofTargets(), ofTypes(), ofDelegations(), ofMail(), ofPolicies(), foundElsewhere())
	slices.SortFunc(all, func(a, b Rule) int { return compareIDs(a.ID, b.ID) })
	return all
}
