package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/reconcile"
)

// advice is what there is to know beside a plan to say what to do about what holds it. The zero advice knows nothing of it.
type advice struct {
	// line returns a command line that can be pasted, nil for one without the flags of this one.
	line func(words ...string) string
	// approval has the guards that are overridden.
	approval reconcile.Approval
	// savable says that such plans can be saved and looked at.
	savable bool
	// standing are the suspensions in force.
	standing []reconcile.Suspension
	// waiting is nil, or what waits at a daemon: its plans are approved by their ids.
	waiting *reconcile.Plan
}

// adviceOn returns the advice on a plan.
func (c *common) adviceOn(ctx context.Context, w *workspace, plan *reconcile.Plan, approval reconcile.Approval, savable bool) (advice, error) {
	a := advice{line: c.commandLine, approval: approval, savable: savable}
	if !hasSuspended(plan) {
		return a, nil
	}
	var err error
	a.standing, err = suspensionsOf(ctx, w)
	return a, err
}

// hasSuspended reports whether a suspension holds some of a plan.
func hasSuspended(plan *reconcile.Plan) bool {
	return slices.ContainsFunc(plan.Zones, func(z reconcile.ZonePlan) bool {
		return slices.ContainsFunc(z.Holds, func(h reconcile.Hold) bool { return h.Guard == reconcile.GuardSuspended })
	})
}

// Overridden reports whether a guard does not count.
func (a advice) Overridden(guard reconcile.Guard) bool {
	return slices.Contains(a.approval.Overrides, guard)
}

// On says what to do about a hold of a plan, where its reason does not; empty if there is nothing to do.
func (a advice) On(z *reconcile.ZonePlan, hold reconcile.Hold) string {
	line := a.line
	if line == nil {
		line = (&common{configFile: defaultConfigFile}).commandLine
	}
	a.line = line
	if a.Overridden(hold.Guard) {
		return ""
	}
	switch hold.Guard {
	case reconcile.GuardSuspended:
		i := slices.IndexFunc(a.standing, func(s reconcile.Suspension) bool { return s.String() == hold.Reason })
		if i < 0 {
			return fmt.Sprintf("%s lists what is suspended, and %s ends it", line("suspend", "--list"), line("resume", "ZONE", "--reason", "REASON"))
		}
		return line(resumeWords(a.standing[i].Scope)...) + " ends that"
	case reconcile.GuardApproval:
		if a.waiting == nil {
			return ""
		}
		return a.approve(z) + " applies it"
	case reconcile.GuardFreeze:
		if a.waiting != nil {
			return "it is applied then; what cannot wait is by " + a.approve(z, hold.Guard)
		}
		return "apply it then; what cannot wait is applied with --override freeze"
	case reconcile.GuardUnsignedCommit:
		return "have somebody who is trusted sign it; " + a.meantSo(z, hold.Guard)
	case reconcile.GuardTaken:
		if a.waiting != nil {
			return a.meantSo(z, hold.Guard)
		}
		return "if that is to make way, --override taken; the history keeps it"
	case reconcile.GuardProtected, reconcile.GuardAutoPTR:
		return a.meantSo(z, hold.Guard)
	case reconcile.GuardTTL:
		return "state another TTL, or " + a.meantSo(z, hold.Guard)
	case reconcile.GuardDelegationNotServing, reconcile.GuardDSWithoutDNSKEY:
		if a.waiting != nil {
			return "have them serve it first; the daemon looks again"
		}
		return "have them serve it first; an apply looks again until they do, for as long as --wait says"
	case reconcile.GuardRegistrationBlocked:
		return "plan again when that is over"
	case reconcile.GuardEmptyZone, reconcile.GuardMaxDeletes, reconcile.GuardMaxChanges, reconcile.GuardApexNS, reconcile.GuardSOA, reconcile.GuardDNSSEC,
		reconcile.GuardOutputChanged, reconcile.GuardMailKeyChange, reconcile.GuardLastNS:
		if a.waiting != nil {
			return "look at what it does; " + a.meantSo(z, hold.Guard)
		}
		if !a.savable {
			return fmt.Sprintf("look at what it does; if it is meant so, --override %s without --yes", hold.Guard)
		}
		return fmt.Sprintf("look at what it does; if it is meant so, %s and %s",
			line("plan", "--out", "plan.json"), line("apply", "plan.json", "--override", string(hold.Guard)))
	case reconcile.GuardNewTarget, reconcile.GuardNoStore, reconcile.GuardAppStillCNAMEd:
	}
	return ""
}

// meantSo says how what a guard holds is applied all the same.
func (a advice) meantSo(z *reconcile.ZonePlan, guard reconcile.Guard) string {
	if a.waiting != nil {
		return "if it is meant so, " + a.approve(z, guard)
	}
	return "if it is meant so, --override " + string(guard)
}

// approve returns the command line that has a daemon apply a plan, whatever those guards say: with those of the zone on its other targets, which may wait for it.
func (a advice) approve(z *reconcile.ZonePlan, guards ...reconcile.Guard) string {
	words := []string{"apply"}
	for i := range a.waiting.Zones {
		if other := &a.waiting.Zones[i]; other.Zone == z.Zone && isApprovable(other) {
			words = append(words, "--plan-id", other.ID.String())
		}
	}
	for _, guard := range guards {
		words = append(words, "--override", string(guard))
	}
	if len(guards) > 0 {
		words = append(words, "--reason", "REASON")
	}
	return a.line(words...)
}

// resumeWords are the words of the command line that ends the suspension with a scope.
func resumeWords(s reconcile.Scope) []string {
	words := []string{"resume"}
	if !s.Zone.IsZero() {
		words = append(words, s.Zone.String())
	}
	if s.Target != "" {
		words = append(words, "--target", s.Target)
	}
	if len(words) == 1 {
		words = append(words, "--all")
	}
	return append(words, "--reason", "REASON")
}
