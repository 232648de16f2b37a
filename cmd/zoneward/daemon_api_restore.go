package main

import (
	"context"
	"slices"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// PlanRestore makes the plan that brings something back.
func (a daemonAPI) PlanRestore(ctx context.Context, what reconcile.Restoration) (*reconcile.Plan, error) {
	w, err := a.workspace(ctx, reconcile.Selection{}, what.Actor)
	if err != nil {
		return nil, err
	}
	plan, _, err := w.planRestore(ctx, what)
	return plan, err
}

// Restore makes that plan again and applies it, if it is what was agreed to.
func (a daemonAPI) Restore(
	ctx context.Context, what reconcile.Restoration, agreed []zonefile.Digest, approval reconcile.Approval,
) (document.Applied, error) {
	w, err := a.workspace(ctx, reconcile.Selection{}, what.Actor)
	if err != nil {
		return document.Applied{}, err
	}
	plan, what, err := w.planRestore(ctx, what)
	if err != nil {
		return document.Applied{}, err
	}
	if !isAgreed(plan, agreed) {
		return document.Applied{}, &server.OtherPlanError{Plan: plan}
	}
	applier := w.applier()
	applier.Reason = what.Reason
	outcomes := applier.Apply(ctx, w.tree, plan, approval)
	return a.restored(ctx, w, plan, outcomes, what)
}

// isAgreed reports whether a plan has what was agreed to, and does nothing else.
func isAgreed(plan *reconcile.Plan, agreed []zonefile.Digest) bool {
	for _, z := range plan.Zones {
		if len(z.Changes)+len(z.Deferred) > 0 && !slices.Contains(agreed, z.ID) {
			return false
		}
	}
	return !slices.ContainsFunc(agreed, func(id zonefile.Digest) bool {
		return !slices.ContainsFunc(plan.Zones, func(z reconcile.ZonePlan) bool { return z.ID == id })
	})
}

// restored returns what became of a restoration, and what git needs so that it stays. That is told although the daemon ends: it is done.
func (a daemonAPI) restored(
	ctx context.Context, w *workspace, plan *reconcile.Plan, outcomes []reconcile.Outcome, what reconcile.Restoration,
) (document.Applied, error) {
	doc, err := document.OfApplied(plan, outcomes)
	if err != nil {
		return doc, err
	}
	told, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	needs, err := w.restorationNeeds(told, plan, outcomes, what)
	if err != nil {
		return doc, err
	}
	doc.Git = needsDocument(needs)
	if slices.ContainsFunc(outcomes, func(o reconcile.Outcome) bool { return o.Status == reconcile.Applied }) {
		doc.Kept = document.OfTime(plan.CreatedAt.Add(what.For))
	}
	var only reconcile.Selection
	for _, z := range plan.Zones {
		only.Zones = append(only.Zones, z.Zone)
	}
	a.lookAgain(told, only)
	return doc, nil
}
