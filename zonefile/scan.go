package zonefile

import (
	"fmt"
	"slices"
	"strings"
)

// maxTokens is the most tokens that one entry may have: RDATA as long as it may be, written in hex with a space behind each digit, has so many, with
// what stands in front of it.
const maxTokens = 2*maxRDATA + 16

// token is one word or one quoted string of an entry.
type token struct {
	text   string // as it is written: escapes are in it, the quotes are not
	pos    int    // where it starts, in octets; at its opening quote
	quoted bool
	glued  bool // nothing stands between it and the token before, as in key="value"
}

// entry is a directive or a record: a line of a master file, with what parentheses add to it (RFC 1035 §5.1).
type entry struct {
	tokens []token // at least one; used again for the next entry
	pos    int     // where it starts, in octets
	end    int     // where it ends, in front of the line end
	line   int     // the line of pos, from 1
	stated int     // the line of the first token: parentheses may come before it
	column int     // of the first token, in octets from 1
	blank  bool    // it begins with white space: the owner is that of the record before
	fault  *fault  // why it cannot be read, if that is so
}

// fault is what is wrong with an entry: the rule that it breaks, where, and what was expected and found.
type fault struct {
	rule string
	pos  int // in octets, as in token
	text string
}

// Error returns what was expected and found.
func (f *fault) Error() string { return f.text }

// faultAt makes a fault at a place.
func faultAt(pos int, rule, format string, args ...any) *fault {
	return &fault{rule, pos, fmt.Sprintf(format, args...)}
}

// scanner splits the text of a master file into entries. A line ends with LF, CRLF or CR.
type scanner struct {
	text    string
	pos     int // what is next
	line    int // the line of pos, from 1
	tokens  []token
	resumed bool // an open parenthesis was given up once

	commented bool                        // there was a comment
	comment   func(line int, text string) // if it is not nil, gets each comment

	// cut says that there is more of the text than text has. Where that ends in the middle of a line or an entry next finds nothing, sets starved,
	// and stays in front of that.
	cut, starved bool
	opened       int // when starved, the line of a parenthesis that is open there, or 0
}

// newScanner returns a scanner at the start of text.
func newScanner(text string) *scanner { return &scanner{text: text, line: 1} }

// The classes of octets outside quotes. All that are not named belong to words.
const (
	wordOctet = iota
	spaceOctet
	lineOctet
	specialOctet
)

var octetClasses = [256]uint8{
	' ': spaceOctet, '\t': spaceOctet, '\n': lineOctet, '\r': lineOctet,
	';': specialOctet, '(': specialOctet, ')': specialOctet, '"': specialOctet, '\\': specialOctet, 0: specialOctet,
}

// next returns the next entry that is not empty, and false at the end of the text.
// An entry with a fault was read to its end all the same, so the next one can be trusted.
func (s *scanner) next() (entry, bool) {
	text := s.text
	s.tokens = s.tokens[:0]
	e := entry{pos: s.pos, line: s.line, blank: s.atBlank()}
	depth, opened, openedLine := 0, 0, 0
	behind := -1       // where the last token ended
	lineStart := s.pos // of the line that is read
	for s.pos < len(text) {
		c := text[s.pos]
		switch octetClasses[c] {
		case spaceOctet:
			s.pos++
			continue
		case lineOctet:
			if s.cut && c == '\r' && s.pos+1 == len(text) {
				s.pos++ // perhaps the first half of a line end
				continue
			}
			e.end = s.pos
			s.endLine()
			lineStart = s.pos
			if depth > 0 {
				continue
			}
			if len(s.tokens) > 0 || e.fault != nil {
				e.tokens = s.tokens
				return e, true
			}
			e = entry{pos: s.pos, line: s.line, blank: s.atBlank()}
			continue
		}
		start := s.pos
		switch c {
		case ';':
			s.commented = true
			s.skipLine()
			if s.comment != nil && (!s.cut || s.pos < len(text)) {
				s.comment(s.line, text[start:s.pos])
			}
			continue
		case '(':
			if depth == 0 {
				opened, openedLine = s.pos, s.line
			}
			depth++
			s.pos++
			continue
		case ')':
			if depth == 0 {
				e.note(s.pos, `")" without a "(" before it`)
			}
			depth = max(depth-1, 0)
			s.pos++
			continue
		case '"':
			e.note(s.quoted())
		default:
			e.note(s.word())
		}
		t := token{text: text[start:s.pos], pos: start, glued: start == behind}
		if c == '"' {
			t.quoted = true
			t.text = strings.TrimSuffix(t.text[1:], `"`)
		}
		behind = s.pos
		if len(s.tokens) == maxTokens {
			if e.fault == nil { // not for each word that is left
				e.fault = faultAt(start, "syntax", "more than %d words and strings in one record", maxTokens)
			}
			continue
		}
		if len(s.tokens) == 0 {
			e.stated, e.column = s.line, start-lineStart+1
		}
		if len(s.tokens) == cap(s.tokens) {
			s.tokens = slices.Grow(s.tokens, max(len(s.tokens), 16)) // append would grow a long one in many steps
		}
		s.tokens = append(s.tokens, t)
	}
	if s.cut {
		s.starved, s.opened = true, 0
		if depth > 0 {
			s.opened = openedLine
		}
		s.pos, s.line = e.pos, e.line
		return entry{}, false
	}
	e.end = len(text)
	if depth > 0 {
		e.note(opened, `"(" without a ")" behind it`)
		s.resume(opened, openedLine)
	}
	e.tokens = s.tokens
	return e, len(s.tokens) > 0 || e.fault != nil
}

