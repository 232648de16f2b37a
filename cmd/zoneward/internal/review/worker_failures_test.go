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

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
)

// What fails is tried again, later and later, and nothing else has to wait for it.
func TestFailuresAreTriedAgain(t *testing.T) {
	for _, call := range []string{"pull 1", "fetch refs/pull/1/", "status pending " + commit("one")[:8], "propose " + commit("one")[:8], "comments 1", "create comment 1", "keep 1", "status success " + commit("one")[:8]} {
		t.Run(call, func(t *testing.T) {
			inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
				times := 0
				w.fail = func(is string) error {
					if strings.HasPrefix(is, call) && times < 3 {
						times++
						return fmt.Errorf("secret.internal:8081: %w", pulls.ErrBusy)
					}
					return nil
				}
				worker.Notify(w.open(1, "one"))
				worker.Notify(w.open(2, "two"))
				synctest.Wait()
				if got := w.status("two").State; got != pulls.StateSuccess {
					t.Errorf("the other pull request: %q", got)
				}
				if p := worker.Status().Pulls[0]; p.Phase != Failing || p.Failures != 1 || !errors.Is(p.Err, pulls.ErrBusy) || p.Next.IsZero() {
					t.Errorf("after the first failure: %+v", p)
				}
				after(3 * time.Minute)
				if got := w.status("one").State; got != pulls.StateSuccess || times != 3 {
					t.Errorf("status %q after %d failures", got, times)
				}
				for _, s := range w.statuses[commit("one")] {
					if strings.Contains(s.Description, "secret") {
						t.Errorf("a status has the error: %+v", s)
					}
				}
				if p := worker.Status().Pulls[0]; p.Phase != Current || p.Failures != 0 || p.Err != nil {
					t.Errorf("at last: %+v", p)
				}
				if len(w.comments[1]) != 1 {
					t.Errorf("comments: %+v", w.comments[1])
				}
			})
		})
	}
}

func TestWhatFailsIsSaid(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		says string
	}{
		"unrelated": {git.ErrUnrelated, "no history in common"},
		"empty":     {git.ErrEmpty, "no zone file would be left"},
		"gone":      {git.ErrNoPath, "would be gone"},
		"too large": {git.ErrTooLarge, "too large"},
		"other":     {errors.New("dial tcp secret.internal:8081"), "no plan could be made"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
				w.propose = func(context.Context, string, string) (*report.Report, error) {
					return nil, fmt.Errorf("secret: %w", tt.err)
				}
				worker.Notify(w.open(1, "one"))
				after(time.Hour)
				got := w.status("one")
				if got.State != pulls.StateError || !strings.Contains(got.Description, tt.says) || strings.Contains(got.Description, "secret") {
					t.Errorf("status: %+v", got)
				}
				failed := 0
				for _, s := range w.statuses[commit("one")] {
					if s.State == pulls.StateError {
						failed++
					}
				}
				if failed != 1 {
					t.Errorf("it is said %d times", failed)
				}
				if n := len(w.proposals()); n < 3 || n > 12 {
					t.Errorf("tried %d times in an hour", n)
				}
				// Something new begins anew.
				w.propose = func(_ context.Context, _, head string) (*report.Report, error) {
					if !slices.Contains(w.proposals()[:len(w.proposals())-1], proposalOf("base", "two")) {
						return nil, tt.err
					}
					return reportOf(head, example), nil
				}
				worker.Notify(w.open(1, "two"))
				after(30 * time.Second)
				if got := w.status("two").State; got != pulls.StateSuccess {
					t.Errorf("the next commit: %q", got)
				}
			})
		})
	}
}

// A plan that was shown stays until there is another one.
func TestFailureOfAStalePlanIsNotSaid(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		worker.Notify(w.open(1, "one"))
		after(time.Minute)
		w.propose = func(context.Context, string, string) (*report.Report, error) { return nil, errors.New("busy") }
		w.move("moved", example)
		after(time.Hour)
		if got := w.status("one").State; got != pulls.StateSuccess {
			t.Errorf("status %q", got)
		}
		if p := worker.Status().Pulls[0]; p.Phase != Failing {
			t.Errorf("%+v", p)
		}
	})
}

func TestPanicIsOfOnePull(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		w.propose = func(_ context.Context, _, head string) (*report.Report, error) {
			if head == commit("bad") {
				panic("index out of range")
			}
			return reportOf(head, example), nil
		}
		worker.Notify(w.open(1, "bad"))
		worker.Notify(w.open(2, "good"))
		synctest.Wait()
		if got := w.status("bad"); got.State != pulls.StateError || strings.Contains(got.Description, "index") {
			t.Errorf("status: %+v", got)
		}
		if got := w.status("good").State; got != pulls.StateSuccess {
			t.Errorf("status of the other: %q", got)
		}
	})
}

func TestTimeout(t *testing.T) {
	inWorld(t, func(_ *world, o *Options) { o.Timeout = time.Minute }, func(t *testing.T, w *world, worker *Worker) {
		w.propose = func(ctx context.Context, _, head string) (*report.Report, error) {
			if head == commit("slow") {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return reportOf(head, example), nil
		}
		worker.Notify(w.open(1, "slow"))
		after(time.Second)
		worker.Notify(w.open(2, "good"))
		after(61 * time.Second)
		if got := w.status("slow"); got.State != pulls.StateError || !strings.Contains(got.Description, "too long") {
			t.Errorf("status: %+v", got)
		}
		if got := w.status("good").State; got != pulls.StateSuccess {
			t.Errorf("status of the other: %q", got)
		}
		if p := worker.Status().Pulls[0]; !errors.Is(p.Err, errTimeout) {
			t.Errorf("%+v", p)
		}
	})
}

// The forge has a commit that the repository does not have yet.
func TestRepositoryLagsBehind(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		w.refs["refs/pull/1/head"] = commit("older")
		worker.Notify(w.open(1, "one"))
		synctest.Wait()
		wantProposals(t, w)
		if len(w.statuses) > 0 {
			t.Errorf("statuses: %v", w.statuses)
		}
		w.mu.Lock()
		delete(w.refs, "refs/pull/1/head")
		w.mu.Unlock()
		after(10 * time.Second)
		wantProposals(t, w, proposalOf("base", "one"))
	})
}

func TestForgeIsBusy(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world, worker *Worker) {
		w.fail = func(call string) error {
			if call == "pull 1" {
				return &pulls.Error{What: "pull request 1", After: 10 * time.Minute}
			}
			return nil
		}
		worker.Notify(w.open(1, "one"))
		after(9 * time.Minute)
		if n := w.count("pull 1"); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

// A list that cannot be had is asked for again, and what webhooks tell goes on.
func TestListFails(t *testing.T) {
	inWorld(t, func(w *world, _ *Options) {
		w.fail = func(call string) error {
			if call == "open" {
				return pulls.ErrAnswer
			}
			return nil
		}
	}, func(t *testing.T, w *world, worker *Worker) {
		worker.Notify(w.open(1, "one"))
		w.open(2, "two")
		after(2 * time.Minute)
		if s := worker.Status(); !errors.Is(s.Err, pulls.ErrAnswer) || len(w.proposals()) != 1 {
			t.Errorf("%v, %d plans", s.Err, len(w.proposals()))
		}
		w.mu.Lock()
		w.fail = nil
		w.mu.Unlock()
		after(5 * time.Minute)
		if s := worker.Status(); s.Err != nil || len(w.proposals()) != 2 {
			t.Errorf("%v, %d plans", s.Err, len(w.proposals()))
		}
	})
}
