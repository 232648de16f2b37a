package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func TestParseOperand(t *testing.T) {
	for _, test := range []struct {
		text string
		want operand
		err  string
	}{
		{"zones", operand{path: "zones"}, ""},
		{"./git:HEAD", operand{path: "./git:HEAD"}, ""},
		{"/tmp/provider:x", operand{path: "/tmp/provider:x"}, ""},
		{"GIT:HEAD", operand{path: "GIT:HEAD"}, ""},
		{"git:HEAD", operand{revision: "HEAD"}, ""},
		{"git:HEAD~1:zones/a:b", operand{revision: "HEAD~1", within: "zones/a:b"}, ""},
		{"git:main:", operand{revision: "main"}, ""},
		{"git:", operand{}, "want git:REVISION"},
		{"git::zones", operand{}, "want git:REVISION"},
		{"provider:pdns", operand{provider: "pdns"}, ""},
		{"provider:", operand{}, "want provider:NAME"},
		{"", operand{}, "an operand is empty"},
	} {
		got, err := parseOperand(test.text)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: %v, want %s", test.text, err, test.err)
			}
			continue
		}
		test.want.text = test.text
		if err != nil || got != test.want {
			t.Errorf("%q: %+v, %v, want %+v", test.text, got, err, test.want)
		}
	}
}

// statedText returns the side of a file.
func statedText(t *testing.T, file, text string) sideZone {
	t.Helper()
	zone, err := readZone(zonefile.OneFile(file, text), file, zonefile.ParseOptions{Origin: zonefile.MustParseName("example.com.")}, func(file string) string { return file })
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// servedZone returns the side of a provider, whose TTLs are 60 at least.
func servedZone(t *testing.T, traits providers.Traits, text string) sideZone {
	t.Helper()
	zone := statedText(t, "live.zone", text)
	zone.file = nil
	zone.place = func(zonefile.Key) string { return "provider:live" }
	zone.live = &liveSide{
		target: "live", traits: traits, left: reconcile.WhatIsLeft(reconcile.Ref{Zone: zone.zone.Origin(), Target: "live"}, reconcile.DefaultPolicy(), zone.zone),
		normalize: func(set zonefile.RRset) (zonefile.RRset, error) {
			if set.Key.Type == zonefile.TypeHINFO {
				return set, providers.ErrUnsupported
			}
			return set.WithTTL(max(set.TTL, 60)), nil
		},
	}
	return zone
}

// TestCompare: what a plan does not look at is no difference between a provider and a file.
func TestCompare(t *testing.T) {
	writable := providers.Traits{SOAWritable: true, ApexNSWritable: true}
	const served = `$TTL 300
@ SOA ns1.example.net. hostmaster.example.net. 7 7200 900 1209600 300
@ NS ns1.example.net.
@ DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
_acme-challenge TXT "x"
www 60 A 192.0.2.1
`
	for _, test := range []struct {
		name, file, text string
		traits           providers.Traits
		want             []string
	}{
		{"the same", "z.zone", "www 60 A 192.0.2.1\n", writable, nil},
		{"a TTL that the provider moves", "z.zone", "www 5 A 192.0.2.1\n", writable, nil},
		{"another TTL", "z.zone", "www 90 A 192.0.2.1\n", writable, []string{"www.example.com. A"}},
		{"another serial", "z.zone", "@ 300 SOA ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300\nwww 60 A 192.0.2.1\n", writable, nil},
		{"another timer", "z.zone", "@ 300 SOA ns1.example.net. hostmaster.example.net. 7 7201 900 1209600 300\nwww 60 A 192.0.2.1\n", writable, []string{"example.com. SOA"}},
		{"another timer, which cannot be set", "z.zone", "@ 300 SOA ns1.example.net. hostmaster.example.net. 7 7201 900 1209600 300\nwww 60 A 192.0.2.1\n", providers.Traits{}, nil},
		{"other NS", "z.zone", "@ 300 NS ns9.example.net.\nwww 60 A 192.0.2.1\n", writable, []string{"example.com. NS"}},
		{"other NS, which cannot be set", "z.zone", "@ 300 NS ns9.example.net.\nwww 60 A 192.0.2.1\n", providers.Traits{SOAWritable: true}, nil},
		{"a challenge that is stated", "z.zone", "_acme-challenge 300 TXT \"y\"\nwww 60 A 192.0.2.1\n", writable, []string{"_acme-challenge.example.com. TXT"}},
		{"what the provider cannot hold", "z.zone", "host 60 HINFO a b\nwww 60 A 192.0.2.1\n", writable, []string{"host.example.com. HINFO"}},
		{"for another provider", "z.yaml", "www: {type: A, ttl: 90, value: 192.0.2.9, octodns: {excluded: [live]}}\n", writable, nil},
		{"ignored", "z.yaml", "www: {type: A, ttl: 90, value: 192.0.2.9, octodns: {ignored: true}}\n", writable, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := servedZone(t, test.traits, served), statedText(t, test.file, test.text)
			for _, pair := range [][2]sideZone{{a, b}, {b, a}} {
				var d zoneComparison
				comparer{}.compare(&d, pair[0], pair[1])
				for range 2 { // as often as it is asked
					var got []string
					for _, change := range d.noted(0).Changes {
						got = append(got, change.Key.String())
					}
					if diff := cmp.Diff(got, test.want); diff != "" {
						t.Errorf("(-got +want):\n%s", diff)
					}
				}
			}
			var all zoneComparison
			comparer{all: true}.compare(&all, a, b)
			if all.Delete == 0 {
				t.Error("with all there is no difference")
			}
		})
	}
}

