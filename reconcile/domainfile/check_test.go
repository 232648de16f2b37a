package domainfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// files parses texts by the names of their files, which have no problems of their own.
func files(t *testing.T, texts map[string]string) []*File {
	t.Helper()
	var all []*File
	for file, text := range texts { // in any order
		f := parse(t, file, text, values)
		if f.Err() != nil {
			t.Fatal(f.Err())
		}
		all = append(all, f)
	}
	return all
}

func TestCheck(t *testing.T) {
	apps := func(domain string, n int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "domain: %s\napps:\n", domain)
		for i := range n {
			fmt.Fprintf(&b, "- {provider: s, app: a, name: n%d.%s}\n", i, domain)
		}
		return b.String()
	}
	for _, test := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{name: "nothing"},
		{"good", map[string]string{
			"example.com.domain.yaml": "domain: example.com\ndelegation: {provider: g, transfer_lock: true}\nmail: [{provider: tem, project: p}, {provider: tem, project: p, name: a.example.com}, {provider: tem2, project: p}]\n" +
				"apps: [{provider: s, app: a, name: www.example.com, canonical: true}, {provider: s, app: b, name: b.example.com, canonical: true}, {provider: s2, app: a, name: www.example.com, canonical: true}]\n" +
				"ownership: {of: x, publish_at: y}\n",
			"example.net.domain.yaml": "domain: example.net\ndelegation: {provider: g}\nmail: [{provider: tem, project: p}]\napps: [{provider: s, app: a, name: www.example.net, canonical: false}]\nownership: {of: x, publish_at: y}\n",
			"example.org.domain.yaml": "domain: example.org\nownership: {of: y, publish_at: z}\n",
		}, nil},
		{"one domain in two files", map[string]string{
			"a/example.com.domain.yaml": with("mail: []\n"),
			"b/example.com.domain.yaml": with("apps: []\n"),
			"c/EXAMPLE.com.domain.yml":  with(""),
		}, []string{
			"a/example.com.domain.yaml: example.com. is also the domain of b/example.com.domain.yaml: put all of it into one file [duplicate-domain]",
			"b/example.com.domain.yaml: example.com. is also the domain of a/example.com.domain.yaml: put all of it into one file [duplicate-domain]",
			"c/EXAMPLE.com.domain.yml: example.com. is also the domain of a/example.com.domain.yaml: put all of it into one file [duplicate-domain]",
		}},
		{"one resource twice", map[string]string{
			"example.com.domain.yaml":   with("mail:\n- {provider: tem, project: p, name: a.example.com}\n- {provider: tem, project: q, name: A.example.com}\n"),
			"a.example.com.domain.yaml": "domain: a.example.com\nmail: [{provider: tem, project: p}]\n",
		}, []string{
			"a.example.com.domain.yaml:2:8: mail a.example.com. is declared for tem at example.com.domain.yaml:3:3 too [duplicate-resource]",
			"example.com.domain.yaml:3:3: mail a.example.com. is declared for tem at a.example.com.domain.yaml:2:8 too [duplicate-resource]",
			"example.com.domain.yaml:4:3: mail a.example.com. is declared for tem at a.example.com.domain.yaml:2:8 too [duplicate-resource]",
		}},
		{"one name of two applications", map[string]string{
			"example.com.domain.yaml": with("apps: [{provider: s, app: a, name: www.example.com}, {provider: s, app: b, name: www.example.com}]\n"),
		}, []string{
			"example.com.domain.yaml:2:8: app www.example.com. is declared for s at example.com.domain.yaml:2:54 too [duplicate-resource]",
			"example.com.domain.yaml:2:54: app www.example.com. is declared for s at example.com.domain.yaml:2:8 too [duplicate-resource]",
		}},
		{"two canonical names", map[string]string{
			"example.com.domain.yaml": with("apps: [{provider: s, app: a, name: www.example.com, canonical: true}]\n"),
			"example.net.domain.yaml": "domain: example.net\napps: [{provider: s, app: a, name: example.net}, {provider: s, app: a, name: www.example.net, canonical: true}]\n",
		}, []string{
			"example.com.domain.yaml:2:8: the application a has another canonical name at example.net.domain.yaml:2:50: it can have one [two-canonical-names]",
			"example.net.domain.yaml:2:50: the application a has another canonical name at example.com.domain.yaml:2:8: it can have one [two-canonical-names]",
		}},
		{"20 names", map[string]string{"example.com.domain.yaml": apps("example.com", 20)}, nil},
		{"22 names", map[string]string{
			"example.com.domain.yaml": apps("example.com", 19),
			"example.net.domain.yaml": apps("example.net", 3),
		}, []string{
			"example.net.domain.yaml:4:3: the application a has 22 names, and can have 20 [too-many-names]",
			"example.net.domain.yaml:5:3: the application a has 22 names, and can have 20 [too-many-names]",
		}},
		{"proofs the one way and the other", map[string]string{
			"example.com.domain.yaml": with("ownership: {of: a, publish_at: b}\n"),
			"example.net.domain.yaml": "domain: example.net\nownership: {of: b, publish_at: a}\n",
		}, nil},
		{"name servers in each other's domains", map[string]string{
			"example.com.domain.yaml": "domain: example.com\ndelegation: {provider: r, name_servers: [ns1.example.net, ns2.example.net]}\n",
			"example.net.domain.yaml": "domain: example.net\ndelegation: {provider: r, name_servers: [ns1.example.com, ns2.example.com]}\n",
			"example.org.domain.yaml": "domain: example.org\ndelegation: {provider: r, name_servers: [ns1.example.com, ns2.example.net]}\n",
		}, []string{
			"example.com.domain.yaml:2:13: nobody could resolve example.com.: all of its name servers (ns1.example.net., ns2.example.net.) are in domains that only name servers in a circle with it know; name one that is in the domain itself, or elsewhere [server-circle]",
			"example.net.domain.yaml:2:13: nobody could resolve example.net.: all of its name servers (ns1.example.com., ns2.example.com.) are in domains that only name servers in a circle with it know; name one that is in the domain itself, or elsewhere [server-circle]",
			"example.org.domain.yaml:2:13: nobody could resolve example.org.: all of its name servers (ns1.example.com., ns2.example.net.) are in domains that only name servers in a circle with it know; name one that is in the domain itself, or elsewhere [server-circle]",
		}},
		{"a way out of the circle", map[string]string{
			"example.com.domain.yaml": "domain: example.com\ndelegation: {provider: r, name_servers: [ns1.example.net, ns2.example.net]}\n",
			"example.net.domain.yaml": "domain: example.net\ndelegation: {provider: r, name_servers: [ns1.example.com, ns1.example.net]}\n",
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, p := range Check(files(t, test.files)) {
				got = append(got, fmt.Sprintf("%s [%s]", p, p.Rule))
				if p.Severity != zonefile.Error {
					t.Errorf("%s is a %s", p, p.Severity)
				}
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("problems (-got +want):\n%s", d)
			}
		})
	}
}

// Files whose domain nobody knows are not taken for files of the same domain.
func TestCheckWithoutADomain(t *testing.T) {
	var all []*File
	for _, file := range []string{"a b.domain.yaml", "c d.domain.yaml"} {
		all = append(all, parse(t, file, "mail: []\n", values))
	}
	if got := rules(slices.Concat(all[0].Problems, all[1].Problems)); !slices.Equal(got, []string{"file-name", "missing-key"}) {
		t.Error(got)
	}
	if got := Check(all); got != nil {
		t.Error(got)
	}
}

// What one file shows is reported once, by Parse.
func TestCheckLeavesOutWhatParseReports(t *testing.T) {
	f := parseExample(t, with("ownership: {of: a, publish_at: a}\nmail: [{provider: tem, project: p, name: example.org}]\n"))
	if got := rules(f.Problems); !slices.Equal(got, []string{"outside-the-domain", "proof-circle"}) {
		t.Error(got)
	}
	if got := Check([]*File{f}); got != nil {
		t.Error(got)
	}
}
