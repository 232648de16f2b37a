package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile/domainfile"
)

// domainReferences says which references the files of domains may have, and knows what those stand for. Such a file comes from the zones repository, whose
// authors need not be trusted with every secret of the machine: it gets what is listed, and never what is a secret of the configuration.
type domainReferences struct {
	env   []string // names of variables
	files []string // patterns of absolute paths, see path.Match
	// secrets are the names that the configuration has in secrets of its own.
	secrets []string
	expand  expander
	// blind says that what is named is not looked up.
	blind bool
	// known is what references stood for somewhere else. It counts there, and what is named is only looked up if it is not there.
	known map[string]string
}

// decodeDomains reads which references the files of domains may have. n may be nil: none.
func decodeDomains(d *decoder, n *yaml.Node, blind bool) domainReferences {
	r := domainReferences{secrets: d.secrets, expand: d.expand, blind: blind}
	if n == nil {
		return r
	}
	d.mapping(n, "domains", keys{
		"env": func(n *yaml.Node) {
			for _, element := range d.sequence(n, "domains.env") {
				r.list(d, element, "domains.env", &r.env, variableName, "")
			}
		},
		"files": func(n *yaml.Node) {
			for _, element := range d.sequence(n, "domains.files") {
				r.list(d, element, "domains.files", &r.files, filePattern, filePrefix)
			}
		},
	})
	return r
}

// list adds an element to a list of what may be named, in which nothing is named itself. A reference to it has prefix in front.
func (r domainReferences) list(d *decoder, n *yaml.Node, what string, to *[]string, parser func(string) (string, error), prefix string) {
	text, ok := d.scalar(n, what)
	if !ok {
		return
	}
	name, err := parser(text)
	if err == nil {
		err = r.refuseOwn(prefix + name)
	}
	if err != nil {
		d.fail(n, "%s: %w", what, err)
		return
	}
	*to = append(*to, name)
}

// variableName reads the name of an environment variable.
func variableName(text string) (string, error) {
	if strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return "", fmt.Errorf("%q: want the name of an environment variable, such as SCW_PROJECT_ID", text)
	}
	return text, nil
}

// filePattern reads a pattern for absolute paths.
func filePattern(text string) (string, error) {
	_, err := path.Match(text, "")
	switch {
	case err != nil:
		return "", fmt.Errorf("%q: %w", text, err)
	case !path.IsAbs(text):
		return "", fmt.Errorf("%q: want an absolute path, such as /run/secrets/www, in which * stands for any characters but /", text)
	case path.Clean(text) != text:
		return "", fmt.Errorf("%q: want it without .., . and slashes that say nothing: %s", text, path.Clean(text))
	}
	return text, nil
}

// options returns how the files of domains are read.
func (r domainReferences) options() domainfile.Options {
	return domainfile.Options{Expand: r.text, Secret: r.secret}
}

// text returns what a reference in the file of a domain stands for.
func (r domainReferences) text(reference string) (string, error) {
	name, err := r.allowed(reference)
	if err != nil {
		return reference, err
	}
	if value, ok := r.known[reference]; ok {
		return value, nil
	}
	if r.blind {
		return reference, nil
	}
	return r.value(name)
}

// secret returns the secret that a reference in the file of a domain names. It is read anew each time it is used.
func (r domainReferences) secret(reference string) (providers.Secret, error) {
	name, err := r.allowed(reference)
	if err != nil {
		return providers.Secret{}, err
	}
	return providers.NewSecret(reference, func() (string, error) {
		value, err := r.value(name)
		if err == nil && value == "" {
			err = fmt.Errorf("the secret %s is empty", reference)
		}
		return value, err
	}), nil
}

// allowed returns what a reference names, or an error if the file of a domain may not have it.
func (r domainReferences) allowed(reference string) (name string, err error) {
	name = strings.TrimSuffix(strings.TrimPrefix(reference, "${"), "}")
	file, isFile := strings.CutPrefix(name, filePrefix)
	matches := func(pattern string) bool {
		matched, err := path.Match(pattern, file)
		return err == nil && matched
	}
	switch {
	case !isFile && !slices.Contains(r.env, name):
		return "", fmt.Errorf("%s is not among domains.env in the configuration", name)
	case isFile && (!path.IsAbs(file) || path.Clean(file) != file):
		return "", fmt.Errorf("%s: want an absolute path without .. in it", file)
	case isFile && !slices.ContainsFunc(r.files, matches):
		return "", fmt.Errorf("%s is not among domains.files in the configuration", file)
	}
	return name, r.refuseOwn(name)
}

// refuseOwn returns an error if the configuration has that name, or another one of the same file, in a secret of its own: a pattern easily matches more
// than it was meant for, and what is named in a field is shown in plans.
func (r domainReferences) refuseOwn(name string) error {
	file, isFile := r.expand.file(name)
	for _, own := range r.secrets {
		ownFile, ownIsFile := r.expand.file(own)
		if own == name || isFile && ownIsFile && isSameFile(file, ownFile) {
			return fmt.Errorf("%s is a secret of the configuration, which the files of domains do not get: give them one of their own", name)
		}
	}
	return nil
}

// isSameFile reports whether two paths lead to one file.
func isSameFile(a, b string) bool {
	if abs, err := filepath.Abs(b); err == nil && abs == a {
		return true
	}
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// certificateParts are the files in the directory of a certificate, as a secret of the type kubernetes.io/tls is mounted
// (https://kubernetes.io/docs/concepts/configuration/secret/#tls-secrets).
var certificateParts = [...]string{"tls.crt", "tls.key"}

// value returns what a name stands for. Of a directory with a certificate and its key that is both.
func (r domainReferences) value(name string) (string, error) {
	file, isFile := r.expand.file(name)
	if info, err := os.Stat(file); !isFile || err != nil || !info.IsDir() {
		return r.expand.value(name)
	}
	var parts []string
	for _, part := range certificateParts {
		part = filePrefix + path.Join(file, part)
		if err := r.refuseOwn(part); err != nil {
			return "", err
		}
		text, err := r.expand.value(part)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "\n"), nil
}
