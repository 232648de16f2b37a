package zonefmt

import (
	"iter"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// BIND formats a master file (RFC 1035 §5.1). It reads no other file, and needs no origin. The error is a *[SyntaxError] if an entry of it is neither a directive
// nor a record. What RDATA says is not looked at, so that a file with values that are wrong can be formatted.
func BIND(text string, opts Options) (string, error) {
	text, restore := lineEnds(text)
	s, problems := survey(text)
	if problems != nil {
		for i := range problems {
			problems[i].Position.File = opts.File
		}
		// Behind a parenthesis that is never closed, lines are read for the second time.
		slices.SortFunc(problems, func(a, b zonefile.Problem) int { return a.Position.Compare(b.Position) })
		return "", &SyntaxError{slices.Compact(problems)}
	}
	f := bindFormatter{survey: s, kind: entryKind, page: page{out: make([]byte, 0, len(text)+len(text)/4)}}
	g := grouping{text: text}
	group := -1
	for e := range zonefile.Entries(text) {
		f.between(text, g.end, e.Start)
		if g.begins(e) {
			group++
		}
		f.entry(text, e, s.groups[group])
	}
	f.between(text, g.end, len(text))
	return restore(f.page.text()), nil
}

// maxProblems is how many problems are told of one file.
const maxProblems = 100

// bindSurvey is what has to be known of a file before its first line is written.
type bindSurvey struct {
	class  bool      // records state their class
	groups []columns // see grouping
}

// survey looks at all of a file.
func survey(text string) (bindSurvey, []zonefile.Problem) {
	var problems []zonefile.Problem
	var groups []widths
	stated, records := 0, 0
	g := grouping{text: text}
	for e, wrong := range zonefile.Entries(text) {
		if wrong != nil {
			if problems = append(problems, *wrong); len(problems) == maxProblems {
				break
			}
			continue
		}
		if e.Type >= 0 {
			records++
		}
		if e.Class >= 0 {
			stated++
		}
		if g.begins(e) {
			groups = append(groups, widths{})
		}
		if e.Directive == "" {
			groups[len(groups)-1].add(text, e)
		}
	}
	s := bindSurvey{class: 2*stated > records, groups: make([]columns, len(groups))}
	for i, w := range groups {
		s.groups[i] = w.columns(s.class)
	}
	return s, problems
}

// grouping finds the groups of entries that share their columns: records without a blank line or a directive between them, and each directive for itself.
type grouping struct {
	text   string
	end    int  // of the last entry
	record bool // it is one
}

// begins reports whether the next entry begins a group.
func (g *grouping) begins(e zonefile.Entry) bool {
	record := e.Directive == ""
	begins := !record || !g.record
	for start, end := range linesBetween(g.text, g.end, e.Start) {
		begins = begins || isBlank(g.text[start:end])
	}
	g.end, g.record = e.End, record
	return begins
}

// linesBetween gives the beginnings and ends of the lines between two entries: of which the one ends at from, 0 if there is none, and the other begins at to.
func linesBetween(text string, from, to int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		start := from
		if from > 0 {
			start++ // the end of its line
		}
		for start < to {
			end := to
			if n := strings.IndexByte(text[start:to], '\n'); n >= 0 {
				end = start + n
			}
			if !yield(start, end) {
				return
			}
			start = end + 1
		}
	}
}

// isBlank reports whether there is nothing in a line.
func isBlank(line string) bool { return strings.TrimLeft(line, " \t") == "" }

// bindFormatter writes a master file.
type bindFormatter struct {
	survey bindSurvey
	page   page
	record record // the entry that is written
	kind   int    // of the lines of the last entry of several lines
	line   []byte // that is written
}

// Kinds of lines, as in [page.line].
const (
	directiveKind = iota + 1
	recordKind
	firstKind
	entryKind // the lines behind the first one of an entry have kinds above this, each entry its own
)

// between writes what is between two entries: comments, and where blank lines are.
func (f *bindFormatter) between(text string, from, to int) {
	for start, end := range linesBetween(text, from, to) {
		line := text[start:end]
		// A pair of parentheses with nothing in it is no entry, and left out.
		if content := strings.TrimLeft(line, " \t()"); content != "" {
			f.page.commentLine(0, commentAt(text, end-len(content), end))
		} else if isBlank(line) {
			f.page.blankLine()
		}
	}
}

// commentAt returns the comment at a place in a text.
func commentAt(text string, start, end int) comment {
	return comment{strings.TrimRight(text[start:end], " \t"), columnOf(text, start)}
}

// entry writes a record or a directive.
func (f *bindFormatter) entry(text string, e zonefile.Entry, c columns) {
	r := &f.record
	r.read(text, e)
	switch {
	case !f.survey.class:
		r.class = ""
	case r.class == "" && r.typ != "":
		r.class = "IN"
	}
	kind, indent := recordKind, c.data
	if e.Directive != "" {
		kind, indent = directiveKind, 0
		f.line = r.appendDirective(f.line[:0])
	} else {
		f.line = r.appendHeader(f.line[:0], c)
	}
	first := r.lines[0]
	if first.end > 0 {
		if e.Directive != "" {
			f.line = append(f.line, ' ')
		} else {
			f.line = padded(f.line, c.data)
		}
		f.line = append(f.line, r.data[:first.end]...)
	}
	if len(r.lines) == 1 {
		f.page.line(f.line, first.comment, kind)
		return
	}
	f.page.line(f.line, first.comment, firstKind)
	f.kind++
	for _, l := range r.lines[1:] {
		f.continued(r.data[l.start:l.end], l.comment, indent)
	}
}

// continued writes a line within parentheses.
func (f *bindFormatter) continued(data []byte, c comment, indent int) {
	switch {
	case len(data) == 0 && c.text == "":
		f.page.blankLine()
		return
	case len(data) == 0:
		f.page.commentLine(indent+gap, c)
		return
	case data[0] == ')':
		f.page.noBlankLine()
	default:
		indent += gap
	}
	f.line = append(spaces(f.line[:0], indent), data...)
	f.page.line(f.line, c, f.kind)
}
