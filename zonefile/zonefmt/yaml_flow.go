package zonefmt

import "strings"

// bracket is a list or mapping in brackets that is open.
type bracket struct{ inner, outer int } // the columns of lines within it, and of one that begins with its end

// flow writes a list or mapping in brackets. There is a space behind each comma, and none at the brackets. Its lines stay, and are indented.
func (f *yamlFormatter) flow() error {
	var open []bracket
	base := max(f.top().new, 0) // of the line
	if f.top().list {
		base += yamlIndent
	}
	last := byte(0) // what was written last, if it is an indicator
	begins := true  // a text may begin here
	for {
		s := f.rest()
		if s == "" {
			column, err := f.flowLine(open, comment{}, last == 0)
			if err != nil {
				return err
			}
			base = column
			continue
		}
		switch c := s[0]; {
		case c == ' ' || c == '\t':
			n := len(s) - len(strings.TrimLeft(s, " \t"))
			f.pos += n
			switch rest := s[n:]; {
			case rest == "":
			case rest[0] == '#':
				column, err := f.flowLine(open, commentAt(f.lines[f.at], f.pos, len(f.lines[f.at])), false)
				if err != nil {
					return err
				}
				base, last = column, cmpOr(last, ' ')
			case last == ':' || last == '?' || last == '&':
				f.line = append(f.line, ' ') // also in {key: }, which is not {key:}
			case last == '[' || last == '{' || strings.IndexByte("]},", rest[0]) >= 0:
			case last == ',':
				f.line = append(f.line, ' ')
			default:
				f.line = append(f.line, s[:n]...)
			}
			continue
		case c == '[' || c == '{':
			f.line = append(f.line, c)
			if rest := strings.TrimLeft(s[1:], " \t"); rest == "" || rest[0] == '#' {
				open = append(open, bracket{base + yamlIndent, base})
			} else {
				open = append(open, bracket{len(f.line), len(f.line) - 1})
			}
			last, begins = c, true
		case c == ']' || c == '}':
			f.line = append(f.line, c)
			f.pos++
			if open = open[:len(open)-1]; len(open) == 0 {
				return nil
			}
			last, begins = 0, false
			continue
		case c == ',':
			f.line = append(f.line, c)
			if len(s) > 1 && strings.IndexByte(" \t]}", s[1]) < 0 {
				f.line = append(f.line, ' ')
			}
			last, begins = c, true
		case begins && (c == '"' || c == '\''):
			if err := f.quoted(open[len(open)-1].inner + yamlIndent); err != nil {
				return err
			}
			last, begins = 0, false
			if s := f.rest(); s != "" && s[0] == ':' { // with nothing between, as in JSON
				f.line = append(f.line, ':')
				f.pos++
				last, begins = ':', true
			}
			continue
		case begins && (c == '&' || c == '!'):
			n := len(word(s))
			if i := strings.IndexAny(s[:n], ",[]{}"); i >= 0 && c == '&' {
				n = i
			}
			f.line = append(f.line, s[:n]...)
			f.pos += n
			last = '&'
			continue
		case (c == ':' || c == '?' && begins) && (len(s) == 1 || s[1] == ' ' || s[1] == '\t'):
			f.line = append(f.line, c)
			last, begins = c, true
		default:
			f.line = append(f.line, c)
			last, begins = 0, false
		}
		f.pos++
	}
}

// cmpOr returns a, or b if a is 0.
func cmpOr(a, b byte) byte {
	if a != 0 {
		return a
	}
	return b
}

// flowLine writes a line that ends within brackets, and goes to the next one that has something in it but a comment. It returns the column of that. In a text blank
// lines mean something.
func (f *yamlFormatter) flowLine(open []bracket, c comment, inText bool) (int, error) {
	f.page.line(f.line, c, recordKind)
	inner := open[len(open)-1].inner
	for f.at++; f.at < len(f.lines); f.at++ {
		line := f.lines[f.at]
		content := strings.TrimLeft(line, " \t")
		switch {
		case content == "" && inText:
			f.page.write(nil)
		case content == "":
			f.page.blankLine()
		case content[0] == '#':
			f.page.commentLine(inner, commentAt(line, len(line)-len(content), len(line)))
			inText = false
		default:
			column := inner
			closers := len(content) - len(strings.TrimLeft(content, "]} \t"))
			for i, n := 0, len(open)-1; i < closers && n >= 0; i++ {
				if content[i] == ']' || content[i] == '}' {
					column = open[n].outer
					n--
				}
			}
			f.pos = len(line) - len(content)
			f.line = spaces(f.line[:0], column)
			return column, nil
		}
	}
	return 0, errUnknownForm
}
