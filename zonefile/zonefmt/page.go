package zonefmt

import (
	"strings"
	"unicode/utf8"
)

const (
	// gap is how many spaces are between columns, and in front of a comment.
	gap = 2
	// widestCommented is how wide a line may be that moves the comments of the lines around it to the right.
	widestCommented = 72
)

// comment is a comment with the octet that begins it, and the column in which it begins in the source.
type comment struct {
	text   string
	column int
}

// page is a text that is written line by line. The comments behind lines that follow each other are in one column, and several blank lines become one.
type page struct {
	out   []byte
	blank bool // a blank line comes before the next one
	run   []commented
	kind  int // of the lines in run
}

// commented is a line with a comment behind it, which is all that there is of one that goes on with the comment above.
type commented struct {
	content string
	comment comment
	below   bool
}

// blankLine ends what belongs together. There is no blank line at the beginning and at the end.
func (p *page) blankLine() {
	p.flush()
	p.blank = len(p.out) > 0
}

// noBlankLine takes back a blank line above the next line. Where lines wait for others, the blank line is above the first of those, and stays.
func (p *page) noBlankLine() {
	if len(p.run) == 0 {
		p.blank = false
	}
}

// line writes a line. kind says with which lines it shares a column of comments.
func (p *page) line(content []byte, c comment, kind int) {
	if c.text == "" || kind != p.kind {
		p.flush()
	}
	p.kind = kind
	if c.text == "" {
		p.write(content)
		return
	}
	p.run = append(p.run, commented{content: string(content), comment: c})
}

// commentLine writes a line that is a comment: with an indent, or below the comment of the line above if it is so in the source.
func (p *page) commentLine(indent int, c comment) {
	if n := len(p.run); n > 0 && p.run[n-1].comment.column == c.column {
		p.run = append(p.run, commented{comment: c, below: true})
		return
	}
	p.flush()
	p.write(append(spaces(nil, indent), c.text...))
}

// write writes a line that has no other to wait for.
func (p *page) write(content []byte) {
	if p.blank {
		p.out = append(p.out, '\n')
		p.blank = false
	}
	p.out = append(append(p.out, content...), '\n')
}

// flush writes the lines with comments that wait for others.
func (p *page) flush() {
	if len(p.run) == 0 {
		return
	}
	column := 0
	for _, c := range p.run {
		if n := utf8.RuneCountInString(c.content); n <= widestCommented && !c.below {
			column = max(column, n+gap)
		}
	}
	at := column
	for _, c := range p.run {
		if !c.below {
			at = max(column, utf8.RuneCountInString(c.content)+gap)
		}
		p.write(append(padded([]byte(c.content), at), c.comment.text...))
	}
	p.run = p.run[:0]
}

// text returns what was written.
func (p *page) text() string {
	p.flush()
	return string(p.out)
}

// padded appends spaces up to a column, at least as many as are between columns.
func padded(line []byte, column int) []byte {
	width := utf8.RuneCount(line)
	if width > 0 {
		column = max(column, width+gap)
	}
	return spaces(line, column-width)
}

// spaces appends n spaces.
func spaces(line []byte, n int) []byte {
	for range n {
		line = append(line, ' ')
	}
	return line
}

// tabWidth is how far apart tab stops are.
const tabWidth = 8

// columnOf returns the column in which pos is seen, from 0: tabs lead to the next tab stop.
func columnOf(text string, pos int) int {
	column := 0
	for _, c := range text[strings.LastIndexByte(text[:pos], '\n')+1 : pos] {
		if column++; c == '\t' {
			column = (column + tabWidth - 1) / tabWidth * tabWidth
		}
	}
	return column
}
