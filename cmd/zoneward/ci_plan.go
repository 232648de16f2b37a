package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/reconcile"
)

func (c *common) ciPlanCommand() *cobra.Command {
	var f ciFlags
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what merging a change would do to live DNS",
		Long: `Plans what the change between two commits does: the configuration and its policy as the base has them, the zone files as they would be after the merge.
What is adrift without the change is told apart. Nothing is written to a provider, and nothing could be.

With --comment it goes into one comment of the pull request, which is edited when the change is, and the plan's id into the commit status zoneward/plan.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.ciPlan(cmd.Context(), f) },
	}
	f.repositoryFlag(cmd)
	f.outFlag(cmd)
	f.changeFlags(cmd)
	f.failOnFlag(cmd)
	c.formatFlag(cmd, "text", "markdown", "json", "sarif")
	c.statelessFlags(cmd)
	f.snapshot.add(cmd)
	c.serverFlags(cmd, statelessUnfit, snapshotUnfit)
	cmd.Flags().BoolVar(&f.comment, "comment", false, "write the report into a comment of the pull request, and set the commit status")
	return cmd
}

func (c *common) ciValidateCommand() *cobra.Command {
	var f ciFlags
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check the zone files of a change, and ask nobody",
		Long: `Checks the zone files as they would be after the merge, and the DNS tests against what they state. No provider is asked, and no secret is needed, so it
may run for anybody's pull request.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.ciValidate(cmd.Context(), f) },
	}
	f.repositoryFlag(cmd)
	f.changeFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	return cmd
}

// ciPlan plans a change, writes the report wherever it is wanted, and ends as --fail-on says.
func (c *common) ciPlan(ctx context.Context, f ciFlags) error {
	j, err := c.openJob()
	if err != nil {
		return err
	}
	r, head, err := c.reportOf(ctx, j, f)
	if err != nil {
		return c.publishFailure(ctx, j, f, err)
	}
	r.Details = j.RunURL
	return c.deliver(ctx, j, f, r, head, f.comment)
}

// deliver writes a report wherever it is wanted, and returns how the command ends. That it cannot be written to one place keeps it from no other.
func (c *common) deliver(ctx context.Context, j *job, f ciFlags, r *report.Report, head string, comment bool) error {
	errs := []error{c.writeReport(r), writeReports(f.out, r), j.hand(r, f.out)}
	if comment {
		errs = append(errs, c.publish(ctx, j, r, head))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return endOfReport(r, f.failOn)
}

// reportOf makes the report of a change, or has a daemon make it. Head is the newest commit that is proposed.
func (c *common) reportOf(ctx context.Context, j *job, f ciFlags) (r *report.Report, head string, err error) {
	if c.remote.is() {
		return c.reportAtServer(ctx, j, f)
	}
	ch, err := c.openChange(ctx, j, f, !f.snapshot.is())
	if err != nil {
		return nil, "", err
	}
	defer ch.close()
	if err := c.openReaders(ctx, ch, f); err != nil {
		return nil, "", err
	}
	head = j.headOf(ch.HeadCommit)
	r, err = ch.report(ctx, head)
	if err != nil {
		return nil, "", err
	}
	if r.SnapshotAt, err = f.snapshot.at(); err != nil {
		return nil, "", err
	}
	r.Stateless = c.stateless
	c.tellNeeds(r.Proposal.Plan, ch.workspace.config.policies())
	return r, head, nil
}

// openReaders opens what planning a change reads: the providers or a snapshot of them, and the state where there is one.
func (c *common) openReaders(ctx context.Context, ch *change, f ciFlags) error {
	_, err := os.Stat(ch.workspace.config.state)
	bare := !c.stateless && (f.snapshot.is() || errors.Is(err, fs.ErrNotExist)) // as on a runner, which has no state
	c.stateless = c.stateless || bare
	if f.snapshot.is() {
		err = c.openSnapshot(ctx, ch.workspace, f.snapshot)
	} else {
		err = c.openTargets(ctx, ch.workspace, toPlan)
	}
	if bare {
		ch.planner.Keepless = false // whether there is a store is for those to know who apply
	}
	return err
}

// headOf returns the newest commit that is proposed: of a merge that the forge made it is not that merge.
func (j *job) headOf(planned string) string {
	if j.Head != "" {
		return j.Head
	}
	return planned
}

// report plans the change, and runs the DNS tests against what it would come to.
func (ch *change) report(ctx context.Context, head string) (*report.Report, error) {
	proposal, err := ch.planner.Propose(ctx, ch.Base, ch.Proposed.Head)
	if err != nil {
		return nil, err
	}
	proposal.Base, proposal.Head = ch.BaseCommit, head
	r := &report.Report{
		Config: ch.config, Proposal: proposal, ConfigFiles: ch.configFiles(), Conflicts: ch.Conflicts, Redact: ch.workspace.config.redact,
	}
	r.Tests, r.Problems = testsOf(ctx, ch.Proposed.Head.FS, ch.source, proposal)
	return r, nil
}

// writeReport writes a report to standard output in the format that was asked for.
func (c *common) writeReport(r *report.Report) error {
	switch c.format {
	case "json":
		return r.WriteJSON(c.stdout)
	case "markdown":
		return r.WriteMarkdown(c.stdout)
	case "sarif":
		return r.WriteSARIF(c.stdout)
	}
	return r.WriteText(c.stdout, c.colours())
}

// hand gives the job's later steps what came of it, its page a summary, and lines of files what there is to say about them.
func (j *job) hand(r *report.Report, out string) error {
	errs := []error{
		j.handPlan(r.Proposal.Plan, out), j.outputs.Set("result", r.Class().String()), j.outputs.Summarize(r.Summary(report.MaxSummary)),
	}
	for _, a := range r.Annotations() {
		_, err := j.log.Annotate(a)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// handPlan gives the job's later steps what a plan is, and the names of the files that [writeReports] wrote.
func (j *job) handPlan(plan *reconcile.Plan, out string) error {
	s := plan.Summary()
	errs := []error{
		j.outputs.Set("changes", fmt.Sprint(s.Changes()+s.Deferred > 0)),
		j.outputs.Set("create", fmt.Sprint(s.Create)),
		j.outputs.Set("update", fmt.Sprint(s.Update)),
		j.outputs.Set("retire", fmt.Sprint(s.Retire)),
		j.outputs.Set("held", fmt.Sprint(s.Held)),
		j.outputs.Set("plan-id", plan.ID().String()),
	}
	if out != "" {
		errs = append(errs, j.outputs.Set("plan-file", filepath.Join(out, "plan.json")), j.outputs.Set("report", filepath.Join(out, "report.json")))
	}
	return errors.Join(errs...)
}

// endOfReport returns how the command ends.
func endOfReport(r *report.Report, failOn string) error {
	classes := []report.Class{report.Failed}
	switch failOn {
	case "held":
		classes = append(classes, report.Held)
	case "changes":
		classes = append(classes, report.Held, report.Changes)
	}
	if class := r.Class(); slices.Contains(classes, class) {
		return exitStatus(map[report.Class]exitCode{report.Failed: exitError, report.Held: exitHeld, report.Changes: exitChanges}[class])
	}
	return nil
}
