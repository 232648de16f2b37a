package providertest_test

import (
	"context"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenApexes do not show the SOA, and get something wrong about that.
var brokenApexes = map[string]breakage{
	"hides an SOA that can be set": {fails: "Read/zone of the fixture", says: "the zone has no SOA, and its traits say", breaks: func(b *broken) {
		b.fetch = hidingSOA(b)
	}},
	"takes an SOA that it does not show": {fails: "Apex/SOA/timers", says: "no error for a batch that cannot be carried out", breaks: func(b *broken) {
		ignoringApex(zonefile.TypeSOA)(b)
		b.fetch = hidingSOA(b)
	}, claim: &cannot},
	"deletes an SOA that it does not show": {fails: "Refusal/delete the SOA", says: "no error for a batch that cannot be carried out", breaks: func(b *broken) {
		ignoringApex(zonefile.TypeSOA)(b)
		b.fetch = hidingSOA(b)
	}, claim: &cannot},
}

// hidingSOA returns a Fetch that does not show the SOA.
func hidingSOA(b *broken) func(context.Context, zonefile.Name) (*providers.Snapshot, error) {
	return editingZone(b, func(z *zonefile.Zone) *zonefile.Zone {
		z.Delete(zonefile.Key{Name: z.Origin(), Type: zonefile.TypeSOA})
		return z
	})
}
