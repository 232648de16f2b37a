package zoneedit

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
)

// yamlName returns a name as a key has it.
func yamlName(name, origin zonefile.Name) string {
	if name == origin {
		return ""
	}
	return name.Relative(origin)
}

// yamlBlock returns the lines of a new name.
func yamlBlock(name zonefile.Name, sets []zonefile.RRset, opts zonefile.ParseOptions) []string {
	lines := []string{zonefile.FormatYAMLName(name, opts.Origin) + ":"}
	for _, set := range sets {
		record := zonefile.FormatYAMLRecord(set, yamlFormat(opts))
		if len(sets) == 1 {
			return append(lines, indented("  ", record)...)
		}
		lines = append(lines, item("  ", record)...)
	}
	return lines
}

// yamlEdit is a zone in YAML that is edited.
type yamlEdit struct {
	source Source
	texts  map[string]*Text
	files  []*yamlFile
}

// yamlFile is one file of the zone: its names, in the order of the file.
type yamlFile struct {
	text  *Text
	pairs []yamlPair
	end   int // the line behind the last pair, from 0
}

// yamlPair is a name with its records.
type yamlPair struct {
	name        zonefile.Name
	key         string
	first, last int // its lines, from 0
	value       *yaml.Node
}

// editYAML edits a zone in YAML. The records of a name that changes are replaced, those of others stay; a new name is put where the order of the
// names wants it, if they are in order, and otherwise to the end.
func editYAML(source Source, changes []zonefile.Change) ([]Text, error) {
	e := yamlEdit{source: source, texts: map[string]*Text{}}
	if err := e.read(); err != nil {
		return nil, err
	}
	byName := map[zonefile.Name][]zonefile.Change{}
	var names []zonefile.Name
	for _, c := range changes {
		name := c.Key().Name
		if byName[name] == nil {
			names = append(names, name)
		}
		byName[name] = append(byName[name], c)
	}
	slices.SortFunc(names, func(a, b zonefile.Name) int {
		return zonefile.CompareYAMLKeys(yamlName(a, source.Options.Origin), yamlName(b, source.Options.Origin))
	})
	for _, name := range names {
		if err := e.edit(name, byName[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return changedOf(e.texts), nil
}

// read reads the files of the zone.
func (e *yamlEdit) read() error {
	files := []string{e.source.File}
	if path.Ext(e.source.File) == "." {
		files = slices.DeleteFunc(e.source.Stated.Files(), func(file string) bool { return path.Dir(file) != e.source.File || path.Ext(file) != ".yaml" })
	}
	for _, file := range files {
		content, err := fs.ReadFile(e.source.FS, file)
		if err != nil {
			return err
		}
		text := newText(file, string(content))
		text.Made = false
		f := &yamlFile{text: text}
		if err := f.read(string(content), e.source.Options.Origin); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		e.texts[file] = text
		e.files = append(e.files, f)
	}
	return nil
}

func (f *yamlFile) read(content string, origin zonefile.Name) error {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(content), &doc); err != nil {
		return err
	}
	f.end = f.behind(len(f.text.lines))
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return nil
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode || top.Style&yaml.FlowStyle != 0 {
		return errors.New("its names do not stand below each other")
	}
	for i := 0; i < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		name := origin
		if key.Value != "" {
			var err error
			if name, err = zonefile.ParseUnicodeName(key.Value, origin); err != nil {
				continue // it is merged, or an anchor for others
			}
		}
		last := f.end
		if i+2 < len(top.Content) {
			last = f.behind(top.Content[i+2].Line - 1)
		}
		f.pairs = append(f.pairs, yamlPair{name: name, key: key.Value, first: key.Line - 1, last: last - 1, value: value})
	}
	return nil
}

// behind returns the line in front of at that has something in it but a comment, and goes behind it.
func (f *yamlFile) behind(at int) int {
	for at > 0 {
		text := strings.TrimSpace(f.text.lines[at-1])
		if text != "" && text != "..." && !strings.HasPrefix(text, "#") {
			break
		}
		at--
	}
	return at
}

// edit makes the changes of one name.
func (e *yamlEdit) edit(name zonefile.Name, changes []zonefile.Change) error {
	type place struct {
		file *yamlFile
		pair int
	}
	var places []place // several in a split directory
	for _, f := range e.files {
		for i, pair := range f.pairs {
			if pair.name == name {
				places = append(places, place{f, i})
			}
		}
	}
	if len(places) == 0 {
		return e.add(name, changes)
	}
	for i, p := range places {
		mine := changes
		if len(places) > 1 {
			_, items, err := p.file.records(p.file.pairs[p.pair])
			if err != nil {
				return err
			}
			here := func(c zonefile.Change) bool {
				has := slices.ContainsFunc(items, func(r yamlItem) bool { return r.typ == c.Key().Type })
				return has || i == 0 && c.Old == nil
			}
			mine = slices.DeleteFunc(slices.Clone(changes), func(c zonefile.Change) bool { return !here(c) })
		}
		if len(mine) == 0 {
			continue
		}
		if err := e.editPair(p.file, p.file.pairs[p.pair], mine); err != nil {
			return err
		}
	}
	return nil
}

// add adds a name that is not there.
func (e *yamlEdit) add(name zonefile.Name, changes []zonefile.Change) error {
	var sets []zonefile.RRset
	for _, c := range changes {
		if c.Old != nil {
			return errors.New("it stands in no place of its own")
		}
		sets = append(sets, *c.New)
	}
	block := yamlBlock(name, sets, e.source.Options)
	f, err := e.fileFor(name)
	if err != nil {
		return err
	}
	f.text.insert(f.placeOf(yamlName(name, e.source.Options.Origin)), block...)
	return nil
}

// fileFor returns the file for a new name: the zone's own, or in a split directory one that is called as the name.
func (e *yamlEdit) fileFor(name zonefile.Name) (*yamlFile, error) {
	if path.Ext(e.source.File) != "." {
		return e.files[0], nil
	}
	stem := yamlName(name, e.source.Options.Origin)
	if strings.Trim(stem, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || strings.HasPrefix(stem, ".") || stem == "" {
		return nil, errors.New("it needs a file of its own")
	}
	file := path.Join(e.source.File, stem+".yaml")
	for _, f := range e.files {
		if f.text.File == file {
			return f, nil
		}
	}
	if _, err := fs.Stat(e.source.FS, file); err == nil {
		return nil, fmt.Errorf("%s is there, and not read", file)
	}
	f := &yamlFile{text: newText(file, "")}
	f.text.insert(0, "---")
	e.texts[file] = f.text
	e.files = append(e.files, f)
	return f, nil
}

// placeOf returns the line in front of which a new name belongs.
func (f *yamlFile) placeOf(key string) int {
	for _, compare := range []func(a, b string) int{zonefile.CompareYAMLKeys, strings.Compare} {
		if !slices.IsSortedFunc(f.pairs, func(a, b yamlPair) int { return compare(a.key, b.key) }) {
			continue
		}
		for i, pair := range f.pairs {
			if compare(pair.key, key) > 0 {
				if i == 0 {
					return pair.first
				}
				return f.pairs[i-1].last + 1
			}
		}
		break
	}
	return f.end
}

// editPair makes the changes of a name that is there.
func (e *yamlEdit) editPair(f *yamlFile, pair yamlPair, changes []zonefile.Change) error {
	list, items, err := f.records(pair)
	if err != nil {
		return err
	}
	head := items[0].first // what is in front of the records stays as it is
	for _, c := range changes {
		i := slices.IndexFunc(items, func(r yamlItem) bool { return r.typ == c.Key().Type })
		switch {
		case c.New == nil && i < 0:
			return fmt.Errorf("there is no %s in its place", c.Key().Type)
		case c.New == nil:
			items = slices.Delete(items, i, i+1)
		case i < 0:
			items = append(items, yamlItem{typ: c.Key().Type, lines: zonefile.FormatYAMLRecord(*c.New, yamlFormat(e.source.Options))})
		default:
			if items[i].lines, err = items[i].with(*c.New, e.source.Options); err != nil {
				return err
			}
		}
	}
	if len(items) == 0 {
		f.text.remove(pair.first, pair.last)
		return nil
	}
	var lines []string
	if list.indent == "" && !list.is && len(items) > 1 {
		list.indent = strings.Repeat(" ", list.column)
	}
	for i, r := range items {
		if list.is || len(items) > 1 {
			lines = append(lines, item(list.indent, r.lines)...)
		} else {
			lines = append(lines, indented(strings.Repeat(" ", list.column), r.lines)...)
		}
		if i < len(items)-1 {
			lines = append(lines, r.behind...)
		}
	}
	f.text.replace(head, pair.last, lines)
	return nil
}

// yamlList says how the records of a name stand in the file.
type yamlList struct {
	is     bool   // they are a list
	indent string // in front of its dashes
	column int    // of the keys of a record that is in no list, from 0
}

// yamlItem is a record of a name.
type yamlItem struct {
	typ    zonefile.Type
	first  int      // its line
	lines  []string // without their indent and line ends
	behind []string // comments and empty lines up to the next record
	node   *yaml.Node
}

// records returns the records of a name as they stand in the file, at least one.
func (f *yamlFile) records(pair yamlPair) (yamlList, []yamlItem, error) {
	var list yamlList
	nodes := []*yaml.Node{pair.value}
	if list.is = pair.value.Kind == yaml.SequenceNode; list.is {
		nodes = pair.value.Content
	}
	var items []yamlItem
	for i, node := range nodes {
		if node.Kind != yaml.MappingNode || (node.Style|pair.value.Style)&yaml.FlowStyle != 0 || node.Line-1 <= pair.first || len(node.Content) == 0 {
			return list, nil, errors.New("its records are written in one line, or stand elsewhere")
		}
		r := yamlItem{first: node.Line - 1, node: node}
		end := pair.last + 1
		if i+1 < len(nodes) {
			end = nodes[i+1].Line - 1
		}
		lines, column := f.text.lines[r.first:end], node.Column-1
		for j, line := range lines {
			line = strings.TrimRight(line, "\r\n")
			switch {
			case j == 0 && list.is:
				dash := strings.Index(line, "-")
				if dash < 0 || strings.TrimSpace(line[:dash]) != "" {
					return list, nil, errors.New("its records do not stand below each other")
				}
				list.indent = line[:dash]
				line = line[min(column, len(line)):]
			case len(line) >= column && strings.TrimSpace(line[:column]) == "":
				line = line[column:]
			case strings.TrimSpace(line) == "" || strings.HasPrefix(strings.TrimSpace(line), "#"):
			default:
				return list, nil, errors.New("its lines are not indented alike")
			}
			r.lines = append(r.lines, line)
		}
		list.column = column
		for n := len(r.lines); n > 0; n = len(r.lines) {
			if text := strings.TrimSpace(r.lines[n-1]); text != "" && !strings.HasPrefix(text, "#") {
				break
			}
			r.behind = slices.Insert(r.behind, 0, strings.TrimRight(lines[n-1], "\r\n"))
			r.lines = r.lines[:n-1]
		}
		for j := 0; j < len(node.Content); j += 2 {
			if node.Content[j].Value == "type" {
				r.typ, _ = zonefile.ParseType(node.Content[j+1].Value) // what is no type is not looked for
			}
		}
		items = append(items, r)
	}
	if len(items) == 0 {
		return list, nil, errors.New("it has no records")
	}
	return list, items, nil
}

// with returns the lines of a record with the data of set. Its keys stay in their order.
func (r yamlItem) with(set zonefile.RRset, opts zonefile.ParseOptions) ([]string, error) {
	var order []string
	for i := 0; i < len(r.node.Content); i += 2 {
		key := r.node.Content[i].Value
		if !slices.Contains([]string{"type", "ttl", "value", "values"}, key) {
			return nil, fmt.Errorf("its %s has %s beside its values", set.Key.Type, key)
		}
		order = append(order, strings.TrimSuffix(key, "s"))
	}
	keys := yamlRecord(set, opts)
	if !slices.IsSorted(order) {
		place := func(k yamlKey) int {
			if i := slices.Index(order, strings.TrimSuffix(k.name, "s")); i >= 0 {
				return i
			}
			return len(order) // a TTL, where there was none
		}
		slices.SortStableFunc(keys, func(a, b yamlKey) int { return place(a) - place(b) })
	}
	var lines []string
	for _, key := range keys {
		lines = append(lines, key.lines...)
	}
	return lines, nil
}
