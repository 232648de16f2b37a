package rfc2136

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// part is what one UPDATE message says, or a piece of it.
type part struct {
	ops           []providers.Op
	prerequisites []record
	// The update section has these in this order: what is deleted first makes room for what is added, and of the apex NS the old
	// ones go when the new ones are there.
	deletes, adds, late []record
}

func (p part) updates() []record { return slices.Concat(p.deletes, p.adds, p.late) }

// size returns how many octets the records of p take.
func (p part) size(origin zonefile.Name) int {
	n := 0
	for _, section := range [][]record{p.prerequisites, p.deletes, p.adds, p.late} {
		for _, r := range section {
			n += r.size(origin)
		}
	}
	return n
}

// join appends what q says.
func (p part) join(q part) part {
	return part{
		append(p.ops, q.ops...), append(p.prerequisites, q.prerequisites...),
		append(p.deletes, q.deletes...), append(p.adds, q.adds...), append(p.late, q.late...),
	}
}

// standIn is a name server that is at the apex for the length of one message. See [composer.apexNS].
const standIn = "\x08zoneward\x07invalid\x00"

// composer makes the parts of a batch.
type composer struct {
	origin  zonefile.Name
	base    *providers.Snapshot
	profile Profile
	serial  uint32 // of the SOA that is served now: a new SOA has a greater one
	changed map[zonefile.Key]bool
	guarded map[zonefile.Name]bool
	limit   int // octets of the records of one message
}

// compose returns the parts of a batch: each is one message of at most limit octets of records, with prerequisites that say that the RRsets
// which it changes are as the batch's operations have them. The error wraps ErrInvalid if an operation is larger than that.
//
// The operations on one owner name stay together if they fit. In several parts the SOA comes first, since each update raises the serial;
// then what is put, and the apex NS after that, which may need the addresses; then what is deleted and may have been needed until then.
func compose(origin zonefile.Name, batch providers.Batch, profile Profile, serial uint32, limit int) ([]part, error) {
	c := &composer{
		origin: origin, base: batch.Base, profile: profile, serial: serial, limit: limit,
		changed: map[zonefile.Key]bool{}, guarded: map[zonefile.Name]bool{},
	}
	for _, op := range batch.Ops {
		c.changed[op.Change.Key()] = true
	}
	var parts []part
	filled := 0 // octets of the last part
	for _, group := range c.groups(batch.Ops) {
		pieces := make([]part, len(group))
		var whole part
		for i, op := range group {
			pieces[i] = c.part(op)
			whole = whole.join(pieces[i])
		}
		if whole.size(origin) <= limit {
			pieces = []part{whole}
		}
		for _, piece := range pieces {
			size := piece.size(origin)
			if size > limit {
				return nil, fmt.Errorf("%w: the change of %s takes %d octets in an update, and a message has room for %d",
					providers.ErrInvalid, piece.ops[0].Change.Key(), size, limit)
			}
			if last := len(parts) - 1; last >= 0 && filled+size <= limit {
				parts[last] = parts[last].join(piece)
				filled += size
				continue
			}
			parts = append(parts, piece)
			filled = size
		}
	}
	return parts, nil
}

// groups returns the operations in the order in which they are written, those on one owner name together, but for the SOA and the apex NS.
func (c *composer) groups(ops []providers.Op) [][]providers.Op {
	const (
		soa = iota
		puts
		apexNS
		deletes
	)
	type group struct {
		rank int
		ops  []providers.Op
	}
	var groups []*group
	byName := map[zonefile.Name]*group{}
	for _, op := range ops {
		key := op.Change.Key()
		switch {
		case key.Type == zonefile.TypeSOA:
			groups = append(groups, &group{soa, []providers.Op{op}})
			continue
		case c.isApexNS(key):
			groups = append(groups, &group{apexNS, []providers.Op{op}})
			continue
		}
		g := byName[key.Name]
		if g == nil {
			g = &group{rank: deletes}
			byName[key.Name] = g
			groups = append(groups, g)
		}
		if op.Verb == providers.Put {
			g.rank = puts
		}
		g.ops = append(g.ops, op)
	}
	slices.SortStableFunc(groups, func(a, b *group) int { return cmp.Compare(a.rank, b.rank) })
	sorted := make([][]providers.Op, len(groups))
	for i, g := range groups {
		sorted[i] = g.ops
	}
	return sorted
}

func (c *composer) isApexNS(key zonefile.Key) bool {
	return key == zonefile.Key{Name: c.origin, Type: zonefile.TypeNS}
}

// part returns what one operation needs.
func (c *composer) part(op providers.Op) part {
	key, old, set := op.Change.Key(), op.Change.Old, op.Change.New
	if key.Type == zonefile.TypeSOA {
		return c.soa(op)
	}
	p := part{ops: []providers.Op{op}, prerequisites: c.prerequisites(op)}
	switch {
	case old == nil:
		p.adds = records(*set, dns.ClassINET, set.TTL)
	case set == nil:
		p.deletes = []record{{name: key.Name, typ: key.Type, class: dns.ClassANY}}
	case c.isApexNS(key):
		p.adds, p.late = apexNS(*old, *set)
	case key.Type == zonefile.TypeCNAME:
		// A CNAME that is added takes the place of the one that is there (RFC 2136 §3.4.2.2). In a zone that Knot signs, it would
		// not be added where one was deleted.
		p.adds = records(*set, dns.ClassINET, set.TTL)
	default:
		// All of it anew: where only the TTL differs, Knot ignores a record that is there already.
		p.deletes = []record{{name: key.Name, typ: key.Type, class: dns.ClassANY}}
		p.adds = records(*set, dns.ClassINET, set.TTL)
		if old.TTL == set.TTL && p.size(c.origin) > c.limit {
			p.deletes = nil
			p.adds, p.late = difference(*old, *set)
		}
	}
	return p
}

