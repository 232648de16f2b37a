package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/layout"
)

// arrange returns what the file of a live zone is to say: all that a plan would retire if the file did not state it, and of the rest what there is in comments.
// What the file says of it otherwise is for people: the notes of zone tell of what is in no record of the file, and its refusals what keeps it from being planned.
func (i zoneImporter) arrange(zone *importedZone, live *providers.Snapshot, signing providers.Signing, policy reconcile.Policy) layout.Document {
	a := arrangement{zoneImporter: i, ref: i.ref(live.Zone.Origin()), live: live}
	left := reconcile.WhatIsLeft(a.ref, policy, live.Zone)
	for set := range live.Zone.All() {
		if why := a.leave(set, left(set.Key)); why != "" {
			a.out = append(a.out, zonefile.Change{Old: &set})
			continue
		}
		a.compare(set)
	}
	a.beside(live.Disabled, "disabled at "+i.provider+", and not served")
	a.beside(live.Foreign, "made by the server of "+i.provider+", or in a form that cannot be written")
	doc := layout.Document{Zone: live.Zone.With(a.out), Header: a.header(signing), Footer: a.footer()}
	zone.notes, zone.refusals = a.notes, a.refused
	return doc
}

// arrangement is what a file is made of.
type arrangement struct {
	zoneImporter
	ref   reconcile.Ref
	live  *providers.Snapshot
	out   []zonefile.Change // what the file does not state
	above []string          // what there is to say of the zone as a whole
	parts []part            // what else is there
	sign  map[zonefile.Type]int
	notes []string
	// refused are what the file states and the provider would not take, and why.
	refused []string
}

// part is RRsets that are in comments, and why.
type part struct {
	why   string
	lines []string
}

func (a *arrangement) note(format string, args ...any) {
	a.notes = append(a.notes, fmt.Sprintf("%s: ", a.ref)+fmt.Sprintf(format, args...))
}

// leave returns why the file does not state an RRset, and notes that for its comments; empty if it states it.
func (a *arrangement) leave(set zonefile.RRset, left reconcile.LeftAlone) string {
	switch left {
	case reconcile.NotLeft:
		return ""
	case reconcile.LeftToServer:
		return a.leaveApex(set)
	case reconcile.LeftToSigner:
		a.signed(set)
		return "it is the signer's"
	case reconcile.LeftToChallenge:
		return a.comment("challenges of ACME, which come and go by themselves", set)
	case reconcile.LeftByPolicy:
		return a.comment("left to others: ignore: in the policy", set)
	case reconcile.LeftToOthers:
		return a.comment("left to others: external-dns", set)
	}
	return ""
}

// leaveApex is leave for the SOA, and the NS of the apex.
func (a *arrangement) leaveApex(set zonefile.RRset) string {
	is := apexText(set)
	switch {
	case set.Key.Type == zonefile.TypeNS && a.live.Traits.ApexNSWritable, set.Key.Type == zonefile.TypeSOA && a.live.Traits.SOAWritable && a.soa:
		return ""
	case set.Key.Type == zonefile.TypeSOA && a.live.Traits.SOAWritable:
		a.above = append(a.above, "Left as it is, since its serial is the provider's, until the file states it: "+is)
	default:
		if a.soa && set.Key.Type == zonefile.TypeSOA {
			a.note("the SOA is not stated, since %s does not let it be set", a.provider)
		}
		a.above = append(a.above, fmt.Sprintf("Left as it is, since %s does not let it be set: %s", a.provider, is))
	}
	return is
}

// apexText returns the SOA, but for its serial, or the NS of an apex in a line. So the same zone has the same file tomorrow.
func apexText(set zonefile.RRset) string {
	soa, err := zonefile.ParseSOA(set)
	if err != nil {
		return fmt.Sprintf("%s %d %s", set.Key.Type, set.TTL, strings.Join(set.Text(), ", "))
	}
	return fmt.Sprintf("SOA %d %s %s refresh %d, retry %d, expire %d, minimum %d", set.TTL, soa.MName, soa.RName, soa.Refresh, soa.Retry, soa.Expire, soa.Minimum)
}

// signed counts an RRset that a signer makes.
func (a *arrangement) signed(set zonefile.RRset) {
	if a.sign == nil {
		a.sign = map[zonefile.Type]int{}
	}
	a.sign[set.Key.Type] += set.Len()
}

// comment has an RRset in a comment, and returns why.
func (a *arrangement) comment(why string, set zonefile.RRset) string {
	i := slices.IndexFunc(a.parts, func(p part) bool { return p.why == why })
	if i < 0 {
		i = len(a.parts)
		a.parts = append(a.parts, part{why: why})
	}
	for _, text := range set.Text() {
		a.parts[i].lines = append(a.parts[i].lines, fmt.Sprintf("%s %d %s %s", set.Key.Name, set.TTL, set.Key.Type, text))
	}
	return why
}

// beside has what a provider has beside the zone in comments. The zone may be nil.
func (a *arrangement) beside(zone *zonefile.Zone, why string) {
	if zone == nil {
		return
	}
	for set := range zone.All() {
		if set.Key.Type.Signing() {
			a.signed(set)
			continue
		}
		a.comment(why, set)
	}
}

// compare notes where a plan would change an RRset although the file states it as it is, or would refuse it.
func (a *arrangement) compare(set zonefile.RRset) {
	if set.Key.Type == zonefile.TypeSOA {
		return
	}
	normal, err := a.target.Reader.Normalize(set)
	switch {
	case err != nil:
		a.refuse(set.Key, err)
	case normal != set:
		a.note("%s is stated as it is there, and a plan changes it to what %s makes of it: %d %s", set.Key, a.provider, normal.TTL, strings.Join(normal.Text(), ", "))
	}
}

// refuse notes that the provider serves an RRset that it would not take, which keeps the zone from being planned.
func (a *arrangement) refuse(key zonefile.Key, err error) {
	a.above = append(a.above, fmt.Sprintf("No plan is made of the zone as long as this is in it, since %s has it and does not take it: %s: %v", a.provider, key, err))
	a.refused = append(a.refused, fmt.Sprintf("%s is stated, and cannot be put there again: %v", key, err))
}

// header returns the comments at the top of the file.
func (a *arrangement) header(signing providers.Signing) []string {
	lines := append([]string{fmt.Sprintf("%s, as %s has it", a.ref.Zone, a.provider)}, a.above...)
	if len(a.sign) > 0 {
		var types []string
		for _, t := range slices.Sorted(maps.Keys(a.sign)) {
			types = append(types, fmt.Sprintf("%s (%d)", t, a.sign[t]))
		}
		lines = append(lines, "Left to the server that signs: "+strings.Join(types, ", "))
	}
	if signing.Signed {
		line := "It is signed there (DNSSEC)"
		if !signing.DS.IsZero() {
			line += "; DS for the parent zone: " + strings.Join(signing.DS.Text(), ", ")
		}
		lines = append(lines, line)
	}
	for _, name := range slices.Sorted(maps.Keys(a.live.Properties)) {
		lines = append(lines, fmt.Sprintf("Property of the zone there, which no zone file has: %s: %q", name, a.live.Properties[name]))
	}
	return lines
}

// footer returns the comments at the end of the file, and notes what they are about.
func (a *arrangement) footer() []string {
	var lines []string
	for i, p := range a.parts {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, "Not in this file: "+p.why)
		for _, line := range p.lines {
			lines = append(lines, "  "+line)
		}
		a.note("%s in comments alone: %s", render.Count(len(p.lines), "record is", "records are"), p.why)
	}
	return lines
}
