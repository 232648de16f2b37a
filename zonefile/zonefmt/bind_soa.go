package zonefmt

// The fields of an SOA record (RFC 1035 §3.3.13).
const (
	soaNames  = 2 // MNAME and RNAME, on the first line
	soaFields = 7
)

// soaLabels are the comments behind the numbers of an SOA record that have none.
var soaLabels = [soaFields]string{2: "; serial", "; refresh", "; retry", "; expire", "; minimum"}

// readSOA makes the lines of an SOA record that is on several lines: the names, then each number on a line with a comment. It reports false, and has done nothing, for a
// record that is on one line, is not complete, or has comments of which nobody knows which number they are about.
func (r *record) readSOA(text string, head int) bool {
	var (
		fields   []string
		comments [soaFields]comment
		last     comment // behind a closing parenthesis that has a line of its own
		onLine   int     // fields on the line
		closes   bool    // the last parenthesis has a line of its own
		several  bool
	)
	for i, it := range r.items {
		switch it.kind {
		case wordItem:
			if head--; head >= 0 {
				continue
			}
			if glued := i > 0 && r.items[i-1].kind == wordItem && r.items[i-1].end == it.start; glued || len(fields) == soaFields {
				return false
			}
			fields, onLine, closes = append(fields, text[it.start:it.end]), onLine+1, false
		case closeItem:
			closes = onLine == 0
		case commentItem:
			c, at := commentAt(text, it.start, it.end), len(fields)-1
			switch {
			case head > 0:
				return false
			case onLine == 0 && closes && len(fields) == soaFields && last.text == "":
				last = c
			case onLine == 1 && at >= soaNames, onLine > 0 && at == soaNames-1:
				comments[at] = c
			default:
				return false
			}
		case lineEndItem:
			several, onLine = true, 0
		case openItem:
		}
	}
	if !several || len(fields) != soaFields {
		return false
	}
	r.addSOA(fields, comments[:], closes, last)
	return true
}

// addSOA adds the lines. The parenthesis at the end has a line of its own, with a comment behind it, or not.
func (r *record) addSOA(fields []string, comments []comment, closes bool, last comment) {
	for _, name := range fields[:soaNames] {
		r.add(name, true)
	}
	r.add("(", true)
	r.last().comment = comments[soaNames-1]
	for i := soaNames; i < soaFields; i++ {
		r.endLine()
		r.add(fields[i], true)
		r.last().comment = comments[i]
		if comments[i].text == "" {
			r.last().comment = comment{text: soaLabels[i]}
		}
	}
	if closes {
		r.endLine()
	}
	r.add(")", true)
	if closes {
		r.last().comment = last
	}
}
