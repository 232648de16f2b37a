package reconcile

import (
	"context"
	"iter"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Store remembers what was applied, what was retired, and every write to a provider. What it says is durable when a method returns, and each
// method does all of what it says or nothing. Its methods may be called concurrently, by several processes too.
//
// Losing a store is safe: without applied state the guard new-target holds what would update or retire.
type Store interface {
	// Overview returns what planning must know of the zones on targets that are wanted, of all if none is named, without their RRsets. That of a few
	// costs little, however many others there are: it is read again before each write.
	Overview(ctx context.Context, wanted ...Ref) (Overview, error)

	// AppliedAt returns the RRsets of those keys that were last applied to a zone on a target. Keys without one are left out.
	AppliedAt(ctx context.Context, ref Ref, keys []zonefile.Key) (map[zonefile.Key]zonefile.RRset, error)

	// Applied returns all RRsets that were last applied to a zone on a target, and false if there is no applied state.
	Applied(ctx context.Context, ref Ref) (*zonefile.Zone, bool, error)

	// SetApplied puts zone in the place of the applied state of ref.
	SetApplied(ctx context.Context, ref Ref, state AppliedState, zone *zonefile.Zone) error

	// AppliedResources returns the resources of a domain at a provider as they were last applied, in order of their names.
	AppliedResources(ctx context.Context, ref Ref) ([]AppliedResource, error)

	// SetAppliedResources puts resources in the place of those that were applied of ref.
	SetAppliedResources(ctx context.Context, ref Ref, state AppliedState, resources []AppliedResource) error

	// Look notes that a zone was looked at and needed nothing: its mark, see Known, and the RRsets that are to be retired when their grace is
	// over, in the place of those that were noted before. A zone without applied state is left as it is.
	Look(ctx context.Context, ref Ref, mark string, graces []Grace) error

	// Forget removes the applied state of a zone on a target, and what was noted by Look.
	Forget(ctx context.Context, ref Ref) error

	// Begin notes an intent, with its tombstones, pins and suspension, and returns its number. It is called before the provider is.
	Begin(ctx context.Context, intent Intent) (int64, error)

	// Conclude notes what became of an intent: the outcome in the audit log; the changes that are live in the applied state, see CarryResource for those of
	// resources; the state of the tombstones; and takes back the pins and the suspension of changes that are not live. An intent is concluded once: after that the error
	// wraps ErrConcluded.
	Conclude(ctx context.Context, id int64, conclusion Conclusion) error

	// Open returns the intents of a zone on a target that were not concluded, the oldest first: somebody was interrupted. They are as they were
	// written, but for the exports of zones, which are left out.
	Open(ctx context.Context, ref Ref) ([]Intent, error)

	// Note adds an entry with the Result Observed to the audit log: something that is no write to a provider. The tombstones, pins and suspension
	// of the intent are noted in it, and not put in force. The conclusion is that of Intent.Observed, and closes no tombstones.
	Note(ctx context.Context, intent Intent) error

	// History returns the audit log, the newest entry first.
	History(ctx context.Context, query HistoryQuery) iter.Seq2[Entry, error]

	// VerifyAudit goes through the audit log and returns an error that names the first entry that is not as it was written.
	VerifyAudit(ctx context.Context) (entries int, err error)

	// Tombstones returns tombstones, the newest first. The exports of zones are left out, see Tombstone. Those that cannot be read are named in an
	// error, and the others come beside it.
	Tombstones(ctx context.Context, query TombstoneQuery) ([]Tombstone, error)

	// Tombstone returns the tombstone whose ID is id or begins with it, with the export of a zone. The error wraps ErrNoTombstone if there is none, or
	// more than one.
	Tombstone(ctx context.Context, id string) (Tombstone, error)

	// CloseTombstones notes that tombstones came to their end at a time without a write to a provider.
	CloseTombstones(ctx context.Context, ids []string, state StoneState, at time.Time) error

	// Unpin removes pins. One that somebody has made at the same key since, and that is until another time, stays.
	Unpin(ctx context.Context, pins []Pin) error

	// Suspend puts s in the place of a suspension with the same scope.
	Suspend(ctx context.Context, s Suspension) error

	// Resume ends the suspension with that scope, and reports whether there was one. When, who and why goes to the audit log.
	Resume(ctx context.Context, scope Scope, at time.Time, actor, reason string) (bool, error)

	// RecordPlan notes the plan of a zone and what became of it. One of which nothing is live takes the place of the one before, if that was the same and came to
	// nothing in the same way; and of those no more than some hundreds are kept.
	RecordPlan(ctx context.Context, record PlanRecord) error

	// Plans returns what RecordPlan noted of a zone, the newest first. limit 0 is all.
	Plans(ctx context.Context, zone zonefile.Name, limit int) ([]PlanRecord, error)

	// Clock returns how the clocks stood when somebody last looked, the zero Clock if nobody did.
	Clock(ctx context.Context) (Clock, error)

	// SetClock notes how the clocks stood.
	SetClock(ctx context.Context, clock Clock) error

	// Lock waits until nobody else writes a zone on a target, in this process or another on this machine, and keeps others from it until release
	// is called or the process has ended. The error of a context that ends says who has it.
	Lock(ctx context.Context, ref Ref) (release func(), err error)
}

// Overview is what planning must know of the zones on targets that it is about.
type Overview struct {
	Known       []Known // ordered by Ref
	Pins        []Pin
	Suspensions []Suspension // those whose scope has one of them
	Graces      []Grace
	// Open are those that have an intent which was not concluded, in order. They need not be Known.
	Open []Ref
	// Standing are those that have tombstones which are not closed, with the time when the first of them may be purged.
	Standing map[Ref]time.Time
	// Clock is what Store.Clock returns.
	Clock Clock
}

// Known says of a zone on a target that there is applied state.
type Known struct {
	Ref
	AppliedState
	At time.Time // when that was noted
	// Open says that an intent was not concluded.
	Open bool
}

// AppliedState says what the applied state of a zone on a target is of.
type AppliedState struct {
	// System is what the target was when the zone was applied, see Target.System.
	System string
	Commit string
	// Mark names the state of both sides when they were last seen to be equal, live and the zone file, and when that was. It is empty if they were not.
	Mark string
}
