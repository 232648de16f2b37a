package scalingo_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalingo"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

// What each answer that refuses something means for each of the calls.
func TestErrors(t *testing.T) {
	type kinds struct{ list, app, link, update, unlink error }
	all := func(kind error) kinds { return kinds{kind, kind, kind, kind, kind} }
	noApp := all(providers.ErrInvalid)
	for _, tt := range []struct {
		name   string
		answer *scalingotest.Error
		kinds  kinds
		words  string // of all of them
	}{
		{"400", scalingotest.BadRequest("bad_request", "no such thing"), all(providers.ErrInvalid), "no such thing; bad_request"},
		{"401", scalingotest.Unauthorized(), all(providers.ErrAuth), "the authentication token is invalid"},
		{"402", scalingotest.PaymentRequired(), all(providers.ErrBlocked), "payment_required: settle with Scalingo"},
		{"403", scalingotest.Forbidden(), all(providers.ErrAuth), "this account may not do that"},
		{"404 of an application", scalingotest.NotFound("app"), noApp, `there is no application "my-app" in this region, or`},
		{
			"404 of a domain", scalingotest.NotFound("domain"),
			kinds{list: errNoKind, app: errNoKind, link: errNoKind, update: providers.ErrNoResource, unlink: providers.ErrBlocked},
			"not found",
		},
		{
			"404 of nothing", &scalingotest.Error{Status: 404, Fields: map[string]any{"error": "no such path"}},
			kinds{list: errNoKind, app: errNoKind, link: errNoKind, update: errNoKind, unlink: providers.ErrBlocked},
			"no such path",
		},
		{
			"409", scalingotest.Conflict("modified since last fetch"),
			kinds{list: providers.ErrConflict, app: providers.ErrConflict, link: providers.ErrBlocked, update: providers.ErrConflict, unlink: providers.ErrConflict},
			"modified since last fetch",
		},
		{"422", scalingotest.Invalid(map[string][]string{"name": {"is wrong", "is long"}, "a": {"b"}}), all(providers.ErrInvalid), "a: b; name: is wrong, is long"},
		{"422 of another form", &scalingotest.Error{Status: 422, Fields: map[string]any{"errors": map[string]any{"name": "is wrong"}}}, all(providers.ErrInvalid), "is wrong"},
		{"422 without errors", scalingotest.Invalid(nil), all(errNoKind), "422"},
		{"429", scalingotest.RetryLater(0), all(errBusy), "Retry later"},
		{"429 with a time", scalingotest.RetryLater(7 * time.Second), all(errBusy), "after 7s"},
		{"500", scalingotest.Internal(), kinds{list: errNoKind, app: errNoKind, link: errNoKind, update: errNoKind, unlink: errNoKind}, "an internal error has occurred"},
		{"503", scalingotest.Unavailable(), kinds{list: errBusy, app: errBusy, link: errNoKind, update: errNoKind, unlink: errNoKind}, "the service is unavailable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalingotest.Options{})
			base := create(t, p, www())
			for _, call := range []struct {
				pattern string
				want    error
				do      func() error
			}{
				{scalingotest.ListDomains, tt.kinds.list, func() error { _, err := p.FetchResource(t.Context(), www()); return err }},
				{scalingotest.ShowApp, tt.kinds.app, func() error { _, err := p.FetchResource(t.Context(), www()); return err }},
				{scalingotest.LinkDomain, tt.kinds.link, func() error { return p.CreateResource(t.Context(), resource("new.example.com.")) }},
				{scalingotest.UpdateDomain, tt.kinds.update, func() error {
					return p.UpdateResource(t.Context(), base, www("canonical=true"), []string{"canonical"})
				}},
				{scalingotest.UnlinkDomain, tt.kinds.unlink, func() error { return p.RemoveResource(t.Context(), base) }},
			} {
				rule := s.Faults.Add(httpfault.Rule{Pattern: call.pattern, Fault: tt.answer.Fault()})
				err := call.do()
				rule.Lift()
				if t.Run(call.pattern, func(t *testing.T) { wants(t, err, call.want, tt.words) }); rule.Hits() == 0 {
					t.Errorf("%s was not asked", call.pattern)
				}
			}
			diff(t, "what is there", base.Fields, fetched(t, p, www()).Fields)
			if got := len(s.Domains("my-app")); got != 1 {
				t.Errorf("there are %d domains", got)
			}
		})
	}
}

