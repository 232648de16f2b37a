package render

import (
	"errors"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render/rendertest"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// markup is all that may stand in a markdown plan besides plain words: what we write ourselves.
var markup = regexp.MustCompile(`</?code>|<br>|&#[0-9]+;`)

func checkMarkdown(t *testing.T, text string) {
	t.Helper()
	var b strings.Builder
	if err := MarkdownPlan(&b, rendertest.With(text)); err != nil {
		t.Fatal(err)
	}
	plain := func(s string) string { return markup.ReplaceAllString(s, "") }
	want := strings.Split(plain(renderedMarkdown(t, "x")), "\n")
	got := strings.Split(plain(b.String()), "\n")
	if text != "" && !strings.Contains(text, "\n") && len(got) != len(want) {
		t.Errorf("%q makes %d lines; want %d:\n%s", text, len(got), len(want), b.String())
	}
	for _, line := range got {
		if strings.ContainsAny(line, "`<>@[]()_\\\r") || strings.Contains(line, "www.") || strings.Contains(line, "://") {
			t.Errorf("%q leaves something that markdown knows:\n%s", text, line)
		}
		for _, r := range line {
			if !unicode.IsPrint(r) {
				t.Errorf("%q leaves %U:\n%s", text, r, line)
			}
		}
		if n := strings.Count(line, "|"); n != 0 && n != 7 {
			t.Errorf("%q makes a row of %d bars:\n%s", text, n, line)
		}
	}
	// And nothing is hidden: the record's own text is there.
	set := rendertest.With(text).Zones[0].Changes[0].New
	if !strings.Contains(html.UnescapeString(b.String()), set.Text()[0]) {
		t.Errorf("%q: the record %s is not shown:\n%s", text, set.Text()[0], b.String())
	}
}

func renderedMarkdown(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	if err := MarkdownPlan(&b, rendertest.With(text)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func checkText(t *testing.T, text string) {
	t.Helper()
	var b strings.Builder
	if err := TextPlan(&b, rendertest.With(text), Style{}, nil); err != nil {
		t.Fatal(err)
	}
	for _, r := range b.String() {
		if r != '\n' && !IsPlain(r) {
			t.Errorf("%q leaves %U on the terminal:\n%s", text, r, b.String())
		}
	}
}

func TestHostileText(t *testing.T) {
	for _, text := range rendertest.Hostile() {
		checkMarkdown(t, text)
		checkText(t, text)
	}
}

func FuzzRender(f *testing.F) {
	for _, text := range rendertest.Hostile() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkMarkdown(t, text)
		checkText(t, text)
	})
}

func TestShown(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"plain: zones/a.zone:1", "plain: zones/a.zone:1"},
		{"ünïcode 名", "ünïcode 名"},
		{"a\x1b[31mb", `a\u{1b}[31mb`},
		{"a\u202eb", `a\u{202e}b`},
		{"a\nb\tc", `a\u{a}b\u{9}c`},
		{"\xff", `\xff`},
		{"\u3164", `\u{3164}`},
		{"\u2800\u034f\u1160", `\u{2800}\u{34f}\u{1160}`},
		{"a\ufe0f\U000e0100b\u20dd", `a\u{fe0f}\u{e0100}b\u{20dd}`},
		{"e\u0301 \u05e9\u05c1\u05b8\u0597", "e\u0301 \u05e9\u05c1\u05b8\u0597"},
		{"\u0939\u0940\u0902", "\u0939\u0940\u0902"}, // a vowel beside its consonant
		{"\u0338a", `\u{338}a`},
		{"192.0.2.1\u0338 \u0338", `192.0.2.1\u{338} \u{338}`},
		{"a" + strings.Repeat("\u0338", 6), "a\u0338\u0338\u0338\u0338" + `\u{338}\u{338}`},
	} {
		if got := Shown(tc.text); got != tc.want {
			t.Errorf("shown(%q) = %q; want %q", tc.text, got, tc.want)
		} else if again := Shown(got); again != got {
			t.Errorf("shown(%q) is shown as %q", got, again)
		}
	}
}

// hints are what these tests say to do about holds, and that a zone is emptied is overridden.
type hints map[reconcile.Guard]string

func (hints) Overridden(guard reconcile.Guard) bool { return guard == reconcile.GuardEmptyZone }

func (h hints) On(_ *reconcile.ZonePlan, hold reconcile.Hold) string { return h[hold.Guard] }

