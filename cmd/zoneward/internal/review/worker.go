// Package review plans pull requests: it hears of them from webhooks and by asking the forge, has each newest commit planned onto the branch that it is to go
// to, and publishes what comes of it.
//
// Of a pull request nothing but data is read, so that those from forks are as good as any.
package review

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Repository is where the commits of pull requests are: a [git.Repository].
type Repository interface {
	// Tree is the branch that pull requests go to. Its Revision is the commit.
	Tree(context.Context) (reconcile.Tree, error)
	// Branch is the name of that branch, once Tree was called; "" if it has none.
	Branch() string
	// FetchRef has the commit of a reference at hand and returns its id.
	FetchRef(ctx context.Context, ref string) (commit string, err error)
}

// Reviews is where plans are kept that were shown: a [store.Store].
type Reviews interface {
	KeepReview(context.Context, store.Review) error
	Reviews(context.Context, store.ReviewQuery) ([]store.Review, error)
	MarkMerged(ctx context.Context, pull int, head, merged string, at time.Time) error
	CloseReviews(ctx context.Context, pull int, at time.Time) error
}

// Options say what a Worker works on, and how much. Those without "may" in their comment are needed.
type Options struct {
	Host pulls.Host
	// Ref names the reference of the head of a pull request: see [HeadRef].
	Ref        func(number int64) string
	Repository Repository
	Reviews    Reviews
	// Context is that of the commit status.
	Context string

	// Propose plans what a commit does to a branch. The context ends when a newer commit comes. What it panics with is an error of this pull request.
	Propose func(ctx context.Context, base, head string) (*report.Report, error)
	// Comment writes a report as a comment, and IsComment knows it again. Comment may be nil: then there are no comments.
	Comment   func(*report.Report) string
	IsComment func(body string) bool
	// Touched returns the zones of which two commits of the branch state something else. It may be nil: then they are taken to be all.
	Touched func(ctx context.Context, from, to string) ([]zonefile.Name, error)

	// Log may be nil.
	Log *slog.Logger

	// What follows may be zero, for what is usual.

	// Parallel is how many pull requests are planned at once; 1.
	Parallel int
	// MaxPulls is how many are known at once; 1,000. There is no place for more of them until others are closed.
	MaxPulls int
	// Interval is how often the forge is asked for pull requests; 5 minutes.
	Interval time.Duration
	// Spacing is the least time from the beginning of one plan of a pull request to that of the next; 20 seconds.
	Spacing time.Duration
	// StaleSpacing is the least time from one plan to the next of those that are made again because the branch has moved; 10 seconds.
	StaleSpacing time.Duration
	// Timeout is how long one plan may take, with all that is asked and told; 10 minutes.
	Timeout time.Duration
}

func (o Options) withDefaults() Options {
	usual := func(d *time.Duration, usual time.Duration) {
		if *d <= 0 {
			*d = usual
		}
	}
	usual(&o.Interval, 5*time.Minute)
	usual(&o.Spacing, 20*time.Second)
	usual(&o.StaleSpacing, 10*time.Second)
	usual(&o.Timeout, 10*time.Minute)
	if o.Parallel <= 0 {
		o.Parallel = 1
	}
	if o.MaxPulls <= 0 {
		o.MaxPulls = 1000
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Worker plans pull requests, each of them by itself: the last commit that it has, again if the branch moves in a zone that it touches, and again after a failure.
// What was missed while nobody worked is found when the forge is asked for its pull requests.
type Worker struct {
	Options

	wake chan struct{} // has one in it if there may be something to begin

	mu    sync.Mutex
	state state
}

// New returns a Worker that works while Run does.
func New(o Options) *Worker {
	return &Worker{Options: o.withDefaults(), wake: make(chan struct{}, 1), state: state{pulls: map[int64]*pull{}}}
}

// Notify has a pull request looked at that something has happened to. What the event says beside its number is believed as far as to end a plan of another
// commit; how things are the forge is asked. It does not wait.
func (w *Worker) Notify(e forge.PullEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.state.know(e.Number, w.MaxPulls)
	if p == nil {
		w.state.dropped++
		w.Log.Warn("pull request is not planned: too many are open", "pull", e.Number, "most", w.MaxPulls)
		return
	}
	if p.head != "" && (e.Action != forge.PullChanged || e.Head.Commit != p.head) {
		p.supersede()
	}
	p.want(time.Now(), w.Spacing)
	w.nudge()
}

// Look has the forge asked for its pull requests soon, and the branch whether it has moved. It does not wait.
func (w *Worker) Look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.lookSoon(time.Now())
	w.nudge()
}

// Replan has all plans made again, at the rate of those that are stale: the configuration is another one.
func (w *Worker) Replan() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.state.pulls {
		p.done.forget()
	}
	w.state.replans++
	w.state.lookSoon(time.Now())
	w.nudge()
}

func (w *Worker) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run works until the context is done, and until what it began has ended.
func (w *Worker) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	for {
		timer := time.NewTimer(w.begin(ctx, &group))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-w.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// begin begins what is due, and returns how long it is until something else will be. The end of what is under way is told by wake.
func (w *Worker) begin(ctx context.Context, group *sync.WaitGroup) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, now := &w.state, time.Now()
	if !s.looking && !s.lookAt.After(now) {
		s.looking, s.lookAt = true, now.Add(w.Interval)
		group.Go(func() {
			w.look(ctx)
			w.nudge()
		})
	}
	for s.running < w.Parallel {
		p := s.next(now)
		if p == nil {
			break
		}
		limited, stop := context.WithTimeoutCause(ctx, w.Timeout, errTimeout)
		limited, cancel := context.WithCancelCause(limited)
		p.begin(now, cancel)
		s.running++
		group.Go(func() {
			defer stop()
			defer w.nudge()
			w.do(limited, p)
			cancel(nil)
		})
	}
	return s.untilNext(now, w.Parallel)
}
