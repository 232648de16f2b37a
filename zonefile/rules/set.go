package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// Levels are the severities that were chosen, by rule. [Off] is one of them.
type Levels map[string]zonefile.Severity

// Set is all rules with the severities that hold. It is not changed once it was made, and may be used concurrently.
type Set struct {
	rules []Rule // in the order of their ids, with the severities that hold
	// Those of one zone that find errors, and all of them, and those that look from one zone into another.
	errors, all course
	across      []Rule
}

// NewSet returns the rules with the severities that are chosen, and for the others their own. It is an error to choose one of a rule that
// does not exist, or whose severity is fixed.
func NewSet(chosen Levels) (*Set, error) {
	s := &Set{rules: All()}
	for id, severity := range chosen {
		r := s.rule(id)
		switch {
		case r == nil:
			return nil, fmt.Errorf("rule %.60q: there is none of that name%s", id, like(s.rules, id))
		case r.Fixed && r.Elsewhere:
			return nil, fmt.Errorf("rule %s: its severity is always %s, and cannot be chosen", id, r.Severity)
		case r.Fixed:
			return nil, fmt.Errorf("rule %s: it is always an error, since the zone cannot be read with it, or no server loads it", id)
		}
		r.Severity = severity
	}
	ofOne := func(r Rule) bool { return r.checkSet != nil || r.checkName != nil || r.check != nil }
	s.errors, s.all = newCourse(s.of(zonefile.Error, ofOne)), newCourse(s.of(zonefile.Warning, ofOne))
	s.across = s.of(zonefile.Warning, Rule.AcrossZones)
	return s, nil
}

// Rules returns the rules, in the order of their ids, with the severities that hold.
func (s *Set) Rules() []Rule { return slices.Clone(s.rules) }

func (s *Set) rule(id string) *Rule {
	i, ok := slices.BinarySearchFunc(s.rules, id, func(r Rule, id string) int { return compareIDs(r.ID, id) })
	if !ok {
		return nil
	}
	return &s.rules[i]
}

// like returns a hint with the rules whose names begin alike, or "". What can neither be chosen nor allowed is not meant.
func like(rules []Rule, id string) string {
	word, _, _ := strings.Cut(id, "-")
	var like []string
	for _, r := range rules {
		if word != "" && !(r.Fixed && r.Elsewhere) && strings.HasPrefix(r.ID, word) {
			like = append(like, r.ID)
		}
	}
	if len(like) == 0 {
		return ""
	}
	return "; there are " + strings.Join(like, ", ")
}

func compareIDs(a, b string) int { return strings.Compare(a, b) }

// Judge returns what is to be said of a zone as it was read: what its reader found and what the rules of one zone find, with the severities of the set,
// without what is off or allowed by a comment, in the order of the places. The rules look for nothing that is less severe than least: what decides whether a zone
// can be planned are errors alone, and to look for no more costs nothing unless somebody has chosen one.
//
// A rule finds at most a hundred in a zone, and says how many more there are.
func (s *Set) Judge(f *zonefile.File, least zonefile.Severity) []zonefile.Problem {
	rules := s.all
	if least > zonefile.Warning {
		rules = s.errors
	}
	said := commentsOf(f)
	var problems []zonefile.Problem
	for _, p := range f.Problems {
		if p.Severity = s.severity(p, said); p.Severity != Off {
			problems = append(problems, p)
		}
	}
	if complete(f) {
		found := rules.walk(f, said)
		if least <= zonefile.Warning { // or else not all rules have looked
			found = append(found, s.unused(f, said, false)...)
		}
		for _, p := range found {
			if p.Severity >= least { // a lenient record has no errors
				problems = append(problems, p)
			}
		}
	}
	return inOrder(problems)
}

// Choose returns what was found in something else than a zone file with the severities of the set, without what is off. An error stays one, since what
// is wrong there keeps the file from being understood.
func (s *Set) Choose(found []zonefile.Problem) []zonefile.Problem {
	var chosen []zonefile.Problem
	for _, p := range found {
		if r := s.rule(p.Rule); r != nil && !r.Fixed && p.Severity == zonefile.Warning {
			p.Severity = r.Severity
		}
		if p.Severity != Off {
			chosen = append(chosen, p)
		}
	}
	return chosen
}

// JudgeAcross returns what the rules find that look from one zone into another, for each file of a repository in its order. With what [Set.Judge] returns it is all
// that is to be said.
//
// A comment in a file that several zones are read from is said to allow nothing by each of them in which it does: see [UsedElsewhere].
func (s *Set) JudgeAcross(repo *Repository) [][]zonefile.Problem {
	all := make([][]zonefile.Problem, len(repo.files))
	for i, f := range repo.files {
		if !complete(f) {
			continue
		}
		said := commentsOf(f)
		crossing := passes(f, s.across, said)
		for j := range crossing {
			p := &crossing[j]
			p.rule.acrossZones(p, repo)
			all[i] = append(all[i], p.found()...)
		}
		all[i] = inOrder(append(all[i], s.unused(f, said, true)...))
	}
	return all
}

// complete reports whether all of a file could be read. If not, nothing can be said of what is missing in its zone. Errors of other rules leave nothing out.
func complete(f *zonefile.File) bool {
	if f.Err() == nil {
		return true // most are, and to list the rules for each of many would cost more than to look into it
	}
	partial := unreadable()
	return !slices.ContainsFunc(f.Problems, func(p zonefile.Problem) bool {
		return p.Severity == zonefile.Error && slices.ContainsFunc(partial, func(r Rule) bool { return r.ID == p.Rule })
	})
}

// of returns the rules of a kind that are at least that severe.
func (s *Set) of(least zonefile.Severity, kind func(Rule) bool) []Rule {
	var rules []Rule
	for _, r := range s.rules {
		if r.Severity >= least && kind(r) {
			rules = append(rules, r)
		}
	}
	return rules
}

func inOrder(problems []zonefile.Problem) []zonefile.Problem {
	slices.SortStableFunc(problems, func(a, b zonefile.Problem) int {
		return cmp.Or(a.Position.Compare(b.Position), compareIDs(a.Rule, b.Rule))
	})
	return problems
}

// severity returns what a finding of the reader counts for: Off if the rule is, or a comment allows it. An error of a rule that is fixed stays one.
func (s *Set) severity(p zonefile.Problem, said *comments) zonefile.Severity {
	r := s.rule(p.Rule)
	switch {
	case r == nil, r.Fixed && p.Severity == zonefile.Error:
		return p.Severity
	case said.allow(p.Position, p.Rule):
		return Off
	case r.Fixed:
		return p.Severity
	}
	return r.Severity
}
