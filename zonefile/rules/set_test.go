package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/rules"
)

// said returns problems as "LINE SEVERITY RULE".
func said(problems []zonefile.Problem) []string {
	var all []string
	for _, p := range problems {
		all = append(all, fmt.Sprintf("%d %s %s", p.Position.Line, p.Severity, p.Rule))
	}
	return all
}

func newSet(t testing.TB, chosen rules.Levels) *rules.Set {
	t.Helper()
	set, err := rules.NewSet(chosen)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestJudge(t *testing.T) {
	const dangling, duplicate = "$TTL 300\nwww CNAME web\n", "$TTL 300\nwww A 192.0.2.1\nwww A 192.0.2.1\n"
	tests := []struct {
		name   string
		text   string
		chosen rules.Levels
		least  zonefile.Severity
		want   []string
	}{
		{name: "a rule", text: dangling, want: []string{"2 warning dangling-target"}},
		{name: "a rule that is off", text: dangling, chosen: rules.Levels{"dangling-target": rules.Off}},
		{name: "a rule that is an error", text: dangling, chosen: rules.Levels{"dangling-target": zonefile.Error}, want: []string{"2 error dangling-target"}},
		{name: "a rule of the reader", text: duplicate, want: []string{"3 warning duplicate-record"}},
		{name: "a rule of the reader that is off", text: duplicate, chosen: rules.Levels{"duplicate-record": rules.Off}},
		{name: "a rule of the reader that is an error", text: duplicate, chosen: rules.Levels{"duplicate-record": zonefile.Error}, want: []string{"3 error duplicate-record"}},
		{name: "a rule that has to be asked for", text: "$TTL 300\n@ NS ns.example.net.\n"},
		{
			name: "a rule that is asked for", text: "$TTL 300\n@ NS ns.example.net.\n",
			chosen: rules.Levels{"single-ns": zonefile.Warning}, want: []string{"2 warning single-ns"},
		},
		{name: "allowed", text: "$TTL 300\nwww CNAME web ; zoneward: allow dangling-target\n"},
		{
			name: "allowed although it is an error", text: "$TTL 300\nwww CNAME web ; zoneward: allow dangling-target\n",
			chosen: rules.Levels{"dangling-target": zonefile.Error},
		},
		{
			name: "allowed in another line", text: "$TTL 300 ; zoneward: allow dangling-target\nwww CNAME web\n",
			want: []string{"1 warning unused-allow", "2 warning dangling-target"},
		},
		{
			name: "another rule allowed", text: "$TTL 300\nwww CNAME web ; zoneward: allow cname-loop\n",
			want: []string{"2 warning unused-allow", "2 warning dangling-target"},
		},
		{name: "allowed in the line of another record of the RRset", text: "$TTL 300\nwww MX 1 web\nwww MX 2 mx.example.net. ; zoneward: allow dangling-target\n"},
		{name: "a rule of the reader allowed in the line of another record", text: "$TTL 300\nsub NS ns1.sub\nsub NS ns.example.net. ; zoneward: allow missing-glue\n"},
		{name: "a rule of the reader allowed", text: "$TTL 300\nwww A 192.0.2.1\nwww A 192.0.2.1 ; zoneward: allow duplicate-record\n"},
		{
			name: "what no server loads allowed", text: "$TTL 300\nwww CNAME a.example.net. ; zoneward: allow multiple-cname\nwww CNAME b.example.net.\n",
			want: []string{"2 warning unused-allow", "2 error multiple-cname"},
		},
		{
			name: "a warning of what cannot be chosen", text: "$TTL 300\n$GENERATE 1-2 a$.example.net. A 192.0.2.$\nwww A 192.0.2.1\n",
			want: []string{"2 warning outside-zone"},
		},
		{
			name: "a warning of what cannot be chosen allowed",
			text: "$TTL 300\n$GENERATE 1-2 a$.example.net. A 192.0.2.$ ; zoneward: allow outside-zone\nwww A 192.0.2.1\n",
		},
		{name: "errors alone", text: dangling, least: zonefile.Error},
		{name: "errors alone, and one was chosen", text: dangling, chosen: rules.Levels{"dangling-target": zonefile.Error}, least: zonefile.Error, want: []string{"2 error dangling-target"}},
		{name: "a file that cannot be read", text: "$TTL 300\nwww CNAME web\nweb A 192.0.2\n", want: []string{"3 error bad-value"}},
		{
			name: "a file that can be read, and not loaded", text: "$TTL 300\nwww CNAME web\n@ CNAME a.example.net.\n",
			want: []string{"2 warning dangling-target", "3 error cname-at-apex"},
		},
		{
			name: "in the order of lines, then of rules", text: "$TTL 300\nz 0 CNAME web\na CNAME b\na 0 A 192.0.2.1\n",
			want: []string{"2 warning dangling-target", "2 warning zero-ttl", "3 error cname-and-other-data", "3 warning dangling-target", "4 warning zero-ttl"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := parse(t, test.text)
			before := slices.Clone(f.Problems)
			got := said(newSet(t, test.chosen).Judge(f, test.least))
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
			if d := cmp.Diff(f.Problems, before); d != "" {
				t.Errorf("the file's own problems changed:\n%s", d)
			}
		})
	}
}

// A comment is told of that allows nothing, unless nobody has looked for what it allows.
func TestUnusedAllow(t *testing.T) {
	const www = "$TTL 300\nwww CNAME app.example.net. "
	unused := []string{"2 warning unused-allow"}
	tests := []struct {
		name   string
		text   string
		chosen rules.Levels
		least  zonefile.Severity
		want   []string
	}{
		{name: "nothing found", text: www + "; zoneward: allow dangling-target\n", want: unused},
		{name: "nothing found by the reader", text: www + "; zoneward: allow different-ttl\n", want: unused},
		{name: "each rule", text: www + "; zoneward: allow dangling-target, repeated-domain\n", want: slices.Concat(unused, unused)},
		{name: "one rule twice", text: www + "; zoneward: allow dangling-target, dangling-target\n", want: unused},
		{name: "one of two", text: "$TTL 300\nwww CNAME web ; zoneward: allow dangling-target, repeated-domain\n", want: unused},
		{name: "one of two comments", text: "$TTL 300\nwww CNAME web ; zoneward: allow dangling-target\nb CNAME app.example.net. ; zoneward: allow dangling-target\n", want: []string{"3 warning unused-allow"}},
		{name: "two lines of one RRset", text: "$TTL 300\nwww MX 1 web ; zoneward: allow dangling-target\nwww MX 2 web2 ; zoneward: allow dangling-target\n"},
		{name: "an error of what cannot be allowed", text: "$TTL 300\n@ CNAME app.example.net. ; zoneward: allow cname-at-apex\n", want: []string{"2 warning unused-allow", "2 error cname-at-apex"}},
		{name: "a rule of plans", text: www + "; zoneward: allow auto-ptr\n", want: unused},
		{name: "no rule's name", text: www + "; zoneward: allow nothing\n", want: []string{"2 warning unknown-rule"}},
		{name: "off by itself", text: www + "; zoneward: allow single-ns\n"},
		{name: "asked for", text: www + "; zoneward: allow single-ns\n", chosen: rules.Levels{"single-ns": zonefile.Warning}, want: unused},
		{name: "turned off", text: www + "; zoneward: allow dangling-target\n", chosen: rules.Levels{"dangling-target": rules.Off}},
		{name: "an error by choice", text: www + "; zoneward: allow dangling-target\n", chosen: rules.Levels{"unused-allow": zonefile.Error}, want: []string{"2 error unused-allow"}},
		{name: "off", text: www + "; zoneward: allow dangling-target\n", chosen: rules.Levels{"unused-allow": rules.Off}},
		{name: "allowed", text: www + "; zoneward: allow dangling-target, unused-allow\n"},
		{name: "allowed in vain", text: www + "; zoneward: allow unused-allow\n"},
		{name: "errors alone", text: www + "; zoneward: allow dangling-target\n", least: zonefile.Error},
		{name: "a file that cannot be read", text: www + "; zoneward: allow dangling-target\nweb A 192.0.2\n", want: []string{"3 error bad-value"}},
		{name: "a rule across zones", text: www + "; zoneward: allow dangling-across-zones\n"},
		{name: "more than is shown", text: "$TTL 300\n" + strings.Repeat("www A 192.0.2.1\n", 1001) + "www A 192.0.2.1 ; zoneward: allow duplicate-record\n", want: []string{"all"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := said(newSet(t, test.chosen).Judge(parse(t, test.text), test.least))
			if test.name == "more than is shown" {
				if slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, "unused-allow") }) || len(got) != 1000 {
					t.Errorf("got %d problems, the last is %s", len(got), got[len(got)-1])
				}
				return
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
		})
	}
}

