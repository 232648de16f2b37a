package review

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

const (
	self        = "zoneward-bot"
	planContext = "zoneward/plan"
	marker      = "<!-- zoneward:plan -->"
)

// world is a forge, a repository and a store in memory, and what was asked of them.
type world struct {
	mu       sync.Mutex
	pulls    map[int64]pulls.Pull
	refs     map[string]string // commits by reference, where it is not that of the pull request
	base     string
	branch   string
	statuses map[string][]pulls.Status // by commit, the newest last
	comments map[int64][]pulls.Comment
	reviews  []store.Review
	merged   []string
	closed   []int
	calls    []string
	proposed []string // "BASE HEAD"
	fail     func(call string) error
	propose  func(ctx context.Context, base, head string) (*report.Report, error)
	touched  map[string][]zonefile.Name // by "FROM TO"
}

func newWorld() *world {
	return &world{
		pulls: map[int64]pulls.Pull{}, refs: map[string]string{}, base: commit("base"), branch: "main",
		statuses: map[string][]pulls.Status{}, comments: map[int64][]pulls.Comment{},
	}
}

// commit is the id of a commit that a test calls by a name.
func commit(name string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(name)))[:40] }

// open opens a pull request, or pushes to it.
func (w *world) open(number int64, head string) forge.PullEvent {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pulls[number] = pulls.Pull{
		Number: number, URL: fmt.Sprintf("https://forge.example/pulls/%d", number), State: pulls.Opened,
		Base: pulls.Branch{Name: "main"}, Head: pulls.Branch{Commit: commit(head)},
	}
	return forge.PullEvent{Number: number, Action: forge.PullChanged, Head: forge.Tip{Commit: commit(head)}}
}

// alter changes a pull request.
func (w *world) alter(number int64, change func(*pulls.Pull)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.pulls[number]
	change(&p)
	w.pulls[number] = p
}

// move has the branch move to another commit, which touches zones.
func (w *world) move(to string, touched ...zonefile.Name) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.touched == nil {
		w.touched = map[string][]zonefile.Name{}
	}
	for from := range maps.Clone(w.touched) {
		if before, at, _ := strings.Cut(from, " "); at == w.base {
			w.touched[before+" "+commit(to)] = slices.Concat(w.touched[from], touched)
		}
	}
	w.touched[w.base+" "+commit(to)] = touched
	w.base = commit(to)
}

// call notes what is asked, and returns the error that it is to meet.
func (w *world) call(format string, args ...any) error {
	call := fmt.Sprintf(format, args...)
	w.calls = append(w.calls, call)
	if w.fail != nil {
		return w.fail(call)
	}
	return nil
}

func (w *world) count(prefix string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, call := range w.calls {
		if strings.HasPrefix(call, prefix) {
			n++
		}
	}
	return n
}

func (w *world) proposals() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.proposed)
}

func (w *world) status(head string) pulls.Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.statuses[commit(head)]
	if len(all) == 0 {
		return pulls.Status{}
	}
	return all[len(all)-1]
}

func (w *world) Self(context.Context) (string, error) { return self, nil }

func (w *world) Pull(ctx context.Context, number int64) (pulls.Pull, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := errors.Join(w.call("pull %d", number), ctx.Err()); err != nil {
		return pulls.Pull{}, err
	}
	p, ok := w.pulls[number]
	if !ok {
		return pulls.Pull{}, fmt.Errorf("pull request %d: %w", number, pulls.ErrNotFound)
	}
	return p, nil
}

func (w *world) OpenPulls(context.Context) iter.Seq2[pulls.Pull, error] {
	return func(yield func(pulls.Pull, error) bool) {
		w.mu.Lock()
		err := w.call("open")
		all := maps.Clone(w.pulls)
		w.mu.Unlock()
		if err != nil {
			yield(pulls.Pull{}, err)
			return
		}
		for _, number := range slices.Backward(slices.Sorted(maps.Keys(all))) {
			if p := all[number]; p.State == pulls.Opened && !yield(p, nil) {
				return
			}
		}
	}
}

func (w *world) PullsOf(context.Context, string) ([]pulls.Pull, error) { return nil, nil }

