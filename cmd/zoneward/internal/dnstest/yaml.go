package dnstest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/yamldoc"
)

// Limits of what aliases and lists of one file may stand for, and of its errors. The last error says that it was not read any further.
const (
	maxAliased  = 10_000
	maxElements = 1000
	maxErrors   = 200
)

// document reads the YAML of one file, and collects all that is wrong with it.
type document struct{ *yamldoc.Document }

func newDocument(file, text string) *document {
	return &document{yamldoc.New(file, text, yamldoc.Form{Name: "a file of tests", MaxErrors: maxErrors, MaxAliased: maxAliased, Flaw: flaw})}
}

// flaw says why a character, which rest begins with, may not be in a file, "" if it may.
func flaw(c rune, rest string) string {
	if c == utf8.RuneError || yamldoc.Flaw(c, rest) != "" {
		return "not UTF-8, or a character that is not shown or moves others: take it away"
	}
	return ""
}

// fail is [yamldoc.Document.Fail] for a message that may be of any length, since it has the error about a value in it.
func (d *document) fail(n *yaml.Node, rule, format string, args ...any) {
	d.Fail(n, rule, "%s", bounded(fmt.Sprintf(format, args...)))
}

// quoted returns a text for a message.
func quoted(text string) string { return fmt.Sprintf("%.60q", text) }

// scalar returns the text of a single value as it is written. It is not blank.
func (d *document) scalar(n *yaml.Node, what string) (string, bool) {
	n, ok := d.Scalar(n, what)
	if !ok {
		return "", false
	}
	if strings.TrimSpace(n.Value) == "" {
		d.fail(n, "yaml-shape", "%s: want a single value, and this is an empty text", what)
		return "", false
	}
	return n.Value, true
}

// values returns the elements of a list, or the one value that stands in its place.
func (d *document) values(n *yaml.Node, what string) []*yaml.Node {
	n, ok := d.Resolve(n)
	if !ok {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		return []*yaml.Node{n}
	}
	if len(n.Content) == 0 {
		d.fail(n, "yaml-shape", "%s: an empty list says nothing", what)
	}
	return d.AtMost(maxElements, n.Content, what)
}

// block is a mapping that is read.
type block struct {
	*document
	yamldoc.Mapping
}

// block reads a mapping.
func (d *document) block(n *yaml.Node, what string, known ...string) (block, bool) {
	m, ok := d.MappingOf(n, what, known...)
	return block{d, m}, ok
}

// need notes that a key is missing, if it is.
func (b block) need(key, wanted string) bool {
	_, ok := b.Need(key, wanted)
	return ok
}

// has reports whether one of some keys is there.
func (b block) has(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { _, ok := b.Fields[key]; return ok })
}

// keyAt returns where a key of the block stands.
func (b block) keyAt(key string) zonefile.Position { return b.Position(b.Fields[key].Key) }

// text returns the text of a key. It is not there either if it was noted as wrong.
func (b block) text(key string) (string, *yaml.Node, bool) {
	n, ok := b.Value(key)
	if !ok {
		return "", nil, false
	}
	text, ok := b.scalar(n, b.Label(key))
	return text, n, ok
}

// list returns the values of a key, each with the node where it stands.
func (b block) list(key string) (texts []string, nodes []*yaml.Node) {
	n, ok := b.Value(key)
	if !ok {
		return nil, nil
	}
	for _, element := range b.values(n, b.Label(key)) {
		if text, ok := b.scalar(element, b.Label(key)); ok {
			texts, nodes = append(texts, text), append(nodes, element)
		}
	}
	return texts, nodes
}
