package zonefile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile/internal/textfile"
)

// YAMLOptions say how [ParseYAML] reads.
type YAMLOptions struct {
	Origin     Name // the zone's apex
	DefaultTTL TTL  // of records without a ttl; 0 means 3600, as in octoDNS
	Limits     Limits
	Semicolons Semicolons // of TXT and SPF records
}

// defaultTTL is the TTL of a record that states none, unless the options have another.
const defaultTTL TTL = 3600

// ParseYAML reads a zone in the YAML record shapes of octoDNS (docs/zone-files-yaml.md). The file is one that has the zone's
// records by name, or a split directory, whose *.yaml files, in the order of their names, are read as if they were one.
//
// The error is about what cannot be read at all: it is that of fsys, and nothing of the zone may be believed. All that is wrong
// with the text is among the Problems of the File, and after each of them it goes on with the next record.
func ParseYAML(fsys fs.FS, file string, opts YAMLOptions) (*File, error) {
	if opts.Origin.IsZero() {
		return nil, fmt.Errorf("read %s: no origin given", file)
	}
	r := newYAMLReader(newFiller(opts.Origin, file), fsys, opts)
	r.alone = true
	if err := r.read(file); err != nil {
		return nil, fmt.Errorf("read zone %s: %w", opts.Origin, err)
	}
	if r.stated.count == 0 && len(r.problems) == 0 {
		r.problem(Position{File: file}, "empty-file", Warning, "the file has no records")
	}
	return r.file(), nil
}

// yamlReader collects the records of one zone.
type yamlReader struct {
	*filler
	fsys       fs.FS
	tree       *yamlTree
	origin     Name
	ttl        TTL
	limits     Limits
	semicolons Semicolons
	stated     *statedKeys       // all records so far, also those that are ignored
	number     map[string]uint32 // of the files so far: a split directory may have thousands

	// Memory that is used again for each record.
	room struct {
		read           yamlRecord
		record, fields []yamlPair
		rdata          []byte
		single         [1][]byte
	}

	alone   bool // there is one file, with what it includes
	anyYAML bool // every file is read by yaml.v3, for tests

	// Of the file that is being read with what it includes.
	texts    map[uint32]bool // the files that were read
	octets   int64           // that may still be read
	open     []string        // the files that are open within each other, the outermost first
	includes int             // of the whole zone
}

func newYAMLReader(f *filler, fsys fs.FS, opts YAMLOptions) *yamlReader {
	r := &yamlReader{
		filler: f, fsys: fsys, origin: opts.Origin, ttl: opts.DefaultTTL, limits: opts.Limits.withDefaults(), semicolons: opts.Semicolons, stated: newStatedKeys(),
		number: map[string]uint32{}, texts: map[uint32]bool{},
	}
	if r.ttl == 0 {
		r.ttl = defaultTTL
	}
	r.tree = newYAMLTree(r.limits.YAMLAliases, r.note)
	return r
}

// position returns a place for people.
func (r *yamlReader) position(p yamlPlace) Position {
	return Position{File: r.files[p.file], Line: int(p.line), Column: int(p.column)}
}

// place returns p as the builder of a zone keeps it.
func (p yamlPlace) place() place { return placeAt(p.file, int(p.line), int(p.column)) }

// note notes a finding at a node.
func (r *yamlReader) note(n *yamlNode, rule string, severity Severity, format string, args ...any) {
	r.problem(r.position(n.at), rule, severity, format, args...)
}

// read reads a file or a split directory.
func (r *yamlReader) read(file string) error {
	info, err := fs.Stat(r.fsys, file)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return r.readDirectory(file)
	}
	return r.readFile(file)
}

// readDirectory reads the files of a split directory. Those in folders within it are not the zone's, as in octoDNS.
func (r *yamlReader) readDirectory(dir string) error {
	r.alone = false
	entries, err := fs.ReadDir(r.fsys, dir)
	if err != nil {
		return err
	}
	none := true
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		file := path.Join(dir, entry.Name())
		switch path.Ext(file) {
		case ".yaml":
			none = false
			if err := r.readFile(file); err != nil || r.full() {
				return err
			}
		case ".yml":
			r.problem(Position{File: file}, "yaml-not-read", Warning, "not read: the files of a split zone end in .yaml")
		}
	}
	if none {
		r.problem(Position{File: dir}, "yaml-no-files", Error, "the directory of the zone has no *.yaml files")
	}
	return nil
}

// readFile reads a file with what it includes.
func (r *yamlReader) readFile(file string) error {
	r.octets = r.limits.inYAML().most
	text, err := textfile.Read(r.fsys, file, r.octets)
	if _, large := errors.AsType[textfile.TooLargeError](err); large {
		r.problem(Position{File: file}, "file-too-large", Error, "the file has %s", r.limits.inYAML().exceeded())
		return nil
	}
	if err != nil {
		return err
	}
	r.builder.expect(len(text) / 2) // what most files need, and few need less
	r.octets -= int64(len(text))
	number := r.begin(file, text)
	if !r.anyYAML && r.readPlain(number, text) {
		return nil
	}
	top, ok := r.document(number, text)
	if ok && !top.has(yamlNull) {
		r.tree.inspect(top)
		r.readZone(top)
	}
	return nil
}

