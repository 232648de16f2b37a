package report

import (
	"slices"
	"strings"
	"testing"
)

// TestAppliedSaysWhy: however long reasons are, and whatever is in them, the first is there, and how many are not.
func TestAppliedSaysWhy(t *testing.T) {
	for _, tc := range []struct{ name, reason, want string }{
		{"short", "example.com. on pdns: www.example.com. A: now nothing", "- `example.com. on pdns: www.example.com. A: now nothing`\n"},
		{"a long record", "key.example.com. TXT: reviewed " + strings.Repeat("a/b=", 2000), "- `key.example.com. TXT: reviewed a/b="},
		{"what does not print", "key.example.com. TXT: " + strings.Repeat("\x00", 3000), "- `key.example.com. TXT: \\u{0}"},
		{"what is made of character references", "key.example.com. TXT: " + strings.Repeat("`|", 3000), "- <code>key&#46;example&#46;com&#46; TXT&#58; &#96;&#124;"},
	} {
		note := Applied("nothing was to be applied", []string{tc.reason, "the next", strings.Repeat("~", 4000), "another"})
		if !strings.HasPrefix(note, "**Applied:** `nothing was to be applied`\n\n"+tc.want) || len(note) > MaxNote {
			t.Errorf("%s: %d octets:\n%s\nwant first\n%s", tc.name, len(note), note, tc.want)
		}
		if tc.name == "short" && strings.Count(note, "\n- ") != 4 {
			t.Errorf("want all four:\n%s", note)
		}
	}
	if note := Applied("x", strings.Split(strings.Repeat("y ", 5000), " ")); len(note) > MaxNote || !strings.Contains(note, " reasons more\n") {
		t.Errorf("%d octets:\n%s", len(note), note)
	}
}

// TestNoteTakesThePlaceOfOne: a comment has one note, and its marker stays the first line.
func TestNoteTakesThePlaceOfOne(t *testing.T) {
	r := example(t)
	comment := r.Comment(MaxComment)
	noted := WithNote(WithNote(comment, Applied("one", nil)), Applied("<!-- zoneward:note --> two", nil))
	if m, ok := ParseMarker(noted); !ok || m.Plan != r.Proposal.Plan.ID() {
		t.Errorf("the marker is %+v, %v", m, ok)
	}
	if !strings.HasPrefix(noted, comment) || strings.Count(noted, noteMark) != 1 || strings.Contains(noted, "one") && !strings.Contains(comment, "one") {
		t.Errorf("it has become\n%s", noted)
	}
}

// TestChecked: a million problems are a summary that a runner takes, and what is in them is text.
func TestChecked(t *testing.T) {
	if got := Checked(nil); got != "**Zone files:** no problems.\n" {
		t.Error(got)
	}
	hostile := "zones/a.zone:1: <img src=x> `@org/team` [a](https://example.com)"
	if got := Checked([]string{hostile}); strings.Contains(got, "<img") || strings.Contains(got, "](") && !strings.Contains(got, "`") {
		t.Error(got)
	}
	many := Checked(slices.Repeat([]string{hostile}, 100_000))
	if len(many) > MaxSummary || !strings.Contains(many, "problems more") {
		t.Errorf("%d octets", len(many))
	}
}
