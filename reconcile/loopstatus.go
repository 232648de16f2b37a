package reconcile

import (
	"errors"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Trigger says why a loop looks at a zone.
type Trigger string

// The triggers, the most urgent first: what was asked for goes before a push, and a push before what is only compared again.
const (
	TriggerRequest Trigger = "request" // somebody asked for it, or approved its plan
	TriggerSource  Trigger = "source"  // the zones repository has changed what it says of it
	TriggerRetry   Trigger = "retry"   // the last time came to nothing
	TriggerDue     Trigger = "due"     // a grace, a pin, a retention, a window or a wait has ended
	TriggerDrift   Trigger = "drift"   // it is its turn to be compared with what is live; so it is at the start
)

// Triggers are all triggers, the most urgent first.
var Triggers = [...]Trigger{TriggerRequest, TriggerSource, TriggerRetry, TriggerDue, TriggerDrift}

// LoopStatus is what a loop knows at a moment. It is a value: the loop does not change it afterwards.
type LoopStatus struct {
	// Revision is the state of the zones repository that is worked on, empty before the first was read, and RevisionAt is when it was read.
	Revision   string
	RevisionAt time.Time
	// SourceRead is when the source could last be read, zero if never. SourceErr is why it cannot be read since SourceFailing, nil if it can.
	SourceRead    time.Time
	SourceErr     error
	SourceFailing time.Time
	// Notices are what a person should know about what is in the zones repository and goes nowhere.
	Notices []string
	// Zones are ordered by zone, then by target: those of the zones repository, and those that were applied and have left it.
	Zones []ZoneStatus
	// Queued says how many wait for their turn, by trigger, and Running how many are being worked on.
	Queued  map[Trigger]int
	Running int
}

// ZoneStatus is how far a zone on a target is, or the resources of a domain at a provider.
type ZoneStatus struct {
	Ref
	// Status is what became of it the last time, empty if it was not looked at yet.
	Status Status
	// Plan is the last plan, without what it was made from. It is nil if it had nothing to say: no change, hold, warning, wait or error.
	Plan *ZonePlan
	// Err is why it failed the last time.
	Err error
	// Revision is that of the zones repository when it was last planned.
	Revision string
	// Attempted is when it was last planned, Succeeded when it was last seen to be live as stated; zero for never.
	Attempted, Succeeded time.Time
	// Failures are the attempts in a row that ended with an error, a stale plan or a conflict.
	Failures int
	// Next is when it is looked at again if nothing happens before, and why; zero if it is queued or worked on now.
	Next    time.Time
	Trigger Trigger
	// Suspended says that a suspension held it the last time.
	Suspended bool
	// Counts of the last plan that was made in full; see ZonePlan for what they count.
	Managed, Foreign int
	// Tombstones stand, and of those Expired are due to be purged.
	Tombstones, Expired int
}

// Approve is what a person allows a loop to apply.
type Approve struct {
	// Plans are the ids of zone plans as the loop has shown them, see Loop.Plan. Of a zone that is applied together on all of its targets it
	// takes those of all that have changes.
	Plans []zonefile.Digest
	// Overrides are guards whose holds do not count. That of GuardApproval is understood.
	Overrides []Guard
	// Actor is who approves, and Reason why; both go to the audit log.
	Actor, Reason string
}

// Errors of Loop.Approve.
var (
	// ErrNoSuchPlan: no plan that waits or is held has such an id: it was applied, or something has changed since it was shown.
	ErrNoSuchPlan = errors.New("no such plan waits or is held")
	// ErrNotRunning: the loop has ended, or has not read its source yet.
	ErrNotRunning = errors.New("the loop is not running")
)