// note keeps what is wrong at a place, if that is anything, and the first of the entry.
func (e *entry) note(pos int, wrong string) {
	if wrong != "" && e.fault == nil {
		e.fault = &fault{"syntax", pos, wrong}
	}
}

// atBlank reports whether white space is next.
func (s *scanner) atBlank() bool {
	return s.pos < len(s.text) && octetClasses[s.text[s.pos]] == spaceOctet
}

const zeroOctet = `an octet of zero; it is written \000`

// word reads up to where an unquoted token ends, and returns what is wrong with it, and where.
func (s *scanner) word() (pos int, wrong string) {
	text, i := s.text, s.pos
	for ; i < len(text); i++ {
		c := text[i]
		if octetClasses[c] == wordOctet {
			continue
		}
		if c == 0 {
			s.pos = i + 1
			return i, zeroOctet
		}
		if c != '\\' {
			break
		}
		if i++; i == len(text) || octetClasses[text[i]] == lineOctet {
			s.pos = i
			return i - 1, `a backslash at the end of the line`
		}
		if text[i] == 0 {
			s.pos = i + 1
			return i, zeroOctet
		}
	}
	s.pos = i
	return 0, ""
}

// quoted reads a quoted string up to behind its closing quote, and returns what is wrong with it, and where. If there is no closing quote on the line it
// stops where the line ends.
func (s *scanner) quoted() (pos int, wrong string) {
	text, start := s.text, s.pos
	for i := start + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			s.pos = i + 1
			return 0, ""
		case c == 0:
			s.pos = i + 1
			return i, zeroOctet
		case octetClasses[c] == lineOctet:
			s.pos = i
			return start, "a quoted string does not go on over the end of the line; close it, and split it into several if it is long"
		case c == '\\' && i+1 < len(text) && octetClasses[text[i+1]] != lineOctet && text[i+1] != 0:
			i++
		}
	}
	s.pos = len(text)
	return start, "a quoted string without its closing quote"
}

// skipLine goes to the end of the line.
func (s *scanner) skipLine() {
	if n := strings.IndexAny(s.text[s.pos:], "\r\n"); n >= 0 {
		s.pos += n
		return
	}
	s.pos = len(s.text)
}

// endLine goes behind the line end that is next.
func (s *scanner) endLine() {
	if s.text[s.pos] == '\r' && s.pos+1 < len(s.text) && s.text[s.pos+1] == '\n' {
		s.pos++
	}
	s.pos++
	s.line++
}

// resume goes back to behind a "(" that is never closed, to the next line that begins with an owner: what follows is most likely good.
// It does so once in a file, so that a file of open parentheses is not read over and over.
func (s *scanner) resume(opened, line int) {
	if s.resumed {
		return
	}
	s.resumed = true
	s.pos, s.line = opened, line
	for s.pos < len(s.text) {
		s.skipLine()
		if s.pos == len(s.text) {
			return
		}
		s.endLine()
		if s.pos < len(s.text) && octetClasses[s.text[s.pos]] == wordOctet {
			return
		}
	}
}

// place returns the line and column of pos, which is in e.
func (s *scanner) place(e entry, pos int) (line, column int) {
	line = e.line
	start := e.pos
	for i := e.pos; i < pos; i++ {
		switch {
		case s.text[i] == '\n', s.text[i] == '\r' && (i+1 == len(s.text) || s.text[i+1] != '\n'):
			line++
			start = i + 1
		}
	}
	return line, pos - start + 1
}

// maxShown is the most octets of input that a message repeats.
const maxShown = 60

// shown returns text for a message: in quotes, not too long, with the octets that do not print as \DDD.
func shown(text string) string {
	b := append(make([]byte, 0, maxShown+8), '"')
	for i := range min(len(text), maxShown) {
		if c := text[i]; c >= ' ' && c <= '~' {
			b = append(b, c)
			continue
		}
		b = appendEscaped(b, text[i], "")
	}
	if len(text) > maxShown {
		b = append(b, "..."...)
	}
	return string(append(b, '"'))
}
