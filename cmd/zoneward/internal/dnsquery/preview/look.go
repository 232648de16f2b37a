package preview

import (
	"errors"
	"fmt"
	"slices"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/zonefile"
)

// ErrTooLong is that of a name that a DNAME makes too long (RFC 6672 §2.2), so that servers answer YXDOMAIN.
var ErrTooLong = errors.New("the name that the DNAME above makes of it is too long")

// Look returns what the zones have to say of a name and type, without the names that a CNAME leads to from there. The error says why they cannot: the name is
// in none of them, its zone has no content, or its provider alone knows what it answers; or it is ErrTooLong.
func (z *Zones) Look(key zonefile.Key) (dnsquery.Finding, error) {
	if z.of(key) == nil {
		return dnsquery.Finding{}, fmt.Errorf("%s is in none of the zones", key.Name)
	}
	r := &resolution{zones: z, asked: key.Type, reply: reply{authoritative: true}, names: []zonefile.Name{key.Name}}
	r.step(key.Name)
	switch r.rcode {
	case dns.RcodeServerFailure:
		return dnsquery.Finding{}, errors.New(r.note.text)
	case dns.RcodeYXDomain:
		return dnsquery.Finding{}, fmt.Errorf("%s: %w", key.Name, ErrTooLong)
	}
	if r.delegated {
		r.add()
		return dnsquery.Finding{Cut: r.authority[0], Glue: slices.Concat(r.glue, r.additional)}, nil
	}
	f := dnsquery.Finding{NXDOMAIN: r.rcode == dns.RcodeNameError}
	for _, set := range r.answer { // a CNAME comes behind the DNAME that it follows from
		switch {
		case set.Key == key:
			f.Set = set
		case set.Key.Name == key.Name && set.Key.Type == zonefile.TypeCNAME:
			f.Alias = set
		}
	}
	return f, nil
}
