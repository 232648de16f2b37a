package main

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/gate"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// countingHost is a forge that remembers the statuses that were set, and has no comments.
type countingHost struct {
	pulls.Host
	said []string
	busy int // how many statuses it does not take first
}

func (h *countingHost) SetStatus(ctx context.Context, commit string, s pulls.Status) error {
	if h.busy > 0 {
		h.busy--
		return fmt.Errorf("set status: %w", pulls.ErrBusy)
	}
	h.said = append(h.said, s.Description)
	return ctx.Err()
}

func (h *countingHost) Self(context.Context) (string, error) { return "bot", nil }

func (h *countingHost) Comments(context.Context, int64) iter.Seq2[pulls.Comment, error] {
	return func(func(pulls.Comment, error) bool) {}
}

// mergedReviews has each review as one that was merged.
type mergedReviews struct{ anyReviews }

type anyReviews = gate.Reviews

func (mergedReviews) Reviews(context.Context, store.ReviewQuery) ([]store.Review, error) {
	return []store.Review{{Merged: strings.Repeat("a", 40)}}, nil
}

func (mergedReviews) MarkProgress(context.Context, store.Review, reconcile.Ref, store.Progress) error {
	return nil
}

// TestTellApplied: what a merge did to thousands of zones is told in few words, again if the forge was busy, and before the program ends.
func TestTellApplied(t *testing.T) {
	carry := func(ctx context.Context, p *pullRequests, from, to int) {
		for i := from; i < to; i++ {
			plan := &reconcile.ZonePlan{Ref: reconcile.Ref{Zone: zonefile.MustParseName(fmt.Sprintf("z%d.example.", i)), Target: "live"}}
			p.reviewer.Carried(ctx, &reconcile.Review{ID: "12 " + strings.Repeat("b", 40)}, plan, reconcile.Outcome{Ref: plan.Ref, Status: reconcile.Applied, Changes: make([]reconcile.Change, 1)})
			time.Sleep(time.Millisecond + 100*time.Nanosecond) // 2000 of them before it is told, and none at that moment
		}
	}
	for _, test := range []struct {
		name string
		busy int
		do   func(ctx context.Context, p *pullRequests)
		want []string
	}{
		{"many zones", 0, func(ctx context.Context, p *pullRequests) {
			carry(ctx, p, 0, 5000)
			time.Sleep(time.Minute)
		}, []string{"2000 changes applied in 2000 zones", "5000 changes applied in 5000 zones"}},
		{"a busy forge", 2, func(ctx context.Context, p *pullRequests) {
			carry(ctx, p, 0, 3)
			time.Sleep(5 * time.Minute)
		}, []string{"3 changes applied in 3 zones"}},
		{"the end", 0, func(ctx context.Context, p *pullRequests) { carry(ctx, p, 0, 3) }, []string{"3 changes applied in 3 zones"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := slog.New(slog.DiscardHandler)
				host := &countingHost{busy: test.busy}
				p := &pullRequests{config: &pullsConfig{}, host: host, deeds: make(chan deed, mostDeeds)}
				p.reviewer = &tellingReviewer{deeds: p.deeds, log: log, Reviewer: &gate.Reviewer{Gate: &gate.Gate{Host: host}, Reviews: mergedReviews{}, Log: log}}
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					p.tellApplied(ctx)
				}()
				test.do(ctx, p)
				stop()
				<-ended
				if !slices.Equal(host.said, test.want) {
					t.Errorf("told %q; want %q", host.said, test.want)
				}
			})
		})
	}
}
