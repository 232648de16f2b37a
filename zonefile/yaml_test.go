package zonefile

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// parseYAML reads text as the zone example.com.
func parseYAML(t testing.TB, text string) *File {
	t.Helper()
	return parseYAMLFiles(t, "example.com.yaml", fstest.MapFS{"example.com.yaml": {Data: []byte(text)}})
}

func parseYAMLFiles(t testing.TB, file string, fsys fstest.MapFS) *File {
	t.Helper()
	f, err := ParseYAML(fsys, file, YAMLOptions{Origin: example})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// problemLines returns the problems as text with their rules: "example.com.yaml:3: www A: ... [bad-value]".
func problemLines(problems []Problem) []string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, fmt.Sprintf("%s [%s]", p, p.Rule))
	}
	return lines
}

// recordLines returns the records of a zone as text, without class.
func recordLines(z *Zone) []string {
	var lines []string
	for s := range z.All() {
		for _, text := range s.Text() {
			lines = append(lines, fmt.Sprintf("%s %d %s %s", s.Key.Name.Relative(z.Origin()), s.TTL, s.Key.Type, text))
		}
	}
	return lines
}

func TestYAMLReadsEveryTypeOfOctoDNS(t *testing.T) {
	golden, err := os.ReadFile("testdata/yaml/every-type.rrs")
	if err != nil {
		t.Fatal(err)
	}
	b := NewBuilder(example)
	types := map[Type]bool{}
	for line := range strings.Lines(string(golden)) {
		if strings.HasPrefix(line, ";") {
			continue
		}
		part := strings.SplitN(strings.TrimSpace(line), " ", 4)
		key := Key{MustParseName(part[0]), MustParseType(part[2])}
		ttl, err := ParseTTL(part[1])
		var rdata []byte
		if octets := strings.Fields(part[3]); err == nil && octets[0] == `\#` {
			rdata, err = hex.DecodeString(octets[2])
		} else if err == nil {
			rdata, err = ParseRDATA(key.Type, part[3], Name{})
		}
		if err == nil {
			err = b.Add(key, ttl, rdata)
		}
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		types[key.Type] = true
	}
	want := b.Zone()
	for _, name := range strings.Fields("A AAAA ALIAS CAA CNAME DNAME DS HTTPS LOC MX NAPTR NS OPENPGPKEY PTR SPF SRV SSHFP SVCB TLSA TXT URI LUA") {
		if !types[MustParseType(name)] {
			t.Errorf("every-type.rrs has no %s", name)
		}
	}

	f, err := ParseYAML(os.DirFS("testdata/yaml"), "every-type.yaml", YAMLOptions{Origin: example})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Problems {
		t.Errorf("problem: %s", p)
	}
	for c := range Diff(want, f.Zone) {
		t.Errorf("%s:\n got %v\nwant %v", c.Key(), c.New, c.Old)
	}
	if got, want := f.Position(Key{MustParseName("www.example.com."), TypeA}).String(), "every-type.yaml:159"; got != want {
		t.Errorf("the A records of www are at %s; want %s", got, want)
	}
}

// yamlText returns a YAML zone of so many records: addresses, aliases and texts.
func yamlText(records int) []byte {
	var b strings.Builder
	b.WriteString("---\n")
	for i := range records {
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "host-%d:\n  ttl: 300\n  type: A\n  value: 192.0.2.%d\n", i, i%256)
		case 1:
			fmt.Fprintf(&b, "v6-%d:\n  type: AAAA\n  value: 2001:db8::%x\n", i, i%65536)
		case 2:
			fmt.Fprintf(&b, "alias-%d:\n  type: CNAME\n  value: host-%d.example.com.\n", i, i-2)
		case 3:
			fmt.Fprintf(&b, "text-%d:\n  type: TXT\n  value: v=spf1 ip4:192.0.2.%d -all\n", i, i%256)
		}
	}
	return []byte(b.String())
}

func BenchmarkParseYAML(b *testing.B) {
	for _, records := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(records), func(b *testing.B) {
			fsys := fstest.MapFS{"example.com.yaml": {Data: yamlText(records)}}
			b.ReportAllocs()
			for b.Loop() {
				f, err := ParseYAML(fsys, "example.com.yaml", YAMLOptions{Origin: example})
				if err != nil || len(f.Problems) > 0 || f.Zone.Records() != records {
					b.Fatal(err, len(f.Problems), f.Zone.Records())
				}
			}
			b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
