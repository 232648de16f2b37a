package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/zonefile"
)

func wantProposals(t *testing.T, w *world, want ...string) {
	t.Helper()
	if diff := cmp.Diff(w.proposals(), want); diff != "" {
		t.Errorf("proposed (-got +want):\n%s", diff)
	}
}

func proposalOf(base, head string) string { return commit(base) + " " + commit(head) }

func TestPullIsPlannedAndPublished(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		worker.Notify(w.open(7, "one"))
		synctest.Wait()
		wantProposals(t, w, proposalOf("base", "one"))
		made := reportOf(commit("one"), example)
		id := made.Proposal.Plan.ID()
		var states []pulls.State
		for _, s := range w.statuses[commit("one")] {
			states = append(states, s.State)
		}
		if !slices.Equal(states, []pulls.State{pulls.StatePending, pulls.StateSuccess}) {
			t.Errorf("statuses: %v", states)
		}
		want := pulls.Status{
			Context: planContext, State: pulls.StateSuccess, Description: made.StatusDescription(), URL: "https://forge.example/pulls/7#1", Creator: self,
		}
		if diff := cmp.Diff(w.status("one"), want); diff != "" || !strings.Contains(want.Description, id.String()) {
			t.Errorf("status (-got +want):\n%s", diff)
		}
		if len(w.comments[7]) != 1 || w.comments[7][0].Body != marker+"\n"+id.String() {
			t.Errorf("comments: %+v", w.comments[7])
		}
		if len(w.reviews) != 1 {
			t.Fatalf("reviews: %+v", w.reviews)
		}
		kept := w.reviews[0]
		if kept.Pull != 7 || kept.Head != commit("one") || kept.Base != commit("base") || kept.Plan != id || kept.Context != planContext ||
			len(kept.Zones) != 1 || kept.Zones[0].Zone != example || len(kept.Document) == 0 || kept.URL != "https://forge.example/pulls/7" {
			t.Errorf("review: %+v", kept)
		}
		// A plan that has a status is kept.
		if slices.Index(w.calls, "keep 7") > slices.Index(w.calls, "status success "+commit("one")[:8]) {
			t.Errorf("the status came first: %q", w.calls)
		}
		status := worker.Status()
		if len(status.Pulls) != 1 || status.Pulls[0].Phase != Current || status.Pulls[0].Head != commit("one") || status.Pulls[0].Plan != id {
			t.Errorf("status: %+v", status)
		}

		// Another push edits the comment; the same commit again does nothing.
		worker.Notify(w.open(7, "two"))
		after(time.Minute)
		worker.Notify(w.open(7, "two"))
		after(time.Hour)
		wantProposals(t, w, proposalOf("base", "one"), proposalOf("base", "two"))
		if len(w.comments[7]) != 1 || w.count("edit comment 7") != 1 {
			t.Errorf("comments: %+v", w.comments[7])
		}
	})
}

func TestStatesOfReports(t *testing.T) {
	tests := []struct {
		name    string
		report  func(head string) *report.Report
		state   pulls.State
		kept    bool
		comment bool
	}{
		{"changes", func(head string) *report.Report { return reportOf(head, example) }, pulls.StateSuccess, true, true},
		{"about something else", func(head string) *report.Report { return reportOf(head) }, pulls.StateSuccess, true, false},
		{"conflicts", func(head string) *report.Report {
			r := reportOf(head, example)
			r.Conflicts = []string{"zones/a.zone"}
			return r
		}, pulls.StateFailure, false, true},
		{"a zone that cannot be planned", func(head string) *report.Report {
			r := reportOf(head, example)
			r.Proposal.Plan.Zones[0].Err = errors.New("line 3: no")
			return r
		}, pulls.StateFailure, false, true},
		{"a problem", func(head string) *report.Report {
			r := reportOf(head)
			r.Problems = []zonefile.Problem{{Severity: zonefile.Error}}
			return r
		}, pulls.StateFailure, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
				w.propose = func(_ context.Context, _, head string) (*report.Report, error) { return tt.report(head), nil }
				worker.Notify(w.open(1, "one"))
				synctest.Wait()
				got := w.status("one")
				if got.State != tt.state || strings.Contains(got.Description, "sha256:") != (tt.state == pulls.StateSuccess) {
					t.Errorf("status: %+v", got)
				}
				if got := len(w.reviews) > 0; got != tt.kept {
					t.Errorf("kept: %t, want %t", got, tt.kept)
				}
				if got := len(w.comments[1]) > 0; got != tt.comment {
					t.Errorf("comment: %t, want %t", got, tt.comment)
				}
			})
		})
	}
}

