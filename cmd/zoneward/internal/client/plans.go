package client

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Plan returns the last plans of the zones that are meant, as far as they have something to say.
func (c *Client) Plan(ctx context.Context, only reconcile.Selection) (*reconcile.Plan, error) {
	r := request{what: "read the plans of the daemon", method: http.MethodGet, path: []string{"plans"}, query: selected(only)}
	return c.plan(ctx, r)
}

// plan asks for a plan.
func (c *Client) plan(ctx context.Context, r request) (*reconcile.Plan, error) {
	text, err := c.text(ctx, r)
	if err != nil {
		return nil, err
	}
	plan, err := reconcile.ReadPlan(bytes.NewReader(text))
	if err == nil {
		err = document.CheckPlan(plan)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: what the daemon answers cannot be read: %w", r.what, err)
	}
	return plan, nil
}

// Approve has plans applied that wait or are held, and returns the plan as it was made again, and what became of it. Who approves is who the token is of.
// If one of the plans is another by now, the error wraps reconcile.ErrStale and nothing was done.
//
// It is not repeated by itself. To repeat it is safe: an id is over what is to be changed, and a plan that was applied does not wait any more.
func (c *Client) Approve(ctx context.Context, a reconcile.Approve) (*reconcile.Plan, []reconcile.Outcome, error) {
	body := document.ApproveRequest{Plans: a.Plans, Overrides: a.Overrides, Reason: a.Reason}
	r := request{what: "approve the plans", method: http.MethodPost, path: []string{"plans", "approve"}, body: body, slow: true}
	var doc document.Applied
	if err := c.document(ctx, r, &doc); err != nil {
		return nil, nil, err
	}
	plan, outcomes, err := doc.Outcomes()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: they were applied, and what became of them cannot be read: %w", r.what, err)
	}
	return plan, outcomes, nil
}

// Reconcile has the daemon look at its source, and at the zones that are meant, and returns how many it is going to look at.
func (c *Client) Reconcile(ctx context.Context, only reconcile.Selection) (int, error) {
	body := document.ReconcileRequest{Zones: zoneNames(only), Targets: only.Targets}
	var doc document.Queued
	err := c.document(ctx, request{what: "have the zones looked at", method: http.MethodPost, path: []string{"reconcile"}, body: body}, &doc)
	return doc.Queued, err
}

// PlanRestore returns the plan that brings something back.
func (c *Client) PlanRestore(ctx context.Context, what reconcile.Restoration) (*reconcile.Plan, error) {
	r := request{what: "plan to restore it", method: http.MethodPost, path: []string{"restore"}, body: restoration(what), slow: true}
	return c.plan(ctx, r)
}

// Restore applies the plan that brings something back, if the plans of its zones have exactly those ids. Otherwise the error wraps reconcile.ErrStale and nothing
// was done.
func (c *Client) Restore(ctx context.Context, what reconcile.Restoration, agreed []zonefile.Digest, overrides []reconcile.Guard) (document.Applied, error) {
	body := restoration(what)
	body.Apply, body.Plans, body.Overrides = true, agreed, overrides
	r := request{what: "restore it", method: http.MethodPost, path: []string{"restore"}, body: body, slow: true}
	var doc document.Applied
	err := c.document(ctx, r, &doc)
	return doc, err
}

// restoration returns what is to be brought back as the body of a request.
func restoration(what reconcile.Restoration) document.RestoreRequest {
	body := document.RestoreRequest{
		Tombstone: what.Stone, Zone: document.OfName(what.Zone), Target: what.Target, Reason: what.Reason, KeepFor: int64(what.For.Seconds()),
	}
	if what.Stone == "" {
		body.Name, body.Type = document.OfName(what.Key.Name), document.OfType(what.Key)
	}
	if at := what.At; !at.IsZero() {
		body.At = &document.PointRequest{Time: at.Time, Commit: at.Commit, Plan: at.Plan}
	}
	return body
}
