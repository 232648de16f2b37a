package zonefile

import (
	"fmt"
	"slices"
	"strings"
)

// Check returns the problems of a zone as a whole: what cannot stand together, and what is there in vain. It is a function of the
// file's zone, positions and options. The rules are in docs/zone-files-yaml.md. Of a lenient RRset an error is a warning.
//
// It is one walk through the zone in canonical order, where what is below a zone cut comes right behind it; a zone without
// delegations costs no more than the walk.
func Check(f *File) []Problem {
	c := &checker{file: f, origin: f.Zone.Origin(), originWire: string(f.Zone.Origin().AppendWire(nil))}
	names, data := f.Zone.names.String(), f.Zone.data.String()
	var at []RRset // of one name
	for rest := f.Zone.index; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].sameName(rest[0], names) {
			n++
		}
		if name := rest[0].nameIn(names); c.enter(name) || name == c.origin.key || !isQuiet(rest[:n], data) {
			at = at[:0]
			for _, s := range rest[:n] {
				at = append(at, s.rrset(names, data))
			}
			c.checkName(at)
		}
		rest = rest[n:]
	}
	c.checkGlue()
	return c.problems
}

// isQuiet reports whether there is nothing to look at among the RRsets of one name, which is not the apex and has nothing above it that counts. Most
// names are so, and it takes less to see that than to look.
func isQuiet(at []slot, data string) bool {
	for _, s := range at {
		switch s.typ {
		case TypeA, TypeAAAA, TypeTXT, TypeSRV, TypePTR, TypeCAA, TypeTLSA, TypeHTTPS, TypeRRSIG, TypeNSEC, TypeNSEC3:
		case TypeMX:
			if !isOne(s.dataIn(data)) {
				return false
			}
		case TypeCNAME:
			if len(at) > 1 || !isOne(s.dataIn(data)) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// enter goes on to the name with that key, and reports whether it is below a zone cut or a DNAME.
func (c *checker) enter(key string) bool {
	if !strings.HasPrefix(key, c.cut.key) {
		c.cut = Name{}
	}
	if !strings.HasPrefix(key, c.dname.key) {
		c.dname = Name{}
	}
	return !c.cut.IsZero() || !c.dname.IsZero()
}

// checker is the state of the walk.
type checker struct {
	file       *File
	origin     Name
	originWire string
	problems   []Problem

	cut       Name         // the highest zone cut above the name, or the name itself, if there is one
	dname     Name         // the same for the owner of a DNAME
	servers   []nameServer // within the zone, of the apex and the zone cuts
	addresses []hiddenSet  // at and below zone cuts: glue, or in vain
}

// find notes a finding about an RRset, which is an error unless one of the RRsets that it is about is lenient.
func (c *checker) find(s RRset, rule, message string, also ...RRset) {
	lenient := func(s RRset) bool { return c.file.Options(s.Key).Lenient }
	severity := Error
	if lenient(s) || slices.ContainsFunc(also, lenient) {
		severity = Warning
	}
	c.note(s.Key, rule, severity, message)
}

// note notes a finding about the RRset of that key.
func (c *checker) note(key Key, rule string, severity Severity, message string) {
	owner := key.Name.Relative(c.origin)
	c.problems = append(c.problems, Problem{c.file.Position(key), rule, severity, fmt.Sprintf("%s %s: %s", owner, key.Type, message)})
}

// checkName looks at the RRsets of one name.
func (c *checker) checkName(at []RRset) {
	name := at[0].Key.Name
	for _, s := range at {
		switch s.Key.Type {
		case TypeCNAME:
			c.checkCNAME(s, at)
		case TypeDNAME:
			if n := s.Len(); n > 1 {
				c.find(s, "multiple-dname", fmt.Sprintf("%d records, where a name can have one (RFC 6672 §2.4)", n))
			}
		case TypeSOA:
			c.checkSOA(s)
		case TypeDS:
			if name == c.origin {
				c.find(s, "ds-at-apex", "the DS records of a zone are in its parent zone, never in itself (RFC 4035 §2.4)")
			}
		case TypeNS:
			if name.IsWildcard() {
				c.find(s, "wildcard-ns", "a wildcard cannot be delegated (RFC 4592 §4.2)")
			}
		case TypeMX:
			if s.Len() > 1 && slices.ContainsFunc(slices.Collect(s.RDATA()), isNullMX) {
				c.note(s.Key, "null-mx", Warning, `a null MX ("0 .", which says that there is no mail) beside others (RFC 7505 §3)`)
			}
		}
	}
	c.checkCut(name, at)
}

// isNullMX reports whether the RDATA of an MX has the root as its exchange.
func isNullMX(rdata string) bool { return rdata[2:] == "\x00" }

// besideCNAME are the types that may be at the name of a CNAME (RFC 4035 §2.5, RFC 2181 §10.1), and NSEC3, which BIND lets be there.
var besideCNAME = []Type{TypeCNAME, TypeSIG, TypeKEY, TypeNXT, TypeRRSIG, TypeNSEC, TypeNSEC3}

func (c *checker) checkCNAME(s RRset, at []RRset) {
	if n := s.Len(); n > 1 {
		c.find(s, "multiple-cname", fmt.Sprintf("%d records, where a name can have one (RFC 2181 §10.1)", n))
	}
	if s.Key.Name == c.origin {
		c.find(s, "cname-at-apex", "a CNAME cannot be at the apex, where the SOA and NS records are; use ALIAS if the provider has it, or addresses")
		return
	}
	var others []RRset
	var list []string
	for _, other := range at {
		if slices.Contains(besideCNAME, other.Key.Type) {
			continue
		}
		others = append(others, other)
		text := other.Key.Type.String()
		if p := c.file.Position(other.Key); !p.IsZero() {
			text += " at " + p.WithoutColumn().String()
		}
		list = append(list, text)
	}
	if len(others) > 0 {
		c.find(s, "cname-and-other-data", "other data at the same name: "+strings.Join(list, ", "), others...)
	}
}

func (c *checker) checkSOA(s RRset) {
	if s.Key.Name != c.origin {
		c.find(s, "soa-not-at-apex", "the SOA record is at the apex of a zone, and nowhere else")
	}
	if n := s.Len(); n > 1 {
		c.find(s, "multiple-soa", fmt.Sprintf("%d records, where a zone has one", n))
	}
}

// isOne reports whether the data of an RRset has one RDATA.
func isOne(data string) bool { return len(data) == 2+int(data[0])<<8+int(data[1]) }
