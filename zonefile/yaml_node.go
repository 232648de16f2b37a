package zonefile

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// yamlNode is a value in a YAML document with its place. It is what the reader works on, whatever has read the text: it has less in it than a
// node of yaml.v3, and there are a few for each record.
type yamlNode struct {
	value string    // the text of a scalar as it is written; the name in an alias
	first *yamlNode // of a mapping the first key, of a list the first item, of an alias or include what it stands for
	next  *yamlNode // behind this one in the mapping or list; behind a key is its value
	at    yamlPlace
	kind  yamlKind
	flags yamlFlags
}

// yamlPlace is where a node stands: in which of the files of the zone, in which line, and at which octet of it, both from 1.
type yamlPlace struct{ file, line, column uint32 }

type yamlKind uint8

const (
	yamlScalar yamlKind = iota + 1
	yamlMapping
	yamlList
	yamlAlias
	yamlInclude // !include FILE, with the top of that file
)

type yamlFlags uint8

const (
	yamlPlain    yamlFlags = 1 << iota // a scalar in one line without quotes, which a reader of YAML may take for something else than text
	yamlNull                           // ~, null or nothing, without quotes
	yamlMerge                          // << without quotes
	yamlAnchored                       // it has an anchor
	yamlFlawed                         // what was reported keeps it from being read
	yamlTwice                          // a mapping with a key that comes twice, or is no text
	yamlNoted                          // what is to be said of it was said, and it is read nevertheless
)

func (n *yamlNode) has(flag yamlFlags) bool { return n.flags&flag != 0 }

// lastLine returns the last line of its file in which a part of n begins. What an alias stands for, or an include, is not a part of it.
func (n *yamlNode) lastLine() int {
	last := int(n.at.line)
	if n.kind != yamlMapping && n.kind != yamlList {
		return last
	}
	for part := n.first; part != nil; part = part.next {
		last = max(last, part.lastLine())
	}
	return last
}

// isKey reports whether key is a key of the mapping n.
func (n *yamlNode) isKey(key *yamlNode) bool {
	for k := n.first; k != nil; k = k.next.next {
		if k == key {
			return true
		}
	}
	return false
}

// yamlSlab is how many nodes are allocated at once.
const yamlSlab = 256

// yamlSlabs allocates nodes. Once used is set to 0 it gives those that it has again.
type yamlSlabs struct {
	slabs [][]yamlNode
	used  int // nodes
}

func (s *yamlSlabs) node() *yamlNode {
	slab := s.used / yamlSlab
	if slab == len(s.slabs) {
		s.slabs = append(s.slabs, make([]yamlNode, yamlSlab))
	}
	n := &s.slabs[slab][s.used%yamlSlab]
	s.used++
	*n = yamlNode{}
	return n
}

// yamlConverter makes nodes of those of yaml.v3.
type yamlConverter struct {
	slabs   *yamlSlabs
	file    uint32
	lines   *yamlLines
	anchors map[*yaml.Node]*yamlNode
	// tagged is asked about a node with a tag that YAML itself does not have. It may give the node a meaning, and otherwise reports it.
	tagged func(n *yamlNode, tag string)
}

// yamlTags are the tags of plain YAML. They change nothing, since a value is read as what its field needs.
var yamlTags = []string{"!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!map", "!!seq", "!!merge"}

func (c *yamlConverter) convert(from *yaml.Node) *yamlNode {
	n := c.slabs.node()
	n.value = from.Value
	n.at = yamlPlace{c.file, uint32(from.Line), c.lines.octet(from.Line, from.Column)}
	switch from.Kind {
	case yaml.ScalarNode:
		n.kind = yamlScalar
	case yaml.MappingNode:
		n.kind = yamlMapping
	case yaml.SequenceNode:
		n.kind = yamlList
	case yaml.AliasNode:
		n.kind = yamlAlias
		n.first = c.anchors[from.Alias]
		return n
	case yaml.DocumentNode: // only its top is converted
	}
	if from.Anchor != "" {
		n.flags |= yamlAnchored
		c.anchors[from] = n
	}
	if from.Kind == yaml.ScalarNode && from.Style == 0 {
		n.flags |= yamlPlain
	}
	switch {
	case from.Tag == "!!null":
		n.flags |= yamlNull
	case from.Tag == "!!merge" && from.Kind == yaml.ScalarNode:
		n.flags |= yamlMerge
	}
	last := &n.first
	for _, child := range from.Content {
		*last = c.convert(child)
		last = &(*last).next
	}
	if from.Style&yaml.TaggedStyle != 0 && !slices.Contains(yamlTags, from.Tag) {
		c.tagged(n, from.Tag)
	}
	return n
}

// yamlLines finds octets in lines of which yaml.v3 counts the characters.
type yamlLines struct {
	text   string
	starts []int // of each line

	// Where it was asked last. Nodes come in the order of the text, so a long line is not counted again for each of them.
	line, character, column int
}

// newYAMLLines finds the lines of a text, as YAML 1.1 ends them. A byte order mark is not part of the first one.
func newYAMLLines(text string) *yamlLines {
	text = strings.TrimPrefix(text, byteOrderMark)
	l := &yamlLines{text: text, starts: []int{0}}
	for i := 0; i < len(text); i++ {
		size := 0
		switch c := text[i]; {
		case c == '\r' && strings.HasPrefix(text[i+1:], "\n"):
			size = 2
		case c == '\n', c == '\r':
			size = 1
		case c == 0xc2 && strings.HasPrefix(text[i:], "\u0085"):
			size = 2
		case c == 0xe2 && (strings.HasPrefix(text[i:], "\u2028") || strings.HasPrefix(text[i:], "\u2029")):
			size = 3
		default:
			continue
		}
		i += size - 1
		l.starts = append(l.starts, i+1)
	}
	return l
}

const byteOrderMark = "\ufeff"

// octet returns the octet that a character of a line begins with, both from 1; 0 in a line that is not there.
func (l *yamlLines) octet(line, character int) uint32 {
	if line < 1 || line > len(l.starts) {
		return 0
	}
	if line != l.line || character < l.character {
		l.line, l.character, l.column = line, 1, 1
	}
	rest := l.text[l.starts[line-1]:]
	for l.character < character && l.column <= len(rest) {
		_, size := utf8.DecodeRuneInString(rest[l.column-1:])
		l.column += size
		l.character++
	}
	return uint32(l.column)
}
