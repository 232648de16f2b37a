package zonefile

import "strings"

// hasKey reports whether a key and a colon may begin a text. What they are is for [plainReader.key].
func hasKey(rest string) bool {
	switch rest[0] {
	case '\'', '"':
		n := quotedEnd(rest)
		return n > 0 && n < len(rest) && rest[n] == ':'
	case '[', '{':
		return false
	}
	return colonEnd(rest) > 0
}

// colonEnd returns where the first colon of a plain text is that ends a key, -1 if there is none.
func colonEnd(rest string) int {
	for i := range len(rest) {
		switch rest[i] {
		case ':':
			if i+1 == len(rest) || rest[i+1] == ' ' {
				return i
			}
		case '#':
			if i > 0 && rest[i-1] == ' ' {
				return -1
			}
		}
	}
	return -1
}

// key reads a key with its colon.
func (p *plainReader) key() (n *yamlNode, used int) {
	rest := p.rest()
	if rest[0] == '\'' || rest[0] == '"' {
		n, used = p.quoted(rest)
		if p.failed || used > plainKey || used == len(rest) || rest[used] != ':' || used+1 < len(rest) && rest[used+1] != ' ' {
			return p.fail(), 0
		}
		return n, used + 1
	}
	end := colonEnd(rest)
	if end <= 0 || end > plainKey || rest[end-1] == ' ' || !plainStart(rest) {
		return p.fail(), 0
	}
	if n = p.plain(rest[:end]); n.value == "<<" {
		return p.fail(), 0
	}
	return n, end + 1
}

// plain returns a scalar without quotes.
func (p *plainReader) plain(text string) *yamlNode {
	n := p.node(yamlScalar, p.indent)
	n.value, n.flags = text, yamlPlain
	if isYAMLNull(text) {
		n.flags |= yamlNull
	}
	return n
}

// isYAMLNull reports whether text without quotes is nothing.
func isYAMLNull(text string) bool {
	switch text {
	case "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// plainStart reports whether text without quotes may begin so.
func plainStart(text string) bool {
	if text[0] == '-' {
		return len(text) > 1 && text[1] != ' '
	}
	switch text[0] {
	case '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`':
		return false
	}
	return true
}

// inline reads a value in one line.
func (p *plainReader) inline(rest string) (n *yamlNode, used int) {
	switch rest[0] {
	case '\'', '"':
		return p.quoted(rest)
	case '[', '{':
		return p.flow(rest)
	}
	if !plainStart(rest) {
		return p.fail(), 0
	}
	used = len(rest)
	for i := range len(rest) {
		if rest[i] == ':' && (i+1 == len(rest) || rest[i+1] == ' ') {
			return p.fail(), 0
		}
		if rest[i] == '#' && rest[i-1] == ' ' { // it is not the first
			used = i
			break
		}
	}
	text := strings.TrimRight(rest[:used], " ")
	if text == "<<" {
		return p.fail(), 0
	}
	return p.plain(text), len(text)
}

// quotedEnd returns the length of the quoted text that rest begins with, 0 if it does not end in the line or has an escape that is not read here.
func quotedEnd(rest string) int {
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[0] == '"' && rest[i] == '\\':
			if i+1 == len(rest) || rest[i+1] != '\\' && rest[i+1] != '"' {
				return 0
			}
			i++
		case rest[i] != rest[0]:
		case rest[0] == '\'' && strings.HasPrefix(rest[i+1:], "'"):
			i++
		default:
			return i + 1
		}
	}
	return 0
}

var (
	singleQuotes = strings.NewReplacer("''", "'")
	doubleQuotes = strings.NewReplacer(`\\`, `\`, `\"`, `"`)
)

// quoted reads text in quotes.
func (p *plainReader) quoted(rest string) (n *yamlNode, used int) {
	if used = quotedEnd(rest); used == 0 {
		return p.fail(), 0
	}
	n = p.node(yamlScalar, p.indent)
	n.value = rest[1 : used-1]
	switch {
	case rest[0] == '\'' && strings.IndexByte(n.value, '\'') >= 0:
		n.value = singleQuotes.Replace(n.value)
	case rest[0] == '"' && strings.IndexByte(n.value, '\\') >= 0:
		n.value = doubleQuotes.Replace(n.value)
	}
	return n, used
}

// flow reads a mapping or list in brackets. It leaves p.indent as it is.
func (p *plainReader) flow(rest string) (n *yamlNode, used int) {
	column := p.indent
	defer func() { p.indent = column }()
	kind, closing := yamlList, byte(']')
	if rest[0] == '{' {
		kind, closing = yamlMapping, '}'
	}
	n = p.node(kind, column)
	last := &n.first
	if !p.enter() {
		return nil, 0
	}
	at := skipSpaces(rest, 1)
	if at < len(rest) && rest[at] == closing {
		p.depth--
		return n, at + 1
	}
	for {
		if kind == yamlMapping {
			p.indent = column + at
			key, used := p.flowScalar(rest[at:])
			if at += used; p.failed || used > plainKey || at+1 >= len(rest) || rest[at] != ':' || rest[at+1] != ' ' {
				return p.fail(), 0
			}
			*last, last = key, &key.next
			at = skipSpaces(rest, at+1)
		}
		if at >= len(rest) {
			return p.fail(), 0
		}
		p.indent = column + at
		item, used := p.flowItem(rest[at:])
		if p.failed {
			return nil, 0
		}
		*last, last = item, &item.next
		if at = skipSpaces(rest, at+used); at >= len(rest) {
			return p.fail(), 0
		}
		if rest[at] == closing {
			p.depth--
			return n, at + 1
		}
		if rest[at] != ',' {
			return p.fail(), 0
		}
		if at = skipSpaces(rest, at+1); at >= len(rest) {
			return p.fail(), 0
		}
	}
}

func skipSpaces(text string, at int) int {
	for at < len(text) && text[at] == ' ' {
		at++
	}
	return at
}

// flowItem reads an item or value within brackets.
func (p *plainReader) flowItem(rest string) (n *yamlNode, used int) {
	if rest[0] == '[' || rest[0] == '{' {
		return p.flow(rest)
	}
	return p.flowScalar(rest)
}

// flowScalar reads a scalar within brackets.
func (p *plainReader) flowScalar(rest string) (n *yamlNode, used int) {
	if rest == "" {
		return p.fail(), 0
	}
	if rest[0] == '\'' || rest[0] == '"' {
		return p.quoted(rest)
	}
	if !plainStart(rest) {
		return p.fail(), 0
	}
	for used < len(rest) {
		c := rest[used]
		if c == ',' || c == ']' || c == '}' || c == ':' && used+1 < len(rest) && rest[used+1] == ' ' {
			break
		}
		// A colon in front of a bracket, and a dash or question mark where they mean something else in other readers, are for those to decide.
		if c == '[' || c == '{' || c == '?' || c == '#' || c == ':' && (used+1 == len(rest) || strings.IndexByte(",[]{}", rest[used+1]) >= 0) {
			return p.fail(), 0
		}
		used++
	}
	text := strings.TrimRight(rest[:used], " ")
	if text == "<<" || text == "" || text == "-" || used < len(rest) && rest[used] == ':' && len(text) < used {
		return p.fail(), 0
	}
	return p.plain(text), len(text)
}
