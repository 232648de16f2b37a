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
// nothing else in the zone has changed, what was hidden still is, the serial of the SOA has risen, and the version is another. The parts are:
//
//   - Read, Normalize: what is asked without writing.
//   - Steps, Apex: the walks, through all types and what is odd in them.
//   - Disable, Hidden, for providers that can hide: an RRset is hidden and served again, whatever happens in between. Hidden copies are never
//     served, and no write of other things touches them. Others replace, delete, change, serve or add to them, or put a new RRset or
//     a CNAME at their name: enabling what is not there any more is a conflict, and putting it then works. They are purged alone, one of two,
//     beside what is served, together with any other operation at their key, and when they are gone already.
//   - Conflict, Refusal, Cancel: what must not be written is not, and the error says why.
//   - Create, Remove, for providers that can create and remove zones: a zone is removed if it is as it was when that was planned, and made
//     again from its settings and its RRsets, the same as it was.
//   - Kept, for providers that keep the zones that they remove: such a zone comes back with all that was in it, hidden records too, and without it,
//     if somebody destroyed it, it can be made again. What is kept is purged if it is the zone that was removed, and not while it is there.
//   - Version, for zones that have one: it stays as long as nobody changes the zone, the list has the same, and no change leads back to it, such
//     as removing the zone and making it again.
//   - Properties, Signing, for zones that have properties: each can be given its values, and nothing else changes; what somebody else has set
//     is not overwritten, what cannot be is refused, and new zones have what they are created with.
//   - State: a zone that cannot be written says what state it is in and what it needs, and is not written.
//   - Revisions, for providers that keep what a zone was: it can be read, however often the zone is changed afterwards.
//
// A part that a provider cannot do, by its traits and interfaces, or that the fixture lacks something for, is left out with a line in the log.
//
// Against a fake in which things go wrong the suite is run with the provider behind [Persistent].
//
// For providers of what there is beside zones the suite is [RunResources].
package providertest

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Fixture is a provider and a zone in it, for one test. The zone has an SOA, which the provider may not show, and an apex NS RRset, whose names are
// outside it, and is otherwise empty. The fields that are not set leave out the tests that need them, with a line in the log.
type Fixture struct {
	// Provider is what is tested.
	Provider providers.ZoneProvider
	// Origin is the zone that the test may write.
	Origin zonefile.Name

	// Write makes changes as somebody else would, behind the provider's back, and returns when the provider's next Fetch sees
	// them. The serial of the SOA rises. Where it is nil the provider itself, with another base, stands in for somebody else.
	Write func(t testing.TB, changes []zonefile.Change)

	// WriteHidden writes the RRset at a key as somebody else would who knows of records that are kept and not served: afterwards served is
	// served, hidden is hidden, and there is nothing else. Either may be the zero RRset; they share a TTL where the system has one for
	// both. The serial of the SOA rises. Where it is nil the provider itself stands in for somebody else.
	WriteHidden func(t testing.TB, key zonefile.Key, served, hidden zonefile.RRset)

	// Refused is an RRset of the zone that Normalize takes and the server refuses.
	Refused zonefile.RRset

	// Secondary is a zone that the provider has and must not write.
	Secondary zonefile.Name

	// NewZone is a zone that a provider which is a providers.ZoneCreator can create, and one that is a providers.ZoneRemover can remove.
	NewZone zonefile.Name

	// NewZones are more of them, with kinds and properties. Where they have no Apex they get one.
	NewZones []providers.ZoneSpec

	// Activate does what has to be done for a new zone, which Fetch says is in some state, until it can be written.
	Activate func(t testing.TB, origin zonefile.Name)

	// DropKept destroys, behind the provider's back, what is kept of a zone that was removed.
	DropKept func(t testing.TB, origin zonefile.Name)

	// Properties are those that the zone may be given, and that NewZones have.
	Properties []Property

	// WriteProperties sets properties of the zone as somebody else would. Where it is nil the provider itself stands in for somebody else.
	WriteProperties func(t testing.TB, properties map[string]string)

	// States bring the zone into states in which it cannot be written, by the provider's words for them: StateError.State. Leave brings it back,
	// and is nil if there is no way.
	States map[string]func(t testing.TB) (leave func(t testing.TB))

	// NoZone is what the error wraps for a zone that the provider does not have, for servers that do not tell it from one that is
	// not allowed. nil is providers.ErrNoZone.
	NoZone error
}

// Property is a property of the zones of a fixture, and what it may be.
type Property struct {
	Name string
	// Values are two or more that differ, and that a zone can be given one after the other, and the first again.
	Values []string
	// Bad are values that it cannot have.
	Bad []string
	// With are other properties that the zone must have for that.
	With map[string]string
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
		{"Hidden", testHidden},
		{"Conflict", testConflict},
		{"Refusal", testRefusal},
		{"Cancel", testCancel},
		{"Create", testCreate},
		{"Remove", testRemove},
		{"Kept", testKept},
		{"Version", testVersion},
		{"Properties", testProperties},
		{"Signing", testSigning},
		{"State", testState},
		{"Revisions", testRevisions},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, start(t, open)) })
	}
}
