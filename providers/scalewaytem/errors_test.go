package scalewaytem_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalewaytem"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

// someID and otherID are IDs of nothing.
const (
	someID  = "11111111-1111-1111-1111-111111111111"
	otherID = "22222222-2222-2222-2222-222222222222"
)

// refusal is one of the errors that the API has, with what becomes of it.
type refusal struct {
	name     string
	err      *scwtest.Error
	read     error
	write    error // to a domain that is there
	register error
	text     string
}

// alike is a refusal that means the same for all requests.
func alike(name string, err *scwtest.Error, kind error, text string) refusal {
	return refusal{name, err, kind, kind, kind, text}
}

func refusals() []refusal {
	since := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	return []refusal{
		alike("invalid_arguments", scwtest.InvalidArgument("domain_name", "constraint", "no such name"), providers.ErrInvalid, "domain_name: constraint: no such name"),
		alike("permissions_denied", scwtest.PermissionsDenied("domain", "write"), providers.ErrAuth, "write domain"),
		alike("denied_authentication", scwtest.DeniedAuthentication("expired"), providers.ErrAuth, "authentication is denied; expired"),
		alike("quotas_exceeded", scwtest.QuotasExceeded("domains", 10, 11), providers.ErrBlocked, "domains: 11 of 10"),
		alike("precondition_failed", scwtest.PreconditionFailed("attribute_must_be_set", "accept the terms"), providers.ErrBlocked, "attribute_must_be_set; accept the terms"),
		alike("transient_state", scwtest.TransientState("domain", someID, "autoconfiguring"), errBusy, "autoconfiguring"),
		alike("locked", scwtest.Locked("domain", someID), providers.ErrBlocked, "ask Scaleway to unlock it"),
		alike("resource_expired", scwtest.ResourceExpired("domain", someID, since), providers.ErrBlocked, "2026-11-01T00:00:00Z"),
		// An error of the server promises nothing: it may have come behind the write.
		{"out_of_stock", scwtest.OutOfStock("domain"), errBusy, errNoKind, errNoKind, "resource is out of stock"},
		// Of something else than the domain: that one is not known to be gone. To register one needs a project.
		{"not_found", scwtest.NotFound("region", "fr-par"), errNoKind, errNoKind, providers.ErrInvalid, "404"},
		{"message with 404", scwtest.Message(404, "no such path"), errNoKind, errNoKind, providers.ErrInvalid, "404"},
		alike("message with 400", scwtest.Message(400, "no"), providers.ErrInvalid, `"no"`),
		alike("message with 401", scwtest.Message(401, "no"), providers.ErrAuth, `"no"`),
		alike("message with 403", scwtest.Message(403, "no"), providers.ErrAuth, `"no"`),
		alike("message with 409", scwtest.Message(409, "no"), providers.ErrConflict, `"no"`),
		alike("message with 410", scwtest.Message(410, "no"), providers.ErrBlocked, `"no"`),
		alike("message with 412", scwtest.Message(412, "no"), providers.ErrBlocked, `"no"`),
		alike("message with 423", scwtest.Message(423, "no"), providers.ErrBlocked, `"no"`),
		alike("message with 429", scwtest.Message(429, "no"), errBusy, `"no"`),
		alike("message with 500", scwtest.Message(500, "no"), errNoKind, `no`),
		// The type counts, whatever the status is.
		alike("quotas_exceeded with 400", &scwtest.Error{Status: 400, Fields: scwtest.QuotasExceeded("domains", 10, 11).Fields}, providers.ErrBlocked, ""),
	}
}

func TestRefusalsOfReads(t *testing.T) {
	for _, tt := range refusals() {
		for _, pattern := range []string{scalewaytemtest.List, scalewaytemtest.Get} {
			t.Run(tt.name+"/"+pattern, func(t *testing.T) {
				f, p := startWith(t, scalewaytemtest.Options{})
				f.Faults.Add(httpfault.Rule{Pattern: pattern, Fault: tt.err.Fault()})
				_, err := p.FetchResource(t.Context(), mail(domainText))
				wants(t, err, tt.read, tt.text)
				_, err = p.Resources(t.Context(), mail(domainText))
				wants(t, err, tt.read, tt.text)
			})
		}
	}
}

func TestRefusalsOfWrites(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			f, p := startWith(t, scalewaytemtest.Options{})
			base := fetched(t, p)
			for _, pattern := range []string{scalewaytemtest.Update, scalewaytemtest.Revoke, scalewaytemtest.Check, scalewaytemtest.Create} {
				f.Faults.Add(httpfault.Rule{Pattern: pattern, Fault: tt.err.Fault()})
			}
			on := base.With(map[string]string{"autoconfig": "true"})
			wants(t, p.UpdateResource(t.Context(), base, on, []string{"autoconfig"}), tt.write, tt.text)
			wants(t, p.RemoveResource(t.Context(), base), tt.write, tt.text)
			wants(t, p.CheckResource(t.Context(), base), tt.write, tt.text)
			wants(t, p.CreateResource(t.Context(), mail("new.example.com", "project="+f.Project)), tt.register, tt.text)
			diff(t, "domains", 1, len(f.Domains()))
			diff(t, "status", scalewaytemtest.Unchecked, f.Domain(domainText).Status)
		})
	}
}

// What goes wrong before anything was written can be tried again, if it can pass.
func TestUntouched(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	base := fetched(t, p)
	on := base.With(map[string]string{"autoconfig": "true"})
	for _, pattern := range []string{scalewaytemtest.Get, scalewaytemtest.List} {
		f.Faults.Add(httpfault.Rule{Pattern: pattern, Fault: httpfault.Proxy(502)})
	}
	wants(t, p.UpdateResource(t.Context(), base, on, []string{"autoconfig"}), errBusy, "502")
	wants(t, p.RemoveResource(t.Context(), base), errBusy, "502")
	wants(t, p.CreateResource(t.Context(), base.Resource), errBusy, "502")
	diff(t, "domains", 1, len(f.Domains()))
}

