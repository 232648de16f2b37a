// Package yamldoc reads files in YAML that have a fixed form, such as those that declare resources or tests, and collects all that is wrong with one: each finding
// is a [zonefile.Problem] with its line and column, and after it reading goes on.
//
// It is strict, so that a file is what it looks like to who reviews it. There is one document, in which every key is known and comes once; tags and merge keys (<<)
// are refused, and so are characters that hide or move others. A value has no type: whether "1" or "yes" is a number or a text is for what it is read as.
// Anchors and aliases may be used, within a limit.
//
// A file may be anybody's. Bounded are its octets ([ReadText]), what its aliases stand for, its errors ([Form]), and what a message repeats of a text that is not
// known. Nodes have to be read only as deep as the form of the file has them, since an anchor may be within itself.
//
// A caller has a type of its own that embeds a [Document], and one that embeds a [Mapping] beside it. The nodes are those of yaml.v3.
package yamldoc

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/internal/textfile"
)

// Form is what all files of one kind have in common.
type Form struct {
	// Name says in a message what such a file is: "a file of tests".
	Name string
	// MaxErrors is the most errors that a file has; 0 means 1,000. The last of them says that it was not read any further.
	MaxErrors int
	// MaxAliased is the most values that the aliases of a file may stand for; 0 means 10,000.
	MaxAliased int
	// Flaw says why a character, which rest begins with, may not be in a file, "" if it may. It is [Flaw] if it is nil.
	Flaw func(c rune, rest string) string
	// UnknownKey says in a message that a key is none of those that are known. If it is nil the message lists them. It must bound what it shows of the key.
	UnknownKey func(key string, known []string) string
	// InsteadOfMerge says in a message what to do instead of merging a mapping. It is "write the keys out" if it is empty.
	InsteadOfMerge string
}

// withDefaults returns f with the fields that are not set as their defaults are.
func (f Form) withDefaults() Form {
	if f.MaxErrors <= 0 {
		f.MaxErrors = 1000
	}
	if f.MaxAliased <= 0 {
		f.MaxAliased = 10_000
	}
	if f.Flaw == nil {
		f.Flaw = Flaw
	}
	if f.UnknownKey == nil {
		f.UnknownKey = unknownKey
	}
	if f.InsteadOfMerge == "" {
		f.InsteadOfMerge = "write the keys out"
	}
	return f
}

// Document is a file that is being read, and what was found in it so far. It is for one goroutine.
type Document struct {
	form     Form
	file     string
	text     string
	lines    []string
	aliased  int // values that aliases stood for so far
	errors   int
	problems []zonefile.Problem
}

// New returns the document of a text. File is what the problems say it is.
func New(file, text string, form Form) *Document {
	return &Document{form: form.withDefaults(), file: file, text: text, lines: strings.Split(text, "\n")}
}

// Top returns the top node, nil for a file that is empty, which is not noted as wrong. It reports false if the text cannot be read: with characters that may not
// be in it, no YAML, or a second document.
func (d *Document) Top() (*yaml.Node, bool) {
	d.checkText()
	if d.errors > 0 {
		return nil, false
	}
	top, second, err := textfile.DecodeYAML(strings.NewReader(d.text))
	switch {
	case err != nil:
		line, column, message := textfile.YAMLProblem(d.text, err)
		d.Find(zonefile.Position{File: d.file, Line: line, Column: column}, "syntax", zonefile.Error, "%.500s", message) // which can have the name of an anchor
		return nil, false
	case second != nil:
		d.Fail(second, "syntax", "a second YAML document begins here: %s has one", d.form.Name)
		return nil, false
	case top == nil || IsNull(top):
		return nil, true
	}
	return top, true
}

// Problems returns what was found so far, in the order of the places.
func (d *Document) Problems() []zonefile.Problem {
	return slices.SortedStableFunc(slices.Values(d.problems), func(a, b zonefile.Problem) int { return a.Position.Compare(b.Position) })
}

// Errors returns how many of the problems so far are errors.
func (d *Document) Errors() int { return d.errors }

// Full reports whether there are so many errors that there is no use in reading on. What is found then is not kept.
func (d *Document) Full() bool { return d.errors >= d.form.MaxErrors }

// Find notes a problem at a place.
func (d *Document) Find(at zonefile.Position, rule string, severity zonefile.Severity, format string, args ...any) {
	if d.Full() {
		return
	}
	p := zonefile.Problem{Position: at, Rule: rule, Severity: severity, Message: fmt.Sprintf(format, args...)}
	if severity == zonefile.Error {
		if d.errors++; d.Full() {
			p.Rule, p.Message = "too-many-problems", fmt.Sprintf("not read any further: there are %d errors already", d.form.MaxErrors-1)
		}
	}
	d.problems = append(d.problems, p)
}

// Fail notes an error at a node.
func (d *Document) Fail(n *yaml.Node, rule, format string, args ...any) {
	d.Find(d.Position(n), rule, zonefile.Error, format, args...)
}

// Warn notes a warning at a node.
func (d *Document) Warn(n *yaml.Node, rule, format string, args ...any) {
	d.Find(d.Position(n), rule, zonefile.Warning, format, args...)
}

// Position returns where a node stands. Its column counts octets, as everywhere in package zonefile; that of a node counts characters.
func (d *Document) Position(n *yaml.Node) zonefile.Position {
	at := zonefile.Position{File: d.file, Line: n.Line}
	if n.Line < 1 || n.Line > len(d.lines) {
		return at
	}
	line, characters := d.lines[n.Line-1], 1
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
