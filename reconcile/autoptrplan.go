package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// contested is an address that more than one name claims, as it is for one target.
type contested struct {
	contest
	stays bool // the live PTR is that of those who claim it
}

// contest adds what becomes of the addresses that more than one name claims: the live PTR stays as long as it is that of some of them. Otherwise the first of them
// is what the plan has, which the guard auto-ptr holds.
func (s *statement) contest(in zoneInput, own ownership, live, made *zonefile.Zone, adapt func(zonefile.RRset) (zonefile.RRset, error)) {
	if in.pointed == nil {
		return
	}
	for _, c := range in.pointed.contests {
		if own.foreign(c.key) || made != nil && made.Has(c.key) || own.leavesNoRoom(c.key, live) {
			continue
		}
		served, there := live.Get(c.key)
		if there && c.has(served) {
			s.edits = append(s.edits, zonefile.Change{New: &served})
			s.contested = append(s.contested, contested{c, true})
			s.records++
			continue
		}
		first, err := adapt(in.pointed.view.pointer(c.key, c.claims[0]).RRset)
		if err != nil {
			continue // what cannot be put there nobody has to choose
		}
		s.edits = append(s.edits, zonefile.Change{New: &first})
		s.contested = append(s.contested, contested{c, false})
		s.records++
	}
}

// leavesNoRoom reports whether something live that is left alone cannot stand beside the RRset of that key.
func (o ownership) leavesNoRoom(key zonefile.Key, live *zonefile.Zone) bool {
	for other := range live.At(key.Name) {
		if cannotStandBeside(key, other.Key) && o.foreign(other.Key) {
			return true
		}
	}
	return false
}

// has reports whether all that a PTR RRset leads to claims the address.
func (c contest) has(set zonefile.RRset) bool {
	for name := range pointsTo(set) {
		if !slices.ContainsFunc(c.claims, func(one claim) bool { return one.name == name }) {
			return false
		}
	}
	return true
}

// pointsTo gives the names that a PTR RRset leads to.
func pointsTo(set zonefile.RRset) func(yield func(zonefile.Name) bool) {
	return func(yield func(zonefile.Name) bool) {
		for rdata := range set.RDATA() {
			if name, _, err := zonefile.NameFromWire([]byte(rdata)); err == nil && !yield(name) {
				return
			}
		}
	}
}

// autoPTR returns which addresses are claimed by more than one name, and how that is settled.
func (g guarded) autoPTR() string {
	if len(g.contested) == 0 {
		return ""
	}
	const few = 3
	var all []string
	for _, c := range g.contested[:min(few, len(g.contested))] {
		text := c.text(g.folder)
		if c.stays {
			text += ", and its PTR stays as it is"
		} else {
			text += fmt.Sprintf(", and its PTR would be %s", c.claims[0].name)
		}
		all = append(all, text)
	}
	if more := len(g.contested) - few; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, "; ") + ": " + settleContest
}

