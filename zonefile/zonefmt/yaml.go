package zonefmt

import (
	"errors"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/internal/textfile"
)

// ErrMeaning is returned instead of a text that would not say the same any more: a defect of this package, and not of the text.
var ErrMeaning = errors.New("formatting would change what the file says; please report it with the file")

// YAML formats a file in YAML: of a zone, of a domain, or any other of one document. Only white space changes, and the result is compared with the text as YAML
// reads it. The error is a *[SyntaxError] for what is not YAML, or is a second document, and otherwise [ErrMeaning].
//
// It works on the lines and not on the nodes that yaml.v3 can write again: that loses blank lines and some comments, breaks long lines, and rewrites quotes.
func YAML(text string, opts Options) (string, error) {
	text, restore := lineEnds(strings.TrimPrefix(text, "\ufeff"))
	wrong := func(line, column int, message string) error {
		return &SyntaxError{[]zonefile.Problem{{
			Position: zonefile.Position{File: opts.File, Line: line, Column: column}, Rule: "syntax", Severity: zonefile.Error, Message: message,
		}}}
	}
	if !utf8.ValidString(text) {
		return "", wrong(0, 0, "not YAML: the file is not in UTF-8")
	}
	before, second, err := textfile.DecodeYAML(strings.NewReader(text))
	switch {
	case err != nil:
		return "", wrong(textfile.YAMLProblem(text, err))
	case second != nil:
		return "", wrong(second.Line, second.Column, "a second YAML document begins here: a file has one")
	}
	f := newYAMLFormatter(text)
	if err := f.format(); err != nil {
		return "", wrong(f.at+1, f.pos+1, err.Error())
	}
	formatted := f.text()
	after, _, err := textfile.DecodeYAML(strings.NewReader(formatted))
	if err != nil || !sameNodes(before, after) || withoutSpace(formatted) != withoutSpace(text) {
		return "", ErrMeaning
	}
	return restore(formatted), nil
}

// sameNodes reports whether two nodes say the same, in the same style. Their places and comments do not count.
func sameNodes(a, b *yaml.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || a.Style != b.Style || a.Tag != b.Tag || a.Value != b.Value || a.Anchor != b.Anchor || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if !sameNodes(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

// withoutSpace returns a text without its spaces, tabs and line ends, which are all that may change.
func withoutSpace(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n", r) {
			return -1
		}
		return r
	}, text)
}

var errUnknownForm = errors.New("this is not written in a way that can be formatted: give each key and value lines of their own")
