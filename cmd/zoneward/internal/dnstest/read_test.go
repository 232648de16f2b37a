package dnstest

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// problemTexts returns problems as people see them, with their rules.
func problemTexts(problems []zonefile.Problem) []string {
	var texts []string
	for _, p := range problems {
		texts = append(texts, fmt.Sprintf("%s [%s]", p, p.Rule))
	}
	return texts
}

// TestProblems has all that can be wrong with a file, where it is, and that the tests beside are read.
func TestProblems(t *testing.T) {
	const head = "version: 1\ntests:\n- www.example.com A 192.0.2.1\n"
	for _, test := range []struct {
		name, text string
		tests      int
		want       []string
	}{
		{"nothing wrong", head, 1, nil},
		{"a byte order mark and line ends of Windows", "\ufeff" + strings.ReplaceAll(head, "\n", "\r\n"), 1, nil},
		{"no tests yet", "version: 1\ntests: []\n", 0, nil},
		{"empty", "", 0, []string{"tests/a.yaml: the file is empty: want version: 1 and tests: [empty-file]"}},
		{"comments alone", "# later\n", 0, []string{"tests/a.yaml: the file is empty: want version: 1 and tests: [empty-file]"}},
		{"a list", "- x\n", 0, []string{"tests/a.yaml:1:1: want a mapping with the keys version, target, tests, and this is a list [yaml-shape]"}},
		{"no version and no tests", "target: pdns\n", 0, []string{
			"tests/a.yaml:1:1: version is missing: want version: 1 [missing-key]", "tests/a.yaml:1:1: tests is missing: want a list of tests [missing-key]",
		}},
		{"another version", "version: 2\ntests: {}\n", 0, []string{`tests/a.yaml:1:10: version "2": this zoneward reads version 1 [bad-version]`}},
		{"unknown keys", head + "- {query: a.example A, answer: 192.0.2.1, awnser: 192.0.2.2, ns: a}\nTest: 1\n", 1, []string{
			`tests/a.yaml:4:43: query: unknown key "awnser"; it can have query, answer, contains, absent, ttl, follow, name, why, target [unknown-key]`,
			`tests/a.yaml:4:62: query: unknown key "ns"; it can have query, answer, contains, absent, ttl, follow, name, why, target [unknown-key]`,
			`tests/a.yaml:5:1: unknown key "Test"; it can have version, target, tests [unknown-key]`,
		}},
		{"columns in octets", head + "- {query: bücher.example A, x: 1}\n", 1, []string{
			`tests/a.yaml:4:30: query: unknown key "x"; it can have query, answer, contains, absent, ttl, follow, name, why, target [unknown-key]`,
		}},
		{"a key twice", head + "- {query: a.example A, query: b.example A, answer: 192.0.2.1}\n", 1, []string{"tests/a.yaml:4:24: query: the key query comes twice, first in line 4 [yaml-duplicate-key]"}},
		{"no kind", head + "- {answer: 192.0.2.1}\n- 7\n- [x]\n- null\n", 1, []string{
			"tests/a.yaml:4:3: a test has one of query, delegation, caa or mail [missing-key]",
			`tests/a.yaml:5:3: want a name, a type and an answer, such as "www.example.com A 192.0.2.1" [yaml-shape]`,
			`tests/a.yaml:6:3: a test is a mapping with one of query, delegation, caa or mail, or a line such as "www.example.com A 192.0.2.1", and this is a list [yaml-shape]`,
			`tests/a.yaml:7:3: a test is a mapping with one of query, delegation, caa or mail, or a line such as "www.example.com A 192.0.2.1", and this is nothing [yaml-shape]`,
		}},
		{"two kinds", head + "- {query: a.example A, mail: a.example}\n", 1, []string{"tests/a.yaml:4:24: mail beside query: a test is one of query, delegation, caa or mail [two-kinds]"}},
		{"bad lines", head + "- www.example.com A\n- www.example.com B 192.0.2.1\n- www..example.com A 192.0.2.1\n- www.example.com A 192.0.2.256\n- www.example.com ANY NODATA\n", 1, []string{
			`tests/a.yaml:4:3: want a name, a type and an answer, such as "www.example.com A 192.0.2.1" [yaml-shape]`,
			`tests/a.yaml:5:3: query: "B" is not a record type; a type without a name is written TYPEnnn with \# data (RFC 3597) [bad-type]`,
			`tests/a.yaml:6:3: query: name "www..example.com": an empty label (two dots in a row, or a dot in front) [bad-name]`,
			`tests/a.yaml:7:3: the answer: A "192.0.2.256": "192.0.2.256" is not an IPv4 address (four numbers 0 to 255 with dots between) [bad-data]`,
			`tests/a.yaml:8:3: query: ANY is not a type of data in a zone [bad-type]`,
		}},
		{"bad queries", head + `- {query: a.example, answer: 192.0.2.1}
- {query: a.example A, answer: [NXDOMAIN, 192.0.2.1]}
- {query: a.example A, answer: [192.0.2.1, 192.0.2.1]}
- {query: a.example A, answer: 192.0.2.1, contains: 192.0.2.1}
- {query: a.example A, answer: NXDOMAIN, ttl: 60}
- {query: a.example A, ttl: soon}
- {query: a.example A, ttl: {}}
- {query: a.example A, ttl: {min: 2, max: 1}}
- {query: a.example A, follow: true}
- {query: a.example A, answer: []}
- {query: a.example CNAME, follow: b.example}
- {query: a.example A, answer: {a: 1}}
`, 1, []string{
			`tests/a.yaml:4:11: query: want a name and a type, such as "www.example.com A" [bad-value]`,
			"tests/a.yaml:5:33: query.answer: NXDOMAIN is the whole of an answer [bad-value]",
			"tests/a.yaml:6:33: query.answer: a value comes twice [bad-data]",
			"tests/a.yaml:7:53: query.contains beside answer, which has all that there is [bad-value]",
			"tests/a.yaml:8:47: query.ttl: NXDOMAIN has no TTL [bad-value]",
			`tests/a.yaml:9:29: query.ttl: "soon" is not a TTL: a number of seconds, or numbers with units as in 1h30m (w d h m s) [bad-value]`,
			"tests/a.yaml:10:29: query.ttl: want min, max or both, and min not above max [bad-value]",
			"tests/a.yaml:11:29: query.ttl: want min, max or both, and min not above max [bad-value]",
			"tests/a.yaml:12:32: query.follow: and what is there? It wants answer, contains, absent or ttl beside, or the names that the CNAMEs lead to [missing-key]",
			"tests/a.yaml:13:32: query.answer: an empty list says nothing [yaml-shape]",
			"tests/a.yaml:14:36: query.follow: a query for a CNAME is answered with the CNAME itself [bad-value]",
			"tests/a.yaml:15:32: query.answer: want a single value, and this is a mapping [yaml-shape]",
		}},
		{"bad delegations", head + `- {delegation: ., ns: a.example}
- {delegation: a.example}
- {delegation: a.example, ns: b.example, glue: {c.example: 192.0.2.1}}
- {delegation: a.example, ns: b.example, glue: {b.example: [192.0.2.1, x, "::g"], b.example.: 192.0.2.1}}
- {delegation: a.example, ns: b.example, glue: true, ds: x}
`, 1, []string{
			"tests/a.yaml:4:16: delegation: nobody delegates the root [bad-name]",
			"tests/a.yaml:5:3: delegation.ns is missing: the names of the name servers that it is delegated to [missing-key]",
			"tests/a.yaml:6:60: delegation.glue: c.example. is not among the name servers [bad-value]",
			"tests/a.yaml:7:83: delegation.glue: b.example. comes twice [yaml-duplicate-key]",
			`tests/a.yaml:7:72: delegation.glue: A "x": "x" is not an IPv4 address (four numbers 0 to 255 with dots between) [bad-data]`,
			`tests/a.yaml:7:75: delegation.glue: AAAA "::g": "::g" is not an IPv6 address [bad-data]`,
			"tests/a.yaml:8:48: delegation.glue: want a mapping from name servers to their addresses, and this is a single value [yaml-shape]",
			`tests/a.yaml:8:58: delegation.ds: DS "x": "x" is not a number from 0 to 65535 [bad-data]`,
		}},
		{"bad CAA", head + "- {caa: a.example}\n- {caa: a.example, issue: 'ca.example; x=1'}\n", 1, []string{
			"tests/a.yaml:4:3: caa: the test says nothing: it wants one at least of issue, issuewild, iodef [missing-key]",
			"tests/a.yaml:5:27: caa.issue: want the domain name of a certification authority, without parameters, or none alone [bad-value]",
		}},
		{"bad mail", head + `- {mail: a.example}
- {mail: a.example, mx: 10, spf: all, dmarc: accept, dkim: [x..y, z.]}
- {mail: a.example, spf: {lookups: 11, include: .., all: x}, dmarc: {policy: x}, mta_sts: [], tls_rpt: []}
- {mail: a.example, spf: {}, dmarc: {}}
`, 1, []string{
			"tests/a.yaml:4:3: mail: the test says nothing: it wants one at least of mx, spf, dkim, dmarc, mta_sts, tls_rpt [missing-key]",
			`tests/a.yaml:5:25: mail.mx: MX "10": the data ends where a domain name is expected [bad-data]`,
			`tests/a.yaml:5:34: mail.spf: "all" is not one of -all, ~all, ?all, +all [bad-value]`,
			`tests/a.yaml:5:46: mail.dmarc: "accept" is not one of none, quarantine, reject [bad-value]`,
			`tests/a.yaml:5:61: mail.dkim: name "x..y._domainkey": an empty label (two dots in a row, or a dot in front) [bad-name]`,
			`tests/a.yaml:5:67: mail.dkim: name "z.._domainkey": an empty label (two dots in a row, or a dot in front) [bad-name]`,
			`tests/a.yaml:6:36: mail.spf.lookups: "11" is not a number from 0 to 10 [bad-value]`,
			`tests/a.yaml:6:49: mail.spf.include: name "..": an empty label (two dots in a row, or a dot in front) [bad-name]`,
			`tests/a.yaml:6:58: mail.spf.all: "x" is not one of -all, ~all, ?all, +all [bad-value]`,
			`tests/a.yaml:6:78: mail.dmarc.policy: "x" is not one of none, quarantine, reject [bad-value]`,
			"tests/a.yaml:6:91: mail.mta_sts: want a single value, and this is a list [yaml-shape]",
			"tests/a.yaml:6:104: mail.tls_rpt: an empty list says nothing [yaml-shape]",
			"tests/a.yaml:7:26: mail.spf: want all, include or lookups [missing-key]",
			"tests/a.yaml:7:37: mail.dmarc: want policy, subdomains or reports [missing-key]",
		}},
		{"bad words for people", head + "- {query: a.example A, answer: NXDOMAIN, name: \"a\\nb\", why: " + strings.Repeat("x", 201) + ", target: [a, a]}\n", 1, []string{
			"tests/a.yaml:4:48: query.name: want one line of text [bad-value]",
			"tests/a.yaml:4:61: query.why: want at most 200 characters [bad-value]",
			`tests/a.yaml:4:276: query.target: "a" comes twice [bad-value]`,
		}},
		{"YAML of its own", head + "- !!str www.example.com A 192.0.2.1\n- {<<: x}\n- {query: a.example A, <<: x, [b]: c}\n- {query: a.example A, answer: ~}\n---\n", 0, []string{"tests/a.yaml:8:1: a second YAML document begins here: a file of tests has one [syntax]"}},
		{"YAML that is not read", head + "- !!str www.example.com A 192.0.2.1\n- {<<: x}\n- {query: a.example A, <<: x, [b]: c}\n- {query: a.example A, answer: ~}\n", 1, []string{
			`tests/a.yaml:4:3: the tag "!!str": write the value alone [yaml-tag]`,
			"tests/a.yaml:5:3: a test has one of query, delegation, caa or mail [missing-key]",
			"tests/a.yaml:6:24: query: << is not read here: write the keys out [yaml-merge]",
			"tests/a.yaml:6:31: query: a list as a key: only text can be one [yaml-key]",
			"tests/a.yaml:7:32: query.answer: want a single value, and this is nothing [yaml-shape]",
		}},
		{"no YAML", head + "- {x\n- *none\n", 0, []string{"tests/a.yaml:4: not YAML: did not find expected ',' or '}' for a bracket that opens about here [syntax]"}},
		{"text that is not what it looks like", head + "# \u202e\n# \x01\n# \xff\n", 0, []string{
			"tests/a.yaml:4:3: not UTF-8, or a character that is not shown or moves others: take it away [bad-text]",
			"tests/a.yaml:5:3: not UTF-8, or a character that is not shown or moves others: take it away [bad-text]",
			"tests/a.yaml:6:3: not UTF-8, or a character that is not shown or moves others: take it away [bad-text]",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			suite, problems := Read(fstest.MapFS{"tests/a.yaml": {Data: []byte(test.text)}}, "tests")
			slices.Sort(test.want)
			got := problemTexts(problems)
			slices.Sort(got)
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("problems (-got +want)\n%s", d)
			}
			if suite.Len() != test.tests {
				t.Errorf("%d tests, want %d", suite.Len(), test.tests)
			}
			if !slices.IsSortedFunc(problems, func(a, b zonefile.Problem) int { return a.Position.Compare(b.Position) }) {
				t.Error("the problems are not in the order of their places")
			}
		})
	}
}

