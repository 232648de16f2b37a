package zonefile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a value means, and what octoDNS refuses, with escaped_semicolons unset, true and false.
func TestYAMLSemicolons(t *testing.T) {
	const bare = ` a semicolon without a backslash: write \;, since escaped_semicolons is true [bad-text]`
	const double = ` two backslashes in front of a semicolon: write \; for a semicolon alone, and \092\; for one behind a backslash [bad-text]`
	const escaped = ` a backslash in front of a semicolon: write the semicolon alone, since escaped_semicolons is false, and \092; for one behind a backslash [bad-text]`
	tests := []struct {
		value string
		means [3]string // for each of the settings, of a lenient record if that is an error
		flaws [3]string
	}{
		{`v=DKIM1; k=rsa`, [3]string{`"v=DKIM1; k=rsa"`, `"v=DKIM1; k=rsa"`, `"v=DKIM1; k=rsa"`}, [3]string{"", bare, ""}},
		{`v=DKIM1\; k=rsa`, [3]string{`"v=DKIM1; k=rsa"`, `"v=DKIM1; k=rsa"`, `"v=DKIM1\\; k=rsa"`}, [3]string{"", "", escaped}},
		{`a ; b`, [3]string{`"a ; b"`, `"a ; b"`, `"a ; b"`}, [3]string{"", "", ""}}, // as octoDNS: no letter in front of it
		{`a\\;b`, [3]string{`"a\\;b"`, `"a\\;b"`, `"a\\;b"`}, [3]string{"", double, escaped}},
		{`a\\\;b`, [3]string{`"a\\;b"`, `"a\\;b"`, `"a\\\\;b"`}, [3]string{"", double, escaped}},
		{`a\092\;b`, [3]string{`"a\\;b"`, `"a\\;b"`, `"a\\\\;b"`}, [3]string{"", "", escaped}},
		{`a\092 ;b`, [3]string{`"a\\ ;b"`, `"a\\ ;b"`, `"a\\ ;b"`}, [3]string{"", "", ""}},
		{`'"a; b" "c"'`, [3]string{`"a; bc"`, `"a; bc"`, `"a; bc"`}, [3]string{"", bare, ""}},
	}
	for _, test := range tests {
		for i, semicolons := range []Semicolons{EitherSemicolons, EscapedSemicolons, PlainSemicolons} {
			read := func(text string) *File {
				f, err := ParseYAML(OneFile("z", text), "z", YAMLOptions{Origin: example, Semicolons: semicolons})
				if err != nil {
					t.Fatal(err)
				}
				return f
			}
			var want []string
			if flaw := test.flaws[i]; flaw != "" {
				want = []string{"z:3:10: www TXT:" + flaw}
			}
			text := yamlRecordOf("TXT", test.value)
			if d := cmp.Diff(problemLines(read(text).Problems), want); d != "" {
				t.Errorf("%s, %d: problems (-got +want):\n%s", test.value, semicolons, d)
			}
			lenient := read(text + "  octodns: {lenient: true}\n")
			if d := cmp.Diff(recordLines(lenient.Zone), []string{"www 3600 TXT " + test.means[i]}); d != "" {
				t.Errorf("%s, %d: (-got +want):\n%s", test.value, semicolons, d)
			}
		}
	}
}
