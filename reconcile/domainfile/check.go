package domainfile

import (
	"fmt"
	"iter"
	"slices"
	"strings"

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
		proofCircles(files),
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

// proofCircles finds targets that wait for each other: each wants a record that is published at another, until the last of them is the first.
func proofCircles(files []*File) []zonefile.Problem {
	type edge struct{ of, at string }
	places := map[edge][]zonefile.Position{}
	next := map[string][]string{} // the targets that a target waits for, each once
	for _, f := range files {
		if f.Proof == nil || f.Proof.Of == f.Proof.PublishAt {
			continue // Parse has said so
		}
		e := edge{f.Proof.Of, f.Proof.PublishAt}
		if places[e] == nil {
			next[e.of] = append(next[e.of], e.at)
		}
		places[e] = append(places[e], f.Proof.Position)
	}
	for e := range places {
		slices.SortFunc(places[e], zonefile.Position.Compare)
		slices.Sort(next[e.of])
	}
	var problems []zonefile.Problem
	for e, all := range places {
		way := wayBetween(next, e.at, e.of)
		if way == nil {
			continue
		}
		var others []string
		for i := 1; i < len(way); i++ {
			others = append(others, fmt.Sprintf("%s by a record at %s (%s)", way[i-1], way[i], places[edge{way[i-1], way[i]}][0]))
		}
		for _, at := range all {
			problems = append(problems, zonefile.Problem{
				Position: at, Rule: "proof-circle", Severity: zonefile.Error,
				Message: fmt.Sprintf("ownership goes in a circle, where none is first: %s is to be proved by a record at %s, and %s", e.of, e.at, strings.Join(others, ", ")),
			})
		}
	}
	return problems
}

// wayBetween returns the shortest way from one target to another, both of them included, nil if there is none.
func wayBetween(next map[string][]string, from, to string) []string {
	before := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			var way []string
			for at := to; at != ""; at = before[at] {
				way = append(way, at)
			}
			slices.Reverse(way)
			return way
		}
		for _, target := range next[queue[0]] {
			if _, seen := before[target]; !seen {
				before[target] = queue[0]
				queue = append(queue, target)
			}
		}
	}
	return nil
}
