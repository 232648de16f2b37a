package providers

import (
	"context"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// ZoneCreator is a provider that can create zones.
type ZoneCreator interface {
	// CreateZone creates a primary zone with the SOA and the apex NS of spec, or those that the provider makes where spec has none, or has one that
	// the Traits of the zone will not let be set. If the zone is there the error wraps ErrConflict.
	//
	// A provider that keeps the zones that it removes brings back the one that it has, with all that is in it, and then the SOA and apex NS may
	// differ from those of spec. If the zone is there afterwards, and cannot be written yet, Fetch returns a [*StateError].
	// ErrPartial says that the zone is there and lacks some of its settings.
	CreateZone(ctx context.Context, spec ZoneSpec) error
}

// ZoneRemover is a ZoneCreator that can also remove zones, so that they can be retired and restored.
type ZoneRemover interface {
	ZoneCreator

	// ZoneSettings returns what CreateZone needs, beside the RRsets, to make a zone as this one is: the kind and the settings of a ZoneSpec.
	// The error wraps ErrBlocked, and says why, if the zone has what could not be made again, such as the keys that it is signed with.
	ZoneSettings(ctx context.Context, origin zonefile.Name) (kind string, settings map[string]string, err error)

	// RemoveZone removes the zone of base, with all that is in it. If it is not as base says the error wraps ErrConflict, and nothing was done. A zone
	// that is not there is ErrNoZone. Afterwards nothing of it is served; a [ZonePurger] keeps it.
	RemoveZone(ctx context.Context, base *Snapshot) error
}

// ZonePurger is a ZoneRemover that keeps what it removes, so that CreateZone brings it back.
type ZonePurger interface {
	ZoneRemover

	// PurgeZone removes for good what is kept of a zone that was removed. If nothing is, there is nothing to do. Export is what
	// ZoneExporter.ExportZone returned when it was removed: if what is kept is another zone of that name, or if the zone is there, the error wraps
	// ErrConflict, and nothing was done. An export that does not say which zone it is of is of another. The error wraps ErrUnsupported if the provider
	// was not set up to remove anything for good.
	PurgeZone(ctx context.Context, origin zonefile.Name, export map[string]string) error
}

// ZoneExporter is a ZoneRemover that says more of a zone, for the day on which somebody wants to know what there was, than it needs to make it again.
type ZoneExporter interface {
	// ExportZone returns what the provider has of a zone in forms of its own, by name: "id", "zone_file", "dnssec". None of it is secret.
	ExportZone(ctx context.Context, origin zonefile.Name) (map[string]string, error)
}

// ZoneConfigurer is a provider whose zones have properties that can be declared: Snapshot.Properties.
type ZoneConfigurer interface {
	// NormalizeProperties returns properties as Snapshot.Properties will have them once a zone of that kind has them. It is a pure function and
	// idempotent. The error names each that the provider does not have, or cannot have such a value, and wraps ErrUnsupported.
	NormalizeProperties(origin zonefile.Name, kind string, properties map[string]string) (map[string]string, error)

	// Configure sets properties of the zone of base, which are among those that its Traits let be set. The error wraps ErrConflict, and nothing was
	// done, if one of them is not as base has it. What Apply's errors promise counts here too.
	Configure(ctx context.Context, base *Snapshot, properties map[string]string) error
}

// The properties that mean the same with each provider that has them.
const (
	// PropertyDescription is text for people.
	PropertyDescription = "description"
	// PropertyDefaultTTL is the TTL, in seconds, of records that are made without one.
	PropertyDefaultTTL = "default_ttl"
	// PropertyCIDR is the prefix of addresses that a reverse zone is for (RFC 4632).
	PropertyCIDR = "cidr"
	// PropertySettings are the provider's own settings of the zone: a JSON object (RFC 8259) in one line, with its keys in order.
	PropertySettings = "settings"
	// PropertyDNSSEC is "off", or the mnemonic of the algorithm that the zone is signed with ("ECDSAP256SHA256",
	// https://www.iana.org/assignments/dns-sec-alg-numbers).
	PropertyDNSSEC = "dnssec"
	// PropertyDS is "published" if the provider was told that the parent zone has the DS of the zone, and "unpublished" if it was not.
	PropertyDS = "ds"
)

// Signer is a provider that signs zones (RFC 9364) and says with what.
type Signer interface {
	// Signing returns how a zone is signed.
	Signing(ctx context.Context, origin zonefile.Name) (Signing, error)
}

// Signing says how a zone is signed.
type Signing struct {
	// Signed says that the zone is signed, and Status how far it is, in the provider's words.
	Signed bool
	Status string
	// Algorithm is the number of the algorithm (RFC 8624), 0 if it is not signed.
	Algorithm uint8
	// DS is what the parent zone is to have, the zero RRset if the provider does not say.
	DS zonefile.RRset
}

// Revisions is a provider that keeps what a zone was before each change.
type Revisions interface {
	// Revisions returns the states of a zone that can still be read, the newest first.
	Revisions(ctx context.Context, origin zonefile.Name) ([]Revision, error)
	// Revision returns all that can be managed of a zone as it was, without the SOA if the provider does not keep it. The error wraps ErrInvalid
	// if there is no such revision.
	Revision(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error)
}

// Revision is one state that a zone was in.
type Revision struct {
	ID string
	At time.Time // when the zone came into it
}

// ZoneSpec says how a zone is created.
type ZoneSpec struct {
	Origin zonefile.Name
	// Apex are the RRsets of the apex that the zone is to have from the start: at most its SOA and its NS.
	Apex []zonefile.RRset
	// Kind is the provider's own word for what sort of zone it is ("Native", "reverse_ipv4"), empty for the provider's default.
	Kind string
	// Properties are those that the zone is to have from the start, as ZoneConfigurer.NormalizeProperties returned them.
	Properties map[string]string
	// Settings are what ZoneRemover.ZoneSettings returned of a zone that is made again. Only the provider looks into them.
	Settings map[string]string
	// Export is what ZoneExporter.ExportZone returned of a zone that is made again. Only the provider looks into it.
	Export map[string]string
}

// ZoneProver is a provider that serves a zone only once it has seen a proof that the domain is its user's, see [StateError.Outputs].
type ZoneProver interface {
	// ProveZone has the provider look for the proof now. What comes of it is what Fetch says afterwards.
	ProveZone(ctx context.Context, origin zonefile.Name) error
}