// TestHostileFiles has files that are made to cost much. Each ends soon, and with an error that says why.
func TestHostileFiles(t *testing.T) {
	const head = "version: 1\ntests:\n"
	var bomb strings.Builder
	bomb.WriteString(head + "- {query: a.example A, answer: &many [192.0.2.0")
	for i := range 99 {
		fmt.Fprintf(&bomb, ", 192.0.2.%d", i+1)
	}
	bomb.WriteString("]}\n" + strings.Repeat("- {query: a.example A, answer: *many}\n", 3000))
	for _, test := range []struct {
		name  string
		files map[string]string
		want  []string // the rules
	}{
		{"40 MB", map[string]string{"a.yaml": head + strings.Repeat("- www.example.com A 192.0.2.1\n", 40<<20/30)}, []string{"file-too-large"}},
		{"a million tests", map[string]string{"a.yaml": head + strings.Repeat("- w A 1\n", 100_000), "b.yaml": head + "- a A 192.0.2.1\n"}, []string{"too-many-problems"}},
		{"more tests than can be", map[string]string{"a.yaml": head + strings.Repeat("- w A 192.0.2.1\n", maxTests), "b.yaml": head + "- a A 192.0.2.1\n"}, []string{"too-many-tests"}},
		{"deep nesting", map[string]string{"a.yaml": head + "- " + strings.Repeat("[", 500_000)}, []string{"syntax"}},
		{"deep nesting that ends", map[string]string{"a.yaml": head + "- " + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000)}, []string{"yaml-shape"}},
		{"aliases that stand for much", map[string]string{"a.yaml": bomb.String()}, []string{"yaml-aliases"}},
		{"aliases of aliases", map[string]string{"a.yaml": head + "- &a [x, x]\n- &b [*a, *a]\n- &c [*b, *b]\n- {query: a.example A, answer: *c}\n"}, []string{"yaml-shape"}},
		{"an anchor in itself", map[string]string{"a.yaml": head + "- &a {query: a.example A, answer: *a}\n"}, []string{"yaml-shape"}},
		{"a long list", map[string]string{"a.yaml": head + "- {query: a.example A, answer: [" + strings.Repeat("NODATA,", 5000) + "]}\n"}, []string{"bad-value", "list-too-long"}},
		{"many files", func() map[string]string {
			files := map[string]string{}
			for i := range maxPaths + 1 {
				files[fmt.Sprintf("%d.txt", i)] = ""
			}
			return files
		}(), []string{"too-many-files"}},
		{"many files with errors", func() map[string]string {
			files := map[string]string{}
			for i := range 1000 {
				files[fmt.Sprintf("%d.yaml", i)] = "x"
			}
			return files
		}(), []string{"too-many-problems"}},
		{"much in all", func() map[string]string {
			files := map[string]string{}
			for i := range 20 {
				files[fmt.Sprintf("%02d.yaml", i)] = head + "- a A 192.0.2.1\n#" + strings.Repeat("x", maxFileBytes-100)
			}
			return files
		}(), []string{"file-too-large"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for name, text := range test.files {
				fsys["tests/"+name] = &fstest.MapFile{Data: []byte(text)}
			}
			begun := time.Now()
			suite, problems := Read(fsys, "tests")
			for _, want := range test.want {
				if !slices.ContainsFunc(problems, func(p zonefile.Problem) bool { return p.Rule == want }) {
					t.Errorf("no %s among %.2000v", want, problems)
				}
			}
			if len(problems) > 2*maxErrors || suite.Len() > maxTests {
				t.Errorf("%d problems, %d tests", len(problems), suite.Len())
			}
			for _, p := range problems {
				if len(p.Message) > MaxText {
					t.Errorf("a message of %d octets", len(p.Message))
				}
			}
			if took := time.Since(begun); took > time.Minute {
				t.Errorf("took %s", took)
			}
		})
	}
}

