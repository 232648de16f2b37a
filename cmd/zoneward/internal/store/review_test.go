package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// sameNames compares names as == does.
var sameNames = cmp.Comparer(func(a, b zonefile.Name) bool { return a == b })

// reviewOf reads "pull head zone..." as a review that was made some minutes after noon: www of each zone is planned, under an id that is made of both.
func reviewOf(text string, minutes int) Review {
	words := strings.Fields(text)
	r := Review{
		URL: "https://forge.example/dns/pulls/" + words[0], Context: "zoneward/plan", Head: words[1], Base: "ba5e",
		Plan: digestOf(text), Document: []byte(`{"plan":"` + text + `"}`), MadeAt: noon.Add(time.Duration(minutes) * time.Minute),
	}
	if _, err := fmt.Sscan(words[0], &r.Pull); err != nil {
		panic(err)
	}
	for _, zone := range words[2:] {
		name := zonefile.MustParseName(zone)
		r.Zones = append(r.Zones, ReviewedZone{Ref: reconcile.Ref{Zone: name, Target: "live"}, ID: digestOf(words[1] + zone)})
	}
	return r
}

func digestOf(text string) zonefile.Digest {
	var d zonefile.Digest
	copy(d[:], text)
	return d
}

func mustKeep(t *testing.T, s *Store, reviews ...Review) {
	t.Helper()
	for _, r := range reviews {
		if err := s.KeepReview(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func mustReviews(t *testing.T, s *Store, q ReviewQuery) []Review {
	t.Helper()
	reviews, err := s.Reviews(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return reviews
}

// reviewed says which reviews a query finds, in a few words.
func reviewed(t *testing.T, s *Store, q ReviewQuery) []string {
	t.Helper()
	var all []string
	for _, r := range mustReviews(t, s, q) {
		text := fmt.Sprintf("%d %s", r.Pull, r.Head)
		if r.Merged != "" {
			text += " merged as " + r.Merged
		}
		if !r.ClosedAt.IsZero() {
			text += " closed " + r.ClosedAt.Format("15:04")
		}
		all = append(all, text)
	}
	return all
}

// TestReviewRestart: what was kept is there after a restart, all of it.
func TestReviewRestart(t *testing.T) {
	file := stateFile(t)
	s := openStore(t, file)
	want := reviewOf("7 c0ffee a.example. b.example.", 0)
	want.Document = []byte(strings.Repeat(`{"name":"www.a.example."}`, 10_000))
	mustKeep(t, s, want)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = openStore(t, file)
	if d := cmp.Diff(mustReviews(t, s, ReviewQuery{Documents: true}), []Review{want}, sameNames); d != "" {
		t.Errorf("the reviews after a restart (-got +want):\n%s", d)
	}
	want.Document = nil
	if d := cmp.Diff(mustReviews(t, s, ReviewQuery{}), []Review{want}, sameNames); d != "" {
		t.Errorf("the reviews without documents (-got +want):\n%s", d)
	}
	var octets int
	if err := s.reader.QueryRowContext(t.Context(), `SELECT length(document) FROM review`).Scan(&octets); err != nil || octets > 10_000 {
		t.Errorf("a document of 250,000 octets takes %d, %v", octets, err)
	}
}

func TestReviewQuery(t *testing.T) {
	s := openStore(t, stateFile(t))
	other := reviewOf("2 head2 a.example.", 3)
	other.Context = "zoneward/plan (internal/zoneward.yaml)"
	mustKeep(t, s, reviewOf("1 head1 a.example. b.example.", 0), reviewOf("1 head1b b.example.", 1), reviewOf("2 head2 b.example.", 2), other)
	if err := s.MarkMerged(t.Context(), 1, "head1b", "c0ffee", noon); err != nil {
		t.Fatal(err)
	}
	onA := reconcile.Ref{Zone: zonefile.MustParseName("a.example."), Target: "live"}
	for _, tc := range []struct {
		name  string
		query ReviewQuery
		want  []string
	}{
		{"all", ReviewQuery{}, []string{"2 head2", "2 head2", "1 head1b merged as c0ffee closed 12:00", "1 head1 closed 12:00"}},
		{"the last", ReviewQuery{Limit: 1}, []string{"2 head2"}},
		{"of a pull request", ReviewQuery{Pull: 1}, []string{"1 head1b merged as c0ffee closed 12:00", "1 head1 closed 12:00"}},
		{"of a head", ReviewQuery{Pull: 1, Head: "head1"}, []string{"1 head1 closed 12:00"}},
		{"of a context", ReviewQuery{Context: other.Context}, []string{"2 head2"}},
		{"of what was merged", ReviewQuery{Merged: "c0ffee"}, []string{"1 head1b merged as c0ffee closed 12:00"}},
		{"of those that are open", ReviewQuery{Open: true}, []string{"2 head2", "2 head2"}},
		{"of a plan", ReviewQuery{Plan: digestOf("1 head1b b.example.")}, []string{"1 head1b merged as c0ffee closed 12:00"}},
		{"of a zone", ReviewQuery{Zone: ReviewedZone{Ref: onA}}, []string{"2 head2", "1 head1 closed 12:00"}},
		{"of a zone's plan", ReviewQuery{Zone: ReviewedZone{Ref: onA, ID: digestOf("head1a.example.")}}, []string{"1 head1 closed 12:00"}},
		{"of a zone's plan, open", ReviewQuery{Zone: ReviewedZone{Ref: onA, ID: digestOf("head1a.example.")}, Open: true}, nil},
		{"of another target", ReviewQuery{Zone: ReviewedZone{Ref: reconcile.Ref{Zone: onA.Zone, Target: "other"}}}, nil},
		{"of none", ReviewQuery{Pull: 9}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if d := cmp.Diff(reviewed(t, s, tc.query), tc.want); d != "" {
				t.Errorf("the reviews (-got +want):\n%s", d)
			}
		})
	}
}

// TestKeepReviewAgain: a head that is planned again has the plan that was made last, until it is merged.
func TestKeepReviewAgain(t *testing.T) {
	s := openStore(t, stateFile(t))
	again := reviewOf("1 head1 b.example.", 5)
	mustKeep(t, s, reviewOf("1 head1 a.example.", 0), again)
	if d := cmp.Diff(mustReviews(t, s, ReviewQuery{Documents: true}), []Review{again}, sameNames); d != "" {
		t.Errorf("after the second plan (-got +want):\n%s", d)
	}
	if err := s.CloseReviews(t.Context(), 1, noon); err != nil {
		t.Fatal(err)
	}
	mustKeep(t, s, again) // the pull request was opened again
	if got := reviewed(t, s, ReviewQuery{Open: true}); len(got) != 1 {
		t.Errorf("open are %q after the pull request was opened again, want its review", got)
	}
	if err := s.MarkMerged(t.Context(), 1, "head1", "c0ffee", noon); err != nil {
		t.Fatal(err)
	}
	mustKeep(t, s, reviewOf("1 head1", 10)) // planned after the merge there is nothing left to do
	merged := mustReviews(t, s, ReviewQuery{Merged: "c0ffee"})
	if len(merged) != 1 || merged[0].Plan != again.Plan {
		t.Errorf("what was merged is %+v, want what was reviewed before", merged)
	}
}

// TestMarkMerged: the other heads of the pull request are closed and not merged, those of other pull requests neither, and a head that is not known is no error.
func TestMarkMerged(t *testing.T) {
	s := openStore(t, stateFile(t))
	mustKeep(t, s, reviewOf("1 head1", 0), reviewOf("1 head1b", 1), reviewOf("2 head1", 2))
	for _, head := range []string{"head1b", "unknown"} {
		if err := s.MarkMerged(t.Context(), 1, head, "c0ffee", noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(reviewed(t, s, ReviewQuery{}), []string{"2 head1", "1 head1b merged as c0ffee closed 13:00", "1 head1 closed 13:00"}); d != "" {
		t.Errorf("the reviews (-got +want):\n%s", d)
	}
	if err := s.CloseReviews(t.Context(), 1, noon.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := reviewed(t, s, ReviewQuery{Pull: 1, Head: "head1"}); got[0] != "1 head1 closed 13:00" {
		t.Errorf("%q, want that it was closed when it was", got)
	}
}

// TestReviewDocumentTooLarge: a plan is kept without its document rather than not at all.
func TestReviewDocumentTooLarge(t *testing.T) {
	s := openStore(t, stateFile(t))
	most := reviewOf("1 head1 a.example.", 0)
	most.Document = make([]byte, MaxReviewDocument)
	more := reviewOf("2 head2 a.example.", 0)
	more.Document = make([]byte, MaxReviewDocument+1)
	mustKeep(t, s, most, more)
	got := mustReviews(t, s, ReviewQuery{Documents: true})
	if len(got) != 2 || got[0].Document != nil || len(got[1].Document) != MaxReviewDocument || len(got[0].Zones) != 1 {
		t.Errorf("%d reviews are kept, or not what they should be", len(got))
	}
}

// TestDamagedReview: a document that is cut off is an error, which says whose it is, and hides no review where it is not asked for.
func TestDamagedReview(t *testing.T) {
	file := stateFile(t)
	s := openStore(t, file)
	mustKeep(t, s, reviewOf("7 c0ffee a.example.", 0))
	tamper(t, file, "UPDATE review SET document = substr(document, 1, 5)")
	if _, err := s.Reviews(t.Context(), ReviewQuery{Documents: true}); !errors.Is(err, errTruncated) || !strings.Contains(err.Error(), "pull request 7 at c0ffee") {
		t.Errorf("error %v, want one that names the pull request", err)
	}
	if got := reviewed(t, s, ReviewQuery{}); len(got) != 1 {
		t.Errorf("%q are there without documents, want one", got)
	}
}

// TestReviewToPlan: who only reads keeps no review.
func TestReviewToPlan(t *testing.T) {
	s, err := OpenToPlan(t.Context(), stateFile(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.KeepReview(t.Context(), reviewOf("1 head1", 0)); !errors.Is(err, ErrReadOnly) {
		t.Errorf("error %v, want ErrReadOnly", err)
	}
}

// TestReviewProgress: a review is made use of for one zone after the other, and that outlives a restart.
func TestReviewProgress(t *testing.T) {
	file := stateFile(t)
	s := openStore(t, file)
	r := reviewOf("12 head a.example. b.example.", 0)
	mustKeep(t, s, r, reviewOf("13 head a.example.", 1))
	if err := s.MarkProgress(t.Context(), r, r.Zones[1].Ref, Carried); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range mustReviews(t, openStore(t, file), ReviewQuery{}) {
		for _, z := range r.Zones {
			got = append(got, fmt.Sprintf("%d %s %d", r.Pull, z.Zone, z.Progress))
		}
	}
	if diff := cmp.Diff(got, []string{"13 a.example. 0", "12 a.example. 0", "12 b.example. 1"}); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}
