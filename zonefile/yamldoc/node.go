package yamldoc

import "gopkg.in/yaml.v3"

// IsNull reports whether a node is nothing: empty, ~ or null. Text that reads as nothing is in quotes.
func IsNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// Shape says what a node that [Document.Resolve] returned is, for a message about one that is something else: "nothing", "a list", "a mapping", "a single value".
func Shape(n *yaml.Node) string {
	switch {
	case IsNull(n):
		return "nothing"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	}
	return "a single value"
}

// Resolve returns what a node stands for: itself, or the node of its anchor. It reports false for what it noted as wrong: a tag, or aliases that stand for too much,
// which is noted once. Every node is to be resolved before it is looked into, and the other methods do.
func (d *Document) Resolve(n *yaml.Node) (*yaml.Node, bool) {
	if n.Kind == yaml.AliasNode {
		limit := d.form.MaxAliased
		if before := d.aliased; before <= limit {
			if d.aliased += 1 + len(n.Alias.Content); d.aliased > limit {
				d.Fail(n, "yaml-aliases", "aliases (*%.60s and others) stand for more than %d values", n.Value, limit)
			}
		}
		if d.aliased > limit {
			return nil, false
		}
		n = n.Alias
	}
	if n.Style&yaml.TaggedStyle != 0 {
		d.Fail(n, "yaml-tag", "the tag %.60q: write the value alone", n.Tag)
		return nil, false
	}
	return n, true
}

// Scalar returns what a node stands for if it is a single value that is not empty: its Value is the text as it is written. What says in the message what is wanted:
// "mail.region".
func (d *Document) Scalar(n *yaml.Node, what string) (*yaml.Node, bool) {
	n, ok := d.Resolve(n)
	if !ok {
		return nil, false
	}
	if n.Kind != yaml.ScalarNode || IsNull(n) || n.Value == "" {
		is := Shape(n)
		if n.Kind == yaml.ScalarNode && !IsNull(n) {
			is = "an empty text"
		}
		d.Fail(n, "yaml-shape", "%s: want a single value, and this is %s", what, is)
		return nil, false
	}
	return n, true
}

// AtMost returns the first elements of a list. More of them are a mistake, which it notes at the first that it leaves out.
func (d *Document) AtMost(most int, elements []*yaml.Node, what string) []*yaml.Node {
	if len(elements) <= most {
		return elements
	}
	d.Fail(elements[most], "list-too-long", "%s: more than %d values; those from here on are not read", what, most)
	return elements[:most]
}
