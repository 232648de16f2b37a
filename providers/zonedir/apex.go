package zonedir

import (
	"cmp"
	"fmt"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// SOA has the names and timers of the SOA that a zone gets that has none. A field that is zero has the default that is named with it. The
// times are in seconds.
type SOA struct {
	MName   zonefile.Name // the first of the zone's name servers
	RName   zonefile.Name // hostmaster in the zone
	Refresh uint32        // 3600
	Retry   uint32        // 900
	Expire  uint32        // 1209600
	Minimum uint32        // 300
	TTL     zonefile.TTL  // 3600
}

// withDefaults returns s with the numbers that are 0 set.
func (s SOA) withDefaults() SOA {
	s.Refresh = cmp.Or(s.Refresh, 3600)
	s.Retry = cmp.Or(s.Retry, 900)
	s.Expire = cmp.Or(s.Expire, 1209600)
	s.Minimum = cmp.Or(s.Minimum, 300)
	s.TTL = cmp.Or(s.TTL, 3600)
	return s
}

// before is the serial that a zone is written after.
type before struct {
	serial uint32
	known  bool
}

// complete returns zone with what a server needs to load it: the SOA and NS of its apex, made of the options where it has none,
// and the serial that follows last.
func (p *Provider) complete(zone *zonefile.Zone, last before) (*zonefile.Zone, uint32, error) {
	origin, o := zone.Origin(), p.options
	var made []zonefile.Change
	ns, ok := zone.Get(zonefile.Key{Name: origin, Type: zonefile.TypeNS})
	if !ok {
		if len(o.NameServers) == 0 {
			return nil, 0, fmt.Errorf("the zone has no NS at its apex, and no server loads it without: "+
				"state them in the zone, or set nameservers at the provider: %w", providers.ErrInvalid)
		}
		var err error
		if ns, err = nameServers(origin, o.NameServerTTL, o.NameServers); err != nil {
			return nil, 0, fmt.Errorf("%w: %w", providers.ErrInvalid, err)
		}
		made = append(made, zonefile.Change{New: &ns})
	}
	soa, ttl, err := p.soa(zone, ns)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", providers.ErrInvalid, err)
	}
	soa.Serial = p.serial(soa.Serial, last, o.Now())
	set := soa.RRset(origin, ttl)
	made = append(made, zonefile.Change{New: &set})
	return zone.With(made), soa.Serial, nil
}

// serial returns the next serial of a zone whose SOA states one, 0 for none.
func (p *Provider) serial(stated uint32, last before, now time.Time) uint32 {
	if last.known {
		return p.options.Serial.after(last.serial, now)
	}
	return p.options.Serial.first(stated, now)
}

// soa returns the zone's SOA, or the one that it gets, with the serial 0.
func (p *Provider) soa(zone *zonefile.Zone, ns zonefile.RRset) (zonefile.SOA, zonefile.TTL, error) {
	origin, d := zone.Origin(), p.options.SOA
	if set, ok := zone.Get(zonefile.Key{Name: origin, Type: zonefile.TypeSOA}); ok {
		soa, err := zonefile.ParseSOA(set)
		return soa, set.TTL, err
	}
	soa := zonefile.SOA{
		MName: d.MName, RName: d.RName,
		Refresh: d.Refresh, Retry: d.Retry, Expire: d.Expire, Minimum: d.Minimum,
	}
	if soa.MName.IsZero() {
		for rdata := range ns.RDATA() {
			mname, _, err := zonefile.NameFromWire([]byte(rdata))
			if err != nil {
				return zonefile.SOA{}, 0, fmt.Errorf("NS of %s: %w", origin, err)
			}
			soa.MName = mname
			break
		}
		// The order of the options tells which server is meant to be the primary; that of an RRset says nothing.
		if first := p.options.NameServers; len(first) > 0 && hasServer(ns, first[0]) {
			soa.MName = first[0]
		}
	}
	if soa.RName.IsZero() {
		rname, err := zonefile.ParseName("hostmaster", origin)
		if err != nil {
			return zonefile.SOA{}, 0, fmt.Errorf("make an SOA for %s: %w: set soa.rname at the provider", origin, err)
		}
		soa.RName = rname
	}
	return soa, d.TTL, nil
}

// nameServers returns an NS RRset.
func nameServers(origin zonefile.Name, ttl zonefile.TTL, servers []zonefile.Name) (zonefile.RRset, error) {
	rdata := make([][]byte, len(servers))
	for i, n := range servers {
		rdata[i] = n.AppendWire(nil)
	}
	return zonefile.NewRRset(zonefile.Key{Name: origin, Type: zonefile.TypeNS}, ttl, rdata...)
}

// hasServer reports whether an NS RRset names server.
func hasServer(ns zonefile.RRset, server zonefile.Name) bool {
	wire := string(server.AppendWire(nil))
	for rdata := range ns.RDATA() {
		if rdata == wire {
			return true
		}
	}
	return false
}
