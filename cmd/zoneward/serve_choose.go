package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// candidate is what may be answered of a zone: what it is on one target.
type candidate struct {
	reconcile.Ref
	content  *zonefile.Zone // nil if err is not
	source   string         // the file that it is from, or what else it is from
	position func(zonefile.Key) zonefile.Position
	err      error // why it is not known
}

// candidatesOf returns what zone files state.
func candidatesOf(stated reconcile.Stated) []candidate {
	all := make([]candidate, len(stated.Zones))
	for i := range stated.Zones {
		z := &stated.Zones[i]
		all[i] = candidate{z.Ref, z.Zone, z.Source, z.Position, z.Err}
	}
	return all
}

// remarksOn returns what a person should know of what is not answered, or not from a zone file.
func remarksOn(stated reconcile.Stated) []string {
	remarks := slices.Clone(stated.Notices)
	if len(stated.Declaring) > 0 {
		remarks = append(remarks, "left out is what resources would have published, which their providers know: "+some(stated.Declaring))
	}
	return remarks
}

// some returns some of several names for people.
func some(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// differError says that a zone is not the same on all of its targets, so that nobody knows which one is meant.
type differError struct {
	zone zonefile.Name
	on   []candidate
}

// Error names the targets, and what the zone is from there.
func (e *differError) Error() string {
	texts := make([]string, len(e.on))
	for i, c := range e.on {
		texts[i] = fmt.Sprintf("%s (%s)", c.Target, c.source)
	}
	return fmt.Sprintf("%s is not the same on its targets: %s", e.zone, strings.Join(texts, ", "))
}

// choose returns what is answered of each zone, in order: what it is on its targets, if that is the same on all.
func choose(all []candidate) []candidate {
	slices.SortStableFunc(all, func(a, b candidate) int { return a.Compare(b.Ref) })
	var chosen []candidate
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Zone == all[0].Zone {
			n++
		}
		one := all[0]
		if slices.ContainsFunc(all[1:n], func(other candidate) bool { return !one.same(other) }) {
			one.content, one.err = nil, &differError{one.Zone, all[:n]}
		}
		chosen, all = append(chosen, one), all[n:]
	}
	return chosen
}

// same reports whether a zone is the same on two targets, also if that is not known for the same reason.
func (c candidate) same(other candidate) bool {
	if c.err != nil || other.err != nil {
		return c.err != nil && other.err != nil && c.source == other.source
	}
	return c.content == other.content || c.content.Equal(other.content)
}
