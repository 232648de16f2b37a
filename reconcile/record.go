package reconcile

import (
	"errors"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Errors of a Store that callers branch on.
var (
	// ErrConcluded: somebody else said already what became of the intent.
	ErrConcluded = errors.New("the intent is concluded")
	// ErrNoTombstone: there is none of that id, or more than one whose id begins so.
	ErrNoTombstone = errors.New("no such tombstone")
)

// Writer says who writes, and for which commit.
type Writer struct {
	// Actor is the person or program that applies.
	Actor string
	// Commit and Author say which state of the zones repository it is for, and who made that.
	Commit, Author string
}

// Intent is one write to a provider that is about to be made. Together with what became of it, it is one entry in the audit log.
type Intent struct {
	ID int64 // given by Begin
	Ref
	Writer
	System string // of the target, see Target.System
	// Plan is the id of the zone plan.
	Plan zonefile.Digest
	// Why is what the write is part of: "apply", "restore", "rollback", "purge".
	Why string
	// Reason is why somebody has approved it, as they said; empty if nobody was asked.
	Reason string
	At     time.Time
	// Overrides are the guards that were overridden for it.
	Overrides []Guard
	// Changes are what the write is to do. One of KindZone comes first. It retires the zone, and stands alone; or it creates or restores it,
	// together with the SOA and NS of its apex.
	Changes []Change
	// Stones are the tombstones of what the changes retire. They are written with the intent, in the state Buried.
	Stones []Tombstone
	// Pins are those of what the changes restore.
	Pins []Pin
	// Suspend is nil, or the suspension that comes with a rollback.
	Suspend *Suspension
}

// Observed returns the conclusion of an intent that is no write to a provider. Its purges are of tombstones that have been closed: they are done.
func (in Intent) Observed() Conclusion {
	c := Conclusion{At: in.At, Result: Observed}
	for i, change := range in.Changes {
		if change.Action != Purge {
			continue
		}
		if c.Live == nil {
			c.Live = make([]bool, len(in.Changes))
		}
		c.Live[i], c.Purged = true, append(c.Purged, change.Stone)
	}
	return c
}

// Result says how a write to a provider ended.
type Result string

// The results.
const (
	Done     Result = "done"     // all changes are live
	Refused  Result = "refused"  // the provider promises that it did nothing
	Partly   Result = "partly"   // some changes are live
	NotDone  Result = "not done" // none of the changes is live
	Observed Result = "observed" // not a write: something was noted, such as an adoption or a suspension
)

// Conclusion is what became of an intent.
type Conclusion struct {
	At     time.Time
	Result Result
	// Live has for each change of the intent whether it is live. nil means none, and is all there is to say if the Result is Refused.
	Live []bool
	// Err says what went wrong, empty if nothing did.
	Err string
	// Serial is that of the SOA afterwards, 0 if it is not known.
	Serial uint32
	// Settled says that the one who wrote was interrupted, and somebody else read the live zone to see what had become of it.
	Settled bool
	// Applied takes the place of the applied state if it is not nil; otherwise the live changes are carried over into it.
	Applied *zonefile.Zone
	// Mark is the new mark of the applied state, see AppliedState.
	Mark string
	// Restored and Purged are the ids of tombstones that came to that end. The intent's own are retired if their change is live, and superseded if
	// it is not.
	Restored, Purged []string
}

// Entry is one entry of the audit log: a write to a provider, or something that was noted.
type Entry struct {
	Seq int64
	Intent
	Conclusion
	// Open says that nobody concluded it yet. Then the Conclusion is empty.
	Open bool
	// Hash is over this entry and the hash of the one before. It is zero as long as the entry is open.
	Hash zonefile.Digest
}

// HistoryQuery says which entries of the audit log are wanted. The zero query means all.
type HistoryQuery struct {
	Zone   zonefile.Name // zero for all zones
	Target string        // empty for all
	// Name and Type are of RRsets that the entry changes, zero for all. Other changes of the entry are left out, see Wants.
	Name zonefile.Name
	Type zonefile.Type
	// Since is the oldest time that is wanted, zero for all.
	Since time.Time
}

// Wants reports whether q is about something of a kind and key. What is done to a zone as a whole is done to every name in it, whatever the type; what is
// done to a resource is about its name alone.
func (q HistoryQuery) Wants(kind Kind, key zonefile.Key) bool {
	if key.Type == 0 && kind != KindResource && !q.Name.IsZero() {
		return q.Name.In(key.Name)
	}
	return (q.Name.IsZero() || q.Name == key.Name) && (q.Type == 0 || q.Type == key.Type)
}

// StoneState says how far a tombstone has come.
type StoneState string

// The states of a tombstone. The first two are standing, the others closed: the tombstone is kept for the history.
const (
	Buried     StoneState = "buried"     // written; it is not certain that the provider has done it
	Retired    StoneState = "retired"    // the provider does not serve it any more
	Restored   StoneState = "restored"   // it was brought back
	Superseded StoneState = "superseded" // the retire never happened
	Purged     StoneState = "purged"     // its retention is over
)

// Standing reports whether the tombstone can still be restored or purged.
func (s StoneState) Standing() bool { return s == Buried || s == Retired }

// Tombstone is what is kept of something that was retired: enough to bring it back.
type Tombstone struct {
	// ID names the tombstone: 16 hex digits.
	ID string
	Ref
	Kind Kind
	// Key is that of the RRset; for a zone its origin and no type, for a resource its name and no type.
	Key zonefile.Key
	// RRset is what was served, for KindRRset.
	RRset zonefile.RRset
	// Export is the whole zone as it was served, as a BIND file, for KindZone. It may be large, and is only there where one tombstone is asked for.
	Export string
	// Settings are what the provider needs to create a zone as it was, beside its RRsets, see providers.ZoneSpec; of a resource they are its fields.
	Settings map[string]string
	// Resource is the kind of a resource, and References how its secrets are named, for KindResource.
	Resource   providers.ResourceKind
	References map[string]string
	Writer
	Plan zonefile.Digest
	// BuriedAt is when the tombstone was written, PurgeAt when it need not be kept any longer.
	BuriedAt, PurgeAt time.Time
	State             StoneState
	// StateAt is when it came to its state.
	StateAt time.Time
	// Hidden says that the provider kept a copy that is not served.
	Hidden bool
}

// TombstoneQuery says which tombstones are wanted. The zero query means all that stand.
type TombstoneQuery struct {
	Zone   zonefile.Name // zero for all zones
	Target string        // empty for all
	Name   zonefile.Name // of RRsets, zero for all
	Type   zonefile.Type // zero for all
	// Closed wants those that are not standing any more too.
	Closed bool
}

// Pin keeps an RRset as it is live, for a time: nobody plans it until the zones repository says something new of it.
type Pin struct {
	Ref
	// Key is that of the RRset; for a zone its origin and no type.
	Key zonefile.Key
	// Stated is the digest of what the zone file said of the key when the pin was made, the zero Digest if it said nothing. The pin has
	// ended when it says something else.
	Stated zonefile.Digest
	Until  time.Time
	Since  time.Time
	Actor  string
	Reason string
}

// Scope says what is suspended: a zone on a target, a zone on all (no target), all zones of a target (no zone), or everything (neither).
type Scope struct {
	Zone   zonefile.Name
	Target string
}

// Has reports whether a zone on a target is in the scope.
func (s Scope) Has(ref Ref) bool {
	return (s.Zone.IsZero() || s.Zone == ref.Zone) && (s.Target == "" || s.Target == ref.Target)
}

// Suspension keeps zones from being written.
type Suspension struct {
	Scope
	Reason, Actor string
	Since         time.Time
	// Until is when it ends by itself, zero for never.
	Until time.Time
	// File is the digest of the zone file that it is for, see Suspension.Ended; the zero Digest if it is for any.
	File zonefile.Digest
}

// Grace says that an RRset, or a zone, is not in the zones repository any more, and still served.
type Grace struct {
	Ref
	Key   zonefile.Key // for a zone its origin and no type
	Since time.Time    // when that was first seen
	Writer
}

// PlanRecord is the plan of a zone on a target, and what became of it.
type PlanRecord struct {
	Ref
	// ID is that of the zone plan, Plan of the plan that it was in.
	ID, Plan, Base zonefile.Digest
	Writer
	At     time.Time
	Status Status
	// Changes is the number of changes, Live how many of them are live.
	Changes, Live int
	Holds         []Hold
	Err           string
}

// Clock is how the clocks of a machine stood at one time.
type Clock struct {
	Wall time.Time
	// Steady is the time since the machine was started, which nobody sets; Boot names that start. Both are empty where they are not known.
	Steady time.Duration
	Boot   string
	// Doubted is until when what is due by the time alone waits, because the wall clock was set. Zero if it was not.
	Doubted time.Time
	// Jumps are the last times that the wall clock was set, in their order.
	Jumps []Jump
	// Still says that nothing is due by the time alone, because nobody can tell whether it is still to end. It is not stored.
	Still bool
}

// Jump is one time that a wall clock was set.
type Jump struct {
	// Before is the latest that it can have shown before that, and After the earliest that it can have shown then.
	Before, After time.Time
	// By is how far it was set ahead; less than 0 if it was set back.
	By time.Duration
}
