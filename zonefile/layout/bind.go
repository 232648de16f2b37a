package layout

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// Document is what a file is to say.
type Document struct {
	Zone *zonefile.Zone
	// Header is for people at the top of the file, and Footer at its end: lines that become comments. Whatever is in them stays in there. They say by their first
	// words what they are: a text from outside is never the first thing in one.
	Header, Footer []string
}

// BIND returns a master file: $ORIGIN, the most frequent TTL as $TTL, then the groups of names, each under a heading. A name stands in front of its first
// record, and white space in front of the others. Types and data are written as [zonefile.RRset.Portable] has them, with a comment where that is no text for people.
func BIND(d Document) string {
	w := writer{origin: d.Zone.Origin()}
	fmt.Fprintf(&w.text, "$ORIGIN %s\n", w.origin)
	if ttl, ok := d.Zone.FrequentTTL(); ok {
		w.ttl = ttl
		fmt.Fprintf(&w.text, "$TTL %d\n", ttl)
	}
	for g, owners := range grouped(d.Zone) {
		if len(owners) == 0 {
			continue
		}
		fmt.Fprintf(&w.text, "\n; %s\n", group(g).heading(w.origin))
		for _, o := range owners {
			w.owner(o)
		}
	}
	return Commented(d, ";", w.text.String())
}

// writer writes a master file.
type writer struct {
	text   strings.Builder
	origin zonefile.Name
	ttl    zonefile.TTL // what $TTL says
}

// owner writes the records of a name.
func (w *writer) owner(o owner) {
	name := o.name.Relative(w.origin)
	for _, set := range o.sets {
		typ, records := set.Portable()
		texts := records
		if typ != set.Key.Type.String() {
			texts = set.Text()
		}
		ttl := ""
		if set.TTL != w.ttl {
			ttl = strconv.FormatUint(uint64(set.TTL), 10) + " "
		}
		for i, record := range records {
			if set.Key.Type == zonefile.TypeTXT || set.Key.Type == zonefile.TypeSPF {
				record = inLines(record)
			}
			fmt.Fprintf(&w.text, "%s\t%sIN %s %s", name, ttl, typ, record)
			if texts[i] != records[i] && !strings.HasPrefix(texts[i], `\#`) {
				w.text.WriteString(" ; " + comment(set.Key.Type.String()+" "+texts[i]))
			}
			w.text.WriteString("\n")
			name = ""
		}
	}
}

// wide is from how many octets on the strings of a text are written below each other.
const wide = 100

// inLines returns the strings of a long text in parentheses, one on each line.
func inLines(record string) string {
	if len(record) < wide {
		return record
	}
	all := quoted(record)
	if len(all) == 1 {
		return record
	}
	return "( " + strings.Join(all, "\n\t\t") + " )"
}

// quoted splits the strings of a record, each of which is between quotes.
func quoted(record string) []string {
	var all []string
	start, inside := 0, false
	for i := 0; i < len(record); i++ {
		switch record[i] {
		case '\\':
			i++
		case '"':
			if inside = !inside; inside {
				start = i
			} else {
				all = append(all, record[start:i+1])
			}
		}
	}
	return all
}
