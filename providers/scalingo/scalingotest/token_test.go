package scalingotest_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

func TestExchange(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	for name, authorization := range map[string]string{
		"nothing":         "",
		"another token":   basic("", "tk-us-unknown"),
		"a user":          basic("john", s.Token),
		"the token first": basic(s.Token, ""),
		"a bearer":        "Bearer " + s.Token,
	} {
		want := `Unauthorized {"error":"the authentication token is invalid or has expired"}`
		if got := c.with("Authorization", authorization).refused("POST", "/v1/tokens/exchange", ""); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	c = c.with("Authorization", basic("", s.Token))
	twice := c.with("X", "")
	twice.header.Add("Authorization", basic("", s.Token))
	twice.want(http.StatusUnauthorized, "POST", "/v1/tokens/exchange", "")
	if got := c.refused("POST", "/v1/tokens/exchange", "{}"); !strings.HasPrefix(got, "Bad Request") {
		t.Errorf("with a body: %s", got)
	}
	if got := c.refused("GET", "/v1/tokens/exchange", ""); !strings.HasPrefix(got, "Not Found") {
		t.Errorf("with GET: %s", got)
	}
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// A bearer token is a JWT that says when it ends, and that is an hour after it was made.
func TestBearerEnds(t *testing.T) {
	now := newClock()
	s, c := start(t, scalingotest.Options{Now: now.Now})
	bearer := exchange(t, s, s.Token)
	parts := strings.Split(bearer, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", bearer)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Exp int64 }
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if got := time.Unix(claims.Exp, 0).Sub(now.Now()); got != time.Hour {
		t.Errorf("exp is in %s, want an hour", got)
	}
	c = c.with("Authorization", "Bearer "+bearer)
	now.pass(time.Hour - time.Second)
	c.want(http.StatusOK, "GET", domains, "")
	now.pass(time.Second)
	c.want(http.StatusUnauthorized, "GET", domains, "")
	if again := exchange(t, s, s.Token); again == bearer {
		t.Error("a second exchange gives the same token")
	}
}

func TestBearerThatEndsEarly(t *testing.T) {
	s, c := start(t, scalingotest.Options{OpaqueBearers: true})
	c.want(http.StatusOK, "GET", domains, "")
	s.ExpireBearers()
	c.want(http.StatusUnauthorized, "GET", domains, "")
	bearer := exchange(t, s, s.Token)
	if strings.Contains(bearer, ".") {
		t.Errorf("%q is a JWT", bearer)
	}
	c.with("Authorization", "Bearer "+bearer).want(http.StatusOK, "GET", domains, "")

	other := s.AddToken()
	s.RevokeToken(s.Token)
	c.with("Authorization", basic("", s.Token)).want(http.StatusUnauthorized, "POST", "/v1/tokens/exchange", "")
	exchange(t, s, other)
}

func TestAuthorizationOfTheAPI(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	for name, value := range map[string]string{
		"nothing": "", "an API token": "Bearer " + s.Token, "basic": basic("", s.Token),
		"no scheme": strings.TrimPrefix(c.header.Get("Authorization"), "Bearer "), "lower case": strings.Replace(c.header.Get("Authorization"), "Bearer", "bearer", 1),
	} {
		for _, path := range []string{domains, "/v1/apps/my-app", "/v1/apps/unknown", "/v1/regions"} {
			if got := c.with("Authorization", value).do("GET", path, "").status; got != http.StatusUnauthorized {
				t.Errorf("%s with %s: %d", path, name, got)
			}
		}
	}
	twice := c.with("X", "")
	twice.header.Add("Authorization", twice.header.Get("Authorization"))
	twice.want(http.StatusUnauthorized, "GET", domains, "")
}

func TestRateLimit(t *testing.T) {
	for _, tt := range []struct {
		name       string
		opts       scalingotest.Options
		retryAfter string
	}{
		{"without Retry-After", scalingotest.Options{RequestsPerMinute: 60}, ""},
		{"with Retry-After", scalingotest.Options{RequestsPerMinute: 60, RetryAfter: true}, "11"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := newClock()
			tt.opts.Now = now.Now
			_, c := start(t, tt.opts) // one request
			now.pass(49500 * time.Millisecond)
			for range 59 {
				c.want(http.StatusOK, "GET", domains, "")
			}
			for range 2 {
				got := c.do("GET", domains, "")
				if got.status != http.StatusTooManyRequests || got.text != "Retry later\n" {
					t.Errorf("%d %q", got.status, got.text)
				}
				want := http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
				if tt.retryAfter != "" {
					want.Set("Retry-After", tt.retryAfter)
				}
				if d := cmp.Diff(want, got.header); d != "" {
					t.Errorf("header (-want +got):\n%s", d)
				}
			}
			now.pass(10500 * time.Millisecond)
			c.want(http.StatusOK, "GET", domains, "")
		})
	}
}

// Without a clock of a test the fake has that of the bubble.
func TestClockOfABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := start(t, scalingotest.Options{RequestsPerMinute: 2})
		c.want(http.StatusOK, "GET", domains, "")
		c.want(http.StatusTooManyRequests, "GET", domains, "")
		time.Sleep(time.Minute)
		c.want(http.StatusOK, "GET", domains, "")
		time.Sleep(time.Hour)
		c.want(http.StatusUnauthorized, "GET", domains, "")
	})
}
