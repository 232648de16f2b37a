package dnsquery

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// Finding is what a zone, or one of its name servers, has to say of a name and type. One of Set, Alias and Cut is there; without any of them there is nothing
// of that type at the name.
type Finding struct {
	// Set is the RRset itself.
	Set zonefile.RRset
	// Alias is the CNAME of the name, which stands for what was looked for. It may follow from a DNAME above (RFC 6672 §3.1).
	Alias zonefile.RRset
	// Cut is the NS RRset of the zone cut at or above the name, and Glue the addresses of its name servers that come with it.
	Cut  zonefile.RRset
	Glue []zonefile.RRset
	// NXDOMAIN says that the name does not exist, and nothing below it (RFC 8020).
	NXDOMAIN bool
}

// Authority is an authoritative name server at one of its addresses. It may be used concurrently.
type Authority struct {
	target
	timeout time.Duration
}

// Authorities returns the name servers that are asked for a zone: one for each of their addresses, and those too that have none, whose Look fails. The notes are
// about addresses that this machine has no way to.
func (v *Verifier) Authorities(ctx context.Context, zone zonefile.Name) (authorities []Authority, notes []string, err error) {
	targets, notes, err := v.targets(ctx, zone)
	if err != nil {
		return nil, nil, fmt.Errorf("name servers of %s: %w", zone, err)
	}
	for _, t := range targets {
		authorities = append(authorities, Authority{t, v.timeout})
	}
	return authorities, notes, nil
}

// String returns the server's host name, if it is known by one, and its address.
func (a Authority) String() string { return a.label }

// Address returns where the server is asked. It is not valid for one without an address.
func (a Authority) Address() netip.AddrPort { return a.addr }

// Look asks for a key of a zone, over UDP, and over TCP if the answer is truncated. Only what an authoritative server can say counts: an answer with AA, or a
// referral to below the zone. Any other is an error, and so is none: see [IsSilence].
func (a Authority) Look(ctx context.Context, zone zonefile.Name, key zonefile.Key) (Finding, error) {
	if a.err != nil {
		return Finding{}, a.err
	}
	lines := newPair(a.addr, a.timeout, false)
	defer lines.close()
	m, err := lines.ask(ctx, key)
	if err != nil {
		return Finding{}, err
	}
	return find(zone, key, m)
}

// IsSilence reports whether an error of [Authority.Look] is that the server gave no answer at all, in time or ever.
func IsSilence(err error) bool {
	_, silent := errors.AsType[silentError](err)
	return silent
}

// find reads an answer to a question for a key that is in a zone.
func find(zone zonefile.Name, key zonefile.Key, m *message) (f Finding, err error) {
	r := read(zone, key, m)
	if r.err != nil {
		return f, r.err
	}
	alias := zonefile.Key{Name: key.Name, Type: zonefile.TypeCNAME}
	switch {
	case !r.cut.IsZero():
		f.Cut, _, err = setOf(records(m.authority, zonefile.Key{Name: r.cut, Type: zonefile.TypeNS}))
		if err == nil {
			f.Glue, err = addressSets(m.additional)
		}
	case len(r.found) > 0:
		f.Set, _, err = setOf(r.found)
	case len(records(m.answer, alias)) > 0:
		if f.Alias, _, err = setOf(records(m.answer, alias)); key == alias { // that of a DNAME, which was asked for
			f.Set, f.Alias = f.Alias, zonefile.RRset{}
		}
	case !r.dname.IsZero():
		err = fmt.Errorf("the answer has the DNAME of %s, and not the CNAME that follows from it", r.dname)
	default:
		f.NXDOMAIN = m.rcode() == dns.RcodeNameError
	}
	return f, answerError(key, err)
}

// addressSets returns the RRsets of addresses in a section, in canonical order.
func addressSets(section []record) ([]zonefile.RRset, error) {
	var keys []zonefile.Key
	for _, r := range section {
		if r.key.Type == zonefile.TypeA || r.key.Type == zonefile.TypeAAAA {
			keys = append(keys, r.key)
		}
	}
	slices.SortFunc(keys, zonefile.Key.Compare)
	var sets []zonefile.RRset
	for _, key := range slices.Compact(keys) {
		set, _, err := setOf(records(section, key))
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}