// failingFS has a folder that cannot be read.
type failingFS struct{ fstest.MapFS }

func (f failingFS) Open(name string) (fs.File, error) {
	if name == "tests/bad" || name == "tests/bad.yaml" {
		return nil, errors.New("the disk is broken")
	}
	return f.MapFS.Open(name)
}

func (f failingFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "tests/bad" {
		return nil, errors.New("the disk is broken")
	}
	return f.MapFS.ReadDir(name)
}

// TestFiles has which files are read.
func TestFiles(t *testing.T) {
	file := func(n int) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Repeat("\n", n) + "version: 1\ntests: [www.example.com A 192.0.2.1]\n")}
	}
	fsys := fstest.MapFS{
		"tests/a.yaml": file(0), "tests/deep/er/b.yml": file(1), "tests/.hidden.yaml": file(2), "tests/.git/c.yaml": file(3), "tests/README.md": file(4),
		"other/d.yaml": file(5), "tests/d.yaml/e.yaml": file(6),
	}
	suite, problems := Read(fsys, "tests")
	var got []string
	for _, r := range suite.Run(t.Context(), NewZones()) {
		got = append(got, fmt.Sprintf("%s:%d", r.File, r.Line))
	}
	if d := cmp.Diff(got, []string{"tests/a.yaml:2", "tests/d.yaml/e.yaml:8", "tests/deep/er/b.yml:3"}); d != "" || problems != nil {
		t.Errorf("(-got +want)\n%s%v", d, problems)
	}
	if suite, problems := Read(fsys, "nothing"); suite.Len() != 0 || problems != nil {
		t.Errorf("a directory that is not there: %d tests, %v", suite.Len(), problems)
	}
	broken := failingFS{fstest.MapFS{"tests/a.yaml": file(0), "tests/bad.yaml": file(0), "tests/bad/c.yaml": file(0)}}
	_, problems = Read(broken, "tests")
	want := []string{"tests/bad: it cannot be read: the disk is broken [unreadable]", "tests/bad.yaml: it cannot be read: the disk is broken [unreadable]"}
	if d := cmp.Diff(problemTexts(problems), want); d != "" {
		t.Errorf("(-got +want)\n%s", d)
	}
	pipe := fstest.MapFS{"tests/a.yaml": {Mode: fs.ModeNamedPipe}}
	if _, problems = Read(pipe, "tests"); len(problems) != 1 || problems[0].Rule != "unreadable" {
		t.Errorf("a pipe: %v", problems)
	}
}