// What refuses a write and is not of the API promises nothing, whatever its status.
func TestRefusalsOfProxies(t *testing.T) {
	s, p := start(t, scalingotest.Options{})
	base := create(t, p, www())
	for _, fault := range []httpfault.Fault{
		httpfault.Proxy(http.StatusNotFound), httpfault.Proxy(http.StatusConflict), httpfault.Proxy(http.StatusUnprocessableEntity), httpfault.Status(http.StatusConflict),
		httpfault.Respond(httpfault.Answer{Status: http.StatusConflict, Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte(`{"error":"no"}`)}),
	} {
		fail(s, scalingotest.UpdateDomain, fault)
		wants(t, p.UpdateResource(t.Context(), base, www("canonical=true"), []string{"canonical"}), errNoKind)
	}
}

// What is read in front of a write and does not work leaves everything as it is: it may be tried again.
func TestErrorsInFrontOfAWrite(t *testing.T) {
	for _, fault := range []httpfault.Fault{scalingotest.Internal().Fault(), httpfault.Lost(), httpfault.Proxy(502), httpfault.Half()} {
		s, p := start(t, scalingotest.Options{})
		base := create(t, p, www())
		s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ListDomains, Fault: fault})
		wants(t, p.CreateResource(t.Context(), resource("new.example.com.")), errBusy)
		wants(t, p.UpdateResource(t.Context(), base, www("canonical=true"), []string{"canonical"}), errBusy)
		wants(t, p.RemoveResource(t.Context(), base), errBusy)
		if got := s.Faults.Log().Count(scalingotest.LinkDomain); got != 1 {
			t.Errorf("%d links", got)
		}
	}
	s, p := start(t, scalingotest.Options{})
	base := create(t, p, www())
	s.ExpireBearers()
	s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ExchangeToken, Fault: scalingotest.Internal().Fault()})
	wants(t, p.RemoveResource(t.Context(), base), errBusy, "exchange the API token")
	_, err := p.FetchResource(t.Context(), www())
	wants(t, err, errNoKind, "exchange the API token")

	// The token can also be refused between the look and the write.
	s, p = start(t, scalingotest.Options{})
	base = create(t, p, www())
	fail(s, scalingotest.ListDomains, httpfault.After(httpfault.Call(func(*http.Request) { s.ExpireBearers() })))
	s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ExchangeToken, Fault: scalingotest.Internal().Fault()})
	wants(t, p.RemoveResource(t.Context(), base), errBusy, "exchange the API token")
}

// Answers that are not what they seem to be, and errors that say so.
func TestLies(t *testing.T) {
	change := func(edit func(map[string]any)) httpfault.Fault { return scalingotest.Lie(edit) }
	without := func(field string) httpfault.Fault {
		return change(func(d map[string]any) { delete(d, field) })
	}
	set := func(field string, value any) httpfault.Fault {
		return change(func(d map[string]any) { d[field] = value })
	}
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		want  string
	}{
		{"no name", without("name"), "without an id, a name or canonical"},
		{"no id", without("id"), "without an id, a name or canonical"},
		{"id that is a path", set("id", ".."), "without an id, a name or canonical"},
		{"id that does not print", set("id", "a\u202eb"), `a domain with the id "a b"`},
		{"id that is too long", set("id", strings.Repeat("a", 301)), "a domain with the id"},
		{"no canonical", without("canonical"), "without an id, a name or canonical"},
		{"canonical in words", set("canonical", "yes"), "cannot unmarshal"},
		{"name that is none", set("name", "a..example.com"), "the custom domains of my-app"},
		{"one name for all", set("name", "www.example.com"), "is in the list twice"},
		{"no list", httpfault.Respond(httpfault.Answer{Status: 200, Body: []byte(`{"domains":null}`), Header: http.Header{"Content-Type": {"application/json"}}}), "no list of domains"},
		{"too large", httpfault.Huge(9 << 20), "larger than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalingotest.Options{})
			create(t, p, www())
			create(t, p, resource("a.example.com."))
			s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ListDomains, Fault: tt.fault})
			_, err := p.FetchResource(t.Context(), www())
			wants(t, err, errNoKind, tt.want)
			_, err = p.Resources(t.Context(), www())
			wants(t, err, errNoKind)
		})
	}
}

