package zonefile

import (
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
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
	if got, want := f.Position(Key{MustParseName("www.example.com."), TypeA}).String(), "every-type.yaml:159:1"; got != want {
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
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				f, err := ParseYAML(fsys, "example.com.yaml", YAMLOptions{Origin: example})
				if err != nil || len(f.Problems) > 0 || f.Zone.Records() != records {
					b.Fatal(err, len(f.Problems), f.Zone.Records())
				}
			}
			runtime.ReadMemStats(&after)
			read := float64(records) * float64(b.N)
			b.ReportMetric(read/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/read, "B/record") // allocated, most of it for the nodes
		})
	}
}

func TestYAMLTextValues(t *testing.T) {
	long := strings.Repeat("0123456789", 60)
	tests := []struct {
		name, value, want string // as they stand in YAML, and in a master file
	}{
		{"plain", `v=spf1 -all`, `"v=spf1 -all"`},
		{"semicolon", `v=DKIM1; k=rsa`, `"v=DKIM1; k=rsa"`},
		{"escaped semicolon", `v=DKIM1\; k=rsa`, `"v=DKIM1; k=rsa"`},
		{"escaped semicolon in a YAML string", `"v=DKIM1\\; k=rsa"`, `"v=DKIM1; k=rsa"`},
		{"escaped backslash", `a\\b`, `"a\\b"`},
		{"escaped backslash, then a semicolon", `a\\;b`, `"a\\;b"`},
		{"escaped quote", `a\"b`, `"a\"b"`},
		{"bare quote", `a"b`, `"a\"b"`},
		{"octet", `caf\195\169`, `"caf\195\169"`},
		{"quotes around it", `'"a b"'`, `"a b"`},
		{"quotes around it, and one within", `'"a \" b"'`, `"a \" b"`},
		{"quoted strings", `'"a" "b"  "c"'`, `"abc"`},
		{"strings without the outer quotes", `a" "b`, `"ab"`},
		{"an escaped quote before a space is no end", `'"a\" \"b"'`, `"a\" \"b"`},
		{"folded", ">-\n    a\n    b", `"a b"`},
		{"empty", `''`, `""`},
		{"empty in quotes", `'""'`, `""`},
		{"long", long, `"` + long[:255] + `" "` + long[255:510] + `" "` + long[510:] + `"`},
		{"long in strings", `'"` + long[:100] + `" "` + long[100:300] + `"'`, `"` + long[:255] + `" "` + long[255:300] + `"`},
		{"escapes count as what they stand for", strings.Repeat(`\065`, 255), `"` + strings.Repeat("A", 255) + `"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := parseYAML(t, yamlRecordOf("TXT", test.value))
			want := []string{"www 3600 TXT " + test.want}
			if d := cmp.Diff(recordLines(f.Zone), want); d != "" || len(f.Problems) > 0 {
				t.Errorf("%s: (-got +want):\n%s%v", test.value, d, f.Problems)
			}
		})
	}
}

func TestYAMLScalarsAreReadAsTheyAreWritten(t *testing.T) {
	tests := []struct{ text, want string }{
		{yamlRecordOf("TXT", "1.10"), `www 3600 TXT "1.10"`},
		{yamlRecordOf("TXT", "0x1F"), `www 3600 TXT "0x1F"`},
		{yamlRecordOf("TXT", "1_000"), `www 3600 TXT "1_000"`},
		{yamlRecordOf("TXT", "12:30:45"), `www 3600 TXT "12:30:45"`},
		{yamlRecordOf("TXT", "2026-11-20"), `www 3600 TXT "2026-11-20"`},
		{yamlRecordOf("TXT", "1e3"), `www 3600 TXT "1e3"`},
		{yamlRecordOf("TXT", "yes"), `www 3600 TXT "yes"`},
		{yamlRecordOf("TXT", "'~'"), `www 3600 TXT "~"`},
		{yamlRecordOf("TXT", "'null'"), `www 3600 TXT "null"`},
		{yamlRecordOf("TXT", "!!str 0010"), `www 3600 TXT "0010"`},
		{yamlRecordOf("SSHFP", "{algorithm: 9, fingerprint_type: 9, fingerprint: 00112233}"), "www 3600 SSHFP 9 9 00112233"},
		{yamlRecordOf("MX", `{preference: "10", exchange: 1.10.}`), "www 3600 MX 10 1.10."},
		{yamlRecordOf("MX", "{preference: 65535, exchange: mx.example.net.}"), "www 3600 MX 65535 mx.example.net."},
		{yamlRecordOf("HTTPS", "{svcpriority: 1, targetname: ., svcparams: ~}"), "www 3600 HTTPS 1 ."},
		{yamlRecordOf("A", "192.0.2.1\n  dynamic:\n  geo: ~"), "www 3600 A 192.0.2.1"},
		{"www:\n  ttl: 2147483647\n  type: A\n  value: 192.0.2.1\n", "www 2147483647 A 192.0.2.1"},
		{"www:\n  ttl: '60'\n  type: A\n  value: 192.0.2.1\n", "www 60 A 192.0.2.1"},
		{"yes: {type: A, value: 192.0.2.1}\n", "yes 3600 A 192.0.2.1"},
		{"no: {type: A, value: 192.0.2.1}\n", "no 3600 A 192.0.2.1"},
		{"On: {type: A, value: 192.0.2.1}\n", "on 3600 A 192.0.2.1"},
		{"null: {type: A, value: 192.0.2.1}\n", "null 3600 A 192.0.2.1"},
		{"1: {type: A, value: 192.0.2.1}\n", "1 3600 A 192.0.2.1"},
		{"010: {type: A, value: 192.0.2.1}\n", "010 3600 A 192.0.2.1"},
		{"1.10: {type: A, value: 192.0.2.1}\n", "1.10 3600 A 192.0.2.1"},
		{`'a\.b': {type: A, value: 192.0.2.1}` + "\n", `a\.b 3600 A 192.0.2.1`},
		{`'a\.': {type: A, value: 192.0.2.1}` + "\n", `a\. 3600 A 192.0.2.1`},
		{yamlRecordOf("NAPTR", `{order: 1, preference: 1, flags: 'u\149', service: '', regexp: '', replacement: .}`), `www 3600 NAPTR 1 1 "U\149" "" "" .`},
		{yamlRecordOf("TYPE1", `\# 4 c0000201`), "www 3600 A 192.0.2.1"},
		{yamlRecordOf("a", "192.0.2.1"), "www 3600 A 192.0.2.1"},
		{yamlRecordOf("AAAA", "::ffff:192.0.2.1"), "www 3600 AAAA ::ffff:192.0.2.1"},
		{"\ufeffwww:\r\n  type: A\r\n  value: 192.0.2.1\r\n", "www 3600 A 192.0.2.1"},
	}
	for _, test := range tests {
		f := parseYAML(t, test.text)
		f.Problems = slices.DeleteFunc(f.Problems, func(p Problem) bool { return p.Rule == "yaml-ambiguous" })
		if d := cmp.Diff(recordLines(f.Zone), []string{test.want}); d != "" || len(f.Problems) > 0 {
			t.Errorf("%s: (-got +want):\n%s%v", test.text, d, f.Problems)
		}
	}
	if f := parseYAML(t, "'<<': {type: A, value: 192.0.2.1}\n"); !f.Zone.Has(Key{MustParseName("<<.example.com."), TypeA}) {
		t.Errorf("<< in quotes is not a name: %v", f.Problems)
	}
}

func TestYAMLAliasesAndMerges(t *testing.T) {
	f := parseYAML(t, `
a: &a
  type: &type A
  ttl: 60
  values: &addresses [192.0.2.1, &two 192.0.2.2]
b: *a
c:
  <<: *a
  ttl: 120
d:
- type: *type
  value: *two
- &txt
  type: TXT
  value: d
e:
  type: A
  values: *addresses
f:
  <<: [*txt, *a]
g:
  <<: {type: TXT, value: x, ttl: 5}
  value: y
<<:
  h: {type: A, value: 192.0.2.3}
  b: {type: A, value: 192.0.2.4}
`)
	want := []string{
		"a 60 A 192.0.2.1", "a 60 A 192.0.2.2",
		"b 60 A 192.0.2.1", "b 60 A 192.0.2.2",
		"c 120 A 192.0.2.1", "c 120 A 192.0.2.2",
		"d 3600 A 192.0.2.2", `d 3600 TXT "d"`,
		"e 3600 A 192.0.2.1", "e 3600 A 192.0.2.2",
		`g 5 TXT "y"`,
		"h 3600 A 192.0.2.3",
	}
	// f has both value, of the first that is merged, and values, of the second.
	problems := []string{
		`example.com.yaml:6:1: warning: "b" counts here, and in octoDNS what << has for it: put << in front of the other keys [yaml-ambiguous]`,
		`example.com.yaml:19:1: f TXT: both value and values; keep one of them [yaml-shape]`,
	}
	if d := cmp.Diff(recordLines(f.Zone), want); d != "" {
		t.Errorf("records (-got +want):\n%s", d)
	}
	if d := cmp.Diff(problemLines(f.Problems), problems); d != "" {
		t.Errorf("problems (-got +want):\n%s", d)
	}
}

func TestYAMLOptions(t *testing.T) {
	f := parseYAML(t, `
a:
  type: A
  value: 192.0.2.1
  octodns: {excluded: [ns1], included: [ns2, ns3]}
b:
  type: A
  octodns: {ignored: yes}
  dynamic: {pools: {}}
c:
  type: CNAME
  value: example.net
  octodns: {lenient: true}
d:
  type: A
  values: [192.0.2.1, 192.0.2.300]
  octodns: {lenient: true}
e:
  type: TXT
  value: é
  octodns: {lenient: On, ignored: off}
f:
  type: A
  value: 192.0.2.1
`)
	if d := cmp.Diff(recordLines(f.Zone), []string{"a 3600 A 192.0.2.1", "c 3600 CNAME example.net.", `e 3600 TXT "\195\169"`, "f 3600 A 192.0.2.1"}); d != "" {
		t.Errorf("records (-got +want):\n%s", d)
	}
	if d := cmp.Diff(problemLines(f.Problems), []string{
		`example.com.yaml:12:10: warning: c CNAME: "example.net" has no dot at the end: a target is a whole name, add the dot [missing-dot]`,
		"example.com.yaml:14:1: warning: d A: left out since it is lenient; what is live there is left alone [left-out]",
		`example.com.yaml:16:23: warning: d A: "192.0.2.300" is not an IPv4 address [bad-value]`,
		`example.com.yaml:20:10: warning: e TXT: 'é' is not ASCII: write \195\169 for its octets in UTF-8 [bad-text]`,
	}); d != "" {
		t.Errorf("problems (-got +want):\n%s", d)
	}
	if err := f.Err(); err != nil {
		t.Errorf("the zone cannot be planned: %v", err)
	}
	for key, want := range map[string]Options{
		"a A":     {Excluded: []string{"ns1"}, Included: []string{"ns2", "ns3"}},
		"b A":     {Ignored: true},
		"c CNAME": {Lenient: true},
		"d A":     {Lenient: true, Ignored: true},
		"e TXT":   {Lenient: true},
		"f A":     {},
	} {
		part := strings.Fields(key)
		name, err := ParseName(part[0], example)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(f.Options(Key{name, MustParseType(part[1])}), want); d != "" {
			t.Errorf("options of %s (-got +want):\n%s", key, d)
		}
	}
}

func TestYAMLReadsASplitDirectory(t *testing.T) {
	fsys := fstest.MapFS{
		"zones/example.com./$example.com.yaml": {Data: []byte("'':\n  type: A\n  value: 192.0.2.1\n'*':\n  type: TXT\n  value: x\n")},
		"zones/example.com./b.yaml":            {Data: []byte("www:\n  type: A\n  value: 192.0.2.2\n")},
		"zones/example.com./a.yaml":            {Data: []byte("\nwww:\n- type: A\n  value: 192.0.2.3\n- type: TXT\n  value: x\n")},
		"zones/example.com./empty.yaml":        {},
		"zones/example.com./old.yml":           {Data: []byte("old: {type: A, value: 192.0.2.4}\n")},
		"zones/example.com./README.md":         {Data: []byte("not YAML: [")},
		"zones/example.com./dir.yaml/d.yaml":   {Data: []byte("d: {type: A, value: 192.0.2.6}\n")},
		"zones/example.com./sub/c.yaml":        {Data: []byte("c: {type: A, value: 192.0.2.5}\n")},
	}
	f := parseYAMLFiles(t, "zones/example.com.", fsys)
	if d := cmp.Diff(recordLines(f.Zone), []string{"@ 3600 A 192.0.2.1", `* 3600 TXT "x"`, "www 3600 A 192.0.2.3", `www 3600 TXT "x"`}); d != "" {
		t.Errorf("records (-got +want):\n%s", d)
	}
	if d := cmp.Diff(problemLines(f.Problems), []string{
		"zones/example.com./b.yaml:1:1: www A: stated again, first at zones/example.com./a.yaml:3:3; put the values into one record [duplicate-rrset]",
		"zones/example.com./old.yml: warning: not read: the files of a split zone end in .yaml [yaml-not-read]",
	}); d != "" {
		t.Errorf("problems (-got +want):\n%s", d)
	}
	if got := f.Position(Key{MustParseName("www.example.com."), TypeTXT}).String(); got != "zones/example.com./a.yaml:5:3" {
		t.Errorf("the TXT records of www are at %s", got)
	}
	if d := cmp.Diff(f.Files(), []string{
		"zones/example.com.", "zones/example.com./$example.com.yaml", "zones/example.com./a.yaml", "zones/example.com./b.yaml", "zones/example.com./empty.yaml",
	}); d != "" {
		t.Errorf("files (-got +want):\n%s", d)
	}

	f = parseYAMLFiles(t, "zones/example.com./sub", fsys)
	if len(f.Problems) > 0 || f.Zone.Len() != 1 {
		t.Errorf("a directory of another name: %v, %d RRsets", f.Problems, f.Zone.Len())
	}
	f = parseYAMLFiles(t, "zones", fsys)
	if d := cmp.Diff(problemLines(f.Problems), []string{"zones: the directory of the zone has no *.yaml files [yaml-no-files]"}); d != "" {
		t.Errorf("problems of a directory without files (-got +want):\n%s", d)
	}
}

func TestYAMLEscapesCommasInLists(t *testing.T) {
	f := parseYAML(t, yamlRecordOf("HTTPS", `{svcpriority: 1, targetname: ., svcparams: {alpn: ['a,b', 'c\\d']}}`))
	key := Key{MustParseName("www.example.com."), TypeHTTPS}
	want, err := NewRRset(key, 3600, []byte("\x00\x01\x00\x00\x01\x00\x08\x03a,b\x03c\\d"))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := f.Zone.Get(key); got != want || len(f.Problems) > 0 {
		t.Errorf("got %s, problems %v; want %s", got, f.Problems, want)
	}
}

func TestYAMLSizeOfWhatIsWithinItself(t *testing.T) {
	r := newYAMLReader(newFiller(example, "a.yaml"), fstest.MapFS{}, YAMLOptions{Origin: example, Limits: Limits{YAMLAliases: 10}})
	top, ok := r.document(0, "a: &a [b, *a]")
	if !ok {
		t.Fatal(r.problems)
	}
	if size := r.tree.inspect(top); size <= 10 {
		t.Errorf("size %d; want more than the limit", size)
	}
}

func TestYAMLDefaultTTL(t *testing.T) {
	fsys := fstest.MapFS{"z.yaml": {Data: []byte(yamlRecordOf("A", "192.0.2.1"))}}
	f, err := ParseYAML(fsys, "z.yaml", YAMLOptions{Origin: example, DefaultTTL: 77})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(recordLines(f.Zone), []string{"www 77 A 192.0.2.1"}); d != "" {
		t.Errorf("records (-got +want):\n%s", d)
	}
}

func FuzzParseYAML(f *testing.F) {
	everyType, err := os.ReadFile("testdata/yaml/every-type.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(everyType))
	for _, seed := range []string{
		"a: &a {type: A, value: 192.0.2.1}\nb: *a\nc: {<<: *a, ttl: 5}\n",
		"a: &a [*a]\n", "a: {<<: &b {<<: *b}}\n", "? [a]\n: b\n", "a: !include b\n", "a: 'x\n", "---\n---\n", "a:\n# c\n  - # d\n    b\n",
		"'*.x': {type: TXT, values: ['\"a\" \"b\"', \"\\\\195\", \"\\xff\"], octodns: {lenient: true}}\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, second := parseYAML(t, text), parseYAML(t, text)
		if first.Zone.Digest() != second.Zone.Digest() || !cmp.Equal(first.Problems, second.Problems) {
			t.Fatal("reading it again gives something else")
		}
		for set := range first.Zone.All() {
			again, err := ParseRRset(set.Key, set.TTL, Name{}, set.Text()...)
			if err != nil || again != set {
				t.Fatalf("%s is read as %s (%v)", set, again, err)
			}
			if first.Position(set.Key).Line == 0 {
				t.Fatalf("%s has no position", set.Key)
			}
		}
	})
}
