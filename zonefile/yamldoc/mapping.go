package yamldoc

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Mapping is a mapping whose keys are known.
type Mapping struct {
	// What it is in messages: "mail". It is empty for the file itself.
	What string
	// Node is the mapping, also where an alias stands for it.
	Node *yaml.Node
	// Fields are those of its keys that are known, each as it is first there.
	Fields map[string]Field

	doc *Document
}

// Field is a key and its value, as they are written: either may be an alias.
type Field struct{ Key, Value *yaml.Node }

// MappingOf returns the mapping that a node stands for, and reports false if it is none. Keys that are not among known are noted, and those that come twice, are
// merged or are no text; the others are its fields.
func (d *Document) MappingOf(n *yaml.Node, what string, known ...string) (Mapping, bool) {
	m := Mapping{What: what, Fields: map[string]Field{}, doc: d}
	n, ok := d.Resolve(n)
	if !ok {
		return m, false
	}
	if n.Kind != yaml.MappingNode {
		d.Fail(n, "yaml-shape", "%swant a mapping with the keys %s, and this is %s", m.prefix(), strings.Join(known, ", "), Shape(n))
		return m, false
	}
	m.Node = n
	for i := 0; i+1 < len(n.Content) && !d.Full(); i += 2 {
		m.add(n.Content[i], n.Content[i+1], known)
	}
	return m, true
}

// prefix begins a message about the mapping.
func (m Mapping) prefix() string {
	if m.What == "" {
		return ""
	}
	return m.What + ": "
}

// add adds a key and its value.
func (m Mapping) add(key, value *yaml.Node, known []string) {
	at := key
	key, ok := m.doc.Resolve(key)
	if !ok {
		return
	}
	if key.Kind != yaml.ScalarNode {
		m.doc.Fail(at, "yaml-key", "%s%s as a key: only text can be one", m.prefix(), Shape(key))
		return
	}
	text := key.Value
	switch first, twice := m.Fields[text]; {
	case key.Tag == "!!merge":
		m.doc.Fail(at, "yaml-merge", "%s<< is not read here: %s", m.prefix(), m.doc.form.InsteadOfMerge)
	case twice:
		m.doc.Fail(at, "yaml-duplicate-key", "%sthe key %s comes twice, first in line %d", m.prefix(), text, first.Key.Line)
	case !slices.Contains(known, text):
		m.doc.Fail(at, "unknown-key", "%s%s", m.prefix(), m.doc.form.UnknownKey(text, known))
	default:
		m.Fields[text] = Field{at, value}
	}
}

func unknownKey(key string, known []string) string {
	return fmt.Sprintf("unknown key %.60q; it can have %s", key, strings.Join(known, ", "))
}

// Label says in a message which key of the mapping is meant: "mail.region".
func (m Mapping) Label(key string) string {
	if m.What == "" {
		return key
	}
	return m.What + "." + key
}

// Value returns the value of a key, and whether the key is there.
func (m Mapping) Value(key string) (*yaml.Node, bool) {
	f, ok := m.Fields[key]
	return f.Value, ok
}

// Need is [Mapping.Value] for a key that has to be there. Wanted says what it is, in the message if it is not.
func (m Mapping) Need(key, wanted string) (*yaml.Node, bool) {
	value, ok := m.Value(key)
	if !ok {
		m.doc.Fail(m.Node, "missing-key", "%s is missing: %s", m.Label(key), wanted)
	}
	return value, ok
}
