package zonefmt

import (
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// record is an entry of a master file, in the parts that are written: what stands before the data, which is always on its first line, and the lines of the data.
type record struct {
	head                   []string // of a directive: what is in front of TTL and class
	owner, ttl, class, typ string   // empty if it is not stated; of a directive the owner is in the head
	data                   []byte   // of all lines
	lines                  []dataLine
	items                  []item
}

// dataLine is a line of the data of a record: words and parentheses with a space between them, and the comment behind them. It may have neither.
type dataLine struct {
	start, end int // in record.data
	comment    comment
}

// item is what an entry is made of.
type item struct {
	kind       itemKind
	start, end int // in the text
}

type itemKind uint8

const (
	wordItem itemKind = iota
	openItem
	closeItem
	commentItem
	lineEndItem
)

// read takes an entry apart.
func (r *record) read(text string, e zonefile.Entry) {
	word := func(i int) string {
		if i < 0 {
			return ""
		}
		return text[e.Words[i].Start:e.Words[i].End]
	}
	r.head = r.head[:0]
	r.owner, r.ttl, r.class, r.typ = word(e.Owner), word(e.TTL), strings.ToUpper(word(e.Class)), strings.ToUpper(word(e.Type))
	if e.Directive != "" {
		r.head = append(r.head, e.Directive)
		for i := 1; i <= e.Owner; i++ {
			r.head = append(r.head, word(i))
		}
	}
	r.data, r.lines = r.data[:0], append(r.lines[:0], dataLine{})
	r.takeApart(text, e)
	if r.typ != "SOA" || !r.readSOA(text, e.Data) {
		r.readData(text, e.Data)
	}
}

// takeApart finds the items of an entry. Between its words there is nothing that could be taken for something else.
func (r *record) takeApart(text string, e zonefile.Entry) {
	r.items = r.items[:0]
	pos := e.Start
	for i := 0; i <= len(e.Words); i++ {
		next := e.End
		if i < len(e.Words) {
			next = e.Words[i].Start
		}
		for pos < next {
			start, kind := pos, lineEndItem
			pos++
			switch text[start] {
			case '\n':
			case '(':
				kind = openItem
			case ')':
				kind = closeItem
			case ';':
				kind = commentItem
				if n := strings.IndexByte(text[start:next], '\n'); n >= 0 {
					pos = start + n
				} else {
					pos = next
				}
			default:
				continue
			}
			r.items = append(r.items, item{kind, start, pos})
		}
		if i < len(e.Words) {
			pos = e.Words[i].End
			r.items = append(r.items, item{wordItem, next, pos})
		}
	}
}

// readData makes the lines of the data, which is behind that many words. What is in front of it becomes one line: parentheses that are open there open behind
// it, and its comments are in the first lines of the data.
func (r *record) readData(text string, head int) {
	depth, items := 0, r.items
	var comments []comment
	for ; head > 0; items = items[1:] {
		switch it := items[0]; it.kind {
		case wordItem:
			head--
		case openItem:
			depth++
		case closeItem:
			depth--
		case commentItem:
			comments = append(comments, commentAt(text, it.start, it.end))
		case lineEndItem:
		}
	}
	added := depth == 0 && len(comments) > 0
	if added {
		depth = 1
	}
	for range depth {
		r.add("(", true)
	}
	for _, c := range comments {
		r.last().comment = c
		r.endLine()
	}
	before := 0 // where the word before ends
	for _, it := range items {
		switch it.kind {
		case wordItem, openItem, closeItem:
			r.add(text[it.start:it.end], it.kind != wordItem || it.start != before)
			before = 0
			if it.kind == wordItem {
				before = it.end
			}
		case commentItem:
			r.last().comment = commentAt(text, it.start, it.end)
		case lineEndItem:
			r.endLine()
		}
	}
	if added {
		r.add(")", true)
	}
}

// last returns the line that is made.
func (r *record) last() *dataLine { return &r.lines[len(r.lines)-1] }

// add adds a word or parenthesis to the last line, apart from what is in front of it or not.
func (r *record) add(text string, apart bool) {
	l := r.last()
	if l.end > l.start && apart {
		r.data = append(r.data, ' ')
	}
	r.data = append(r.data, text...)
	l.end = len(r.data)
}

// endLine begins another line. Several lines without anything become one, and there is none below the first one.
func (r *record) endLine() {
	if l := r.last(); l.empty() && (len(r.lines) < 3 || r.lines[len(r.lines)-2].empty()) && len(r.lines) > 1 {
		return
	}
	r.lines = append(r.lines, dataLine{start: len(r.data), end: len(r.data)})
}

// empty reports whether there is nothing in a line.
func (l dataLine) empty() bool { return l.start == l.end && l.comment.text == "" }

// appendHeader appends what is in front of the data of a record, in its columns.
func (r *record) appendHeader(dst []byte, c columns) []byte {
	dst = append(dst, r.owner...)
	if r.ttl != "" {
		dst = append(padded(dst, c.ttl), r.ttl...)
	}
	if r.class != "" {
		dst = append(padded(dst, c.class), r.class...)
	}
	return append(padded(dst, c.typ), r.typ...)
}

// appendDirective appends what is in front of the arguments of a directive, for $GENERATE of the data.
func (r *record) appendDirective(dst []byte) []byte {
	for _, part := range append(r.head, r.ttl, r.class, r.typ) {
		if part != "" {
			if len(dst) > 0 {
				dst = append(dst, ' ')
			}
			dst = append(dst, part...)
		}
	}
	return dst
}
