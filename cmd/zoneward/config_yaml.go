package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
)

// decoder walks the configuration and collects all that is wrong with it, each with its file and line.
type decoder struct {
	file   string // as it was given on the command line
	expand expander
	// blind says that what ${} names is not looked up: a value with such a name in it can be anything.
	blind bool
	// sealed says that secrets are not looked up, and have a value that opens nothing.
	sealed bool
	// secrets are the names that stand in secrets.
	secrets []string
	found   []finding
}

// finding is something that is wrong, and where.
type finding struct {
	line int
	err  error
}

// fail notes what is wrong at a node.
func (d *decoder) fail(n *yaml.Node, format string, args ...any) {
	d.found = append(d.found, finding{n.Line, fmt.Errorf("%s: %w", d.at(n), fmt.Errorf(format, args...))})
}

// err returns all that is wrong in the order of the lines, nil if nothing is.
func (d *decoder) err() error {
	slices.SortStableFunc(d.found, func(a, b finding) int { return cmp.Compare(a.line, b.line) })
	errs := make([]error, len(d.found))
	for i, f := range d.found {
		errs[i] = f.err
	}
	return errors.Join(errs...)
}

func (d *decoder) at(n *yaml.Node) string { return fmt.Sprintf("%s:%d", d.file, n.Line) }

// keys says what the keys of a mapping are for.
type keys map[string]func(*yaml.Node)

// later says that something that the design has is not in this version.
func (d *decoder) later(n *yaml.Node, what string) {
	d.fail(n, "%s is not available yet in this version of zoneward", what)
}

// laterKeys are keys that the design has and this version does not, with what they are for.
type laterKeys map[string]string

// mapping calls the handler of each key of a mapping, and reports whether it is one. Unknown keys and those that come twice are wrong.
func (d *decoder) mapping(n *yaml.Node, what string, known keys) bool {
	return d.mappingWith(n, what, known, nil)
}

// mappingWith is mapping for one that has keys which are not available yet.
func (d *decoder) mappingWith(n *yaml.Node, what string, known keys, later laterKeys) bool {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		d.fail(n, "%s: want a mapping with the keys %s", what, list(known))
		return false
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if line, twice := seen[key.Value]; twice {
			d.fail(key, "%s: the key %q comes twice, first in line %d", what, key.Value, line)
			continue
		}
		seen[key.Value] = key.Line
		if purpose, ok := later[key.Value]; ok {
			d.later(key, what+"."+key.Value+", "+purpose+",")
			continue
		}
		handle, ok := known[key.Value]
		if !ok {
			d.fail(key, "%s: unknown key %q; it can have %s", what, key.Value, list(known))
			continue
		}
		handle(value)
	}
	return true
}

func list(known keys) string { return strings.Join(slices.Sorted(maps.Keys(known)), ", ") }

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// sequence returns the elements of a list. A single value counts as a list of one.
func (d *decoder) sequence(n *yaml.Node, what string) []*yaml.Node {
	switch n = resolve(n); {
	case n.Kind == yaml.SequenceNode:
		return n.Content
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null":
		return []*yaml.Node{n}
	}
	d.fail(n, "%s: want a list", what)
	return nil
}

// text returns a string, with what ${} names put in.
func (d *decoder) text(n *yaml.Node, what string) string {
	value, _ := d.value(n, what)
	return value
}

// value returns a string with what ${} names put in, and whether that could be done. If not, it is the string as it is written.
func (d *decoder) value(n *yaml.Node, what string) (string, bool) {
	raw, ok := d.scalar(n, what)
	if !ok || d.blind && names(raw) {
		return raw, false
	}
	value, err := d.expand.expand(raw)
	if err != nil {
		d.fail(n, "%s: %w", what, err)
		return raw, false
	}
	return value, true
}

// scalar returns the text of a single value as it is written.
func (d *decoder) scalar(n *yaml.Node, what string) (string, bool) {
	n = resolve(n)
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
		d.fail(n, "%s: want a value", what)
		return "", false
	}
	return n.Value, true
}

