package zonefile

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestAllowed(t *testing.T) {
	tests := []struct {
		name, file, text string
		want             map[int][]string
	}{
		{"none", "a.zone", "$TTL 60\nwww A 192.0.2.1 ; zoneward\n", nil},
		{"on its line", "a.zone", "$TTL 60\nwww A 192.0.2.1 ; zoneward: allow a-rule\n", map[int][]string{2: {"a-rule"}}},
		{"several", "a.zone", "$TTL 60\nwww A 192.0.2.1 ; zoneward: allow a-rule, another since 2020\n", map[int][]string{2: {"a-rule", "another"}}},
		{"a reason behind them", "a.zone", "$TTL 60\nwww A 192.0.2.1 ;; zoneward: allow a-rule (Since 2020)\n", map[int][]string{2: {"a-rule"}}},
		{"two in one line count once", "a.zone", "$TTL 60\nwww A 192.0.2.1 ; zoneward: allow a-rule ; zoneward: allow b\n", map[int][]string{2: {"a-rule"}}},
		{"in a string", "a.zone", "$TTL 60\nwww TXT \"; zoneward: allow a-rule\"\n", nil},
		{"behind a string", "a.zone", "$TTL 60\nwww TXT \"a;\\\"b\" ; zoneward: allow a-rule\n", map[int][]string{2: {"a-rule"}}},
		{"not at the start of a comment", "a.zone", "$TTL 60\nwww A 192.0.2.1 ; not zoneward: allow a-rule\n", nil},
		{"CRLF and CR", "a.zone", "$TTL 60\r\nwww A 192.0.2.1\rw A 192.0.2.1 ; zoneward: allow a\r\n", map[int][]string{3: {"a"}}},
		{"YAML", "a.yaml", "www:\n  type: A # zoneward: allow a\n  value: 192.0.2.1\n", map[int][]string{2: {"a"}}},
		{"YAML in a value", "a.yaml", "www:\n  type: TXT\n  value: 'it''s # zoneward: allow a'\nb: {type: TXT, value: 'x' } # zoneward: allow b\n", map[int][]string{4: {"b"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse(fstest.MapFS{tt.file: {Data: []byte(tt.text)}}, tt.file, ParseOptions{Origin: example})
			if err != nil {
				t.Fatal(err)
			}
			var want map[Position][]string
			if tt.want != nil {
				want = map[Position][]string{}
			}
			for line, rules := range tt.want {
				want[Position{File: tt.file, Line: line}] = rules
			}
			if diff := cmp.Diff(f.Allowed(), want); diff != "" {
				t.Errorf("allowed (-got +want):\n%s", diff)
			}
			for at, rules := range want {
				if !f.Allows(at, rules[0]) || f.Allows(at, "another-rule") {
					t.Errorf("Allows at %s: not what is allowed", at)
				}
			}
		})
	}
}

// A comment in any line of an RRset allows what is found where the RRset is first stated.
func TestAllowing(t *testing.T) {
	tests := []struct {
		name, file, text string
		want             []int // lines
	}{
		{"none", "a.zone", "$TTL 60\nwww A 192.0.2.1\nwww A 192.0.2.2\n", nil},
		{"the first line", "a.zone", "$TTL 60\nwww A 192.0.2.1 ; zoneward: allow a-rule\nwww A 192.0.2.2\n", []int{2}},
		{"the second line", "a.zone", "$TTL 60\nwww A 192.0.2.1\nwww A 192.0.2.2 ; zoneward: allow a-rule\n", []int{3}},
		{"both", "a.zone", "$TTL 60\nwww A 192.0.2.1 ; zoneward: allow a-rule\nwww A 192.0.2.2 ; zoneward: allow a-rule\n", []int{2, 3}},
		{"apart from the first", "a.zone", "$TTL 60\nwww A 192.0.2.1\nb A 192.0.2.2 ; zoneward: allow b\nwww TYPE1 \\# 4 C0000203 ; zoneward: allow a-rule\n", []int{4}},
		{"within parentheses", "a.zone", "$TTL 60\nwww A ( ; zoneward: allow b\n 192.0.2.1 ; zoneward: allow a-rule\n )\n", []int{3}},
		{"another rule", "a.zone", "$TTL 60\nwww A 192.0.2.1\nwww A 192.0.2.2 ; zoneward: allow b\n", nil},
		{"another RRset", "a.zone", "$TTL 60\nwww A 192.0.2.1\nwww AAAA 2001:db8::1 ; zoneward: allow a-rule\nw A 192.0.2.1 ; zoneward: allow a-rule\n", nil},
		{"no record in its line", "a.zone", "$TTL 60\n; zoneward: allow a-rule\nwww A 192.0.2.1\n; zoneward: allow a-rule\nb A 192.0.2.1\n", nil},
		{"a generated one", "a.zone", "$TTL 60\nwww A 192.0.2.1\n$GENERATE 2-3 www A 192.0.2.$ ; zoneward: allow a-rule\n", []int{3}},
		{"an included one", "a.zone", "$TTL 60\nwww A 192.0.2.1\n$INCLUDE more ; zoneward: allow a-rule\n", nil},
		{"an included file for the second time", "a.zone", "$TTL 60\n$INCLUDE lines\n$ORIGIN b.example.com.\n$INCLUDE lines\n", nil},
		{"a value of YAML", "a.yaml", "www:\n  type: A\n  values:\n    - 192.0.2.1\n    - 192.0.2.2 # zoneward: allow a-rule\n", []int{5}},
		{"the type in YAML", "a.yaml", "www:\n  - type: AAAA\n    value: 2001:db8::1 # zoneward: allow a-rule\n  - ttl: 60\n    type: A # zoneward: allow a-rule\n    value: 192.0.2.1\n", []int{5}},
		{"another name in YAML", "a.yaml", "www: {type: A, value: 192.0.2.1}\nx: {type: A, value: 192.0.2.1} # zoneward: allow a-rule\n", nil},
	}
	for _, tt := range tests {
		for _, byToken := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%t", tt.name, byToken), func(t *testing.T) {
				fsys := fstest.MapFS{tt.file: {Data: []byte(tt.text)}, "more": {Data: []byte("www A 192.0.2.2\n")}, "lines": {Data: []byte("www A 192.0.2.1\nx A 192.0.2.1 ; zoneward: allow a-rule\n")}}
				f, err := Parse(fsys, tt.file, ParseOptions{Origin: example})
				if byToken && !isYAML(tt.file) {
					f, err = ParseBIND(fsys, tt.file, BINDOptions{Origin: example, byToken: true})
				}
				if err != nil {
					t.Fatal(err)
				}
				var want []Position
				for _, line := range tt.want {
					want = append(want, Position{File: tt.file, Line: line})
				}
				at := f.Position(Key{MustParseName("www.example.com."), TypeA})
				if diff := cmp.Diff(f.Allowing(at, "a-rule"), want); at.IsZero() || diff != "" {
					t.Errorf("at %s (-got +want):\n%s", at, diff)
				}
			})
		}
	}
}

// The lines of comments are kept once, however many records are read in them: with $GENERATE, or a file that is included twice, a short text took
// gigabytes.
func TestCommentsOfManyRecords(t *testing.T) {
	const comment = "; zoneward: allow a-rule\n"
	records := strings.Builder{}
	for i := range 10_000 {
		fmt.Fprintf(&records, "n%d A 192.0.2.1\n", i)
	}
	tests := map[string]map[string]string{
		"records of one name": {"zone": "$TTL 1\n$GENERATE 1-50000 a A ( 192.0.2.1\n" + strings.Repeat(comment, 100) + ")\n"},
		"many names":          {"zone": "$TTL 1\n$GENERATE 1-50000 a$ A ( 192.0.2.1\n" + strings.Repeat(comment, 100) + ")\n"},
		"a file twice":        {"zone": "$TTL 1\n$INCLUDE i\n$INCLUDE i\n", "i": records.String() + strings.Repeat(comment, 1000)},
	}
	for name, files := range tests {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f := parseFiles(t, files, Limits{})
			runtime.ReadMemStats(&after)
			if err := f.Err(); err != nil {
				t.Error(err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
				t.Errorf("%d MiB were allocated", n>>20)
			}
		})
	}
}
