package zoneedit

import (
	"fmt"
	"slices"
	"strings"
)

// Text is a file that is edited, line by line.
type Text struct {
	// File is its name below the root of the file system.
	File string
	// Made says that it is not there yet.
	Made bool

	lines   []string // with their line ends
	gone    []bool
	before  map[int][]string // what is put in front of a line, by its number from 0; in front of the one behind the last too
	after   map[int][]string // what takes the place of lines of which this is the last
	newline string
}

func newText(file, text string) *Text {
	t := &Text{File: file, lines: splitLines(text), before: map[int][]string{}, after: map[int][]string{}, newline: "\n"}
	t.Made = text == ""
	t.gone = make([]bool, len(t.lines))
	if len(t.lines) > 0 && strings.HasSuffix(t.lines[0], "\r\n") {
		t.newline = "\r\n"
	}
	return t
}

// splitLines returns the lines of a text, each with the line feed that ends it.
func splitLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, line)
	}
	return lines
}

// insert puts lines in front of the line at, which is len(t.lines) for the end. A line feed at their end may be missing.
func (t *Text) insert(at int, lines ...string) {
	t.before[at] = append(t.before[at], t.ended(lines)...)
}

// ended returns lines with the line end of the file.
func (t *Text) ended(lines []string) []string {
	ended := make([]string, len(lines))
	for i, line := range lines {
		ended[i] = strings.TrimRight(line, "\r\n") + t.newline
	}
	return ended
}

// remove takes the lines from first to last away.
func (t *Text) remove(first, last int) {
	for i := first; i <= last; i++ {
		t.gone[i] = true
	}
}

// replace puts lines in the place of those from first to last. Those that are the same at both ends stay.
func (t *Text) replace(first, last int, lines []string) {
	same := func(i int, line string) bool {
		return strings.TrimRight(t.lines[i], "\r\n") == strings.TrimRight(line, "\r\n")
	}
	for first <= last && len(lines) > 0 && same(first, lines[0]) {
		first, lines = first+1, lines[1:]
	}
	for first <= last && len(lines) > 0 && same(last, lines[len(lines)-1]) {
		last, lines = last-1, lines[:len(lines)-1]
	}
	t.remove(first, last)
	if len(lines) == 0 {
		return
	}
	if last < 0 {
		t.insert(0, lines...)
		return
	}
	t.after[last] = t.ended(lines)
}

// changed reports whether anything was edited.
func (t *Text) changed() bool {
	for _, gone := range t.gone {
		if gone {
			return true
		}
	}
	return len(t.before)+len(t.after) > 0
}

// New returns what the file has to be.
func (t *Text) New() string {
	var b strings.Builder
	for l := range t.All {
		if l.Kind != Removed {
			b.WriteString(l.Text)
		}
	}
	return b.String()
}

// Kind says what becomes of a line.
type Kind byte

// The kinds, as a unified diff has them.
const (
	Kept    Kind = ' '
	Removed Kind = '-'
	Added   Kind = '+'
)

// Line is a line of a file, before or after it was edited.
type Line struct {
	Kind Kind
	// Number is that of the line in the old file, from 1; for one that is added that of the line that it comes behind, 0 for the top.
	Number int
	// Text has the end of the line, if the file has it.
	Text string
}

// All gives all lines, old and new. What is removed stands in front of what takes its place.
func (t *Text) All(yield func(Line) bool) {
	for i := 0; i <= len(t.lines); i++ {
		for _, text := range t.before[i] {
			if !yield(Line{Added, i, text}) {
				return
			}
		}
		if i == len(t.lines) {
			return
		}
		l, after := Line{Kept, i + 1, t.lines[i]}, t.after[i]
		follows := len(after)+len(t.before[len(t.lines)]) > 0
		switch {
		case t.gone[i]:
			l.Kind = Removed
		case follows && !strings.HasSuffix(l.Text, "\n"):
			// The last line has to be ended before something stands behind it: it is replaced by itself.
			l.Kind, after = Removed, slices.Concat(t.ended(t.lines[i:]), after)
		}
		if !yield(l) {
			return
		}
		for _, text := range after {
			if !yield(Line{Added, i + 1, text}) {
				return
			}
		}
	}
}

// context is how many lines are shown around those that change, as in diff -u.
const context = 3

// Unified returns the edit as a unified diff, which "patch -p1" and "git apply" take. name is the path that it has for the file, without the a/ or b/ in
// front; there is no time behind it, which patch would want to be right.
func (t *Text) Unified(name string) string {
	var b strings.Builder
	old := patchName("a/" + name)
	if t.Made {
		old = "/dev/null"
	}
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", old, patchName("b/"+name))
	var all []Line
	for l := range t.All {
		all = append(all, l)
	}
	oldLine, newLine, done := 0, 0, 0 // lines that stand in front of all[done]
	for done < len(all) {
		first := done
		for first < len(all) && all[first].Kind == Kept {
			first++
		}
		if first == len(all) {
			break
		}
		last := first // the last change of the hunk: those with at most twice the context between belong together
		for i := first; i < len(all) && i-last <= 2*context; i++ {
			if all[i].Kind != Kept {
				last = i
			}
		}
		start, end := max(first-context, done), min(last+1+context, len(all))
		oldLine, newLine = oldLine+start-done, newLine+start-done
		oldCount, newCount := 0, 0
		for _, l := range all[start:end] {
			if l.Kind != Added {
				oldCount++
			}
			if l.Kind != Removed {
				newCount++
			}
		}
		fmt.Fprintf(&b, "@@ -%s +%s @@\n", hunkRange(oldLine, oldCount), hunkRange(newLine, newCount))
		for _, l := range all[start:end] {
			b.WriteByte(byte(l.Kind))
			b.WriteString(l.Text)
			if !strings.HasSuffix(l.Text, "\n") {
				b.WriteString("\n\\ No newline at end of file\n")
			}
		}
		oldLine, newLine, done = oldLine+oldCount, newLine+newCount, end
	}
	return b.String()
}

// hunkRange returns what a hunk says of one side: the number of its first line and how many there are. Without lines it is the line in front.
func hunkRange(before, count int) string {
	if count == 0 {
		return fmt.Sprintf("%d,0", before)
	}
	return fmt.Sprintf("%d,%d", before+1, count)
}

// patchName returns a name as it stands in the head of a patch. One with control characters is in quotes, as git writes it: a line end in it would end the head, and what
// is behind it could be a patch of another file.
func patchName(name string) string {
	special := func(c rune) bool { return c < ' ' || c == 0x7f || c == '"' || c == '\\' }
	if !strings.ContainsFunc(name, special) {
		if strings.Contains(name, " ") {
			name += "\t" // where the name ends
		}
		return name
	}
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case special(rune(c)):
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			b.WriteByte(c)
		}
	}
	return `"` + b.String() + `"`
}
