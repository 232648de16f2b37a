package reconcile

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// ResourceTarget is a provider of resources, as planning sees it.
type ResourceTarget struct {
	Reader providers.ResourceReader
	// System says which system it is, see Target.System.
	System string
	// CanCheck says that the provider looks at a resource when it is asked to, see providers.ResourceChecker.
	CanCheck bool
}

// declares reports whether a file declares resources, by its name. A name that domainfile.DomainOf makes nothing of is a problem of that file.
func declares(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".domain.yaml") || strings.HasSuffix(name, ".domain.yml")
}

// resourceUnit is what the zones repository declares for one domain at one provider.
type resourceUnit struct {
	declarations []domainfile.Declaration // in order of their names
	proof        *domainfile.Proof
	digest       zonefile.Digest // of all of the file
}

// declaration returns what is declared for a name, nil if nothing is.
func (u *resourceUnit) declaration(name zonefile.Name) *domainfile.Declaration {
	for i := range u.declarations {
		if u.declarations[i].Resource.Name == name {
			return &u.declarations[i]
		}
	}
	return nil
}

// stated returns the digest of what is declared for a name, the zero Digest if nothing is.
func (u *resourceUnit) stated(name zonefile.Name) zonefile.Digest {
	if u.declaration(name) == nil {
		return zonefile.Digest{}
	}
	return u.digest
}

// domains are what a tree declares beside its zones.
type domains struct {
	// all are those that the tree declares, and units those of them that are meant.
	all, units []*desiredZone // one for each domain and provider
	// proofs are the records by which a host wants a domain proved, by the zone on the target that wants it.
	proofs map[Ref]domainfile.Proof
	// files are the paths of the files, by domain.
	files map[zonefile.Name]string
	// unread are the domains whose file could not be read: nobody knows what it declares.
	unread map[zonefile.Name]error
	// parsed are the files that could be parsed, also those with errors; unparsed says of the others, by path, why not.
	parsed   []*domainfile.File
	unparsed map[string]error
}

// readDomains reads the files that declare resources. One that cannot be read keeps no other from being read.
func (p *Planner) readDomains(tree fs.FS, paths []string) domains {
	all := domains{
		proofs: map[Ref]domainfile.Proof{}, files: map[zonefile.Name]string{}, unread: map[zonefile.Name]error{}, unparsed: map[string]error{},
	}
	var files []*domainfile.File
	for _, path := range paths {
		file, err := domainfile.Parse(tree, path, p.Domains)
		if err != nil {
			domain, _ := domainfile.DomainOf(path)
			err = fmt.Errorf("read %s: %w", path, err)
			all.files[domain], all.unparsed[path] = path, err
			all.broken(p, domain, path, err)
			continue
		}
		all.files[file.Domain] = path
		files = append(files, file)
	}
	for _, problem := range domainfile.Check(files) {
		for _, file := range files {
			if file.Path == problem.Position.File {
				file.Problems = append(file.Problems, problem)
			}
		}
	}
	all.parsed = files
	for _, file := range files {
		p.checkProviders(file)
		if p.Choose != nil {
			file.Problems = p.Choose(file.Problems)
		}
		slices.SortStableFunc(file.Problems, func(a, b zonefile.Problem) int { return a.Position.Compare(b.Position) })
		if err := file.Err(); err != nil {
			all.broken(p, file.Domain, file.Path, err)
			continue
		}
		all.add(p, file)
	}
	slices.SortFunc(all.units, func(a, b *desiredZone) int { return a.Ref.Compare(b.Ref) })
	all.all = all.units
	return all
}

// broken notes that the file of a domain cannot be read. A plan has to say so: it is that of a provider that has resources. Of a file that is of no domain it
// is that of the root.
func (d *domains) broken(p *Planner, domain zonefile.Name, path string, err error) {
	d.unread[domain] = err
	names := slices.Sorted(maps.Keys(p.Resources))
	if len(names) == 0 || domain.IsZero() {
		names = []string{"resources"}
	}
	if domain.IsZero() {
		domain = zonefile.Root
	}
	unit := p.unit(Ref{domain, names[0]}, path)
	unit.err = err
	d.units = append(d.units, unit)
}

