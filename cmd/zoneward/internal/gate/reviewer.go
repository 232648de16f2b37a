package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/reconcile"
)

// Reviews is where the plans are kept that reviewers were shown: a [store.Store].
type Reviews interface {
	KeepReview(context.Context, store.Review) error
	Reviews(context.Context, store.ReviewQuery) ([]store.Review, error)
	MarkMerged(ctx context.Context, pull int, head, merged string, at time.Time) error
	MarkProgress(ctx context.Context, r store.Review, ref reconcile.Ref, p store.Progress) error
}

// Branch is the branch that is applied.
type Branch interface {
	// IsAncestor reports whether a commit is one that another comes after, or that one. The error wraps [git.ErrNoRevision] if one of them is not there.
	IsAncestor(ctx context.Context, commit, of string) (bool, error)
}

// Reviewer is a [reconcile.Reviewer]: a plan was reviewed if it is the one that was shown for a pull request, made by this program or told by a commit status
// that Gate trusts, and the tree has that pull request as it was then.
type Reviewer struct {
	Gate    *Gate
	Reviews Reviews
	Branch  Branch
	// Arrived returns what came to the branch last, after a commit up to another one, and of each the plan of the zones that it touches, made from the tree at
	// the second one: see [Arrived]. The first is empty for a zone that was never applied. It may be nil: then there are only the plans that this program made.
	Arrived func(ctx context.Context, since, commit string) ([]Arrived, error)
	Log     *slog.Logger

	mu    sync.Mutex
	asked map[[2]string]answer // which commits were asked about
}

// answer is that the forge has answered.
type answer struct {
	at    time.Time
	holds time.Duration // how long it is not asked again
}

// Arrived is an arrival, and the plan of what it touches.
type Arrived struct {
	Arrival
	Now *reconcile.Plan
}

var _ reconcile.Reviewer = (*Reviewer)(nil)

// How long what the forge said of a commit counts at first, and at most: each time that it says the same it is twice as long. The branch has a merge, and a
// webhook tells of it, before the API has it.
const (
	askAgain     = 2 * time.Second
	mostAskAgain = time.Minute
)

// Reviewed returns the review of a plan.
func (r *Reviewer) Reviewed(ctx context.Context, tree reconcile.Tree, plan *reconcile.ZonePlan) (*reconcile.Review, string, error) {
	review, why, err := r.find(ctx, tree, plan)
	if review != nil || err != nil {
		return review, why, err
	}
	told, err := r.adopt(ctx, tree, plan)
	if err != nil {
		return nil, "", err
	}
	if told {
		return r.find(ctx, tree, plan)
	}
	return nil, why, nil
}

// find looks among the reviews that are kept.
func (r *Reviewer) find(ctx context.Context, tree reconcile.Tree, plan *reconcile.ZonePlan) (*reconcile.Review, string, error) {
	same, err := r.Reviews.Reviews(ctx, store.ReviewQuery{Context: r.Gate.Context, Zone: store.ReviewedZone{Ref: plan.Ref, ID: plan.ID}})
	if err != nil {
		return nil, "", err
	}
	for _, review := range same {
		if progressOf(review, plan.Ref) != store.Unused {
			continue
		}
		merged, err := r.merged(ctx, &review, tree)
		if err != nil {
			return nil, "", err
		}
		if !merged {
			continue
		}
		old, err := r.spent(ctx, review, plan)
		if err != nil {
			return nil, "", err
		}
		if !old {
			return reviewOf(review), "", nil
		}
	}
	return r.announced(ctx, tree, plan)
}

// spent reports whether the zone was applied with the change of a review already: whatever there is to do now comes from something later.
func (r *Reviewer) spent(ctx context.Context, review store.Review, plan *reconcile.ZonePlan) (bool, error) {
	if plan.Since() == "" {
		return false, nil
	}
	spent, err := r.Branch.IsAncestor(ctx, review.Merged, plan.Since())
	if errors.Is(err, git.ErrNoRevision) { // the history was rewritten, or the zone was applied from elsewhere
		return false, nil
	}
	return spent, err
}

