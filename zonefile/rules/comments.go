package rules

import (
	"maps"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// unusedAllow is the rule about comments that allow nothing. It looks when all others have.
const unusedAllow = "unused-allow"

// comments are those of a file that allow something, and which of them did. It is nil for a file without them, as most are.
type comments struct {
	file  *zonefile.File
	at    []zonefile.Position // their lines, in order
	ids   map[zonefile.Position][]string
	names map[string]bool // all of ids
	used  map[comment]bool
	// answers has what allow said: the places in it have columns.
	answers map[comment]bool
}

// comment is what a comment says of one rule.
type comment struct {
	at   zonefile.Position // that of a comment has no column
	rule string
}

func commentsOf(f *zonefile.File) *comments {
	ids := f.Allowed()
	if len(ids) == 0 {
		return nil
	}
	c := &comments{f, slices.SortedFunc(maps.Keys(ids), zonefile.Position.Compare), ids, map[string]bool{}, map[comment]bool{}, map[comment]bool{}}
	for _, of := range ids {
		for _, id := range of {
			c.names[id] = true
		}
	}
	return c
}

// name reports whether some comment names a rule.
func (c *comments) name(rule string) bool { return c != nil && c.names[rule] }

// allow reports whether a comment allows what a rule finds at a place, and remembers that it did.
func (c *comments) allow(at zonefile.Position, rule string) bool {
	if c == nil {
		return false
	}
	// An RRset has as many findings as records, and as many comments: each is looked for once.
	asked := comment{at, rule}
	allowed, known := c.answers[asked]
	if known {
		return allowed
	}
	lines := c.file.Allowing(at, rule)
	for _, line := range lines {
		c.used[comment{line, rule}] = true
	}
	c.answers[asked] = len(lines) > 0
	return len(lines) > 0
}

// unused returns what is to be said of comments that allowed nothing, once all rules of one zone have looked at the file, or all of those that look across zones.
// Nothing is known of a rule that is off, nor of what was found beyond the most problems that a file has.
func (s *Set) unused(f *zonefile.File, said *comments, across bool) []zonefile.Problem {
	about := s.rule(unusedAllow)
	if said == nil || about.Severity == Off || slices.ContainsFunc(f.Problems, func(p zonefile.Problem) bool { return p.Rule == "too-many-problems" }) {
		return nil
	}
	p := &pass{file: f, rule: about, comments: said, allowed: said.name(unusedAllow)}
	for _, at := range said.at {
		for _, id := range slices.Compact(slices.Sorted(slices.Values(said.ids[at]))) {
			r := s.rule(id)
			switch {
			case r == nil || id == unusedAllow || r.Severity == Off || r.AcrossZones() != across || said.used[comment{at, id}]:
			case r.Elsewhere:
				p.reportAt(at, "the comment allows %s, which no comment allows", id)
			case r.Fixed:
				p.reportAt(at, "the comment allows %s, of which there is no warning here, and no comment allows an error of it", id)
			default:
				p.reportAt(at, "the comment allows %s, which finds nothing here", id)
			}
		}
	}
	return p.found()
}

// UsedElsewhere returns what was found of comments that allow nothing in one zone, and something in another that is read from the same file: it is to be taken back. The files
// are all that there are, and found is what Judge and JudgeAcross found in each of them.
func UsedElsewhere(files []*zonefile.File, found [][]zonefile.Problem) []zonefile.Problem {
	unused := map[zonefile.Problem]int{} // in how many zones
	for _, problems := range found {
		for _, p := range problems {
			if p.Rule == unusedAllow {
				unused[p]++
			}
		}
	}
	if len(unused) == 0 {
		return nil
	}
	readers := map[string]int{}
	for _, f := range files {
		for _, file := range f.Files() {
			readers[file]++
		}
	}
	maps.DeleteFunc(unused, func(p zonefile.Problem, zones int) bool { return zones == readers[p.Position.File] })
	return slices.Collect(maps.Keys(unused))
}

// hint is what like says about an id, if somebody reads it.
type hint struct {
	rules []Rule
	id    string
}

func (h hint) String() string { return like(h.rules, h.id) }

// checkUnknownRule looks at the comments, which say where they are and nothing about a record.
func checkUnknownRule(p *pass) {
	if p.comments == nil {
		return
	}
	all := All()
	known := make(map[string]bool, len(all))
	for _, r := range all {
		known[r.ID] = true
	}
	for _, at := range p.comments.at {
		for _, id := range p.comments.ids[at] {
			if !known[id] {
				p.reportAt(at, "the comment allows %.60q, and there is no rule of that name%s", id, hint{all, id})
			}
		}
	}
}
