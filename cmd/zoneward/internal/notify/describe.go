package notify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// The aspects of what becomes of a plan, beside "" for the plan itself.
const (
	aspectDrift  = "drift"
	aspectVerify = "verification"
	aspectLook   = "look at " // what of a domain's resources a person should look at, and then the rule
	aspectBlock  = "state of "
)

// describe returns what is to be told of an outcome, and what else of it could be seen: settled reports whether an aspect that is not among the events is as it should be.
func describe(plan *reconcile.ZonePlan, o reconcile.Outcome) (events []Event, settled func(aspect string) bool) {
	at := o.Began.Add(o.Took)
	if o.Began.IsZero() {
		at = time.Time{} // the notifier's clock says it
	}
	events = append(events, ofPlan(plan, o)...)
	events = append(events, ofVerification(o)...)
	read := plan.Err == nil && !plan.Unmoved && o.Status != reconcile.Failed
	if read {
		events = append(events, ofDrift(plan)...)
		events = append(events, ofResources(plan)...)
	}
	for i := range events {
		events[i].At = at
		if !plan.ID.IsZero() {
			events[i].Plan = plan.ID.String()
		}
	}
	return events, func(aspect string) bool {
		switch aspect {
		case "":
			return o.Status == reconcile.Applied || o.Status == reconcile.Unchanged
		case aspectVerify:
			return o.Verification != nil && o.Verification.OK()
		case aspectSuspension:
			return false
		}
		return read
	}
}

// ofPlan is what became of the plan itself.
func ofPlan(plan *reconcile.ZonePlan, o reconcile.Outcome) []Event {
	switch o.Status {
	case reconcile.Applied:
		return ofApplied(o)
	case reconcile.Held:
		return ofHeld(plan, o)
	case reconcile.Stale, reconcile.Conflict:
		return []Event{{Kind: Conflict, State: string(o.Status), Reason: reasonOf(o.Err)}}
	case reconcile.Failed:
		if o.RolledBack {
			return []Event{{Kind: RolledBack, State: plan.ID.String(), Reason: reasonOf(o.Err), Next: "zoneward resume " + o.Zone.String()}}
		}
		e := Event{Kind: Failed, State: classOf(o.Err), Reason: reasonOf(o.Err)}
		for _, r := range o.Refused {
			e.Reason += "\nrefused: " + reasonOf(r.Err)
			e.addChanges(r.Changes)
		}
		return []Event{e}
	case reconcile.Unchanged, reconcile.Interrupted:
	}
	return nil
}

func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// classOf says of what kind an error is. The text of errors differs each time, with ports, ids and times in it: it does not make another event.
func classOf(err error) string {
	for name, kind := range map[string]error{
		"no zone": providers.ErrNoZone, "no resource": providers.ErrNoResource, "invalid": providers.ErrInvalid, "unsupported": providers.ErrUnsupported,
		"unauthorized": providers.ErrAuth, "blocked": providers.ErrBlocked, "partial": providers.ErrPartial,
	} {
		if errors.Is(err, kind) {
			return name
		}
	}
	return "error"
}

// ofApplied tells apart what git wanted and what somebody had changed at the provider.
func ofApplied(o reconcile.Outcome) []Event {
	var wanted, drifted []reconcile.Change
	for _, c := range o.Changes {
		if c.Cause == reconcile.CauseDrift || c.Cause == reconcile.CauseBoth {
			drifted = append(drifted, c)
		} else {
			wanted = append(wanted, c)
		}
	}
	var events []Event
	if len(wanted) > 0 {
		e := Event{Kind: Applied}
		e.addChanges(wanted)
		if !o.Began.IsZero() {
			e.Next = fmt.Sprintf("to undo: zoneward rollback %s --to %s", o.Zone, o.Began.UTC().Format(time.RFC3339Nano))
		}
		events = append(events, e)
	}
	if len(drifted) > 0 {
		e := Event{Kind: DriftCorrected, Aspect: aspectDrift}
		e.addChanges(drifted)
		events = append(events, e)
	}
	return events
}

