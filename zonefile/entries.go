package zonefile

import (
	"iter"
	"strings"
)

// Entry is a directive or a record of a master file as it is written: for programs that work on the text of a file, and not on what it says.
// Between its words are white space, parentheses and comments alone, and within its parentheses line ends (RFC 1035 §5.1).
type Entry struct {
	// Start and End are places in the text, in octets: of the beginning of its first line, and in front of the line end of its last one.
	// The comment at its end is within them.
	Start, End int
	// Words are all of it, at least one. They are good until the next entry.
	Words []Word
	// Directive is "$ORIGIN", "$TTL", "$INCLUDE" or "$GENERATE", and empty for a record.
	Directive string
	// Owner, TTL, Class and Type are places in Words, and -1 where nothing is stated. A directive other than $GENERATE has none of them.
	Owner, TTL, Class, Type int
	// Data is the place in Words of the first word of the RDATA, or of the first argument of a directive. There may be none.
	Data int
}

// Word is a word or a quoted string, by its place in the text: in octets, with its quotes.
type Word struct{ Start, End int }

// Entries gives the entries of a master file in their order, those that cannot be read with what is wrong with them. Then the entry may say
// nothing, and the next one can be trusted all the same. The Problem has no file. RDATA is not looked at, nor is anything that it takes more
// than the entry itself to know. Lines end with LF, CRLF or CR.
func Entries(text string) iter.Seq2[Entry, *Problem] {
	return func(yield func(Entry, *Problem) bool) {
		s := newScanner(text)
		var words []Word
		for {
			e, ok := s.next()
			if !ok {
				return
			}
			words = words[:0]
			for _, t := range e.tokens {
				words = append(words, t.word())
			}
			entry, f := e.located(words)
			var wrong *Problem
			if f != nil {
				line, column := s.place(e, f.pos)
				wrong = &Problem{Position{Line: line, Column: column}, f.rule, Error, f.text}
			}
			if !yield(entry, wrong) {
				return
			}
		}
	}
}

// word returns where a token stands that was read without a fault.
func (t token) word() Word {
	if t.quoted {
		return Word{t.pos, t.pos + len(t.text) + len(`""`)}
	}
	return Word{t.pos, t.pos + len(t.text)}
}

// located finds what the words of an entry are.
func (e entry) located(words []Word) (Entry, *fault) {
	found := Entry{Start: e.pos, End: e.end, Words: words, Owner: -1, TTL: -1, Class: -1, Type: -1}
	if e.fault != nil {
		return found, e.fault
	}
	header := 0 // where the words behind the owner begin
	if first := e.tokens[0]; !first.quoted && strings.HasPrefix(first.text, "$") {
		name := strings.ToUpper(first.text)
		switch {
		case directiveOf(name).read == nil:
			return found, faultAt(first.pos, "bad-directive", "%s is not a directive ($ORIGIN, $TTL, $INCLUDE or $GENERATE); a name that begins with a dollar is written with a backslash before it", shown(first.text))
		case e.blank:
			return found, faultAt(first.pos, "bad-directive", "a directive starts in the first column")
		}
		found.Directive, found.Data = name, 1
		if name != "$GENERATE" {
			return found, nil
		}
		if len(e.tokens) < 3 {
			return found, faultAt(e.end, "missing-data", "want %s", directiveOf(name).args)
		}
		found.Owner, header = 2, 3
	} else if !e.blank {
		found.Owner, header = 0, 1
	}
	_, data, f := parseHeader(e.tokens[header:], e.end)
	if f != nil {
		return found, f
	}
	found.Data = len(e.tokens) - len(data)
	found.Type = found.Data - 1
	for i := header; i < found.Type; i++ {
		if c := e.tokens[i].text[0]; '0' <= c && c <= '9' {
			found.TTL = i
		} else {
			found.Class = i
		}
	}
	return found, nil
}
