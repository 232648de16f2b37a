package zonefmt

import "strings"

// value writes a value, with its anchor and tag, to its end.
func (f *yamlFormatter) value() error {
	for f.rest()[0] == '&' || f.rest()[0] == '!' {
		w := word(f.rest())
		f.line = append(f.line, w...)
		f.pos += len(w)
		if f.skipSpace(); f.atEnd() {
			return f.finish()
		}
		f.line = append(f.line, ' ')
	}
	switch f.rest()[0] {
	case '|', '>':
		return f.block()
	case '"', '\'':
		if err := f.quoted(max(f.inner(), yamlIndent)); err != nil {
			return err
		}
	case '[', '{':
		if err := f.flow(); err != nil {
			return err
		}
	default:
		return f.plain()
	}
	f.skipSpace()
	return f.finish()
}

// plain writes a text without quotes. Lines that it goes on over are further in than what it belongs to.
func (f *yamlFormatter) plain() error {
	around := f.top().old
	for {
		text := f.rest()
		if n := commentStart(text); n >= 0 {
			text = text[:n]
		}
		f.line = append(f.line, strings.TrimRight(text, " \t")...)
		f.pos += len(text)
		f.skipSpace()
		next := f.at + 1
		for next < len(f.lines) && strings.Trim(f.lines[next], " \t") == "" {
			next++
		}
		if f.rest() != "" || next == len(f.lines) {
			return f.finish()
		}
		content := strings.TrimLeft(f.lines[next], " \t")
		column := len(f.lines[next]) - len(content)
		if column <= around || content[0] == '#' || isMarker(f.lines[next]) {
			return f.finish()
		}
		f.goOn(next, max(f.inner(), yamlIndent))
	}
}

// goOn writes the line of a text, and the blank lines behind it, which are part of it, and goes to the next of its lines that is not blank.
func (f *yamlFormatter) goOn(next, indent int) {
	f.page.line(f.line, comment{}, recordKind)
	for f.at++; f.at < next; f.at++ {
		f.page.write(nil)
	}
	f.line = spaces(f.line[:0], indent)
	f.pos = 0
	f.skipSpace()
}

// commentStart returns where in a text that is not in quotes a comment begins, with the white space in front of it, -1 if there is none.
func commentStart(text string) int {
	for i := 1; i < len(text); i++ {
		if text[i] == '#' && (text[i-1] == ' ' || text[i-1] == '\t') {
			return len(strings.TrimRight(text[:i], " \t"))
		}
	}
	return -1
}

// quotedLength returns how long the quoted text is that s begins with, -1 if it goes on over the end of the line.
func quotedLength(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[0] == '"' && s[i] == '\\':
			i++
		case s[0] == '\'' && strings.HasPrefix(s[i:], "''"):
			i++
		case s[i] == s[0]:
			return i + 1
		}
	}
	return -1
}

// quoted writes a text in quotes. Where it goes on over a line end, white space around that means nothing, but for an escaped space.
func (f *yamlFormatter) quoted(indent int) error {
	quote := f.rest()[:1]
	s := f.rest()
	for {
		if n := quotedLength(s); n >= 0 {
			n -= len(s) - len(f.rest())
			f.line = append(f.line, f.rest()[:n]...)
			f.pos += n
			return nil
		}
		text := f.rest()
		kept := strings.TrimRight(text, " \t")
		if escapes := len(kept) - len(strings.TrimRight(kept, `\`)); quote == `"` && escapes%2 == 1 && len(kept) < len(text) {
			kept = text[:len(kept)+1]
		}
		f.line = append(f.line, kept...)
		next := f.at + 1
		for next < len(f.lines) && strings.Trim(f.lines[next], " \t") == "" {
			next++
		}
		if next == len(f.lines) {
			return errUnknownForm
		}
		f.goOn(next, indent)
		s = quote + f.rest()
	}
}

// block writes a text that is indented below its header, with its lines as they are.
func (f *yamlFormatter) block() error {
	header := word(f.rest())
	f.line = append(f.line, header...)
	f.pos += len(header)
	f.skipSpace()
	if err := f.finish(); err != nil {
		return err
	}
	around := f.top()
	indent, column := 0, f.inner()
	if n := strings.IndexAny(header, "123456789"); n >= 0 {
		indent = max(around.old, 0) + int(header[n]-'0')
		column = max(around.new, 0) + int(header[n]-'0')
	} else {
		for _, line := range f.lines[f.at:] {
			if content := strings.TrimLeft(line, " "); content != "" {
				indent = len(line) - len(content)
				break
			}
		}
		if column = max(column, yamlIndent); indent <= around.old {
			return nil // it has no lines
		}
	}
	f.blockLines(indent, column, strings.Contains(header, "+"))
	f.open = f.at == len(f.lines) && !strings.Contains(header, "-")
	return nil
}

// blockLines writes the lines of a block with that indent. With keep the blank lines at its end are part of it.
func (f *yamlFormatter) blockLines(indent, column int, keep bool) {
	end, last := f.at, f.at
	for ; end < len(f.lines); end++ {
		line := f.lines[end]
		content := strings.TrimLeft(line, " ")
		if content != "" && (len(line)-len(content) < indent || isMarker(line)) {
			break
		}
		if content != "" || len(line) > indent || keep {
			last = end + 1
		}
	}
	for ; f.at < last; f.at++ {
		line := f.lines[f.at]
		if len(line) <= indent {
			f.page.write(nil)
			continue
		}
		f.line = append(spaces(f.line[:0], column), line[indent:]...)
		f.page.line(f.line, comment{}, recordKind)
	}
}
