package scalewaytemtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

// Each of the errors of the API can be had for a request that the fake would do.
func TestErrors(t *testing.T) {
	for want, e := range map[string]*scwtest.Error{
		"400 invalid_arguments":     scwtest.InvalidArgument("domain_name", "constraint", "why"),
		"404 not_found":             scwtest.NotFound("domain", "1"),
		"403 permissions_denied":    scwtest.PermissionsDenied("domain", "write"),
		"401 denied_authentication": scwtest.DeniedAuthentication("expired"),
		"403 quotas_exceeded":       scwtest.QuotasExceeded("domains", 1, 1),
		"412 precondition_failed":   scwtest.PreconditionFailed("resource_still_in_use", "why"),
		"409 transient_state":       scwtest.TransientState("domain", "1", "pending"),
		"423 locked":                scwtest.Locked("domain", "1"),
		"410 resource_expired":      scwtest.ResourceExpired("domain", "1", start),
		"503 out_of_stock":          scwtest.OutOfStock("domain"),
		"403 no":                    scwtest.Message(403, "no"),
	} {
		f := scalewaytemtest.New(t, scalewaytemtest.Options{})
		f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Create, Fault: e.Fault()})
		if got := send(t, f, "POST "+domains+" "+creation(f, "example.com"), nil).kind(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if n := len(f.Domains()); n != 0 {
			t.Errorf("%s: %d domains", want, n)
		}
	}
}

// Faults of networks and proxies, as a client with a connection has them.
func TestFaultsInFront(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		want  string // status, Retry-After or Location, what the body is; "lost"
		made  int
	}{
		{"429", httpfault.Status(429), "429 JSON", 0},
		{"429 with Retry-After", httpfault.RetryIn(429, time.Minute), "429 60 JSON", 0},
		{"500", httpfault.Status(500), "500 JSON", 0},
		{"gateway", httpfault.Proxy(502), "502 other", 0},
		{"gateway that did not wait", httpfault.After(httpfault.Proxy(504)), "504 other", 1},
		{"redirect", httpfault.Redirect(307, "http://other.example"), "307 http://other.example" + domains + " other", 0},
		{"lost before", httpfault.Lost(), "lost", 0},
		{"lost afterwards", httpfault.After(httpfault.Lost()), "lost", 1},
		{"cut off", httpfault.CutOff(), "lost", 1},
		{"truncated", httpfault.Half(), "200 other", 1},
		{"oversized", httpfault.Huge(1 << 20), "200 JSON of 1 MiB", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := scalewaytemtest.New(t, scalewaytemtest.Options{})
			server := httptest.NewServer(f)
			defer server.Close()
			f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Create, Times: 1, Fault: tt.fault})
			if got := post(t, server.URL+domains, f.Token, creation(f, "example.com")); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if n := len(f.Domains()); n != tt.made {
				t.Errorf("%d domains, want %d", n, tt.made)
			}
			if got := post(t, server.URL+domains, f.Token, creation(f, "example.net")); got != "200 JSON" {
				t.Errorf("the next one: %q", got)
			}
		})
	}
}

// post says what came back.
func post(t *testing.T, url, token, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Auth-Token", token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return "lost"
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "lost"
	}
	words := []string{resp.Status[:3], resp.Header.Get("Retry-After") + resp.Header.Get("Location"), "other"}
	if json.Valid(text) {
		words[2] = "JSON"
	}
	if len(text) > 1<<20 {
		words[2] += " of 1 MiB"
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

func TestAltered(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{})
	at := create(t, f)
	f.AddDomain("example.net", "")
	f.Faults.Add(httpfault.Rule{Fault: scalewaytemtest.Altered("name", "other.example")})
	if got := send(t, f, "GET "+at, nil).field(t, "name"); got != `"other.example"` {
		t.Errorf("get: %s", got)
	}
	if got := send(t, f, "GET "+domains, nil).body; strings.Count(got, `"name":"other.example"`) != 2 || !strings.Contains(got, `"total_count":2`) {
		t.Errorf("list: %s", got)
	}
	const unknown = domains + "/11111111-1111-1111-1111-111111111111"
	if got := send(t, f, "GET "+unknown, nil).body; strings.Contains(got, "other.example") {
		t.Errorf("a refusal: %s", got)
	}
	if got := f.Domain("example.com").Name; got != "example.com" {
		t.Errorf("the domain is %s", got)
	}
}

func TestOvercount(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{})
	create(t, f)
	f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.List, Fault: scwtest.Overcount(1)})
	if got := send(t, f, "GET "+domains, nil).field(t, "total_count"); got != "2" {
		t.Errorf("got %s", got)
	}
}

// A fault of one request by its number, and an answer that is late, on a clock that nobody waits for.
func TestThirdIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := scalewaytemtest.New(t, scalewaytemtest.Options{})
		at := create(t, f)
		f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Get, Every: 3, Times: 1, Fault: httpfault.Delay(time.Hour)})
		var took []time.Duration
		for range 4 {
			began := time.Now()
			send(t, f, "GET "+at, nil)
			took = append(took, time.Since(began))
		}
		if d := cmp.Diff([]time.Duration{0, 0, time.Hour, 0}, took); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

// The patterns that the package has names for are those of endpoints.
func TestPatterns(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{})
	at := create(t, f)
	for _, tt := range []struct{ pattern, request string }{
		{scalewaytemtest.List, "GET " + domains + "?page=1"},
		{scalewaytemtest.Create, "POST " + domains + " " + creation(f, "example.net")},
		{scalewaytemtest.Get, "GET " + at},
		{scalewaytemtest.Update, "PATCH " + at + " {}"},
		{scalewaytemtest.Check, "POST " + at + "/check {}"},
		{scalewaytemtest.Verification, "GET " + at + "/verification"},
		{scalewaytemtest.Revoke, "POST " + at + "/revoke {}"},
	} {
		f.Faults.Log().Reset()
		if got := send(t, f, tt.request, nil); got.status != http.StatusOK {
			t.Errorf("%s: %s", tt.request, got.body)
		}
		if n := f.Faults.Log().Count(tt.pattern); n != 1 {
			t.Errorf("%s is for %d of one request", tt.pattern, n)
		}
	}
}