func (w *world) Comments(_ context.Context, number int64) iter.Seq2[pulls.Comment, error] {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("comments %d", number); err != nil {
		return func(yield func(pulls.Comment, error) bool) { yield(pulls.Comment{}, err) }
	}
	comments := slices.Clone(w.comments[number])
	return func(yield func(pulls.Comment, error) bool) {
		for _, c := range comments {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func (w *world) CreateComment(_ context.Context, number int64, body string) (pulls.Comment, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("create comment %d", number); err != nil {
		return pulls.Comment{}, err
	}
	id := int64(len(w.comments[number]) + 1)
	c := pulls.Comment{ID: id, Author: self, Body: body, URL: fmt.Sprintf("https://forge.example/pulls/%d#%d", number, id)}
	w.comments[number] = append(w.comments[number], c)
	return c, nil
}

func (w *world) EditComment(_ context.Context, number int64, c pulls.Comment, body string) (pulls.Comment, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("edit comment %d", number); err != nil {
		return pulls.Comment{}, err
	}
	i := slices.IndexFunc(w.comments[number], func(is pulls.Comment) bool { return is.ID == c.ID })
	w.comments[number][i].Body = body
	return w.comments[number][i], nil
}

func (w *world) Outdate(context.Context, int64, pulls.Comment, string) error { return nil }

func (w *world) Statuses(_ context.Context, head string) ([]pulls.Status, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("statuses"); err != nil {
		return nil, err
	}
	all := w.statuses[head]
	return all[max(len(all)-1, 0):], nil
}

func (w *world) SetStatus(ctx context.Context, head string, s pulls.Status) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := errors.Join(w.call("status %s %.8s", s.State, head), ctx.Err()); err != nil {
		return err
	}
	s.Creator = self
	w.statuses[head] = append(w.statuses[head], s)
	return nil
}

func (w *world) Labels(context.Context, int64) ([]pulls.Label, error) { return nil, nil }
func (w *world) Access(context.Context, string) (pulls.Access, error) { return pulls.AccessNone, nil }

func (w *world) MarkMerged(_ context.Context, pull int, head, as string, _ time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.merged = append(w.merged, fmt.Sprintf("%d %s %s", pull, head, as))
	return w.close(pull)
}

func (w *world) CloseReviews(_ context.Context, pull int, _ time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = append(w.closed, pull)
	return w.close(pull)
}

func (w *world) close(pull int) error {
	for i := range w.reviews {
		if w.reviews[i].Pull == pull {
			w.reviews[i].ClosedAt = time.Now()
		}
	}
	return w.call("close %d", pull)
}

func (w *world) KeepReview(_ context.Context, r store.Review) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("keep %d", r.Pull); err != nil {
		return err
	}
	w.reviews = slices.DeleteFunc(w.reviews, func(is store.Review) bool { return is.Pull == r.Pull && is.Head == r.Head })
	w.reviews = append(w.reviews, r)
	return nil
}

func (w *world) Reviews(_ context.Context, q store.ReviewQuery) ([]store.Review, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("reviews"); err != nil {
		return nil, err
	}
	var found []store.Review
	for _, r := range w.reviews {
		if (q.Pull == 0 || q.Pull == r.Pull) && (q.Head == "" || q.Head == r.Head) && (!q.Open || r.ClosedAt.IsZero()) && q.Context == r.Context {
			found = append(found, r)
		}
	}
	return found, nil
}

func (w *world) Tree(context.Context) (reconcile.Tree, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return reconcile.Tree{Revision: w.base}, w.call("tree")
}

func (w *world) Branch() string { return w.branch }

func (w *world) FetchRef(_ context.Context, ref string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("fetch %s", ref); err != nil {
		return "", err
	}
	if at, ok := w.refs[ref]; ok {
		return at, nil
	}
	var number int64
	if _, err := fmt.Sscanf(ref, "refs/pull/%d/head", &number); err != nil {
		return "", err
	}
	return w.pulls[number].Head.Commit, nil
}

func (w *world) Propose(ctx context.Context, base, head string) (*report.Report, error) {
	w.mu.Lock()
	w.proposed = append(w.proposed, base+" "+head)
	err := w.call("propose %.8s", head)
	propose := w.propose
	w.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if propose != nil {
		return propose(ctx, base, head)
	}
	return reportOf(head, example), nil
}

func (w *world) Touched(_ context.Context, from, to string) ([]zonefile.Name, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	names, ok := w.touched[from+" "+to]
	if !ok {
		return nil, fmt.Errorf("nobody knows what came between %s and %s", from, to)
	}
	return names, w.call("touched")
}

var (
	example = zonefile.MustParseName("example.com.")
	other   = zonefile.MustParseName("other.example.")
)

// reportOf is a report of a plan that has a change in each of the zones.
func reportOf(id string, zones ...zonefile.Name) *report.Report {
	plan := &reconcile.Plan{Commit: id}
	for _, zone := range zones {
		plan.Zones = append(plan.Zones, reconcile.ZonePlan{
			Ref: reconcile.Ref{Zone: zone, Target: "live"}, ID: sha256.Sum256([]byte(id)), Changes: make([]reconcile.Change, 1),
		})
	}
	return &report.Report{Config: "zoneward.yaml", Proposal: &reconcile.Proposal{Plan: plan}}
}

// options are those of a worker in the world.
func (w *world) options(t testing.TB) Options {
	return Options{
		Host: w, Ref: HeadRef(forge.GitHub), Repository: w, Reviews: w, Context: planContext,
		Propose: w.Propose, Touched: w.Touched,
		Comment:   func(r *report.Report) string { return marker + "\n" + r.Proposal.Plan.ID().String() },
		IsComment: func(body string) bool { return strings.HasPrefix(body, marker) },
		Log:       slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

// inWorld runs a test with a worker that works, in a bubble with a clock of its own.
func inWorld(t *testing.T, change func(*world, *Options), test func(t *testing.T, w *world, worker *Worker)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		o := w.options(t)
		if change != nil {
			change(w, &o)
		}
		worker := New(o)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { worker.Run(ctx) })
		synctest.Wait()
		test(t, w, worker)
		cancel()
		group.Wait()
	})
}

// after lets time go by.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
