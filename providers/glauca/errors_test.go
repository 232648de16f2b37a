package glauca_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// What a PATCH is answered with decides whether anything may have been written.
func TestErrors(t *testing.T) {
	said := func(status int, body string) httpfault.Fault {
		return httpfault.Respond(httpfault.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)})
	}
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		want  error
		words string
	}{
		{"400 with problems", said(400, `{"name_servers":[{"host_object":["Not a valid string."]}],"non_field_errors":["b"],"admin_contact":["a"]}`), providers.ErrInvalid, "admin_contact: a; name_servers.host_object: Not a valid string.; b"},
		{"400 with a list", said(400, `["Admin contact required"]`), providers.ErrInvalid, "Admin contact required"},
		{"400 with a detail", glaucatest.Detail(400, "No updates can be made"), providers.ErrInvalid, `"No updates can be made"`},
		{"400 of a proxy", httpfault.Proxy(400), errNoKind, ""},
		{"401", glaucatest.Detail(401, "Invalid token"), providers.ErrAuth, "Invalid token"},
		{"402", glaucatest.Detail(402, "Error billing account"), providers.ErrBlocked, "wants to be paid first"},
		{"403", glaucatest.Detail(403, "You do not have permission to perform this action."), providers.ErrAuth, "permission"},
		{"404", glaucatest.Detail(404, "Not found."), errNoKind, "Not found."},
		{"404 of a proxy", httpfault.Proxy(404), errNoKind, ""},
		{"409", glaucatest.Detail(409, "Object already exists"), providers.ErrConflict, "already exists"},
		{"429", glaucatest.Throttled(time.Minute), errBusy, "throttled"},
		{"429 in words", httpfault.Status(429), errBusy, ""},
		{"500 of the registry", glaucatest.RegistryFailure("Object status prohibits operation"), errNoKind, "Object status prohibits operation"},
		{"500", httpfault.Status(500), errNoKind, ""},
		{"503", httpfault.RetryIn(503, time.Second), errNoKind, ""},
		{"redirect", httpfault.Redirect(http.StatusMovedPermanently, "https://evil.example"), errNoKind, "not followed"},
		{"redirect in words", httpfault.Respond(httpfault.Answer{
			Status: 302, Header: http.Header{"Content-Type": {"application/json"}, "Location": {"https://evil.example"}}, Body: []byte(`{"detail":"See there."}`),
		}), errNoKind, "not followed"},
		{"no content", said(204, ""), errNoKind, "no content"},
		{"an answer with the id of another domain", httpfault.After(said(200, `{"id":"domain_2","domain":"example.com"}`)), errNoKind, "domain_2"},
		{"an answer with the name of another domain", httpfault.After(said(200, `{"id":"domain_1","domain":"other.example"}`)), errNoKind, "other.example"},
		{"an answer about another domain", httpfault.After(said(200, `{"id":"domain_2","domain":"other.example"}`)), errNoKind, "other.example"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
			fault(s, glaucatest.PatchDomain, tt.fault)
			wants(t, change(t, p, map[string]string{"transfer_lock": "true"}), tt.want, tt.words, "update delegation example.com.")
			diff(t, "PATCHes", 1, s.Faults.Log().Count(glaucatest.PatchDomain))
		})
	}
}

