package scalewaytem_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
	"github.com/zoneward/zoneward/zonefile"
)

// What is sent to register a domain. Scaleway writes nothing of its own accord.
func TestCreate(t *testing.T) {
	for _, tt := range []struct{ name, field, want string }{
		{"as it is by default", "", "false"},
		{"declared off", "autoconfig=false", "false"},
		{"declared on", "autoconfig=true", "true"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, p := start(t, scalewaytemtest.Options{})
			r := mail(domainText, "project="+strings.ToUpper(f.Project))
			if tt.field != "" {
				r = mail(domainText, "project="+f.Project, tt.field)
			}
			if err := p.CreateResource(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			posts := f.Faults.Log().Match(scalewaytemtest.Create)
			diff(t, "body", `{"project_id":"`+f.Project+`","domain_name":"mail.example.com","autoconfig":`+tt.want+`}`, posts[0].Body)
			diff(t, "autoconfig", tt.want, fetched(t, p).Fields["autoconfig"])
		})
	}
}

func TestCreateConflicts(t *testing.T) {
	t.Run("in another project", func(t *testing.T) {
		f, p := startWith(t, scalewaytemtest.Options{})
		err := p.CreateResource(t.Context(), mail(domainText, "project="+f.AddProject(f.Organization)))
		wants(t, err, providers.ErrConflict, "it is there, in the project "+f.Project)
		diff(t, "domains", 1, len(f.Domains()))
	})
	for name, opts := range map[string]scalewaytemtest.Options{"409": {}, "invalid_arguments": {DuplicateInvalid: true}} {
		t.Run("registered meanwhile, and answered with "+name, func(t *testing.T) {
			f, p := start(t, opts)
			fail(f, scalewaytemtest.Create, httpfault.Call(func(*http.Request) { f.AddDomain(domainText, "") }))
			wants(t, p.CreateResource(t.Context(), mail(domainText, "project="+f.Project)), providers.ErrConflict, "it is there")
			diff(t, "domains", 1, len(f.Domains()))
		})
	}
}

// A request that was refused at the door says nothing of the name, whoever has it since: nobody looks.
func TestCreateAtTheDoor(t *testing.T) {
	for _, tt := range []struct {
		err  *scwtest.Error
		kind error
	}{
		{scwtest.DeniedAuthentication("expired"), providers.ErrAuth},
		{scwtest.Message(http.StatusTooManyRequests, "slow down"), errBusy},
	} {
		f, p := start(t, scalewaytemtest.Options{})
		fail(f, scalewaytemtest.Create, httpfault.Call(func(*http.Request) { f.AddDomain(domainText, "") }))
		fail(f, scalewaytemtest.Create, tt.err.Fault())
		wants(t, p.CreateResource(t.Context(), mail(domainText, "project="+f.Project)), tt.kind)
		diff(t, "domains", 1, len(f.Domains()))
		diff(t, "lists", 2, f.Faults.Log().Count(scalewaytemtest.List))
	}
}

func TestCreateRefusals(t *testing.T) {
	f, p := start(t, scalewaytemtest.Options{MaxDomains: 1})
	const nowhere = "11111111-1111-1111-1111-111111111111"
	reader := open(t, f, f.AddToken(scalewaytemtest.Token{Organization: f.Organization, Access: scalewaytemtest.ReadOnly}))
	wants(t, p.CreateResource(t.Context(), mail(domainText)), providers.ErrInvalid, "project: ")
	wants(t, p.CreateResource(t.Context(), mail(domainText, "project="+nowhere)), providers.ErrAuth)
	wants(t, reader.CreateResource(t.Context(), mail(domainText, "project="+f.Project)), providers.ErrAuth, "write domain")
	diff(t, "domains", 0, len(f.Domains()))
	if err := p.CreateResource(t.Context(), mail(domainText, "project="+f.Project)); err != nil {
		t.Fatal(err)
	}
	wants(t, p.CreateResource(t.Context(), mail("www.example.com", "project="+f.Project)), providers.ErrBlocked, "domains: 1 of 1")
}

// An answer about another domain says nothing about what was done.
func TestCreateAnswers(t *testing.T) {
	for field, value := range map[string]string{"name": "www.example.com", "project_id": "11111111-1111-1111-1111-111111111111"} {
		f, p := start(t, scalewaytemtest.Options{})
		f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Create, Fault: scalewaytemtest.Altered(field, value)})
		wants(t, p.CreateResource(t.Context(), mail(domainText, "project="+f.Project)), errNoKind, "the answer is about the domain", value)
	}
}

func TestUpdate(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	base := fetched(t, p)
	asked(f)
	if err := p.UpdateResource(t.Context(), base, base.With(map[string]string{"autoconfig": "1"}), []string{"autoconfig"}); err != nil {
		t.Fatal(err)
	}
	patches := f.Faults.Log().Match(scalewaytemtest.Update)
	diff(t, "requests", []string{"GET /{id}", "PATCH /{id}"}, asked(f))
	diff(t, "body", `{"autoconfig":true}`, patches[0].Body)
	after := fetched(t, p)
	diff(t, "status", providers.ResourceStatus{Phase: providers.Pending, State: "autoconfiguring", Reason: "Scaleway is writing its records into the zone"}, after.Status)
	asked(f)
	if err := p.UpdateResource(t.Context(), after, after.Resource, []string{"autoconfig"}); err != nil {
		t.Error(err)
	}
	diff(t, "requests for what is so already", []string{"GET /{id}"}, asked(f))
}

