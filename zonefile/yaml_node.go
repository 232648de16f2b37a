package zonefile

import (
	"errors"
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"
)

// Errors of a node that is not what is wanted.
var (
	errReported = errors.New("reported where it stands")
	errNull     = errors.New(`nothing where a value is needed; text that reads as nothing ("null", "~") needs quotes`)
	errNotText  = errors.New("a list or mapping where text is needed")
	errNotMap   = errors.New("not a mapping")
)

// yamlTree reads the nodes of the documents of a zone: it follows aliases within a limit, merges mappings, and finds what is
// wrong with a document whatever it is about. The problems go to report, once each.
type yamlTree struct {
	report   func(n *yaml.Node, rule, message string)
	limit    int                // nodes that aliases may stand for
	aliased  int                // nodes that they stood for so far
	sizes    map[*yaml.Node]int // nodes that an anchor stands for, once inspect was there
	flawed   map[*yaml.Node]bool
	exceeded bool // the limit was passed, and that was reported
}

func newYAMLTree(limit int, report func(n *yaml.Node, rule, message string)) *yamlTree {
	return &yamlTree{report: report, limit: limit, sizes: map[*yaml.Node]int{}, flawed: map[*yaml.Node]bool{}}
}

// inspect reports keys that come twice in one mapping or are not text, and tags that mean nothing here, in n and all below it.
// It does not follow aliases, so it sees each node once; it comes before all other methods, and they leave out what it reported.
// It returns how many nodes n has when all aliases are followed, which is above the limit for one that is within itself.
func (t *yamlTree) inspect(n *yaml.Node) int {
	if n.Kind == yaml.AliasNode {
		return t.sizes[n.Alias] // an anchor comes before its aliases
	}
	if n.Anchor != "" {
		t.sizes[n] = t.limit + 1 // until it is known: an alias that asks now is within it
	}
	if n.Style&yaml.TaggedStyle != 0 && !slices.Contains(yamlTags, n.Tag) {
		t.flawed[n] = true
		if n.Tag == "!include" {
			t.report(n, "yaml-include", "!include is not available yet")
		} else {
			t.report(n, "yaml-tag", fmt.Sprintf("the tag %.60q is not known", n.Tag))
		}
	}
	if n.Kind == yaml.MappingNode {
		t.inspectKeys(n)
	}
	size := 1
	for _, child := range n.Content {
		size = min(size+t.inspect(child), t.limit+1)
	}
	if n.Anchor != "" {
		t.sizes[n] = size
	}
	return size
}

// yamlTags are the tags of plain YAML. They change nothing, since a value is read as what its field needs.
var yamlTags = []string{"!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!map", "!!seq", "!!merge"}

// fewKeys is how many keys are faster compared with each other than put into a map.
const fewKeys = 8

// inspectKeys reports the keys of a mapping that come twice, or are not text.
func (t *yamlTree) inspectKeys(mapping *yaml.Node) {
	keys := mapping.Content
	twice := func(first, again *yaml.Node) {
		t.flawed[mapping] = true
		t.report(again, "yaml-duplicate-key", fmt.Sprintf("the key %.60q comes twice in one mapping, first in line %d; only the first is read", keyText(again), first.Line))
	}
	for i := 0; i < len(keys); i += 2 {
		if k := keyNode(keys[i]); k.Kind != yaml.ScalarNode {
			t.flawed[mapping] = true
			t.report(keys[i], "yaml-key", "a list or mapping as a key: only text can be one")
		}
	}
	if len(keys)/2 <= fewKeys {
		for i := 2; i < len(keys); i += 2 {
			for j := 0; j < i; j += 2 {
				if keyText(keys[i]) == keyText(keys[j]) {
					twice(keys[j], keys[i])
					break
				}
			}
		}
		return
	}
	seen := make(map[string]*yaml.Node, len(keys)/2)
	for i := 0; i < len(keys); i += 2 {
		text := keyText(keys[i])
		if first, ok := seen[text]; ok {
			twice(first, keys[i])
			continue
		}
		seen[text] = keys[i]
	}
}

