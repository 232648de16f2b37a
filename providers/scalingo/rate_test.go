package scalingo_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalingo"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

// guarded returns a provider of an account, whose requests go to a fake without a network.
func guarded(t *testing.T, s *scalingotest.Server, policy providers.AccountPolicy) providers.ResourceProvider {
	t.Helper()
	account := providers.NewAccount(policy)
	client := account.HTTPClient()
	client.Transport = providers.WrapRequest(client.Transport, func(http.RoundTripper) http.RoundTripper { return httpfault.Transport(s) })
	return account.GuardResources(open(t, s, scalingo.Options{HTTP: client}))
}

// The limit of 60 requests a minute is kept, those that exchange tokens included, however many want something at once.
func TestSixtyRequestsAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scalingotest.New(scalingotest.Options{RequestsPerMinute: 60})
		s.AddApp(scalingotest.App{Name: "my-app"})
		p := guarded(t, s, providers.AccountPolicy{Rate: providers.Rate{PerSecond: 0.95, Concurrent: 4}})
		began := time.Now()
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				r := resource(fmt.Sprintf("n%d.example.com.", i))
				if err := p.CreateResource(t.Context(), r); err != nil {
					t.Error(err)
				}
				for range 3 {
					if _, err := p.FetchResource(t.Context(), r); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		const requests = 1 + 20*2 + 20*3*2
		if got := len(s.Calls()); got != requests || time.Since(began) < requests*time.Second {
			t.Errorf("%d requests in %s, want %d in as many seconds", got, time.Since(began), requests)
		}
		for _, x := range s.Faults.Log().All() {
			if x.Status == http.StatusTooManyRequests {
				t.Fatal("one too many")
			}
		}
	})
}

// A request that is one too many is made again when the minute is over, with or without a word of when that is. 429 is plain text, and is not read as JSON.
func TestTooManyRequests(t *testing.T) {
	for _, says := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := scalingotest.New(scalingotest.Options{RequestsPerMinute: 4, RetryAfter: says})
			s.AddApp(scalingotest.App{Name: "my-app"})
			p := guarded(t, s, providers.AccountPolicy{Retry: providers.RetryPolicy{Tries: 20, MaxWait: 90 * time.Second}})
			began := time.Now()
			if err := p.CreateResource(t.Context(), www()); err != nil { // three requests
				t.Fatal(err)
			}
			if _, err := p.FetchResource(t.Context(), www()); err != nil {
				t.Errorf("with Retry-After %t: %v", says, err)
			}
			if took := time.Since(began); took < time.Minute {
				t.Errorf("it took %s", took)
			}

			bare := open(t, s, scalingo.Options{})
			for {
				if _, err := bare.FetchResource(t.Context(), www()); err != nil {
					wants(t, err, errBusy, "429 Too Many Requests", "Retry later")
					return
				}
			}
		})
	}
}
