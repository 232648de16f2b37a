package zonefile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkLines reads lines of owner, type and RDATA as the file "z" of the zone example.com, and returns the problems. Names are
// relative to the zone. An owner with "?" in front has a lenient RRset.
func checkLines(t testing.TB, text string) []string {
	t.Helper()
	f := newFiller(example, "z")
	f.options = map[Key]Options{}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		part := strings.SplitN(strings.TrimSpace(line), " ", 3)
		owner, lenient := strings.CutPrefix(part[0], "?")
		name, err := ParseName(owner, example)
		if err != nil {
			t.Fatal(err)
		}
		key := Key{name, MustParseType(part[1])}
		rdata, err := ParseRDATA(key.Type, part[2], example)
		if err != nil {
			t.Fatal(err)
		}
		if lenient {
			f.options[key] = Options{Lenient: true}
		}
		if err := f.builder.add(key, 300, rdata, place{line: uint32(i + 1)}); err != nil {
			t.Fatal(err)
		}
	}
	return problemLines(f.file().Problems)
}

func TestCheck(t *testing.T) {
	const digest = "abababababababababababababababababababababababababababababababab"
	tests := []struct {
		name string
		zone string
		want []string
	}{
		{"nothing wrong", "@ SOA ns1 hostmaster 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\nwww CNAME @\n*.x CNAME www", nil},
		{"no SOA and NS", "www A 192.0.2.1", nil},
		{
			"CNAME beside other data", "www CNAME @\nwww TXT x\nwww MX 10 @",
			[]string{"z:1: www CNAME: other data at the same name: MX at z:3, TXT at z:2 [cname-and-other-data]"},
		},
		{"CNAME beside DNSSEC types", "www CNAME @\nwww NSEC x CNAME\nwww RRSIG CNAME 8 3 300 20300101000000 20200101000000 1 @ AQID\nwww KEY 256 3 8 AwEAAQ==", nil},
		{
			"CNAME beside DNSKEY", "www CNAME @\nwww DNSKEY 256 3 8 AwEAAQ==",
			[]string{"z:1: www CNAME: other data at the same name: DNSKEY at z:2 [cname-and-other-data]"},
		},
		{
			"CNAME beside other data, lenient", "?www CNAME @\nwww TXT x",
			[]string{"z:1: warning: www CNAME: other data at the same name: TXT at z:2 [cname-and-other-data]"},
		},
		{
			"CNAME beside lenient data", "www CNAME @\n?www TXT x",
			[]string{"z:1: warning: www CNAME: other data at the same name: TXT at z:2 [cname-and-other-data]"},
		},
		{
			"two CNAME", "www CNAME @\nwww CNAME x",
			[]string{"z:1: www CNAME: 2 records, where a name can have one (RFC 2181 §10.1) [multiple-cname]"},
		},
		{
			"CNAME at the apex", "@ CNAME x\n@ NS ns.example.net.",
			[]string{"z:1: @ CNAME: a CNAME cannot be at the apex, where the SOA and NS records are; use ALIAS if the provider has it, or addresses [cname-at-apex]"},
		},
		{
			"two DNAME", "x DNAME y\nx DNAME z",
			[]string{"z:1: x DNAME: 2 records, where a name can have one (RFC 6672 §2.4) [multiple-dname]"},
		},
		{
			"two SOA", "@ SOA ns1 hostmaster 1 2 3 4 5\n@ SOA ns1 hostmaster 2 2 3 4 5",
			[]string{"z:1: @ SOA: 2 records, where a zone has one [multiple-soa]"},
		},
		{
			"SOA below the apex", "x SOA ns1 hostmaster 1 2 3 4 5",
			[]string{"z:1: x SOA: the SOA record is at the apex of a zone, and nowhere else [soa-not-at-apex]"},
		},
		{
			"DS at the apex", "@ DS 1 8 2 " + digest,
			[]string{"z:1: @ DS: the DS records of a zone are in its parent zone, never in itself (RFC 4035 §2.4) [ds-at-apex]"},
		},
		{
			"wildcard NS", "*.b NS ns.example.net.",
			[]string{"z:1: *.b NS: a wildcard cannot be delegated (RFC 4592 §4.2) [wildcard-ns]"},
		},
		{"wildcard CNAME and DNAME", "*.b CNAME x\n*.c DNAME x", nil},
		{
			"null MX beside another", "@ MX 0 .\n@ MX 10 mx.example.net.",
			[]string{`z:1: warning: @ MX: a null MX ("0 .", which says that there is no mail) beside others (RFC 7505 §3) [null-mx]`},
		},
		{"null MX alone", "@ MX 0 .", nil},

		{"delegation with glue", "b NS ns.b\nb NS b\nb NSEC c NS DS\nb RRSIG DS 8 3 300 20300101000000 20200101000000 1 @ AQID\nb DS 1 8 2 " + digest + "\nb A 192.0.2.1\nns.b A 192.0.2.1\nns.b AAAA 2001:db8::1\nc A 192.0.2.1", nil},
		{
			"records below and at a zone cut", "b NS ns.example.net.\nb TXT x\nx.b TXT x\ny.x.b A 192.0.2.1\nbb TXT x",
			[]string{
				"z:2: warning: b TXT: at the zone cut at b, where only addresses of name servers are served: it belongs in that zone [below-zone-cut]",
				"z:3: warning: x.b TXT: below the zone cut at b, where only addresses of name servers are served: it belongs in that zone [below-zone-cut]",
				"z:4: warning: y.x.b A: below the zone cut at b, where only addresses of name servers are served: it belongs in that zone [below-zone-cut]",
			},
		},
		{
			"delegation below a zone cut", "b NS ns.example.net.\nc.b NS ns.c.b",
			[]string{"z:2: warning: c.b NS: below the zone cut at b, where only addresses of name servers are served: it belongs in that zone [below-zone-cut]"},
		},
		{"glue of another delegation", "a NS ns.b\nb NS ns.b\nns.b A 192.0.2.1", nil},
		{"glue of another delegation that comes later", "b NS ns.a\na NS ns.a\nns.a A 192.0.2.1", nil},
		{"a name server whose address the provider makes", "@ NS ns1\n@ NS ns2\nns1 ALIAS x.example.net.\nns2 LUA A \"x\"", nil},
		{"a name server that only looks like one in the zone", `@ NS a\007example.com.`, nil},
		{"a server below a cut is needed by that cut alone", "a NS ns.b\nb NS ns.example.net.", nil},
		{
			"missing glue", "b NS ns.b",
			[]string{"z:1: warning: b NS: the name server ns.b.example.com. is in this zone, and has no A or AAAA record [missing-glue]"},
		},
		{
			"name servers that are a CNAME", "@ NS ns1\nb NS ns2\nb NS ns.c\nc NS ns.example.net.\nns1 CNAME a\nns2 CNAME a\na A 192.0.2.1",
			[]string{
				"z:1: warning: @ NS: the name server ns1.example.com. is a CNAME, which resolvers do not follow there: name the server itself (RFC 2181 §10.3) [ns-is-cname]",
				"z:2: warning: b NS: the name server ns2.example.com. is a CNAME, which resolvers do not follow there: name the server itself (RFC 2181 §10.3) [ns-is-cname]",
			},
		},
		{
			"missing glue that another delegation asks for first", "a NS ns.b\nb NS ns.b",
			[]string{"z:2: warning: b NS: the name server ns.b.example.com. is in this zone, and has no A or AAAA record [missing-glue]"},
		},
		{
			"a wildcard is no glue", "b NS ns.b\n*.b A 192.0.2.1",
			[]string{
				"z:1: warning: b NS: the name server ns.b.example.com. is in this zone, and has no A or AAAA record [missing-glue]",
				"z:2: warning: *.b A: below the zone cut at b, where only addresses of name servers are served: it belongs in that zone [below-zone-cut]",
			},
		},
		{
			"name servers of the apex without addresses", "@ NS ns1\n@ NS ns2\n@ NS ns3.x\nb NS ns1\nns2 AAAA 2001:db8::1\n*.x A 192.0.2.1",
			[]string{"z:1: warning: @ NS: the name server ns1.example.com. is in this zone, and has no A or AAAA record [missing-glue]"},
		},
		{
			"a wildcard does not stand for names that are there", "@ NS ns1.x\nns1.x TXT x\n*.x A 192.0.2.1",
			[]string{"z:1: warning: @ NS: the name server ns1.x.example.com. is in this zone, and has no A or AAAA record [missing-glue]"},
		},
		{
			"records below a DNAME", "@ DNAME x.example.net.\n@ TXT x\nwww A 192.0.2.1",
			[]string{"z:3: warning: www A: below the DNAME at @, which stands for all names below it: it is not served [below-dname]"},
		},
		{"NSEC3 below a DNAME", "@ DNAME x.example.net.\n2t7b4g4vsa5smi47k61mv5bv1a22bojr NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A\n2t7b4g4vsa5smi47k61mv5bv1a22bojr RRSIG NSEC3 8 3 300 20300101000000 20200101000000 1 @ AQID", nil},
		{
			"records below a DNAME further down", "x DNAME y\nx A 192.0.2.1\na.x A 192.0.2.1\nb.a.x NS ns.b.a.x\nxx A 192.0.2.1",
			[]string{
				"z:3: warning: a.x A: below the DNAME at x, which stands for all names below it: it is not served [below-dname]",
				"z:4: warning: b.a.x NS: below the DNAME at x, which stands for all names below it: it is not served [below-dname]",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if d := cmp.Diff(checkLines(t, test.zone), test.want); d != "" {
				t.Errorf("problems (-got +want):\n%s", d)
			}
		})
	}
}

func BenchmarkCheck(b *testing.B) {
	const names = 100_000
	builder := NewBuilder(example)
	for i := range names {
		name := MustParseName(fmt.Sprintf("n%d.example.com.", i))
		key := Key{name, TypeA}
		rdata := []byte{192, 0, 2, byte(i)}
		if i%10 == 0 {
			key.Type = TypeNS
			rdata = MustParseName(fmt.Sprintf("ns%d.example.com.", i%1000+1)).AppendWire(nil)
		}
		if err := builder.Add(key, 300, rdata); err != nil {
			b.Fatal(err)
		}
	}
	f := &File{Zone: builder.Zone()}
	b.ReportAllocs()
	for b.Loop() {
		Check(f)
	}
	b.ReportMetric(float64(names)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
