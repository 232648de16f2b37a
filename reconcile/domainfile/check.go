package domainfile

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// maxAppNames is the most names that one application has (https://doc.scalingo.com/platform/app/domain).
const maxAppNames = 20

// Check returns the problems that only show when the files of all domains are there: what two of them declare, and what can never come to pass because one thing
// waits for another in a circle. They are in the order of their places, and of two places that cannot stand together each has its problem, which names the other.
func Check(files []*File) []zonefile.Problem {
	problems := slices.Concat(
		duplicateDomains(files),
		duplicateResources(files),
		secondCanonicals(files),
		surplusNames(files),
		serverCircles(files),
	)
	slices.SortStableFunc(problems, func(a, b zonefile.Problem) int { return a.Position.Compare(b.Position) })
	return problems
}

// declared gives all declarations of all files.
func declared(files []*File) iter.Seq[Declaration] {
	return func(yield func(Declaration) bool) {
		for _, f := range files {
			for _, d := range f.Declarations {
				if !yield(d) {
					return
				}
			}
		}
	}
}

// places are where things with the same key are declared, in order.
type places[K comparable] map[K][]zonefile.Position

func (p places[K]) add(key K, at zonefile.Position) { p[key] = append(p[key], at) }

// collisions returns a problem for each place of a key that has more than one. The message is given the key, and the other place.
func (p places[K]) collisions(rule string, message func(key K, other zonefile.Position) string) []zonefile.Problem {
	var problems []zonefile.Problem
	for key, all := range p {
		if len(all) < 2 {
			continue
		}
		slices.SortFunc(all, zonefile.Position.Compare)
		for i, at := range all {
			other := all[0]
			if i == 0 {
				other = all[1]
			}
			problems = append(problems, zonefile.Problem{Position: at, Rule: rule, Severity: zonefile.Error, Message: message(key, other)})
		}
	}
	return problems
}

func duplicateDomains(files []*File) []zonefile.Problem {
	domains := places[zonefile.Name]{}
	for _, f := range files {
		if !f.Domain.IsZero() {
			domains.add(f.Domain, zonefile.Position{File: f.Path})
		}
	}
	return domains.collisions("duplicate-domain", func(domain zonefile.Name, other zonefile.Position) string {
		return fmt.Sprintf("%s is also the domain of %s: put all of it into one file", domain, other)
	})
}

// identity is what makes two resources the same: a provider has one for a name.
type identity struct {
	provider string
	kind     providers.ResourceKind
	name     zonefile.Name
}

func duplicateResources(files []*File) []zonefile.Problem {
	resources := places[identity]{}
	for d := range declared(files) {
		resources.add(identity{d.Provider, d.Resource.Kind, d.Resource.Name}, d.Position)
	}
	return resources.collisions("duplicate-resource", func(what identity, other zonefile.Position) string {
		return fmt.Sprintf("%s %s is declared for %s at %s too", what.kind, what.name, what.provider, other)
	})
}

// application is one at a provider.
type application struct{ provider, app string }

// appOf returns the application that a declaration is of, and false for one of another kind.
func appOf(d Declaration) (application, bool) {
	app, ok := d.Resource.Fields["app"]
	return application{d.Provider, app}, ok && d.Resource.Kind == providers.App
}

func secondCanonicals(files []*File) []zonefile.Problem {
	canonical := places[application]{}
	for d := range declared(files) {
		if app, ok := appOf(d); ok && d.Resource.Fields["canonical"] == "true" {
			canonical.add(app, d.Position)
		}
	}
	return canonical.collisions("two-canonical-names", func(of application, other zonefile.Position) string {
		return fmt.Sprintf("the application %s has another canonical name at %s: it can have one", of.app, other)
	})
}

func surplusNames(files []*File) []zonefile.Problem {
	names := places[application]{}
	for d := range declared(files) {
		if app, ok := appOf(d); ok {
			names.add(app, d.Position)
		}
	}
	var problems []zonefile.Problem
	for of, all := range names {
		if len(all) <= maxAppNames {
			continue
		}
		slices.SortFunc(all, zonefile.Position.Compare)
		for _, at := range all[maxAppNames:] {
			problems = append(problems, zonefile.Problem{
				Position: at, Rule: "too-many-names", Severity: zonefile.Error,
				Message: fmt.Sprintf("the application %s has %d names, and can have %d", of.app, len(all), maxAppNames),
			})
		}
	}
	return problems
}

// serverCircles finds domains that nobody can resolve: all of their name servers are in domains that are found by asking them only (RFC 9471 §2 has glue for
// those in the domain itself, and for no others). A delegation whose name servers come from its zone is not among what is looked at: the file does not say which they are.
func serverCircles(files []*File) []zonefile.Problem {
	stated := map[zonefile.Name]Declaration{}
	for d := range declared(files) {
		if d.Resource.Kind == providers.Delegation && d.Resource.Fields["name_servers"] != "" {
			stated[d.Resource.Name] = d
		}
	}
	stuck := maps.Clone(stated)
	for found := true; found; {
		found = false
		for domain, d := range stuck {
			for _, text := range providers.SplitSet(d.Resource.Fields["name_servers"]) {
				server, err := zonefile.ParseName(text, zonefile.Root)
				if err != nil || server.In(domain) || !inAny(server, stuck) {
					delete(stuck, domain)
					found = true
					break
				}
			}
		}
	}
	var problems []zonefile.Problem
	for _, domain := range slices.SortedFunc(maps.Keys(stuck), zonefile.Name.Compare) {
		d := stuck[domain]
		problems = append(problems, zonefile.Problem{
			Position: d.Position, Rule: "server-circle", Severity: zonefile.Error,
			Message: fmt.Sprintf("nobody could resolve %s: all of its name servers (%s) are in domains that only name servers in a circle with it know; name one that is in the domain itself, or elsewhere",
				domain, d.Resource.Fields["name_servers"]),
		})
	}
	return problems
}

// inAny reports whether a name is in one of some domains.
func inAny(name zonefile.Name, domains map[zonefile.Name]Declaration) bool {
	for domain := range domains {
		if name.In(domain) {
			return true
		}
	}
	return false
}
