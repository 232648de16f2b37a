package providertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/zonefile"
)

// group is a walk that starts with an empty zone.
type group struct {
	name  string
	steps []step
}

// step is a state that the zone is brought to.
type step struct {
	name string
	// zone has the records beside the SOA and the apex NS, one a line: NAME TTL TYPE RDATA, with names relative to the origin.
	zone string
}

// groups are the walks.
func groups() []group {
	return []group{
		{"A", []step{
			{"create", "www 300 A 192.0.2.1"},
			{"other address", "www 300 A 192.0.2.2"},
			{"TTL only", "www 600 A 192.0.2.2"},
			{"second record", lines("www 600 A 192.0.2.2", "www 600 A 192.0.2.3")},
			{"change one of many", lines("www 600 A 192.0.2.2", "www 600 A 192.0.2.4")},
			{"TTL of many", lines("www 900 A 192.0.2.2", "www 900 A 192.0.2.4")},
			{"TTL and one of many", lines("www 300 A 192.0.2.2", "www 300 A 192.0.2.5")},
			{"remove one of many", "www 300 A 192.0.2.5"},
			{"delete", ""},
		}},
		{"TTL", []step{
			{"0", "www 0 A 192.0.2.1"},
			{"1", "www 1 A 192.0.2.1"},
			{"a week", "www 604800 A 192.0.2.1"},
			{"the largest", "www 2147483647 A 192.0.2.1"},
			{"0 again", "www 0 A 192.0.2.1"},
		}},
		{"AAAA", []step{
			{"compressed", "www 300 AAAA 2001:db8::1"},
			{"in full", "www 300 AAAA 2001:0db8:0000:0000:0001:0000:0000:0001"},
			{"capitals", "www 300 AAAA 2001:DB8::ABCD"},
			{"IPv4-mapped", "www 300 AAAA ::ffff:192.0.2.1"},
			{"all zeros", "www 300 AAAA ::"},
			{"beside A", lines("www 300 AAAA 2001:db8::1", "www 300 A 192.0.2.1")},
		}},
		{"CNAME", []step{
			{"A", "www 300 A 192.0.2.1"},
			{"A to CNAME", "www 300 CNAME other"},
			{"other target", "www 300 CNAME www.invalid."},
			{"TTL only", "www 600 CNAME www.invalid."},
			{"back to A", "www 300 A 192.0.2.1"},
			{"A and AAAA", lines("www 300 A 192.0.2.1", "www 300 AAAA 2001:db8::1")},
			{"both to CNAME", "www 300 CNAME other"},
			{"CNAME to TXT", `www 300 TXT "not an alias any more"`},
			{"TXT to CNAME", "www 300 CNAME other"},
			{"beside its target", lines("www 300 CNAME other", "other 300 A 192.0.2.1")},
			{"changing places", lines("other 300 CNAME www", "www 300 A 192.0.2.1")},
		}},
		{"Names", []step{
			{"wildcard", "* 300 A 192.0.2.1"},
			{"wildcard and a name below it", lines("* 300 A 192.0.2.1", "www 300 A 192.0.2.2")},
			{"wildcard below a name", "*.www 300 CNAME other"},
			{"asterisk within", lines("a.*.www 300 A 192.0.2.1", "a*b 300 A 192.0.2.1")},
			{"letter case", "WwW 300 CNAME OTHER.Example."},
			{"letter case again", "wWw 300 CNAME other.EXAMPLE."},
			{"empty non-terminal", "a.b.c 300 A 192.0.2.1"},
			{"data at the empty non-terminal", lines("a.b.c 300 A 192.0.2.1", "b.c 300 A 192.0.2.2")},
			{"empty non-terminal again", "a.b.c 300 A 192.0.2.1"},
			{"underscores", `_dmarc._report._sub 300 TXT "v=DMARC1"`},
			{"hyphens and digits", lines("-a- 300 A 192.0.2.1", "0 300 A 192.0.2.1", "xn--bcher-kva 300 A 192.0.2.1")},
			{"slash", "0/25 300 NS ns1.example."},
			{"long label", strings.Repeat("a", 63) + " 300 A 192.0.2.1"},
			{"many labels", strings.Repeat("a.", 40) + "a 300 A 192.0.2.1"},
			{"apex", lines("@ 300 A 192.0.2.1", "@ 300 AAAA 2001:db8::1", "@ 300 MX 10 mail.invalid.", `@ 300 TXT "v=spf1 -all"`, `@ 300 CAA 0 issue "ca.invalid"`)},
			{"apex changed", lines("@ 600 A 192.0.2.2", "@ 300 MX 10 mail.invalid.", `@ 300 TXT "v=spf1 -all"`, `@ 300 TXT "more"`)},
		}},
		{"Octets in names", []step{
			{"dot", `a\.b 300 A 192.0.2.1`},
			{"space", `a\032b 300 A 192.0.2.1`},
			{"backslash", `a\\b 300 A 192.0.2.1`},
			{"quote, semicolon, at, dollar, parentheses", `a\"\;\@\$\(\)b 300 A 192.0.2.1`},
			{"asterisk alone in a label with others", `\*\*.www 300 A 192.0.2.1`},
			{"from 128 on", `a\200\255 300 A 192.0.2.1`},
			{"control", `a\001\127 300 A 192.0.2.1`},
			{"zero", `a\000b 300 A 192.0.2.1`},
			{"in RDATA", `www 300 CNAME a\.b\032c.invalid.`},
		}},
		{"TXT", textSteps()},
		{"Types", typeSteps()},
		{"Delegation", []step{
			{"out of zone", "sub 300 NS ns1.example."},
			{"with glue", lines("sub 300 NS ns1.sub", "sub 300 NS ns2.sub", "ns1.sub 300 A 192.0.2.1", "ns2.sub 300 AAAA 2001:db8::2")},
			{"other glue", lines("sub 300 NS ns1.sub", "ns1.sub 300 A 192.0.2.3")},
			{"signed", lines("sub 300 NS ns1.sub", "ns1.sub 300 A 192.0.2.3", "sub 300 DS 12345 13 2 "+strings.Repeat("0123456789ABCDEF", 4))},
			{"gone", "www.sub 300 A 192.0.2.1"},
		}},
		{"Batches", []step{
			{"start", lines("a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 CNAME a", "e 300 TXT \"e\"")},
			{"create, update and delete", lines("a 300 A 192.0.2.2", "b 600 A 192.0.2.1", "d 300 A 192.0.2.1", "e 300 CNAME a", "f 300 MX 10 a", "g 300 A 192.0.2.1")},
			{"delete everything", ""},
		}},
		{"Many", []step{
			{"600 records in one go", many(600, 300)},
			{"one of them", strings.Replace(many(600, 300), "host-417 300 A 192.0.2.162", "host-417 300 A 198.51.100.1", 1)},
			{"all TTLs", many(600, 900)},
			{"half of them", many(300, 900)},
			{"all gone", ""},
			{"100 kB of text", long(400)},
			{"RRset of 90 records", large(90)},
			{"one of 90 replaced", strings.Replace(large(90), "192.0.2.45", "198.51.100.1", 1)},
			{"RRset of 150 records", large(150)},
		}},
	}
}

