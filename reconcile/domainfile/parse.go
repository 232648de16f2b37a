package domainfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/yamldoc"
)

// Options say how [Parse] reads.
type Options struct {
	// Expand returns the text of a field with the values of its references put in ("${SCW_PROJECT_ID}"), or an error that says why one may not be used or
	// is not there. It may return the text as it is where values are not looked up: then the field has that. Without it each reference is an error.
	Expand func(text string) (string, error)
	// Secret returns the secret that a reference names ("${file:/run/secrets/www}"), or an error that says why it may not be used. Without it secrets
	// have no value.
	Secret func(reference string) (providers.Secret, error)
	Limits Limits
}

// Limits bounds what reading one file may cost. A field that is 0 has the default that is named with it.
type Limits struct {
	FileBytes    int64 // octets of the file: 1 MiB
	Declarations int   // resources: 1,000
	YAMLAliases  int   // values that YAML aliases stand for: 10,000
}

// withDefaults returns l with the fields that are 0 or less set to their defaults.
func (l Limits) withDefaults() Limits {
	if l.FileBytes <= 0 {
		l.FileBytes = 1 << 20
	}
	if l.Declarations <= 0 {
		l.Declarations = 1000
	}
	if l.YAMLAliases <= 0 {
		l.YAMLAliases = 10_000
	}
	return l
}

// extensions are those of a file that declares resources.
var extensions = []string{".domain.yaml", ".domain.yml"}

// DomainOf returns the domain that a file declares the resources of by its name, and whether it is the file of one:
//
//	example.com.domain.yaml, example.com.domain.yml    example.com.
//	bücher.example.domain.yaml                         xn--bcher-kva.example.
//	0_25.2.0.192.in-addr.arpa.domain.yaml              0/25.2.0.192.in-addr.arpa. (RFC 2317)
//
// What stands before the extension is read as [zonefile.OriginOf] reads it.
func DomainOf(file string) (zonefile.Name, bool) {
	for _, extension := range extensions {
		if cut := len(file) - len(extension); cut >= 0 && strings.EqualFold(file[cut:], extension) {
			domain, ok := zonefile.OriginOf(file[:cut] + ".zone")
			if !ok || domain.IsRoot() || domain.IsWildcard() {
				return zonefile.Name{}, false
			}
			return domain, true
		}
	}
	return zonefile.Name{}, false
}

// fileName returns the name of the file of a domain.
func fileName(domain zonefile.Name) string { return zonefile.FileName(domain) + extensions[0] }

// Parse reads the file of a domain.
//
// The error is about what cannot be read at all, such as a file that is not there: it wraps that of fsys, and nothing is known of what is declared. All that is
// wrong with the text is among the Problems of the File, and after each of them reading goes on. What only shows when all files are there, [Check] finds.
func Parse(fsys fs.FS, file string, opts Options) (*File, error) {
	opts.Limits = opts.Limits.withDefaults()
	text, err := yamldoc.ReadText(fsys, file, opts.Limits.FileBytes)
	large, isLarge := errors.AsType[yamldoc.TooLargeError](err)
	if err != nil && !isLarge {
		return nil, fmt.Errorf("read the resources of a domain: %w", err)
	}
	r := newReader(file, text, opts)
	if isLarge {
		r.Find(zonefile.Position{File: file}, "file-too-large", zonefile.Error, "%v", large)
	} else if top, ok := r.Top(); ok {
		r.readTop(top)
	}
	slices.SortStableFunc(r.file.Declarations, Declaration.compare)
	r.file.Problems = r.Problems()
	return r.file, nil
}

// checkName checks that the name of the file is that of the domain which is declared, and returns the domain that the names in the file are to be in.
func (r *reader) checkName(declared zonefile.Name, n *yaml.Node) zonefile.Name {
	name := path.Base(r.file.Path)
	switch {
	case r.file.Domain.IsZero() && declared.IsZero():
		r.Fail(n, "file-name", "%s is the name of no domain and %s", shown(name), extensions[0])
	case r.file.Domain.IsZero():
		r.Fail(n, "file-name", "the file is %s, which is the name of no domain: name it %s", shown(name), fileName(declared))
		r.file.Domain = declared
	case declared.IsZero():
		return r.file.Domain
	case declared != r.file.Domain:
		r.Fail(n, "file-name", "the file declares %s, and is that of %s by its name: name it %s, or mend the domain", declared, r.file.Domain, fileName(declared))
	}
	return declared
}
