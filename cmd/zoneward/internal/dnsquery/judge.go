package dnsquery

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// question is an RRset that a server is asked for, and what its answer should be.
type question struct {
	key  zonefile.Key
	want *zonefile.RRset // nil: nothing
}

// verdictKind says what an answer tells about an expectation.
type verdictKind int

const (
	// unasked is that nobody asked.
	unasked verdictKind = iota
	// agrees is the answer that was expected.
	agrees
	// differs is another answer from the zone's data.
	differs
	// refused is no answer from the zone's data: an error, or one that is not authoritative.
	refused
	// untold is an answer from which nobody can tell.
	untold
	// cut is a truncated answer.
	cut
)

// verdict is what an answer tells about an expectation. The text says what differs, or why nobody can tell.
type verdict struct {
	kind verdictKind
	text string
}

// judge compares an answer with what is expected of a server that is authoritative for a zone.
//
// Nobody can tell of what a zone cut or a DNAME above the name hides. At and below a cut the answer is a referral (RFC 1034 §4.3.2), and
// has in it the NS of the cut and the addresses that are glue.
func judge(zone zonefile.Name, q question, m *message) verdict {
	r := read(zone, q.key, m)
	switch {
	case errors.Is(r.err, errTruncated):
		return verdict{cut, r.err.Error()}
	case r.err != nil:
		return verdict{refused, r.err.Error()}
	case len(r.found) > 0:
		return compare(q, r.found)
	case q.want == nil:
		return verdict{kind: agrees}
	case !r.cut.IsZero():
		return verdict{untold, fmt.Sprintf("it is hidden by the zone cut at %s", r.cut)}
	case !r.dname.IsZero():
		return verdict{untold, fmt.Sprintf("the DNAME at %s answers for it", r.dname)}
	}
	nothing := "nothing"
	if m.rcode() == dns.RcodeNameError {
		nothing = "nothing (NXDOMAIN)"
	}
	if alias := records(m.answer, zonefile.Key{Name: q.key.Name, Type: zonefile.TypeCNAME}); len(alias) > 0 {
		if set, _, err := setOf(alias); err == nil {
			nothing = "a CNAME to " + list(set.Text())
		}
	}
	return verdict{differs, fmt.Sprintf("serves %s, want %s", nothing, list(q.want.Text()))}
}

// compare compares the records that a server has of a key with what is expected.
func compare(q question, found []record) verdict {
	set, sameTTL, err := setOf(found)
	if err != nil {
		return verdict{differs, fmt.Sprintf("serves what cannot be read: %v", err)}
	}
	if q.want == nil {
		return verdict{differs, fmt.Sprintf("serves %s, want nothing", list(set.Text()))}
	}
	served, wanted := withoutSerial(set), withoutSerial(*q.want)
	var parts []string
	if !served.SameData(wanted) {
		parts = append(parts, difference(served, wanted))
	}
	switch {
	case !sameTTL:
		parts = append(parts, fmt.Sprintf("serves records with different TTLs, want %s", wanted.TTL))
	case served.TTL != wanted.TTL:
		parts = append(parts, fmt.Sprintf("serves it with TTL %s, want %s", served.TTL, wanted.TTL))
	}
	if parts == nil {
		return verdict{kind: agrees}
	}
	return verdict{differs, strings.Join(parts, "; ")}
}

// withoutSerial returns an SOA with serial 0, and any other RRset as it is: the serial is not among what is compared.
func withoutSerial(set zonefile.RRset) zonefile.RRset {
	soa, err := zonefile.ParseSOA(set)
	if err != nil {
		return set // of another type
	}
	soa.Serial = 0
	return soa.RRset(set.Key.Name, set.TTL)
}

// soaFields names what of two SOAs differs, but for the serial.
func soaFields(served, wanted zonefile.SOA) (has, wants []string) {
	note := func(name string, a, b any) {
		if a != b {
			has, wants = append(has, fmt.Sprintf("%s %v", name, a)), append(wants, fmt.Sprintf("%s %v", name, b))
		}
	}
	note("MNAME", served.MName, wanted.MName)
	note("RNAME", served.RName, wanted.RName)
	note("refresh", served.Refresh, wanted.Refresh)
	note("retry", served.Retry, wanted.Retry)
	note("expire", served.Expire, wanted.Expire)
	note("minimum", served.Minimum, wanted.Minimum)
	return has, wants
}

// difference says which records of two RRsets differ, and of SOAs which fields.
func difference(served, wanted zonefile.RRset) string {
	if a, err := zonefile.ParseSOA(served); err == nil {
		if b, err := zonefile.ParseSOA(wanted); err == nil {
			has, wants := soaFields(a, b)
			return fmt.Sprintf("serves %s, want %s", strings.Join(has, " "), strings.Join(wants, " "))
		}
	}
	has, wants := slices.Collect(served.RDATA()), slices.Collect(wanted.RDATA())
	text := func(sets, without []string) (texts []string) {
		for _, rdata := range sets {
			if _, both := slices.BinarySearch(without, rdata); !both {
				texts = append(texts, zonefile.FormatRDATA(served.Key.Type, rdata))
			}
		}
		return texts
	}
	extra, missing := text(has, wants), text(wants, has)
	switch {
	case len(missing) == 0:
		return fmt.Sprintf("serves %s as well", list(extra))
	case len(extra) == 0:
		return fmt.Sprintf("lacks %s", list(missing))
	case len(extra) == 1 && len(missing) == 1:
		extra[0], missing[0] = fromDifference(extra[0], missing[0])
	}
	return fmt.Sprintf("serves %s, want %s", list(extra), list(missing))
}

// Limits of what is said of one RRset: what a server sends may be long.
const (
	maxListed = 5
	maxText   = 200 // octets
)

// fromDifference returns two texts, without the beginning that both have if what differs would otherwise be cut away.
func fromDifference(a, b string) (string, string) {
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	if skip := same - maxText/4; max(len(a), len(b)) > maxText && skip > 0 {
		return "…" + a[skip:], "…" + b[skip:]
	}
	return a, b
}

// list returns texts with commas between, not too many and none too long.
func list(texts []string) string {
	short := make([]string, 0, maxListed+1)
	for i, text := range texts {
		if i == maxListed {
			short = append(short, fmt.Sprintf("and %d more", len(texts)-i))
			break
		}
		if len(text) > maxText {
			text = fmt.Sprintf("%s… (%d octets)", text[:maxText], len(text)) // text of RDATA is ASCII
		}
		short = append(short, text)
	}
	return strings.Join(short, ", ")
}
