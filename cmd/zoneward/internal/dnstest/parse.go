package dnstest

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/yamldoc"
)

// The keys that say what kind a test is, the others that each kind can have, and those that all can.
var (
	kindKeys = map[string][]string{
		"query":      {"answer", "contains", "absent", "ttl", "follow"},
		"delegation": {"ns", "glue", "ds"},
		"caa":        {"issue", "issuewild", "iodef"},
		"mail":       {"mx", "spf", "dkim", "dmarc", "mta_sts", "tls_rpt"},
	}
	commonKeys = []string{"name", "why", "target"}
)

// kinds is for messages.
const kinds = "query, delegation, caa or mail"

// mostName is how many characters the name of a test, and what it says of its purpose, may have.
const mostName = 200

// test reads one test.
func (d *document) test(n *yaml.Node) (test, bool) {
	before := d.Errors()
	n, ok := d.Resolve(n)
	if !ok {
		return test{}, false
	}
	var t test
	if n.Kind == yaml.ScalarNode && !yamldoc.IsNull(n) {
		t.checks = d.line(n)
	} else {
		t = d.mapping(n)
	}
	return t, d.Errors() == before && len(t.checks) > 0
}

// mapping reads a test that is written as a mapping.
func (d *document) mapping(n *yaml.Node) (t test) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "yaml-shape", `a test is a mapping with one of %s, or a line such as "www.example.com A 192.0.2.1", and this is %s`, kinds, yamldoc.Shape(n))
		return t
	}
	kind := ""
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if kindKeys[key] == nil || key == kind {
			continue
		}
		if kind != "" {
			d.fail(n.Content[i], "two-kinds", "%s beside %s: a test is one of %s", key, kind, kinds)
			return t
		}
		kind = key
	}
	if kind == "" {
		d.fail(n, "missing-key", "a test has one of %s", kinds)
		return t
	}
	b, ok := d.block(n, kind, slices.Concat([]string{kind}, kindKeys[kind], commonKeys)...)
	if !ok {
		return t
	}
	t.name, t.why, t.targets = b.prose("name"), b.prose("why"), b.targets()
	switch kind {
	case "query":
		t.checks = b.query()
	case "delegation":
		t.checks = b.delegation()
	case "caa":
		t.checks = b.caa()
	case "mail":
		t.checks = b.mail()
	}
	return t
}

// prose returns a text for people, empty for none.
func (b block) prose(key string) string {
	text, n, ok := b.text(key)
	switch {
	case !ok:
		return ""
	case strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }):
		b.fail(n, "bad-value", "%s: want one line of text", b.Label(key))
	case len([]rune(text)) > mostName:
		b.fail(n, "bad-value", "%s: want at most %d characters", b.Label(key), mostName)
	}
	return text
}

// targets returns the targets that are named, nil for none.
func (b block) targets() []string {
	names, nodes := b.list("target")
	for i, name := range names {
		switch {
		case len(name) > mostName || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) }):
			b.fail(nodes[i], "bad-value", "%s: want the name of a provider in the configuration", b.Label("target"))
		case slices.Contains(names[:i], name):
			b.fail(nodes[i], "bad-value", "%s: %s comes twice", b.Label("target"), quoted(name))
		}
	}
	return names
}

// nameAt reads a domain name. It is always a whole one; the dot at its end may be left out.
func (d *document) nameAt(text string, n *yaml.Node, what string) (zonefile.Name, bool) {
	name, err := zonefile.ParseUnicodeName(text, zonefile.Root)
	if err != nil {
		d.fail(n, "bad-name", "%s: %v", what, err)
	}
	return name, err == nil
}

// name returns the name that is the value of a key.
func (b block) name(key string) (zonefile.Name, *yaml.Node, bool) {
	text, n, ok := b.text(key)
	if !ok {
		return zonefile.Name{}, nil, false
	}
	name, ok := b.nameAt(text, n, b.Label(key))
	return name, n, ok
}

// questionAt reads a name and a type.
func (d *document) questionAt(name, typ string, n *yaml.Node) (key zonefile.Key, ok bool) {
	if key.Name, ok = d.nameAt(name, n, "query"); !ok {
		return key, false
	}
	var err error
	if key.Type, err = zonefile.ParseType(strings.ToUpper(typ)); err != nil {
		d.fail(n, "bad-type", "query: %v", err)
		return key, false
	}
	return key, true
}

// setAt reads RDATA in presentation form, with names as whole ones. The TTL of the RRset is 0.
func (d *document) setAt(key zonefile.Key, texts []string, nodes []*yaml.Node, what string) (zonefile.RRset, bool) {
	ok := true
	for i, text := range texts {
		if _, err := zonefile.ParseRDATA(key.Type, text, zonefile.Root); err != nil {
			d.fail(nodes[i], "bad-data", "%s: %v", what, err)
			ok = false
		}
	}
	if !ok || len(texts) == 0 {
		return zonefile.RRset{}, false
	}
	set, err := zonefile.ParseRRset(key, 0, zonefile.Root, texts...)
	if err != nil {
		d.fail(nodes[0], "bad-data", "%s: %v", what, err)
		return zonefile.RRset{}, false
	}
	if set.Len() < len(texts) {
		d.fail(nodes[0], "bad-data", "%s: a value comes twice", what)
		return zonefile.RRset{}, false
	}
	return set, true
}

// set reads the RDATA that is the value of a key of the block.
func (b block) set(key string, question zonefile.Key) (zonefile.RRset, bool) {
	texts, nodes := b.list(key)
	return b.setAt(question, texts, nodes, b.Label(key))
}

// ttlAt reads a TTL.
func (d *document) ttlAt(text string, n *yaml.Node, what string) (zonefile.TTL, bool) {
	ttl, err := zonefile.ParseTTL(text)
	if err != nil {
		d.fail(n, "bad-value", "%s: %s is %v", what, quoted(text), err)
	}
	return ttl, err == nil
}

// truth reads true or false.
func (d *document) truth(n *yaml.Node, what string) (value, ok bool) {
	text, ok := d.scalar(n, what)
	if !ok {
		return false, false
	}
	if text != "true" && text != "false" {
		d.fail(n, "bad-value", "%s: %s is neither true nor false", what, quoted(text))
		return false, false
	}
	return text == "true", true
}

// needOne notes that none of the block's keys is there, if that is so.
func (b block) needOne(kind string) bool {
	keys := kindKeys[kind]
	if b.has(keys...) {
		return true
	}
	if 2*len(b.Fields) < len(b.Node.Content) { // there was something, which is noted
		return false
	}
	b.fail(b.Node, "missing-key", "%s: the test says nothing: it wants one at least of %s", kind, strings.Join(keys, ", "))
	return false
}

// namesOf returns the keys of a mapping from names to something, in the order in which they are written.
func (b block) namesOf(n *yaml.Node, what string) (names []zonefile.Name, values []*yaml.Node) {
	seen := map[zonefile.Name]bool{}
	for i := 0; i+1 < len(n.Content) && i/2 < maxElements; i += 2 {
		text, ok := b.scalar(n.Content[i], what)
		if !ok {
			continue
		}
		name, ok := b.nameAt(text, n.Content[i], what)
		if !ok {
			continue
		}
		if seen[name] {
			b.fail(n.Content[i], "yaml-duplicate-key", "%s: %s comes twice", what, name)
			continue
		}
		seen[name] = true
		names, values = append(names, name), append(values, n.Content[i+1])
	}
	return names, values
}

// about is the query of a check, for people.
func about(key zonefile.Key) string { return fmt.Sprintf("%s %s", key.Name, key.Type) }
