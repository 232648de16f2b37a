package zoneedit

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// master is a master file that is edited, with those that it includes.
type master struct {
	source  Source
	texts   map[string]*Text
	entries []entry // of all files, each file's in the order of its lines
	atEnd   bool    // what is new goes to the end of the zone's own file, whatever stands where
	origin  zonefile.Name
}

// entry is a record in a master file.
type entry struct {
	text        *Text
	first, last int // its lines
	key         zonefile.Key
	explicit    bool          // it begins with its owner, and not with white space
	origin      zonefile.Name // that completes names there
	gone        bool
}

// editMaster edits a master file: what changes is replaced in its place, what is new goes below the other records of its name, or to the end.
func editMaster(source Source, changes []zonefile.Change) ([]Text, error) {
	return editMasterWith(source, changes, false)
}

// editMasterAtEnd puts what is new to the end: where there is no $TTL a record in the middle would change the TTL of others.
func editMasterAtEnd(source Source, changes []zonefile.Change) ([]Text, error) {
	return editMasterWith(source, changes, true)
}

func editMasterWith(source Source, changes []zonefile.Change, atEnd bool) ([]Text, error) {
	m := master{source: source, texts: map[string]*Text{}, atEnd: atEnd, origin: source.Options.Origin}
	end, err := m.scan(source.File, m.origin)
	if err != nil {
		return nil, err
	}
	m.origin = end
	anchors := map[zonefile.Name]*entry{}
	for i := range m.entries {
		anchors[m.entries[i].key.Name] = &m.entries[i]
	}
	for _, c := range changes {
		if err := m.change(c, anchors[c.Key().Name]); err != nil {
			return nil, err
		}
	}
	m.nameOwners()
	return m.changed(), nil
}

// changed returns the texts that were edited.
func (m *master) changed() []Text { return changedOf(m.texts) }

func changedOf(texts map[string]*Text) []Text {
	var all []Text
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		if texts[file].changed() {
			all = append(all, *texts[file])
		}
	}
	return all
}

// change makes one change. anchor is the last record at its name, nil if there is none.
func (m *master) change(c zonefile.Change, anchor *entry) error {
	var first *entry
	for i := range m.entries {
		e := &m.entries[i]
		if c.Old == nil || e.key != c.Old.Key {
			continue
		}
		if first == nil {
			first = e
		}
		e.gone = true
		e.text.remove(e.first, e.last)
	}
	switch {
	case c.Old != nil && first == nil:
		return fmt.Errorf("there is no line for %s, which may come from $GENERATE", c.Old.Key)
	case c.New == nil:
		return nil
	case first != nil && !m.atEnd:
		return m.put(first.text, first.last+1, *c.New, first.origin)
	case anchor != nil && !m.atEnd:
		return m.put(anchor.text, anchor.last+1, *c.New, anchor.origin)
	}
	text := m.texts[m.source.File]
	return m.put(text, len(text.lines), *c.New, m.origin)
}

// put puts the records of an RRset in front of a line.
func (m *master) put(text *Text, at int, set zonefile.RRset, origin zonefile.Name) error {
	lines, err := masterLines(set, origin)
	if err != nil {
		return err
	}
	text.insert(at, lines...)
	return nil
}

// masterLines returns the records of an RRset as lines of a master file. The TTL is in them, whatever $TTL says.
func masterLines(set zonefile.RRset, origin zonefile.Name) ([]string, error) {
	zone, err := zonefile.ZoneOf(set.Key.Name, set)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if err := zonefile.FormatBIND(&b, zone, zonefile.FormatOptions{}); err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		owner, rest, record := strings.Cut(line, "IN ")
		if !record || strings.HasPrefix(owner, "$") {
			continue
		}
		typ, data, _ := strings.Cut(strings.TrimSpace(rest), " ")
		lines = append(lines, fmt.Sprintf("%s %d IN %s %s", set.Key.Name.Relative(origin), set.TTL, typ, strings.TrimSpace(data)))
	}
	if len(lines) != set.Len() {
		return nil, fmt.Errorf("%s cannot be written as lines", set.Key)
	}
	return lines, nil
}

// nameOwners gives their owner to the lines that had it from a line in front of them which is gone.
func (m *master) nameOwners() {
	before := map[*Text]*entry{} // the record in front, in the same file
	for i := range m.entries {
		e := &m.entries[i]
		last := before[e.text]
		before[e.text] = e
		if e.explicit || last == nil || !last.gone || e.text.gone[e.first] {
			continue
		}
		named := slices.Clone(e.text.lines[e.first : e.last+1])
		named[0] = e.key.Name.Relative(e.origin) + named[0]
		e.text.replace(e.first, e.last, named)
	}
}

