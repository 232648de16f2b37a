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
	all, err := a.engine.Suspensions(c.Context())
	scopes := only.Scopes()
	all = slices.DeleteFunc(all, func(s reconcile.Suspension) bool {
		return !c.seesScope(s.Zone) || !slices.ContainsFunc(scopes, s.Overlaps)
	})
	return document.Suspensions{Version: document.Version, Suspensions: document.OfSuspensions(all)}, err
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
	if !body.Until.IsZero() && !body.Until.After(time.Now()) {
		return nil, badRequest("until: is over")
	}
	only, err := c.scope(body.Zones, body.Targets, body.All)
	if err != nil {
		return nil, err
	}
	made, err := a.engine.Suspend(c.Context(), only, body.Until.UTC(), c.token.actor(), reason)
	return document.Suspensions{Version: document.Version, Suspensions: document.OfSuspensions(made)}, err
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
	only, err := c.scope(zones, targets, everything)
	if err != nil {
		return nil, err
	}
	ended, left, err := a.engine.Resume(c.Context(), only, c.token.actor(), reason)
	switch {
	case err != nil:
		return nil, err
	case len(ended) == 0:
		return nil, notFound("nothing of that is suspended by that name")
	}
	left = slices.DeleteFunc(left, func(s reconcile.Suspension) bool { return !c.seesScope(s.Zone) })
	return document.Resumed{Version: document.Version, Resumed: document.OfSuspensions(ended), Suspended: document.OfSuspensions(left)}, nil
}

// scope returns what is to be suspended, or resumed; the zero Selection is everything, and somebody has to say so. A token that is not for all zones has to name
// them, since a target, or everything, has others too.
func (c *call) scope(zones, targets []string, everything bool) (reconcile.Selection, error) {
	only, err := selectionOf(zones, targets)
	if err != nil {
		return only, err
	}
	named := len(only.Zones)+len(only.Targets) > 0
	switch {
	case everything && named:
		return only, badRequest("all is everything: no zone and no target goes with it")
	case !everything && !named:
		return only, badRequest("want zones, targets, or all")
	case len(only.Zones) == 0 && c.token.restricted():
		return only, forbidden("the token " + c.token.Name + " is not for all zones: name zones")
	case max(len(only.Zones), 1)*max(len(only.Targets), 1) > mostNames:
		return only, badRequest("these are more than %d", mostNames)
	}
	for _, zone := range only.Zones {
		if !c.token.sees(zone) {
			return only, otherZone(c.token, zone)
		}
	}
	return only, nil
}