// soa returns the part that changes the SOA: one with a serial that is not greater than the one served is ignored (RFC 2136 §3.4.2.2).
// It has no prerequisite, see [Provider.Apply].
func (c *composer) soa(op providers.Op) part {
	soa, err := zonefile.ParseSOA(*op.Change.New)
	if err != nil {
		panic("rfc2136: " + err.Error()) // it was checked
	}
	soa.Serial = zonefile.NextSerial(c.serial, soa.Serial)
	set := soa.RRset(c.origin, op.Change.New.TTL)
	return part{ops: []providers.Op{op}, adds: records(set, dns.ClassINET, set.TTL)}
}

// above returns p with a serial above that of another SOA in the one that it adds, if it adds one.
func (p part) above(live zonefile.RRset) part {
	i := slices.IndexFunc(p.ops, func(op providers.Op) bool { return op.Change.Key().Type == zonefile.TypeSOA })
	soa, err := zonefile.ParseSOA(live)
	if i < 0 || err != nil {
		return p
	}
	c := composer{origin: live.Key.Name, serial: soa.Serial}
	p.adds = slices.DeleteFunc(slices.Clone(p.adds), func(r record) bool { return r.typ == zonefile.TypeSOA })
	p.adds = append(p.adds, c.soa(p.ops[i]).adds...)
	return p
}

// apexNS returns the records that change the NS RRset of the apex. It can't be deleted (RFC 2136 §3.4.2.3), and the last of it
// can't either, so the new ones are added and then the old ones are deleted one by one. Another TTL comes with a record that was
// not there: Knot ignores those that were. standIn is that record, and nobody ever sees it.
func apexNS(old, set zonefile.RRset) (adds, late []record) {
	if old.TTL == set.TTL {
		return difference(old, set)
	}
	_, gone := difference(old, set)
	stand := record{name: set.Key.Name, typ: zonefile.TypeNS, class: dns.ClassINET, ttl: set.TTL, rdata: standIn}
	adds = append([]record{stand}, records(set, dns.ClassINET, set.TTL)...)
	stand.class, stand.ttl = dns.ClassNONE, 0
	return adds, append(gone, stand)
}

// difference returns the records to add and to delete that make set of old.
func difference(old, set zonefile.RRset) (adds, deletes []record) {
	without := func(from []record, of zonefile.RRset) []record {
		has := map[string]bool{}
		for rdata := range of.RDATA() {
			has[rdata] = true
		}
		return slices.DeleteFunc(from, func(r record) bool { return has[r.rdata] })
	}
	return without(records(set, dns.ClassINET, set.TTL), old), without(records(old, dns.ClassNONE, 0), set)
}

// prerequisites returns what must be so for an operation: the RRset is as the batch was made from, and nothing is at its name that
// would have a server leave it out without a word: a CNAME beside data, or data beside a CNAME.
func (c *composer) prerequisites(op providers.Op) []record {
	key, old := op.Change.Key(), op.Change.Old
	var all []record
	cname := zonefile.Key{Name: key.Name, Type: zonefile.TypeCNAME}
	switch {
	case key == cname && c.profile.NoCNAMEPrerequisite:
		return nil
	case old != nil:
		all = records(*old, dns.ClassINET, 0)
	case key == cname && !c.used(key.Name):
		return []record{{name: key.Name, typ: zonefile.Type(dns.TypeANY), class: dns.ClassNONE}}
	default:
		all = []record{{name: key.Name, typ: key.Type, class: dns.ClassNONE}}
	}
	if op.Verb == providers.Put && key != cname && key.Name != c.origin && !c.changed[cname] && !c.guarded[key.Name] &&
		!c.profile.NoCNAMEPrerequisite && !c.base.Zone.Has(cname) {
		c.guarded[key.Name] = true
		all = append(all, record{name: cname.Name, typ: cname.Type, class: dns.ClassNONE})
	}
	return all
}

// used reports whether there is anything at a name or below it: some servers have a name in use that is only on the way to another.
func (c *composer) used(name zonefile.Name) bool {
	return c.base.Zone.HasName(name) || c.base.Foreign != nil && c.base.Foreign.HasName(name)
}

// records returns the records of a set, each with that class and TTL.
func records(set zonefile.RRset, class uint16, ttl zonefile.TTL) []record {
	var all []record
	for rdata := range set.RDATA() {
		all = append(all, record{set.Key.Name, set.Key.Type, class, ttl, rdata})
	}
	return all
}

// anySOA is the prerequisite that the zone has an SOA, whichever.
func anySOA(origin zonefile.Name) []record {
	return []record{{name: origin, typ: zonefile.TypeSOA, class: dns.ClassANY}}
}

// thisSOA is the prerequisite that the zone's SOA has just this data.
func thisSOA(set zonefile.RRset) []record { return records(set, dns.ClassINET, 0) }