// add adds what a file declares.
func (d *domains) add(p *Planner, file *domainfile.File) {
	byProvider := map[string]*desiredZone{}
	for _, declaration := range file.Declarations {
		unit, ok := byProvider[declaration.Provider]
		if !ok {
			unit = p.unit(Ref{file.Domain, declaration.Provider}, file.Path)
			unit.unit.proof, unit.unit.digest = file.Proof, file.Digest()
			unit.file.Problems = file.Problems // warnings, for each of its providers
			byProvider[declaration.Provider] = unit
			d.units = append(d.units, unit)
		}
		unit.unit.declarations = append(unit.unit.declarations, declaration)
	}
	for _, unit := range byProvider {
		slices.SortFunc(unit.unit.declarations, func(a, b domainfile.Declaration) int { return a.Resource.Name.Compare(b.Resource.Name) })
	}
	if file.Proof != nil {
		d.proofs[Ref{file.Domain, file.Proof.Of}] = *file.Proof
	}
}

// unit returns what there is to say of a domain at a provider for which nothing is declared.
func (p *Planner) unit(ref Ref, path string) *desiredZone {
	return &desiredZone{
		Ref: ref, rule: Rule{Policy: p.domainPolicy(ref.Zone)}, source: path,
		file: &zonefile.File{Zone: zonefile.NewZone(ref.Zone)}, unit: &resourceUnit{},
	}
}

// domainPolicy returns the policy of a domain's resources: that of the first rule for a zone of that name.
func (p *Planner) domainPolicy(domain zonefile.Name) Policy {
	for _, rule := range p.Rules {
		if rule.matches(domain) {
			return rule.Policy
		}
	}
	return p.DomainPolicy
}

// checkProviders adds the problems of a file whose declarations name providers that are not there, or have no such resources.
func (p *Planner) checkProviders(file *domainfile.File) {
	find := func(at zonefile.Position, format string, args ...any) {
		file.Problems = append(file.Problems, zonefile.Problem{
			Position: at, Rule: "provider", Severity: zonefile.Error, Message: fmt.Sprintf(format, args...),
		})
	}
	for _, d := range file.Declarations {
		target, ok := p.Resources[d.Provider]
		if !ok {
			there := "there are " + strings.Join(slices.Sorted(maps.Keys(p.Resources)), ", ")
			if len(p.Resources) == 0 {
				there = "there is none for resources"
			}
			find(d.Position, "%s: there is no provider %q under providers: in the configuration; %s", d.Resource, d.Provider, there)
			continue
		}
		typ := target.Reader.ResourceType()
		if typ.Kind != d.Resource.Kind {
			find(d.Position, "%s: the provider %s is for %s", d.Resource, d.Provider, typ.Kind)
			continue
		}
		for field, from := range d.FromZone {
			if _, ok := p.Targets[from]; from != "" && !ok {
				find(cmp.Or(d.Fields[field], d.Position), "%s: %s: from-zone: there is no provider %q for zones; there are %s", d.Resource, field, from, strings.Join(slices.Sorted(maps.Keys(p.Targets)), ", "))
			}
		}
		for name := range d.Resource.Fields {
			if _, ok := typ.Field(name); !ok {
				find(d.Fields[name], "%s: %s has no field %s", d.Resource, d.Provider, name)
			}
		}
		for _, publication := range d.Publish {
			if !slices.Contains(typ.Outputs, publication.Output) {
				find(publication.Position, "%s: publish: %s wants no %s published; there are %s", d.Resource, d.Provider, publication.Output, strings.Join(typ.Outputs, ", "))
			}
		}
	}
	if proof := file.Proof; proof != nil {
		for _, target := range []string{proof.Of, proof.PublishAt} {
			if _, ok := p.Targets[target]; !ok {
				find(proof.Position, "ownership: there is no provider %q for zones under providers: in the configuration", target)
			}
		}
	}
}