func TestNoComments(t *testing.T) {
	inWorld(t, func(_ *world, o *Options) { o.Comment = nil }, func(t *testing.T, w *world, worker *Worker) {
		worker.Notify(w.open(1, "one"))
		synctest.Wait()
		if got := w.status("one"); got.State != pulls.StateSuccess || got.URL != "https://forge.example/pulls/1" || len(w.comments) > 0 {
			t.Errorf("status %+v, comments %v", got, w.comments)
		}
	})
}

// A comment that is there says that there is nothing any more.
func TestSilenceUpdatesAComment(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		worker.Notify(w.open(1, "one"))
		synctest.Wait()
		w.propose = func(_ context.Context, _, head string) (*report.Report, error) { return reportOf(head), nil }
		worker.Notify(w.open(1, "two"))
		after(time.Minute)
		if len(w.comments[1]) != 1 || w.count("edit comment 1") != 1 {
			t.Errorf("comments: %+v", w.comments[1])
		}
	})
}

// A webhook that never came is made up for by asking.
func TestPullsAreFound(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		w.open(1, "one")
		w.open(2, "elsewhere")
		w.alter(2, func(p *pulls.Pull) { p.Base.Name = "stable" })
		after(5 * time.Minute)
		wantProposals(t, w, proposalOf("base", "one"))
		w.open(1, "two")
		after(5 * time.Minute)
		wantProposals(t, w, proposalOf("base", "one"), proposalOf("base", "two"))
		w.alter(1, func(p *pulls.Pull) { p.State = pulls.Closed })
		after(5 * time.Minute)
		if len(worker.Status().Pulls) > 0 || !slices.Contains(w.closed, 1) {
			t.Errorf("pulls %+v, closed %v", worker.Status().Pulls, w.closed)
		}
		w.open(3, "three")
		worker.Look()
		after(lookSpacing)
		wantProposals(t, w, proposalOf("base", "one"), proposalOf("base", "two"), proposalOf("base", "three"))
		if looked := worker.Status().Looked; time.Since(looked) > lookSpacing {
			t.Errorf("looked %s ago", time.Since(looked))
		}
	})
}

// All that are found at the start are planned one after the other, without a pause.
func TestPullsThatWereOpenBefore(t *testing.T) {
	inWorld(t, func(w *world, o *Options) {
		o.StaleSpacing = time.Hour
		for n := int64(1); n <= 5; n++ {
			w.open(n, fmt.Sprint(n))
		}
	}, func(t *testing.T, w *world, _ *Worker) {
		if n := len(w.proposals()); n != 5 {
			t.Errorf("%d plans", n)
		}
	})
}

func TestQuestionsAreBounded(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		before := w.count("open")
		for range 600 {
			worker.Look()
			after(100 * time.Millisecond)
		}
		if n := w.count("open") - before; n > 7 {
			t.Errorf("asked %d times in a minute", n)
		}
	})
}

// Pushes that follow each other fast are not all planned: a plan of an older one is ended, and the newest one is made.
func TestNewerPushEndsTheOlderPlan(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		ended := 0
		w.propose = func(ctx context.Context, _, head string) (*report.Report, error) {
			select {
			case <-ctx.Done():
				ended++
				return nil, ctx.Err()
			case <-time.After(30 * time.Second):
				return reportOf(head, example), nil
			}
		}
		for n := range 5 {
			worker.Notify(w.open(1, fmt.Sprint("push ", n)))
			after(time.Second)
		}
		after(2 * time.Minute)
		wantProposals(t, w, proposalOf("base", "push 0"), proposalOf("base", "push 4"))
		if ended != 1 || len(w.comments[1]) != 1 {
			t.Errorf("%d plans were ended, comments %+v", ended, w.comments[1])
		}
		if got := w.status("push 0").State; got != pulls.StatePending {
			t.Errorf("status of the first push: %s", got)
		}
		if got := w.status("push 4").State; got != pulls.StateSuccess {
			t.Errorf("status of the last push: %s", got)
		}
		if p := worker.Status().Pulls[0]; p.Failures != 0 || p.Err != nil {
			t.Errorf("a newer push is a failure: %+v", p)
		}
	})
}

// The same commit told again leaves its plan alone.
func TestSameCommitDoesNotEndItsPlan(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		w.propose = func(ctx context.Context, _, head string) (*report.Report, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(30 * time.Second):
				return reportOf(head, example), nil
			}
		}
		for range 20 {
			worker.Notify(w.open(1, "one"))
			after(time.Second)
		}
		after(time.Minute)
		wantProposals(t, w, proposalOf("base", "one"))
	})
}

