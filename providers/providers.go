// Package providers has the contracts between zoneward and the systems that serve zones, send mail, run applications and delegate domains.
//
// A provider is a folder below this one with a type that implements [ZoneProvider], or [ResourceProvider] for what there is beside zones. It
// speaks one API and does nothing else: it does not log, retry, cache, or read the environment. Decorators do that: [Account.Guard], [Observe], and
// [ReadOnly] for everything that must not be able to write; for resources [Account.GuardResources], [ObserveResources] and [ReadOnlyResources]. What a
// provider can do beside the contract it says with optional interfaces, found by [As] and [AsResource].
//
// The author of a provider reads this package and zonefile, and calls providertest.Run or providertest.RunResources from the provider's own test: the
// suites there are what the sentences here mean.
package providers

import (
	"context"

	"github.com/zoneward/zoneward/zonefile"
)

// ZoneReader is the half of a provider that cannot change anything: all that planning needs. A call whose context is done does nothing
// more, and its error wraps the context's.
type ZoneReader interface {
	// Zones lists the zones that the account or server has. A provider that cannot know them returns ErrUnsupported.
	Zones(ctx context.Context) ([]ZoneInfo, error)

	// Fetch returns the whole zone as it is served now, or an error; never a part of it. An answer that is cut off, or that
	// does not add up, is an error. The error wraps ErrNoZone if the provider does not have the zone, and ErrBlocked if it has it
	// and it must not be written, as a secondary zone must not. If that will change, or the zone that it does not have can come back, it is a [*StateError].
	Fetch(ctx context.Context, origin zonefile.Name) (*Snapshot, error)

	// Normalize returns what Fetch will return for set after set was applied: TTLs moved into bounds, data that the system
	// writes in its own way. It is a pure function and idempotent. The error wraps ErrUnsupported, and says why, if the system
	// cannot hold set; it is reported when the plan is made.
	Normalize(set zonefile.RRset) (zonefile.RRset, error)
}

// ZoneProvider is a system that serves zones. Its methods may be called concurrently, but Apply at most once at a time for one zone.
type ZoneProvider interface {
	ZoneReader

	// Apply carries out a batch, which was made from the snapshot in it. Afterwards, if there is no error, Fetch returns each RRset of the
	// batch as Normalize has it, and nothing else in the zone has changed but the SOA serial and what the server makes by itself.
	//
	// Of an SOA the names and timers are written; its serial rises with every write, whatever serial the batch has. A batch that deletes
	// or disables the SOA or the apex NS, or names what is outside the zone, is ErrInvalid. One that puts an SOA or apex NS which
	// the Traits do not let be set, or has a verb or type that they do not have, is ErrUnsupported. A batch without operations writes nothing.
	//
	// A provider whose Traits name a precondition checks it while it writes: the error wraps ErrConflict and nothing was
	// written if somebody else changed the zone, or the RRsets of the batch, since the snapshot. One that can only notice
	// afterwards returns ErrConflict with the Result of what it wrote.
	//
	// If an error wraps ErrPartial, ErrConflict after the fact, or none of the errors of this package, some of the batch may have been
	// written: the caller fetches again and does not guess. ErrInvalid, ErrUnsupported, ErrAuth, ErrNoZone, ErrBlocked and *BusyError
	// promise that nothing was.
	Apply(ctx context.Context, origin zonefile.Name, batch Batch) (Result, error)
}

// ZoneInfo is a zone in a provider's list.
type ZoneInfo struct {
	Origin zonefile.Name
	Kind   ZoneKind
	Serial uint32 // of the SOA; 0 if the list does not say
	// Version is the Version that a Snapshot would have now, if that would have one; empty if the list does not say. As long as it is
	// that of a snapshot, nobody has changed the zone since.
	Version string
}

// ZoneKind says where the content of a zone comes from.
type ZoneKind int

const (
	// Primary zones have their content at the provider and can be written.
	Primary ZoneKind = iota + 1
	// Secondary zones are transferred from elsewhere (RFC 9499 §6). They are listed, and never written.
	Secondary
)

