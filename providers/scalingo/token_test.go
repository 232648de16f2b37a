package scalingo_test

import (
	"context"
	"encoding/base64"
	"errors"
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

// exchanges returns how often a token was exchanged.
func exchanges(s *scalingotest.Server) int { return s.Faults.Log().Count(scalingotest.ExchangeToken) }

// list lists what there is, which takes a token.
func list(ctx context.Context, p *scalingo.Provider) error {
	_, err := p.Resources(ctx, www())
	return err
}

// A token is good for an hour from when it was asked for, however long that takes, and is exchanged for another when less than five minutes are left.
func TestRenewal(t *testing.T) {
	for _, takes := range []time.Duration{0, 30 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s, p := start(t, scalingotest.Options{})
			s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ExchangeToken, Fault: httpfault.After(httpfault.Delay(takes))})
			began := time.Now()
			for _, step := range []struct {
				at   time.Duration
				want int // exchanges until then
			}{
				{0, 1}, {54*time.Minute + 59*time.Second, 1}, {55 * time.Minute, 2}, {109*time.Minute + 59*time.Second, 2}, {4 * time.Hour, 3},
			} {
				time.Sleep(time.Until(began.Add(step.at)))
				if err := list(t.Context(), p); err != nil {
					t.Fatal(err)
				}
				if got := exchanges(s); got != step.want {
					t.Errorf("after %s, with exchanges of %s: %d exchanges, want %d", step.at, takes, got, step.want)
				}
			}
		})
	}
}

// Whoever comes while a token is exchanged waits for that one.
func TestOneExchangeForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := start(t, scalingotest.Options{})
		s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ExchangeToken, Fault: httpfault.Delay(time.Second)})
		together := func() {
			var group sync.WaitGroup
			for range 20 {
				group.Go(func() {
					if err := list(t.Context(), p); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
		}
		together()
		s.ExpireBearers()
		together()
		if got := exchanges(s); got != 2 {
			t.Errorf("%d exchanges, want one at the beginning and one when the token was refused", got)
		}
	})
}

// Who has no time to wait does not, and who waits goes on when the one in front gives up.
func TestWaitingForAToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := start(t, scalingotest.Options{})
		s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ExchangeToken, Times: 1, Fault: httpfault.Delay(time.Hour)})
		var group sync.WaitGroup
		for _, patience := range []time.Duration{10 * time.Second, 5 * time.Second} {
			group.Go(func() {
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				err := list(ctx, p)
				wants(t, err, errNoKind)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != patience {
					t.Errorf("error %v after %s, want it to be over after %s", err, time.Since(began), patience)
				}
			})
			synctest.Wait()
		}
		group.Go(func() {
			if err := list(t.Context(), p); err != nil {
				t.Error(err)
			}
		})
		group.Wait()
		if got := exchanges(s); got != 2 {
			t.Errorf("%d exchanges, want that of the first one and that of the last", got)
		}
	})
}

// A token that is refused is exchanged once; what was asked is asked again, also if it writes.
func TestRefusedBearer(t *testing.T) {
	s, p := start(t, scalingotest.Options{})
	base := create(t, p, www())
	s.ExpireBearers()
	s.Faults.Log().Reset()
	if err := p.UpdateResource(t.Context(), base, www("canonical=true"), []string{"canonical"}); err != nil {
		t.Fatal(err)
	}
	const domains, one = "/v1/apps/my-app/domains", "/v1/apps/my-app/domains/"
	diff(t, "calls", []string{"GET " + domains, scalingotest.ExchangeToken, "GET " + domains, "PATCH " + one + base.ID}, s.Calls())

	s.Faults.Log().Reset()
	fail(s, scalingotest.UpdateDomain, scalingotest.Unauthorized().Fault())
	base = fetched(t, p, www())
	if err := p.UpdateResource(t.Context(), base, www("canonical=false"), []string{"canonical"}); err != nil {
		t.Fatal(err)
	}
	if got := s.Faults.Log().Count(scalingotest.UpdateDomain); got != 2 || exchanges(s) != 1 {
		t.Errorf("%d writes and %d exchanges, want 2 and 1", got, exchanges(s))
	}

	s.Faults.Log().Reset()
	s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ListDomains, Fault: scalingotest.Unauthorized().Fault()})
	_, err := p.FetchResource(t.Context(), www())
	wants(t, err, providers.ErrAuth, "401", "the authentication token is invalid or has expired")
	diff(t, "calls", []string{"GET " + domains, scalingotest.ExchangeToken, "GET " + domains}, s.Calls())
}

