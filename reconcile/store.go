package reconcile

import (
	"context"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Store remembers what was applied and what was retired. What it says is durable when a method returns.
// Its methods may be called concurrently. Losing a store is safe: without applied state the guard new-target holds what would update or retire.
type Store interface {
	// Known returns the zones and targets that have applied state, in order.
	Known(ctx context.Context) ([]Ref, error)

	// Applied returns the RRsets that were last applied to a zone on a target, and false if there is no applied state.
	Applied(ctx context.Context, ref Ref) (*zonefile.Zone, bool, error)

	// SetApplied puts zone in the place of the applied state of ref.
	SetApplied(ctx context.Context, ref Ref, commit string, zone *zonefile.Zone) error

	// ChangeApplied carries changes over into the applied state of ref, all or none of them. Their Old is not looked at.
	// It makes applied state where there was none.
	ChangeApplied(ctx context.Context, ref Ref, commit string, changes []zonefile.Change) error

	// Bury writes tombstones, all or none of them, before what they are about is retired. A tombstone whose id is there is left as it is.
	Bury(ctx context.Context, stones []Tombstone) error

	// Retired notes that what the tombstones of these ids are about is not served any more.
	Retired(ctx context.Context, ids []string) error

	// Tombstones returns the tombstones of a zone on all targets, the newest first.
	Tombstones(ctx context.Context, zone zonefile.Name) ([]Tombstone, error)
}

// Tombstone is what is kept of an RRset that was retired: enough to bring it back.
type Tombstone struct {
	// ID names the tombstone: a digest of what was retired, where, and by which plan, so that a retirement tried twice has one tombstone.
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