// TestCompareProviders: the serial and what signing makes is no difference between two providers; other timers are.
func TestCompareProviders(t *testing.T) {
	zone := func(serial, refresh int) sideZone {
		return servedZone(t, providers.Traits{}, fmt.Sprintf("@ 300 SOA ns1.example.net. hostmaster.example.net. %d %d 900 1209600 300\n@ 300 NSEC3PARAM 1 0 %d -\n", serial, refresh, serial))
	}
	for _, test := range []struct {
		b    sideZone
		want int
	}{{zone(2, 7200), 0}, {zone(1, 7201), 1}} {
		var d zoneComparison
		comparer{}.compare(&d, zone(1, 7200), test.b)
		if got := d.Create + d.Update + d.Delete; got != test.want {
			t.Errorf("%d differences, want %d", got, test.want)
		}
	}
}

// sideOf returns a side that has zones, and says of all others that they are not there.
func sideOf(label string, open bool, names ...string) *diffSide {
	s := &diffSide{label: label, open: open, origins: map[zonefile.Name]bool{}, close: func() {}}
	there := map[zonefile.Name]bool{}
	for _, name := range names {
		there[zonefile.MustParseName(name)] = true
	}
	if !open {
		s.origins = there
	}
	s.read = func(_ context.Context, origin zonefile.Name) (sideZone, error) {
		if !there[origin] {
			return sideZone{}, fmt.Errorf("fetch %s: %w", origin, providers.ErrNoZone)
		}
		return sideZone{zone: zonefile.NewZone(origin), place: func(zonefile.Key) string { return label }}, nil
	}
	return s
}

