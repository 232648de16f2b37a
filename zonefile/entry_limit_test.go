package zonefile

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An entry that never ends takes no more memory than the limit allows, and no more of the file is read.
func TestEndlessEntriesAreReadUpToTheLimit(t *testing.T) {
	const (
		limit  = 1 << 20 // the default
		line   = "zone:1:1: more than 1048576 octets in one line, or in lines within parentheses; source.limits.entry_bytes raises the limit; the rest is not read [entry-too-large]"
		parens = `zone:1:1: the "(" in line 1 is not closed within 1048576 octets from here; source.limits.entry_bytes raises the limit; the rest is not read [entry-too-large]`
	)
	for _, test := range []struct{ name, text, want string }{
		{"a comment", "; zoneward: allow x ", line},
		{"blanks", " \t", line},
		{"a quoted string", `"` + strings.Repeat("x", 1000), line},
		{"escapes", `\"`, line},
		{"one word", "x", line},
		{"words", "x ", line},
		{"zeros", "\x00", line},
		{"closing parentheses", ")", line},
		{"opening parentheses", "(", parens},
		{"empty parentheses", "()", line},
		{"lines within parentheses", "x (\n", parens},
		{"comments within parentheses", "( ; x\n", parens},
		{"octets that are no text", "\xff", line},
	} {
		t.Run(test.name, func(t *testing.T) {
			var read int64
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f, err := ParseBIND(endless{test.text, &read}, "zone", BINDOptions{Origin: example})
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatal(err)
			}
			errs := slices.DeleteFunc(f.Problems, func(p Problem) bool { return p.Severity == Warning })
			if d := cmp.Diff(problemLines(errs), []string{test.want}); d != "" {
				t.Errorf("problems (-got +want):\n%s", d)
			}
			if read > limit+windowSize {
				t.Errorf("%d octets were read", read)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 32<<20 {
				t.Errorf("%d octets of memory were asked for", allocated)
			}
		})
	}
}

// The limit is of a record or directive from its first octet to its last, whatever else is in the window, and however lines end.
func TestEntriesUpToTheLimitAreRead(t *testing.T) {
	const limit = 100_000
	fill := func(text string, size int) string { // in place of the dots
		return strings.Replace(text, "...", strings.Repeat("x", size-len(text)+len("...")), 1)
	}
	for _, test := range []struct{ name, text, want string }{
		{"a line with a comment", "a A 192.0.2.1 ; ...", "one line, or in lines within parentheses"},
		{"a line that is not read the fast way", `\097 A 192.0.2.1 ; ...`, "one line, or in lines within parentheses"},
		{"lines within parentheses", "a A ( ; ...\n 192.0.2.1\n)", "one line, or in lines within parentheses"},
	} {
		for end, name := range map[string]string{"": "no line end", "\n": "LF", "\r\n": "CRLF", "\r": "CR"} {
			for _, before := range []string{"", "b A 192.0.2.1" + end, fill("b A 192.0.2.1 ; ...", limit-10) + end} {
				if before != "" && end == "" {
					continue
				}
				for over := range 2 {
					text := before + fill(test.text, limit+over) + end
					f := parseFiles(t, map[string]string{"zone": "$TTL 1\n" + text + strings.Repeat("c A 192.0.2.1"+end, len(end))}, Limits{EntryBytes: limit})
					got := strings.Join(problemLines(f.Problems), "\n")
					if over == 0 && f.Err() != nil || over == 1 && !strings.Contains(got, fmt.Sprintf("more than %d octets in %s", limit, test.want)) {
						t.Errorf("%s, %s, behind %d octets, of %d octets: %q", test.name, name, len(before), limit+over, got)
					}
				}
			}
		}
	}
}

// What stands in front of an entry that is too long, and where that is, is said.
func TestEntriesBeyondTheLimit(t *testing.T) {
	long := strings.Repeat("x", 200)
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"behind an error", map[string]string{"zone": "$TTL 1\na A x\nb TXT " + long + "\nc A x\n"}, []string{
			`zone:2:5: a A: "x" is not an IPv4 address (four numbers 0 to 255 with dots between) [bad-value]`,
			"zone:3:1: more than 100 octets in one line, or in lines within parentheses; source.limits.entry_bytes raises the limit; the rest is not read [entry-too-large]",
		}},
		{"in an included file", map[string]string{"zone": "$TTL 1\n$INCLUDE i\na A x\n", "i": "\n\nb ( c\n (TXT\n" + long + long}, []string{
			`i:3:1: the "(" in line 3 is not closed within 100 octets from here; source.limits.entry_bytes raises the limit; the rest is not read (included at zone:2:10) [entry-too-large]`,
		}},
		{"in parentheses that are closed", map[string]string{"zone": "$TTL 1\na ( \n TXT )" + long + "\n"}, []string{
			"zone:2:1: more than 100 octets in one line, or in lines within parentheses; source.limits.entry_bytes raises the limit; the rest is not read [entry-too-large]",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := parseFiles(t, test.files, Limits{EntryBytes: 100})
			if d := cmp.Diff(problemLines(f.Problems), test.want); d != "" {
				t.Errorf("problems (-got +want):\n%s", d)
			}
		})
	}
}

// A file whose lines end with CR has no line feed in it, and is not held in memory as a whole.
func TestLinesThatEndWithCRAreReadOneByOne(t *testing.T) {
	var text strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&text, "n%d 60 A 192.0.2.1\r", i)
	}
	f := parseText(t, text.String())
	if err := f.Err(); err != nil || f.Zone.Records() != 100_000 {
		t.Errorf("%d records, %v", f.Zone.Records(), err)
	}
}
