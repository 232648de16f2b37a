package review

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
)

// Of the plans of open pull requests those are made again that touch what the branch has changed, one after the other.
func TestBranchMoves(t *testing.T) {
	inWorld(t, func(w *world, o *Options) { o.StaleSpacing = time.Minute }, func(t *testing.T, w *world, worker *Worker) {
		w.propose = func(_ context.Context, base, head string) (*report.Report, error) {
			switch head {
			case commit("4"):
				return reportOf(base+head, other), nil
			case commit("5"):
				r := reportOf(head, other)
				r.Conflicts = []string{"zones/x.zone"}
				return r, nil
			case commit("6"):
				return reportOf(head), nil
			}
			return reportOf(base+head, example), nil
		}
		for n := int64(1); n <= 6; n++ {
			worker.Notify(w.open(n, fmt.Sprint(n)))
		}
		after(time.Second)
		if n := len(w.proposals()); n != 6 {
			t.Fatalf("%d plans", n)
		}
		w.move("moved", example)
		worker.Look()
		after(30 * time.Second)
		if n := len(w.proposals()); n > 7 {
			t.Errorf("%d plans at once", n-6)
		}
		after(10 * time.Minute)
		got := w.proposals()[6:]
		slices.Sort(got)
		want := []string{proposalOf("moved", "1"), proposalOf("moved", "2"), proposalOf("moved", "3"), proposalOf("moved", "5")}
		slices.Sort(want)
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("planned again (-got +want):\n%s", diff)
		}
		for _, p := range worker.Status().Pulls {
			if p.Base != commit("moved") || p.Phase != Current {
				t.Errorf("pull request %d: %+v", p.Number, p)
			}
		}
		// The plan that held was never taken back meanwhile.
		for n := 1; n <= 3; n++ {
			pending := 0
			for _, s := range w.statuses[commit(fmt.Sprint(n))] {
				if s.State == pulls.StatePending {
					pending++
				}
			}
			if pending != 1 {
				t.Errorf("pull request %d was pending %d times", n, pending)
			}
		}
	})
}

// What the branch has touched is found out once for all pull requests, and those that it does not touch neither wait nor have the forge asked.
func TestBranchMovesElsewhere(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		for n := int64(1); n <= 200; n++ {
			worker.Notify(w.open(n, fmt.Sprint(n)))
		}
		after(time.Minute)
		asked := w.count("pull ")
		w.move("elsewhere", other)
		worker.Look()
		after(time.Minute)
		if n := w.count("touched"); n != 1 {
			t.Errorf("found out %d times what was touched; want once", n)
		}
		if n := w.count("pull ") - asked; n != 0 {
			t.Errorf("the forge was asked about %d pull requests; want none", n)
		}
		for _, p := range worker.Status().Pulls {
			if p.Base != commit("elsewhere") || p.Phase != Current {
				t.Fatalf("pull request %d: %+v", p.Number, p)
			}
		}
		if n := len(w.proposals()); n != 200 {
			t.Errorf("%d plans; want 200", n)
		}
	})
}

// Where nobody can say what came, as after a rewrite, all are planned again.
func TestBranchIsRewritten(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		worker.Notify(w.open(1, "one"))
		after(time.Second)
		w.mu.Lock()
		w.base = commit("rewritten")
		w.mu.Unlock()
		after(10 * time.Minute)
		wantProposals(t, w, proposalOf("base", "one"), proposalOf("rewritten", "one"))
	})
}

func TestReplan(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		worker.Notify(w.open(1, "one"))
		after(time.Minute)
		worker.Replan()
		after(time.Minute)
		wantProposals(t, w, proposalOf("base", "one"), proposalOf("base", "one"))
		after(time.Hour)
		wantProposals(t, w, proposalOf("base", "one"), proposalOf("base", "one"))
	})
}

// A plan that is being made with the configuration that was is not good for the one that is.
func TestReplanWhilePlanned(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		w.propose = func(_ context.Context, _, head string) (*report.Report, error) {
			time.Sleep(10 * time.Second)
			return reportOf(head, example), nil
		}
		worker.Notify(w.open(1, "one"))
		after(time.Second)
		worker.Replan()
		after(10 * time.Minute)
		wantProposals(t, w, proposalOf("base", "one"), proposalOf("base", "one"))
	})
}

// A program that was started again knows what it published, and finds what it missed.
func TestRestart(t *testing.T) {
	w := newWorld()
	run := func(t *testing.T, act func(worker *Worker)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			worker := New(w.options(t))
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { worker.Run(ctx); close(done) }()
			synctest.Wait()
			act(worker)
			after(5 * time.Minute)
			cancel()
			<-done
		})
	}
	run(t, func(worker *Worker) {
		for n := int64(1); n <= 5; n++ {
			worker.Notify(w.open(n, fmt.Sprint(n)))
		}
	})
	if n := len(w.proposals()); n != 5 {
		t.Fatalf("%d plans", n)
	}
	// While nobody works: 2 is pushed to, 3 is merged, 4 is closed, and the status of 5 is what it was before it was planned.
	w.open(2, "2 again")
	w.alter(3, func(p *pulls.Pull) { p.State, p.MergeCommit = pulls.Merged, commit("merge") })
	w.alter(4, func(p *pulls.Pull) { p.State = pulls.Closed })
	w.statuses[commit("5")] = w.statuses[commit("5")][:1]
	run(t, func(*Worker) {})
	got := w.proposals()[5:]
	slices.Sort(got)
	want := []string{proposalOf("base", "2 again"), proposalOf("base", "5")}
	slices.Sort(want)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("planned after the start (-got +want):\n%s", diff)
	}
	if !slices.Equal(w.closed, []int{4}) || len(w.merged) != 1 {
		t.Errorf("closed %v, merged %v", w.closed, w.merged)
	}
	// The branch has moved while nobody worked.
	w.move("moved", example)
	run(t, func(*Worker) {})
	if n := len(w.proposals()); n != 5+2+3 {
		t.Errorf("%d plans after the branch moved: %v", n, w.proposals())
	}
	// Somebody else's status is not ours, whatever it says.
	for head, all := range w.statuses {
		all[len(all)-1].Creator = "mallory"
		w.statuses[head] = all
	}
	run(t, func(*Worker) {})
	if n := len(w.proposals()); n != 5+2+3+3 {
		t.Errorf("%d plans after somebody else's statuses", n)
	}
}