func TestTextPlan(t *testing.T) {
	var b strings.Builder
	if err := TextPlan(&b, rendertest.Spoken(), Style{}, hints{reconcile.GuardFreeze: "apply it then"}); err != nil {
		t.Fatal(err)
	}
	want := `example.com. on live
  ~ www.example.com.    A - 3600  192.0.2.1  zones/example.com.zone:3 (drift: somebody changed it live)
                          + 3600  192.0.2.2
  ~ api.example.com.    A -  300  192.0.2.1  zones/example.com.zone:3 (git and drift: somebody changed it live as well)
                          +  300  192.0.2.2
  ^ old.example.com.    A    300  192.0.2.1  restored from tombstone 0123456789abcdef
  ^ taken.example.com.  A -  300  192.0.2.1  restored
                          +  300  192.0.2.2
  x over.example.com.   A    300  192.0.2.1  the hidden copy is removed for good
  held by freeze: it is Friday
    hint: apply it then
  held by empty-zone (overridden): nothing is left
  not atomic: in 6 parts
  resolvers: they may give old answers for up to 1h after the apply (www.example.com. A)

example.net. on live
  waiting: a.example.net. A retires in 23h, at 2026-11-22 11:00 UTC; put it back in git to keep it
  waiting: b.example.net. A retires 24h after the next apply; put it back in git to keep it
  waiting: the zone itself retires as soon as the clock can be trusted; put it back in git to keep it
  drift: c.example.net. A is 300 192.0.2.1 live, and git has 300 192.0.2.2; it is left as it is
  drift: d.example.net. A is 300 192.0.2.1 live, and git has nothing; it is left as it is
  pinned: e.example.net. A until 2026-11-21 13:00 UTC by ann: mail was lost; it is kept as it is live: put that into git, which counts again then
  pinned: the zone itself until 2026-11-21 13:00 UTC by ann; it is kept as it is live: put that into git, which counts again then

example.org. on live
  ^ the zone itself  restored from tombstone 0123456789abcdef

Plan: 0 to create, 2 to update, 0 to retire, 3 to restore, 1 to purge in 2 zones. 1 zone is unchanged. Waiting for their grace to end: 3. Drift, left as it is: 2 RRsets. Pinned: 2. Held: 1 zone.
`
	if d := cmp.Diff(b.String(), want); d != "" {
		t.Error(d)
	}
}

func TestMarkdownPlanSaysAsMuch(t *testing.T) {
	var text, markdown strings.Builder
	plan := rendertest.Spoken()
	plan.Zones[3].Warnings = []zonefile.Problem{{Position: zonefile.Position{File: "zones/quiet.example.zone", Line: 2}, Severity: zonefile.Warning, Message: "careful"}}
	if err := TextPlan(&text, plan, Style{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := MarkdownPlan(&markdown, plan); err != nil {
		t.Fatal(err)
	}
	got := html.UnescapeString(regexp.MustCompile("</?code>").ReplaceAllString(markdown.String(), ""))
	said := regexp.MustCompile("^  ([a-gi-z][a-z ]*: .*)")
	for line := range strings.Lines(text.String()) {
		found := said.FindStringSubmatch(line)
		if found != nil && !strings.Contains(got, "- "+found[1]+"\n") {
			t.Errorf("markdown does not have: %s", line)
		}
	}
	for _, part := range []string{
		"| ^ | old.example.com. | A |  | 300 192.0.2.1 | restored from tombstone 0123456789abcdef |",
		"| x | over.example.com. | A | 300 192.0.2.1 |  | the hidden copy is removed for good |",
		"| zones/example.com.zone:3<br>drift: somebody changed it live |",
		"**Held by freeze:** it is Friday\n",
		"### quiet.example. on live\n\n- zones/quiet.example.zone:2: warning: careful\n",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("no %q in\n%s", part, got)
		}
	}
	if strings.Count(got, "Plan of this zone") != 2 {
		t.Errorf("zones without changes have no id to approve:\n%s", got)
	}
}

func TestSummaryLine(t *testing.T) {
	ref := reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "live"}
	waiting := reconcile.ZonePlan{Ref: ref, Waiting: make([]reconcile.Waiting, 1)}
	failed := reconcile.ZonePlan{Ref: ref, Err: errors.New("refused")}
	restores := reconcile.ZonePlan{Ref: ref, Changes: []reconcile.Change{{Action: reconcile.Restore}}}
	for _, tc := range []struct {
		name  string
		zones []reconcile.ZonePlan
		want  string
	}{
		{"nothing at all", nil, "Nothing to apply."},
		{"all is as in git", make([]reconcile.ZonePlan, 2), "No changes: 2 zones are as in the zones repository."},
		{"nothing but waiting", []reconcile.ZonePlan{waiting}, "Nothing to apply. Waiting for their grace to end: 1."},
		{"waiting, and one as in git", []reconcile.ZonePlan{waiting, {}}, "No changes: 1 zone is as in the zones repository. Waiting for their grace to end: 1."},
		{"nothing but errors", []reconcile.ZonePlan{failed}, "Nothing to apply. Not planned because of errors: 1 zone."},
		{"a restore", []reconcile.ZonePlan{restores}, "Plan: 1 to restore in 1 zone."},
	} {
		if got := SummaryLine(&reconcile.Plan{Zones: tc.zones}); got != tc.want {
			t.Errorf("%s: %s; want %s", tc.name, got, tc.want)
		}
	}
}

func TestSpan(t *testing.T) {
	for _, tc := range []struct {
		span time.Duration
		want string
	}{
		{0, "0s"},
		{45 * time.Second, "45s"},
		{5 * time.Minute, "5m"},
		{90 * time.Second, "1m30s"},
		{time.Hour, "1h"},
		{90*time.Minute + 20*time.Second, "1h30m"},
		{10 * time.Hour, "10h"},
		{24 * time.Hour, "24h"},
		{48 * time.Hour, "2d"},
		{7*24*time.Hour - 40*time.Minute, "6d23h"},
		{30 * 24 * time.Hour, "30d"},
	} {
		if got := Span(tc.span); got != tc.want {
			t.Errorf("%s: %s; want %s", tc.span, got, tc.want)
		}
	}
}
