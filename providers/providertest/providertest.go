// Package providertest is the conformance suite for providers: what the sentences of package providers mean. A provider's own test calls it:
//
//	func TestConformance(t *testing.T) {
//		server := startServer(t)
//		providertest.Run(t, func(t *testing.T) providertest.Fixture {
//			origin := server.newZone(t)
//			return providertest.Fixture{Provider: New(server.url), Origin: origin, Write: server.writer(origin)}
//		})
//	}
//
// The heart of it walks a zone from state to state and checks a law after each step: Apply succeeds, Fetch gives what Normalize said,
// nothing else in the zone has changed, and the serial of the SOA has risen.
package providertest

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Fixture is a provider and a zone in it, for one test. The zone has an SOA and an apex NS RRset, whose names are outside it, and
// is otherwise empty. The fields that are not set leave out the tests that need them, with a line in the log.
type Fixture struct {
	// Provider is what is tested.
	Provider providers.ZoneProvider
	// Origin is the zone that the test may write.
	Origin zonefile.Name

	// Write makes changes as somebody else would, behind the provider's back, and returns when the provider's next Fetch sees
	// them. The serial of the SOA rises. Where it is nil the provider itself, with another base, stands in for somebody else.
	Write func(t testing.TB, changes []zonefile.Change)

	// Refused is an RRset of the zone that Normalize takes and the server refuses.
	Refused zonefile.RRset

	// Secondary is a zone that the provider has and must not write.
	Secondary zonefile.Name

	// NewZone is a zone that a provider which is a providers.ZoneCreator can create.
	NewZone zonefile.Name

	// NoZone is what the error wraps for a zone that the provider does not have, for servers that do not tell it from one that is
	// not allowed. nil is providers.ErrNoZone.
	NoZone error
}

// Run tests the provider that open returns. Each subtest calls open once and leaves the zone in any state, so open returns a zone of its
// own for each; servers that are slow to start may be shared, as long as the zones are not. The subtests run one after the other.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	for _, part := range []struct {
		name string
		test func(*testing.T, *subject)
	}{
		{"Read", testRead},
		{"Normalize", testNormalize},
		{"Steps", testSteps},
		{"Apex", testApex},
		{"Disable", testDisable},
		{"Conflict", testConflict},
		{"Refusal", testRefusal},
		{"Cancel", testCancel},
		{"Create", testCreate},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, start(t, open)) })
	}
}
