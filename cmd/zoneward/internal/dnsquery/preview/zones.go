// Package preview answers DNS queries for zones that are held in memory, as their name servers would once they have them: authoritative answers alone,
// over UDP and TCP, on a loopback address.
//
// Nothing is signed: the DO bit is answered without RRSIG, NSEC and the like. What only a provider can answer, such as an ALIAS to a name in none of the
// zones, is SERVFAIL with an Extended DNS Error (RFC 8914) that says so.
package preview

import (
	"iter"

	"github.com/zoneward/zoneward/zonefile"
)

// Zone is a zone that is answered for.
type Zone struct {
	// Origin is the zone's apex.
	Origin zonefile.Name
	// Content has all that is answered. Nobody changes it any more. What signing makes (see [zonefile.Type.Signing]) is left out of the answers: it is not right any
	// more once something beside it has changed. Without Content every name of the zone is answered with SERVFAIL.
	Content *zonefile.Zone
	// Serial is that of the SOA that stands in for the one of the provider where Content has none.
	Serial uint32
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
	// standsIn says that the SOA is not from Content.
	standsIn bool
	// negative is the SOA with the TTL of negative answers (RFC 2308 §3).
	negative zonefile.RRset
}

// NewZones returns zones to answer for. Of two with the same origin the last one counts.
func NewZones(zones ...Zone) *Zones {
	all := &Zones{make(map[zonefile.Name]*served, len(zones))}
	for _, zone := range zones {
		s := &served{Zone: zone}
		s.readSOA()
		all.byOrigin[zone.Origin] = s
	}
	return all
}

// readSOA notes the zone's SOA. More than one record of it, which a lenient file can have, is no zone.
func (s *served) readSOA() {
	if s.Content == nil {
		return
	}
	soa, ok := s.Content.Get(zonefile.Key{Name: s.Origin, Type: zonefile.TypeSOA})
	if !ok {
		s.standsIn, soa = true, standIn(s.Origin, s.Serial)
	}
	data, err := zonefile.ParseSOA(soa)
	if err != nil {
		s.Content, s.Note = nil, err.Error()
		return
	}
	s.soa, s.negative = soa, soa.WithTTL(min(soa.TTL, zonefile.TTL(min(data.Minimum, uint32(zonefile.MaxTTL)))))
}

// The times of an SOA that stands in for that of a provider, in seconds.
const (
	standInTTL     = 3600
	standInRefresh = 10800
	standInRetry   = 3600
	standInExpire  = 604800
	standInMinimum = 3600
)

// standIn returns an SOA for a zone that has none, because its provider makes it. It names no server that exists.
func standIn(origin zonefile.Name, serial uint32) zonefile.RRset {
	nobody := zonefile.MustParseName("stand-in.invalid.")
	return zonefile.SOA{
		MName: nobody, RName: nobody, Serial: serial,
		Refresh: standInRefresh, Retry: standInRetry, Expire: standInExpire, Minimum: standInMinimum,
	}.RRset(origin, standInTTL)
}

// all gives what is answered of the zone, but for its SOA.
func (s *served) all() iter.Seq[zonefile.RRset] {
	return func(yield func(zonefile.RRset) bool) {
		for set := range s.Content.All() {
			if set.Key != s.soa.Key && !set.Key.Type.Signing() && !yield(set) {
				return
			}
		}
	}
}

// setsAt appends what is answered of a name.
func (s *served) setsAt(name zonefile.Name, sets []zonefile.RRset) []zonefile.RRset {
	for set := range s.Content.At(name) {
		if !set.Key.Type.Signing() {
			sets = append(sets, set)
		}
	}
	if s.standsIn && name == s.Origin {
		sets = append(sets, s.soa)
	}
	return sets
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