// The API token is read for each exchange.
func TestAPITokenIsReadAgain(t *testing.T) {
	s := scalingotest.New(scalingotest.Options{})
	s.AddApp(scalingotest.App{Name: "my-app"})
	token := s.Token
	p := open(t, s, scalingo.Options{APIToken: func() (string, error) { return token, nil }})
	if err := list(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	s.RevokeToken(token)
	s.ExpireBearers()
	for _, want := range [][]string{{"GET /v1/apps/my-app", scalingotest.ExchangeToken}, {scalingotest.ExchangeToken}} {
		s.Faults.Log().Reset()
		wants(t, list(t.Context(), p), providers.ErrAuth, "exchange the API token", "it is wrong, or was revoked")
		diff(t, "calls", want, s.Calls())
	}
	token = s.AddToken()
	if err := list(t.Context(), p); err != nil {
		t.Error(err)
	}
}

func TestBadAPIToken(t *testing.T) {
	gone := errors.New("${SCALINGO_API_TOKEN} is not set")
	for _, tt := range []struct {
		name, token string
		err         error
		want        string
	}{
		{"none", "", gone, gone.Error()},
		{"empty", "", nil, "it is empty"},
		{"line break", "tk-us-1234567890abcdef\n", nil, "it has a line break"},
	} {
		s, _ := start(t, scalingotest.Options{})
		p := open(t, s, scalingo.Options{APIToken: func() (string, error) { return tt.token, tt.err }})
		err := list(t.Context(), p)
		wants(t, err, providers.ErrAuth, tt.want)
		if tt.token != "" && strings.Contains(err.Error(), tt.token[:12]) {
			t.Errorf("%s: the error has the token: %v", tt.name, err)
		}
		if len(s.Calls()) > 0 {
			t.Errorf("%s: %q", tt.name, s.Calls())
		}
	}
}

// A secret that is short is not shown either, nor is the short end of one in lines.
func TestErrorsShowNoShortSecret(t *testing.T) {
	s, _ := start(t, scalingotest.Options{})
	for _, token := range []string{"tk-us-12", "tk-us-1234567", "tk-us-123456789", "tk-us-1234567890"} {
		s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ExchangeToken, Times: 1, Fault: scalingotest.BadRequest("bad", "no user has "+token+".").Fault()})
		err := list(t.Context(), open(t, s, scalingo.Options{APIToken: func() (string, error) { return token, nil }}))
		wants(t, err, providers.ErrInvalid, "not shown")
		for e := range chain(err) {
			if strings.Contains(fmt.Sprintf("%+v", e), token) {
				t.Errorf("the error shows %s: %v", token, e)
			}
		}
	}
}

// What is wrong with the answer to an exchange, and no error has one of the tokens in it.
func TestAnswersToAnExchange(t *testing.T) {
	const bearer = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjB9.c2lnbmF0dXJlIG9mIHRoZSB0b2tlbg"
	respond := func(status int, kind, body string) httpfault.Fault {
		return httpfault.Respond(httpfault.Answer{Status: status, Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)})
	}
	const json = "application/json"
	s, _ := start(t, scalingotest.Options{})
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		kind  error
		want  string
	}{
		{"no token", respond(200, json, `{}`), errNoKind, "no token that could be read"},
		{"null", respond(200, json, `null`), errNoKind, "no token that could be read"},
		{"number", respond(200, json, `{"token":1}`), errNoKind, "no token that could be read"},
		{"token that is no JSON", respond(200, json, bearer), errNoKind, "no token that could be read"},
		{"token in plain text", respond(200, "text/plain", bearer), errNoKind, "no token that could be read"},
		{"two of them", respond(200, json, `{"token":"`+bearer+`"}{"token":"`+bearer+`"}`), errNoKind, "no token that could be read"},
		{"half", httpfault.Half(), errNoKind, "no token that could be read"},
		{"cut off", httpfault.CutOff(), errNoKind, "no token that could be read"},
		{"no content", respond(204, json, ""), errNoKind, "no token that could be read"},
		{"lost", httpfault.Lost(), errNoKind, "EOF"},
		{"429", scalingotest.RetryLater(0).Fault(), errBusy, "Retry later"},
		{"503", scalingotest.Unavailable().Fault(), errNoKind, "the service is unavailable"},
		{"403", scalingotest.Forbidden().Fault(), providers.ErrAuth, "may not do that"},
		{"404", scalingotest.NotFound("user").Fault(), errNoKind, "404"},
		{"redirect", httpfault.Redirect(302, "http://192.0.2.1"), errNoKind, "redirects are not followed"},
		{"the API token in the words", scalingotest.BadRequest("bad", "no user has the token "+s.Token).Fault(), providers.ErrInvalid, "not shown"},
		{"a part of it in plain text", respond(500, "text/plain", "at "+s.Token[10:40]), errNoKind, "not shown"},
		{"the header in the words", scalingotest.BadRequest("bad", "Basic "+base64.StdEncoding.EncodeToString([]byte(":"+s.Token))).Fault(), providers.ErrInvalid, "Basic REDACTED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fresh := open(t, s, scalingo.Options{})
			rule := s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ExchangeToken, Fault: tt.fault})
			defer rule.Lift()
			err := list(t.Context(), fresh)
			wants(t, err, tt.kind, tt.want)
			for _, secret := range []string{bearer[:30], s.Token[10:30]} {
				if text := fmt.Sprintf("%v %+v", err, errors.Unwrap(err)); strings.Contains(text, secret) {
					t.Errorf("a token is in the error: %s", text)
				}
			}
		})
	}
}