// Only the API itself, and about the very domain, can say that it is not there.
func TestNotFound(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	id := f.Domain(domainText).ID
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
	}{
		{"of another domain", scwtest.NotFound("domain", someID).Fault()},
		{"of nothing in particular", scwtest.NotFound("domain", "").Fault()},
		{"without a type", scwtest.Message(404, "resource is not found").Fault()},
		{"of a proxy", httpfault.Proxy(404)},
		{"with an error of the server", (&scwtest.Error{Status: 500, Fields: scwtest.NotFound("domain", id).Fields}).Fault()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rule := f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Get, Fault: tt.fault})
			defer rule.Lift()
			_, err := p.FetchResource(t.Context(), mail(domainText))
			wants(t, err, errNoKind)
			if strings.Contains(err.Error(), "and that one is not there") {
				t.Errorf("it is taken for gone: %v", err)
			}
		})
	}
}

// A write is answered with 404 although the domain is there: nobody knows of what.
func TestNotFoundOfWhatIsThere(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	base := fetched(t, p)
	f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Revoke, Fault: scwtest.NotFound("domain", base.ID).Fault()})
	wants(t, p.RemoveResource(t.Context(), base), errNoKind, "404")
	f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Get, Times: 1, Fault: scwtest.NotFound("domain", base.ID).Fault()})
	wants(t, p.RemoveResource(t.Context(), base), errBusy, "was not there, and then it was")
}

func TestAnswersThatAreNotOfTheAPI(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		kind   string
		body   string
		text   string
	}{
		{"page of a proxy", 502, "text/html", "<html>bad gateway</html>", "502"},
		{"page with 404", 404, "text/html", "<html>not here</html>", "404"},
		{"page with 403", 403, "text/html", "<html>who are you</html>", "403"},
		{"page with 200", 200, "text/html", "<html>log in</html>", "text/html"},
		{"not JSON", 200, "application/json", "upstream says: {ok", "not JSON"},
		{"nothing", 200, "application/json", "", "EOF"},
		{"null", 200, "application/json", "null", ""},
		{"an empty object", 200, "application/json", "{}", ""},
		{"text with 400", 400, "text/plain", "no", "400"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.kind)
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}), "secret")
			// rest takes 403 for a key that may not, whoever says so.
			kind := errNoKind
			if tt.status == http.StatusForbidden {
				kind = providers.ErrAuth
			}
			base := &providers.ResourceSnapshot{Resource: mail(domainText, "project="+someID, "region=fr-par", "autoconfig=false"), ID: someID}
			_, err := p.FetchResource(t.Context(), base.Resource)
			wants(t, err, kind, tt.text)
			_, err = p.Resources(t.Context(), base.Resource)
			wants(t, err, kind, tt.text)
			wants(t, p.CheckResource(t.Context(), base), kind, tt.text)
			for what, err := range map[string]error{
				"create": p.CreateResource(t.Context(), base.Resource), "remove": p.RemoveResource(t.Context(), base),
				"update": p.UpdateResource(t.Context(), base, base.With(map[string]string{"autoconfig": "true"}), []string{"autoconfig"}),
			} {
				if err == nil || errors.Is(err, providers.ErrNoResource) || !strings.Contains(err.Error(), tt.text) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

// The secret key is in no error, even if a server sends it back.
func TestNoSecretInErrors(t *testing.T) {
	const key = "5ec4e700-0000-4000-8000-000000000001"
	for name, body := range map[string]string{
		"message": `{"message":"the key ` + key + ` is no good"}`,
		"typed":   `{"type":"invalid_arguments","details":[{"argument_name":"` + key + `","reason":"format"}]}`,
		"page":    "<html>" + key,
	} {
		for _, status := range []int{200, 400, 403, 404, 429, 500} {
			server := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Location", "https://"+key+".example.com")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			})
			p := open(t, server, key)
			base := &providers.ResourceSnapshot{Resource: mail(domainText, "project="+someID), ID: someID}
			_, fetch := p.FetchResource(t.Context(), base.Resource)
			_, list := p.Resources(t.Context(), base.Resource)
			for _, err := range []error{fetch, list, p.CreateResource(t.Context(), base.Resource), p.RemoveResource(t.Context(), base), p.CheckResource(t.Context(), base)} {
				if err == nil || strings.Contains(err.Error(), key) {
					t.Errorf("%s with %d: %v", name, status, err)
				}
			}
		}
	}
}

func TestNew(t *testing.T) {
	key := func() (string, error) { return "secret", nil }
	for _, tt := range []struct {
		name string
		opts scalewaytem.Options
		want string // in the error, empty for none
	}{
		{"a key", scalewaytem.Options{SecretKey: key}, ""},
		{"no key", scalewaytem.Options{}, "scaleway-tem: no secret key"},
		{"an address that is none", scalewaytem.Options{SecretKey: key, URL: "api.example.com"}, "scaleway-tem: url"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := scalewaytem.New(tt.opts)
			if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("a key that cannot be read", func(t *testing.T) {
		errGone := errors.New("no such file")
		p, err := scalewaytem.New(scalewaytem.Options{SecretKey: func() (string, error) { return "", errGone }})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.FetchResource(t.Context(), mail(domainText))
		wants(t, err, providers.ErrAuth, "no such file")
	})
}
