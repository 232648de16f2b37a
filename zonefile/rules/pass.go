package rules

import (
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// maxFindings is the most findings of one rule in one zone that are shown. One more says how many there are beside them.
const maxFindings = 100

// pass is one rule on its way through one zone.
type pass struct {
	file     *zonefile.File
	rule     *Rule
	lookup   *lookup // that of all passes of one walk
	comments *comments
	problems []zonefile.Problem
	more     int  // findings that are not shown
	allowed  bool // whether some comment of the file allows what the rule finds
}

// passes are rules on their way through one zone, whose comments may allow what they find.
func passes(f *zonefile.File, rules []Rule, c *comments) []pass {
	if len(rules) == 0 {
		return nil
	}
	all := make([]pass, len(rules))
	shared := newLookup(f)
	for i := range rules {
		all[i] = pass{file: f, rule: &rules[i], lookup: shared, comments: c, allowed: c.name(rules[i].ID)}
	}
	return all
}

// course is rules that walk through zones together, with what each of them looks at: made once for many zones, most of which are small.
type course struct {
	rules         []Rule
	ofType        map[zonefile.Type][]int // which of the rules look at RRsets of a type
	ofAll, ofName []int                   // which look at all RRsets, and at names
}

func newCourse(rules []Rule) course {
	c := course{rules: rules, ofType: map[zonefile.Type][]int{}}
	for i, r := range rules {
		switch {
		case r.checkName != nil:
			c.ofName = append(c.ofName, i)
		case r.checkSet != nil && r.types == nil:
			c.ofAll = append(c.ofAll, i)
		case r.checkSet != nil:
			for _, t := range r.types {
				c.ofType[t] = append(c.ofType[t], i)
			}
		}
	}
	return c
}

// walk takes the rules through a zone, and returns what they find, rule by rule.
func (c course) walk(f *zonefile.File, said *comments) []zonefile.Problem {
	all := passes(f, c.rules, said)
	if len(c.ofType)+len(c.ofAll)+len(c.ofName) > 0 {
		c.walkSets(f.Zone, all)
	}
	var problems []zonefile.Problem
	for i := range all {
		p := &all[i]
		if p.rule.check != nil {
			p.rule.check(p)
		}
		problems = append(problems, p.found()...)
	}
	return problems
}

// walkSets takes the passes that look at RRsets and names through a zone.
func (c course) walkSets(z *zonefile.Zone, all []pass) {
	var at []zonefile.RRset // of one name
	leave := func() {
		for _, i := range c.ofName {
			all[i].rule.checkName(&all[i], at)
		}
		at = at[:0]
	}
	for s := range z.All() {
		if len(at) > 0 && at[0].Key.Name != s.Key.Name {
			leave()
		}
		at = append(at, s)
		for _, i := range c.ofType[s.Key.Type] {
			all[i].rule.checkSet(&all[i], s)
		}
		for _, i := range c.ofAll {
			all[i].rule.checkSet(&all[i], s)
		}
	}
	if len(at) > 0 {
		leave()
	}
}

func (p *pass) zone() *zonefile.Zone { return p.file.Zone }

func (p *pass) origin() zonefile.Name { return p.file.Zone.Origin() }

// report notes what the rule finds at an RRset. The message is one sentence without a full stop: what is wrong, and what to do if that is not plain. What is allowed by a
// comment where the RRset is stated is not noted. Of a lenient RRset an error is a warning.
func (p *pass) report(key zonefile.Key, format string, args ...any) {
	if len(p.problems) >= maxFindings && !p.allowed {
		p.more++
		return
	}
	at := p.file.Position(key)
	if p.allowed && p.comments.allow(at, p.rule.ID) {
		return
	}
	severity := p.rule.Severity
	if p.file.Options(key).Lenient {
		severity = zonefile.Warning
	}
	p.note(at, severity, fmt.Sprintf("%s %s: %s", key.Name.Relative(p.origin()), key.Type, fmt.Sprintf(format, args...)))
}

// reportAt is [pass.report] for what is of no RRset.
func (p *pass) reportAt(at zonefile.Position, format string, args ...any) {
	switch {
	case p.allowed && p.comments.allow(at, p.rule.ID):
	case len(p.problems) >= maxFindings:
		p.more++ // without its words, which nobody reads
	default:
		p.note(at, p.rule.Severity, fmt.Sprintf(format, args...))
	}
}

func (p *pass) note(at zonefile.Position, severity zonefile.Severity, message string) {
	if len(p.problems) >= maxFindings {
		p.more++
		return
	}
	p.problems = append(p.problems, zonefile.Problem{Position: at, Rule: p.rule.ID, Severity: severity, Message: message})
}

// found returns what the rule found in the order of the places, with a last one that counts what is not shown.
func (p *pass) found() []zonefile.Problem {
	slices.SortStableFunc(p.problems, func(a, b zonefile.Problem) int { return a.Position.Compare(b.Position) })
	if p.more > 0 {
		last := p.problems[len(p.problems)-1].Position
		p.problems = append(p.problems, zonefile.Problem{
			Position: last, Rule: p.rule.ID, Severity: p.rule.Severity,
			Message: fmt.Sprintf("%d more of the same are not shown", p.more),
		})
	}
	return p.problems
}

// originWire returns the origin in wire form, with the root label.
func (p *pass) originWire() string { return p.lookup.originWire }
