package main

import (
	"errors"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// hostile are texts that people have put into records to get out of where they are shown.
var hostile = []string{
	"```", "`x`", "| a | b |", "@octocat", "@org/team", "#1", "GH-1", "org/repo#1", "<!-- marker -->", "<script>", "</code></td>", "&lt;", "[a](http://x.example)",
	"http://x.example", "www.x.example", "a@x.example", "**b**", "~~s~~", "\r\n::error::x", "\n\n# heading", "\x1b[31m", "\u202e\u2066bidi", "zero\u200bwidth",
	"\ufeff", "\x00", "\xff\xfe", "$(id)", "${{ secrets.X }}", ":tada:", "\u2028line", "\\", "EOF",
}

func planWith(text string) *reconcile.Plan {
	set, err := zonefile.NewRRset(zonefile.Key{Name: zonefile.MustParseName("www.example.com."), Type: zonefile.TypeTXT}, 300,
		append([]byte{byte(min(len(text), 255))}, text[:min(len(text), 255)]...))
	if err != nil {
		panic(err)
	}
	ref := reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "live"}
	drift := reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Retire, Key: set.Key, Old: &set}
	return &reconcile.Plan{Commit: text, Zones: []reconcile.ZonePlan{{
		Ref: ref,
		Changes: []reconcile.Change{{
			Kind: reconcile.KindRRset, Action: reconcile.Restore, Key: set.Key, New: &set, Source: zonefile.Position{File: text, Line: 1}, Stone: text,
		}},
		Holds:    []reconcile.Hold{{Guard: reconcile.GuardSOA, Reason: text}},
		Parts:    text,
		Drift:    []reconcile.Change{drift},
		Pinned:   []reconcile.Pin{{Ref: ref, Key: set.Key, Actor: text, Reason: text}},
		Warnings: []zonefile.Problem{{Position: zonefile.Position{File: text}, Severity: zonefile.Warning, Message: text}},
	}, {
		Ref: ref, Err: &zonefile.ProblemsError{Problems: []zonefile.Problem{{Message: text}}},
	}, hostileDomain(text)}}
}

// markup is all that may stand in a markdown plan besides plain words: what we write ourselves.
var markup = regexp.MustCompile(`</?code>|<br>|&#[0-9]+;`)