// mostLooked is how many reviews of a zone are looked at, the last ones.
const mostLooked = 20

// announced looks for the last review of the zone that was merged: what that said to follow was reviewed too.
func (r *Reviewer) announced(ctx context.Context, tree reconcile.Tree, plan *reconcile.ZonePlan) (*reconcile.Review, string, error) {
	all, err := r.Reviews.Reviews(ctx, store.ReviewQuery{Context: r.Gate.Context, Zone: store.ReviewedZone{Ref: plan.Ref}, Documents: true, Limit: mostLooked})
	if err != nil {
		return nil, "", err
	}
	for _, review := range all {
		merged, err := r.merged(ctx, &review, tree)
		if err != nil {
			return nil, "", err
		}
		if !merged {
			continue
		}
		shown, err := planIn(review, plan.Ref)
		if err != nil || shown == nil || progressOf(review, plan.Ref) == store.Done {
			return nil, "no pull request that was merged last had this plan", err
		}
		if shown.Announces(plan, progressOf(review, plan.Ref) == store.Unused && plan.Interrupted()) {
			return reviewOf(review), "", nil
		}
		if shown.ID == plan.ID {
			return nil, fmt.Sprintf("pull request %d had this plan, and the zone was applied with it already", review.Pull), nil
		}
		if progressOf(review, plan.Ref) == store.Unused {
			return nil, fmt.Sprintf("pull request %d was reviewed with another plan: %s", review.Pull, differences(shown, plan)), nil
		}
		break
	}
	return nil, "no pull request that was merged had this plan", nil
}

// merged reports whether the tree has the change of a review, as it was when it was reviewed.
func (r *Reviewer) merged(ctx context.Context, review *store.Review, tree reconcile.Tree) (bool, error) {
	if review.Merged == "" {
		if !r.mayAsk(review.Head, tree.Revision) {
			return false, nil
		}
		pull, err := r.Gate.Host.Pull(ctx, int64(review.Pull))
		if err != nil {
			r.forget(review.Head, tree.Revision)
			return false, err
		}
		if pull.State != pulls.Merged || pull.Head.Commit != review.Head || pull.MergeCommit == "" || r.Gate.Branch != "" && pull.Base.Name != r.Gate.Branch {
			return false, nil
		}
		if err := r.Reviews.MarkMerged(ctx, review.Pull, review.Head, pull.MergeCommit, time.Now()); err != nil {
			return false, err
		}
		review.Merged = pull.MergeCommit
	}
	return r.Branch.IsAncestor(ctx, review.Merged, tree.Revision)
}

// adopt keeps as reviews what commit statuses tell of pull requests whose plans this program did not make, and reports whether there was any.
func (r *Reviewer) adopt(ctx context.Context, tree reconcile.Tree, plan *reconcile.ZonePlan) (bool, error) {
	since := plan.Since()
	if r.Arrived == nil || since == tree.Revision || !r.mayAsk(since, tree.Revision) {
		return false, nil
	}
	arrived, err := r.Arrived(ctx, since, tree.Revision)
	if err != nil {
		r.forget(since, tree.Revision)
		return false, err
	}
	told := false
	for _, a := range arrived {
		if a.Pull == nil || a.Plan.IsZero() || a.Now == nil || a.Now.ID() != a.Plan {
			continue
		}
		kept, err := r.keep(ctx, a)
		if err != nil {
			return false, err
		}
		told = told || kept
	}
	return told, nil
}