// keyNode returns the node of a key, which may be an alias.
func keyNode(k *yaml.Node) *yaml.Node {
	if k.Kind == yaml.AliasNode {
		return k.Alias
	}
	return k
}

// keyText returns the text of a key as it is written: never what YAML makes of it, since "1", "yes" and "1.10" are names.
func keyText(k *yaml.Node) string { return keyNode(k).Value }

// isMerge reports whether k is the key of a merge: << without quotes.
func isMerge(k *yaml.Node) bool { return k.Tag == "!!merge" && k.Kind == yaml.ScalarNode }

// resolve returns what n stands for: the node itself, or that of its anchor. It is errReported if inspect refused it, or the
// limit on aliases is passed.
func (t *yamlTree) resolve(n *yaml.Node) (*yaml.Node, error) {
	if n.Kind == yaml.AliasNode {
		if t.aliased += t.sizes[n.Alias]; t.aliased > t.limit {
			t.aliased = t.limit // where the next one fails too, and the sum never overflows
			if !t.exceeded {
				t.exceeded = true
				t.report(n, "yaml-aliases", fmt.Sprintf("aliases (*%.60s and others) stand for more than %d values", n.Value, t.limit))
			}
			return nil, errReported
		}
		n = n.Alias
	}
	if len(t.flawed) > 0 && t.flawed[n] && n.Style&yaml.TaggedStyle != 0 && !slices.Contains(yamlTags, n.Tag) {
		return nil, errReported
	}
	return n, nil
}

// text returns the text of n as it is written.
func (t *yamlTree) text(n *yaml.Node) (string, error) {
	n, err := t.resolve(n)
	switch {
	case err != nil:
		return "", err
	case n.Kind != yaml.ScalarNode:
		return "", errNotText
	case n.Tag == "!!null":
		return "", errNull
	}
	return n.Value, nil
}

// items returns the nodes of a list, and n itself if it is none.
func (t *yamlTree) items(n *yaml.Node) ([]*yaml.Node, error) {
	n, err := t.resolve(n)
	if err != nil {
		return nil, err
	}
	if n.Kind == yaml.SequenceNode {
		return n.Content, nil
	}
	return []*yaml.Node{n}, nil
}

// pairs returns the keys and values of a mapping in turn, with those that are merged into it, of which the first counts
// (https://yaml.org/type/merge.html). It is errNotMap for another node. Without a merge it costs nothing.
func (t *yamlTree) pairs(n *yaml.Node) ([]*yaml.Node, error) {
	n, err := t.resolve(n)
	if err != nil {
		return nil, err
	}
	if n.Kind != yaml.MappingNode {
		return nil, errNotMap
	}
	merges := len(t.flawed) > 0 && t.flawed[n]
	for i := 0; i < len(n.Content) && !merges; i += 2 {
		merges = isMerge(n.Content[i])
	}
	if !merges {
		return n.Content, nil
	}
	var all []*yaml.Node
	seen := map[string]bool{}
	add := func(pairs []*yaml.Node) {
		for i := 0; i < len(pairs); i += 2 {
			if k := keyNode(pairs[i]); k.Kind == yaml.ScalarNode && !seen[k.Value] && !isMerge(k) {
				seen[k.Value] = true
				all = append(all, pairs[i], pairs[i+1])
			}
		}
	}
	add(n.Content)
	for i := 0; i < len(n.Content); i += 2 {
		if !isMerge(n.Content[i]) {
			continue
		}
		parts, err := t.items(n.Content[i+1])
		for j := 0; j < len(parts) && err == nil; j++ {
			var pairs []*yaml.Node
			if pairs, err = t.pairs(parts[j]); err == nil {
				add(pairs)
			}
		}
		if err != nil && !errors.Is(err, errReported) {
			t.report(n.Content[i+1], "yaml-merge", "<< takes a mapping or a list of mappings")
		}
	}
	return all, nil
}