func checkMarkdown(t *testing.T, text string) {
	t.Helper()
	var b strings.Builder
	if err := writeMarkdownPlan(&b, planWith(text)); err != nil {
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
	set := planWith(text).Zones[0].Changes[0].New
	if !strings.Contains(html.UnescapeString(b.String()), set.Text()[0]) {
		t.Errorf("%q: the record %s is not shown:\n%s", text, set.Text()[0], b.String())
	}
}

func renderedMarkdown(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	if err := writeMarkdownPlan(&b, planWith(text)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func checkText(t *testing.T, text string) {
	t.Helper()
	var b strings.Builder
	if err := writeTextPlan(&b, planWith(text), plainStyle, advice{savable: true}); err != nil {
		t.Fatal(err)
	}
	for _, r := range b.String() {
		if r != '\n' && !isPlain(r) {
			t.Errorf("%q leaves %U on the terminal:\n%s", text, r, b.String())
		}
	}
}

func TestHostileText(t *testing.T) {
	for _, text := range hostile {
		checkMarkdown(t, text)
		checkText(t, text)
	}
}

func FuzzRender(f *testing.F) {
	for _, text := range hostile {
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
	} {
		if got := shown(tc.text); got != tc.want {
			t.Errorf("shown(%q) = %q; want %q", tc.text, got, tc.want)
		}
	}
}

// at is when the plans of these tests were made.
var at = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// spokenPlan has a zone of which there is something to say in every way.
func spokenPlan() *reconcile.Plan {
	ref := reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "live"}
	rrset := func(action reconcile.Action, from, to string, cause reconcile.Cause, stone string) reconcile.Change {
		c := reconcile.Change{Kind: reconcile.KindRRset, Action: action, Cause: cause, Stone: stone}
		for head, side := range map[string]**zonefile.RRset{from: &c.Old, to: &c.New} {
			if owner, value, ok := strings.Cut(head, "="); ok {
				set := zonefile.MustParseRRset(owner+" A", value)
				c.Key, *side = set.Key, &set
			}
		}
		if action != reconcile.Restore && action != reconcile.Purge {
			c.Source = zonefile.Position{File: "zones/example.com.zone", Line: 3}
		}
		return c
	}
	key := func(name string) zonefile.Key {
		return zonefile.Key{Name: zonefile.MustParseName(name), Type: zonefile.TypeA}
	}
	return &reconcile.Plan{CreatedAt: at, Zones: []reconcile.ZonePlan{{
		Ref: ref, Parts: "in 6 parts", NegativeTTL: 300,
		Changes: []reconcile.Change{
			rrset(reconcile.Update, "www.example.com. 3600=192.0.2.1", "www.example.com. 3600=192.0.2.2", reconcile.CauseDrift, ""),
			rrset(reconcile.Update, "api.example.com. 300=192.0.2.1", "api.example.com. 300=192.0.2.2", reconcile.CauseBoth, ""),
			rrset(reconcile.Restore, "", "old.example.com. 300=192.0.2.1", reconcile.CauseUnknown, "0123456789abcdef"),
			rrset(reconcile.Restore, "taken.example.com. 300=192.0.2.1", "taken.example.com. 300=192.0.2.2", reconcile.CauseUnknown, ""),
			rrset(reconcile.Purge, "over.example.com. 300=192.0.2.1", "", reconcile.CauseGit, "0123456789abcdef"),
		},
		Holds: []reconcile.Hold{{Guard: reconcile.GuardFreeze, Reason: "it is Friday"}, {Guard: reconcile.GuardEmptyZone, Reason: "nothing is left"}},
	}, {
		Ref: reconcile.Ref{Zone: zonefile.MustParseName("example.net."), Target: "live"},
		Waiting: []reconcile.Waiting{
			{Kind: reconcile.KindRRset, Key: key("a.example.net."), Since: at.Add(-time.Hour), Until: at.Add(23 * time.Hour), Noted: true},
			{Kind: reconcile.KindRRset, Key: key("b.example.net."), Since: at, Until: at.Add(24 * time.Hour)},
			{Kind: reconcile.KindZone, Key: zonefile.Key{Name: zonefile.MustParseName("example.net.")}, Since: at.Add(-48 * time.Hour), Until: at.Add(-24 * time.Hour), Noted: true},
		},
		Drift: []reconcile.Change{
			rrset(reconcile.Update, "c.example.net. 300=192.0.2.1", "c.example.net. 300=192.0.2.2", reconcile.CauseDrift, ""),
			rrset(reconcile.Retire, "d.example.net. 300=192.0.2.1", "", reconcile.CauseDrift, ""),
		},
		Pinned: []reconcile.Pin{
			{Key: key("e.example.net."), Until: at.Add(time.Hour), Actor: "ann", Reason: "mail was lost"},
			{Key: zonefile.Key{Name: zonefile.MustParseName("example.net.")}, Until: at.Add(time.Hour), Actor: "ann"},
		},
	}, {
		Ref:     reconcile.Ref{Zone: zonefile.MustParseName("example.org."), Target: "live"},
		Changes: []reconcile.Change{{Kind: reconcile.KindZone, Action: reconcile.Restore, Key: zonefile.Key{Name: zonefile.MustParseName("example.org.")}, Stone: "0123456789abcdef"}},
	}, {
		Ref: reconcile.Ref{Zone: zonefile.MustParseName("quiet.example."), Target: "live"},
	}}}
}

func TestTextPlan(t *testing.T) {
	var b strings.Builder
	if err := writeTextPlan(&b, spokenPlan(), plainStyle, advice{savable: true}); err != nil {
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
    hint: apply it then; what cannot wait is applied with --override freeze
  held by empty-zone: nothing is left
    hint: look at what it does; if it is meant so, zoneward plan --out plan.json and zoneward apply plan.json --override empty-zone
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
	plan := spokenPlan()
	plan.Zones[3].Warnings = []zonefile.Problem{{Position: zonefile.Position{File: "zones/quiet.example.zone", Line: 2}, Severity: zonefile.Warning, Message: "careful"}}
	if err := writeTextPlan(&text, plan, plainStyle, advice{savable: true}); err != nil {
		t.Fatal(err)
	}
	if err := writeMarkdownPlan(&markdown, plan); err != nil {
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
		if got := summaryLine(&reconcile.Plan{Zones: tc.zones}); got != tc.want {
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
		if got := span(tc.span); got != tc.want {
			t.Errorf("%s: %s; want %s", tc.span, got, tc.want)
		}
	}
}

func TestWorst(t *testing.T) {
	order := []exitCode{exitInterrupted, exitUsage, exitError, exitStale, exitHeld, exitChanges, exitDone}
	for i, worse := range order {
		for _, better := range order[i:] {
			if got := worst(better, worse); got != worse {
				t.Errorf("worst(%d, %d) = %d; want %d", better, worse, got, worse)
			}
		}
	}
}
