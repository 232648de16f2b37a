package zonefmt

import (
	"fmt"
	"strings"
	"testing"
)

// manyRecords returns a master file of n records, of the types and forms that are common.
func manyRecords(n int) string {
	var b strings.Builder
	b.WriteString("$TTL 3600\n@ IN SOA ns1 hostmaster 1 2h 15m 2w 5m\n")
	for i := range n {
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "host%d IN A 192.0.2.%d\n", i, i%256)
		case 1:
			fmt.Fprintf(&b, "host%d\t300 IN AAAA 2001:db8::%x\n", i, i%65536)
		case 2:
			fmt.Fprintf(&b, "host%d IN TXT ( \"v=spf1 include:x%d.example.net\"\n  \" -all\" )\n", i, i)
		case 3:
			fmt.Fprintf(&b, "_sip._tcp.host%d SRV 0 5 5060 sip%d ; telephone %d\n", i, i, i)
		}
	}
	return b.String()
}

func BenchmarkBIND(b *testing.B) {
	text := manyRecords(100_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := BIND(text, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkYAML(b *testing.B) {
	text := strings.Repeat("  - type: A\n    values:\n    - 192.0.2.1 # one\n", 10_000)
	text = "www:\n" + text
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := YAML(text, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
