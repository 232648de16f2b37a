package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// wantPoint says how a point in the history is written.
const wantPoint = "want a time (2026-01-02T15:04:05Z), a day (2026-01-02, from its start in UTC), how long ago it was (2h, 3d), a commit (7 hex digits or more) or a plan (sha256:...)"

// commitPattern matches a commit, or how one begins. No time looks like that.
var commitPattern = regexp.MustCompile(`^[0-9a-fA-F]{7,64}$`)

// planPattern matches the digest of a plan, or of a directory, or how one begins.
var planPattern = regexp.MustCompile(`^sha256:[0-9a-fA-F]{4,64}$`)

// parsePoint reads a point in the history, as somebody wrote it at a time.
func parsePoint(text string, now time.Time) (reconcile.Point, error) {
	switch {
	case planPattern.MatchString(text):
		return reconcile.Point{Plan: strings.ToLower(text)}, nil
	case commitPattern.MatchString(text):
		return reconcile.Point{Commit: strings.ToLower(text)}, nil
	}
	at, err := parseMoment(text, now)
	if err != nil {
		return reconcile.Point{}, err
	}
	if at.After(now) {
		return reconcile.Point{}, fmt.Errorf("%q is in the future", text)
	}
	return reconcile.Point{Time: at}, nil
}

// parseMoment reads a time: RFC 3339, without its zone if that is UTC, a day for its start in UTC, or how long ago it was.
func parseMoment(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	ago, err := parseSpan(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q: %s", text, wantPoint)
	}
	return now.Add(-ago).UTC().Truncate(time.Millisecond), nil
}

// spanPattern parts a time that passes into days, and what the standard library reads.
var spanPattern = regexp.MustCompile(`^(?:([0-9]+)d)?([0-9.hmsuµn]*)$`)

// longestSpan is more than anything lasts.
const longestSpan = 100 * 365 * 24 * time.Hour

// parseSpan reads a time that passes, in days, hours, minutes and seconds: 30d, 24h, 1d12h, 90m.
func parseSpan(text string) (time.Duration, error) {
	bad := func() (time.Duration, error) {
		return 0, fmt.Errorf("%q: want a time such as 24h, 30m or 7d", text)
	}
	parts := spanPattern.FindStringSubmatch(text)
	if parts == nil || text == "" {
		return bad()
	}
	var span time.Duration
	if parts[1] != "" {
		days, err := strconv.Atoi(parts[1])
		if err != nil || days > int(longestSpan/(24*time.Hour)) {
			return bad()
		}
		span = time.Duration(days) * 24 * time.Hour
	}
	if parts[2] != "" {
		rest, err := time.ParseDuration(parts[2])
		if err != nil || rest > longestSpan {
			return bad()
		}
		span += rest
	}
	if span <= 0 {
		return 0, fmt.Errorf("%q: want more than nothing", text)
	}
	return span, nil
}

// spanFlag is a flag whose value is a time that passes.
type spanFlag time.Duration

// String returns the time, empty if there is none.
func (s *spanFlag) String() string {
	if *s == 0 {
		return ""
	}
	return render.Span(time.Duration(*s))
}

// Set reads the time.
func (s *spanFlag) Set(text string) error {
	d, err := parseSpan(text)
	*s = spanFlag(d)
	return err
}

// Type names what stands for the value in the help.
func (s *spanFlag) Type() string { return "TIME" }

// tryPoints tries a point in what it may mean: a digest names a plan, or the state of a directory, which is what a commit is for a source outside
// git. The error is the first.
func tryPoints[T any](point reconcile.Point, try func(reconcile.Point) (T, error)) (T, error) {
	result, err := try(point)
	if point.Plan == "" || !errors.Is(err, reconcile.ErrNoSuchPoint) {
		return result, err
	}
	if again, second := try(reconcile.Point{Commit: point.Plan}); !errors.Is(second, reconcile.ErrNoSuchPoint) {
		return again, second
	}
	return result, err
}

// pointWords returns a point as the flags of rollback have it.
func pointWords(p reconcile.Point) []string {
	switch {
	case p.Commit != "":
		return []string{"--to", p.Commit}
	case p.Plan != "":
		return []string{"--to", p.Plan}
	case p.Revision != "":
		return []string{"--revision", p.Revision}
	}
	return []string{"--to", p.Time.UTC().Format(time.RFC3339Nano)}
}
