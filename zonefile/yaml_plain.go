package zonefile

import (
	"strings"
	"unicode/utf8"
)

// plainYAML reads the part of YAML that zone files are made of, far faster than a parser of all YAML can: block mappings and lists, scalars in one
// line without quotes or in them, flow mappings and lists in one line, comments, and "---" at the start; in printable ASCII but for comments.
//
// It reports false for a text with anything else in it, also for one that is wrong. Then the whole file is for yaml.v3, which has to read what is read
// here as the same nodes at the same places.
func plainYAML(slabs *yamlSlabs, file uint32, text string) (*yamlNode, bool) {
	p := plainReader{slabs: slabs, file: file, text: text}
	if !p.begin() {
		return nil, false
	}
	top := p.mapping(0)
	return top, !p.failed && p.done
}

// eachPlain calls read with each key of the top of a text that [plainYAML] reads, and its value. The nodes are there until read returns. It reports
// false for another text, which it may find out after some of the calls.
func eachPlain(slabs *yamlSlabs, file uint32, text string, read func(key *yamlNode)) bool {
	p := plainReader{slabs: slabs, file: file, text: text}
	if !p.begin() {
		return false
	}
	for !p.failed && !p.done {
		slabs.used = 0
		if key := p.pair(0); key != nil {
			read(key)
		}
	}
	return !p.failed
}

// plainReader reads line by line.
type plainReader struct {
	slabs  *yamlSlabs
	file   uint32
	text   string
	line   uint32 // from 1
	start  int    // of the line in the text
	end    int    // of the line, without its line feed
	after  int    // the start of the next line
	indent int    // the column, from 0, of what is left of the line
	depth  int    // of mappings and lists within each other
	begun  bool   // there was a line with something in it
	done   bool   // there are no more lines
	failed bool   // there is something in the text that is not read here
}

// Bounds of what is read here; yaml.v3 has its own for the rest.
const (
	plainDepth = 40
	plainKey   = 1000 // octets; YAML has 1024 characters
)

// begin goes to the first line of the top mapping. It reports false if there is none.
func (p *plainReader) begin() bool {
	if !p.next() || p.indent != 0 {
		return false
	}
	if p.rest() == "---" && (!p.next() || p.indent != 0) {
		return false
	}
	return !p.isDash()
}

// fail has the text read by another reader. It returns nil, for a node that there is not.
func (p *plainReader) fail() *yamlNode {
	p.failed = true
	return nil
}

// next goes to the next line that has something in it but a comment. It reports false if there is none, or the text is not for this reader.
func (p *plainReader) next() bool {
	for p.after < len(p.text) && !p.failed {
		p.start, p.line = p.after, p.line+1
		indent, i, ascii := -1, p.start, true
		for ; i < len(p.text) && p.text[i] != '\n'; i++ {
			c := p.text[i]
			ascii = ascii && ' ' <= c && c <= '~'
			if indent < 0 && c != ' ' {
				indent = i - p.start
			}
		}
		p.end, p.after = i, i+1
		if !ascii && (p.text[p.start+indent] != '#' || !isComment(p.text[p.start:p.end])) {
			p.failed = true
			return false
		}
		switch {
		case indent < 0 || p.text[p.start+indent] == '#':
		case indent == 0 && (strings.HasPrefix(p.text[p.start:p.end], "...") || p.text[p.start] == '%'),
			indent == 0 && strings.HasPrefix(p.text[p.start:p.end], "---") && (p.text[p.start:p.end] != "---" || p.begun):
			p.failed = true
			return false
		default:
			p.begun, p.indent = true, indent
			return true
		}
	}
	p.done = true
	return false
}

// isComment reports whether a line that is a comment has only characters in it that YAML has in one line.
func isComment(line string) bool {
	for i, c := range line {
		switch {
		case ' ' <= c && c <= '~', 0xa0 <= c && c <= 0xd7ff && c != '\u2028' && c != '\u2029', 0xe000 <= c && c < utf8.RuneError && c != '\ufeff', c > 0xffff:
		case c == utf8.RuneError && strings.HasPrefix(line[i:], string(c)):
		default:
			return false
		}
	}
	return true
}

