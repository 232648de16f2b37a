package dnsquery

import (
	"errors"
	"fmt"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// reading is what an answer of a server that is authoritative for a zone says of a key. It only counts records of the name that was asked for: what a
// server adds of others says nothing.
type reading struct {
	// found is what the server has at the key.
	found []record
	// cut is the zone cut, at or above the name, that the answer refers to. Then found is what a referral has of the key.
	cut zonefile.Name
	// dname is the owner of a DNAME above the name that answers for it. Then nothing is found.
	dname zonefile.Name
	// err is why the answer is not from the zone's data. Then there is nothing else.
	err error
}

// errTruncated is an answer of which a part is missing.
var errTruncated = errors.New("the answer is truncated")

// read reads an answer to a question for a key that is in a zone.
func read(zone zonefile.Name, key zonefile.Key, m *message) reading {
	switch {
	case m.truncated():
		return reading{err: errTruncated}
	case m.rcode() != dns.RcodeSuccess && m.rcode() != dns.RcodeNameError:
		return reading{err: fmt.Errorf("the answer is %s", m.rcodeText())}
	}
	if at := referral(zone, key.Name, m); !at.IsZero() {
		return reading{found: referred(key, m, at), cut: at}
	}
	if !m.authoritative() {
		return reading{err: notAuthoritative(m)}
	}
	if above := dnameAbove(zone, key.Name, m); !above.IsZero() {
		return reading{dname: above}
	}
	return reading{found: records(m.answer, key)}
}

// notAuthoritative says what an answer is that is not authoritative.
func notAuthoritative(m *message) error {
	if len(m.answer) == 0 {
		for _, r := range m.authority {
			if r.key.Type == zonefile.TypeNS {
				return fmt.Errorf("the answer is not authoritative: it refers to the servers of %s", r.key.Name)
			}
		}
	}
	return errors.New("the answer is not authoritative")
}

// referral returns the zone cut that an answer refers to, at or above a name, and the zero Name if it is no referral.
func referral(zone, name zonefile.Name, m *message) zonefile.Name {
	if m.authoritative() || m.rcode() != dns.RcodeSuccess || len(m.answer) > 0 {
		return zonefile.Name{}
	}
	for _, r := range m.authority {
		if r.key.Type == zonefile.TypeNS && r.key.Name.Below(zone) && name.In(r.key.Name) {
			return r.key.Name
		}
	}
	return zonefile.Name{}
}

// referred returns what a referral has of a key: the NS of the cut are in its authority section and all there, and glue
// is in its additional section if it fits.
func referred(key zonefile.Key, m *message, at zonefile.Name) []record {
	if key == (zonefile.Key{Name: at, Type: zonefile.TypeNS}) {
		return records(m.authority, key)
	}
	return records(m.additional, key)
}

// dnameAbove returns the owner of a DNAME in an answer that stands for a name, and the zero Name if there is none.
func dnameAbove(zone, name zonefile.Name, m *message) zonefile.Name {
	for _, r := range m.answer {
		if r.key.Type == zonefile.TypeDNAME && r.key.Name.In(zone) && name.Below(r.key.Name) {
			return r.key.Name
		}
	}
	return zonefile.Name{}
}

// zoneOf returns the zone that a negative answer is from, which is where its SOA is (RFC 2308 §3), and the zero Name if it does not say.
func zoneOf(m *message) zonefile.Name {
	for _, r := range m.authority {
		if r.key.Type == zonefile.TypeSOA {
			return r.key.Name
		}
	}
	return zonefile.Name{}
}

// records returns those of a section that have that key.
func records(section []record, key zonefile.Key) []record {
	var found []record
	for _, r := range section {
		if r.key == key {
			found = append(found, r)
		}
	}
	return found
}

// setOf makes an RRset of the records of one key, of which there is at least one, with the longest of their TTLs. It reports whether they all have
// the same.
func setOf(found []record) (set zonefile.RRset, sameTTL bool, err error) {
	rdata := make([][]byte, len(found))
	longest := zonefile.TTL(0)
	sameTTL = true
	for i, r := range found {
		rdata[i] = r.rdata
		sameTTL = sameTTL && r.ttl == found[0].ttl
		if ttl := zonefile.TTL(r.ttl); ttl <= zonefile.MaxTTL { // others are 0: RFC 2181 §8
			longest = max(longest, ttl)
		}
	}
	set, err = zonefile.NewRRset(found[0].key, longest, rdata...)
	return set, sameTTL, err
}
