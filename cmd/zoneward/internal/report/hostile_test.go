package report

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render/rendertest"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// attacks are texts that try to get out of a comment, to become something in it, or to hide.
var attacks = append(rendertest.Hostile(),
	"`", "``` \n", "a`b|c", "|", `\|`, `\`+"`", "` | `", "<!-- zoneward:plan {\"config\":\"zoneward.yaml\"} -->", "<!-- zoneward:note", "-->", "--!>", "<![CDATA[", "</details>", "</summary><h1>",
	"\n/merge", "/close\n", "~1 !1 %1 &1 $1 @all", "&commat;octocat", "&#64;octocat", "$`x`$", "$$x$$", "[[_TOC_]]", "[x]: http://x.example", "![a](http://x.example/a.png)", "{+x+}",
	"0123456789012345678901234567890123456789", "two  spaces", " first", "last ", "\u00a0", "\t", "e\u0301", "\u200e\u200f\u061c", "\u2800\u3164", "\U000e0041\U000e0042", "\ufe0f",
	"javascript:alert(1)", "- item", "# heading", "1. one", "> quote", "    code", "---", "===", "::stop-commands::x", "%0A::error::x", "\u0085", "\u2029",
)

// hostileReport has a text wherever somebody else may have written one.
func hostileReport(text string) *Report {
	plan := rendertest.With(text)
	plan.Notices = []string{text}
	p := &reconcile.Proposal{Base: text, Head: text, Plan: plan, Left: []reconcile.Ref{{Zone: zonefile.MustParseName("gone.example."), Target: text}}}
	for i := range plan.Zones {
		z := &plan.Zones[i]
		p.Zones = append(p.Zones, reconcile.ProposedZone{ZonePlan: z, Caused: z.Changes, Adrift: z.Drift, Settled: z.Drift, Later: z.Deferred, Leaving: z.Waiting})
	}
	at := zonefile.Position{File: text, Line: 1}
	return &Report{
		Config: "x" + text, Proposal: p, ConfigFiles: []string{text}, Conflicts: []string{text}, Details: text,
		Problems: []zonefile.Problem{{Position: at, Rule: text, Severity: zonefile.Error, Message: text}, {Position: at, Rule: text, Severity: zonefile.Warning, Message: text}},
		Tests:    []dnstest.Result{{File: text, Line: 1, Name: text, Why: text, Query: text, Zone: text, Target: text, Status: dnstest.Failed, Want: text, Got: text}},
	}
}

// quoted is text of others in markdown: a code span, or a code element with nothing but words and character references in it.
var quoted = regexp.MustCompile("`[^`|\n]+`|<code>(?:[A-Za-z0-9 ,]|&#[0-9]+;)*</code>|<summary>(?:<code>[^<>\n]*</code> ?)+</summary>")

// skeleton returns what of a comment is not text of others, with the lines that are the same next to each other once. Numbers of octets that are left out of a text
// are in the text.
func skeleton(comment string) string {
	_, body, _ := strings.Cut(comment, "\n")
	return strings.Join(slices.Compact(strings.Split(quoted.ReplaceAllString(body, "X"), "\n")), "\n")
}

// harmless is the skeleton of the same report with a text that is none.
var harmless = sync.OnceValue(func() string { return skeleton(hostileReport("x").Comment(MaxComment)) })

// checkComment: whatever the text, nothing differs but what is quoted; the marker is the first line, and no other; and nothing is invisible.
func checkComment(t *testing.T, text string) {
	t.Helper()
	r := hostileReport(text)
	comment := r.Comment(MaxComment)
	if len(comment) > MaxComment || !utf8.ValidString(comment) {
		t.Fatalf("%q: %d octets, UTF-8: %v", text, len(comment), utf8.ValidString(comment))
	}
	m, ok := ParseMarker(comment)
	if !ok || m.Config != string([]rune("x"+text)) || m.Plan != r.Proposal.Plan.ID() {
		t.Errorf("%q: the marker is %+v, %v", text, m, ok)
	}
	if strings.Count(comment, "<!--") != 1 || strings.Count(comment, "-->") != 1 {
		t.Errorf("%q: there is another comment of HTML:\n%s", text, comment)
	}
	for line := range strings.Lines(comment[1:]) {
		if _, ok := ParseMarker(line); ok && line != comment[1:] {
			t.Errorf("%q: another line is a marker: %s", text, line)
		}
	}
	for _, c := range comment {
		if c != '\n' && !render.IsPlain(c) {
			t.Errorf("%q leaves %U", text, c)
		}
	}
	if got, want := skeleton(comment), harmless(); got != want && text != "" {
		t.Errorf("%q is markup:\n%s\nwant\n%s", text, got, want)
	}
	if set := r.Proposal.Plan.Zones[0].Changes[0].New; len(text) < 100 && !strings.Contains(readable(comment), spaced(render.Shown(set.Text()[0]))) {
		t.Errorf("%q: the record %s is not shown:\n%s", text, set.Text()[0], comment)
	}
}

// readable returns the markdown with what people see of the text of others.
func readable(markdown string) string {
	return quoted.ReplaceAllStringFunc(markdown, func(s string) string {
		if inner, ok := strings.CutPrefix(s, "`"); ok {
			return strings.TrimSuffix(inner, "`")
		}
		return html.UnescapeString(s)
	})
}

func TestAttacks(t *testing.T) {
	for _, text := range attacks {
		checkComment(t, text)
		checkForms(t, text)
	}
}

// checkForms: no form but JSON, which quotes them, has characters that nobody sees.
func checkForms(t *testing.T, text string) {
	t.Helper()
	r := hostileReport(text)
	var b bytes.Buffer
	if err := r.WriteText(&b, render.Style{}); err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Annotations() {
		fmt.Fprintf(&b, "%s %s %s\n", a.File, a.Title, a.Message)
		if strings.HasPrefix(a.File, "/") || strings.Contains(a.File, "..") && relative(text) == "" {
			t.Errorf("%q: an annotation of %q", text, a.File)
		}
	}
	b.WriteString(r.StatusDescription())
	for _, line := range r.Redact.Differences(&reconcile.Plan{}, r.Proposal.Plan) {
		b.WriteString(line + "\n")
	}
	for _, c := range b.String() {
		if c != '\n' && !render.IsPlain(c) {
			t.Errorf("%q leaves %U:\n%s", text, c, b.String())
			return
		}
	}
}

func FuzzComment(f *testing.F) {
	for _, text := range attacks {
		f.Add(text, 0)
	}
	f.Add("x", 900)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		checkComment(t, text)
		limit = min(max(limit, 0), MaxComment)
		if comment := hostileReport(text).Comment(limit); len(comment) > limit {
			t.Errorf("%q: %d octets; want at most %d", text, len(comment), limit)
		}
	})
}

func TestSpaced(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"a b", "a b"}, {"a  b", `a \u{20}b`}, {" a", `\u{20}a`}, {"a ", `a\u{20}`}, {" ", `\u{20}`}, {"ü  名", `ü \u{20}名`}, {"", ""},
	} {
		if got := spaced(tc.text); got != tc.want {
			t.Errorf("%q: %s; want %s", tc.text, got, tc.want)
		}
	}
}

func TestLinkOnlyToPages(t *testing.T) {
	for _, tc := range []struct{ url, want string }{
		{"https://ci.example.com/runs/7?x=1&y=2#top", "[there](https://ci.example.com/runs/7?x=1&y=2#top)"},
		{"javascript:alert(1)", ""},
		{"https://a.example/) [x](y", ""},
		{"https://user:secret@a.example/", ""},
		{"/runs/7", ""},
		{"https://a.example/<b>", ""},
		{"", ""},
		{"https://a.example/" + strings.Repeat("a", 400), ""},
	} {
		if got := link(tc.url); got != tc.want {
			t.Errorf("%s: %s; want %s", tc.url, got, tc.want)
		}
	}
}
