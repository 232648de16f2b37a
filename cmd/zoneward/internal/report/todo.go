package report

import (
	"fmt"

	"github.com/zoneward/zoneward/reconcile"
)

// todo says what to do about a guard that holds a plan, empty where its reason does or nothing can be done. What is reviewed here is applied by others later, so
// it names the plan.
func todo(z *reconcile.ZonePlan, guard reconcile.Guard) string {
	switch guard {
	case reconcile.GuardSuspended:
		return "zoneward resume ends that"
	case reconcile.GuardFreeze:
		return "it can be applied when that is over"
	case reconcile.GuardUnsignedCommit:
		return "have somebody who is trusted sign it"
	case reconcile.GuardDelegationNotServing, reconcile.GuardDSWithoutDNSKEY:
		return "have them serve it first"
	case reconcile.GuardRegistrationBlocked:
		return "plan again when that is over"
	case reconcile.GuardNewTarget, reconcile.GuardNoStore, reconcile.GuardAppStillCNAMEd, reconcile.GuardApproval:
		return ""
	case reconcile.GuardTTL, reconcile.GuardAutoPTR, reconcile.GuardProtected, reconcile.GuardTaken, reconcile.GuardEmptyZone, reconcile.GuardMaxDeletes, reconcile.GuardMaxChanges,
		reconcile.GuardApexNS, reconcile.GuardSOA, reconcile.GuardDNSSEC, reconcile.GuardOutputChanged, reconcile.GuardMailKeyChange, reconcile.GuardLastNS:
	}
	return fmt.Sprintf("if it is meant so, once it is merged: zoneward apply --plan-id %s --override %s --reason REASON", z.ID, guard)
}
