package store

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// pruned keeps reviews, closes the pull requests of the second list, prunes and says what is left.
func pruned(t *testing.T, limits reviewLimits, reviews []Review, closed ...int) []string {
	t.Helper()
	s := openStore(t, stateFile(t))
	mustKeep(t, s, reviews...)
	for _, pull := range closed {
		if err := s.CloseReviews(t.Context(), pull, noon); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.write(t.Context(), func(tx *sql.Tx) error { return pruneReviews(t.Context(), tx, noon.Add(time.Hour), limits) }); err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, r := range mustReviews(t, s, ReviewQuery{Documents: true}) {
		text := fmt.Sprintf("%d %s", r.Pull, r.Head)
		if r.Document == nil {
			text += " without document"
		}
		left = append(left, text)
	}
	return left
}

func TestPruneReviews(t *testing.T) {
	reviews := []Review{
		reviewOf("1 a one.example. two.example.", 0), reviewOf("2 a one.example.", 1), reviewOf("3 a one.example.", 2),
		reviewOf("3 b one.example.", 3), reviewOf("3 c one.example.", 4),
	}
	all := []string{"3 c", "3 b", "3 a", "2 a", "1 a"}
	for _, tc := range []struct {
		name   string
		change func(*reviewLimits)
		closed []int
		want   []string
	}{
		{"within the limits", func(*reviewLimits) {}, nil, all},
		{"closed long ago", func(l *reviewLimits) { l.age = time.Hour }, []int{2}, []string{"3 c", "3 b", "3 a", "1 a"}},
		{"closed not so long ago", func(l *reviewLimits) { l.age = time.Hour + time.Second }, []int{2}, all},
		{"too many heads", func(l *reviewLimits) { l.heads = 2 }, nil, []string{"3 c", "3 b", "2 a", "1 a"}},
		{"too many", func(l *reviewLimits) { l.all = 3 }, nil, []string{"3 c", "3 b", "3 a"}},
		{"too many, of which some are closed", func(l *reviewLimits) { l.all = 3 }, []int{3}, []string{"3 c", "2 a", "1 a"}},
		{"too many zones", func(l *reviewLimits) { l.zones = 5 }, nil, []string{"3 c", "3 b", "3 a", "2 a"}},
		{"too many zones in the last one", func(l *reviewLimits) { l.zones = 0 }, nil, []string{"3 c"}},
		{"too much in documents", func(l *reviewLimits) { l.documents = 80 }, nil, []string{"3 c", "3 b", "3 a without document", "2 a without document", "1 a without document"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			limits := defaultReviewLimits
			tc.change(&limits)
			if d := cmp.Diff(pruned(t, limits, reviews, tc.closed...), tc.want); d != "" {
				t.Errorf("what is left (-got +want):\n%s", d)
			}
		})
	}
}

// TestPruneMergedHead: more pushes do not make forget what was merged.
func TestPruneMergedHead(t *testing.T) {
	s := openStore(t, stateFile(t))
	mustKeep(t, s, reviewOf("1 merged", 0))
	if err := s.MarkMerged(t.Context(), 1, "merged", "c0ffee", noon); err != nil {
		t.Fatal(err)
	}
	for i := range defaultReviewLimits.heads + 5 {
		mustKeep(t, s, reviewOf(fmt.Sprintf("1 head%d", i), 1+i))
	}
	if got := reviewed(t, s, ReviewQuery{Pull: 1}); len(got) != defaultReviewLimits.heads {
		t.Errorf("%d heads of a pull request are kept, want %d", len(got), defaultReviewLimits.heads)
	}
	if got := reviewed(t, s, ReviewQuery{Merged: "c0ffee"}); len(got) != 1 {
		t.Errorf("of what was merged there are %q, want it", got)
	}
}

// TestKeepReviewPrunes: keeping one forgets those that were closed long ago, with their zones.
func TestKeepReviewPrunes(t *testing.T) {
	s := openStore(t, stateFile(t))
	mustKeep(t, s, reviewOf("1 a one.example.", 0))
	if err := s.CloseReviews(t.Context(), 1, noon); err != nil {
		t.Fatal(err)
	}
	mustKeep(t, s, reviewOf("2 a", 90*24*60))
	if d := cmp.Diff(reviewed(t, s, ReviewQuery{}), []string{"2 a"}); d != "" {
		t.Errorf("what is left (-got +want):\n%s", d)
	}
	var zones int
	if err := s.reader.QueryRowContext(t.Context(), `SELECT count(*) FROM review_zone`).Scan(&zones); err != nil || zones != 0 {
		t.Errorf("%d zones are left, %v", zones, err)
	}
}
