package zonefile

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// misreadByMiekg are the types that miekg/dns reads or writes otherwise than they are, without an error.
var misreadByMiekg = map[Type]bool{
	TypeAMTRELAY: true, // the relay beside the discovery bit is lost
	TypeIPSECKEY: true, // takes the end of the line
	TypeLOC:      true, // rounds down
	TypeRRSIG:    true, // times after 2106
	TypeSIG:      true,
	TypeNULL:     true, // prints as a comment
	TypeNXT:      true,
	20:           true, // ISDN: wants two strings
}

// FuzzAgainstMiekg compares the records of texts that miekg/dns reads too.
func FuzzAgainstMiekg(f *testing.F) {
	for _, list := range allProbes(f) {
		for _, p := range list {
			f.Add(p.zone)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ToUpper(text), "$INCLUDE") || misleading.MatchString(text) {
			return
		}
		theirs, ok := readWithMiekg(text)
		ours := parseText(t, text)
		if !ok || ours.Err() != nil {
			return // each reads what the other refuses; which is right, BIND says
		}
		for c := range Diff(theirs, ours.Zone) {
			key := Key{}
			switch {
			case c.New != nil:
				key = c.New.Key
			case c.Old != nil:
				key = c.Old.Key
			}
			sameData := c.Old != nil && c.New != nil && slices.Equal(slices.Collect(c.Old.RDATA()), slices.Collect(c.New.RDATA()))
			if misreadByMiekg[key.Type] || sameData && hasTwoTTLs(ours) {
				continue
			}
			t.Errorf("%q\n%s\nmiekg/dns: %s\nzoneward: %s", text, text, c.Old, c.New)
		}
	})
}

// misleading is what miekg/dns reads wrongly, whatever the type: records of $GENERATE have the TTL 3600 whatever $TTL says, and their escapes are
// resolved twice; the word behind a parenthesis at the beginning of a line is no owner; neither a parenthesis nor a line end within parentheses ends a word; CR alone does not end a comment; a
// word right behind a quoted string of NAPTR is lost, and a key of mandatory by its number.
var misleading = regexp.MustCompile(`(?im)\$GENERATE|^\(|[^\s()][()]+[^\s()]|\([^)]*\S\n\S|\r|NAPTR\s.*"[^\s"]|mandatory="?[^ ]*key`)

// hasTwoTTLs reports whether an RRset of a file was given two TTLs, of which the first counts.
func hasTwoTTLs(f *File) bool {
	return slices.ContainsFunc(f.Problems, func(p Problem) bool { return p.Rule == "different-ttl" || p.Rule == "duplicate-record" })
}

// readWithMiekg returns the zone that miekg/dns reads, if it does.
func readWithMiekg(text string) (*Zone, bool) {
	b := NewBuilder(example)
	parser := dns.NewZoneParser(strings.NewReader(text), example.String(), "")
	wire := make([]byte, 1<<17)
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		n, err := dns.PackRR(rr, wire, 0, nil, false)
		if err != nil {
			return nil, false
		}
		name, size, err := NameFromWire(wire[:n])
		if err != nil || size+10 > n { // it packs nothing for the owner of a line that begins with white space where there is none
			return nil, false
		}
		head := rr.Header()
		rdata, err := canonicalRDATA(Type(head.Rrtype), wire[size+10:n])
		if err != nil || !name.In(example) || TTL(head.Ttl) > MaxTTL {
			return nil, false
		}
		if err := b.Add(Key{name, Type(head.Rrtype)}, TTL(head.Ttl), slices.Clone(rdata)); err != nil {
			return nil, false
		}
	}
	return b.Zone(), parser.Err() == nil
}
