package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/rules"
)

var origin = zonefile.MustParseName("example.com.")

// parse reads a master file of example.com.
func parse(t testing.TB, text string) *zonefile.File {
	t.Helper()
	f, err := zonefile.ParseBIND(fstest.MapFS{"example.com.zone": {Data: []byte(text)}}, "example.com.zone", zonefile.BINDOptions{Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// largeZone is a zone of about that many records of the usual types, with half of its targets in the zone.
func largeZone(records int) string {
	var b strings.Builder
	b.WriteString("$TTL 3600\n@ SOA ns1 hostmaster 1 7200 900 1209600 300\n@ NS ns1\n@ NS ns2\nns1 A 192.0.2.1\nns2 A 192.0.2.2\n")
	for i := range records / 10 {
		fmt.Fprintf(&b, "host%d A 192.0.2.%d\n\tAAAA 2001:db8::%x:%x\n\tTXT \"host %d in some rack\"\n", i, i%250+1, i>>16, i&0xffff, i)
		fmt.Fprintf(&b, "www%d CNAME host%d\nweb%d CNAME lb%d.example.net.\n", i, i, i, i)
		fmt.Fprintf(&b, "mail%d MX 10 host%d\n\tMX 20 mx.example.net.\n\tTXT \"v=spf1 mx -all\"\n", i, i)
		fmt.Fprintf(&b, "_sip._tcp.host%d SRV 10 20 5060 host%d\n_sip._udp.host%d SRV 10 20 5060 sip.example.net.\n", i, i, i)
	}
	return b.String()
}

// All rules look at a zone of a million records in about the time that it takes to read it.
func BenchmarkJudge(b *testing.B) {
	f := parse(b, largeZone(1_000_000))
	set, err := rules.NewSet(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if problems := set.Judge(f, zonefile.Warning); len(problems) > 0 {
			b.Fatal(problems[0])
		}
	}
	b.ReportMetric(float64(f.Zone.Records()), "records")
}

// TestJudgeSmallZone has nothing done for a zone that can be done once for all: most are small, and there are many of them.
func TestJudgeSmallZone(t *testing.T) {
	f := parse(t, "$TTL 300\n@ NS ns1.example.net.\n@ NS ns2.example.net.\nwww A 192.0.2.1\n@ TXT \"v=spf1 -all\"\n")
	set, err := rules.NewSet(nil)
	if err != nil {
		t.Fatal(err)
	}
	for least, most := range map[zonefile.Severity]float64{zonefile.Warning: 50, zonefile.Error: 0} {
		if n := testing.AllocsPerRun(10, func() { set.Judge(f, least) }); n > most {
			t.Errorf("%v: %v allocations, want %v at most", least, n, most)
		}
	}
}
