package domainfile

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
)

// maxErrors is the most errors that a file has. The last of them says that it was not read any further.
const maxErrors = 1000

// maxElements is the most values of a list that are read, which is more than any has a use for.
const maxElements = 100

// reader reads the nodes of a file, and collects what is declared and all that is wrong.
type reader struct {
	opts    Options
	file    *File
	lines   []string
	domain  zonefile.Name // that the names are to be in
	aliased int           // values that aliases stood for so far
	errors  int
}

// find notes a finding. After the last one that is kept nothing should be read any more, see full.
func (r *reader) find(at zonefile.Position, rule string, severity zonefile.Severity, format string, args ...any) {
	if r.full() {
		return
	}
	p := zonefile.Problem{Position: at, Rule: rule, Severity: severity, Message: fmt.Sprintf(format, args...)}
	if severity == zonefile.Error {
		if r.errors++; r.full() {
			p.Rule, p.Message = "too-many-problems", fmt.Sprintf("not read any further: there are %d errors already", maxErrors-1)
		}
	}
	r.file.Problems = append(r.file.Problems, p)
}

// full reports whether there are so many errors that there is no use in reading on.
func (r *reader) full() bool { return r.errors >= maxErrors }

// fail notes an error at a node.
func (r *reader) fail(n *yaml.Node, rule, format string, args ...any) {
	r.find(r.position(n), rule, zonefile.Error, format, args...)
}

// warn notes a warning at a node.
func (r *reader) warn(n *yaml.Node, rule, format string, args ...any) {
	r.find(r.position(n), rule, zonefile.Warning, format, args...)
}

// position returns where a node stands. The column of YAML counts characters.
func (r *reader) position(n *yaml.Node) zonefile.Position {
	at := zonefile.Position{File: r.file.Path, Line: n.Line}
	if n.Line < 1 || n.Line > len(r.lines) {
		return at
	}
	line, characters := r.lines[n.Line-1], 1
	for offset := range line {
		if characters == n.Column {
			at.Column = offset + 1
			return at
		}
		characters++
	}
	at.Column = len(line) + 1 // of nothing at the end of a line
	return at
}

// isPEM reports whether a text has a key or certificate in it (RFC 7468 §2).
func isPEM(text string) bool { return strings.Contains(text, "-----BEGIN") }

// shown returns a text for a message. A key or certificate that somebody put into the wrong place is not repeated.
func shown(text string) string {
	if isPEM(text) {
		return "a text in PEM"
	}
	return fmt.Sprintf("%.60q", text)
}

// resolve returns what a node stands for: itself, or the node of its anchor. It reports false for what it noted as wrong.
func (r *reader) resolve(n *yaml.Node) (*yaml.Node, bool) {
	if n.Kind == yaml.AliasNode {
		// What is read has a fixed depth, so an anchor within itself ends there.
		limit := r.opts.Limits.YAMLAliases
		if before := r.aliased; before <= limit {
			if r.aliased += 1 + len(n.Alias.Content); r.aliased > limit {
				r.fail(n, "yaml-aliases", "aliases (*%.60s and others) stand for more than %d values", n.Value, limit)
			}
		}
		if r.aliased > limit {
			return nil, false
		}
		n = n.Alias
	}
	if n.Style&yaml.TaggedStyle != 0 {
		r.fail(n, "yaml-tag", "the tag %.60q: write the value alone", n.Tag)
		return nil, false
	}
	return n, true
}

// isNull reports whether a node is nothing. Text that reads as nothing is in quotes.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// shape says what a node is, for a message about one that is something else.
func shape(n *yaml.Node) string {
	switch {
	case isNull(n):
		return "nothing"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	}
	return "a single value"
}

// list returns the elements of a list.
func (r *reader) list(n *yaml.Node, what, example string) ([]*yaml.Node, bool) {
	n, ok := r.resolve(n)
	if !ok {
		return nil, false
	}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "yaml-shape", "%s: want a list such as %s, and this is %s", what, example, shape(n))
		return nil, false
	}
	return n.Content, true
}