// TestCompareSides: a provider that lists nothing is asked for the zones of the other side.
func TestCompareSides(t *testing.T) {
	c := comparer{a: sideOf("a", true, "one.example.", "hidden.example."), b: sideOf("b", false, "one.example.", "two.example.")}
	origins, err := c.origins(nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, origin := range origins {
		d := c.zone(t.Context(), origin)
		got = append(got, fmt.Sprintf("%s %q %v", d.Zone, d.Only, d.Err))
	}
	want := []string{`one.example. "" <nil>`, `two.example. "b" <nil>`}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	if d := c.zone(t.Context(), zonefile.MustParseName("none.example.")); d.Err == nil {
		t.Error("a zone that neither has is equal")
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if d := c.zone(canceled, origins[0]); !errors.Is(d.Err, context.Canceled) {
		t.Errorf("%v, want the error of the context", d.Err)
	}
}

// TestDiffStream: what is written piece by piece is the document that it would be as a whole.
func TestDiffStream(t *testing.T) {
	a, b := statedText(t, "a.zone", "$TTL 60\none A 192.0.2.1\ntwo A 192.0.2.2\nsame A 192.0.2.9\n"), statedText(t, "b.zone", "$TTL 60\none A 192.0.2.3\nthree TXT \"<&>\"\nsame A 192.0.2.9\n")
	differing := zoneComparison{ZoneDifference: render.ZoneDifference{Zone: a.zone.Origin()}}
	comparer{}.compare(&differing, a, b)
	equal := zoneComparison{ZoneDifference: render.ZoneDifference{Zone: a.zone.Origin()}}
	comparer{}.compare(&equal, a, a)
	only := zoneComparison{ZoneDifference: render.ZoneDifference{Zone: a.zone.Origin(), Only: render.OnlyB, Records: 7}}
	failed := zoneComparison{ZoneDifference: render.ZoneDifference{Zone: a.zone.Origin(), Err: errors.New(`"changes": [] and "zones": []`)}}
	for _, test := range []struct {
		name  string
		zones []zoneComparison
		most  int
		left  []int // of the zones that are in it
	}{
		{"nothing", nil, 0, nil},
		{"equal", []zoneComparison{equal}, 0, nil},
		{"one", []zoneComparison{equal, differing}, 0, []int{0}},
		{"not all", []zoneComparison{differing}, 2, []int{1}},
		{"just all", []zoneComparison{differing}, 3, []int{0}},
		{"several", []zoneComparison{differing, only, equal, failed, differing}, 1, []int{2, 0, 0, 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var text bytes.Buffer
			out := newOutput(&text)
			report := comparisonReport{Comparison: render.Comparison{A: `"zones": []`, B: "b"}, most: test.most, stream: newDiffStream(out)}
			for _, z := range test.zones {
				report.add(z)
			}
			if err := report.stream.end(report.Comparison); err != nil {
				t.Fatal(err)
			}
			got := text.String()
			var doc diffJSON
			if err := json.Unmarshal([]byte(got), &doc); err != nil {
				t.Fatalf("%v:\n%s", err, got)
			}
			text.Reset()
			if err := out.writeJSON(doc); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, text.String()); diff != "" {
				t.Errorf("written otherwise than as a whole (-got +want):\n%s", diff)
			}
			var left []int
			for i, zone := range doc.Zones {
				left = append(left, zone.LeftOut)
				if n := len(zone.Changes) + zone.LeftOut; n != zone.Create+zone.Update+zone.Delete {
					t.Errorf("zone %d: %d changes are told or left out, want %d", i, n, zone.Create+zone.Update+zone.Delete)
				}
			}
			if diff := cmp.Diff(left, test.left); diff != "" {
				t.Errorf("left out (-got +want):\n%s", diff)
			}
			if doc.A != report.A || doc.Equal != report.Equal || doc.Differ != report.Differing || doc.Errors != report.Failed {
				t.Errorf("got %+v, want what %+v has", doc, report.Comparison)
			}
		})
	}
}

// TestDocumentedDiff looks for every field of the JSON form in the part of docs/command-line.md about the command.
func TestDocumentedDiff(t *testing.T) {
	set := zonefile.MustParseRRset("www.example.com. 60 A", "192.0.2.1")
	doc := documentOf(render.Comparison{})
	doc.Zones = []zoneDiffJSON{{Changes: []rrsetChange{changeDocument(render.PlacedChange{Change: reconcile.Change{Key: set.Key, Old: &set, New: &set}})}}}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(readFile(t, root+"/docs/command-line.md"), "\n## diff\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for key := range fields(value) {
		if !regexp.MustCompile("`[^`\n]*\\b" + key + "\\b[^`\n]*`").MatchString(section) {
			t.Errorf("the page does not have the field %s", key)
		}
	}
}
