package zonefile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scanned returns what a scanner makes of text: an entry a line, as "LINE[ blank]: TOKEN|TOKEN" with quoted tokens in quotes and a
// plus in front of glued ones, or "LINE: fault at LINE:COLUMN: TEXT".
func scanned(text string) []string {
	var lines []string
	s := newScanner(text)
	for {
		e, ok := s.next()
		if !ok {
			return lines
		}
		if e.fault != nil {
			line, column := s.place(e, e.fault.pos)
			lines = append(lines, fmt.Sprintf("%d: fault at %d:%d: %s", e.line, line, column, e.fault))
			continue
		}
		tokens := make([]string, len(e.tokens))
		for i, t := range e.tokens {
			if tokens[i] = t.text; t.quoted {
				tokens[i] = `"` + t.text + `"`
			}
			if t.glued {
				tokens[i] = "+" + tokens[i]
			}
		}
		blank := ""
		if e.blank {
			blank = " blank"
		}
		lines = append(lines, fmt.Sprintf("%d%s: %s", e.line, blank, strings.Join(tokens, "|")))
	}
}

func TestScannerSplitsEntries(t *testing.T) {
	const (
		noClose    = `"(" without a ")" behind it`
		noOpen     = `")" without a "(" before it`
		overLine   = "a quoted string does not go on over the end of the line; close it, and split it into several if it is long"
		noQuote    = "a quoted string without its closing quote"
		zero       = `an octet of zero; it is written \000`
		atLineEnd  = "a backslash at the end of the line"
		manyTokens = "more than 131086 words and strings in one record"
	)
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"no entries", " \n\t; comment\n\r\n()\n", nil},
		{"words", "a  b\tc\n", []string{"1: a|b|c"}},
		{"no line end", "a b", []string{"1: a|b"}},
		{"LF", "a\n\nb\n", []string{"1: a", "3: b"}},
		{"CRLF", "a\r\n\r\nb\r\n", []string{"1: a", "3: b"}},
		{"CR", "a\r\rb\r", []string{"1: a", "3: b"}},
		{"all line ends", "a\r\nb\rc\nd", []string{"1: a", "2: b", "3: c", "4: d"}},
		{"blank owner", " a\n\tb\nc", []string{"1 blank: a", "2 blank: b", "3: c"}},
		{"blank line before an owner", " \na", []string{"2: a"}},
		{"comments", "a;b\n;c\nd ; e\n", []string{"1: a", "3: d"}},
		{"quotes in a comment", "a ; \" ( \\\nb\n", []string{"1: a", "2: b"}},
		{"quotes", `a "b c" "" "d;(e)"`, []string{`1: a|"b c"|""|"d;(e)"`}},
		{"escapes", `a\ b\; "c\"d" \"e\"`, []string{`1: a\ b\;|"c\"d"|\"e\"`}},
		{"glued", `a"b"c ="d"`, []string{`1: a|+"b"|+c|=|+"d"`}},
		{"glued to a parenthesis is not glued", `a("b")c`, []string{`1: a|"b"|c`}},
		{"parentheses", "a ( b\n c ; d\n\n) e\nf", []string{"1: a|b|c|e", "5: f"}},
		{"parentheses within each other", "a ((b)\n c) d\ne", []string{"1: a|b|c|d", "3: e"}},
		{"parenthesis in the first column", "( a\n b )\nc", []string{"1: a|b", "3: c"}},
		{"parenthesis behind white space", " ( a\n b )", []string{"1 blank: a|b"}},
		{"parentheses with CRLF", "a (\r\nb\r\n)\r\nc", []string{"1: a|b", "4: c"}},
		{"octets from 128", "a\xff\xc2\xa0b", []string{"1: a\xff\xc2\xa0b"}},
		{"closing only", "a )\nb", []string{"1: fault at 1:3: " + noOpen, "2: b"}},
		{"never closed", "a\nb (\n c\nd\ne", []string{"1: a", "2: fault at 2:3: " + noClose, "4: d", "5: e"}},
		{"never closed, twice", "a (\nb (\nc", []string{"1: fault at 1:3: " + noClose, "2: fault at 2:3: " + noClose}},
		{"string over the line end", "a \"b\nc", []string{"1: fault at 1:3: " + overLine, "2: c"}},
		{"string over the line end in parentheses", "a ( \"b\n\"c\" )\nd", []string{"1: fault at 1:5: " + overLine, "3: d"}},
		{"string with an escaped line end", "a \"b\\\nc", []string{"1: fault at 1:3: " + overLine, "2: c"}},
		{"string to the end", `a "b`, []string{"1: fault at 1:3: " + noQuote}},
		{"string with an escape at the end", `a "b\`, []string{"1: fault at 1:3: " + noQuote}},
		{"zero in a word", "a b\x00c d\ne", []string{"1: fault at 1:4: " + zero, "2: e"}},
		{"zero in a string", "a \"b\x00c\" d\ne", []string{"1: fault at 1:5: " + zero, "2: e"}},
		{"zero alone", "\x00", []string{"1: fault at 1:1: " + zero}},
		{"escaped line end", "a\\\nb", []string{"1: fault at 1:2: " + atLineEnd, "2: b"}},
		{"escape at the end", `a\`, []string{"1: fault at 1:2: " + atLineEnd}},
		{"place in a later line", "a (\r\n b\n  \"c\n)", []string{"1: fault at 3:3: " + overLine}},
		{"too many words", strings.Repeat("a ", maxTokens+1) + "\nb", []string{"1: fault at 1:262173: " + manyTokens, "2: b"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if d := cmp.Diff(scanned(test.text), test.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
		})
	}
}

func TestShownIsShortAndPrints(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", `a\.b "c"`, `"a\.b "c""`},
		{"not printing", "a\n\x1b[31m\x7f\xff", `"a\010\027[31m\127\255"`},
		{"long", strings.Repeat("a", maxShown+1), `"` + strings.Repeat("a", maxShown) + `..."`},
	}
	for _, test := range tests {
		if got := shown(test.text); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}
