package domainfile

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/yamldoc"
)

// maxErrors is the most errors that a file has. The last of them says that it was not read any further.
const maxErrors = 1000

// maxElements is the most values of a list that are read, which is more than any has a use for.
const maxElements = 100

// reader reads the nodes of a file, and collects what is declared and all that is wrong.
type reader struct {
	*yamldoc.Document
	opts   Options
	file   *File
	domain zonefile.Name // that the names are to be in
}

// newReader returns the reader of a text.
func newReader(file, text string, opts Options) *reader {
	r := &reader{opts: opts, file: &File{Path: file}}
	r.file.Domain, _ = DomainOf(file)
	r.Document = yamldoc.New(file, text, yamldoc.Form{
		Name: "the file of a domain", MaxErrors: maxErrors, MaxAliased: opts.Limits.YAMLAliases,
		UnknownKey: unknownKey, InsteadOfMerge: "write the keys out, or give each value an anchor",
	})
	return r
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

func unknownKey(key string, known []string) string {
	return fmt.Sprintf("unknown key %s; %s", shown(key), suggest(key, known))
}

// list returns the elements of a list.
func (r *reader) list(n *yaml.Node, what, example string) ([]*yaml.Node, bool) {
	n, ok := r.Resolve(n)
	if !ok {
		return nil, false
	}
	if n.Kind != yaml.SequenceNode {
		r.Fail(n, "yaml-shape", "%s: want a list such as %s, and this is %s", what, example, yamldoc.Shape(n))
		return nil, false
	}
	return n.Content, true
}

// values is [reader.list] for a list of so few values that more than maxElements are a mistake, and are not read.
func (r *reader) values(n *yaml.Node, what, example string) ([]*yaml.Node, bool) {
	elements, ok := r.list(n, what, example)
	return r.AtMost(maxElements, elements, what), ok
}

// scalar returns the text of a single value as it is written. It is never a key or certificate.
func (r *reader) scalar(n *yaml.Node, what string) (string, bool) {
	n, ok := r.Scalar(n, what)
	if !ok {
		return "", false
	}
	if isPEM(n.Value) {
		also := ""
		if strings.Contains(n.Value, "PRIVATE KEY") {
			also = "; the key that stands here is known to all who can read the repository, so have it revoked"
		}
		r.Fail(n, "literal-secret", "%s: a key or certificate is not written into the repository, but named where it is wanted, as ${file:PATH} or ${NAME}%s", what, also)
		return "", false
	}
	return n.Value, true
}

// block is a mapping that is read.
type block struct {
	*reader
	yamldoc.Mapping
}

// block reads a mapping.
func (r *reader) block(n *yaml.Node, what string, known ...string) (block, bool) {
	m, ok := r.MappingOf(n, what, known...)
	return block{r, m}, ok
}