// Of a lenient record an error is a warning, so that it does not keep the zone from being planned.
func TestJudgeIsLenient(t *testing.T) {
	const zone = "a: {type: CNAME, value: x.example.com.}\nb: {type: CNAME, value: x.example.com., octodns: {lenient: true}}\n"
	f, err := zonefile.ParseYAML(fstest.MapFS{"zone.yaml": {Data: []byte(zone)}}, "zone.yaml", zonefile.YAMLOptions{Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	set := newSet(t, rules.Levels{"dangling-target": zonefile.Error})
	if d := cmp.Diff(said(set.Judge(f, zonefile.Warning)), []string{"1 error dangling-target", "2 warning dangling-target"}); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
	if d := cmp.Diff(said(set.Judge(f, zonefile.Error)), []string{"1 error dangling-target"}); d != "" {
		t.Errorf("errors alone (-got +want):\n%s", d)
	}
}

// A rule shows a hundred findings, and counts the rest without those that are allowed.
func TestJudgeIsBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString("$TTL 300\n")
	for i := range 1000 {
		comment := ""
		if i%10 == 0 {
			comment = " ; zoneward: allow dangling-target"
		}
		fmt.Fprintf(&text, "a%d CNAME web%s\n", i, comment)
	}
	for _, test := range []struct {
		name, text string
		more       string
	}{
		{"some are allowed", text.String(), "800 more of the same are not shown"},
		{"none is", strings.ReplaceAll(text.String(), "zoneward:", ""), "900 more of the same are not shown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := newSet(t, nil).Judge(parse(t, test.text), zonefile.Warning)
			if len(got) != 101 || got[100].Message != test.more || got[100].Rule != "dangling-target" {
				t.Errorf("%d problems, the last is %v", len(got), got[len(got)-1])
			}
		})
	}
}