func lines(l ...string) string { return strings.Join(l, "\n") }

// many returns n RRsets with one address each.
func many(n, ttl int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "host-%d %d A 192.0.2.%d\n", i, ttl, i%255)
	}
	return b.String()
}

// long returns n RRsets with 255 octets of text each.
func long(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "text-%d 300 TXT \"%s\"\n", i, strings.Repeat("x", 255))
	}
	return b.String()
}

// large returns one RRset with n addresses, at most 254.
func large(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "large 300 A 192.0.2.%d\n", i+1)
	}
	return b.String()
}

// core are the types that every provider takes.
const core = `
www 300 A 192.0.2.1
www 300 AAAA 2001:db8::1
alias 300 CNAME www
@ 300 MX 10 www
@ 300 TXT "core"
`

// testSteps walks one zone through all groups. A step that fails does not keep those after it from a fair test: each begins with what is live.
func testSteps(t *testing.T, s *subject) {
	t.Run("core types", func(t *testing.T) {
		sets := parse(t, s.Origin, core)
		supported := s.normalized(t, s.fetch(t).Traits, sets)
		if len(supported) < len(sets) {
			t.Error("A, AAAA, CNAME, MX and TXT must not be unsupported")
		}
		s.become(t, supported)
	})
	steps, incomplete := 0, 0
	for _, g := range groups() {
		t.Run(g.name, func(t *testing.T) {
			s.become(t, nil)
			for _, step := range g.steps {
				t.Run(step.name, func(t *testing.T) {
					sets := parse(t, s.Origin, step.zone)
					traits := s.fetch(t).Traits
					if tooMany(traits.MaxRecords, sets) {
						t.Log("not tested: more records than MaxRecords of the traits")
						return
					}
					supported := s.normalized(t, traits, sets)
					steps++
					if len(supported) < len(sets) {
						incomplete++
					}
					s.become(t, supported)
				})
			}
		})
	}
	t.Run("empty again", func(t *testing.T) { s.become(t, nil) })
	t.Logf("%d of %d steps had RRsets that were left out as unsupported", incomplete, steps)
	if 2*incomplete > steps {
		t.Error("more than half of the steps had RRsets that are not supported: that is not a provider of DNS zones")
	}
}

func tooMany(limit int, sets []zonefile.RRset) bool {
	for _, set := range sets {
		if limit > 0 && set.Len() > limit {
			return true
		}
	}
	return false
}
