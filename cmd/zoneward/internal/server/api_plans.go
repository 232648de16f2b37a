package server

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

const (
	// mostPlans is how many plans a request may name, and a problem does.
	mostPlans = 1000
	// longestReason is the most characters of a reason.
	longestReason = 500
)

// plans answers GET plans.
func (a *API) plans(c *call) (any, error) {
	only := c.query.selection()
	if err := c.query.done(); err != nil {
		return nil, err
	}
	return planText(a.seenPlan(c, only))
}

// seenPlan returns what has something to say, as far as the token is for it.
func (a *API) seenPlan(c *call, only reconcile.Selection) *reconcile.Plan {
	plan := *a.engine.Plan(only)
	plan.Zones = slices.DeleteFunc(slices.Clone(plan.Zones), func(z reconcile.ZonePlan) bool { return !c.sees(z.Ref) })
	if c.token.restricted() {
		plan.Notices = nil // they name other zones
	}
	return &plan
}

// planText returns a plan as plan --format json writes it.
func planText(plan *reconcile.Plan) (text, error) {
	var b bytes.Buffer
	err := plan.WriteJSON(&b)
	return b.Bytes(), err
}

// approve answers POST plans/approve.
func (a *API) approve(c *call) (any, error) {
	var body document.ApproveRequest
	if err := c.read(&body); err != nil {
		return nil, err
	}
	reason, err := c.reason(body.Reason)
	if err != nil {
		return nil, err
	}
	if err := c.agreement(body.Plans, body.Overrides); err != nil {
		return nil, err
	}
	shown := a.seenPlan(c, reconcile.Selection{})
	for _, id := range body.Plans {
		// What the token is not for is as if it were not there. An id is over the name of the zone: it is never that of another.
		if !slices.ContainsFunc(shown.Zones, func(z reconcile.ZonePlan) bool { return z.ID == id }) {
			return nil, planChanged(shown, c.sees)
		}
	}
	plan, outcomes, err := a.engine.Approve(c.Context(), reconcile.Approve{
		Plans: body.Plans, Overrides: body.Overrides, Actor: c.token.actor(), Reason: reason,
	})
	if errors.Is(err, reconcile.ErrNoSuchPlan) {
		return nil, planChanged(a.seenPlan(c, reconcile.Selection{}), c.sees)
	}
	if err != nil {
		return nil, err
	}
	return document.OfApplied(plan, outcomes)
}

// read reads the body of a request that has no parameters.
func (c *call) read(into any) error {
	if err := c.query.done(); err != nil {
		return err
	}
	return decodeBody(c.w, c.Request, into)
}

// reason returns why something is done, which has to be said, and notes it for the log.
func (c *call) reason(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", badRequest("reason is missing: the history wants to know")
	case utf8.RuneCountInString(text) > longestReason:
		return "", badRequest("reason has more than %d characters", longestReason)
	case plain(text, len(text)) != text:
		return "", badRequest("reason has characters that do not print")
	}
	c.note = append(c.note, "reason", text)
	return text, nil
}

// agreement checks the plans that somebody agrees to, and the guards that do not count for them, and notes them for the log. To agree to what only waits for
// that is what an operator is for; other guards are there because somebody meant them.
func (c *call) agreement(plans []zonefile.Digest, overrides []reconcile.Guard) error {
	if len(plans) == 0 || len(plans) > mostPlans {
		return badRequest("plans: want from 1 to %d ids of plans", mostPlans)
	}
	for i, id := range plans {
		if id.IsZero() || slices.Contains(plans[:i], id) {
			return badRequest("plans: %s is no id of a plan, or comes twice", id)
		}
	}
	c.note = append(c.note, "plans", len(plans))
	if err := checkGuards(overrides); err != nil {
		return err
	}
	if len(overrides) > 0 {
		c.note = append(c.note, "overrides", overrides)
	}
	beside := slices.ContainsFunc(overrides, func(g reconcile.Guard) bool { return g != reconcile.GuardApproval })
	if beside && c.token.Role < RoleAdmin {
		return needsRole(c.token, RoleAdmin)
	}
	return nil
}

// checkGuards checks that guards are guards.
func checkGuards(guards []reconcile.Guard) error {
	for i, guard := range guards {
		if !slices.Contains(reconcile.Guards[:], guard) {
			return badRequest("overrides: there is no guard %q", plain(string(guard), longestName))
		}
		if slices.Contains(guards[:i], guard) {
			return badRequest("overrides: %s comes twice", guard)
		}
	}
	return nil
}
