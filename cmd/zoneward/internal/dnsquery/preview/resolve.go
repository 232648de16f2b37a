package preview

import (
	"fmt"
	"slices"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// reply is what a message says in answer to a question, before it is written.
type reply struct {
	rcode         int
	authoritative bool
	answer        []zonefile.RRset
	authority     []zonefile.RRset
	// glue has to be there with a referral (RFC 9471 §3.1), additional need not be.
	glue, additional []zonefile.RRset
	note             note
}

// note is an Extended DNS Error (RFC 8914 §2). Without text there is none.
type note struct {
	code uint16
	text string
}

// typeANY asks for all RRsets of a name. RFC 8482 would let an answer have one of them; who looks at an edit wants to see all.
const typeANY = zonefile.Type(dns.TypeANY)

// mostHops is how many CNAMEs and DNAMEs are followed from one name to the next.
const mostHops = 16

// resolution is a reply in the making.
type resolution struct {
	zones *Zones
	asked zonefile.Type
	reply
	names []zonefile.Name // that were looked for so far
	zone  *served         // in which the last of them was found
	// left says that the last of them is in none of the zones, and delegated that it is at or below a zone cut.
	left, delegated bool
}

// resolve answers a question of class IN from the zones alone.
func (z *Zones) resolve(question zonefile.Key) reply {
	if z.of(question) == nil {
		return reply{rcode: dns.RcodeRefused, note: note{dns.ExtendedErrorCodeNotAuthoritative, "the name is in none of the zones that are served here"}}
	}
	r := &resolution{zones: z, asked: question.Type, reply: reply{authoritative: true}}
	if why := r.follow(question.Name); why != "" {
		r.rcode, r.note = dns.RcodeServerFailure, note{dns.ExtendedErrorCodeOther, why}
	}
	r.add()
	return r.reply
}

// follow looks for a name, and for those that CNAMEs and DNAMEs lead to from there. It returns why it did not come to an end, or nothing.
func (r *resolution) follow(name zonefile.Name) (why string) {
	for !name.IsZero() {
		switch {
		case slices.Contains(r.names, name):
			return fmt.Sprintf("%s leads back to itself", name)
		case len(r.names) == mostHops:
			return fmt.Sprintf("more than %d names lead from one to the next", mostHops)
		}
		r.names = append(r.names, name)
		name = r.step(name)
	}
	return ""
}

// step looks for a name, and returns the one that is to be looked for next, the zero Name if the reply is complete.
func (r *resolution) step(name zonefile.Name) (next zonefile.Name) {
	key := zonefile.Key{Name: name, Type: r.asked}
	zone := r.zones.of(key)
	if zone == nil {
		r.left = true // who asks goes on from there
		return next
	}
	r.zone = zone
	if zone.Note != "" {
		r.note = note{dns.ExtendedErrorCodeOther, zone.Note}
	}
	if zone.Content == nil {
		r.fail(note{dns.ExtendedErrorCodeInvalidData, zone.Note})
		return next
	}
	switch found := zone.find(key); found.kind {
	case isMissing:
		r.rcode = dns.RcodeNameError // of the last name in a chain: RFC 6604 §3
		r.authority = append(r.authority, zone.negative)
	case isCut:
		r.authoritative, r.delegated = len(r.answer) > 0, true
		r.authority = append(r.authority, found.sets[0])
	case isRenamed:
		return r.rename(name, found.sets[0])
	case isThere, isWildcard:
		return r.take(zone, name, found)
	}
	return next
}

// take answers with what there is at a name.
func (r *resolution) take(zone *served, name zonefile.Name, found place) (next zonefile.Name) {
	if program, ok := found.get(zonefile.TypeLUA); ok && r.asked != typeANY && r.asked != zonefile.TypeLUA && runsFor(program, r.asked) {
		r.fail(note{dns.ExtendedErrorCodeNotSupported, fmt.Sprintf("the LUA record of %s is a program that its provider runs", name)})
		return next
	}
	if r.asked == typeANY && len(found.sets) > 0 {
		r.answer = append(r.answer, found.sets...)
		return next
	}
	if set, ok := found.get(r.asked); ok {
		r.answer = append(r.answer, set)
		return next
	}
	if cname, ok := found.get(zonefile.TypeCNAME); ok {
		r.answer = append(r.answer, cname)
		return target(cname)
	}
	if alias, ok := found.get(zonefile.TypeALIAS); ok && (r.asked == zonefile.TypeA || r.asked == zonefile.TypeAAAA) {
		r.takeALIAS(zone, name, alias)
		return next
	}
	r.authority = append(r.authority, zone.negative)
	return next
}

// rename answers with a DNAME above a name, and with the CNAME that follows from it (RFC 6672 §3.1).
func (r *resolution) rename(name zonefile.Name, dname zonefile.RRset) (next zonefile.Name) {
	r.answer = append(r.answer, dname)
	wire := name.AppendWire(nil)
	prefix := wire[:len(wire)-len(dname.Key.Name.AppendWire(nil))]
	renamed, _, err := zonefile.NameFromWire(target(dname).AppendWire(prefix))
	if err != nil {
		r.rcode = dns.RcodeYXDomain // RFC 6672 §2.2: the new name is too long
		return next
	}
	cname, err := zonefile.NewRRset(zonefile.Key{Name: name, Type: zonefile.TypeCNAME}, dname.TTL, renamed.AppendWire(nil))
	if err != nil {
		r.fail(note{dns.ExtendedErrorCodeOther, err.Error()})
		return next
	}
	r.answer = append(r.answer, cname)
	if r.asked == zonefile.TypeCNAME || r.asked == typeANY {
		return next
	}
	return renamed
}

// fail makes the reply one that says nothing of the name, and why.
func (r *resolution) fail(why note) {
	r.reply, r.zone = reply{rcode: dns.RcodeServerFailure, note: why}, nil
}

// target returns the name that the RDATA of a CNAME, DNAME or ALIAS is. Of several, which no zone should have, it is the first.
func target(set zonefile.RRset) zonefile.Name {
	for rdata := range set.RDATA() {
		if name, _, err := zonefile.NameFromWire([]byte(rdata)); err == nil {
			return name
		}
	}
	return zonefile.Name{}
}