// Snapshot is a whole zone as a provider served it at one time. It is not changed after it was returned.
type Snapshot struct {
	// Zone has what is served and can be managed: all RRsets, the SOA and the apex NS among them, but those in Foreign. Only the SOA of a provider
	// that does not show it is in neither, and the Traits do not let it be set.
	Zone *zonefile.Zone
	// Foreign has what is served and cannot be managed through this provider: what the server makes by signing, and what
	// no RRset can express. It has no keys in common with Zone. It may be nil.
	Foreign *zonefile.Zone
	// Disabled has what the provider keeps and does not serve. A key may be here and in Zone. It may be nil.
	Disabled *zonefile.Zone
	// Serial is that of the SOA, 0 if Zone has none.
	Serial uint32
	// Version names this state of the zone in the provider's own way: a hash, an ETag, the number of an edit. Only the provider
	// looks into it; others compare it. Two states that differ have different ones. It is empty where there is none.
	Version string
	// Properties are what there is to say of the zone beside its records, see [ZoneConfigurer]. It may be nil.
	Properties map[string]string
	// Traits are those of this zone.
	Traits Traits
}

// Served returns all that is served: what is in Zone, and what is in Foreign.
func (s *Snapshot) Served() *zonefile.Zone {
	if s.Foreign == nil || s.Foreign.Len() == 0 {
		return s.Zone
	}
	foreign := make([]zonefile.Change, 0, s.Foreign.Len())
	for set := range s.Foreign.All() {
		foreign = append(foreign, zonefile.Change{New: &set})
	}
	return s.Zone.With(foreign)
}

// Verb is what an operation does to an RRset.
type Verb int

// The verbs. A batch has the purges first, then the disables and deletes, then the puts and enables, so that a CNAME can take the place of other data.
// All of them leave alone what else is disabled at the key; a disabled record that is put is served and not disabled any more.
const (
	Disable Verb = iota + 1 // Old is kept and not served any more
	Delete                  // Old is removed
	Put                     // New is served; where there is an Old it takes its place, with the TTL and all of the records
	Enable                  // New, which is disabled, is served
	Purge                   // Old, which is disabled, is removed for good; what is served at its key stays as it is
)

// String returns the verb in lower case.
func (v Verb) String() string {
	switch v {
	case Disable:
		return "disable"
	case Delete:
		return "delete"
	case Put:
		return "put"
	case Enable:
		return "enable"
	case Purge:
		return "purge"
	}
	return "unknown"
}

// Op is one operation on one RRset. Change.Old is what is served now, nil if nothing is; Change.New what is to be served, nil if nothing.
// Both are as Normalize returns them. For a purge Old is what is disabled: records that are not disabled any more are as good as purged.
type Op struct {
	Verb   Verb
	Change zonefile.Change
}

// Batch is the operations on one zone that are carried out together, made from Base. No key comes twice, but once more in a purge.
type Batch struct {
	// Base is the snapshot that the operations were made from, not nil.
	Base *Snapshot
	// Ops are in the order in which they may be carried out.
	Ops []Op
}

// Result is what Apply did.
type Result struct {
	// Serial is that of the SOA afterwards, 0 if the provider does not say.
	Serial uint32
	// Applied are the operations that the provider knows it carried out: all of the batch if there was no error.
	Applied []Op
}

// NewBatch makes a batch of changes: a deletion for each change without a New, and a put for the others, deletions first.
func NewBatch(base *Snapshot, changes []zonefile.Change) Batch {
	batch := Batch{Base: base, Ops: make([]Op, 0, len(changes))}
	for _, c := range changes {
		if c.New == nil {
			batch.Ops = append(batch.Ops, Op{Delete, c})
		}
	}
	for _, c := range changes {
		if c.New != nil {
			batch.Ops = append(batch.Ops, Op{Put, c})
		}
	}
	return batch
}

// Changes returns what the batch's operations change of what is served, in their order. Purges are not among it.
func (b Batch) Changes() []zonefile.Change {
	changes := make([]zonefile.Change, 0, len(b.Ops))
	for _, op := range b.Ops {
		if op.Verb != Purge {
			changes = append(changes, op.Change)
		}
	}
	return changes
}
