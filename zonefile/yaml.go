package zonefile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"gopkg.in/yaml.v3"
)

// YAMLOptions say how [ParseYAML] reads.
type YAMLOptions struct {
	Origin     Name // the zone's apex
	DefaultTTL TTL  // of records without a ttl; 0 means 3600, as in octoDNS
	Limits     Limits
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
	r := newYAMLReader(file, opts)
	info, err := fs.Stat(fsys, file)
	if err == nil && info.IsDir() {
		err = r.readDirectory(fsys, file)
	} else if err == nil {
		err = r.readFile(fsys, file)
	}
	if err != nil {
		return nil, fmt.Errorf("read zone %s: %w", opts.Origin, err)
	}
	if len(r.seen) == 0 && len(r.problems) == 0 {
		r.problem(Position{File: file}, "empty-file", Warning, "the file has no records")
	}
	return r.file(), nil
}

// yamlReader collects the records of one zone.
type yamlReader struct {
	*filler
	tree   *yamlTree
	origin Name
	ttl    TTL
	limits Limits
	at     uint32        // the number of the file that is being read
	seen   map[Key]place // all records so far, also those that are ignored
}

func newYAMLReader(file string, opts YAMLOptions) *yamlReader {
	r := &yamlReader{
		filler: newFiller(opts.Origin, file), origin: opts.Origin, ttl: opts.DefaultTTL,
		limits: opts.Limits.withDefaults(), seen: map[Key]place{},
	}
	if r.ttl == 0 {
		r.ttl = defaultTTL
	}
	r.tree = newYAMLTree(r.limits.YAMLAliases, func(n *yaml.Node, rule, message string) {
		r.note(n.Line, rule, Error, "%s", message)
	})
	return r
}

// note notes a finding in the file that is being read.
func (r *yamlReader) note(line int, rule string, severity Severity, format string, args ...any) {
	r.problem(Position{File: r.files[r.at], Line: line}, rule, severity, format, args...)
}

// readDirectory reads the files of a split directory. Those in folders within it are not the zone's, as in octoDNS.
func (r *yamlReader) readDirectory(fsys fs.FS, dir string) error {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		file := path.Join(dir, entry.Name())
		switch path.Ext(file) {
		case ".yaml":
			r.at = uint32(len(r.files))
			r.files = append(r.files, file)
			if err := r.readFile(fsys, file); err != nil || r.full() {
				return err
			}
		case ".yml":
			r.problem(Position{File: file}, "yaml-not-read", Warning, "not read: the files of a split zone end in .yaml")
		}
	}
	if len(r.files) == 1 {
		r.problem(Position{File: dir}, "yaml-no-files", Error, "the directory of the zone has no *.yaml files")
	}
	return nil
}

// readFile reads the file that r.at is the number of.
func (r *yamlReader) readFile(fsys fs.FS, file string) error {
	text, err := readText(fsys, file, r.limits.FileBytes)
	if large, ok := errors.AsType[errTooLarge](err); ok {
		r.note(0, "file-too-large", Error, "%v", large)
		return nil
	}
	if err != nil {
		return err
	}
	top, err := decodeYAML(strings.NewReader(text))
	if err != nil {
		line, message := syntaxProblem(text, err)
		r.note(line, "syntax", Error, "%s", message)
		return nil
	}
	if top != nil && top.Tag != "!!null" {
		r.tree.inspect(top)
		r.readZone(top)
	}
	return nil
}

// readZone reads the top of a document: names, and for each of them a record or a list of records.
func (r *yamlReader) readZone(top *yaml.Node) {
	pairs, err := r.tree.pairs(top)
	if errors.Is(err, errNotMap) {
		r.note(top.Line, "yaml-shape", Error, "the file is not a mapping of names to records")
	}
	for i := 0; i < len(pairs) && !r.full(); i += 2 {
		r.readName(pairs[i], pairs[i+1])
	}
}

// readName reads the records of one name.
func (r *yamlReader) readName(key, value *yaml.Node) {
	name, err := r.ownerName(key)
	if err != nil {
		r.note(key.Line, "bad-name", Error, "%v", err)
		return
	}
	value, err = r.tree.resolve(value)
	if err != nil {
		return
	}
	if value.Kind != yaml.SequenceNode {
		r.readRecord(name, key.Line, value)
		return
	}
	if len(value.Content) == 0 {
		r.note(key.Line, "yaml-shape", Error, "%s: an empty list of records", name.Relative(r.origin))
	}
	for _, item := range value.Content {
		if !r.full() {
			r.readRecord(name, item.Line, item)
		}
	}
}

var (
	errAtSign    = errors.New(`name "@": write the apex as '', as octoDNS has it`)
	errNoKey     = errors.New(`a name that is nothing or ~: write the apex as ''`)
	errNameDot   = errors.New(`names are relative to the zone: leave out the dot at the end`)
	errNameSpace = errors.New(`white space in a name: write \032 if it is part of the name`)
)

// ownerName reads a name that is relative to the zone.
func (r *yamlReader) ownerName(key *yaml.Node) (Name, error) {
	key = keyNode(key)
	text := key.Value
	switch {
	case key.Tag == "!!null" && !strings.EqualFold(text, "null"):
		return Name{}, errNoKey
	case text == "":
		return r.origin, nil
	case text == "@":
		return Name{}, errAtSign
	case strings.ContainsAny(text, " \t\n"):
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
