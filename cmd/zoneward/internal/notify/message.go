package notify

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// message is what is sent at once: text that is made of ours and of others'.
type message struct {
	severity Severity
	title    line
	lines    []line
	// events are what it tells of, and delivery their id, if it is one event.
	events   []Event
	delivery string
}

// line is a line of text. Line ends in it are none.
type line []span

// span is a piece of a line: of ours, which is constant text and numbers, or data, which anybody may have written. Data is shown as it is in each service, whatever
// it has in it.
type span struct {
	text string
	data bool
}

// ours is text that is no data: of constants and numbers.
type ours string

// say returns a line of ours. The verbs of format are %s for data, a string, and %d for what is ours: a number, ours, a line.
func say(format string, args ...any) line {
	var l line
	for {
		at := strings.IndexByte(format, '%')
		if at < 0 || len(args) == 0 {
			return l.ours(format)
		}
		l = l.ours(format[:at])
		switch arg := args[0].(type) {
		case string:
			l = l.data(arg)
		case line:
			l = append(l, arg...)
		default:
			l = l.ours(fmt.Sprint(arg))
		}
		format, args = format[at+2:], args[1:]
	}
}

func (l line) ours(text string) line {
	if text == "" {
		return l
	}
	return append(l, span{text: text})
}

func (l line) data(text string) line { return append(l, span{text: render.Shown(text), data: true}) }

// dataLines returns text of others as lines, each behind indent.
func dataLines(indent, text string) []line {
	var lines []line
	for one := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if one = strings.TrimSuffix(one, "\r"); one != "" {
			lines = append(lines, line{}.ours(indent).data(one))
		}
	}
	return lines
}

// dialect is how a service is written to.
type dialect struct {
	// quote returns data so that the service shows it as it is, and does nothing by it. Its octets are in no line end.
	quote func(data string) string
	// octets is the most of a text, lines the most lines of it; 0 for no limit.
	octets, lines int
}

// maxLine is the most octets of a line: mail has a limit of 998 (RFC 5322 §2.1.1), and nobody reads more anywhere.
const maxLine = 900

// line returns a line as the service has it, of a number of octets at most. What is ours always stays. Data that is too long is cut before it is quoted, so that no
// quotation stays open, and with what is left out said.
func (d dialect) line(l line, most int) string {
	left := 0 // data that is still to come
	for _, s := range l {
		if s.data {
			left++
		} else {
			most -= len(s.text)
		}
	}
	var b strings.Builder
	for _, s := range l {
		text := s.text
		if s.data {
			text = d.quoted(s.text, max(most/left, 16))
			most, left = most-len(text), left-1
		}
		b.WriteString(text)
	}
	return b.String()
}

// quoted returns data as the service has it, with so many octets at most.
func (d dialect) quoted(data string, most int) string {
	text := d.quote(data)
	for room := most; len(text) > most && room > 0; {
		short, more := shorten(data, room)
		text = d.quote(short+"...") + fmt.Sprintf(" (%d more)", more)
		room = min(room-1, room*most/len(text)) // quoting may have made it longer
	}
	return text
}

// shorten returns text with octets at most, and how many characters were cut off.
func shorten(text string, octets int) (short string, more int) {
	if len(text) <= octets {
		return text, 0
	}
	for octets > 0 && !utf8.RuneStart(text[octets]) {
		octets--
	}
	return text[:octets], utf8.RuneCountInString(text[octets:])
}

// text returns lines as the service has them. What is too much goes by whole lines, and how many went is said.
func (d dialect) text(lines []line) string {
	const note = 40 // octets for how many lines there are beyond
	var b strings.Builder
	for i, l := range lines {
		text := d.line(l, maxLine)
		last := i == len(lines)-1
		tooLong := d.octets > 0 && b.Len()+len(text)+1 > d.octets-note
		tooMany := d.lines > 0 && i >= d.lines-1 && !last
		if tooLong || tooMany {
			fmt.Fprintf(&b, "... and %d more lines", len(lines)-i)
			return b.String()
		}
		b.WriteString(text)
		if !last {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// whole is the title and the lines.
func (m message) whole() []line { return append([]line{m.title}, m.lines...) }
