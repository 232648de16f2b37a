package zonefile

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is said of the mistakes that people make.
func TestMessagesOfCommonMistakes(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"comma instead of a dot", "www A 192,0,2,1", []string{`zone:2:7: www A: "192,0,2,1" is not an IPv4 address (four numbers 0 to 255 with dots between) [bad-value]`}},
		{"no priority", "@ MX mail", []string{`zone:2:6: @ MX: "mail" is not a number from 0 to 65535 [bad-value]`}},
		{"priority behind the name", "@ MX mail 10", []string{`zone:2:6: @ MX: "mail" is not a number from 0 to 65535 [bad-value]`}},
		{"an address as if there could be two", "www A 192.0.2.1 192.0.2.2", []string{`zone:2:17: www A: "192.0.2.2" is more than data of this type has [extra-data]`}},
		{"IPv6 in A", "www A 2001:db8::1", []string{`zone:2:7: www A: "2001:db8::1" is not an IPv4 address (four numbers 0 to 255 with dots between) [bad-value]`}},
		{"no type", "www 192.0.2.1", []string{`zone:2:5: www: "192.0.2.1" is neither a TTL (seconds, or with units as in 1h30m) nor a record type [bad-value]`}},
		{"TTL with a word", "www 1hour A 192.0.2.1", []string{`zone:2:5: www: "1hour" is neither a TTL (seconds, or with units as in 1h30m) nor a record type [bad-value]`}},
		{"TTL with a space", "www 1 h A 192.0.2.1", []string{`zone:2:7: www: "h" is not a record type; one without a name is written TYPEnnn with \# data (RFC 3597) [unknown-type]`}},
		{"no-break space", "www\u00a0A 192.0.2.1", []string{`zone:2:8: www\194\160a: "192.0.2.1" is neither a TTL (seconds, or with units as in 1h30m) nor a record type; there is a no-break space in "www\194\160A", which does not separate words: write a space [bad-value]`}},
		{"form feed", "\f\nwww A 192.0.2.1", []string{`zone:2:2: \012: the record ends where its type is expected; there is a form feed in "\012", which does not separate words: write a space [missing-data]`}},
		{"unbalanced quote", "www TXT \"x\nmail A 192.0.2.1", []string{`zone:2:9: a quoted string does not go on over the end of the line; close it, and split it into several if it is long [syntax]`}},
		{"unbalanced parenthesis", "www TXT ( x\nmail A 192.0.2", []string{
			`zone:2:9: "(" without a ")" behind it [syntax]`,
			`zone:3:8: mail A: "192.0.2" is not an IPv4 address (four numbers 0 to 255 with dots between) [bad-value]`,
		}},
		{"DKIM without quotes", "k._domainkey TXT v=DKIM1; k=rsa; p=MIGf", []string{
			`zone:2:25: warning: k._domainkey TXT: the semicolon begins a comment, so that "k=rsa; p=MIGf" is not in the record; write the text in quotes [cut-by-comment]`,
		}},
		{"DKIM without quotes, on two lines", "k._domainkey TXT ( v=DKIM1;k=rsa;\np=MIGf )", []string{
			`zone:2:27: warning: k._domainkey TXT: the semicolon begins a comment, so that "k=rsa;" is not in the record; write the text in quotes [cut-by-comment]`,
		}},
		{"text with a comment", "www TXT hello ; a=comment\n TXT bye;comment\n TXT \"v=x\"; k=y\n TXT x\\;y ; z\n TXT a=b ; comment\n TXT a;\n", nil},
		{"CAA without quotes", "@ CAA 0 issue ;", []string{`zone:2:16: @ CAA: the data ends where a string is expected; a semicolon begins a comment, unless it is in quotes [missing-data]`}},
		{"ANAME", "@ ANAME www", []string{`zone:2:3: @: a master file has no ANAME; write ALIAS in a YAML file, if the provider has it [unknown-type]`}},
		{"long text", "www TXT " + strings.Repeat("x", 300), []string{`zone:2:9: www TXT: a character-string of 300 octets, and 255 is the most; split it into several with a space between [long-string]`}},
		{"the same line twice", "$GENERATE 1-2 a A 192.0.2.1", []string{`zone:2:1: warning: a A: the same record again, from the same line, which $INCLUDE or $GENERATE has read more than once [duplicate-record]`}},
		{"what $GENERATE stands for", "$GENERATE 254-300 h$ A 192.0.2.$", []string{`zone:2:24: $GENERATE: at 256: h256 A: "192.0.2.256" is not an IPv4 address (four numbers 0 to 255 with dots between) [bad-value]`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if d := cmp.Diff(problemLines(parseText(t, "$TTL 1\n"+test.text+"\n").Problems), test.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
		})
	}
}

// A problem is where it is, and says by which way one comes there.
func TestMessagesThroughIncludes(t *testing.T) {
	f := parseFiles(t, map[string]string{
		"zone":    "$TTL 1\n$INCLUDE dir/one\n$INCLUDE dir/two sub\n",
		"dir/one": "a A x\n$INCLUDE two\n",
		"dir/two": "b A y\n$GENERATE 1-2 c${0,64} A 192.0.2.$\n$GENERATE 1-1 d.example.org. A 192.0.2.1\nk TXT v=x; y=z\n$INCLUDE none\n",
	}, Limits{})
	const notIPv4 = " is not an IPv4 address (four numbers 0 to 255 with dots between)"
	var want []string
	for _, at := range []string{" (included at dir/one:2:10, which is included at zone:2:10)", " (included at zone:3:10)"} {
		owner := ""
		if strings.HasSuffix(at, "zone:3:10)") {
			owner = ".sub"
		}
		want = append(want,
			`dir/two:1:5: b`+owner+` A: "y"`+notIPv4+at+` [bad-value]`,
			`dir/two:2:15: $GENERATE: at 1: name "c00000000000000000000000000000000000000000000000000000000000...": a label of more than 63 octets`+at+` [bad-name]`,
			`dir/two:3:15: warning: $GENERATE: 1 of the 1 owner names are outside the zone example.com. and left out, as in BIND`+at+` [outside-zone]`,
			`dir/two:4:10: warning: k`+owner+` TXT: the semicolon begins a comment, so that "y=z" is not in the record; write the text in quotes`+at+` [cut-by-comment]`,
			`dir/two:5:10: $INCLUDE: "dir/none": file does not exist`+at+` [include-unreadable]`,
		)
	}
	want = append(want, `dir/one:1:5: a A: "x"`+notIPv4+` (included at zone:2:10) [bad-value]`)
	got := problemLines(f.Problems)
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
}