// What cannot be read of a name is an error where that name is asked for, and no matter where another one is, or all are listed.
func TestOddDomains(t *testing.T) {
	const name = "*.example.com"
	set := func(fields ...any) func(map[string]any) {
		return func(d map[string]any) {
			for i := 0; d["name"] == name && i < len(fields); i += 2 {
				d[fields[i].(string)] = fields[i+1]
			}
		}
	}
	challenge := func(at, value string) func(map[string]any) { return set("acme_dns_fqdn", at, "acme_dns_value", value) }
	const elsewhere = "is none of Let's Encrypt for it"
	for _, tt := range []struct {
		name string
		edit func(map[string]any)
		want string // why it is unreadable, empty if it is not
	}{
		{"validity that is no time", set("ssl", true, "validity", "soon"), `the validity "soon" is no time`},
		{"validity that is no text", set("ssl", true, "validity", 7), "cannot unmarshal number"},
		{"validity without a certificate", set("validity", "soon"), ""},
		{"ssl in words", set("ssl", "no"), "cannot unmarshal string"},
		{"letsencrypt_enabled in words", set("letsencrypt_enabled", "yes"), "cannot unmarshal string"},
		{"subject that is no text", set("tlscert", []any{}), "cannot unmarshal array"},
		{"challenge outside the domain", challenge("_acme-challenge.example.org", "x"), elsewhere},
		{"challenge at the domain", challenge("example.com", "x"), elsewhere},
		{"challenge at the wildcard", challenge(name, "x"), elsewhere},
		{"challenge at another name of the domain", challenge("_dmarc.example.com", "v=DMARC1; p=none"), elsewhere},
		{"challenge of a name below", challenge("_acme-challenge.www.example.com", "x"), elsewhere},
		{"challenge that is no name", challenge("a..b", "x"), elsewhere},
		{"challenge that is too long", challenge("_acme-challenge.example.com", strings.Repeat("x", 256)), elsewhere},
		{"challenge in upper case", challenge("_ACME-Challenge.Example.COM.", "x"), ""},
		{"what is only shown", set("ssl_status", 1, "tlskey", []any{"a"}, "letsencrypt", "maybe", "letsencrypt_status", map[string]any{"a": 1}), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalingotest.Options{})
			create(t, p, www())
			create(t, p, resource("*.example.com.", "canonical=true"))
			s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ListDomains, Fault: scalingotest.Lie(tt.edit)})
			base := fetched(t, p, www())
			if err := p.UpdateResource(t.Context(), base, www("letsencrypt=false"), []string{"letsencrypt"}); err != nil {
				t.Error(err)
			}
			list, err := p.Resources(t.Context(), www())
			if err != nil || len(list) != 2 {
				t.Fatalf("%d in the list, error %v", len(list), err)
			}
			odd := list[1]
			if odd.Name.IsWildcard() == list[0].Name.IsWildcard() {
				t.Fatalf("the list is %v", list)
			} else if !odd.Name.IsWildcard() {
				odd = list[0]
			}
			_, err = p.FetchResource(t.Context(), resource("*.example.com."))
			if tt.want == "" {
				if err != nil || odd.Status.State == "unreadable" {
					t.Errorf("error %v, in the list %v", err, odd.Status)
				}
				return
			}
			wants(t, err, errNoKind, tt.want)
			if odd.Status.Phase != providers.Blocked || odd.Status.State != "unreadable" || !strings.Contains(odd.Status.Reason, tt.want) {
				t.Errorf("in the list it is %+v", odd.Status)
			}
			diff(t, "fields in the list", map[string]string{"app": "my-app", "canonical": "true"}, odd.Fields)
			diff(t, "outputs in the list", []string(nil), outputs(odd))
		})
	}
}

