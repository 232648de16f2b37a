package zonefile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// entryLines describes the entries of a text: the words with what they are in front, or "LINE:COLUMN RULE" for what is wrong.
func entryLines(text string) []string {
	var lines []string
	for e, wrong := range Entries(text) {
		if wrong != nil {
			lines = append(lines, fmt.Sprintf("%d:%d %s", wrong.Position.Line, wrong.Position.Column, wrong.Rule))
			continue
		}
		roles := map[int]string{}
		for role, i := range map[string]int{"owner ": e.Owner, "ttl ": e.TTL, "class ": e.Class, "type ": e.Type} {
			roles[i] = role
		}
		var words []string
		for i, w := range e.Words {
			role := roles[i]
			if i == e.Data {
				role = "data "
			}
			words = append(words, role+text[w.Start:w.End])
		}
		lines = append(lines, fmt.Sprintf("%q %s%s", text[e.Start:e.End], e.Directive, "|"+strings.Join(words, "|")))
	}
	return lines
}

func TestEntries(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", "\n; comment\n()\n", nil},
		{"record", "www 300 IN A 192.0.2.1 ; web\n", []string{`"www 300 IN A 192.0.2.1 ; web" |owner www|ttl 300|class IN|type A|data 192.0.2.1`}},
		{"class first", "www in 1h a 192.0.2.1", []string{`"www in 1h a 192.0.2.1" |owner www|class in|ttl 1h|type a|data 192.0.2.1`}},
		{"type alone", "www APL", []string{`"www APL" |owner www|type APL`}},
		{"blank owner", "\tTXT \"a b\"\"\"", []string{"\"\\tTXT \\\"a b\\\"\\\"\\\"\" |type TXT|data \"a b\"|\"\""}},
		{"words that look like something else", "300 IN A x\nA IN 300 TXT IN 300", []string{`"300 IN A x" |owner 300|class IN|type A|data x`, `"A IN 300 TXT IN 300" |owner A|class IN|ttl 300|type TXT|data IN|300`}},
		{"parentheses", "a ( A ; c\n 192.0.2.1 )\nb A 192.0.2.2", []string{`"a ( A ; c\n 192.0.2.1 )" |owner a|type A|data 192.0.2.1`, `"b A 192.0.2.2" |owner b|type A|data 192.0.2.2`}},
		{"directives", "$ttl 1h\n$ORIGIN a.\n$include f\n$GENERATE 1-2 a$ 60 IN A 192.0.2.$\n", []string{
			`"$ttl 1h" $TTL|$ttl|data 1h`, `"$ORIGIN a." $ORIGIN|$ORIGIN|data a.`, `"$include f" $INCLUDE|$include|data f`,
			`"$GENERATE 1-2 a$ 60 IN A 192.0.2.$" $GENERATE|$GENERATE|1-2|owner a$|ttl 60|class IN|type A|data 192.0.2.$`,
		}},
		{"data is not looked at", "a A x\na CNAME\n$TTL\n", []string{`"a A x" |owner a|type A|data x`, `"a CNAME" |owner a|type CNAME`, `"$TTL" $TTL|$TTL`}},
		{"what is wrong, and what is behind it", "a \"b\n$X 1\n $TTL 1\n$GENERATE 1-2\na CH A 192.0.2.1\nb XYZ 1\nc A x )\nd A x", []string{
			"1:3 syntax", "2:1 bad-directive", "3:2 bad-directive", "4:14 missing-data", "5:3 class", "6:3 unknown-type", "7:7 syntax",
			`"d A x" |owner d|type A|data x`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if d := cmp.Diff(entryLines(test.text), test.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
		})
	}
}
