// Package schema has JSON Schemas (draft 7, https://json-schema.org/draft-07/json-schema-core, which editors know best) of the files that people write. They are for editors,
// which complete and explain keys by them: whether a file is good its reader decides, which knows more.
package schema

import _ "embed" // the schemas

var (
	//go:embed config.schema.json
	config []byte
	//go:embed domain.schema.json
	domain []byte
	//go:embed zone.schema.json
	zone []byte
)

// Kind is a kind of file.
type Kind string

// The kinds.
const (
	Config Kind = "config" // zoneward.yaml
	Domain Kind = "domain" // NAME.domain.yaml
	Zone   Kind = "zone"   // NAME.yaml
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Zone, Domain, Config} }

// Of returns the schema of a kind of file, and reports false for what is no kind. It is not to be changed.
func Of(k Kind) ([]byte, bool) {
	switch k {
	case Config:
		return config, true
	case Domain:
		return domain, true
	case Zone:
		return zone, true
	}
	return nil, false
}