func FuzzRead(f *testing.F) {
	const head = "version: 1\ntests:\n"
	for _, text := range []string{
		head + "- www.example.com A 192.0.2.1\n- {query: shop.example.com A, follow: [www.example.com], ttl: {min: 1, max: 1h}, contains: 192.0.2.1, absent: 192.0.2.2}\n",
		head + "- {delegation: sub.example.com, ns: [ns1.sub.example.com, ns.example.net], glue: {ns1.sub.example.com: [192.0.2.54]}, ds: none, name: a, why: b, target: [c]}\n",
		head + "- {caa: www.example.com, issue: ca.example.net, issuewild: none, iodef: mailto:x}\n",
		head + "- {mail: example.com, mx: 0 ., spf: {all: -all, include: [_spf.example.com], lookups: 3}, dkim: [k1, k2], dmarc: {policy: none, subdomains: reject, reports: [x]}, mta_sts: true, tls_rpt: x}\n",
		"version: 1\ntarget: &t [a, b]\ntests: &a [{query: x A, target: *t, answer: *a}, ? [x] : y, <<: *a]\n---\n",
	} {
		f.Add([]byte(text))
	}
	zones := NewZones(parseZone(f, "example.com", "a", exampleCom), parseZone(f, "example.com", "b", mailZone))
	f.Fuzz(func(t *testing.T, text []byte) {
		suite, problems := Read(fstest.MapFS{"tests/a.yaml": {Data: text}}, "tests")
		for _, p := range problems {
			if p.Rule == "" || p.Message == "" || p.Position.File != "tests/a.yaml" || p.Severity != zonefile.Error || len(p.Message) > MaxText {
				t.Errorf("a problem that says too little, or too much: %#v", p)
			}
			if strings.ContainsAny(p.Message, "\n\x1b\u202e") {
				t.Errorf("a problem that does not print: %q", p.Message)
			}
		}
		if suite.Len() == 0 && problems == nil && len(text) == 0 {
			t.Error("nothing is wrong with an empty file")
		}
		for _, r := range suite.Run(t.Context(), zones) {
			if r.Query == "" || r.Want == "" || r.Got == "" || r.Name == "" || r.Line == 0 || r.Status == "" {
				t.Errorf("a result that says too little: %#v", r)
			}
			for _, s := range []string{r.Name, r.Why, r.Query, r.Want, r.Got, r.Zone, r.Target} {
				if len(s) > MaxText || strings.ContainsAny(s, "\n\x1b\u202e") {
					t.Errorf("a result that does not print: %q", s)
				}
			}
		}
	})
}