// values is [reader.list] for a list of so few values that more than maxElements are a mistake, and are not read.
func (r *reader) values(n *yaml.Node, what, example string) ([]*yaml.Node, bool) {
	elements, ok := r.list(n, what, example)
	if len(elements) > maxElements {
		r.fail(elements[maxElements], "list-too-long", "%s: more than %d values; those from here on are not read", what, maxElements)
		elements = elements[:maxElements]
	}
	return elements, ok
}

// scalar returns the text of a single value as it is written.
func (r *reader) scalar(n *yaml.Node, what string) (string, bool) {
	n, ok := r.resolve(n)
	if !ok {
		return "", false
	}
	if n.Kind != yaml.ScalarNode || isNull(n) || n.Value == "" {
		is := shape(n)
		if n.Kind == yaml.ScalarNode && !isNull(n) {
			is = "an empty text"
		}
		r.fail(n, "yaml-shape", "%s: want a single value, and this is %s", what, is)
		return "", false
	}
	if isPEM(n.Value) {
		also := ""
		if strings.Contains(n.Value, "PRIVATE KEY") {
			also = "; the key that stands here is known to all who can read the repository, so have it revoked"
		}
		r.fail(n, "literal-secret", "%s: a key or certificate is not written into the repository, but named where it is wanted, as ${file:PATH} or ${NAME}%s", what, also)
		return "", false
	}
	return n.Value, true
}

// block is a mapping whose keys are known.
type block struct {
	*reader
	what   string // "mail": what it is in messages
	node   *yaml.Node
	fields map[string]field
}

// field is a key of a block and its value.
type field struct{ key, value *yaml.Node }

// block reads a mapping. Other keys than those known are noted, and those that come twice.
func (r *reader) block(n *yaml.Node, what string, known ...string) (block, bool) {
	b := block{reader: r, what: what, fields: map[string]field{}}
	n, ok := r.resolve(n)
	if !ok {
		return b, false
	}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "yaml-shape", "%s: want a mapping with the keys %s, and this is %s", what, strings.Join(known, ", "), shape(n))
		return b, false
	}
	b.node = n
	for i := 0; i+1 < len(n.Content) && !r.full(); i += 2 {
		b.add(n.Content[i], n.Content[i+1], known)
	}
	return b, true
}

// add adds a key and its value.
func (b *block) add(key, value *yaml.Node, known []string) {
	at := key
	key, ok := b.resolve(key)
	if !ok {
		return
	}
	if key.Kind != yaml.ScalarNode {
		b.fail(at, "yaml-key", "%s: %s as a key: only text can be one", b.what, shape(key))
		return
	}
	text := key.Value
	switch first, twice := b.fields[text]; {
	case key.Tag == "!!merge":
		b.fail(at, "yaml-merge", "%s: << is not read here: write the keys out, or give each value an anchor", b.what)
	case twice:
		b.fail(at, "yaml-duplicate-key", "%s: the key %s comes twice, first in line %d", b.what, text, first.key.Line)
	case !slices.Contains(known, text):
		b.fail(at, "unknown-key", "%s: unknown key %s; %s", b.what, shown(text), suggest(text, known))
	default:
		b.fields[text] = field{at, value}
	}
}

// label says which key of a block is meant in a message.
func (b block) label(key string) string {
	if b.what == "" {
		return key
	}
	return b.what + "." + key
}

// value returns the value of a key, and whether it is there.
func (b block) value(key string) (*yaml.Node, bool) {
	f, ok := b.fields[key]
	return f.value, ok
}

// need is value for a key that has to be there. Wanted says what it is, for the message.
func (b block) need(key, wanted string) (*yaml.Node, bool) {
	f, ok := b.fields[key]
	if !ok {
		b.fail(b.node, "missing-key", "%s is missing: %s", b.label(key), wanted)
	}
	return f.value, ok
}