// TestManyComments has an RRset with a finding and a comment for each record. Comments that are looked through for each finding take a quarter of an hour.
func TestManyComments(t *testing.T) {
	var text strings.Builder
	text.WriteString("$TTL 300\n")
	const n = 150_000
	for i := range n {
		fmt.Fprintf(&text, "@ MX %d mail%d ; zoneward: allow dangling-target, long-ttl\n", i%65536, i)
	}
	found := map[string]int{}
	for _, p := range newSet(t, nil).Judge(parse(t, text.String()), zonefile.Warning) {
		found[p.Rule]++
	}
	if diff := cmp.Diff(found, map[string]int{"needs-tcp": 1, "unused-allow": 101}); diff != "" {
		t.Errorf("problems (-got +want):\n%s", diff)
	}
}

// TestManyIDsInComments has ids that are no rules: to look for those that are like each takes half a minute.
func TestManyIDsInComments(t *testing.T) {
	var text strings.Builder
	text.WriteString("$TTL 300\n")
	for i := range 20 {
		fmt.Fprintf(&text, "a%d A 192.0.2.1 ; zoneward: allow ", i)
		for n := range 50_000 {
			fmt.Fprintf(&text, "x%d, ", n)
		}
		text.WriteString("y\n")
	}
	got := newSet(t, nil).Judge(parse(t, text.String()), zonefile.Warning)
	if len(got) != 101 || got[100].Message != "999920 more of the same are not shown" {
		t.Errorf("%d problems, the last is %v", len(got), got[len(got)-1])
	}
}

