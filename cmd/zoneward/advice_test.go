package main

import (
	"testing"

	"github.com/zoneward/zoneward/reconcile"
)

func TestAdviceOnHolds(t *testing.T) {
	overridden := reconcile.Approval{Overrides: []reconcile.Guard{reconcile.GuardFreeze}}
	for _, tc := range []struct {
		name   string
		advice advice
		guard  reconcile.Guard
		want   string
	}{
		{"a freeze", advice{savable: true}, reconcile.GuardFreeze, "apply it then; what cannot wait is applied with --override freeze"},
		{
			"what can be saved and looked at",
			advice{savable: true},
			reconcile.GuardEmptyZone,
			"look at what it does; if it is meant so, zoneward plan --out plan.json and zoneward apply plan.json --override empty-zone",
		},
		{"what cannot be saved", advice{}, reconcile.GuardEmptyZone, "look at what it does; if it is meant so, --override empty-zone without --yes"},
		{
			"a delegation",
			advice{savable: true},
			reconcile.GuardDelegationNotServing,
			"have them serve it first; an apply looks again until they do, for as long as --wait says",
		},
		{"two names for one address", advice{savable: true}, reconcile.GuardAutoPTR, "if it is meant so, --override auto-ptr"},
		{"what is overridden", advice{savable: true, approval: overridden}, reconcile.GuardFreeze, ""},
	} {
		if got := tc.advice.On(&reconcile.ZonePlan{}, reconcile.Hold{Guard: tc.guard}); got != tc.want {
			t.Errorf("%s: %s; want %s", tc.name, got, tc.want)
		}
	}
}