// scan finds the records of a file and of those that it includes, and returns the origin at its end.
func (m *master) scan(file string, origin zonefile.Name) (zonefile.Name, error) {
	content, err := fs.ReadFile(m.source.FS, file)
	if err != nil {
		return origin, err
	}
	if strings.Contains(strings.ReplaceAll(string(content), "\r\n", "\n"), "\r") {
		return origin, errors.New("its lines end with CR")
	}
	text, twice := m.texts[file]
	if !twice {
		text = newText(file, string(content))
		text.Made = false
		m.texts[file] = text
	}
	var owner zonefile.Name
	for w := range wordsOf(text.lines) {
		if strings.HasPrefix(w.words[0], "$") {
			if origin, err = m.directive(file, w.words, origin); err != nil {
				return origin, err
			}
			continue
		}
		fields := w.words
		if !w.blank {
			// A name that cannot be read is of a record that cannot be edited.
			owner, _ = zonefile.ParseName(fields[0], origin)
			fields = fields[1:]
		}
		m.entries = append(m.entries, entry{
			text: text, first: w.first, last: w.last, key: zonefile.Key{Name: owner, Type: typeIn(fields)}, explicit: !w.blank, origin: origin,
		})
	}
	return origin, nil
}

// directive follows $ORIGIN and $INCLUDE, and returns the origin behind it.
func (m *master) directive(file string, words []string, origin zonefile.Name) (zonefile.Name, error) {
	switch strings.ToUpper(words[0]) {
	case "$ORIGIN":
		if len(words) > 1 {
			return zonefile.ParseName(words[1], origin)
		}
	case "$INCLUDE":
		if len(words) < 2 {
			break
		}
		within := origin
		if len(words) > 2 {
			var err error
			if within, err = zonefile.ParseName(words[2], origin); err != nil {
				return origin, err
			}
		}
		// What cannot be opened by that name has an escape in it. Its records are not found then.
		if included := path.Join(path.Dir(file), strings.Trim(words[1], `"`)); fs.ValidPath(included) && slices.Contains(m.source.Stated.Files(), included) {
			_, err := m.scan(included, within)
			return origin, err
		}
	}
	return origin, nil
}

// typeIn returns the type of a record of which the owner was read: behind the TTL and the class, which come in any order. It is 0 if there is none.
func typeIn(fields []string) zonefile.Type {
	for i, field := range fields {
		if _, err := zonefile.ParseTTL(field); err == nil && i < 2 {
			continue
		}
		if strings.EqualFold(field, "IN") && i < 2 {
			continue
		}
		t, err := zonefile.ParseType(field)
		if err != nil {
			return 0
		}
		return t
	}
	return 0
}

// words are the first words of an entry, and its lines.
type words struct {
	words       []string
	blank       bool // it begins with white space
	first, last int
}

// mostWords is how many words say whose record it is, and which type it has.
const mostWords = 4

// wordsOf gives the entries of a master file (RFC 1035 §5.1): lines, with what parentheses add to them. Lines without words are none.
func wordsOf(lines []string) func(yield func(words) bool) {
	return func(yield func(words) bool) {
		var w words
		depth := 0
		for i, l := range lines {
			if depth == 0 {
				w = words{first: i, blank: strings.HasPrefix(l, " ") || strings.HasPrefix(l, "\t")}
			}
			depth += w.line(l)
			if w.last = i; depth <= 0 && len(w.words) > 0 {
				depth = 0
				if !yield(w) {
					return
				}
			}
		}
	}
}

// line takes the words of a line, and returns how many more parentheses it opens than it closes.
func (w *words) line(l string) (depth int) {
	start := -1
	end := func(at int) {
		if start >= 0 && len(w.words) < mostWords {
			w.words = append(w.words, l[start:at])
		}
		start = -1
	}
	for i := 0; i < len(l); i++ {
		switch c := l[i]; c {
		case ' ', '\t', '\r', '\n', ';', '(', ')':
			end(i)
			switch c {
			case ';':
				return depth
			case '(':
				depth++
			case ')':
				depth--
			}
		case '"':
			end(i)
			from := i
			for i++; i < len(l) && l[i] != '"'; i++ {
				if l[i] == '\\' {
					i++
				}
			}
			start = from
			end(min(i+1, len(l)))
		case '\\':
			if start < 0 {
				start = i
			}
			i++
		default:
			if start < 0 {
				start = i
			}
		}
	}
	end(len(l))
	return depth
}
