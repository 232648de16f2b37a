package zonefile

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCompareYAMLKeys has keys in the order of natsort, some from the tests of octoDNS (tests/test_octodns_yaml.py).
func TestCompareYAMLKeys(t *testing.T) {
	for _, test := range []struct {
		name string
		keys []string
	}{
		{"numbers", []string{"1", "2", "3", "10", "11"}},
		{"labels", []string{"*.1.2", "*.2.2", "*.10.1", "*.11.2"}},
		{"no hex", []string{"45a0392a", "45a03129"}},
		{"the apex, numbers, signs, letters", []string{"", "0", "1", "*", "*.a", "-", "_dmarc", "_sip._tcp", "a"}},
		{"within names", []string{"host", "host1", "host1a", "host2", "host2.a", "host10", "host-1", "host.a", "hosta"}},
		{"a number before what goes on", []string{"a", "a1", "a1.b", "a1b", "a-1", "a-2", "a-10", "a.b", "ab"}},
		{"zeros", []string{"a0", "a01", "a1", "a02", "a2", "a010", "a11"}},
		{"beyond any integer", []string{"a99999999999999999999", "a100000000000000000000", "a100000000000000000001"}},
		{"fields of a record", []string{"octodns", "ttl", "type", "value", "values"}},
		{"parameters", []string{"alpn", "ipv4hint", "ipv6hint", "key667", "key1000", "port"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := slices.Clone(test.keys)
			slices.Reverse(got)
			slices.SortFunc(got, CompareYAMLKeys)
			if d := cmp.Diff(got, test.keys); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
			for i, a := range test.keys {
				for j, b := range test.keys {
					if c := CompareYAMLKeys(a, b); (c < 0) != (i < j) || (c == 0) != (i == j) {
						t.Errorf("%q and %q: %d", a, b, c)
					}
				}
			}
		})
	}
}

// TestFormatYAMLOrder: names are in the order that octoDNS enforces, and so are parameters.
func TestFormatYAMLOrder(t *testing.T) {
	read, err := ParseBIND(OneFile("z", `$TTL 3600
host10 A 192.0.2.1
host2 A 192.0.2.1
a.host2 A 192.0.2.1
-5 A 192.0.2.1
5 A 192.0.2.1
* A 192.0.2.1
@ A 192.0.2.1
svc HTTPS 1 . key1000=b key667=a
`), "z", BINDOptions{Origin: example})
	if err != nil || read.Err() != nil {
		t.Fatal(err, read.Err())
	}
	var text strings.Builder
	if err := FormatYAML(&text, read.Zone, YAMLFormat{}); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for line := range strings.Lines(text.String()) {
		if key, ok := strings.CutSuffix(strings.TrimSpace(line), ":"); ok && !strings.HasPrefix(line, " ") {
			keys = append(keys, key)
		}
	}
	if d := cmp.Diff(keys, []string{"''", "'5'", "'*'", "'-5'", "a.host2", "host2", "host10", "svc"}); d != "" {
		t.Errorf("(-got +want):\n%s\n%s", d, text.String())
	}
	if strings.Index(text.String(), "key667") > strings.Index(text.String(), "key1000") {
		t.Errorf("parameters are not in the order of their numbers:\n%s", text.String())
	}
}
