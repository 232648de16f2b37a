// Package preview answers DNS queries for zones that are held in memory, as their name servers would once they have them: authoritative answers alone,
// over UDP and TCP, on a loopback address.
//
// Nothing is signed: the DO bit is answered without RRSIG, NSEC and the like. What only a provider can answer, such as an ALIAS to a name in none of the
// zones, is SERVFAIL with an Extended DNS Error (RFC 8914) that says so.
package preview

import (
	"math"

	"github.com/zoneward/zoneward/zonefile"
)

// Zone is a zone that is answered for.
type Zone struct {
	// Origin is the zone's apex.
	Origin zonefile.Name
	// Content has all that is answered, with an SOA at the apex (see [StandInSOA]). Nobody changes it any more. Without it every name of the zone is answered
	// with SERVFAIL.
	Content *zonefile.Zone
	// Note goes with every answer as an Extended DNS Error: that the content is not what the file says now, or why there is none. Empty for nothing.
	Note string
}

// Zones are the zones that are answered for at one time. They do not change, and may be used concurrently.
type Zones struct {
	byOrigin map[zonefile.Name]*served
}

// served is a Zone as it is looked into.
type served struct {
	Zone
	soa zonefile.RRset
	// negative is the SOA with the TTL of negative answers (RFC 2308 §3).
	negative zonefile.RRset
}

// NewZones returns zones to answer for. Of two with the same origin the last one counts, and one whose Content has no SOA is as one without Content.
func NewZones(zones ...Zone) *Zones {
	all := &Zones{make(map[zonefile.Name]*served, len(zones))}
	for _, zone := range zones {
		s := &served{Zone: zone}
		if zone.Content != nil && !s.readSOA() {
			s.Content, s.Note = nil, "the zone has no SOA"
		}
		all.byOrigin[zone.Origin] = s
	}
	return all
}

// readSOA notes the zone's SOA, and reports whether it has one.
func (s *served) readSOA() bool {
	soa, ok := s.Content.Get(zonefile.Key{Name: s.Origin, Type: zonefile.TypeSOA})
	if !ok {
		return false
	}
	data, err := zonefile.ParseSOA(soa)
	if err != nil {
		return false
	}
	s.soa, s.negative = soa, soa.WithTTL(min(soa.TTL, zonefile.TTL(min(data.Minimum, math.MaxInt32))))
	return true
}

// of returns the zone that answers for a name and type, nil if there is none: the one that the name is deepest in, and for a DS at the apex of
// one the zone above, if that is there too (RFC 4035 §3.1.4.1).
func (z *Zones) of(key zonefile.Key) *served {
	found := z.at(key.Name)
	if found == nil || key.Type != zonefile.TypeDS || found.Origin != key.Name || key.Name.IsRoot() {
		return found
	}
	if above := z.at(key.Name.Parent()); above != nil {
		return above
	}
	return found
}

// at returns the zone that a name is deepest in.
func (z *Zones) at(name zonefile.Name) *served {
	for ; !name.IsZero(); name = name.Parent() {
		if found := z.byOrigin[name]; found != nil {
			return found
		}
	}
	return nil
}

// The times of an SOA that stands in for that of a provider, in seconds.
const (
	standInTTL     zonefile.TTL = 3600
	standInRefresh              = 10800
	standInRetry                = 3600
	standInExpire               = 604800
	standInMinimum              = 3600
)

// StandInSOA returns an SOA for a zone whose file has none, because its provider makes it. It names no server that exists.
func StandInSOA(origin zonefile.Name, serial uint32) zonefile.RRset {
	nobody := zonefile.MustParseName("stand-in.invalid.")
	return zonefile.SOA{
		MName: nobody, RName: nobody, Serial: serial,
		Refresh: standInRefresh, Retry: standInRetry, Expire: standInExpire, Minimum: standInMinimum,
	}.RRset(origin, standInTTL)
}
