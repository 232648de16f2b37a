package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/rules"
)

// parsed reads zone files, each "ORIGIN\nTEXT", in which "ORIGIN view" stands for a further file of one origin.
func parsed(t testing.TB, texts ...string) []*zonefile.File {
	t.Helper()
	var files []*zonefile.File
	for _, text := range texts {
		name, text, _ := strings.Cut(text, "\n")
		origin, _, _ := strings.Cut(name, " ")
		format := ".zone"
		if strings.HasPrefix(text, "---") {
			format = ".yaml"
		} else {
			text = "$TTL 1h\n" + text
		}
		f, err := zonefile.Parse(fstest.MapFS{name + format: {Data: []byte(text)}}, name+format, zonefile.ParseOptions{Origin: zonefile.MustParseName(origin + ".")})
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// across returns what the rules find between zones.
func across(t testing.TB, chosen rules.Levels, files []*zonefile.File) []string {
	t.Helper()
	set, err := rules.NewSet(chosen)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, problems := range set.JudgeAcross(rules.NewRepository(files...)) {
		for _, p := range problems {
			found = append(found, fmt.Sprintf("%s %s:%d: %s", p.Rule, p.Position.File, p.Position.Line, p.Message))
		}
	}
	return found
}

func TestAcrossZones(t *testing.T) {
	tests := []struct {
		name  string
		zones []string
		want  []string // the beginnings of what is found
	}{
		{
			"targets that are there",
			[]string{"example.com\n" + `
www  CNAME  www.example.net.
wild CNAME  any.thing.wild.example.net.
sub  CNAME  x.sub.example.net.          ; in a zone that is not known
ali  CNAME  ali.example.net.
dn   CNAME  x.dn.example.net.
@    MX     10 mail.example.net.
@    MX     20 other.example.org.
@    NS     ns.example.net.
_s._tcp  SRV  0 0 0 .
_x._tcp  SRV  0 0 80 www.example.net.
@    HTTPS  0 svc.example.net.
self HTTPS  1 .
dkim._domainkey CNAME dkim.example.net.
`, "example.net\n" + `
@       NS     ns
ns      A      192.0.2.53
www     A      192.0.2.80
*.wild  A      192.0.2.81
sub     NS     ns.example.org.
ali     CNAME  nowhere.example.org.
dn      DNAME  example.org.
mail    AAAA   2001:db8::25
svc     HTTPS  1 . alpn=h2
dkim    TXT    "v=DKIM1; p="
`},
			nil,
		},
		{
			"targets that are not there",
			[]string{"example.com\n" + `
a    CNAME  gone.example.net.
b    CNAME  ent.example.net.
c    CNAME  x.www.example.net.
d    MX     10 txt.example.net.
e    SRV    0 0 80 gone.example.net.
f    NS     gone.example.net.
`, "example.net\n" + `
www      A    192.0.2.80
a.ent    A    192.0.2.81
txt      TXT  "text"
*        CNAME www
`},
			[]string{
				"dangling-across-zones example.com.zone:4: b CNAME",
				"dangling-across-zones example.com.zone:5: c CNAME",
				"dangling-across-zones example.com.zone:6: d MX",
			},
		},
		{
			"targets in a zone below",
			[]string{
				"example.com\ndev NS ns1.dev\nns1.dev A 192.0.2.53\nwww CNAME www.dev\nold CNAME old.dev",
				"dev.example.com\n@ NS ns1\nns1 A 192.0.2.53\nwww A 192.0.2.80",
			},
			[]string{"dangling-across-zones example.com.zone:5: old CNAME"},
		},
		{
			"one of two views has it",
			[]string{
				"example.com\nwww CNAME int.example.net.\nx CNAME pub.example.net.\ny CNAME no.example.net.",
				"example.net internal\nint A 192.0.2.80",
				"example.net public\npub A 192.0.2.80",
			},
			[]string{"dangling-across-zones example.com.zone:4: y CNAME"},
		},
		{
			"a zone that could not be read to its end",
			[]string{
				"example.com\nwww CNAME www.example.net.\nsub NS ns.example.org.",
				"example.net\nwww A 192.0.2.256",
				"sub.example.com\n@ NS ns2.example.org.\n@ NS (",
				"2.0.192.in-addr.arpa\n1 PTR example.com.\n2 PTR",
			},
			nil,
		},
		{
			"the same addresses in both directions",
			[]string{
				"example.com\n@ A 192.0.2.1\nwww A 192.0.2.1\n*.x A 192.0.2.9\nv6 AAAA 2001:db8::1\nfar A 198.51.100.1\nnet A 192.0.2.70\ncn CNAME www",
				"2.0.192.in-addr.arpa\n1 PTR cn.example.com.\n70 CNAME 70.64/26\n64/26 NS ns.example.com.\n2 PTR elsewhere.example.org.\n_dns-sd._udp PTR nothing.example.com.",
				"64/26.2.0.192.in-addr.arpa\n70 PTR net.example.com.",
				"8.b.d.0.1.0.0.2.ip6.arpa\n1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR v6.example.com.",
			},
			[]string{"dangling-across-zones 2.0.192.in-addr.arpa.zone:4: 64/26 NS"},
		},
		{
			"answers of a response policy, and records that are not ours",
			[]string{
				"rpz.example.com\nbad.example.net A 192.0.2.9\nworse.example.net CNAME .",
				"example.com\nwww CNAME dyn.example.net.\n@ MX 10 mx.example.net.",
				"example.net\n---\ndyn:\n  type: A\n  value: 192.0.2.10\n  octodns: {ignored: true}\nmx:\n  type: AAAA\n  value: 2001:db8::10\n  octodns: {ignored: true}\n",
				"2.0.192.in-addr.arpa\n1 PTR elsewhere.example.org.",
			},
			nil,
		},
		{
			"different addresses in both directions",
			[]string{
				"example.com\nv6 AAAA 2001:db8::2\nnet A 192.0.2.71\nali A 192.0.2.3\nali A 192.0.2.4",
				"2.0.192.in-addr.arpa\n64/26 NS ns.example.org.\n71 CNAME 71.64/26\n3 PTR ali.example.com.\n5 PTR ali.example.com.",
				"64/26.2.0.192.in-addr.arpa\n70 PTR net.example.com.",
				"8.b.d.0.1.0.0.2.ip6.arpa\n1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR v6.example.com.",
			},
			[]string{
				"missing-ptr example.com.zone:2: v6 AAAA: 2001:db8::2",
				"missing-ptr example.com.zone:3: net A: 192.0.2.71",
				"missing-ptr example.com.zone:4: ali A: 192.0.2.4",
				"dangling-across-zones 2.0.192.in-addr.arpa.zone:3: 71 CNAME",
				"ptr-mismatch 2.0.192.in-addr.arpa.zone:5: 5 PTR: ali.example.com. does not have the address 192.0.2.5",
				"ptr-mismatch 64/26.2.0.192.in-addr.arpa.zone:2: 70 PTR: net.example.com. does not have the address 192.0.2.70",
				"ptr-mismatch 8.b.d.0.1.0.0.2.ip6.arpa.zone:2: ",
			},
		},
		{
			"one of two views delegates the name",
			[]string{
				"example.com\nwww CNAME www.sub.example.net.",
				"example.net public\nsub NS ns.example.org.",
				"example.net internal\n@ NS ns.example.org.",
			},
			nil,
		},
		{
			"many records with one target",
			[]string{"example.com\na CNAME x.example.net.\nb CNAME x.example.net.", "example.net\n@ A 192.0.2.1"},
			[]string{"dangling-across-zones example.com.zone:2: a CNAME", "dangling-across-zones example.com.zone:3: b CNAME"},
		},
		{
			"a server of the zone below, which has no address there",
			[]string{"example.com\ndev NS ns1.dev\nns1.dev A 192.0.2.53", "dev.example.com\nwww A 192.0.2.80"},
			[]string{"glue-differs example.com.zone:3: ns1.dev A"},
		},
		{
			"reverse zones of less than a network, and addresses that a server finds out",
			[]string{
				"example.com\na A 192.0.2.1\nb A 192.0.2.2\nc AAAA 2001:db8::1:1",
				"1.2.0.192.in-addr.arpa\n@ TXT \"text\"",
				"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa\n3 TXT \"text\"",
				"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa\n3.0.0.0 PTR ali.example.net.",
				"example.net\n---\nali:\n  type: ALIAS\n  value: ali.example.org.\n",
			},
			[]string{"missing-ptr example.com.zone:2: a A", "missing-ptr example.com.zone:4: c AAAA"},
		},
		{
			"DS with a digest that nobody here can make",
			[]string{
				"example.com\ndev NS ns.example.org.\ndev DS 1 15 9 AABB",
				"dev.example.com\n@ DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
			},
			nil,
		},
		{
			"a parent that could not be read to its end",
			[]string{"example.com\nwww A (", "dev.example.com\n@ NS ns.example.org."},
			nil,
		},
		{
			"delegations of two views, each as the zone has it in its own",
			[]string{
				"example.com internal\ndev NS ns-int.example.org.",
				"example.com public\ndev NS ns-pub.example.org.",
				"dev.example.com\n@ NS ns-pub.example.org.",
			},
			nil,
		},
		{
			"a zone between that is not known",
			[]string{
				"example.com\nb NS ns.example.org.",
				"a.b.example.com\n@ NS ns.example.org.",
			},
			nil,
		},
		{
			"no NS records in the zone, since they are the provider's",
			[]string{"example.com\ndev NS ns.example.org.\ndev DS 1 13 2 " + strings.Repeat("00", 32), "dev.example.com\nwww A 192.0.2.80"},
			nil,
		},
		{
			"no delegation, no SOA and no NS",
			[]string{"example.com\nwww A 192.0.2.80\nx.dev A 192.0.2.81\ndev DS 1 13 2 " + strings.Repeat("00", 32), "dev.example.com\nwww A 192.0.2.80"},
			[]string{
				"record-of-child-zone example.com.zone:3: x.dev A",
				"missing-delegation dev.example.com.zone:0: the zone example.com.",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := across(t, nil, parsed(t, test.zones...))
			for i, want := range test.want {
				if i < len(got) && strings.HasPrefix(got[i], want) {
					got[i] = want
				}
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("-got +want:\n%s", d)
			}
		})
	}
}

// Many zones, or one that is large, take about a second.
func BenchmarkJudgeAcross(b *testing.B) {
	b.Run("20,000 zones", func(b *testing.B) {
		var texts []string
		for i := range 20_000 {
			texts = append(texts, fmt.Sprintf("d%d.example\n"+`
@ NS ns1.host.example.
@ MX 10 mail.host.example.
@ A 192.0.2.80
@ TXT "v=spf1 include:_spf.host.example ~all"
www CNAME @
_dmarc TXT "v=DMARC1; p=none; rua=mailto:d@host.example"
`, i))
		}
		texts = append(texts, "host.example\nwww A 192.0.2.80\nns1 A 192.0.2.53\nmail A 192.0.2.25\n_spf TXT \"v=spf1 a:mail.host.example -all\"\n*._report._dmarc TXT \"v=DMARC1\"",
			"2.0.192.in-addr.arpa\n80 PTR www.host.example.\n53 PTR ns1.host.example.\n25 PTR mail.host.example.")
		benchmarkAcross(b, parsed(b, texts...))
	})
	b.Run("1M records", func(b *testing.B) {
		var forward, reverse strings.Builder
		forward.WriteString("example.com\n")
		for i := range 1_000_000 {
			fmt.Fprintf(&forward, "h%d A 10.%d.%d.%d\n", i, i>>16, i>>8&255, i&255)
		}
		reverse.WriteString("10.in-addr.arpa\n")
		for i := range 1_000_000 {
			fmt.Fprintf(&reverse, "%d.%d.%d PTR h%d.example.com.\n", i&255, i>>8&255, i>>16, i)
		}
		benchmarkAcross(b, parsed(b, forward.String(), reverse.String()))
	})
}

func benchmarkAcross(b *testing.B, files []*zonefile.File) {
	set, err := rules.NewSet(nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, problems := range set.JudgeAcross(rules.NewRepository(files...)) {
			if len(problems) > 0 {
				b.Fatal(problems[0])
			}
		}
	}
}

// What a configuration makes an error in one zone keeps nobody from looking into it from another.
func TestJudgeAcrossBesideErrorsOfRules(t *testing.T) {
	set, err := rules.NewSet(rules.Levels{"dangling-target": zonefile.Error})
	if err != nil {
		t.Fatal(err)
	}
	files := parsed(t, "example.com\nwww A 192.0.2.80\nold CNAME gone\n", "2.0.192.in-addr.arpa\n80 PTR web.example.com.\n")
	for _, f := range files {
		f.Problems = set.Judge(f, zonefile.Warning)
	}
	found := slices.Concat(set.JudgeAcross(rules.NewRepository(files...))...)
	if !slices.ContainsFunc(found, func(p zonefile.Problem) bool { return p.Rule == "ptr-mismatch" }) {
		t.Errorf("found %v; want ptr-mismatch among it", found)
	}
}

// Of a rule across zones nobody knows whether a comment is of use until all zones are there, and of a file that several zones are read from until all of them were looked at.
func TestUnusedAllowAcrossZones(t *testing.T) {
	files := parsed(t, "example.com\nwww CNAME web.example.net. ; zoneward: allow dangling-across-zones\nw CNAME ok.example.net. ; zoneward: allow dangling-across-zones\n",
		"example.net\n@ NS ns.example.org.\n@ NS ns2.example.org.\nok A 192.0.2.1 ; zoneward: allow dangling-target\n")
	want := []string{"unused-allow example.com.zone:3: the comment allows dangling-across-zones, which finds nothing here"}
	if d := cmp.Diff(across(t, nil, files), want); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
	if got := across(t, rules.Levels{"dangling-across-zones": rules.Off}, files); got != nil {
		t.Errorf("of a rule that is off: %q", got)
	}
}

func TestUsedElsewhere(t *testing.T) {
	fsys := fstest.MapFS{
		"a.example.zone": {Data: []byte("$TTL 1h\n$INCLUDE both\nweb A 192.0.2.1\n")},
		"b.example.zone": {Data: []byte("$TTL 1h\n$INCLUDE both\n@ A 192.0.2.1 ; zoneward: allow dangling-target\n")},
		"both":           {Data: []byte("www CNAME web ; zoneward: allow dangling-target\nmail CNAME mail.example.net. ; zoneward: allow dangling-target\n")},
	}
	set := newSet(t, nil)
	var files []*zonefile.File
	var found [][]zonefile.Problem
	for _, origin := range []string{"a.example.", "b.example."} {
		f, err := zonefile.Parse(fsys, origin+"zone", zonefile.ParseOptions{Origin: zonefile.MustParseName(origin)})
		if err != nil {
			t.Fatal(err)
		}
		files, found = append(files, f), append(found, set.Judge(f, zonefile.Warning))
	}
	if got, want := said(found[0]), []string{"1 warning unused-allow", "2 warning unused-allow"}; !slices.Equal(got, want) {
		t.Errorf("in the first zone alone: got %q, want %q", got, want)
	}
	used := rules.UsedElsewhere(files, found)
	if len(used) != 1 || used[0] != found[0][0] {
		t.Errorf("used elsewhere: %v, want %v", used, found[0][0])
	}
}
