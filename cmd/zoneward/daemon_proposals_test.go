package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// TestReviewDocument says what became of a pull request.
func TestReviewDocument(t *testing.T) {
	made, closed := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2026, 1, 3, 3, 4, 5, 0, time.FixedZone("", 3600))
	review := store.Review{
		Pull: 12, URL: "https://git.example/zones/pull/12", Context: "zoneward/plan", Head: "a", Base: "b", Plan: zonefile.Digest{1}, MadeAt: made,
		Zones: []store.ReviewedZone{{Ref: reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "ns1"}, ID: zonefile.Digest{2}}},
	}
	want := document.Review{
		Pull: 12, URL: "https://git.example/zones/pull/12", Context: "zoneward/plan", State: document.ReviewOpen, Head: "a", Base: "b", Plan: zonefile.Digest{1}, MadeAt: made,
		Zones: []document.PlanID{{Zone: "example.com.", Target: "ns1", ID: zonefile.Digest{2}}},
	}
	if diff := cmp.Diff(want, reviewDocument(review)); diff != "" {
		t.Error(diff)
	}
	review.ClosedAt = closed
	want.ClosedAt, want.State = new(closed.UTC()), document.ReviewClosed
	if diff := cmp.Diff(want, reviewDocument(review)); diff != "" {
		t.Errorf("closed: %s", diff)
	}
	review.Merged = "c"
	want.Merged, want.State = new("c"), document.ReviewMerged
	if diff := cmp.Diff(want, reviewDocument(review)); diff != "" {
		t.Errorf("merged: %s", diff)
	}
}
