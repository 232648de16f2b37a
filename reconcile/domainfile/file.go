// Package domainfile reads and writes the files of the zones repository that declare what a domain has beside its zones, such as
// example.com.domain.yaml: where it is delegated to, where it sends mail, which applications have a name in it.
//
// A [File] says what is written there, in the form that all providers of that kind of resource understand; which providers there are, and what each of them
// makes of it, is for its caller to check. The form of the file is in docs/domain-files.md.
//
// The package does no I/O of its own: it is given an fs.FS, and functions that know what a reference stands for.
package domainfile

import (
	"cmp"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// File is what [Parse] makes of the file of one domain.
type File struct {
	// Domain is the one that the name of the file says, and if that says none the one that is in the file. It is the zero Name if neither says one.
	Domain zonefile.Name
	// Path is the file, relative to the source directory.
	Path string
	// Declarations are those that could be read: the delegation, then mail, then apps, each in order of their names. If the file has a problem that is an
	// Error they are not all that is wanted, see [File.Err].
	Declarations []Declaration
	// Proof says where the domain is proved, nil if it does not have to be.
	Proof *Proof
	// Problems are in the order of their places.
	Problems []zonefile.Problem
}

// Declaration is a resource that is wanted.
type Declaration struct {
	// Provider is its name in the configuration.
	Provider string
	// Resource is what is wanted. Its Fields are those that are declared: of them sets and names are in canonical form, and the others as they are
	// written, with the values of references put in.
	Resource providers.Resource
	// FromZone has the fields whose value is the zone's, each with the name of the target whose zone is meant, "" if none is named. They are not
	// in Resource.Fields.
	FromZone map[string]string
	// Publish are the outputs that go to the zone.
	Publish []Publication
	// TTL is that of what is published, 0 if none is declared.
	TTL zonefile.TTL
	// Position is where the declaration begins, and Fields are the places of its keys. Those of contacts have their own names: "registrant".
	Position zonefile.Position
	Fields   map[string]zonefile.Position
}

// compare orders declarations by kind, name and provider.
func (d Declaration) compare(other Declaration) int {
	return cmp.Or(
		cmp.Compare(slices.Index(kinds, d.Resource.Kind), slices.Index(kinds, other.Resource.Kind)),
		d.Resource.Name.Compare(other.Resource.Name),
		cmp.Compare(d.Provider, other.Provider),
	)
}

// kinds are the kinds of resource in the order of a file.
var kinds = []providers.ResourceKind{providers.Delegation, providers.Mail, providers.App}

// Publication is an output of a resource that goes to the zone.
type Publication struct {
	Output   string // "dkim"
	Position zonefile.Position
}

// Proof says that a host does not serve the domain before it is proved to be ours, and where the record that proves it is published.
type Proof struct {
	Of        string // the target that wants the proof
	PublishAt string // the target that serves the domain until then
	Position  zonefile.Position
}

// Err returns nil if what the file declares can be planned, and otherwise a *[zonefile.ProblemsError] with the problems that keep it from that.
func (f *File) Err() error {
	var errs []zonefile.Problem
	for _, p := range f.Problems {
		if p.Severity == zonefile.Error {
			errs = append(errs, p)
		}
	}
	if errs == nil {
		return nil
	}
	return &zonefile.ProblemsError{Zone: f.Domain, Problems: errs}
}