// What is pushed while a plan is made, and of which no webhook tells, is not published over.
func TestSilentPushIsNoticedBeforePublishing(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		w.propose = func(_ context.Context, _, head string) (*report.Report, error) {
			if head == commit("one") {
				w.open(1, "two")
			}
			return reportOf(head, example), nil
		}
		worker.Notify(w.open(1, "one"))
		after(time.Minute)
		wantProposals(t, w, proposalOf("base", "one"), proposalOf("base", "two"))
		if got := w.status("one").State; got != pulls.StatePending || len(w.reviews) != 1 {
			t.Errorf("status of the older one: %s, reviews %+v", got, w.reviews)
		}
	})
}

func TestMergedAndClosed(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		for n := int64(1); n <= 3; n++ {
			worker.Notify(w.open(n, fmt.Sprint(n)))
		}
		synctest.Wait()
		after(time.Minute)
		w.alter(1, func(p *pulls.Pull) { p.State, p.MergeCommit = pulls.Merged, commit("merge") })
		w.alter(2, func(p *pulls.Pull) { p.State = pulls.Closed })
		w.mu.Lock()
		delete(w.pulls, 3)
		w.mu.Unlock()
		for n := int64(1); n <= 3; n++ {
			worker.Notify(forge.PullEvent{Number: n, Action: forge.PullClosed})
		}
		after(time.Minute)
		if diff := cmp.Diff(w.merged, []string{"1 " + commit("1") + " " + commit("merge")}); diff != "" {
			t.Errorf("merged (-got +want):\n%s", diff)
		}
		if diff := cmp.Diff(w.closed, []int{2, 3}); diff != "" {
			t.Errorf("closed (-got +want):\n%s", diff)
		}
		if got := worker.Status().Pulls; len(got) > 0 {
			t.Errorf("still known: %+v", got)
		}
		if n := len(w.proposals()); n != 3 {
			t.Errorf("%d plans", n)
		}
	})
}

// A pull request that is closed while its plan is made gets none.
func TestClosedWhilePlanned(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		w.propose = func(ctx context.Context, _, _ string) (*report.Report, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		worker.Notify(w.open(1, "one"))
		after(time.Second)
		w.alter(1, func(p *pulls.Pull) { p.State = pulls.Closed })
		worker.Notify(forge.PullEvent{Number: 1, Action: forge.PullClosed})
		after(time.Minute)
		if len(worker.Status().Pulls) > 0 || len(w.comments[1]) > 0 || !slices.Equal(w.closed, []int{1}) {
			t.Errorf("pulls %+v, comments %v, closed %v", worker.Status().Pulls, w.comments, w.closed)
		}
	})
}

func TestParallelAndFull(t *testing.T) {
	inWorld(t, func(_ *world, o *Options) { o.Parallel, o.MaxPulls = 2, 10 }, func(t *testing.T, w *world, worker *Worker) {
		running, most := 0, 0
		w.propose = func(_ context.Context, _, head string) (*report.Report, error) {
			w.mu.Lock()
			running++
			most = max(most, running)
			w.mu.Unlock()
			time.Sleep(time.Second)
			w.mu.Lock()
			running--
			w.mu.Unlock()
			return reportOf(head, example), nil
		}
		for n := int64(1); n <= 12; n++ {
			worker.Notify(w.open(n, fmt.Sprint(n)))
		}
		after(time.Minute)
		if s := worker.Status(); most != 2 || len(w.proposals()) != 10 || s.Dropped != 2 || len(s.Pulls) != 10 {
			t.Errorf("%d at once, %d plans, status %+v", most, len(w.proposals()), s)
		}
		// There is place again when one is closed.
		w.alter(1, func(p *pulls.Pull) { p.State = pulls.Closed })
		after(15 * time.Minute)
		if n := len(w.proposals()); n != 11 {
			t.Errorf("%d plans", n)
		}
	})
}

// Nothing goes on after Run, and nothing that was cut off is said to have failed.
func TestRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.propose = func(ctx context.Context, _, _ string) (*report.Report, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		worker := New(w.options(t))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { worker.Run(ctx); close(done) }()
		worker.Notify(w.open(1, "one"))
		synctest.Wait()
		cancel()
		<-done
		if got := w.status("one").State; got != pulls.StatePending {
			t.Errorf("status %q", got)
		}
	})
}

func TestHeadRef(t *testing.T) {
	for kind, want := range map[forge.Kind]string{
		forge.GitHub: "refs/pull/12/head", forge.Gitea: "refs/pull/12/head", forge.GitLab: "refs/merge-requests/12/head",
	} {
		if got := HeadRef(kind)(12); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}