// keeps returns why PTR records stay that changes take away: they lead to names of zones of which it is not known what addresses they have. Those of which that is
// known, and that have to wait for another zone, are in waits. What the zone's file says in their place goes there all the same.
func (in zoneInput) keeps(changes []Change, desired *zonefile.Zone) (kept map[zonefile.Key]string, waits map[zonefile.Key]*Deferred, err error) {
	if in.pointed == nil {
		return nil, nil, nil
	}
	kept, waits = map[zonefile.Key]string{}, map[zonefile.Key]*Deferred{}
	type doubt struct {
		change Change
		refs   []Ref // the zones that may have the names
	}
	var doubts []doubt
	var asked []Ref
	for _, c := range changes {
		if c.Key.Type != zonefile.TypePTR || c.Old == nil || c.New != nil && !in.pointed.has(c.Key) || inTheWay(c.Key, desired) {
			continue
		}
		if why := in.pointed.below(c.Key.Name); why != "" {
			kept[c.Key] = why
			continue
		}
		of := doubt{change: c}
		for name := range pointsTo(*c.Old) {
			why, perhaps := in.pointed.view.whose(name)
			if why != "" {
				kept[c.Key] = why
				break
			}
			of.refs, asked = append(of.refs, perhaps...), append(asked, perhaps...)
		}
		if kept[c.Key] == "" {
			waits[c.Key], doubts = in.waits(c), append(doubts, of)
		}
	}
	if len(asked) == 0 {
		return kept, waits, nil
	}
	slices.SortFunc(asked, Ref.Compare)
	served, err := in.served(slices.Compact(asked))
	if err != nil {
		return nil, nil, err
	}
	for _, of := range doubts {
		refs := having(of.refs, func(ref Ref) bool { return served[ref] })
		stays := slices.IndexFunc(refs, func(ref Ref) bool { return in.leaves == nil || !in.leaves(ref) })
		switch {
		case len(refs) == 0:
		case stays >= 0:
			kept[of.change.Key] = fmt.Sprintf("%s is not in the zones repository any more, and was not retired", refs[stays])
		default:
			waits[of.change.Key] = &Deferred{
				Change: of.change, For: fmt.Sprintf("once %s is retired", refs[0]), planned: true, on: refs[0], at: zonefile.Key{Name: refs[0].Zone},
			}
		}
	}
	return kept, waits, nil
}

// below returns why nobody can have a name in the zone below that it is in, empty if it is in none or that can be read.
func (p *pointed) below(name zonefile.Name) string {
	if len(p.broken) > 0 {
		for zone := range withAncestors(name) {
			if why := p.broken[zone]; why != "" {
				return why
			}
		}
	}
	return ""
}

// whose returns why it is not known which addresses the zone has that a name is in, empty if it is known. The name may as well be in one of the zones that are
// returned beside it, which are not in the zones repository.
func (v *view) whose(name zonefile.Name) (why string, perhaps []Ref) {
	for zone := range withAncestors(name) {
		why, known := v.zones[zone]
		if v.leavesOut(name, zone) {
			why = ""
		}
		if known {
			return why, perhaps
		}
		if v.counts(zone) && !v.leavesOut(name, zone) && !IsReverse(zone) {
			for _, target := range v.targets {
				perhaps = append(perhaps, Ref{zone, target})
			}
		}
	}
	return "", perhaps
}

// withAncestors gives a name and those above it, without the root.
func withAncestors(name zonefile.Name) func(yield func(zonefile.Name) bool) {
	return func(yield func(zonefile.Name) bool) {
		for ; !name.IsZero() && !name.IsRoot(); name = name.Parent() {
			if !yield(name) {
				return
			}
		}
	}
}

// keptWarnings says what stays, by the reason.
func (in zoneInput) keptWarnings(kept map[zonefile.Key]string) []zonefile.Problem {
	byReason := map[string][]string{}
	for _, key := range slices.SortedFunc(maps.Keys(kept), zonefile.Key.Compare) {
		byReason[kept[key]] = append(byReason[kept[key]], key.Name.Relative(in.Zone))
	}
	var warnings []zonefile.Problem
	for _, why := range slices.Sorted(maps.Keys(byReason)) {
		warnings = append(warnings, zonefile.Problem{
			Position: zonefile.Position{File: in.source}, Rule: autoPTRRule, Severity: zonefile.Warning,
			Message: fmt.Sprintf("%s PTR: left as it is, since %s", list(byReason[why]), why),
		})
	}
	return warnings
}

// stillServed returns which of the zones are as they were applied, whether the zones repository has them or not.
func (p *Planner) stillServed(ctx context.Context, refs []Ref) (map[Ref]bool, error) {
	served := make(map[Ref]bool, len(refs))
	if p.Stateless { // nobody remembers, so that all may be
		for _, ref := range refs {
			served[ref] = true
		}
		return served, nil
	}
	wanted := refs
	if len(wanted) > fewRefs {
		wanted = nil
	}
	all, err := p.Store.Overview(ctx, wanted...)
	if err != nil {
		return nil, fmt.Errorf("read which zones were applied: %w", err)
	}
	for _, known := range all.Known {
		served[known.Ref] = true
	}
	return served, nil
}
