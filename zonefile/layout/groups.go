package layout

import (
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// group is a part of a file with a heading of its own. They are in the order of the file.
type group int

const (
	apex group = iota
	mail
	hosts
	services
	delegations
	groups // how many there are
)

// heading returns what stands above a group of a zone.
func (g group) heading(origin zonefile.Name) string {
	switch g {
	case apex:
		return "The zone itself"
	case mail:
		return "Mail"
	case hosts:
		if isReverse(origin) {
			return "Addresses"
		}
		return "Hosts"
	case services:
		return "Services"
	case delegations:
		return "Delegations"
	case groups:
	}
	return ""
}

var (
	inAddrARPA = zonefile.MustParseName("in-addr.arpa.")
	ip6ARPA    = zonefile.MustParseName("ip6.arpa.")
)

func isReverse(origin zonefile.Name) bool { return origin.In(inAddrARPA) || origin.In(ip6ARPA) }

// owner is a name of a zone with all of its RRsets.
type owner struct {
	name zonefile.Name
	// labels are those of the name below the origin, from the one that is nearest to it, as they are written.
	labels []string
	sets   []zonefile.RRset
}

// grouped returns the names of a zone in their groups, in the order in which they are written.
func grouped(z *zonefile.Zone) [groups][]owner {
	var all [groups][]owner
	var cut zonefile.Name // the last delegation
	for o := range owners(z) {
		if o.name != z.Origin() && o.has(zonefile.TypeNS) && !o.name.In(cut) {
			cut = o.name
		}
		g := hosts
		switch {
		case o.name == z.Origin():
			g = apex
		case o.name.In(cut):
			g = delegations
		case o.isMail():
			g = mail
		case slices.ContainsFunc(o.labels, isUnderscored):
			g = services
		}
		all[g] = append(all[g], o)
	}
	for _, some := range all {
		slices.SortStableFunc(some, func(a, b owner) int { return slices.CompareFunc(a.labels, b.labels, compareLabels) })
	}
	return all
}

// owners gives the names of a zone in canonical order.
func owners(z *zonefile.Zone) func(yield func(owner) bool) {
	return func(yield func(owner) bool) {
		var o owner
		for set := range z.All() {
			if set.Key.Name != o.name {
				if len(o.sets) > 0 && !yield(o.sorted()) {
					return
				}
				o = owner{name: set.Key.Name, labels: labelsBelow(set.Key.Name, z.Origin())}
			}
			o.sets = append(o.sets, set)
		}
		if len(o.sets) > 0 {
			yield(o.sorted())
		}
	}
}

// sorted returns o with its RRsets in the order in which people write them.
func (o owner) sorted() owner {
	slices.SortStableFunc(o.sets, func(a, b zonefile.RRset) int { return rank(a.Key.Type) - rank(b.Key.Type) })
	return o
}

func (o owner) has(t zonefile.Type) bool {
	return slices.ContainsFunc(o.sets, func(s zonefile.RRset) bool { return s.Key.Type == t })
}

// isMail reports whether a name is about mail alone: it takes mail, or has what receivers and senders of mail look up.
func (o owner) isMail() bool {
	return o.has(zonefile.TypeMX) || slices.ContainsFunc(o.labels, func(label string) bool { return slices.Contains(mailLabels, label) })
}

// mailLabels are those of RFC 7489 §6.1 (DMARC), RFC 6376 §3.6.2.1 (DKIM), RFC 8461 §3.1 (MTA-STS), RFC 8460 §3 (TLS-RPT), BIMI, RFC 6186 §3 and RFC 8314 §5.1
// (mail clients), and one that many have SPF under.
var mailLabels = []string{
	"_dmarc", "_domainkey", "_mta-sts", "_smtp", "_bimi", "_submission", "_submissions", "_imap", "_imaps", "_pop3", "_pop3s", "_spf",
}

func isUnderscored(label string) bool { return strings.HasPrefix(label, "_") }

// firstTypes are written in this order, and before all others.
var firstTypes = []zonefile.Type{
	zonefile.TypeSOA, zonefile.TypeNS, zonefile.TypeDS, zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeALIAS, zonefile.TypeCNAME, zonefile.TypeDNAME,
	zonefile.TypePTR, zonefile.TypeMX, zonefile.TypeTXT, zonefile.TypeSRV, zonefile.TypeCAA,
}

func rank(t zonefile.Type) int {
	if i := slices.Index(firstTypes, t); i >= 0 {
		return i
	}
	return len(firstTypes) + int(t)
}
