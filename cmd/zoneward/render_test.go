package main

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode"

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
	return &reconcile.Plan{Commit: text, Zones: []reconcile.ZonePlan{{
		Ref:     ref,
		Changes: []reconcile.Change{{Kind: reconcile.KindRRset, Action: reconcile.Create, Key: set.Key, New: &set, Source: zonefile.Position{File: text, Line: 1}}},
		Holds:   []reconcile.Hold{{Guard: reconcile.GuardSOA, Reason: text}},
	}, {
		Ref: ref, Err: &zonefile.ProblemsError{Problems: []zonefile.Problem{{Message: text}}},
	}}}
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
	if err := writeTextPlan(&b, planWith(text), plainStyle); err != nil {
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
