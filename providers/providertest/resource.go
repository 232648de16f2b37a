package providertest

import (
	"context"
	"testing"

	"github.com/zoneward/zoneward/providers"
)

// ResourceFixture is a provider of resources, for one test. Its resources are those that the test makes. The fields that are not set leave out the tests
// that need them, with a line in the log.
type ResourceFixture struct {
	// Provider is what is tested.
	Provider providers.ResourceProvider

	// Cases are resources that can be there, one or more, with names that differ. None of them is there. An exclusive field is tested with two of them
	// that share the write-once field which it names.
	Cases []ResourceCase

	// Bad are resources that cannot be, by what is wrong with them: NormalizeResource refuses them, or CreateResource does.
	Bad map[string]providers.Resource

	// Absent is a resource that is not there, where one could be. Without it one is made up that is where the first of the cases would be.
	Absent providers.Resource

	// Begin has a resource be there, with its fields and secrets, as somebody else would. It is how all of them begin where CreatesNone is set. Otherwise
	// the provider creates them if it is nil.
	Begin func(t testing.TB, r providers.Resource)

	// CreatesNone says that the provider cannot create resources, and that they are there before anybody declares them.
	CreatesNone bool

	// Edit gives a resource that is there the fields that r has, and the secrets that they follow from, as somebody else would. The others stay. Where it is
	// nil the provider itself stands in for somebody else.
	Edit func(t testing.TB, r providers.Resource)

	// End has a resource not be there any more, as somebody else would. Where it is nil the provider itself stands in for somebody else, if it removes any.
	End func(t testing.TB, r providers.Resource)

	// Block brings a resource into a state in which it cannot be written. Leave brings it back, and is nil if there is no way.
	Block func(t testing.TB, r providers.Resource) (leave func(t testing.TB))

	// Settle is called after each write, and returns when what was written has taken effect and the resource can be written again.
	Settle func(t testing.TB, r providers.Resource)

	// Faults are what can go wrong, the same each time. For a fake that speaks HTTP they are those of [HTTPFaults], and maybe more.
	Faults []ResourceFault

	// Secret are texts that nothing may show, beside the secrets of the cases: tokens and keys.
	Secret []string
}

// ResourceCase is a resource that can be there.
type ResourceCase struct {
	// Resource is as people declare it, with its write-once fields.
	Resource providers.Resource

	// Updates are what it becomes, one after the other: each has the fields that are declared otherwise than before, in the place of those or beside them. Its
	// secrets, if they are not nil, take the place of all that there were. The kind and the name are those of Resource.
	Updates []providers.Resource

	// Elsewhere are other values of its write-once fields, of a place where it could be and is not.
	Elsewhere map[string]string
}

// ResourceFault is something that goes wrong.
type ResourceFault struct {
	Name string

	// Begin has it happen to the calls that come, until end is called. The calls are about a resource, and have a context that cancel ends.
	Begin func(about providers.Resource, cancel context.CancelFunc) (end func())

	// Busy says that the server refuses to do anything now, so that what fails fails with a *providers.BusyError, or after a part was done.
	Busy bool
}

// RunResources tests the provider that open returns, as [Run] does for zones: what the sentences about resources in package providers mean. Each subtest
// calls open, some more than once. The subtests run one after the other. The parts are:
//
//   - Type, Normalize: what is said without asking anybody.
//   - Create, Update, Remove: after each write Fetch returns what NormalizeResource said, and nothing else is changed.
//   - Base: a write without a base, or about another resource than its base, is refused, and so is a question about another kind.
//   - Conflict: what somebody else has changed, made or removed since is left as it is.
//   - WriteOnce: where a resource is cannot be changed, and it is found wherever it is.
//   - List: it has what Fetch returns.
//   - Exclusive: what only one resource can have goes from one to the other.
//   - Blocked, Check, for providers that can be asked for it.
//   - Cancel, Parallel.
//   - Faults: whatever goes wrong, nobody takes a resource for gone that is there, an error that promises that nothing was written is right, and what is
//     fetched afterwards can be taken to where it was to be.
//
// In all of them each snapshot and each error that comes back is looked at: it is whole, adds up with the type, and shows no secret.
func RunResources(t *testing.T, open func(t *testing.T) ResourceFixture) {
	for _, part := range []struct {
		name string
		test func(*testing.T, *resources)
	}{
		{"Type", testResourceType},
		{"Normalize", testNormalizeResource},
		{"Create", testCreateResource},
		{"Update", testUpdateResource},
		{"Base", testResourceBase},
		{"Conflict", testResourceConflict},
		{"WriteOnce", testWriteOnce},
		{"Remove", testRemoveResource},
		{"List", testListResources},
		{"Exclusive", testExclusive},
		{"Blocked", testBlockedResource},
		{"Check", testCheckResource},
		{"Cancel", testCancelResource},
		{"Parallel", testParallelResources},
		{"Faults", testResourceFaults},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, startResources(t, open)) })
	}
}
