package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/gate"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/reconcile"
)

// tellingReviewer is a gate.Reviewer that has it told on the forge what became of what was reviewed. The loop does not wait for that.
type tellingReviewer struct {
	*gate.Reviewer
	deeds chan deed
	log   *slog.Logger
}

// deed is what became of the plan of a zone that was reviewed.
type deed struct {
	review  *reconcile.Review
	zone    reconcile.Ref
	changes int
	good    bool
}

// mostDeeds is how many deeds may wait until they are gathered, which takes no time.
const mostDeeds = 1000

// Carried notes what became of a plan, and has it told.
func (t *tellingReviewer) Carried(ctx context.Context, review *reconcile.Review, plan *reconcile.ZonePlan, o reconcile.Outcome) {
	t.Reviewer.Carried(ctx, review, plan, o)
	select {
	case t.deeds <- deed{review, plan.Ref, len(o.Changes), o.Status == reconcile.Applied}:
	default:
		t.log.Warn("pull request is not told what was applied: the forge does not take it", "zone", plan.Zone.String())
	}
}

// appliedPull is what was applied of a pull request so far.
type appliedPull struct {
	review  *reconcile.Review
	news    bool // there is something to tell
	changes int
	zones   map[reconcile.Ref]bool
	bad     map[reconcile.Ref]bool // whose last outcome was no good one
}

// add notes a deed.
func (a *appliedPull) add(d deed) {
	a.review, a.news = d.review, true
	a.changes += d.changes
	delete(a.bad, d.zone)
	if d.good {
		a.zones[d.zone] = true
	} else {
		a.bad[d.zone] = true
	}
}

// says returns what there is to say.
func (a *appliedPull) says() (text string, good bool) {
	text = fmt.Sprintf("%s applied in %s", render.Count(a.changes, "change", "changes"), render.Count(len(a.zones), "zone", "zones"))
	if len(a.bad) > 0 {
		text += fmt.Sprintf("; not in %s", render.Count(len(a.bad), "zone", "zones"))
	}
	return text, len(a.bad) == 0
}

// mostApplied is of how many pull requests is remembered what was applied.
const mostApplied = 1000

// appliedPulls are the pull requests of which something was applied.
type appliedPulls struct {
	ring chan struct{} // there is news; holds one

	mu    sync.Mutex
	pulls *lru.LRU[string, *appliedPull] // by the id of the review
}

func newAppliedPulls() *appliedPulls {
	pulls, _ := lru.NewLRU[string, *appliedPull](mostApplied, nil) // its error is for a size that is none
	return &appliedPulls{ring: make(chan struct{}, 1), pulls: pulls}
}

// gather notes deeds until ctx is done, and those that wait then.
func (all *appliedPulls) gather(ctx context.Context, deeds <-chan deed) {
	for ctx.Err() == nil {
		select {
		case d := <-deeds:
			all.add(d)
		case <-ctx.Done():
		}
	}
	for {
		select {
		case d := <-deeds:
			all.add(d)
		default:
			return
		}
	}
}

func (all *appliedPulls) add(d deed) {
	all.mu.Lock()
	defer all.mu.Unlock()
	a, ok := all.pulls.Get(d.review.ID)
	if !ok {
		a = &appliedPull{zones: map[reconcile.Ref]bool{}, bad: map[reconcile.Ref]bool{}}
		all.pulls.Add(d.review.ID, a)
	}
	a.add(d)
	all.wake()
}

func (all *appliedPulls) wake() {
	select {
	case all.ring <- struct{}{}:
	default:
	}
}

// news returns what there is to tell, which counts as told then.
func (all *appliedPulls) news() []appliedNews {
	all.mu.Lock()
	defer all.mu.Unlock()
	var found []appliedNews
	for _, a := range all.pulls.Values() {
		if a.news {
			a.news = false
			text, good := a.says()
			found = append(found, appliedNews{a.review, text, good})
		}
	}
	return found
}

// untold has something be told once more.
func (all *appliedPulls) untold(n appliedNews) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if a, ok := all.pulls.Peek(n.review.ID); ok {
		a.news = true
		all.wake()
	}
}

// appliedNews is what there is to tell of a pull request.
type appliedNews struct {
	review *reconcile.Review
	text   string
	good   bool
}

// A merge may touch thousands of zones. Forges count what they are told (GitHub takes a thousand statuses of a commit, and eighty comments in a minute), so
// it is told together.
const (
	tellSoon  = 2 * time.Second  // after the first deed: more of them come
	tellGap   = 15 * time.Second // until the next time
	tellAgain = time.Minute      // instead, after the forge did not take it
	tellLast  = 5 * time.Second  // how long it may take when the program ends
)

// tellApplied tells the forge what is applied until ctx is done: in the commit status zoneward/apply of the merge, and under the comment of the pull request.
func (p *pullRequests) tellApplied(ctx context.Context) {
	if p == nil {
		return
	}
	all := newAppliedPulls()
	var gathering sync.WaitGroup
	gathering.Go(func() { all.gather(ctx, p.deeds) })
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-all.ring:
		}
		if sleep(ctx, tellSoon); ctx.Err() != nil {
			break
		}
		if p.tellNews(ctx, all) {
			sleep(ctx, tellGap)
		} else {
			sleep(ctx, tellAgain)
		}
	}
	gathering.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellLast)
	defer cancel()
	p.tellNews(last, all)
}

// sleep waits, and no longer than until ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// tellNews tells what is new, and reports whether the forge takes it. What it was too busy for is new again.
func (p *pullRequests) tellNews(ctx context.Context, all *appliedPulls) (taken bool) {
	taken = true
	for _, n := range all.news() {
		err := p.tell(ctx, n.review, n.text, n.good)
		switch {
		case err == nil:
			continue
		case ctx.Err() != nil:
			all.untold(n)
			continue
		case errors.Is(err, pulls.ErrBusy):
			all.untold(n)
		}
		taken = false
		p.reviewer.log.Warn("pull request is not told what was applied", "pull", n.review.ID, "err", err)
	}
	return taken
}

// tell says a text of a review where its reviewers look.
func (p *pullRequests) tell(ctx context.Context, review *reconcile.Review, text string, good bool) error {
	asked, err := gate.ParseReview(review)
	if err != nil {
		return err
	}
	kept, err := p.reviewer.Reviews.Reviews(ctx, store.ReviewQuery{Pull: asked.Pull, Context: p.reviewer.Gate.Context, Head: asked.Head})
	if err != nil || len(kept) == 0 || kept[0].Merged == "" {
		return err
	}
	status := pulls.Status{Context: applyContext, State: pulls.StateSuccess, Description: text}
	if !good {
		status.State = pulls.StateFailure
	}
	if err := p.host.SetStatus(ctx, kept[0].Merged, status); err != nil {
		return err
	}
	return noteIn(ctx, p.host, int64(asked.Pull), p.config.config, report.Applied(text, nil))
}
