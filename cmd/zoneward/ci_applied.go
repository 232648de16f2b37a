package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/reconcile"
)

// appliedPush is what became of a push.
type appliedPush struct {
	plan     *reconcile.Plan // what was applied of, nil if nothing was to be
	outcomes []reconcile.Outcome
	refused  []error          // why what was not applied was not
	tests    []dnstest.Result // of the zones that were applied, as their name servers serve them
	ended    error            // how applying ended, see ended
	err      error
}

// applyContext is the context of the commit status that says what became of a push.
const applyContext = "zoneward/apply"

// hand gives the job's later steps the plan that was applied of. If there is none, no files of it were written.
func (a appliedPush) hand(j *job, out string) error {
	if a.plan == nil {
		return j.handPlan(&reconcile.Plan{}, "")
	}
	return j.handPlan(a.plan, out)
}

// tell writes what became of the push.
func (a appliedPush) tell(c *common) {
	if a.plan == nil && len(a.refused) == 0 && a.err == nil {
		fmt.Fprintln(c.stdout, "Nothing is to be applied.")
	}
	if a.plan != nil {
		if err := c.writeOutcomes(a.plan, a.outcomes); err != nil {
			fmt.Fprintln(c.stderr, "error: "+render.Lines(err.Error()))
		}
		c.writeUndo(a.outcomes)
	}
	for _, refused := range a.refused {
		fmt.Fprintln(c.stderr, "error: "+render.Lines(refused.Error()))
	}
	for _, text := range a.failedTests() {
		fmt.Fprintln(c.stderr, "error: "+render.Shown(text))
	}
}

// failedTests says which DNS tests the name servers fail.
func (a appliedPush) failedTests() []string {
	var all []string
	for _, t := range a.tests {
		if t.Status == dnstest.Failed {
			all = append(all, fmt.Sprintf("%s:%d: DNS test %s on %s: want %s, got %s", t.File, t.Line, t.Name, t.Target, t.Want, t.Got))
		}
	}
	return all
}

// status returns how the command ends.
func (a appliedPush) status() error {
	codes := []exitCode{codeOf(a.ended)}
	if len(a.failedTests()) > 0 {
		codes = append(codes, exitError)
	}
	if len(a.refused) > 0 {
		codes = append(codes, exitStale)
	}
	if code := worst(codes...); code != exitDone {
		return exitStatus(code)
	}
	return nil
}

// sum returns what became of the push in a few words, and whether all is well.
func (a appliedPush) sum() (text string, good bool) {
	changes, zones := 0, 0
	for _, o := range a.outcomes {
		if len(o.Changes) > 0 {
			changes, zones = changes+len(o.Changes), zones+1
		}
	}
	text = "nothing was to be applied"
	if len(a.refused) > 0 {
		text = "nothing was applied"
	}
	if changes > 0 {
		text = fmt.Sprintf("%s applied in %s", render.Count(changes, "change", "changes"), render.Count(zones, "zone", "zones"))
	}
	switch {
	case len(a.refused) > 0:
		return text + "; the plan is not the one that was reviewed", false
	case a.err != nil:
		return text + "; then something went wrong", false
	case codeOf(a.ended) == exitHeld:
		return text + "; a guard holds the rest", false
	case a.ended != nil:
		return text + "; the rest was not", false
	case len(a.failedTests()) > 0:
		return fmt.Sprintf("%s; the name servers fail %s", text, render.Count(len(a.failedTests()), "DNS test", "DNS tests")), false
	}
	return text, true
}

// publish says what became of the push where its reviewers look: in the status of the commit, in the comments of the pull requests, and on the job's page.
func (a appliedPush) publish(ctx context.Context, j *job, host pulls.Host, in *branch, arrivals []gated) error {
	text, good := a.sum()
	ctx = context.WithoutCancel(ctx) // what was applied was applied
	status := pulls.Status{Context: applyContext, State: pulls.StateSuccess, Description: text, URL: j.RunURL}
	if !good {
		status.State = pulls.StateFailure
	}
	var why []string
	for _, err := range a.refused {
		why = append(why, strings.Split(err.Error(), "\n")...)
	}
	why = append(why, a.failedTests()...)
	errs := []error{
		host.SetStatus(ctx, in.after, status), j.outputs.Summarize(report.Applied(text, why)),
		j.outputs.Set("result", map[bool]string{true: "applied", false: "error"}[good]),
	}
	for _, arrival := range arrivals {
		if arrival.Pull == nil {
			continue
		}
		note := report.Applied(text, why)
		if arrival.refused == nil {
			note = report.Applied(text, nil)
		}
		errs = append(errs, noteIn(ctx, host, arrival.Pull.Number, in.config, note))
	}
	return errors.Join(errs...)
}

// noteIn puts a note under the comment of a pull request, in the place of one that is there. Without a comment there is nowhere to put it.
func noteIn(ctx context.Context, host pulls.Host, number int64, config, note string) error {
	self, err := host.Self(ctx)
	if err != nil {
		return err
	}
	ours := isCommentOf(config)
	for comment, err := range host.Comments(ctx, number) {
		if err != nil {
			return err
		}
		if strings.EqualFold(comment.Author, self) && ours(comment.Body) {
			_, err := host.EditComment(ctx, number, comment, report.WithNote(comment.Body, note))
			return err
		}
	}
	return nil
}
