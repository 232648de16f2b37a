package domainfile

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// The characters of names of providers in the configuration, and of what providers name things by.
const (
	letters       = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits        = "0123456789"
	providerChars = letters + digits + "-_"
	wordChars     = providerChars + "."
)

// The most octets of a word, and of a reference, which can have a path.
const (
	maxWord      = 255
	maxReference = 4096
)

// maxNameText is the most octets of a name in presentation form: each of its 255 octets can be an escape of four.
const maxNameText = 4 * 255

// refers reports whether a text has a reference in it.
func refers(text string) bool { return strings.Contains(text, "${") }

// literal returns the text of a single value in which no reference may be.
func (r *reader) literal(n *yaml.Node, what string) (string, bool) {
	text, ok := r.scalar(n, what)
	if ok && refers(text) {
		r.Fail(n, "bad-reference", "%s: no reference (${) may be here: write out what is meant", what)
		return "", false
	}
	return text, ok
}

// isWord reports whether a text has at most maxWord octets, all of them among chars, and at least one.
func isWord(text, chars string) bool {
	return text != "" && len(text) <= maxWord && strings.Trim(text, chars) == ""
}

// providerName reads the name of a provider in the configuration.
func (r *reader) providerName(n *yaml.Node, what string) (string, bool) {
	text, ok := r.literal(n, what)
	if ok && !isWord(text, providerChars) {
		r.Fail(n, "bad-value", "%s: %s: the name of a provider has letters, digits, - and _", what, shown(text))
		return "", false
	}
	return text, ok
}

// word reads a field that is what the provider names something by: an id, a region. It may have references.
func (b block) word(d *Declaration, key string) {
	n, ok := b.Value(key)
	if !ok {
		return
	}
	text, ok := b.scalar(n, b.Label(key))
	if !ok {
		return
	}
	value, source := text, shown(text)
	if refers(text) {
		if value, ok = b.expanded(n, b.Label(key), text); !ok {
			return
		}
		source = "the value of " + source // which may be a secret that is none of ours
	}
	if value != text || !refers(text) {
		if !isWord(value, wordChars) {
			b.Fail(n, "bad-value", "%s: %s: want 1 to %d letters, digits, -, _ and dots", b.Label(key), source, maxWord)
			return
		}
	}
	d.Resource.Fields[key] = value
}

// expanded returns a text with the values of its references put in.
func (r *reader) expanded(n *yaml.Node, what, text string) (string, bool) {
	switch {
	case !isReference(text):
		r.Fail(n, "bad-reference", "%s: %s: want one reference, ${NAME}, and nothing beside it", what, shown(text))
		return "", false
	case r.opts.Expand == nil:
		r.Fail(n, "bad-reference", "%s: %s: references have no values here", what, shown(text))
		return "", false
	}
	value, err := r.opts.Expand(text)
	if err != nil {
		r.Fail(n, "bad-reference", "%s: %v", what, err)
		return "", false
	}
	return value, true
}

// isReference reports whether a text is one reference that prints, and nothing else.
func isReference(text string) bool {
	name, begins := strings.CutPrefix(text, "${")
	name, ends := strings.CutSuffix(name, "}")
	if !begins || !ends || name == "" || len(text) > maxReference || strings.ContainsAny(name, "${}") {
		return false
	}
	for _, c := range name {
		if !strconv.IsPrint(c) || c == '\ufffd' {
			return false
		}
	}
	return true
}

// secret reads a field that has to be a reference to a secret. What stands there instead is not repeated.
func (b block) secret(d *Declaration, key string) {
	n, ok := b.Value(key)
	if !ok {
		return
	}
	text, ok := b.scalar(n, b.Label(key))
	if !ok {
		return
	}
	if !isReference(text) {
		b.Fail(n, "literal-secret", "%s: want a reference to a secret, ${file:PATH} or ${NAME}, since nothing secret is written into the repository", b.Label(key))
		return
	}
	secret := providers.NewSecret(text, nil)
	if b.opts.Secret != nil {
		var err error
		if secret, err = b.opts.Secret(text); err != nil {
			b.Fail(n, "bad-reference", "%s: %v", b.Label(key), err)
			return
		}
	}
	if d.Resource.Secrets == nil {
		d.Resource.Secrets = map[string]providers.Secret{}
	}
	d.Resource.Secrets[key] = secret
}

// truth reads a field that is true or false.
func (b block) truth(d *Declaration, key string) {
	n, ok := b.Value(key)
	if !ok {
		return
	}
	text, ok := b.literal(n, b.Label(key))
	if !ok {
		return
	}
	if text != "true" && text != "false" {
		b.Fail(n, "bad-value", "%s: %s is neither true nor false", b.Label(key), shown(text))
		return
	}
	d.Resource.Fields[key] = text
}

// name reads a whole domain name; the dot at its end may be left out.
func (r *reader) name(n *yaml.Node, what string) (zonefile.Name, bool) {
	text, ok := r.literal(n, what)
	if !ok {
		return zonefile.Name{}, false
	}
	if len(text) > maxNameText {
		r.Fail(n, "bad-name", "%s: %s is longer than any name", what, shown(text))
		return zonefile.Name{}, false
	}
	name, err := zonefile.ParseUnicodeName(text, zonefile.Root)
	switch {
	case err != nil:
		r.Fail(n, "bad-name", "%s: %v", what, err)
		return zonefile.Name{}, false
	case name.IsRoot():
		r.Fail(n, "bad-name", "%s: %s is the root: want a whole name, such as %s", what, shown(text), r.exampleName())
		return zonefile.Name{}, false
	}
	return name, true
}

// domainName reads the name of a domain.
func (r *reader) domainName(n *yaml.Node, what string) (zonefile.Name, bool) {
	name, ok := r.name(n, what)
	if ok && name.IsWildcard() {
		r.Fail(n, "bad-name", "%s: %s has a wildcard, which is no domain", what, name)
		return zonefile.Name{}, false
	}
	return name, ok
}

// nameInDomain reads the name of a resource, which has to be the domain or below it. It is the zero Name if it is not.
func (b block) nameInDomain(n *yaml.Node) zonefile.Name {
	name, ok := b.name(n, b.Label("name"))
	if !ok {
		return zonefile.Name{}
	}
	if !b.domain.IsZero() && !name.In(b.domain) {
		whole := b.exampleName()
		if name.Labels() == 1 {
			whole = name.String() + written(b.domain)
		}
		b.Fail(n, "outside-the-domain", "%s: %s is not in %s: write the whole name, such as %s, or put it into the file of its domain", b.Label("name"), name, b.domain, whole)
		return zonefile.Name{}
	}
	return name
}

// written returns a name as it is written in a file: whole, without the dot at the end.
func written(name zonefile.Name) string { return strings.TrimSuffix(name.String(), ".") }

// exampleName returns a name in the domain for a message.
func (r *reader) exampleName() string {
	if r.domain.IsZero() {
		return "www.example.com"
	}
	return "www." + written(r.domain)
}