// Let's Encrypt is enabled where an answer does not say it, as it is where a link does not.
func TestUnsaidLetsEncrypt(t *testing.T) {
	s, p := start(t, scalingotest.Options{})
	create(t, p, www("letsencrypt=false"))
	s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ListDomains, Fault: scalingotest.Lie(func(d map[string]any) { delete(d, "letsencrypt_enabled") })})
	diff(t, "letsencrypt", "true", fetched(t, p, www()).Fields["letsencrypt"])
}

// An answer about another application, or another domain, is none.
func TestAnswersAboutOthers(t *testing.T) {
	s, p := start(t, scalingotest.Options{})
	base := create(t, p, www())
	body := func(text string) httpfault.Fault {
		return httpfault.Edit(func(a *httpfault.Answer) { a.Body = []byte(text) })
	}
	for _, text := range []string{`{"app":{"id":"1","name":"other-app"}}`, `{"app":null}`, `{}`, `{"app":{"id":"my-app","name":"a/b"}}`} {
		fail(s, scalingotest.ShowApp, body(text))
		_, err := p.FetchResource(t.Context(), www())
		wants(t, err, errNoKind, "the answer is about the application")
	}
	for _, text := range []string{`{"apps":null}`, `{}`, `{"apps":[{"id":"1"}]}`, `{"apps":[{"id":"1","name":".."}]}`} {
		fail(s, scalingotest.ListApps, body(text))
		_, err := p.Resources(t.Context(), providers.Resource{Kind: providers.App})
		wants(t, err, errNoKind, "GET /v1/apps: ")
	}
	other := scalingotest.Lie(func(d map[string]any) { d["name"] = "other.example.com" })
	fail(s, scalingotest.UpdateDomain, other)
	wants(t, p.UpdateResource(t.Context(), base, www("canonical=true"), []string{"canonical"}), errNoKind, `about the domain "other.example.com"`)
	fail(s, scalingotest.UpdateDomain, scalingotest.Lie(func(d map[string]any) { d["id"] = "other" }))
	wants(t, p.UpdateResource(t.Context(), fetched(t, p, www()), www("canonical=false"), []string{"canonical"}), errNoKind, `about the domain "www.example.com" with the id "other"`)
	fail(s, scalingotest.LinkDomain, other)
	wants(t, p.CreateResource(t.Context(), resource("new.example.com.")), errNoKind, `about the domain "other.example.com"`)
	fail(s, scalingotest.LinkDomain, body(`{}`))
	wants(t, p.CreateResource(t.Context(), resource("new2.example.com.")), errNoKind, "the answer has no domain")
	fail(s, scalingotest.LinkDomain, httpfault.Edit(func(a *httpfault.Answer) { a.Status = 200 }))
	wants(t, p.CreateResource(t.Context(), resource("new3.example.com.")), errNoKind, "answered with 200, want 201")
}

