package server

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

const (
	// usualKeep is how long what was restored is kept if nobody says, as by the command, and longestKeep at most: a year, in seconds.
	usualKeep   = 24 * time.Hour
	longestKeep = 366 * 24 * 3600
)

// restore answers POST restore.
func (a *API) restore(c *call) (any, error) {
	var body document.RestoreRequest
	if err := c.read(&body); err != nil {
		return nil, err
	}
	what, err := a.restoration(c, body)
	if err != nil {
		return nil, err
	}
	if !body.Apply {
		if len(body.Plans)+len(body.Overrides) > 0 {
			return nil, badRequest("plans and overrides go with apply")
		}
		plan, err := a.engine.PlanRestore(c.Context(), what)
		if err != nil {
			return nil, err
		}
		if err := c.seesAll(plan); err != nil {
			return nil, err
		}
		return planText(plan)
	}
	if err := c.agreement(body.Plans, body.Overrides); err != nil {
		return nil, err
	}
	done, err := a.engine.Restore(c.Context(), what, body.Plans, reconcile.Approval{Overrides: body.Overrides})
	if other, ok := errors.AsType[*OtherPlanError](err); ok {
		return nil, planChanged(other.Plan, c.sees)
	}
	return done, err
}

// restoration returns what is to be brought back. What the token is not for is refused before anybody looks for it.
func (a *API) restoration(c *call, body document.RestoreRequest) (what reconcile.Restoration, err error) {
	what = reconcile.Restoration{Actor: c.token.actor(), For: cmp.Or(time.Duration(body.KeepFor)*time.Second, usualKeep), Target: body.Target}
	if body.Reason != "" {
		if what.Reason, err = c.reason(body.Reason); err != nil {
			return what, err
		}
	}
	if body.KeepFor < 0 || body.KeepFor > longestKeep {
		return what, badRequest("keep_for: want seconds from 1 to %d", longestKeep)
	}
	if body.Tombstone != "" {
		return what, a.byTombstone(c, body, &what)
	}
	if body.Name == "" || body.Type == "" {
		return what, badRequest("want the id of a tombstone, or a name and a type")
	}
	if what.Key.Name, err = parseZone(body.Name); err != nil {
		return what, badRequest("name: %v", err)
	}
	if what.Key.Type, err = zonefile.ParseType(body.Type); err != nil {
		return what, badRequest("type: %v", err)
	}
	if body.Zone != "" {
		if what.Zone, err = parseZone(body.Zone); err != nil {
			return what, badRequest("zone: %v", err)
		}
	}
	switch {
	case what.Zone.IsZero() && c.token.restricted():
		return what, forbidden("the token " + c.token.Name + " is not for all zones: say in which zone it is")
	case !what.Zone.IsZero() && !c.token.sees(what.Zone):
		return what, otherZone(c.token, what.Zone)
	case !what.Zone.IsZero() && !what.Key.Name.In(what.Zone):
		return what, badRequest("name: %s is not in the zone %s", what.Key.Name, what.Zone)
	}
	if body.At != nil {
		what.At, err = pointOf(*body.At)
	}
	return what, err
}

// byTombstone completes what is to be brought back by the id of a tombstone. One of a zone that the token is not for is as if it were not there.
func (a *API) byTombstone(c *call, body document.RestoreRequest, what *reconcile.Restoration) error {
	if body.Zone+body.Target+body.Name+body.Type != "" || body.At != nil {
		return badRequest("zone, target, name, type and at do not go with a tombstone, which says what it is of")
	}
	stone, err := a.seenTombstone(c, body.Tombstone)
	what.Stone = stone.ID
	return err
}

// pointOf returns a point in the history.
func pointOf(at document.PointRequest) (reconcile.Point, error) {
	point := reconcile.Point{Time: at.Time, Commit: at.Commit, Plan: at.Plan}
	named := 0
	for _, is := range []bool{!at.Time.IsZero(), at.Commit != "", at.Plan != ""} {
		if is {
			named++
		}
	}
	digits, isPlan := strings.CutPrefix(at.Plan, "sha256:")
	switch {
	case named != 1:
		return point, badRequest("at: want one of time, commit and plan")
	case at.Commit != "" && !isHex(at.Commit, 7, 64):
		return point, badRequest("at.commit: want from 7 to 64 hex digits")
	case at.Plan != "" && (!isPlan || !isHex(digits, 4, 64)):
		return point, badRequest("at.plan: want sha256: and from 4 to 64 hex digits")
	case at.Time.After(time.Now()):
		return point, badRequest("at.time is in the future")
	}
	return point, nil
}

// isHex reports whether text has so many hex digits in lower case, and nothing else.
func isHex(text string, least, most int) bool {
	return len(text) >= least && len(text) <= most && strings.Trim(text, "0123456789abcdef") == ""
}

// seesAll returns an error if a plan has a zone that the token is not for.
func (c *call) seesAll(plan *reconcile.Plan) error {
	if slices.ContainsFunc(plan.Zones, func(z reconcile.ZonePlan) bool { return !c.sees(z.Ref) }) {
		return forbidden("the token " + c.token.Name + " is not for all zones that this is about")
	}
	return nil
}