// keep keeps an arrival whose plan is the one that was reviewed, unless it is kept already.
func (r *Reviewer) keep(ctx context.Context, a Arrived) (bool, error) {
	number := int(a.Pull.Number)
	known, err := r.Reviews.Reviews(ctx, store.ReviewQuery{Pull: number, Context: r.Gate.Context, Head: a.Pull.Head.Commit})
	if err != nil || len(known) > 0 {
		return false, err
	}
	review := store.Review{
		Pull: number, URL: a.Pull.URL, Context: r.Gate.Context, Head: a.Pull.Head.Commit, Base: a.Before, Plan: a.Plan, MadeAt: time.Now(), Merged: a.After, ClosedAt: time.Now(),
	}
	var document bytes.Buffer
	if err := a.Now.WriteJSON(&document); err != nil {
		return false, err
	}
	review.Document = document.Bytes()
	for _, z := range a.Now.Zones {
		review.Zones = append(review.Zones, store.ReviewedZone{Ref: z.Ref, ID: z.ID})
	}
	return true, r.Reviews.KeepReview(ctx, review)
}

// Carried notes that a review was made use of.
func (r *Reviewer) Carried(ctx context.Context, review *reconcile.Review, plan *reconcile.ZonePlan, o reconcile.Outcome) {
	if o.Status != reconcile.Applied {
		return
	}
	progress := store.Carried
	if len(plan.Deferred)+len(plan.Waiting) == 0 {
		progress = store.Done
	}
	made, err := ParseReview(review)
	if err == nil {
		made.Context = r.Gate.Context
		err = r.Reviews.MarkProgress(ctx, made, plan.Ref, progress)
	}
	if err != nil {
		r.Log.Error("a review may count once more", "zone", plan.Zone.String(), "err", err)
	}
}

// differences says what differs between what was reviewed of a zone and what there is to do now.
func differences(reviewed, now *reconcile.ZonePlan) string {
	of := func(z *reconcile.ZonePlan) *reconcile.Plan { return &reconcile.Plan{Zones: []reconcile.ZonePlan{*z}} }
	return strings.Join(report.Redaction{}.Differences(of(reviewed), of(now)), "; ")
}

// mayAsk reports whether it is time to ask the forge about two commits, and notes that it is done.
func (r *Reviewer) mayAsk(one, other string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	key, now := [2]string{one, other}, time.Now()
	last, again := r.asked[key]
	if again && now.Sub(last.at) < last.holds {
		return false
	}
	if r.asked == nil || len(r.asked) > mostAsked {
		r.asked = map[[2]string]answer{}
	}
	r.asked[key] = answer{now, min(max(2*last.holds, askAgain), mostAskAgain)}
	return true
}

// mostAsked is how many answers are remembered.
const mostAsked = 10_000

// forget has the next who asks the forge get an answer.
func (r *Reviewer) forget(one, other string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.asked, [2]string{one, other})
}

// Forget has the forge asked anew about everything: something was merged.
func (r *Reviewer) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.asked)
}

func progressOf(review store.Review, ref reconcile.Ref) store.Progress {
	for _, z := range review.Zones {
		if z.Ref == ref {
			return z.Progress
		}
	}
	return store.Done
}

// planIn returns what a review showed of a zone, nil if the document of the review is not kept.
func planIn(review store.Review, ref reconcile.Ref) (*reconcile.ZonePlan, error) {
	if len(review.Document) == 0 {
		return nil, nil
	}
	plan, err := reconcile.ReadPlan(bytes.NewReader(review.Document))
	if err != nil {
		return nil, fmt.Errorf("the plan of pull request %d as it was reviewed: %w", review.Pull, err)
	}
	if plan.ID() != review.Plan {
		return nil, fmt.Errorf("the plan of pull request %d as it was reviewed is another one", review.Pull)
	}
	return plan.Zone(ref), nil
}

func reviewOf(review store.Review) *reconcile.Review {
	reason := fmt.Sprintf("reviewed as pull request %d", review.Pull)
	if review.URL != "" {
		reason += ", " + review.URL
	}
	return &reconcile.Review{ID: fmt.Sprintf("%d %s", review.Pull, review.Head), Reason: reason}
}

// ParseReview returns the pull request and the commit that a review of a Reviewer is of.
func ParseReview(review *reconcile.Review) (made store.Review, err error) {
	_, err = fmt.Sscanf(review.ID, "%d %s", &made.Pull, &made.Head)
	return made, err
}