// A token that is none, or none any more, is an error of its own, and so is one that may not do it.
func TestTokens(t *testing.T) {
	for _, unauthorized := range []bool{false, true} {
		for _, tt := range []struct {
			name         string
			token        glaucatest.Token
			read, change error
		}{
			{"over", glaucatest.Token{Expires: time.Now().Add(-time.Hour)}, providers.ErrAuth, nil},
			{"reads", glaucatest.Token{Scopes: []string{glaucatest.ReadDomainScope}}, nil, providers.ErrAuth},
			{"does all that costs nothing", glaucatest.Token{}, nil, nil},
			{"for something else", glaucatest.Token{Scopes: []string{glaucatest.ContactScope}}, providers.ErrAuth, nil},
			{"of another account", glaucatest.Token{Account: "other"}, providers.ErrNoResource, nil},
		} {
			t.Run(fmt.Sprintf("%s, %t", tt.name, unauthorized), func(t *testing.T) {
				s, _ := with(t, glaucatest.Options{Unauthorized: unauthorized}, glaucatest.Domain{})
				p := open(t, s, glauca.Options{Token: always(s.AddToken(tt.token))})
				base, err := p.FetchResource(t.Context(), example)
				if tt.read != nil {
					wants(t, err, tt.read)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if err := changeFrom(t, p, base, map[string]string{"transfer_lock": "true"}); tt.change != nil {
					wants(t, err, tt.change)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// The authorization code is in each answer about a domain, and gets into nothing that can be printed, whatever comes back.
func TestAuthorizationCode(t *testing.T) {
	const code = "4uth-c0de"
	body := `{"auth_info": "` + code + `", "auth_code": "` + code + `", "id": "` + code
	faults := map[string]httpfault.Fault{
		"as it is":      httpfault.Call(func(*http.Request) {}),
		"a web page":    httpfault.Respond(httpfault.Answer{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte(body)}),
		"cut off":       httpfault.Respond(httpfault.Answer{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}),
		"not JSON":      httpfault.Respond(httpfault.Answer{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body + `" oops`)}),
		"without an id": glaucatest.Missing("id"),
	}
	for _, status := range []int{302, 400, 401, 402, 403, 404, 409, 429, 500, 502, 503} {
		for kind, body := range map[string]string{
			"first":     `{"auth_info":"` + code + `","detail":"no"}`,
			"within":    `{"detail":"no","object":[{"Auth_Code":["` + code + `"],"id":"domain_1"}]}`,
			"malformed": body,
		} {
			faults[fmt.Sprintf("%d, %s", status, kind)] = httpfault.Respond(
				httpfault.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)})
		}
	}
	for name, f := range faults {
		for _, pattern := range []string{glaucatest.ListDomains, glaucatest.GetDomain, glaucatest.PatchDomain} {
			t.Run(name+", "+pattern, func(t *testing.T) {
				s, p := with(t, glaucatest.Options{}, glaucatest.Domain{AuthInfo: code})
				base := fetch(t, p)
				fault(s, pattern, f)
				got, err := p.FetchResource(t.Context(), example)
				all, errList := p.Resources(t.Context(), example)
				errUpdate := changeFrom(t, p, base, map[string]string{"transfer_lock": "true"})
				shown := fmt.Sprintf("%+v %#v %v %+v %v %+v %+v", got, base, err, all, errList, errUpdate, p)
				for _, s := range all {
					shown += fmt.Sprintf("%#v", *s)
				}
				if strings.Contains(shown, code) {
					t.Errorf("it is in: %s", shown)
				}
			})
		}
	}
}

func TestOptions(t *testing.T) {
	token := always("secret")
	for _, tt := range []struct {
		name string
		opts glauca.Options
		want string
	}{
		{"no token", glauca.Options{}, "want either"},
		{"two tokens", glauca.Options{Token: token, AccessToken: token}, "want either"},
		{"bad address", glauca.Options{Token: token, URL: "domains.glauca.digital"}, "want http"},
		{"good", glauca.Options{Token: token}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := glauca.New(tt.opts)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// Registrations are bought and ended by people, and nothing is asked for that.
func TestNotDone(t *testing.T) {
	s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
	base := fetch(t, p)
	s.Faults.Log().Reset()
	wants(t, p.CreateResource(t.Context(), example), providers.ErrUnsupported, "bought by people")
	wants(t, p.RemoveResource(t.Context(), base), providers.ErrUnsupported, "ended by people")
	diff(t, "calls", []string(nil), s.Calls())
}
