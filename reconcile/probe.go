package reconcile

import (
	"context"

	"github.com/zoneward/zoneward/zonefile"
)

// Prober asks name servers about a zone before somebody is sent to them. Its methods may be called concurrently.
type Prober interface {
	// Probe asks each of the servers, at each of its addresses, for what it has at keys, with DNSSEC records, once. The addresses of a server below the
	// zone are those in zone, which may be nil; those of others are looked up. The error is for what kept it from asking any: ctx ended. What a server
	// answers, and that it cannot be found, is in the Probes, in order of the servers.
	Probe(ctx context.Context, origin zonefile.Name, servers []zonefile.Name, zone *zonefile.Zone, keys []zonefile.Key) ([]Probe, error)

	// Parent asks the name servers of the parent zone what they have of a delegation. If they differ it is that of all of them together, with the longest TTLs.
	// One that does not answer with authority is left out; that none does is an error.
	Parent(ctx context.Context, origin zonefile.Name) (ParentView, error)
}

// Probe is what one name server answered at one of its addresses.
type Probe struct {
	// Server is its name, and Address where it was asked, with port; empty if no address is known.
	Server  zonefile.Name
	Address string
	// Serial is that of the SOA of the zone.
	Serial uint32
	// Sets are what it has at each of the keys. A key at which there is nothing is not there.
	Sets map[zonefile.Key]zonefile.RRset
	// Err says why it does not serve the zone: it has no address, does not answer, refuses, or answers without authority. Then nothing else is set.
	Err error
}

// ParentView is what the parent zone has of a delegation.
type ParentView struct {
	// NS and DS are the zero RRset if there are none.
	NS, DS zonefile.RRset
	// NegativeTTL is how long resolvers remember that there is no DS (RFC 2308 §5), 0 if there is one.
	NegativeTTL zonefile.TTL
}