// What cannot be updated is refused before anybody is asked.
func TestUpdateRefusals(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	base := fetched(t, p)
	asked(f)
	all := base.With(map[string]string{"autoconfig": "maybe", "region": "nl-ams", "project": "11111111-1111-1111-1111-111111111111", "colour": "red"})
	other, renamed, without := *base, base.Resource, base.Resource
	other.ID = "../" + base.ID
	renamed.Name = zonefile.MustParseName("www.example.com.")
	without.Fields = nil
	elsewhere := *base
	elsewhere.Resource = all
	for _, tt := range []struct {
		name   string
		base   *providers.ResourceSnapshot
		to     providers.Resource
		fields []string
		kind   error
		text   string
	}{
		{"region", base, all, []string{"region"}, providers.ErrUnsupported, "region: "},
		{"project", base, all, []string{"project"}, providers.ErrUnsupported, "project: "},
		{"a field that is not", base, all, []string{"colour"}, providers.ErrUnsupported, "colour: "},
		{"a value that is none", base, all, []string{"autoconfig"}, providers.ErrInvalid, `autoconfig: `},
		{"no value", base, without, []string{"autoconfig"}, providers.ErrInvalid, "autoconfig: "},
		{"another name", base, renamed, []string{"autoconfig"}, providers.ErrInvalid, "cannot become another"},
		{"no base", nil, all, []string{"autoconfig"}, providers.ErrInvalid, "no base"},
		{"an ID that is none", &other, base.Resource, []string{"autoconfig"}, providers.ErrInvalid, "no UUID"},
		{"a place that is none", &elsewhere, base.Resource, []string{"autoconfig"}, providers.ErrInvalid, "region: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wants(t, p.UpdateResource(t.Context(), tt.base, tt.to, tt.fields), tt.kind, tt.text)
		})
	}
	if err := p.UpdateResource(t.Context(), base, base.Resource, nil); err != nil {
		t.Errorf("of nothing: %v", err)
	}
	wants(t, p.RemoveResource(t.Context(), nil), providers.ErrInvalid)
	wants(t, p.RemoveResource(t.Context(), &other), providers.ErrInvalid)
	wants(t, p.CheckResource(t.Context(), nil), providers.ErrInvalid)
	wants(t, p.CheckResource(t.Context(), &other), providers.ErrInvalid)
	diff(t, "requests", 0, len(asked(f)))
}

// What is somewhere else than the base says is not written.
func TestMoved(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	base := fetched(t, p)
	base.Resource = base.With(map[string]string{"project": f.AddProject(f.Organization)})
	on := base.With(map[string]string{"autoconfig": "true"})
	wants(t, p.UpdateResource(t.Context(), base, on, []string{"autoconfig"}), providers.ErrConflict, "its project is")
	wants(t, p.RemoveResource(t.Context(), base), providers.ErrConflict, "its project is")
	diff(t, "writes", 0, f.Faults.Log().Count(scalewaytemtest.Update)+f.Faults.Log().Count(scalewaytemtest.Revoke))
}

