package reconcile

import (
	"context"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// OldStore remembers what was applied and what was retired. What it says is durable when a method returns.
// Its methods may be called concurrently. Losing a store is safe: without applied state the guard new-target holds what would update or retire.
type OldStore interface {
	// Known returns the zones and targets that have applied state, in order.
	Known(ctx context.Context) ([]OldKnown, error)

	// Applied returns the RRsets that were last applied to a zone on a target, and false if there is no applied state.
	Applied(ctx context.Context, ref Ref) (*zonefile.Zone, bool, error)

	// Begin notes, all of it or nothing, that a zone is about to be written: the tombstones of what will be retired, and that its applied
	// state is open until SetApplied or ChangeApplied says otherwise. With create the zone is about to be created: then there is applied
	// state from now on, without RRsets. Where there is none otherwise, none is made.
	Begin(ctx context.Context, ref Ref, system string, create bool, stones []OldTombstone) error

	// SetApplied puts zone in the place of the applied state of ref, and closes it. system is the target's, see Target.System.
	SetApplied(ctx context.Context, ref Ref, system, commit string, zone *zonefile.Zone) error

	// ChangeApplied carries changes over into the applied state of ref, all or none of them, and closes it. Their Old is not looked at.
	ChangeApplied(ctx context.Context, ref Ref, commit string, changes []zonefile.Change) error

	// Retired notes that what the tombstones of these ids are about is not served any more.
	Retired(ctx context.Context, ids []string) error

	// Unretired returns the tombstones of a zone on a target that nobody said so of.
	Unretired(ctx context.Context, ref Ref) ([]OldTombstone, error)

	// Tombstones returns the tombstones of a zone on all targets, the newest first.
	Tombstones(ctx context.Context, zone zonefile.Name) ([]OldTombstone, error)
}

// Known says of a zone on a target that there is applied state.
type OldKnown struct {
	Ref
	// System is what the target was when the zone was applied, see Target.System.
	System string
	// Open says that the zone was about to be written and nobody noted what became of it.
	Open bool
}

// Tombstone is what is kept of an RRset that was retired: enough to bring it back.
type OldTombstone struct {
	// ID names the tombstone.
	ID string
	Ref
	RRset zonefile.RRset
	// Commit and Author say which state of the zones repository retired it, and who made that.
	Commit, Author string
	// BuriedAt is when the tombstone was written, PurgeAt when it need not be kept any longer.
	BuriedAt, PurgeAt time.Time
	// Retired is false as long as it is not certain that the provider has done it.
	Retired bool
}
