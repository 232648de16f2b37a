package render

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// Symbol returns the sign of an action: + for a create.
func Symbol(a reconcile.Action) string {
	switch a {
	case reconcile.Create:
		return "+"
	case reconcile.Update:
		return "~"
	case reconcile.Retire:
		return "-"
	case reconcile.Restore:
		return "^"
	case reconcile.Purge:
		return "x"
	}
	return ""
}

// Count returns n and the word that goes with it.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Verb returns the form of a verb that goes with so many.
func Verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// plainWord matches what a shell takes as one word and as it is.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9._/:@%+,=-]+$`)

// IsWord reports whether text is one word that needs no quotes, neither for people nor for a POSIX shell.
func IsWord(text string) bool { return plainWord.MatchString(text) }

// Stamp returns a time to the second.
func Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Time returns a time to the minute.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// Span returns a time that passes as people say it: 45s, 5m, 1h30m, 6d23h. Of more than an hour the seconds are left out, of two days and more the
// minutes too.
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		d = d.Round(time.Hour)
		if hours := d % day / time.Hour; hours > 0 {
			return fmt.Sprintf("%dd%dh", d/day, hours)
		}
		return fmt.Sprintf("%dd", d/day)
	case d >= time.Hour:
		d = d.Round(time.Minute)
	default:
		d = d.Round(time.Second)
	}
	text := d.String()
	if rest, ok := strings.CutSuffix(text, "m0s"); ok {
		text = rest + "m"
	}
	if rest, ok := strings.CutSuffix(text, "h0m"); ok {
		text = rest + "h"
	}
	return text
}