// rest returns what is left of the line.
func (p *plainReader) rest() string { return p.text[p.start+p.indent : p.end] }

// isDash reports whether an item of a list begins.
func (p *plainReader) isDash() bool {
	rest := p.rest()
	return rest[0] == '-' && (len(rest) == 1 || rest[1] == ' ')
}

// node returns a node at a column, from 0.
func (p *plainReader) node(kind yamlKind, column int) *yamlNode {
	n := p.slabs.node()
	n.kind = kind
	n.at = yamlPlace{p.file, p.line, uint32(column + 1)}
	return n
}

// enter counts a mapping or list that begins, and reports whether it may.
func (p *plainReader) enter() bool {
	if p.depth++; p.depth > plainDepth {
		p.failed = true
	}
	return !p.failed
}

// mapping reads the block mapping whose keys stand at a column. The first of them is what is left of the line.
func (p *plainReader) mapping(column int) *yamlNode {
	n := p.node(yamlMapping, column)
	last := &n.first
	if !p.enter() {
		return nil
	}
	for {
		key := p.pair(column)
		if p.failed {
			return nil
		}
		*last, last = key, &key.next.next
		if p.done || p.indent < column {
			break
		}
	}
	p.depth--
	return n
}

// pair reads a key of the block mapping at a column, with its value behind it, and goes to the line behind that.
func (p *plainReader) pair(column int) *yamlNode {
	key, used := p.key()
	if p.failed {
		return nil
	}
	p.indent += used
	key.next = p.value(column, true)
	if p.failed || !p.done && (p.indent > column || p.indent == column && p.isDash()) {
		return p.fail()
	}
	return key
}

// list reads the block list whose dashes stand at a column, the first of them here.
func (p *plainReader) list(column int) *yamlNode {
	n := p.node(yamlList, column)
	last := &n.first
	if !p.enter() {
		return nil
	}
	for {
		p.indent++
		item := p.value(column, false)
		if p.failed {
			return nil
		}
		*last, last = item, &item.next
		if p.done || p.indent < column || p.indent == column && !p.isDash() {
			break
		}
		if p.indent > column {
			return p.fail()
		}
	}
	p.depth--
	return n
}

// value reads what is behind the colon or dash of a mapping or list at a column, in this line or in those below, and goes to the line behind it.
func (p *plainReader) value(column int, ofKey bool) *yamlNode {
	from := p.indent
	for p.indent < p.end-p.start && p.text[p.start+p.indent] == ' ' {
		p.indent++
	}
	rest := p.rest()
	if rest != "" && rest[0] != '#' {
		if !ofKey && hasKey(rest) {
			return p.mapping(p.indent)
		}
		n, used := p.inline(rest)
		if p.failed || !p.endsAfter(rest[used:]) {
			return p.fail()
		}
		p.next()
		return n
	}
	if rest != "" && p.indent == from {
		return p.fail() // no comment: there is no space in front of it
	}
	nothing := p.node(yamlScalar, from)
	nothing.flags = yamlPlain | yamlNull
	switch more := p.next(); {
	case p.failed:
		return nil
	case !more:
		return nothing
	case p.isDash() && (p.indent > column || ofKey && p.indent == column):
		return p.list(p.indent)
	case p.indent > column && !p.isDash():
		if !hasKey(p.rest()) {
			return p.fail() // a scalar in lines of its own
		}
		return p.mapping(p.indent)
	}
	return nothing
}

// endsAfter reports whether nothing but a comment follows in a line.
func (p *plainReader) endsAfter(rest string) bool {
	trimmed := strings.TrimLeft(rest, " ")
	return trimmed == "" || trimmed[0] == '#' && len(trimmed) < len(rest)
}
