package zonefile

import (
	"errors"
)

// Errors of a node that is not what is wanted.
var (
	errReported = errors.New("reported where it stands")
	errNull     = errors.New(`nothing where a value is needed; text that reads as nothing ("null", "~") needs quotes`)
	errAnchor   = errors.New(`nothing where a value is needed: "&" at the start makes an anchor; text that begins with it needs quotes`)
	errNotText  = errors.New("a list or mapping where text is needed")
	errNotMap   = errors.New("not a mapping")
)

// yamlTree reads the nodes of the documents of a zone: it follows aliases within a limit, merges mappings, and finds what is
// wrong with a document whatever it is about. The problems go to report, once each.
type yamlTree struct {
	report   func(n *yamlNode, rule string, severity Severity, format string, args ...any)
	limit    int               // nodes that aliases may stand for
	aliased  int               // nodes that they stood for so far
	sizes    map[*yamlNode]int // nodes that an anchor stands for, once inspect was there
	exceeded bool              // the limit was passed, and that was reported
	slabs    yamlSlabs
}

func newYAMLTree(limit int, report func(n *yamlNode, rule string, severity Severity, format string, args ...any)) *yamlTree {
	return &yamlTree{report: report, limit: limit, sizes: map[*yamlNode]int{}}
}

// inspect reports keys that come twice in one mapping or are not text, in n and all below it. It does not follow aliases, so it sees
// each node once; it comes before all other methods, and they leave out what it reported.
// It returns how many nodes n has when all aliases are followed, which is above the limit for one that is within itself.
func (t *yamlTree) inspect(n *yamlNode) int {
	if n.kind == yamlAlias {
		return t.sizes[n.first] // an anchor comes before its aliases
	}
	if n.has(yamlAnchored) {
		t.sizes[n] = t.limit + 1 // until it is known: an alias that asks now is within it
	}
	if n.kind == yamlMapping {
		t.inspectKeys(n)
	}
	size := 1
	for child := n.first; child != nil; child = child.next {
		size = min(size+t.inspect(child), t.limit+1)
	}
	if n.has(yamlAnchored) {
		t.sizes[n] = size
	}
	return size
}

// fewKeys is how many keys are faster compared with each other than put into a map.
const fewKeys = 8

// inspectKeys reports the keys of a mapping that come twice, or are not text.
func (t *yamlTree) inspectKeys(mapping *yamlNode) {
	count := 0
	for key := mapping.first; key != nil; key = key.next.next {
		count++
		if keyNode(key).kind != yamlScalar {
			mapping.flags |= yamlTwice
			t.report(key, "yaml-key", Error, "a list or mapping as a key: only text can be one")
		}
	}
	twice := func(first, again *yamlNode) {
		mapping.flags |= yamlTwice
		t.report(again, "yaml-duplicate-key", Error, "the key %.60q comes twice in one mapping, first in line %d; only the first is read", keyText(again), first.at.line)
	}
	if count <= fewKeys {
		for key := mapping.first; key != nil; key = key.next.next {
			for first := mapping.first; first != key; first = first.next.next {
				if keyText(first) == keyText(key) {
					twice(first, key)
					break
				}
			}
		}
		return
	}
	seen := make(map[string]*yamlNode, count)
	for key := mapping.first; key != nil; key = key.next.next {
		text := keyText(key)
		if first, ok := seen[text]; ok {
			twice(first, key)
			continue
		}
		seen[text] = key
	}
}

// keyNode returns the node of a key, which may be an alias.
func keyNode(k *yamlNode) *yamlNode {
	if k.kind == yamlAlias {
		return k.first
	}
	return k
}

// keyText returns the text of a key as it is written: never what YAML makes of it, since "1", "yes" and "1.10" are names.
func keyText(k *yamlNode) string { return keyNode(k).value }

// isMerge reports whether k is the key of a merge: << without quotes.
func isMerge(k *yamlNode) bool { return k.has(yamlMerge) }

// resolve returns what n stands for: the node itself, or that of its anchor, or the top of the file that it includes. It is errReported
// if what it stands for was refused, or the limit on aliases is passed. The text of an alias stands at the alias: there is what has to
// be changed if it is wrong.
func (t *yamlTree) resolve(n *yamlNode) (*yamlNode, error) {
	for n.kind == yamlAlias || n.kind == yamlInclude {
		if n.kind == yamlAlias {
			if t.aliased += t.sizes[n.first]; t.aliased > t.limit {
				t.aliased = t.limit // where the next one fails too, and the sum never overflows
				if !t.exceeded {
					t.exceeded = true
					t.report(n, "yaml-aliases", Error, "%s", beyond(limitYAMLAliases, "aliases (*%.60s and others) stand for more than %d values", n.value, t.limit))
				}
				return nil, errReported
			}
		}
		if n.has(yamlFlawed) || n.first == nil {
			return nil, errReported
		}
		if to := n.first; n.kind == yamlAlias && to.kind == yamlScalar && !to.has(yamlFlawed) {
			text := *to
			text.at = n.at
			return &text, nil
		}
		n = n.first
	}
	if n.has(yamlFlawed) {
		return nil, errReported
	}
	return n, nil
}