func TestNewSet(t *testing.T) {
	tests := []struct {
		id   string
		want string
	}{
		{"dangling-target", ""},
		{"dangling", `rule "dangling": there is none of that name; there are dangling-across-zones, dangling-target`},
		{"nothing", `rule "nothing": there is none of that name`},
		{"few-name-servers", ""},
		{"blocked", "rule blocked: its severity is always warning, and cannot be chosen"},
		{"syntax", "rule syntax: it is always an error, since the zone cannot be read with it, or no server loads it"},
	}
	for _, test := range tests {
		t.Run(test.id, func(t *testing.T) {
			_, err := rules.NewSet(rules.Levels{test.id: zonefile.Error})
			if got := fmt.Sprint(err); err != nil && got != test.want || err == nil && test.want != "" {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// The rules with the severities that hold are those of All, in order.
func TestRulesOfASet(t *testing.T) {
	set := newSet(t, rules.Levels{"single-ns": zonefile.Error})
	all := rules.All()
	got := set.Rules()
	if len(got) != len(all) {
		t.Fatalf("%d rules of %d", len(got), len(all))
	}
	for i, r := range got {
		want := all[i].Severity
		if r.ID == "single-ns" {
			want = zonefile.Error
		}
		if r.ID != all[i].ID || r.Severity != want {
			t.Errorf("%s %s, want %s %s", r.ID, r.Severity, all[i].ID, want)
		}
		if i > 0 && all[i-1].ID >= r.ID {
			t.Errorf("%s comes behind %s", r.ID, all[i-1].ID)
		}
		if r.Fixed && !r.Elsewhere && r.Severity != zonefile.Error {
			t.Errorf("%s is fixed, and no error", r.ID)
		}
	}
}

// Of what is found in something else than a zone file a warning is what is chosen, and an error stays one.
func TestChoose(t *testing.T) {
	found := []zonefile.Problem{
		{Position: zonefile.Position{Line: 1}, Rule: "few-name-servers", Severity: zonefile.Warning},
		{Position: zonefile.Position{Line: 2}, Rule: "weak-digest", Severity: zonefile.Warning},
		{Position: zonefile.Position{Line: 3}, Rule: "unused-ttl", Severity: zonefile.Warning},
		{Position: zonefile.Position{Line: 4}, Rule: "empty-file", Severity: zonefile.Error},
		{Position: zonefile.Position{Line: 5}, Rule: "last-ns", Severity: zonefile.Error},
		{Position: zonefile.Position{Line: 6}, Rule: "another", Severity: zonefile.Warning},
	}
	set := newSet(t, rules.Levels{"few-name-servers": zonefile.Error, "weak-digest": rules.Off, "empty-file": rules.Off})
	want := []string{"1 error few-name-servers", "3 warning unused-ttl", "4 error empty-file", "5 error last-ns", "6 warning another"}
	if d := cmp.Diff(said(set.Choose(found)), want); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
	if found[0].Severity != zonefile.Warning {
		t.Error("what was found changed")
	}
}

// A Set may be used for many zones at once, and a zone be looked at by many.
func TestJudgeConcurrently(t *testing.T) {
	set := newSet(t, nil)
	f := parse(t, "$TTL 300\n* A 192.0.2.1\ntext TXT x\nwww CNAME www.sub\nsub.www CNAME www\na CNAME b\nb CNAME a\n")
	want := said(set.Judge(f, zonefile.Warning))
	if len(want) == 0 {
		t.Fatal("nothing found")
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got := said(set.Judge(f, zonefile.Warning)); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	wg.Wait()
}

// Whatever a file has, rules say something about it and end, and say no more than they may.
func FuzzJudge(f *testing.F) {
	for _, seed := range []string{
		"$TTL 1\n* CNAME a.b\nb.a DNAME b\n@ SOA . \\@ 1 2 3 4 5\n",
		"$TTL 1\n@ NAPTR 1 1 \"\" \"\" \"!\\\\\" .\n@ HTTPS 0 . key9=x\n@ HTTPS 1 x ipv4hint=192.0.2.1\nx A 192.0.2.2\n",
		"$TTL 1\n@ CAA 0 issue \"\"\n@ TLSA 1 2 3 00\n@ SSHFP 0 0 00\n@ DS 1 5 9 00\n@ URI 1 1 \"\"\n@ TXT \"\" \" \"\n",
		"$TTL 1\na CNAME b\nb CNAME a\nc CNAME *\n* A 192.0.2.1\nx.y.z TXT \"\\255\\226\\128\"\n_a SRV 0 0 0 .\n",
		"$\x1b\n",
	} {
		f.Add(seed)
	}
	every := rules.Levels{}
	for _, r := range rules.All() {
		if !r.Fixed {
			every[r.ID] = zonefile.Warning
		}
	}
	set := newSet(f, every)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := zonefile.ParseBIND(fstest.MapFS{"zone": {Data: []byte(text)}}, "zone", zonefile.BINDOptions{Origin: origin})
		if err != nil {
			return
		}
		problems := set.Judge(file, zonefile.Warning)
		problems = append(problems, set.JudgeAcross(rules.NewRepository(file))[0]...)
		count := map[string]int{}
		for _, p := range problems {
			if count[p.Rule]++; count[p.Rule] > 2000 {
				t.Fatalf("%d findings of %s", count[p.Rule], p.Rule)
			}
			if len(p.Message) > 4096 || strings.ContainsAny(p.Message, "\n\r\x1b") {
				t.Errorf("not one line of text: %q", p.Message)
			}
		}
	})
}
