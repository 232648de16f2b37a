package providers

import (
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// Traits say how a zone at a provider behaves. They are data: behaviour is chosen by them, never by which provider it is.
// The zero Traits are those of a system that promises nothing.
type Traits struct {
	Atomicity Atomicity
	// Whole says that a batch is never to be made smaller: somebody wants all of a plan or nothing.
	Whole         bool
	Preconditions Preconditions
	Limits        BatchLimits
	// Types are those that can be written, nil for every type.
	Types []zonefile.Type
	// MinTTL and MaxTTL are the bounds that Normalize moves TTLs into, in seconds. A MaxTTL of 0 is zonefile.MaxTTL.
	MinTTL, MaxTTL zonefile.TTL
	// MaxRecords is the most records that an RRset may have, 0 if there is no limit.
	MaxRecords int
	// SOAWritable says that the SOA's names and timers can be set. The serial is always the provider's business.
	SOAWritable bool
	// ApexNSWritable says that the NS RRset of the apex can be set.
	ApexNSWritable bool
	// CanDisable says that the verbs Disable and Enable work.
	CanDisable bool
	// Properties are those that ZoneConfigurer.Configure can set. Others are what they were when the zone was made.
	Properties []string
}

// Supports reports whether records of a type can be written.
func (t Traits) Supports(typ zonefile.Type) bool {
	return t.Types == nil || slices.Contains(t.Types, typ)
}

// Atomicity says how much is written at once or not at all.
type Atomicity int

const (
	// AtomicNone promises nothing: records of one RRset may be written one after the other.
	AtomicNone Atomicity = iota
	// AtomicRRset writes each RRset at once.
	AtomicRRset
	// AtomicBatch writes a batch at once, as long as it is within BatchLimits; a larger one is written in parts.
	AtomicBatch
	// AtomicZone writes any batch at once.
	AtomicZone
)

// Preconditions say what Apply compares with the batch's base as it writes. They are a set.
type Preconditions uint

const (
	// ComparesZone refuses the batch if anything in the zone has changed since the base, but what the server makes by itself.
	ComparesZone Preconditions = 1 << iota
	// ComparesRRsets refuses the batch if the records of one of its RRsets are not as the base has them. It may not see that
	// only a TTL has changed (RFC 2136 §2.4.2 compares none), nor the serial of an SOA.
	ComparesRRsets
	// NoticesAfterwards cannot refuse, and reports ErrConflict after the write where somebody else wrote in between.
	NoticesAfterwards
)

// Has reports whether p has all of want.
func (p Preconditions) Has(want Preconditions) bool { return p&want == want }

// BatchLimits are the most that can be written at once. 0 is no limit.
type BatchLimits struct {
	Ops   int // operations
	Bytes int // octets of the request
}
