package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile"
)

func TestParsePoint(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	at := func(day, hour, minute int) reconcile.Point {
		return reconcile.Point{Time: time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC)}
	}
	for _, tc := range []struct {
		text string
		want reconcile.Point
		err  string
	}{
		{"2026-11-20T10:30:00Z", at(20, 10, 30), ""},
		{"2026-11-20T12:30:00+02:00", at(20, 10, 30), ""},
		{"2026-11-20T10:30:00.5Z", reconcile.Point{Time: at(20, 10, 30).Time.Add(time.Second / 2)}, ""},
		{"2026-11-20T10:30", at(20, 10, 30), ""},
		{"2026-11-20 10:30", at(20, 10, 30), ""},
		{"2026-11-20", at(20, 0, 0), ""},
		{"2h", at(21, 10, 0), ""},
		{"1d", at(20, 12, 0), ""},
		{"1d1h30m", at(20, 10, 30), ""},
		{"0123abc", reconcile.Point{Commit: "0123abc"}, ""},
		{"20261120", reconcile.Point{Commit: "20261120"}, ""},
		{"ABCDEF0123456789abcdef0123456789abcdef01", reconcile.Point{Commit: "abcdef0123456789abcdef0123456789abcdef01"}, ""},
		{"sha256:01AB", reconcile.Point{Plan: "sha256:01ab"}, ""},
		{"2026-11-22", reconcile.Point{}, "in the future"},
		{"", reconcile.Point{}, "want a time"},
		{"abc123", reconcile.Point{}, "want a time"},
		{"sha256:", reconcile.Point{}, "want a time"},
		{"sha256:xyzw", reconcile.Point{}, "want a time"},
		{"main", reconcile.Point{}, "want a time"},
		{"-2h", reconcile.Point{}, "want a time"},
		{"0s", reconcile.Point{}, "want a time"},
		{"2026-13-01", reconcile.Point{}, "want a time"},
		{"40000d", reconcile.Point{}, "want a time"},
	} {
		t.Run(tc.text, func(t *testing.T) {
			got, err := parsePoint(tc.text, now)
			if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Fatalf("error %v; want %q", err, tc.err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestParseSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"24h": 24 * time.Hour, "90m": 90 * time.Minute, "7d": 168 * time.Hour, "1d12h": 36 * time.Hour, "1.5h": 90 * time.Minute,
		"": 0, "0": 0, "0h": 0, "d": 0, "1": 0, "1w": 0, "-1h": 0, "1h1d": 0, "36501d": 0, "1e9h": 0, "1000000h": 0, "99999999d99999999h": 0, " 1h": 0,
	} {
		got, err := parseSpan(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %s, %v; want %s", text, got, err, want)
		}
	}
}

// TestTryPoints: a digest is a plan's, or if there is no such plan that of a directory.
func TestTryPoints(t *testing.T) {
	missing := fmt.Errorf("%w: of the plan", reconcile.ErrNoSuchPoint)
	other := errors.New("the store is broken")
	for _, tc := range []struct {
		name  string
		point reconcile.Point
		plan  error
		tree  error
		tried int
		err   error
	}{
		{"a plan", reconcile.Point{Plan: "sha256:0123"}, nil, missing, 1, nil},
		{"a directory", reconcile.Point{Plan: "sha256:0123"}, missing, nil, 2, nil},
		{"neither", reconcile.Point{Plan: "sha256:0123"}, missing, reconcile.ErrNoSuchPoint, 2, missing},
		{"something else", reconcile.Point{Plan: "sha256:0123"}, missing, other, 2, other},
		{"a commit", reconcile.Point{Commit: "0123abc"}, nil, missing, 1, missing},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tried := 0
			_, err := tryPoints(tc.point, func(p reconcile.Point) (int, error) {
				tried++
				if p.Plan != "" {
					return tried, tc.plan
				}
				return tried, tc.tree
			})
			if !errors.Is(err, tc.err) || tried != tc.tried {
				t.Errorf("%v after %d; want %v after %d", err, tried, tc.err, tc.tried)
			}
		})
	}
}
