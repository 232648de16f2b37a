package preview

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// What PowerDNS has of its own: types whose data is not what is answered.

// runsFor reports whether one of the LUA records of a name makes answers of a type. One that makes a CNAME is asked for all types
// (https://doc.powerdns.com/authoritative/lua-records/).
func runsFor(program zonefile.RRset, t zonefile.Type) bool {
	for rdata := range program.RDATA() {
		if len(rdata) < 2 {
			continue
		}
		makes := zonefile.Type(binary.BigEndian.Uint16([]byte(rdata)))
		if makes == t || makes == zonefile.TypeCNAME {
			return true
		}
	}
	return false
}

// takeALIAS answers with the addresses of the name that an ALIAS names, as PowerDNS does that looks them up
// (https://doc.powerdns.com/authoritative/guides/alias.html). They are only known here if that name leads into the zones that are served.
func (r *resolution) takeALIAS(zone *served, name zonefile.Name, alias zonefile.RRset) {
	to := target(alias)
	unknown := func(why string) {
		r.fail(note{dns.ExtendedErrorCodeNotSupported, fmt.Sprintf("%s is an ALIAS of %s: %s", name, to, why)})
	}
	// The chain that it leads into is no part of the answer.
	from := &resolution{zones: r.zones, asked: r.asked, names: slices.Clip(r.names)}
	switch why := from.follow(to); {
	case why != "":
		unknown(why)
		return
	case from.rcode == dns.RcodeServerFailure:
		unknown(from.note.text)
		return
	case from.left:
		unknown("its provider looks for the addresses, since they are in none of the zones that are served here")
		return
	case from.delegated:
		unknown("its provider looks for the addresses, since the name is delegated")
		return
	}
	for _, set := range from.answer {
		if set.Key.Type == r.asked {
			r.answer = append(r.answer, set.WithName(name).WithTTL(min(alias.TTL, set.TTL)))
			return
		}
	}
	r.authority = append(r.authority, zone.negative)
}