// An API that shows what it could not read shows the key. No error does.
func TestErrorsShowNoKey(t *testing.T) {
	text := selfSigned(time.Now().AddDate(0, 6, 0), "www.example.com")
	lines := strings.Split(strings.TrimSpace(text[strings.Index(text, "PRIVATE KEY"):]), "\n")
	line := lines[1]
	respond := func(status int, kind, body string) httpfault.Fault {
		return httpfault.Respond(httpfault.Answer{Status: status, Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)})
	}
	for name, fault := range map[string]struct {
		fault httpfault.Fault
		kind  error
	}{
		"invalid JSON":       {scalingotest.BadRequest("invalid_json", `There was a problem: 795: unexpected token at '{"tlskey": "`+line+`'`).Fault(), providers.ErrInvalid},
		"a part in a field":  {scalingotest.Invalid(map[string][]string{"tlskey": {"is wrong: " + line[20:40]}}).Fault(), providers.ErrInvalid},
		"a page of a proxy":  {respond(502, "text/html", "<pre>"+text+"</pre>"), errNoKind},
		"busy":               {respond(429, "text/plain", text), errBusy},
		"no JSON":            {respond(200, "application/json", line), errNoKind},
		"no JSON, they say":  {respond(200, "text/plain", line), errNoKind},
		"in the place of it": {respond(409, "application/json", `{"error":"`+line+`"}`), providers.ErrConflict},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := start(t, scalingotest.Options{})
			base := create(t, p, www())
			r := normal(t, p, secretly(www(), text))
			fail(s, scalingotest.UpdateDomain, fault.fault)
			err := p.UpdateResource(t.Context(), base, r, []string{"certificate"})
			wants(t, err, fault.kind, "not shown")
			for e := range chain(err) {
				showsNothingOf(t, e, text)
				if strings.Contains(fmt.Sprintf("%+v", e), line[20:36]) {
					t.Errorf("the error shows a part of the key: %v", e)
				}
			}
		})
	}
}

// chain returns an error and all that it wraps.
func chain(err error) func(func(error) bool) {
	return func(yield func(error) bool) {
		for todo := []error{err}; len(todo) > 0; todo = todo[1:] {
			if !yield(todo[0]) {
				return
			}
			switch e := todo[0].(type) { //nolint:errorlint // each of them comes in its turn
			case interface{ Unwrap() []error }:
				todo = append(todo, e.Unwrap()...)
			default:
				if next := errors.Unwrap(e); next != nil {
					todo = append(todo, next)
				}
			}
		}
	}
}

func TestOptions(t *testing.T) {
	token := func() (string, error) { return "", nil }
	for _, tt := range []struct {
		name string
		opts scalingo.Options
		want string
	}{
		{"no token", scalingo.Options{}, "no API token"},
		{"unknown region", scalingo.Options{APIToken: token, Region: "osc-fr2"}, `"osc-fr2" is no region that is known: there are osc-fr1 and osc-secnum-fr1`},
		{"bad url", scalingo.Options{APIToken: token, URL: "api.example.com"}, "scalingo: url"},
		{"bad auth_url", scalingo.Options{APIToken: token, AuthURL: "https://user:password@auth.example.com"}, "scalingo: auth_url"},
		{"region with an url", scalingo.Options{APIToken: token, Region: "new", URL: "https://api.example.com"}, ""},
		{"the other region", scalingo.Options{APIToken: token, Region: "osc-secnum-fr1"}, ""},
	} {
		_, err := scalingo.New(tt.opts)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) || err != nil && strings.Contains(err.Error(), "password@") {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

// Tokens go to the one host, and what is asked to that of the region.
func TestHosts(t *testing.T) {
	s := scalingotest.New(scalingotest.Options{})
	s.AddApp(scalingotest.App{Name: "my-app", Region: "osc-secnum-fr1"})
	for _, tt := range []struct {
		opts       scalingo.Options
		auth, want string
	}{
		{scalingo.Options{Region: "osc-secnum-fr1"}, "auth.scalingo.com", "api.osc-secnum-fr1.scalingo.com"},
		{scalingo.Options{}, "auth.scalingo.com", "api.osc-fr1.scalingo.com"},
		{scalingo.Options{Region: "osc-fr1", URL: "https://api.example.com/", AuthURL: "https://auth.example.com/"}, "auth.example.com", "api.example.com"},
	} {
		var hosts []string
		tt.opts.APIToken = func() (string, error) { return s.Token, nil }
		p := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			hosts = append(hosts, r.Host)
			s.ServeHTTP(w, r)
		}), tt.opts)
		if err := list(t.Context(), p); err != nil {
			t.Error(err)
		}
		diff(t, "hosts", []string{tt.auth, tt.want, tt.want}, hosts)
	}
}
