package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/gate"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// The modes of ci apply: which plan may be applied.
const (
	modeExact    = "exact"    // the one that was reviewed
	modeSubset   = "subset"   // or a part of it
	modeOverride = "override" // or another one, if somebody has labelled the pull request
)

// ciApplyFlags are those of ci apply alone.
type ciApplyFlags struct {
	before, after string
	mode          string // exact, subset or override
	overrides     []string
	wait          time.Duration
}

func (c *common) ciApplyCommand() *cobra.Command {
	var f ciFlags
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Apply what was merged, if it is what was reviewed",
		Long: `Looks up which pull requests brought the commits of a push, and which plan each was reviewed with; plans again at the newest commit; and applies a plan if
it is the one that was reviewed. Otherwise it says what differs, applies nothing of it, and exits with 4. That nothing is to be done any more is fine.

With --mode subset it applies a plan, too, that is a part of the one that was reviewed, change for change: what is left where applying that was interrupted.
With --mode override it applies another plan, too, if somebody who may write to the repository has given the pull request the label ` + gate.OverrideLabel + `.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.ciApply(cmd.Context(), f) },
	}
	f.repositoryFlag(cmd)
	f.outFlag(cmd)
	c.formatFlag(cmd, "text", "json")
	c.statelessFlags(cmd)
	cmd.Flags().StringVar(&f.apply.before, "before", "", "the `COMMIT` that the branch was at (default: that of the push)")
	cmd.Flags().StringVar(&f.apply.after, "after", "", "the newest `COMMIT` of the branch (default: that of the push)")
	cmd.Flags().StringVar(&f.apply.mode, "mode", modeExact, "`MODE`: exact (what was reviewed), subset (or what is left of it), override (or what somebody has labelled)")
	cmd.Flags().StringArrayVar(&f.apply.overrides, "override", nil, "apply what the `GUARD` holds (can be repeated)")
	cmd.Flags().DurationVar(&f.apply.wait, "wait", usualWait, "wait for what cannot be done at once for this `TIME` at most; 0s: do not wait")
	return cmd
}

// gated is what came to the branch, and what of its plan may be applied.
type gated struct {
	gate.Arrival
	plan *reconcile.Plan // as it is now
	// refused is why it is not applied, nil if it is.
	refused error
	// by is who has said that it is applied although it is another plan.
	by string
}

// ciApply applies what was reviewed of a push.
func (c *common) ciApply(ctx context.Context, f ciFlags) error {
	if !slices.Contains([]string{modeExact, modeSubset, modeOverride}, f.apply.mode) {
		return &usageError{err: fmt.Errorf("--mode %q: want %s, %s or %s", f.apply.mode, modeExact, modeSubset, modeOverride)}
	}
	approval, err := approvalOf(agreement{reviewed: true, overrides: f.apply.overrides})
	if err != nil {
		return err
	}
	j, err := c.openJob()
	if err != nil {
		return err
	}
	before, after := f.apply.before, f.apply.after
	if before == "" && after == "" {
		before, after = j.Before, j.After
	}
	if before == "" && after != "" && f.apply.after == "" {
		fmt.Fprintln(c.stderr, "note: the push made the branch: nothing that it has was reviewed, and nothing is applied")
		return nil
	}
	if before == "" || after == "" {
		return &usageError{errors.New("nothing says which commits came to the branch"), "give --before and --after; in a CI job on a push they are known"}
	}
	host, err := c.host(j)
	if err != nil {
		return err
	}
	in, err := c.openBranch(ctx, f, before, after)
	if err != nil {
		return err
	}
	defer in.close()
	arrivals, err := in.arrivals(ctx, j, host, f.apply.mode)
	if err != nil {
		return err
	}
	done := c.applyGated(ctx, in, arrivals, approval, f)
	done.tell(c)
	return errors.Join(done.err, done.publish(ctx, j, host, in, arrivals), done.hand(j, f.out), done.status())
}

// branch is what was pushed, with the configuration of the work tree, which is at its newest commit.
type branch struct {
	*workspace
	config     string // as it is named in comments and statuses
	repository *git.Repository
	commits    []git.Commit // the oldest first
	before     string
	after      string
}

// openBranch opens what applying a push needs. The work tree has to be at its newest commit.
func (c *common) openBranch(ctx context.Context, f ciFlags, before, after string) (in *branch, err error) {
	cfg, err := loadConfig(c.configFile, c.lookup, true)
	if err != nil {
		return nil, err
	}
	if err := c.refuseNeeds(cfg.policies()); err != nil {
		return nil, err
	}
	top, err := topOf(f.repository)
	if err != nil {
		return nil, err
	}
	config, inside, err := configIn(top, c.configFile)
	if err != nil {
		return nil, err
	}
	source, err := cfg.source.below(top, config, inside)
	if err != nil {
		return nil, err
	}
	repository, err := git.OpenRepository(git.RepositoryOptions{URL: top, Path: source, MaxFileBytes: cfg.source.fileBytes()})
	if err != nil {
		return nil, err
	}
	w := &workspace{config: cfg, source: repository, planner: cfg.planner(), actor: actor(c.lookup, userAtHost)}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	w.planner.Folder = source
	if w.planner.Vetter, err = cfg.source.vetter(repository); err != nil {
		return nil, err
	}
	in = &branch{workspace: w, config: config, repository: repository, before: before}
	checked, err := repository.At(ctx, "HEAD")
	if err != nil {
		return nil, err
	}
	if w.tree, err = repository.At(ctx, after); err != nil {
		return nil, advised(err)
	}
	if in.after = w.tree.Revision; checked.Revision != in.after {
		return nil, &usageError{
			fmt.Errorf("the work tree is at %.12s, and what was pushed is %.12s: the configuration would be that of another commit", checked.Revision, in.after), "check out " + in.after,
		}
	}
	if in.commits, err = repository.FirstParents(ctx, before, after); err != nil {
		return nil, advised(err)
	}
	slices.Reverse(in.commits)
	return in, c.openTargets(ctx, w, toWrite)
}

// arrivals returns what came to the branch, each with its plan as it is now and whether that may be applied.
func (in *branch) arrivals(ctx context.Context, j *job, host pulls.Host, mode string) ([]gated, error) {
	g := &gate.Gate{Host: host, Branch: strings.TrimPrefix(j.Ref, "refs/heads/"), Context: gate.StatusContext(in.config)}
	if in.workspace.config.pulls != nil {
		g.Trust = in.workspace.config.pulls.trust
	}
	var ids []string
	for _, commit := range in.commits {
		ids = append(ids, commit.ID)
	}
	found, err := g.Arrivals(ctx, in.before, ids)
	if err != nil {
		return nil, err
	}
	all := make([]gated, len(found))
	for i, arrival := range found {
		all[i].Arrival = arrival
		if all[i].plan, err = planTouched(ctx, in.planner, in.repository, arrival.Before, arrival.After, in.tree); err != nil {
			return nil, advised(err)
		}
		if err := all[i].judge(ctx, g, in, mode); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// judge says whether what came may be applied.
func (a *gated) judge(ctx context.Context, g *gate.Gate, in *branch, mode string) error {
	s := a.plan.Summary()
	switch {
	case s.Errors == 0 && s.Changes()+s.Deferred == 0: // somebody has done it already, or there was nothing to do
		return nil
	case !a.Plan.IsZero() && a.plan.ID() == a.Plan:
		return nil
	case a.Plan.IsZero():
		a.refused = fmt.Errorf("%w: %s was not reviewed: %s", reconcile.ErrStale, a.Arrival, a.Why)
	default:
		reviewed, why, err := a.reviewed(ctx, g, in.config)
		if err != nil {
			return err
		}
		if reviewed != nil {
			if mode == modeSubset && isRest(a.plan, reviewed) {
				return nil
			}
			why = strings.Join(in.workspace.config.redact.Differences(reviewed, a.plan), "\n")
		}
		a.refused = fmt.Errorf("%w: %s was reviewed with plan %s, and the plan is %s now: %s", reconcile.ErrStale, a.Arrival, a.Plan, a.plan.ID(), why)
	}
	if mode != modeOverride || a.Pull == nil {
		return nil
	}
	who, why, err := g.Overridden(ctx, a.Pull.Number)
	if err != nil {
		return err
	}
	if who == "" {
		a.refused = fmt.Errorf("%w; and %s", a.refused, why)
		return nil
	}
	a.by, a.refused = who, nil
	return nil
}

// reviewed returns the plan that was reviewed, as the comment has it: its id is the one of the status. It is nil if the comment does not have it, and why says so.
func (a *gated) reviewed(ctx context.Context, g *gate.Gate, config string) (plan *reconcile.Plan, why string, err error) {
	self, err := g.Host.Self(ctx)
	if err != nil {
		return nil, "", err
	}
	for comment, err := range g.Host.Comments(ctx, a.Pull.Number) {
		if err != nil {
			return nil, "", err
		}
		marker, ok := report.ParseMarker(comment.Body)
		if !ok || !strings.EqualFold(comment.Author, self) || marker.Config != config || marker.Plan != a.Plan {
			continue
		}
		plan, err := marker.Reviewed()
		if err != nil {
			return nil, err.Error(), nil
		}
		return plan, "", nil
	}
	return nil, "what was reviewed is not at hand: compare with the comment", nil
}

// isRest reports whether all that a plan does is part of one that was reviewed.
func isRest(plan, reviewed *reconcile.Plan) bool {
	return !slices.ContainsFunc(plan.Zones, func(z reconcile.ZonePlan) bool {
		was := reviewed.Zone(z.Ref)
		return was == nil || !z.RestOf(was)
	})
}

// writeApplying shows what is going to be applied, without what the configuration keeps out of reports: the log of a job may be anybody's to read. The files in the
// folder out are written before anything is.
func (c *common) writeApplying(in *branch, plan *reconcile.Plan, out string) error {
	r := &report.Report{Config: in.config, Redact: in.workspace.config.redact, Proposal: &reconcile.Proposal{Base: in.before, Head: in.after, Plan: plan}}
	for i := range plan.Zones {
		z := &plan.Zones[i]
		r.Proposal.Zones = append(r.Proposal.Zones, reconcile.ProposedZone{ZonePlan: z, Caused: z.Changes, Later: z.Deferred, Leaving: z.Waiting})
	}
	if err := writeReports(out, r); err != nil || c.format != "text" {
		return err
	}
	return r.WriteText(c.stdout, c.colours())
}

// moved refuses what is another plan by now, or cannot be planned any more. A part of what was reviewed is not what was reviewed.
func (a *gated) moved(now *reconcile.Plan) {
	for _, was := range a.plan.Zones {
		z := now.Zone(was.Ref)
		switch {
		case a.refused != nil:
			return
		case z != nil && z.Err != nil && was.Err == nil:
			a.refused = fmt.Errorf("%w: %s of %s cannot be planned any more: %w", reconcile.ErrStale, was.Ref, a.Arrival, z.Err)
		case z == nil || z.ID != was.ID:
			a.refused = fmt.Errorf("%w: %s of %s has moved while it was looked at", reconcile.ErrStale, was.Ref, a.Arrival)
		}
	}
}

// refuseShared refuses what has something to do in a zone in common with something that is refused: what is live of that zone would be neither the one nor the other.
func refuseShared(arrivals []gated) {
	refused := map[reconcile.Ref]gate.Arrival{}
	for changed := true; changed; {
		changed = false
		for i := range arrivals {
			a := &arrivals[i]
			for _, z := range a.plan.Zones {
				if with, ok := refused[z.Ref]; ok && a.refused == nil && len(z.Changes)+len(z.Deferred) > 0 {
					a.refused = fmt.Errorf("%w: %s has %s in common with %s, which is not applied", reconcile.ErrStale, a.Arrival, z.Ref, with)
				}
			}
			for _, z := range a.plan.Zones {
				if _, ok := refused[z.Ref]; !ok && a.refused != nil {
					refused[z.Ref], changed = a.Arrival, true
				}
			}
		}
	}
}

// applyGated applies what may be: of each that came all or nothing.
func (c *common) applyGated(ctx context.Context, in *branch, arrivals []gated, approval reconcile.Approval, f ciFlags) (done appliedPush) {
	refuseShared(arrivals)
	var names []zonefile.Name
	for _, a := range arrivals {
		for _, z := range a.plan.Zones {
			if a.refused == nil {
				names = append(names, z.Zone)
			}
		}
	}
	plan := &reconcile.Plan{}
	if len(names) > 0 {
		in.only = reconcile.Selection{Zones: names, Lenient: true}
		if plan, done.err = c.makePlan(ctx, in.workspace); done.err != nil {
			return done
		}
		for i := range arrivals {
			arrivals[i].moved(plan)
		}
		refuseShared(arrivals)
	}
	allowed := map[reconcile.Ref]bool{}
	for _, a := range arrivals {
		if a.refused != nil {
			done.refused = append(done.refused, a.refused)
			continue
		}
		if a.by != "" {
			fmt.Fprintf(c.stderr, "note: %s is applied with a plan that was not reviewed: %s has given it the label %s\n", a.Arrival, render.Shown(a.by), gate.OverrideLabel)
		}
		for _, z := range a.plan.Zones {
			allowed[z.Ref] = true
		}
	}
	if len(allowed) == 0 {
		return done
	}
	plan.Zones = slices.DeleteFunc(plan.Zones, func(z reconcile.ZonePlan) bool { return !allowed[z.Ref] })
	done.plan = plan
	if done.err = c.writeApplying(in, plan, f.out); done.err != nil {
		return done
	}
	done.outcomes = c.carry(ctx, in.workspace, plan, carrying{approval: approval, follow: &f.apply.wait})
	done.ended = ended(ctx, done.outcomes)
	done.tests = in.workspace.config.redact.Tests(in.testLive(ctx, done.outcomes))
	return done
}
