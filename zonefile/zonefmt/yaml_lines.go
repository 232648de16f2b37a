package zonefmt

import (
	"slices"
	"strings"
)

// yamlIndent is how far in stands what belongs to a key or to the dash of a list, as octoDNS writes it.
const yamlIndent = 2

// level is a mapping or list in block style around the place that is read.
type level struct {
	old, new int  // its column in the source, and in what is written
	list     bool // and not a mapping
}

// waitingLine is a comment that waits until it is known what it belongs to, or a blank line.
type waitingLine struct{ comment comment }

// yamlFormatter writes a file in YAML line by line. It need not know what is no YAML: the text has been read before.
type yamlFormatter struct {
	lines   []string
	at, pos int // the line that is read, and where in it
	page    page
	levels  []level
	waiting []waitingLine
	line    []byte // that is written
	ended   bool   // the text ends with the end of a line
	open    bool   // the text ends with a block scalar, to which a line end would add
}

func newYAMLFormatter(text string) *yamlFormatter {
	f := &yamlFormatter{ended: strings.HasSuffix(text, "\n")}
	if text != "" {
		f.lines = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	}
	return f
}

// format writes all lines. With an error f.at is the line that it is about, from 0.
func (f *yamlFormatter) format() error {
	for f.at < len(f.lines) {
		line := f.lines[f.at]
		content := strings.TrimLeft(line, " \t")
		f.open = false
		switch {
		case content == "":
			f.waiting = append(f.waiting, waitingLine{})
			f.at++
		case content[0] == '#':
			f.waiting = append(f.waiting, waitingLine{commentAt(line, len(line)-len(content), len(line))})
			f.at++
		case isMarker(line), line[0] == '%' && len(f.levels) == 0:
			if err := f.marker(line); err != nil {
				return err
			}
		default:
			f.pos = len(line) - len(content)
			if err := f.content(); err != nil {
				return err
			}
		}
	}
	f.release(f.levels, level{old: -1})
	return nil
}

// text returns what was written.
func (f *yamlFormatter) text() string {
	text := f.page.text()
	if f.open && !f.ended {
		text = strings.TrimSuffix(text, "\n")
	}
	return text
}

// isMarker reports whether a line begins or ends a document.
func isMarker(line string) bool {
	return (strings.HasPrefix(line, "---") || strings.HasPrefix(line, "...")) && (len(line) == 3 || line[3] == ' ' || line[3] == '\t')
}

// marker writes a line that begins or ends a document, or is a directive.
func (f *yamlFormatter) marker(line string) error {
	f.release(f.levels, level{old: -1})
	f.levels, f.line = f.levels[:0], f.line[:0]
	if line[0] == '%' {
		f.page.line([]byte(strings.TrimRight(line, " \t")), comment{}, recordKind)
		f.at++
		return nil
	}
	f.line = append(f.line, line[:3]...)
	f.pos = 3
	if f.skipSpace(); f.atEnd() {
		return f.finish()
	}
	f.line = append(f.line, ' ')
	return f.value()
}

// content writes a line that begins a key, an item, or a value.
func (f *yamlFormatter) content() error {
	begun := false
	begin := func(old, column int, levels []level) {
		if !begun {
			f.release(levels, level{old: old, new: column})
			f.line = spaces(f.line[:0], column)
			begun = true
		}
	}
	for {
		s, before := f.rest(), f.levels
		if len(f.waiting) > 0 && !begun {
			before = slices.Clone(before)
		}
		if strings.IndexByte("-?:", s[0]) >= 0 && (len(s) == 1 || s[1] == ' ' || s[1] == '\t') {
			begin(f.pos, f.enter(f.pos, s[0] == '-'), before)
			f.line = append(f.line, s[0])
			f.pos++
			if f.skipSpace(); f.atEnd() {
				return f.finish()
			}
			f.line = append(f.line, ' ')
			continue
		}
		n := keyLength(s)
		if n < 0 {
			begin(f.pos, f.underColumn(f.pos), before)
			return f.value()
		}
		begin(f.pos, f.enter(f.pos, false), before)
		f.line = append(append(f.line, keyText(s[:n])...), ':')
		f.pos += n + 1
		if f.skipSpace(); f.atEnd() {
			return f.finish()
		}
		f.line = append(f.line, ' ')
		return f.value()
	}
}

