// Package dnstest runs the DNS tests of a zones repository: the files below tests/ that say what must be true of DNS.
//
// They are run against zones in memory ([Zones]), as they would be after a change, and against name servers ([Servers]). What neither can know, such as a name in
// none of the zones, is not decided: it has neither passed nor failed.
//
// A test file may be anybody's: what reading it costs is bounded, and no code, pattern or address in it is ever carried out, matched or connected to.
package dnstest

import (
	"context"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// Suite is the tests of a zones repository, in the order of their files and lines. It does not change.
type Suite struct {
	tests []test
}

// test is one element of the list in a file.
type test struct {
	name, why string
	targets   []string // that it is for; empty for all targets of the zone
	checks    []check
}

// check is one thing that a test says, which has one Result for each target.
type check struct {
	at zonefile.Position
	// subject is the question that is asked first: its zone is the one that the check is about.
	subject zonefile.Key
	query   string // what is asked, for people
	want    string
	judge   func(context.Context, looker) verdict
}

// Len returns how many tests there are.
func (s *Suite) Len() int { return len(s.tests) }

// Touching returns the tests that are about names in these zones: those in the zone itself, and those in zones below it.
func (s *Suite) Touching(zones ...zonefile.Name) *Suite {
	about := func(c check) bool {
		return slices.ContainsFunc(zones, c.subject.Name.In)
	}
	touching := &Suite{}
	for _, t := range s.tests {
		if slices.ContainsFunc(t.checks, about) {
			touching.tests = append(touching.tests, t)
		}
	}
	return touching
}