// scalar returns what n stands for if it is text.
func (t *yamlTree) scalar(n *yamlNode) (*yamlNode, error) {
	n, err := t.resolve(n)
	switch {
	case err != nil:
		return nil, err
	case n.kind != yamlScalar:
		return nil, errNotText
	case n.has(yamlNull) && n.has(yamlAnchored) && n.value == "":
		return nil, errAnchor
	case n.has(yamlNull):
		return nil, errNull
	}
	return n, nil
}

// text returns the text of n as it is written.
func (t *yamlTree) text(n *yamlNode) (string, error) {
	n, err := t.scalar(n)
	if err != nil {
		return "", err
	}
	return n.value, nil
}

// items returns the nodes of a list, and what n is itself if it is none.
func (t *yamlTree) items(n *yamlNode) ([]*yamlNode, error) {
	n, err := t.resolve(n)
	if err != nil {
		return nil, err
	}
	if n.kind != yamlList {
		return []*yamlNode{n}, nil
	}
	var items []*yamlNode
	for item := n.first; item != nil; item = item.next {
		items = append(items, item)
	}
	return items, nil
}

// yamlPair is a key with its value.
type yamlPair struct{ key, value *yamlNode }

// pairs appends the keys and values of a mapping, with those that are merged into it, of which the first counts
// (https://yaml.org/type/merge.html). It is errNotMap for another node.
func (t *yamlTree) pairs(dst []yamlPair, n *yamlNode) ([]yamlPair, error) {
	n, err := t.resolve(n)
	if err != nil {
		return nil, err
	}
	if n.kind != yamlMapping {
		return nil, errNotMap
	}
	start, merges := len(dst), n.has(yamlTwice)
	for key := n.first; key != nil; key = key.next.next {
		merges = merges || isMerge(key)
		dst = append(dst, yamlPair{key, key.next})
	}
	if merges {
		m := yamlMerger{tree: t, pairs: dst[:start], seen: map[string]*yamlNode{}, into: n}
		m.merge(n, nil)
		dst = m.pairs
	}
	return dst, nil
}

// yamlMerger collects the pairs of a mapping and those that are merged into it.
type yamlMerger struct {
	tree  *yamlTree
	pairs []yamlPair
	seen  map[string]*yamlNode // the key of each that counts
	into  *yamlNode            // the mapping that all is merged into
}

// merge adds the pairs of n that are not there, and then those of what is merged into it. By is the key << that n is merged by.
func (m *yamlMerger) merge(n, by *yamlNode) {
	for key := n.first; key != nil; key = key.next.next {
		k := keyNode(key)
		switch {
		case k.kind != yamlScalar || isMerge(k):
		case m.seen[k.value] == nil:
			m.seen[k.value] = key
			m.pairs = append(m.pairs, yamlPair{key, key.next})
		case by != nil:
			m.override(m.seen[k.value], by)
		}
	}
	for key := n.first; key != nil; key = key.next.next {
		if !isMerge(key) {
			continue
		}
		outermost := by
		if outermost == nil {
			outermost = key
		}
		parts, err := m.tree.items(key.next)
		for i := 0; i < len(parts) && err == nil; i++ {
			var part *yamlNode
			if part, err = m.tree.resolve(parts[i]); err != nil {
				break
			}
			if part.kind != yamlMapping {
				err = errNotMap
				break
			}
			m.merge(part, outermost)
		}
		if err != nil && !errors.Is(err, errReported) && !key.has(yamlNoted) {
			key.flags |= yamlNoted
			m.tree.report(key.next, "yaml-merge", Error, "<< takes a mapping or a list of mappings")
		}
	}
}

// override notes a key that stands in front of a << which has it too. In YAML the key counts. octoDNS puts what is merged where << stands,
// and the last one counts.
func (m *yamlMerger) override(key, by *yamlNode) {
	if key.has(yamlNoted) || !m.into.isKey(key) {
		return
	}
	for k := key; k != nil; k = k.next {
		if k == by {
			key.flags |= yamlNoted
			m.tree.report(key, "yaml-ambiguous", Warning, "%.60q counts here, and in octoDNS what << has for it: put << in front of the other keys", keyText(key))
			return
		}
	}
}