// A domain that is registered again is another one, with another key.
func TestRemove(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	base := fetched(t, p)
	asked(f)
	if err := p.RemoveResource(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	revokes := f.Faults.Log().Match(scalewaytemtest.Revoke)
	diff(t, "requests", []string{"GET /{id}", "POST /{id}/revoke", "GET /{id}"}, asked(f))
	diff(t, "body", "{}", revokes[0].Body)
	wants(t, p.RemoveResource(t.Context(), base), providers.ErrNoResource)
	if err := p.CreateResource(t.Context(), base.Resource); err != nil {
		t.Fatal(err)
	}
	again := fetched(t, p)
	was, _ := base.Output("dkim")
	is, _ := again.Output("dkim")
	if again.ID == base.ID || is == was {
		t.Errorf("the domain %s is %s again, with %s", base.ID, again.ID, is.RRset)
	}
	wants(t, p.RemoveResource(t.Context(), base), providers.ErrConflict, again.ID)
	wants(t, p.CheckResource(t.Context(), base), providers.ErrConflict, again.ID)
	diff(t, "status", scalewaytemtest.Unchecked, f.Domain(domainText).Status)
}

// What the answer to a revocation says is not believed, and neither is what cannot be seen afterwards.
func TestRevocationThatIsNotSeen(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rule  httpfault.Rule
		gone  bool
		words string
	}{
		{"answered, and not done", httpfault.Rule{Pattern: scalewaytemtest.Revoke}, false, `it was accepted, and the domain is still there, as "unchecked"`},
		{"answered about another one", httpfault.Rule{Pattern: scalewaytemtest.Revoke, Fault: scalewaytemtest.Altered("id", "1")}, true, `the answer is about the domain "1"`},
		{"done, and the answer is lost", httpfault.Rule{Pattern: scalewaytemtest.Revoke, Fault: httpfault.After(httpfault.Lost())}, true, "revoke"},
		{"done, and nobody may look", httpfault.Rule{Pattern: scalewaytemtest.Get, Fault: scwtest.PermissionsDenied("domain", "read").Fault()}, true, "could not be seen"},
		{"done, and too much is asked", httpfault.Rule{Pattern: scalewaytemtest.Get, Fault: httpfault.Status(429)}, true, "could not be seen"},
		{"done, and a proxy says that it is not there", httpfault.Rule{Pattern: scalewaytemtest.Get, Fault: httpfault.Proxy(404)}, true, "could not be seen"},
		{"done, and the answer is about the path", httpfault.Rule{Pattern: scalewaytemtest.Get, Fault: scwtest.NotFound("path", "/domains").Fault()}, true, "could not be seen"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, p := startWith(t, scalewaytemtest.Options{})
			base := fetched(t, p)
			rule := tt.rule
			if rule.Fault == nil {
				rule.Fault = httpfault.Respond(httpfault.Answer{
					Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"id":"` + base.ID + `","status":"revoked"}`),
				})
			}
			if rule.Pattern == scalewaytemtest.Get {
				// Only what is asked behind the revocation goes wrong.
				rule.Match = func(*http.Request) bool { return f.Faults.Log().Count(scalewaytemtest.Revoke) > 0 }
			}
			f.Faults.Add(rule)
			wants(t, p.RemoveResource(t.Context(), base), errNoKind, tt.words)
			diff(t, "it is revoked", tt.gone, f.Domain(domainText).Status == scalewaytemtest.Revoked)
		})
	}
}

// What the answer to a check says is not believed: autoconfig off, and records that are null.
func TestCheck(t *testing.T) {
	now := &clock{begin}
	f, p := startWith(t, scalewaytemtest.Options{Now: now.now, CheckTakes: time.Minute})
	f.SetAutoconfig(domainText, true)
	now.Time = now.Add(time.Hour)
	base := fetched(t, p)
	asked(f)
	if err := p.CheckResource(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	checks := f.Faults.Log().Match(scalewaytemtest.Check)
	diff(t, "requests", []string{"POST /{id}/check"}, asked(f))
	diff(t, "body", "{}", checks[0].Body)
	if !strings.Contains(checks[0].Answer, `"autoconfig":false`) || !strings.Contains(checks[0].Answer, `"dkim":null`) {
		t.Errorf("the fake does not answer as the API does: %s", checks[0].Answer)
	}
	diff(t, "autoconfig", "true", fetched(t, p).Fields["autoconfig"])
	fail(f, scalewaytemtest.Check, scalewaytemtest.Altered("id", "1"))
	wants(t, p.CheckResource(t.Context(), base), errNoKind, `the answer is about the domain "1"`)
	fail(f, scalewaytemtest.Check, scalewaytemtest.Altered("id", strings.Repeat("x", 1<<20)))
	wants(t, p.CheckResource(t.Context(), base), errNoKind, `xxx..."`)
}

func TestWritesWhileItPasses(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{RefuseTransient: true})
	f.SetStatus(domainText, scalewaytemtest.Pending, "")
	base := fetched(t, p)
	on := base.With(map[string]string{"autoconfig": "true"})
	wants(t, p.UpdateResource(t.Context(), base, on, []string{"autoconfig"}), errBusy, "transient state")
	wants(t, p.CheckResource(t.Context(), base), errBusy, "transient state")
	wants(t, p.RemoveResource(t.Context(), base), errBusy, "transient state")
}

// A domain that is locked is not written, whether that is known before or not.
func TestWritesToLocked(t *testing.T) {
	for name, fault := range map[string]httpfault.Fault{"known before": nil, "answered": scalewaytemtest.Altered("status", "unchecked")} {
		t.Run(name, func(t *testing.T) {
			f, p := startWith(t, scalewaytemtest.Options{})
			base := fetched(t, p)
			f.SetStatus(domainText, scalewaytemtest.Locked, "too many bounces")
			if fault != nil {
				f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Get, Fault: fault})
			}
			on := base.With(map[string]string{"autoconfig": "true"})
			wants(t, p.UpdateResource(t.Context(), base, on, []string{"autoconfig"}), providers.ErrBlocked, "it is locked: ", "ask")
			wants(t, p.RemoveResource(t.Context(), base), providers.ErrBlocked, "it is locked: ", "ask")
			if tried := f.Faults.Log().Count(scalewaytemtest.Update) + f.Faults.Log().Count(scalewaytemtest.Revoke); tried > 0 != (fault != nil) {
				t.Errorf("%d writes were tried", tried)
			}
			wants(t, p.CheckResource(t.Context(), base), providers.ErrBlocked, "it is locked: ", "ask")
			diff(t, "status", scalewaytemtest.Locked, f.Domain(domainText).Status)
		})
	}
}
