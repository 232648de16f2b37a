package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// parsedZone reads a master file.
func parsedZone(t testing.TB, origin, text string) *zonefile.File {
	t.Helper()
	name := origin + "zone"
	file, err := zonefile.Parse(fstest.MapFS{name: {Data: []byte("$TTL 300\n" + text)}}, name, zonefile.ParseOptions{Origin: zonefile.MustParseName(origin)})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Err(); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPointTo(t *testing.T) {
	const net = "2.0.192.in-addr.arpa."
	for _, test := range []struct {
		name    string
		zone    string
		stated  string // by the reverse zone
		forward string
		spec    AutoPTR
		want    []string
	}{
		{
			name: "addresses of the network alone", zone: net, forward: "www A 192.0.2.1\nmail A 198.51.100.1\n@ A 192.0.2.2\nv6 AAAA 2001:db8::1\n",
			want: []string{"1 300 PTR www.example.com. at example.com.zone:2 for www.example.com. A", "2 300 PTR example.com. at example.com.zone:4 for example.com. A"},
		}, {
			name: "every address of a name", zone: net, forward: "www A 192.0.2.1\nwww A 192.0.2.2\n",
			want: []string{"1 300 PTR www.example.com. at example.com.zone:2 for www.example.com. A", "2 300 PTR www.example.com. at example.com.zone:2 for www.example.com. A"},
		}, {
			name: "IPv6", zone: "0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", forward: "www 600 AAAA 2001:db8::1\nother AAAA 2001:db8:1::1\nwww 600 A 192.0.2.1\n",
			want: []string{"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 600 PTR www.example.com. at example.com.zone:2 for www.example.com. AAAA"},
		}, {
			name: "a part of a /24", zone: "0/25.2.0.192.in-addr.arpa.", forward: "www A 192.0.2.1\nother A 192.0.2.129\n",
			want: []string{"1 300 PTR www.example.com. at example.com.zone:2 for www.example.com. A"},
		}, {
			name: "a wildcard has none", zone: net, forward: "* A 192.0.2.1\n*.w A 192.0.2.2\n",
		}, {
			name: "glue has none", zone: net,
			forward: "sub NS ns.sub\nsub NS ns2\nsub A 192.0.2.1\nsub AAAA 2001:db8::1\nns.sub A 192.0.2.2\nns2 A 192.0.2.3\nsub2 A 192.0.2.4\n",
			want: []string{
				"3 300 PTR ns2.example.com. at example.com.zone:7 for ns2.example.com. A", "4 300 PTR sub2.example.com. at example.com.zone:8 for sub2.example.com. A",
			},
		}, {
			name: "nor has what a DNAME hides", zone: net, forward: "old DNAME new\nold A 192.0.2.1\na.old A 192.0.2.2\n",
			want: []string{"1 300 PTR old.example.com. at example.com.zone:3 for old.example.com. A"},
		}, {
			name: "a TTL of their own", zone: net, spec: AutoPTR{TTL: 3600}, forward: "www A 192.0.2.1\n",
			want: []string{"1 3600 PTR www.example.com. at example.com.zone:2 for www.example.com. A"},
		}, {
			name: "what the file states wins", zone: net,
			stated:  "1 PTR stated.example.net.\n2 CNAME 2.customer.example.net.\n3 NS ns.example.net.\n4 TXT text\n6 DNAME x.example.net.\n",
			forward: "a A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\nd A 192.0.2.4\n",
			want:    []string{"4 300 PTR d.example.com. at example.com.zone:5 for d.example.com. A"},
		}, {
			name: "and so does what it delegates", zone: "0.192.in-addr.arpa.", stated: "2 NS ns.example.net.\n3 DNAME 3.example.net.\n",
			forward: "a A 192.0.2.1\nb A 192.0.3.1\nc A 192.0.4.1\n",
			want:    []string{"1.4 300 PTR c.example.com. at example.com.zone:4 for c.example.com. A"},
		}, {
			name: "two names claim one address", zone: net, forward: "www A 192.0.2.1\n@ A 192.0.2.1\nmail A 192.0.2.2\n",
			want: []string{"2 300 PTR mail.example.com. at example.com.zone:4 for mail.example.com. A", "1 claimed by example.com. (example.com.zone:3) www.example.com. (example.com.zone:2)"},
		}, {
			name: "the file settles it", zone: net, stated: "1 PTR www.example.com.\n", forward: "www A 192.0.2.1\n@ A 192.0.2.1\n",
		}, {
			name: "so does leaving one out", zone: net, spec: AutoPTR{Except: []string{"@"}}, forward: "www A 192.0.2.1\n@ A 192.0.2.1\n",
			want: []string{"1 300 PTR www.example.com. at example.com.zone:2 for www.example.com. A"},
		}, {
			name: "names are left out", zone: net, spec: AutoPTR{Except: []string{"a.example.com", "b.example.com.", "*.dyn", "www", "c.example.com.example.com"}},
			forward: "a A 192.0.2.1\nb A 192.0.2.2\nx.dyn A 192.0.2.3\nwww A 192.0.2.4\nc A 192.0.2.5\n",
			want:    []string{"5 300 PTR c.example.com. at example.com.zone:6 for c.example.com. A"},
		}, {
			name: "CNAMEs into a part that is delegated", zone: net,
			stated:  "0/30 600 NS ns.example.net.\n1 PTR stated.example.net.\n128-129 NS ns.example.net.\n129 TXT taken\ncustomer NS ns.example.net.\n",
			forward: "a A 192.0.2.2\nb A 192.0.2.4\n",
			want: []string{
				"0 600 CNAME 0.0/30.2.0.192.in-addr.arpa. at 2.0.192.in-addr.arpa.zone:2 for the delegation of 0/30.2.0.192.in-addr.arpa.",
				"2 600 CNAME 2.0/30.2.0.192.in-addr.arpa. at 2.0.192.in-addr.arpa.zone:2 for the delegation of 0/30.2.0.192.in-addr.arpa.",
				"3 600 CNAME 3.0/30.2.0.192.in-addr.arpa. at 2.0.192.in-addr.arpa.zone:2 for the delegation of 0/30.2.0.192.in-addr.arpa.",
				"4 300 PTR b.example.com. at example.com.zone:3 for b.example.com. A",
				"128 300 CNAME 128.128-129.2.0.192.in-addr.arpa. at 2.0.192.in-addr.arpa.zone:4 for the delegation of 128-129.2.0.192.in-addr.arpa.",
			},
		}, {
			name: "and also from the zone above", zone: "0.192.in-addr.arpa.", stated: "0/31.2 NS ns.example.net.\n",
			want: []string{
				"0.2 300 CNAME 0.0/31.2.0.192.in-addr.arpa. at 0.192.in-addr.arpa.zone:2 for the delegation of 0/31.2.0.192.in-addr.arpa.",
				"1.2 300 CNAME 1.0/31.2.0.192.in-addr.arpa. at 0.192.in-addr.arpa.zone:2 for the delegation of 0/31.2.0.192.in-addr.arpa.",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			zone := reverse(t, test.zone)
			file := parsedZone(t, test.zone, test.stated)
			claims := claimsOf(parsedZone(t, "example.com.", test.forward), "live", zone.has)
			claims = slices.DeleteFunc(claims, func(c claim) bool { return c.silent || test.spec.leavesOut(c.name, c.zone) })
			slices.SortFunc(claims, claim.compare)
			got := test.spec.pointTo(zone, file, claims)
			if diff := cmp.Diff(pointerTexts(zone.origin, got), sorted(test.want)); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
			if err := file.With(got.additions).Err(); err != nil {
				t.Errorf("with them the file has errors: %v", err)
			}
		})
	}
}

func sorted(texts []string) []string {
	texts = slices.Clone(texts)
	slices.Sort(texts)
	return texts
}

// pointerTexts shows pointers, in the order of the texts.
func pointerTexts(origin zonefile.Name, p pointers) []string {
	var all []string
	for _, a := range p.additions {
		key := a.RRset.Key
		all = append(all, fmt.Sprintf("%s %d %s %s at %s for %s", key.Name.Relative(origin), a.RRset.TTL, key.Type, strings.Join(a.RRset.Text(), " "), a.Position.WithoutColumn(), a.For))
	}
	for _, c := range p.contests {
		text := c.key.Name.Relative(origin) + " claimed by"
		for _, one := range c.claims {
			text += " " + one.String()
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

// TestClaimsForATarget has addresses that go to some targets, and one that is not ours.
func TestClaimsForATarget(t *testing.T) {
	const text = "in: {ttl: 300, type: A, value: 192.0.2.1, octodns: {included: [inside]}}\n" +
		"out: {ttl: 300, type: A, value: 192.0.2.2, octodns: {excluded: [inside]}}\n" +
		"other: {ttl: 300, type: A, value: 192.0.2.3, octodns: {ignored: true}}\n" +
		"all: {ttl: 300, type: A, value: 192.0.2.4}\n"
	file, err := zonefile.Parse(fstest.MapFS{"example.com.yaml": {Data: []byte(text)}}, "example.com.yaml", zonefile.ParseOptions{Origin: example})
	if err != nil || file.Err() != nil {
		t.Fatal(err, file.Err())
	}
	for target, want := range map[string][]string{"inside": {"all", "in"}, "outside": {"all", "out"}} {
		var got []string
		for _, c := range claimsOf(file, target, reverse(t, "2.0.192.in-addr.arpa.").has) {
			if !c.silent {
				got = append(got, c.name.Relative(example))
			}
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", target, diff)
		}
	}
}
