package powerdns_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/powerdns"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
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

// What a write depends on is looked at when it is its turn. Before, it could become old by minutes, and the change of somebody else be lost.
func TestChecksWaitForTheirTurn(t *testing.T) {
	const zone = "/api/v1/servers/localhost/zones/example.com."
	for _, tt := range []struct {
		name string
		call func(t *testing.T, p *powerdns.Provider) error
		want []string
	}{
		{"Apply", func(t *testing.T, p *powerdns.Provider) error {
			_, err := p.Apply(t.Context(), origin, puts(goldenBase(t), www(1)))
			return err
		}, []string{"GET " + zone, "PATCH " + zone}},
		{"RemoveZone", func(t *testing.T, p *powerdns.Provider) error {
			return p.RemoveZone(t.Context(), goldenBase(t))
		}, []string{"GET " + zone + "/metadata", "GET " + zone + "/cryptokeys", "GET " + zone, "DELETE " + zone}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			whole := goldenZone(t)
			synctest.Test(t, func(t *testing.T) {
				goOn := make(chan struct{})
				var mu sync.Mutex
				var asked []string
				p, err := powerdns.New(powerdns.Options{
					URL: "http://pdns.invalid", APIKey: func() (string, error) { return "x", nil },
					HTTP: &http.Client{Transport: httpfault.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						mu.Lock()
						asked = append(asked, r.Method+" "+r.URL.Path)
						mu.Unlock()
						other := strings.Contains(r.URL.Path, "example.org.")
						switch {
						case r.Method != http.MethodGet:
							if other {
								<-goOn
							}
							w.WriteHeader(http.StatusNoContent)
						case other:
							answerJSON(strings.ReplaceAll(whole, "example.com.", "example.org."))(w, r)
						case r.URL.Path == zone:
							answerJSON(whole)(w, r)
						default:
							answerJSON("[]")(w, r)
						}
					}))},
				})
				if err != nil {
					t.Fatal(err)
				}
				origin := zonefile.MustParseName("example.org.")
				base, err := p.Fetch(t.Context(), origin)
				if err != nil {
					t.Fatal(err)
				}
				var many []zonefile.RRset
				for _, s := range large() { // several requests, of which none lets another write in
					many = append(many, s.WithName(zonefile.MustParseName(strings.Replace(s.Key.Name.String(), ".com.", ".org.", 1))))
				}
				var calls sync.WaitGroup
				calls.Go(func() {
					if _, err := p.Apply(t.Context(), origin, puts(base, many...)); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait() // the other zone is being written
				before := len(asked)
				calls.Go(func() {
					if err := tt.call(t, p); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
				diff(t, "requests while another zone is written", []string{}, asked[before:])
				close(goOn)
				calls.Wait()
				diff(t, "requests at the end", tt.want, asked[len(asked)-len(tt.want):])
			})
		})
	}
}
