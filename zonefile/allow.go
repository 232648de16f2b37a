package zonefile

import (
	"slices"
	"strings"
)

// allowMarker is how a comment begins that allows something on its line: "; zoneward: allow RULE" in a master file, with "#" in YAML.
const allowMarker = "zoneward: allow "

// lineOf is a line of one of the files of a zone.
type lineOf struct {
	file string
	line int
}

// Allows reports whether a comment allows what a rule finds at a place, see [File.Allowing].
func (f *File) Allows(at Position, rule string) bool { return len(f.Allowing(at, rule)) > 0 }

// Allowing returns the lines of the comments that allow what a rule finds at a place: its own line, and for the place where an RRset is first stated
// ([File.Position]) all lines of its records.
func (f *File) Allowing(at Position, rule string) []Position {
	if len(f.allowed) == 0 {
		return nil // as in most files
	}
	var lines []Position
	look := func(line lineOf) {
		if slices.Contains(f.allowed[line], rule) {
			lines = append(lines, Position{File: line.file, Line: line.line})
		}
	}
	own := lineOf{at.File, at.Line}
	look(own)
	for _, line := range f.beside[at] {
		if line != own {
			look(line)
		}
	}
	return lines
}

// Allowed returns the rules that comments allow, and where; nil if there is none.
func (f *File) Allowed() map[Position][]string {
	if len(f.allowed) == 0 {
		return nil
	}
	all := make(map[Position][]string, len(f.allowed))
	for at, rules := range f.allowed {
		all[Position{File: at.file, Line: at.line}] = slices.Clone(rules)
	}
	return all
}

// noteComment notes what a comment of a master file allows. There is one in a line.
func (f *filler) noteComment(at lineOf, comment string) {
	before, after, found := strings.Cut(comment, allowMarker)
	if !found || !strings.HasSuffix(strings.TrimRight(before, " \t"), ";") {
		return
	}
	if f.allowed == nil {
		f.allowed = map[lineOf][]string{}
	}
	f.allowed[at] = allowedIn(after)
	for n := len(f.latest) - 1; n >= 0 && f.latest[n].file == at.file && f.latest[n].line >= at.line; n-- {
		f.latest = f.latest[:n] // the entry is read again, since the window ended in it
	}
	f.latest = append(f.latest, at)
}

// stateBesideComments notes that the record which was just read from a master file is of that key, and its first line. The comments that were read since then are in its lines.
func (f *filler) stateBesideComments(key Key, first lineOf) {
	for len(f.latest) > 0 && (f.latest[0].file != first.file || f.latest[0].line < first.line) {
		f.latest = f.latest[1:]
	}
	f.stateBeside(key, slices.Clip(f.latest))
}

// stateWithin is stateBesideComments for a record of YAML, of which the last line is known too.
func (f *filler) stateWithin(key Key, first lineOf, last int) {
	for at := first; at.line <= last; at.line++ {
		if f.allowed[at] != nil {
			f.stateBeside(key, []lineOf{at})
		}
	}
}

// stateBeside notes lines with comments in which a record of that key is stated. They are not changed afterwards.
func (f *filler) stateBeside(key Key, lines []lineOf) {
	if len(lines) == 0 {
		return
	}
	if f.beside == nil {
		f.beside = map[Key][]lineOf{}
	}
	f.beside[key] = appendLines(f.beside[key], lines)
}

// appendLines appends lines, which the result may share. A $GENERATE states many records, of one name or of many, in the same lines: they come again right behind
// themselves.
func appendLines(dst, lines []lineOf) []lineOf {
	switch n := len(dst) - len(lines); {
	case len(dst) == 0:
		return lines
	case n >= 0 && slices.Equal(dst[n:], lines):
		return dst
	}
	return append(dst, lines...)
}

// besideFirst returns the lines with comments of each RRset, by where it is first stated.
func (f *filler) besideFirst(file *File) map[Position][]lineOf {
	if len(f.beside) == 0 {
		return nil
	}
	lines := make(map[Position][]lineOf, len(f.beside))
	for key, beside := range f.beside {
		if at := file.Position(key); !at.IsZero() {
			lines[at] = appendLines(lines[at], slices.Clip(beside))
		}
	}
	return lines
}

// noteAllowed notes what the comments of a text allow, which begin with that octet. A text without such a comment costs one search.
func (f *filler) noteAllowed(file, text string, comment byte) {
	line, counted := 1, 0
	for at := 0; ; {
		n := strings.Index(text[at:], allowMarker)
		if n < 0 {
			return
		}
		at += n
		line += countLines(text[counted:at])
		counted = at
		start := strings.LastIndexAny(text[:at], "\r\n") + 1
		end := len(text)
		if n := strings.IndexAny(text[at:], "\r\n"); n >= 0 {
			end = at + n
		}
		if inComment(text[start:at], comment) {
			if f.allowed == nil {
				f.allowed = map[lineOf][]string{}
			}
			where := lineOf{file, line}
			f.allowed[where] = append(f.allowed[where], allowedIn(text[at+len(allowMarker):end])...)
		}
		at = end
	}
}

// countLines returns how many line ends text has: LF, CRLF and CR.
func countLines(text string) int {
	return strings.Count(text, "\n") + strings.Count(text, "\r") - strings.Count(text, "\r\n")
}

// inComment reports whether what follows the beginning of a line is at the start of a comment. Quotes hide the octet that begins one; in YAML it is
// behind white space.
func inComment(before string, comment byte) bool {
	trimmed := strings.TrimRight(before, " \t")
	if !strings.HasSuffix(trimmed, string(comment)) {
		return false
	}
	before = strings.TrimRight(trimmed, string(comment))
	if comment == '#' && before != "" && !strings.HasSuffix(before, " ") && !strings.HasSuffix(before, "\t") {
		return false
	}
	quote := byte(0)
	for i := 0; i < len(before); i++ {
		switch c := before[i]; {
		case c == '\\' && quote != '\'':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\'' && comment == '#'):
			quote = c
		}
	}
	return quote == 0
}

// allowedIn reads the names of rules at the start of text, with commas between. What is behind them is for people.
func allowedIn(text string) []string {
	var rules []string
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) == 0 || strings.Trim(words[0], "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			break
		}
		if rules = append(rules, words[0]); len(words) > 1 {
			break
		}
	}
	return rules
}
