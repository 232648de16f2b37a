package review

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/zonefile"
)

var (
	errSuperseded = errors.New("a newer commit came")
	errTimeout    = errors.New("it took too long")
	errMoving     = errors.New("the forge and the repository do not have the same newest commit yet")
	errPanic      = errors.New("the program panicked: this is a bug, please report it")
)

// do looks at a pull request, and does what there is to do.
func (w *Worker) do(ctx context.Context, p *pull) {
	w.mu.Lock()
	last, replans := p.done, w.state.replans
	w.mu.Unlock()
	done, err := w.review(ctx, p, last)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	p.cancel = nil
	w.state.running--
	switch {
	case done != nil:
		p.failures, p.err, p.done = 0, nil, *done
		if w.state.replans != replans {
			p.done.forget()
		}
	case errors.Is(err, errSuperseded):
		w.Log.Info("plan of pull request ended: a newer commit came", "pull", p.number)
	case err != nil:
		p.failures++
		p.err = err
		wait := pause(p.failures, err)
		p.wantAt(time.Now().Add(wait))
		if ctx.Err() == nil || errors.Is(err, errTimeout) {
			w.Log.Warn("pull request is not planned", "pull", p.number, "err", err, "again_in", wait)
		}
	case p.due.IsZero():
		delete(w.state.pulls, p.number)
	}
}

// review is do for one pull request: it returns what was published last, or nothing if the pull request is not, or no longer, one to plan.
func (w *Worker) review(ctx context.Context, p *pull, last planned) (*planned, error) {
	found, err := w.Host.Pull(ctx, p.number)
	if errors.Is(err, pulls.ErrNotFound) {
		return nil, w.Reviews.CloseReviews(ctx, int(p.number), time.Now())
	}
	if err != nil {
		return nil, err
	}
	// First the branch: to bring that up to date may remove what was fetched beside it.
	tree, err := w.Repository.Tree(ctx)
	if err != nil {
		return nil, err
	}
	ours := isOurs(found, w.Repository.Branch())
	if found.State != pulls.Opened || !ours {
		return nil, w.over(ctx, found, ours)
	}
	w.mu.Lock()
	p.head = found.Head.Commit
	w.mu.Unlock()
	if last.head != found.Head.Commit {
		if last, err = w.recall(ctx, found); err != nil {
			return nil, err
		}
	}
	r := &round{Worker: w, p: p, pull: found, base: tree.Revision, last: last}
	if last.head == found.Head.Commit {
		stale, err := w.stale(ctx, last, r.base)
		if err != nil {
			return nil, err
		}
		if !stale {
			last.base = r.base
			return &last, nil
		}
	}
	head, err := w.Repository.FetchRef(ctx, w.Ref(p.number))
	switch {
	case err != nil:
		return nil, r.failed(ctx, err)
	case head != found.Head.Commit:
		return nil, fmt.Errorf("%w: %.12s and %.12s", errMoving, found.Head.Commit, head)
	}
	return r.plan(ctx)
}

// over notes that a pull request is merged, closed, or goes to another branch.
func (w *Worker) over(ctx context.Context, found pulls.Pull, ours bool) error {
	number, now := int(found.Number), time.Now()
	if found.State == pulls.Merged && found.MergeCommit != "" && ours {
		return w.Reviews.MarkMerged(ctx, number, found.Head.Commit, found.MergeCommit, now)
	}
	return w.Reviews.CloseReviews(ctx, number, now)
}

// recall returns what this program published of a commit before it was started, if anything: a plan that is kept, and that the commit's status has. A plan of
// which the forge was not told is made again.
func (w *Worker) recall(ctx context.Context, found pulls.Pull) (planned, error) {
	w.mu.Lock()
	replans := w.state.replans
	w.mu.Unlock()
	if replans > 0 {
		return planned{}, nil
	}
	kept, err := w.Reviews.Reviews(ctx, store.ReviewQuery{Pull: int(found.Number), Context: w.Context, Head: found.Head.Commit, Open: true, Limit: 1})
	if err != nil || len(kept) == 0 {
		return planned{}, err
	}
	self, err := w.Host.Self(ctx)
	if err != nil {
		return planned{}, err
	}
	statuses, err := w.Host.Statuses(ctx, found.Head.Commit)
	if err != nil {
		return planned{}, err
	}
	review := kept[0]
	told := func(s pulls.Status) bool {
		return s.Context == w.Context && strings.EqualFold(s.Creator, self) && strings.Contains(s.Description, review.Plan.String())
	}
	if !slices.ContainsFunc(statuses, told) {
		return planned{}, nil
	}
	p := planned{head: review.Head, base: review.Base, plan: review.Plan, at: review.MadeAt}
	for _, z := range review.Zones {
		p.zones = append(p.zones, z.Zone)
	}
	return p, nil
}

// stale reports whether a plan does not hold for another commit of the branch: that touches a zone that the plan touches too.
func (w *Worker) stale(ctx context.Context, p planned, base string) (bool, error) {
	switch {
	case p.base == base:
		return false, nil
	case p.all || w.Touched == nil:
		return true, nil
	case len(p.zones) == 0:
		return false, nil
	}
	touched, err := w.Touched(ctx, p.base, base)
	if err != nil {
		// A branch that was rewritten may have lost the commit.
		w.Log.Warn("what the branch has changed since cannot be told, planning again", "commit", p.head, "err", err)
		return ctx.Err() == nil, ctx.Err()
	}
	return p.meets(touched), nil
}

// propose is Propose, of which a panic is an error: what a pull request has in it is anybody's.
func (w *Worker) propose(ctx context.Context, base, head string) (r *report.Report, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			w.Log.Error("plan of a pull request panicked", "commit", head, "err", cause, "stack", string(debug.Stack()))
			r, err = nil, errPanic
		}
	}()
	return w.Propose(ctx, base, head)
}

// zonesOf are the zones that a report is about, and whether anything else is: then whatever the branch changes may change it.
func zonesOf(r *report.Report) (zones []zonefile.Name, all bool) {
	for _, z := range r.Proposal.Plan.Zones {
		zones = append(zones, z.Zone)
	}
	for _, ref := range r.Proposal.Left {
		zones = append(zones, ref.Zone)
	}
	return zones, len(r.Conflicts) > 0 || r.Class() == report.Failed
}

// reviewOf is what is kept of a plan.
func (r *round) reviewOf(made *report.Report) (store.Review, error) {
	plan := made.Proposal.Plan
	review := store.Review{
		Pull: int(r.pull.Number), URL: r.pull.URL, Context: r.Context, Head: r.pull.Head.Commit, Base: r.base, Plan: plan.ID(), MadeAt: time.Now(),
	}
	for _, z := range plan.Zones {
		review.Zones = append(review.Zones, store.ReviewedZone{Ref: z.Ref, ID: z.ID})
	}
	var document bytes.Buffer
	if err := plan.WriteJSON(&document); err != nil {
		return store.Review{}, fmt.Errorf("the plan of pull request %d: %w", r.pull.Number, err)
	}
	review.Document = document.Bytes()
	return review, nil
}