// secret returns a secret, which must be named and not written down.
func (d *decoder) secret(n *yaml.Node, what string) secret {
	raw, ok := d.scalar(n, what)
	if !ok {
		return secret{}
	}
	if !names(raw) {
		d.fail(n, "%s: a secret is not written into the configuration: name it as ${NAME} from the environment, or ${file:PATH}", what)
	}
	s := secret{template: raw, expander: d.expand, at: d.at(n), sealed: d.sealed}
	_, _ = substitute(raw, func(name string) (string, error) { d.secrets = append(d.secrets, name); return "", nil })
	if d.blind || d.sealed {
		return s
	}
	// It is read again whenever it is used; what is missing is said before anything is begun.
	if _, err := s.read(); err != nil {
		d.fail(n, "%s: %w", what, err)
	}
	return s
}

// texts returns a list of strings, or the one string that stands instead.
func (d *decoder) texts(n *yaml.Node, what string) []string {
	var all []string
	for _, element := range d.sequence(n, what) {
		all = append(all, d.text(element, what))
	}
	return all
}

// parse reads a single value with a parser.
func parse[T any](d *decoder, n *yaml.Node, what string, parser func(string) (T, error)) T {
	var value T
	text, ok := d.value(n, what)
	if !ok {
		return value
	}
	value, err := parser(text)
	if err != nil {
		d.fail(n, "%s: %w", what, err)
	}
	return value
}

func (d *decoder) boolean(n *yaml.Node, what string) bool {
	return parse(d, n, what, func(text string) (bool, error) {
		switch text {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return false, fmt.Errorf("%q is neither true nor false", text)
	})
}

// whole reads a number from least to most.
func (d *decoder) whole(n *yaml.Node, what string, least, most int) int {
	return parse(d, n, what, func(text string) (int, error) {
		number, err := strconv.Atoi(text)
		if err != nil || number < least || number > most {
			return 0, fmt.Errorf("%q is not a number from %d to %d", text, least, most)
		}
		return number, nil
	})
}

// duration reads a time such as 30s or 720h, from least up.
func (d *decoder) duration(n *yaml.Node, what string, least time.Duration) time.Duration {
	return parse(d, n, what, func(text string) (time.Duration, error) {
		value, err := time.ParseDuration(text)
		if err != nil {
			return 0, fmt.Errorf("%q is not a time such as 30s, 15m or 720h", text)
		}
		if value < least {
			return 0, fmt.Errorf("%s is too short: at least %s", value, least)
		}
		return value, nil
	})
}

func (d *decoder) ttl(n *yaml.Node, what string) zonefile.TTL {
	return parse(d, n, what, parseTTL)
}

// parseTTL is zonefile.ParseTTL with an error that has the text.
func parseTTL(text string) (zonefile.TTL, error) {
	ttl, err := zonefile.ParseTTL(text)
	if err != nil {
		return 0, fmt.Errorf("%q is %w", text, err)
	}
	return ttl, nil
}

// name reads an absolute domain name; the dot at its end may be left out.
func (d *decoder) name(n *yaml.Node, what string) zonefile.Name {
	return parse(d, n, what, func(text string) (zonefile.Name, error) {
		return zonefile.ParseUnicodeName(text, zonefile.Root)
	})
}

// choice reads one of the values that a key can have.
func (d *decoder) choice(n *yaml.Node, what string, values ...string) string {
	return parse(d, n, what, func(text string) (string, error) {
		if !slices.Contains(values, text) {
			return "", fmt.Errorf("%q is not one of %s", text, strings.Join(values, ", "))
		}
		return text, nil
	})
}

// either reads one of two values, and reports whether it is the second.
func (d *decoder) either(n *yaml.Node, what, first, second string) bool {
	return d.choice(n, what, first, second) == second
}

// yamlRoot reads the one YAML document of a file.
func yamlRoot(file string, content []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(strings.NewReader(string(content)))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: empty", file)
	} else if err != nil {
		return nil, yamlError(file, err)
	}
	var next yaml.Node
	if err := dec.Decode(&next); err == nil {
		return nil, fmt.Errorf("%s:%d: a second document; the configuration is one", file, next.Line)
	}
	return doc.Content[0], nil
}

// yamlError returns what yaml.v3 says with the file and line in front.
func yamlError(file string, err error) error {
	text, found := strings.CutPrefix(err.Error(), "yaml: line ")
	if line, rest, ok := strings.Cut(text, ": "); found && ok {
		return fmt.Errorf("%s:%s: %s", file, line, rest)
	}
	return fmt.Errorf("%s: %w", file, errors.New(strings.TrimPrefix(err.Error(), "yaml: ")))
}