// readPlain reads a file name by name, so that there is never more than one in memory. It reports false, and reads nothing, if the file has something in
// it that is for another reader, or a name twice.
func (r *yamlReader) readPlain(number uint32, text string) bool {
	var slabs yamlSlabs
	names := newTextSet(strings.Count(text, "\n") / 4) // a record has more than three lines
	once, canonical := true, true
	check := func(key *yamlNode) {
		once = names.add(key.value) && once
		canonical = canonical && isPlainName(key.value)
	}
	if !eachPlain(&slabs, number, text, check) || !once {
		return false
	}
	apart := r.alone && canonical // no two of the keys are the same name
	eachPlain(&slabs, number, text, func(key *yamlNode) {
		if apart {
			r.stated.forget()
		}
		if !r.full() {
			r.tree.inspect(key.next)
			r.readName(key, key.next)
		}
	})
	return true
}

// document returns the top of the file of that number, which is a null if there is nothing in it. It reports false for what is no document, and notes that.
func (r *yamlReader) document(number uint32, text string) (*yamlNode, bool) {
	file := r.files[number]
	if flaw := textfile.EncodingFlaw(text); flaw != "" {
		r.problem(Position{File: file, Line: 1}, "syntax", Error, "not YAML: %s", flaw)
		return nil, false
	}
	if !r.anyYAML {
		if top, ok := plainYAML(&r.tree.slabs, number, text); ok {
			return top, true
		}
	}
	r.open = append(r.open, file)
	defer func() { r.open = r.open[:len(r.open)-1] }()
	top, second, err := textfile.DecodeYAML(strings.NewReader(text))
	switch {
	case err != nil:
		line, column, message := textfile.YAMLProblem(text, err)
		r.problem(Position{File: file, Line: line, Column: column}, "syntax", Error, "%.500s", message) // which can have the name of an anchor
		return nil, false
	case second != nil:
		r.problem(Position{File: file, Line: second.Line, Column: second.Column}, "syntax", Error, "a second YAML document begins here: a zone file has one")
		return nil, false
	case top == nil:
		n := r.tree.slabs.node()
		*n = yamlNode{kind: yamlScalar, flags: yamlNull, at: yamlPlace{number, 1, 1}}
		return n, true
	}
	c := yamlConverter{slabs: &r.tree.slabs, file: number, lines: newYAMLLines(text), anchors: map[*yaml.Node]*yamlNode{}, tagged: r.tagged}
	return c.convert(top), true
}

// begin returns the number of a file, and notes what its comments allow if it is read for the first time.
func (r *yamlReader) begin(file, text string) uint32 {
	for n := len(r.number); n < len(r.files); n++ {
		r.number[r.files[n]] = uint32(n)
	}
	number, known := r.number[file]
	if !known {
		number = uint32(len(r.files))
		r.files = append(r.files, file)
	}
	if !r.texts[number] {
		r.texts[number] = true
		r.noteAllowed(file, text, '#')
	}
	return number
}

// readZone reads the top of a document: names, and for each of them a record or a list of records.
func (r *yamlReader) readZone(top *yamlNode) {
	pairs, err := r.tree.pairs(nil, top)
	if errors.Is(err, errNotMap) {
		r.note(top, "yaml-shape", Error, "the file is not a mapping of names to records")
	}
	for _, p := range pairs {
		if r.full() {
			return
		}
		r.readName(p.key, p.value)
	}
}

// readName reads the records of one name.
func (r *yamlReader) readName(key, value *yamlNode) {
	name, err := r.ownerName(key)
	if err != nil {
		r.note(key, "bad-name", Error, "%v", err)
		return
	}
	r.noteName(key)
	value, err = r.tree.resolve(value)
	if err != nil {
		return
	}
	if value.kind != yamlList {
		r.readRecord(name, key, value)
		return
	}
	if value.first == nil {
		r.note(value, "yaml-shape", Error, "%s: an empty list of records", name.Relative(r.origin))
	}
	for item := value.first; item != nil && !r.full(); item = item.next {
		r.readRecord(name, item, item)
	}
}

var (
	errAtSign    = errors.New(`name "@": write the apex as '', as octoDNS has it`)
	errNoKey     = errors.New(`a name that is nothing or ~: write the apex as ''`)
	errNameDot   = errors.New(`names are relative to the zone: leave out the dot at the end`)
	errNameSpace = errors.New(`white space in a name: write \032 if it is part of the name`)
)

// ownerName reads a name that is relative to the zone.
func (r *yamlReader) ownerName(key *yamlNode) (Name, error) {
	key = keyNode(key)
	text := key.value
	switch {
	case key.has(yamlNull) && !strings.EqualFold(text, "null"):
		return Name{}, errNoKey
	case text == "":
		return r.origin, nil
	case text == "@":
		return Name{}, errAtSign
	case hasSpace(text):
		return Name{}, fmt.Errorf("name %.60q: %w", text, errNameSpace)
	}
	name, err := ParseUnicodeName(text, r.origin)
	if err != nil {
		return Name{}, err
	}
	absolute := !name.In(r.origin)
	if strings.HasSuffix(text, ".") { // which may be escaped
		_, err := ParseUnicodeName(text, Name{})
		absolute = absolute || err == nil
	}
	if absolute {
		return Name{}, fmt.Errorf("name %.60q: %w", text, errNameDot)
	}
	return name, nil
}
