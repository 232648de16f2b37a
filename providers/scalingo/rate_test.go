package scalingo_test

import (
	"fmt"
	"net/http"
	"strings"
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

// The rate that the page names, which is the usual one of the program, keeps the limit of 60 requests in any minute, those that exchange tokens included, however many
// want something at once, and also after a pause.
func TestSixtyRequestsAMinute(t *testing.T) {
	const perMinute, burst = 50, 10
	if row := fmt.Sprintf("| `rate`, `burst` | %d a minute, `%d` |", perMinute, burst); !strings.Contains(readPage(t), row) {
		t.Errorf("%s has no line %q", page, row)
	}
	synctest.Test(t, func(t *testing.T) {
		s := scalingotest.New(scalingotest.Options{RequestsPerMinute: 60})
		s.AddApp(scalingotest.App{Name: "my-app"})
		p := guarded(t, s, providers.AccountPolicy{Rate: providers.Rate{PerSecond: perMinute / 60., Burst: burst, Concurrent: 4}})
		var lock sync.Mutex
		var times []time.Time
		s.Faults.Add(httpfault.Rule{Fault: httpfault.Call(func(*http.Request) {
			lock.Lock()
			defer lock.Unlock()
			times = append(times, time.Now())
		})})
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
		time.Sleep(45 * time.Second)
		for range 40 {
			if _, err := p.FetchResource(t.Context(), resource("n0.example.com.")); err != nil {
				t.Error(err)
			}
		}
		if got, want := len(times), 1+20*2+20*3*2+40*2; got != want {
			t.Errorf("%d requests, want %d", got, want)
		}
		for i := range times[:max(len(times)-60, 0)] {
			if took := times[i+60].Sub(times[i]); took < time.Minute {
				t.Fatalf("61 requests in %s", took)
			}
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
