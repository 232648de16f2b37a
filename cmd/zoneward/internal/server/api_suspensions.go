package server

import (
	"slices"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
)

// suspensions answers GET suspensions.
func (a *API) suspensions(c *call) (any, error) {
	only := c.query.selection()
	if err := c.query.done(); err != nil {
		return nil, err
	}
	all, err := a.seenSuspensions(c, only.Scopes())
	return document.Suspensions{Version: document.Version, Suspensions: document.OfSuspensions(all)}, err
}

// seenSuspensions returns the suspensions that have something in common with scopes.
func (a *API) seenSuspensions(c *call, scopes []reconcile.Scope) ([]reconcile.Suspension, error) {
	all, err := a.engine.Suspensions(c.Context())
	return slices.DeleteFunc(all, func(s reconcile.Suspension) bool {
		return !c.seesScope(s.Zone) || !slices.ContainsFunc(scopes, s.Overlaps)
	}), err
}

// suspend answers POST suspensions.
func (a *API) suspend(c *call) (any, error) {
	var body document.SuspendRequest
	if err := c.read(&body); err != nil {
		return nil, err
	}
	reason, err := c.reason(body.Reason)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	if !body.Until.IsZero() && !body.Until.After(now) {
		return nil, badRequest("until: is over")
	}
	scopes, err := c.scopes(body.Zones, body.Targets, body.All)
	if err != nil {
		return nil, err
	}
	all := make([]reconcile.Suspension, len(scopes))
	for i, scope := range scopes {
		all[i] = reconcile.Suspension{Scope: scope, Reason: reason, Actor: c.token.actor(), Since: now, Until: body.Until.UTC()}
	}
	if err := a.engine.Suspend(c.Context(), all); err != nil {
		return nil, err
	}
	return document.Suspensions{Version: document.Version, Suspensions: document.OfSuspensions(all)}, nil
}

// resume answers DELETE suspensions. What is resumed is looked at at once.
func (a *API) resume(c *call) (any, error) {
	zones, targets, everything := c.query.all("zone"), c.query.all("target"), c.query.flag("all")
	reason := c.query.one("reason")
	if err := c.query.done(); err != nil {
		return nil, err
	}
	reason, err := c.reason(reason)
	if err != nil {
		return nil, err
	}
	scopes, err := c.scopes(zones, targets, everything)
	if err != nil {
		return nil, err
	}
	ended, err := a.engine.Resume(c.Context(), scopes, c.token.actor(), reason)
	if err != nil {
		return nil, err
	}
	left, err := a.seenSuspensions(c, scopes)
	if err != nil {
		return nil, err
	}
	if len(ended) == 0 {
		return nil, notFound("nothing of that is suspended by that name")
	}
	return document.Resumed{Version: document.Version, Resumed: document.OfSuspensions(ended), Suspended: document.OfSuspensions(left)}, nil
}

// scopes returns what is to be suspended, or resumed: each zone on each target. A token that is not for all zones has to name them, since a target, or
// everything, has others too.
func (c *call) scopes(zones, targets []string, everything bool) ([]reconcile.Scope, error) {
	only, err := selectionOf(zones, targets)
	if err != nil {
		return nil, err
	}
	named := len(only.Zones)+len(only.Targets) > 0
	switch {
	case everything && named:
		return nil, badRequest("all is everything: no zone and no target goes with it")
	case !everything && !named:
		return nil, badRequest("want zones, targets, or all")
	case len(only.Zones) == 0 && c.token.restricted():
		return nil, forbidden("the token " + c.token.Name + " is not for all zones: name zones")
	case max(len(only.Zones), 1)*max(len(only.Targets), 1) > mostNames:
		return nil, badRequest("these are more than %d", mostNames)
	}
	for _, zone := range only.Zones {
		if !c.token.sees(zone) {
			return nil, otherZone(c.token, zone)
		}
	}
	return only.Scopes(), nil
}
