package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// asking returns a planner for plans that people look at.
func (e *engine) asking() *reconcile.Planner {
	planner := *e.planner
	planner.Unattended, planner.Reviewer, planner.Vetter, planner.Progress = false, nil, nil, nil
	return &planner
}

// propose plans a change that is proposed to the branch.
func (e *engine) propose(ctx context.Context, repository *git.Repository, base, head string) (*report.Report, error) {
	if base == "" {
		tree, err := repository.Tree(ctx)
		if err != nil {
			return nil, err
		}
		base = tree.Revision
	}
	change, err := repository.Proposed(ctx, base, head)
	if err != nil {
		return nil, err
	}
	proposal, err := e.asking().Propose(ctx, change.Base, change.Head)
	if err != nil {
		return nil, err
	}
	proposal.Base, proposal.Head = change.BaseCommit, change.HeadCommit
	r := &report.Report{Config: e.config.reportedAs(), Proposal: proposal, Conflicts: change.Conflicts, Redact: e.config.redact}
	r.Tests, r.Problems = testsOf(ctx, change.Head.FS, e.config.source.folder(), proposal)
	return r, nil
}

// Propose plans a change for somebody who asks the API.
func (a daemonAPI) Propose(ctx context.Context, what server.ProposalRequest) ([]byte, error) {
	e := a.d.current()
	repository, ok := e.source.(*git.Repository)
	if !ok {
		return nil, fmt.Errorf("%w: its source is a directory", server.ErrNoProposals)
	}
	if what.Ref != "" {
		if !git.IsPullRef(what.Ref) {
			return nil, fmt.Errorf("%w: %s is not the reference of a pull request, such as refs/pull/12/head", server.ErrNoCommit, what.Ref)
		}
		at, err := repository.FetchRef(ctx, what.Ref)
		if err != nil {
			return nil, asProposalError(err)
		}
		if at != what.Head {
			return nil, fmt.Errorf("%w: %s is at %s", server.ErrNoCommit, what.Ref, at)
		}
	}
	r, err := e.propose(ctx, repository, what.Base, what.Head)
	if err != nil {
		return nil, asProposalError(err)
	}
	if what.Sees != nil {
		if err := narrow(r, what.Sees); err != nil {
			return nil, err
		}
	}
	var text bytes.Buffer
	if err := r.WriteJSON(&text); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// narrow leaves in a report what is about zones that somebody may see. The error wraps server.ErrOtherZones if the change touches others.
func narrow(r *report.Report, sees func(zonefile.Name) bool) error {
	refs := slices.Clone(r.Proposal.Left)
	for _, z := range r.Proposal.Zones {
		refs = append(refs, z.Ref)
	}
	for _, ref := range refs {
		if !sees(ref.Zone) {
			return fmt.Errorf("%w: %s", server.ErrOtherZones, ref.Zone)
		}
	}
	if len(r.Conflicts) > 0 { // which of its files are whose nobody can tell
		return server.ErrNeedsUpdate
	}
	r.Problems, r.ConfigFiles, r.Proposal.Plan.Notices = nil, nil, nil
	r.Tests = slices.DeleteFunc(r.Tests, func(t dnstest.Result) bool {
		zone, err := zonefile.ParseName(t.Zone, zonefile.Root)
		return err != nil || !sees(zone)
	})
	return nil
}

// asProposalError returns an error as the API knows it.
func asProposalError(err error) error {
	switch {
	case errors.Is(err, git.ErrNoRevision), errors.Is(err, git.ErrNoBranch), errors.Is(err, git.ErrNoReference):
		return fmt.Errorf("%w: %w", server.ErrNoCommit, err)
	case errors.Is(err, git.ErrUnrelated), errors.Is(err, git.ErrShallow):
		return fmt.Errorf("%w: %w", server.ErrNeedsUpdate, err)
	case errors.Is(err, git.ErrTooLarge):
		return fmt.Errorf("%w: %w", server.ErrProposalTooLarge, err)
	case errors.Is(err, reconcile.ErrNoZones), errors.Is(err, git.ErrEmpty), errors.Is(err, git.ErrNoPath):
		return fmt.Errorf("%w: %w", server.ErrNeedsUpdate, err)
	}
	for _, unreadable := range []error{git.ErrNoRepository, git.ErrAuth, git.ErrHostKey} {
		if errors.Is(err, unreadable) {
			return fmt.Errorf("%w: %w", server.ErrSource, err)
		}
	}
	return err
}

// Reviews are those of the state.
func (a daemonAPI) Reviews(ctx context.Context, pull int, open bool) ([]document.Review, error) {
	reviews, err := a.d.state.Reviews(ctx, store.ReviewQuery{Pull: pull, Open: open})
	all := make([]document.Review, len(reviews))
	for i, r := range reviews {
		all[i] = reviewDocument(r)
	}
	return all, err
}

// reviewDocument returns a review as the API shows it.
func reviewDocument(r store.Review) document.Review {
	doc := document.Review{
		Pull: r.Pull, URL: r.URL, Context: r.Context, State: document.ReviewOpen, Base: r.Base, Head: r.Head, Plan: r.Plan, MadeAt: r.MadeAt.UTC(),
		ClosedAt: document.OfTime(r.ClosedAt),
	}
	for _, z := range r.Zones {
		doc.Zones = append(doc.Zones, document.PlanID{Zone: z.Zone.String(), Target: z.Target, ID: z.ID})
	}
	switch {
	case r.Merged != "":
		doc.State, doc.Merged = document.ReviewMerged, &r.Merged
	case !r.ClosedAt.IsZero():
		doc.State = document.ReviewClosed
	}
	return doc
}
