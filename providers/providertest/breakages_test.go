package providertest_test

import (
	"maps"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// breakage is one way of breaking the contract.
type breakage struct {
	// real, if it is not nil, are the traits that the fake behind has; claim those that snapshots name.
	real, claim *providers.Traits
	// breaks the fake.
	breaks func(*broken)
	// options are what else the fake has.
	options []memory.Option
	// alone has the fixture lack WriteHidden.
	alone bool
	// passing says that it is no more than something that could be gone the next time, so that Persistent hides it.
	passing bool
	// fails is the subtest that has to fail. It is empty for a provider that is not broken.
	fails string
	// says is a part of the message, where a subtest checks many things.
	says string
}

// traits returns those of the fake behind.
func (b breakage) traits() providers.Traits {
	if b.real != nil {
		return *b.real
	}
	return all
}

// The traits of providers that can do everything, with the preconditions that there are.
var (
	all       = withPreconditions(providers.ComparesRRsets)
	zoneTrait = withPreconditions(providers.ComparesZone)
	notices   = withPreconditions(providers.NoticesAfterwards)
	careless  = withPreconditions(0)
	stepwise  = providers.Traits{Atomicity: providers.AtomicRRset, SOAWritable: true, ApexNSWritable: true}
	cannot    = providers.Traits{Atomicity: providers.AtomicZone}
)

func withPreconditions(p providers.Preconditions) providers.Traits {
	return providers.Traits{
		Atomicity: providers.AtomicZone, Preconditions: p, SOAWritable: true, ApexNSWritable: true, CanDisable: true,
	}
}

// breakages are the broken providers, and a few that are not. Each breaks in a way that a real system or its client was seen to, or could well.
func breakages() map[string]breakage {
	every := maps.Clone(soundProviders)
	for _, more := range []map[string]breakage{
		brokenWrites, brokenReads, brokenPromises, brokenHiding, brokenZones, brokenApexes,
		brokenKeeping, brokenProperties, brokenSigning, brokenStates, brokenRevisions,
	} {
		maps.Copy(every, more)
	}
	return every
}

// soundProviders keep the contract.
var soundProviders = map[string]breakage{
	"sound":                           {},
	"sound, with the provider itself": {alone: true},
	"sound, comparing the zone":       {real: &zoneTrait},
	"sound, noticing":                 {real: &notices},
	"sound, promising nothing":        {real: &careless},
	"sound, one RRset at a time":      {real: &stepwise},
	"sound, signing":                  {breaks: signing},
	"sound, not writing at the apex":  {real: &cannot},
	"sound, not showing the SOA":      {options: []memory.Option{memory.WithoutSOA()}},
	"sound, with everything":          {options: everything()},
	"sound, with everything, and zones that begin in a state": {
		options: append(everything(), memory.BeginningIn(func(zonefile.Name) *providers.StateError { return &inactive })),
	},
}
