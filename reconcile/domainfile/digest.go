package domainfile

import (
	"crypto/sha256"
	"encoding/json"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// digested is what a digest is made of. A map is written in the order of its keys.
type digested struct {
	Domain       string
	Declarations []digestedDeclaration
	Proof        [2]string
	Errors       []string
}

type digestedDeclaration struct {
	Kind           providers.ResourceKind
	Name, Provider string
	Fields         map[string]string
	FromZone       map[string]string
	Secrets        map[string]string // how they are named
	Publish        []string
	TTL            zonefile.TTL
}

// Digest returns the digest of all that a plan is made of: it changes if a declaration changes, and not with comments, the order of keys and lists, or places.
// Of a secret it is the reference that counts, of any other reference the value. The digest of a file with errors is also that of what they say.
func (f *File) Digest() zonefile.Digest {
	all := digested{Domain: f.Domain.String()}
	for _, d := range slices.SortedStableFunc(slices.Values(f.Declarations), Declaration.compare) {
		one := digestedDeclaration{
			Kind: d.Resource.Kind, Name: d.Resource.Name.String(), Provider: d.Provider,
			Fields: d.Resource.Fields, FromZone: d.FromZone, Secrets: map[string]string{}, TTL: d.TTL,
		}
		for name, secret := range d.Resource.Secrets {
			one.Secrets[name] = secret.Reference
		}
		for _, p := range d.Publish {
			one.Publish = append(one.Publish, p.Output)
		}
		slices.Sort(one.Publish)
		all.Declarations = append(all.Declarations, one)
	}
	if f.Proof != nil {
		all.Proof = [2]string{f.Proof.Of, f.Proof.PublishAt}
	}
	for _, p := range f.Problems {
		if p.Severity == zonefile.Error {
			all.Errors = append(all.Errors, p.Rule+" "+p.Message)
		}
	}
	// Of strings, numbers and maps of strings there is nothing that JSON has no form for.
	text, err := json.Marshal(all)
	if err != nil {
		panic("domainfile: " + err.Error())
	}
	return sha256.Sum256(text)
}
