package domainfile

import (
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/zonefile"
)

const digested1 = `domain: example.com
delegation: {provider: glauca, name_servers: [ns1.example.net, ns2.example.net], ds: from-zone}
mail:
  - {provider: tem, project: p, publish: [mx, dkim], ttl: 60}
apps:
  - {provider: s, app: a, name: www.example.com, certificate: "${file:/a}"}
  - {provider: s, app: a, name: b.example.com}
ownership: {of: x, publish_at: y}
`

// What is the same by another text has the same digest.
func TestDigestOfTheSame(t *testing.T) {
	want := parseExample(t, digested1)
	if want.Err() != nil {
		t.Fatal(want.Err())
	}
	for name, text := range map[string]string{
		"comment":          "# one\n" + strings.ReplaceAll(digested1, "\n", " # more\n"),
		"order of keys":    strings.Replace(digested1, "of: x, publish_at: y", "publish_at: y, of: x", 1),
		"order of outputs": strings.Replace(digested1, "[mx, dkim]", "[dkim, mx]", 1),
		"order of servers": strings.Replace(digested1, "[ns1.example.net, ns2.example.net]", "[NS2.example.net., ns1.example.net.]", 1),
		"order of apps": strings.Replace(strings.Replace(digested1, "  - {provider: s, app: a, name: b.example.com}\n", "", 1), "apps:\n",
			"apps:\n  - {provider: s, app: a, name: b.example.com}\n", 1),
		"defaults":          strings.Replace(digested1, "project: p", "project: p, name: example.com, region: fr-par", 1),
		"units":             strings.Replace(digested1, "ttl: 60", "ttl: 1m", 1),
		"where it is found": "\n\n" + digested1,
	} {
		f := parseExample(t, text)
		if text == digested1 || f.Err() != nil {
			t.Fatalf("%s: %v", name, f.Err())
		}
		if f.Digest() != want.Digest() {
			t.Errorf("%s: another digest", name)
		}
	}
	warned := parseExample(t, digested1)
	warned.Problems = append(warned.Problems, zonefile.Problem{Rule: "x", Severity: zonefile.Warning, Message: "y"})
	if warned.Digest() != want.Digest() {
		t.Error("a warning makes another digest")
	}
}

// What differs has another digest, each from each.
func TestDigestOfOthers(t *testing.T) {
	seen := map[zonefile.Digest]string{}
	for _, change := range [][2]string{
		{"", ""},
		{"ns2.example.net", "ns3.example.net"},
		{"ds: from-zone", "ds: {from-zone: x}"},
		{"ds: from-zone", "ds: none"},
		{", ds: from-zone", ""},
		{"ds: from-zone", "transfer_lock: true"},
		{"ds: from-zone", "transfer_lock: false"},
		{"provider: glauca", "provider: other"},
		{"project: p", "project: q"},
		{"project: p", "project: p, region: nl-ams"},
		{"project: p", "project: p, name: a.example.com"},
		{"[mx, dkim]", "[mx]"},
		{"ttl: 60", "ttl: 61"},
		{"file:/a", "file:/b"},
		{"of: x", "of: z"},
		{"of: x, publish_at: y", "of: y, publish_at: x"},
		{"ownership: {of: x, publish_at: y}\n", ""},
		{"  - {provider: s, app: a, name: b.example.com}\n", ""},
		{"ds: from-zone", "ds: from-zone, transfer_lok: true"}, // an error
	} {
		text := strings.Replace(digested1, change[0], change[1], 1)
		digest := parseExample(t, text).Digest()
		if other, twice := seen[digest]; twice {
			t.Errorf("%s and %s have one digest", change, other)
		}
		seen[digest] = strings.Join(change[:], " -> ")
	}
	reversed := parseExample(t, digested1)
	slices.Reverse(reversed.Declarations)
	if _, same := seen[reversed.Digest()]; !same {
		t.Error("another order of the declarations makes another digest")
	}
}
