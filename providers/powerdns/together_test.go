package powerdns_test

import (
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/powerdns"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/zonefile"
)

// TestManyZonesTogether creates and writes zones at the same time. With SQLite PowerDNS answers 500 to a write that comes while
// another one is under way.
func TestManyZonesTogether(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p, err := powerdns.New(powerdns.Options{URL: s.URL, APIKey: func() (string, error) { return s.APIKey, nil }})
		if err != nil {
			t.Fatal(err)
		}
		var group errgroup.Group
		for i := range 60 {
			group.Go(func() error {
				origin := zonefile.MustParseName(fmt.Sprintf("zone%d.example.", i))
				if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}); err != nil {
					return err
				}
				for last := range 2 {
					live, err := p.Fetch(t.Context(), origin)
					if err != nil {
						return err
					}
					www := set(fmt.Sprintf("www.%s 300 A 192.0.2.%d", origin, last))
					if _, err := p.Apply(t.Context(), origin, puts(live, www)); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
	})
}
