package glaucatest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// publication is what the registry has had the parent zone serve of a domain since a time.
type publication struct {
	since time.Time
	ns    []string
	ds    []DS
}

// NS returns the names of the name servers that the parent zone has for a domain, in lower case, without a dot at the end, and sorted. They are none while the
// domain is on hold (RFC 5731 §2.3) or in redemption (RFC 3915 §3.1), and after it has gone.
func (s *Server) NS(domain string) []string { return slices.Clone(s.published(domain).ns) }

// DS returns the DS records that the parent zone has for a domain, with digests in upper case, and sorted. Those of registered keys are made by the registry, with
// SHA-256. Without name servers there are none.
func (s *Server) DS(domain string) []DS { return slices.Clone(s.published(domain).ds) }

func (s *Server) published(name string) publication {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	d := s.domain(name)
	if d == nil {
		return publication{}
	}
	seen := s.now().Add(-s.opts.PublishDelay)
	for i, p := range slices.Backward(d.history) {
		if i == 0 || !p.since.After(seen) {
			return p
		}
	}
	return publication{}
}

// publish notes what the parent zone is to serve, if it is something else than before. What a domain was added with has always been there.
func (d *domain) publish(at time.Time) {
	p := publication{since: at}
	if !d.withheld() && len(d.NameServers) > 0 {
		for _, ns := range d.NameServers {
			p.ns = append(p.ns, ns.name())
		}
		if d.SecDNS != nil {
			for _, ds := range d.SecDNS.DS {
				p.ds = append(p.ds, DS{ds.KeyTag, ds.Algorithm, ds.DigestType, plainHex(ds.Digest), nil})
			}
			for _, k := range d.SecDNS.Keys {
				p.ds = append(p.ds, k.DS(d.Name))
			}
		}
		slices.Sort(p.ns)
		slices.SortFunc(p.ds, func(a, b DS) int { return strings.Compare(a.String(), b.String()) })
	}
	if n := len(d.history); n == 0 || !slices.Equal(d.history[n-1].ns, p.ns) || !slices.Equal(d.history[n-1].ds, p.ds) {
		d.history = append(d.history, p)
	}
}

// withheld reports whether the parent zone has nothing of the domain whatever its name servers.
func (d *domain) withheld() bool {
	return slices.Contains(d.Statuses, "client_hold") || slices.Contains(d.Statuses, "server_hold") ||
		slices.Contains(d.Statuses, "pending_delete") || d.deleted()
}

// DS returns the data of the DS record of a key of domain, with SHA-256 (RFC 4034 §5.1.4, RFC 4509). It panics if the key or the name is none.
func (k Key) DS(domain string) DS {
	owner, err := zonefile.ParseName(domain, zonefile.Root)
	if err != nil {
		panic(err)
	}
	public, err := base64.StdEncoding.DecodeString(k.PublicKey)
	if err != nil {
		panic(err)
	}
	rdata := binary.BigEndian.AppendUint16(nil, uint16(k.Flags))
	rdata = append(rdata, byte(k.Protocol), byte(k.Algorithm))
	rdata = append(rdata, public...)
	digest := sha256.Sum256(append(owner.AppendWire(nil), rdata...))
	return DS{KeyTag: keyTag(rdata), Algorithm: k.Algorithm, DigestType: 2, Digest: strings.ToUpper(hex.EncodeToString(digest[:]))}
}

// keyTag returns the key tag of the RDATA of a DNSKEY (RFC 4034 appendix B).
func keyTag(rdata []byte) int {
	sum := 0
	for i, octet := range rdata {
		sum += int(octet) << (8 * ((i + 1) % 2))
	}
	return (sum + sum>>16) & 0xffff
}