// ofHeld is what holds a plan. That the zone is suspended is no news to who did that.
func ofHeld(plan *reconcile.ZonePlan, o reconcile.Outcome) []Event {
	if o.State != nil {
		e := Event{Kind: Blocked, State: o.State.Name, Reason: o.State.Name + ": " + o.State.Needs}
		for _, output := range o.State.Outputs {
			e.Lines = append(e.Lines, "publish "+output.RRset.String())
		}
		return []Event{e}
	}
	holds := slices.Concat(plan.Holds, o.Holds)
	only := func(guard reconcile.Guard) bool {
		return !slices.ContainsFunc(holds, func(h reconcile.Hold) bool { return h.Guard != guard })
	}
	if len(holds) == 0 || only(reconcile.GuardSuspended) {
		return nil
	}
	e := Event{Kind: Held, State: plan.ID.String()}
	var reasons []string
	var overrides strings.Builder
	seen := map[reconcile.Guard]bool{}
	for _, h := range holds {
		reasons = append(reasons, string(h.Guard)+": "+h.Reason)
		if !seen[h.Guard] {
			seen[h.Guard] = true
			e.State += " " + string(h.Guard)
			overrides.WriteString(" --override " + string(h.Guard))
		}
	}
	e.Reason = strings.Join(reasons, "\n")
	e.addChanges(plan.Changes)
	e.Next = fmt.Sprintf("zoneward plan --zone %s --out plan.json, and if it is right: zoneward apply plan.json%s", o.Zone, &overrides)
	if only(reconcile.GuardApproval) {
		e.Kind, e.Reason = WaitingApproval, ""
		e.Next = fmt.Sprintf("zoneward plan --zone %s shows it", o.Zone)
	}
	return []Event{e}
}

// ofVerification is what name servers do not serve.
func ofVerification(o reconcile.Outcome) []Event {
	if o.Verification == nil || o.Verification.OK() || len(o.Verification.Servers) == 0 {
		return nil
	}
	e := Event{Kind: VerifyFailed, Aspect: aspectVerify}
	var reasons, servers []string
	for _, s := range o.Verification.Servers {
		if s.OK() {
			continue
		}
		why := slices.Clone(s.Wrong)
		if s.Lags {
			why = append(why, "its serial is lower")
		}
		if s.Err != nil {
			why = append(why, s.Err.Error())
		}
		servers = append(servers, s.Server)
		reasons = append(reasons, s.Server+": "+strings.Join(why, "; "))
	}
	slices.Sort(servers)
	e.State, e.Reason = strings.Join(servers, " "), strings.Join(reasons, "\n")
	return []Event{e}
}

// ofDrift is what somebody has changed at the provider and is left so.
func ofDrift(plan *reconcile.ZonePlan) []Event {
	if len(plan.Drift) == 0 {
		return nil
	}
	e := Event{Kind: DriftFound, Aspect: aspectDrift}
	e.addChanges(plan.Drift)
	e.State = digestOf(plan.Drift)
	return []Event{e}
}

// ofResources is what a person has to do for what a domain has beside its zone, or should look at.
func ofResources(plan *reconcile.ZonePlan) []Event {
	var events []Event
	for _, v := range plan.Resources {
		if v.Status.Phase == providers.Blocked {
			events = append(events, Event{
				Kind: Blocked, Aspect: fmt.Sprintf("%s%s %s", aspectBlock, v.Kind, v.Name), State: v.Status.State,
				Reason: fmt.Sprintf("%s %s: %s: %s", v.Kind, v.Name, v.Status.State, v.Status.Reason),
			})
		}
	}
	if !plan.OfResources() {
		return events
	}
	byRule := map[string][]string{}
	var rules []string
	for _, w := range plan.Warnings {
		if w.Rule == "blocked" { // which is told above
			continue
		}
		if len(byRule[w.Rule]) == 0 {
			rules = append(rules, w.Rule)
		}
		byRule[w.Rule] = append(byRule[w.Rule], w.Message)
	}
	for _, rule := range rules {
		text := strings.Join(byRule[rule], "\n")
		events = append(events, Event{Kind: ResourceAlert, Aspect: aspectLook + rule, State: text, Reason: text})
	}
	return events
}
