package reconcile

import (
	"io/fs"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// LeftAlone is why a plan leaves an RRset alone that is live and that no zone file states.
type LeftAlone int

// The reasons. NotLeft is none: the plan would retire the RRset.
const (
	NotLeft         LeftAlone = iota
	LeftToServer              // every zone has it: the SOA and the NS of the apex
	LeftToSigner              // a server that signs makes it
	LeftToChallenge           // the answer to a challenge of ACME (RFC 8555 §8.4)
	LeftByPolicy              // the policy ignores it
	LeftToOthers              // external-dns says that it is its own
)

// Stateable reports whether a zone file may state the RRset all the same, and then has it.
func (l LeftAlone) Stateable() bool { return l != LeftByPolicy && l != LeftToOthers }

// WhatIsLeft returns what says of the RRsets of a live zone which of them a plan under that policy leaves alone as long as no zone file states them, and why. It
// knows nothing of pins, of resources, and of what was applied.
func WhatIsLeft(ref Ref, policy Policy, live *zonefile.Zone) func(zonefile.Key) LeftAlone {
	external, _ := policy.ExternalDNS.marked(live)
	own := ownership{ref: ref, policy: policy, external: external}
	return func(key zonefile.Key) LeftAlone {
		switch {
		case own.ignored(key):
			return LeftByPolicy
		case own.external[key]:
			return LeftToOthers
		case !own.usual(key):
			return NotLeft
		case key.Type == zonefile.TypeTXT:
			return LeftToChallenge
		case key.Type.Signing():
			return LeftToSigner
		}
		return LeftToServer
	}
}

// RuleFor returns the first rule for a zone on a target, and whether there is one.
func RuleFor(rules []Rule, ref Ref) (Rule, bool) {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.matches(ref.Zone) && slices.Contains(r.Targets, ref.Target) })
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}

// ZoneFiles returns the files and split directories of a tree that are a zone's by their names, by zone, and notices about files that look like a zone's and
// are none.
func ZoneFiles(tree fs.FS) (files map[zonefile.Name][]string, notices []string, err error) {
	found, err := findZoneFiles(tree)
	return found.of, found.notices, err
}
