package review

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
)

// round is one plan of one pull request on its way.
type round struct {
	*Worker
	p    *pull
	pull pulls.Pull
	base string
	last planned // of the same head, or zero
}

// tellTimeout is how long a forge has to take that a plan failed, after the time for the plan is over.
const tellTimeout = 30 * time.Second

// plan makes the plan and publishes it: a comment first, then what is kept of it, and the status last, so that a status that has a plan's id
// is one of a plan that is kept.
func (r *round) plan(ctx context.Context) (*planned, error) {
	head, began := r.pull.Head.Commit, time.Now()
	if r.said().head != head && r.last.head != head {
		// A commit that has a status already keeps it until there is another one.
		if err := r.say(ctx, pulls.StatePending, "the plan is being made", ""); err != nil {
			return nil, err
		}
	}
	made, err := r.propose(ctx, r.base, head)
	if err != nil {
		return nil, r.failed(ctx, err)
	}
	// It may have taken a while, and a webhook can be lost.
	now, err := r.Host.Pull(ctx, r.pull.Number)
	if err != nil {
		return nil, err
	}
	if now.State != pulls.Opened || now.Head.Commit != head || now.Base.Name != r.pull.Base.Name {
		r.Notify(changed(now))
		return nil, errSuperseded
	}
	url, err := r.comment(ctx, made)
	if err != nil {
		return nil, err
	}
	p := &planned{head: head, base: r.base, at: time.Now()}
	p.zones, p.all = zonesOf(made)
	state := pulls.StateFailure
	if made.Class() != report.Failed && !made.Unproven() {
		state, p.plan = pulls.StateSuccess, made.Proposal.Plan.ID()
		review, err := r.reviewOf(made)
		if err != nil {
			return nil, err
		}
		if err := r.Reviews.KeepReview(ctx, review); err != nil {
			return nil, err
		}
	}
	if err := r.say(ctx, state, made.StatusDescription(), url); err != nil {
		return nil, err
	}
	r.Log.Info("pull request planned", "pull", r.pull.Number, "commit", head, "state", string(state), "plan", made.Proposal.Plan.ID().String(), "took", time.Since(began))
	return p, nil
}

// comment publishes the report, and returns the URL of where it is. A report that says nothing makes no comment, and updates one that is there.
func (r *round) comment(ctx context.Context, made *report.Report) (url string, err error) {
	if r.Comment == nil {
		return "", nil
	}
	outcome, err := pulls.Publish(ctx, r.Host, pulls.Publication{
		Number: r.pull.Number, Body: r.Comment(made), Match: r.IsComment, OnlyIfExists: isSilent(made),
	})
	return outcome.Comment.URL, err
}

// isSilent reports whether a report has nothing that anybody would look at: the pull request is about something else.
func isSilent(r *report.Report) bool {
	return len(r.Proposal.Plan.Zones)+len(r.Proposal.Left)+len(r.Problems)+len(r.ConfigFiles)+len(r.Conflicts) == 0 && r.Class() == report.Unchanged
}

// words are what a commit's status says.
type words struct {
	head string
	pulls.Status
}

// said is what was said of the pull request last.
func (r *round) said() words {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.p.said
}

// say sets the status of the commit, unless it was that what was said last: forges keep all of them, and GitHub takes a thousand.
func (r *round) say(ctx context.Context, state pulls.State, description, url string) error {
	if url == "" {
		url = r.pull.URL
	}
	w := words{r.pull.Head.Commit, pulls.Status{Context: r.Context, State: state, Description: description, URL: url}}
	if r.said() == w {
		return nil
	}
	if err := r.Host.SetStatus(ctx, w.head, w.Status); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.p.said = w
	return nil
}

// failed has the commit say that there is no plan, and returns the error. What it says is for all to read, so it has nothing of the error in it. A plan of the
// commit that was published before stays: whether that still holds is looked at when it is applied.
func (r *round) failed(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if r.last.head == r.pull.Head.Commit || cause != nil && !errors.Is(cause, errTimeout) {
		return err
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	if told := r.say(late, pulls.StateError, publicWords(cmp.Or(cause, err)), ""); told != nil {
		return fmt.Errorf("%w; and the commit does not say so: %w", err, told)
	}
	return err
}

// publicWords are what may be said to all about an error.
func publicWords(err error) string {
	for _, known := range []struct {
		err  error
		says string
	}{
		{git.ErrUnrelated, "the branch has no history in common with the one that it is to go to"},
		{git.ErrEmpty, "no zone file would be left"},
		{git.ErrNoPath, "the directory of the zone files would be gone"},
		{git.ErrTooLarge, "the change is too large to be planned"},
		{errTimeout, "the plan took too long; it is tried again"},
	} {
		if errors.Is(err, known.err) {
			return known.says
		}
	}
	return "no plan could be made; it is tried again, and the daemon's log says why"
}
