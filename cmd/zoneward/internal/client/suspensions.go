package client

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
)

// Suspensions returns the suspensions in force that have something in common with what is meant.
func (c *Client) Suspensions(ctx context.Context, only reconcile.Selection) ([]reconcile.Suspension, error) {
	r := request{what: "read what is suspended", method: http.MethodGet, path: []string{"suspensions"}, query: selected(only)}
	var doc document.Suspensions
	if err := c.document(ctx, r, &doc); err != nil {
		return nil, err
	}
	return suspensionsOf(r, doc.Suspensions)
}

// Suspend keeps each zone that is meant, on each target, from being written: until a time, or with the zero time until somebody resumes it. A selection of
// nothing means everything. Who suspends is who the token is of.
func (c *Client) Suspend(ctx context.Context, only reconcile.Selection, reason string, until time.Time) ([]reconcile.Suspension, error) {
	body := document.SuspendRequest{Zones: zoneNames(only), Targets: only.Targets, All: isAll(only), Reason: reason, Until: until}
	r := request{what: "suspend", method: http.MethodPost, path: []string{"suspensions"}, body: body}
	var doc document.Suspensions
	if err := c.document(ctx, r, &doc); err != nil {
		return nil, err
	}
	made, err := suspensionsOf(r, doc.Suspensions)
	if err == nil && len(made) == 0 { // somebody is going to rely on it
		err = fmt.Errorf("%s: the daemon does not say that it has done so; look at what is suspended", r.what)
	}
	return made, err
}

// Resume ends the suspensions of what is meant, and returns them, and those that still stand. A selection of nothing means that of everything.
func (c *Client) Resume(ctx context.Context, only reconcile.Selection, reason string) (ended, left []reconcile.Suspension, err error) {
	query := selected(only)
	if isAll(only) {
		query.Set("all", "true")
	}
	query.Set("reason", reason)
	r := request{what: "resume", method: http.MethodDelete, path: []string{"suspensions"}, query: query}
	var doc document.Resumed
	if err := c.document(ctx, r, &doc); err != nil {
		return nil, nil, err
	}
	if ended, err = suspensionsOf(r, doc.Resumed); err != nil {
		return nil, nil, err
	}
	left, err = suspensionsOf(r, doc.Suspended)
	return ended, left, err
}

// Verify has name servers asked whether they serve what the providers have: again until all agree, for at most so long. With whole all RRsets are compared.
func (c *Client) Verify(ctx context.Context, only reconcile.Selection, within time.Duration, whole bool) (document.Verified, error) {
	body := document.VerifyRequest{Zones: zoneNames(only), Targets: only.Targets, Within: int64(within.Seconds()), Whole: whole}
	var doc document.Verified
	err := c.document(ctx, request{what: "verify", method: http.MethodPost, path: []string{"verify"}, body: body, slow: true}, &doc)
	return doc, err
}

func isAll(only reconcile.Selection) bool { return len(only.Zones)+len(only.Targets) == 0 }

func suspensionsOf(r request, docs []document.Suspension) ([]reconcile.Suspension, error) {
	all, err := document.SuspensionsOf(docs)
	if err != nil {
		return nil, fmt.Errorf("%s: what the daemon answers cannot be read: %w", r.what, err)
	}
	return all, nil
}