// enter goes to the mapping or list with an item or key in that column, and returns the column that it is written in.
func (f *yamlFormatter) enter(column int, list bool) int {
	f.leave(column + 1)
	top := f.top()
	if len(f.levels) > 0 && top.old == column && top.list && !list {
		f.levels = f.levels[:len(f.levels)-1] // a list whose dashes are below the key that it belongs to
		top = f.top()
	}
	switch {
	case len(f.levels) > 0 && top.old == column && top.list == list:
		return top.new
	case len(f.levels) == 0:
		f.levels = append(f.levels, level{column, 0, list})
	default:
		f.levels = append(f.levels, level{column, top.new + yamlIndent, list})
	}
	return f.top().new
}

// underColumn returns the column of a value that begins a line.
func (f *yamlFormatter) underColumn(column int) int {
	f.leave(column)
	return f.inner()
}

// leave leaves the mappings and lists in that column and to the right of it.
func (f *yamlFormatter) leave(column int) {
	for len(f.levels) > 0 && f.top().old >= column {
		f.levels = f.levels[:len(f.levels)-1]
	}
}

// top returns the innermost mapping or list. Without one, the column of its content is 0.
func (f *yamlFormatter) top() level {
	if len(f.levels) == 0 {
		return level{old: -1, new: -yamlIndent}
	}
	return f.levels[len(f.levels)-1]
}

// inner returns the column of what belongs to the innermost key or dash, on lines of its own.
func (f *yamlFormatter) inner() int { return f.top().new + yamlIndent }

// release writes the comments and blank lines that wait. around are the mappings and lists around the line above them, next is where the line below
// begins: if there is one, its old column is not below 0.
func (f *yamlFormatter) release(around []level, next level) {
	for _, w := range f.waiting {
		if w.comment.text == "" {
			f.page.blankLine()
			continue
		}
		indent, deepest := 0, -1
		for _, l := range around {
			if deepest = l.old; l.old <= w.comment.column {
				indent = l.new
			}
		}
		if next.old >= 0 && (next.old == w.comment.column || deepest < min(next.old, w.comment.column)) {
			indent = next.new
		}
		f.page.commentLine(indent, w.comment)
	}
	f.waiting = f.waiting[:0]
}

// rest returns what is left of the line that is read.
func (f *yamlFormatter) rest() string { return f.lines[f.at][f.pos:] }

func (f *yamlFormatter) skipSpace() {
	f.pos = len(f.lines[f.at]) - len(strings.TrimLeft(f.rest(), " \t"))
}

// atEnd reports whether there is nothing else in the line than a comment, perhaps.
func (f *yamlFormatter) atEnd() bool {
	s := f.rest()
	return s == "" || s[0] == '#'
}

// finish writes the line, with its comment, and goes to the next one.
func (f *yamlFormatter) finish() error {
	if !f.atEnd() {
		return errUnknownForm
	}
	c := comment{}
	if line := f.lines[f.at]; f.pos < len(line) {
		c = commentAt(line, f.pos, len(line))
	}
	f.page.line(f.line, c, recordKind)
	f.at, f.pos = f.at+1, 0
	return nil
}

// keyLength returns where the colon is behind the key that a text begins with, -1 if it begins with none.
func keyLength(s string) int {
	i := 0
	for i < len(s) && (s[i] == '&' || s[i] == '!') {
		w := word(s[i:])
		if s[i] == '&' && strings.HasSuffix(w, ":") {
			return i + len(w) - 1 // the key is empty
		}
		i = len(s) - len(strings.TrimLeft(s[i+len(w):], " \t"))
	}
	if i == len(s) {
		return -1
	}
	switch s[i] {
	case '[', '{', '#', '|', '>':
		return -1
	case '"', '\'':
		n := quotedLength(s[i:])
		if n < 0 {
			return -1
		}
		i = len(s) - len(strings.TrimLeft(s[i+n:], " \t"))
		if i < len(s) && isColon(s, i) {
			return i
		}
		return -1
	}
	for ; i < len(s); i++ {
		switch {
		case isColon(s, i):
			return i
		case s[i] == '#' && i > 0 && (s[i-1] == ' ' || s[i-1] == '\t'):
			return -1
		}
	}
	return -1
}

// keyText returns a key without the white space behind it, but for a space that keeps the colon from being part of an anchor, a tag or an alias.
func keyText(key string) string {
	text := strings.TrimRight(key, " \t")
	if last := text[strings.LastIndexAny(text, " \t")+1:]; len(text) < len(key) && last != "" && strings.IndexByte("&!*", last[0]) >= 0 {
		return text + " "
	}
	return text
}

// isColon reports whether the colon that ends a key is at a place.
func isColon(s string, i int) bool {
	return s[i] == ':' && (i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '\t')
}

// word returns what a text begins with, up to white space.
func word(s string) string {
	if n := strings.IndexAny(s, " \t"); n >= 0 {
		return s[:n]
	}
	return s
}
