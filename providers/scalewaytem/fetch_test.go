package scalewaytem_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

// All that is known of a domain that was registered just now, and what is asked for it.
func TestFetch(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{Now: (&clock{begin}).now})
	got, err := p.FetchResource(t.Context(), mail(domainText, "region=fr-par", "project="+f.Project))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "requests", []string{
		"GET ?name=mail.example.com&page=1&page_size=100", "GET /{id}", "GET /{id}/verification",
	}, asked(f))
	diff(t, "resource", mail(domainText, "region=fr-par", "project="+f.Project, "autoconfig=false").Fields, got.Fields)
	diff(t, "kind, name and id", []string{"mail mail.example.com.", f.Domain(domainText).ID}, []string{got.String(), got.ID})
	key := f.Domain(domainText).Records[0].Value
	diff(t, "outputs", []string{
		fmt.Sprintf(`dkim: %s._domainkey.mail.example.com. 3600 IN TXT "%s" "%s"`, f.Project, key[:255], key[255:]),
		`dmarc: _dmarc.mail.example.com. 3600 IN TXT "v=DMARC1; p=none"`,
		`mx: mail.example.com. 3600 IN MX 10 blackhole.tem.scaleway.com.`,
		`spf: mail.example.com. 3600 IN TXT "v=spf1 include:_spf.tem.scaleway.com -all"`,
	}, outputs(got))
	diff(t, "status", providers.ResourceStatus{
		Phase: providers.Pending, State: "unchecked", Reason: "Scaleway has not found its records in DNS yet: they have to be published, and checked",
	}, got.Status)
	diff(t, "observed", []string{
		"dkim_record: unknown", "dmarc_record: unknown", "mx_record: unknown", "spf_record: unknown", "autoconfig_state: off",
		"reputation: excellent, a score of 100 = 100", "sent: 0 = 0", "failed: 0 = 0", "canceled: 0 = 0", "total: 0 = 0",
	}, observed(got))
}

// outputs returns the outputs of a snapshot as text.
func outputs(s *providers.ResourceSnapshot) []string {
	var all []string
	for _, o := range s.Outputs {
		all = append(all, o.Name+": "+o.RRset.String())
	}
	return all
}

// observed returns the observations of a snapshot as "NAME: TEXT = VALUE! ALERT".
func observed(s *providers.ResourceSnapshot) []string {
	var all []string
	for _, o := range s.Observed {
		line := o.Name + ": " + o.Text
		if o.Metric {
			line += fmt.Sprintf(" = %v", o.Value)
		}
		if o.Alert != "" {
			line += "! " + o.Alert
		}
		all = append(all, line)
	}
	return all
}

// Which of several domains of a name it is.
func TestProjects(t *testing.T) {
	for _, tt := range []struct {
		name     string
		has      string // the projects that have one, in the order in which they were registered: each of "abc", in upper case if it is revoked
		declared string // empty for none
		want     string // empty for none at all
	}{
		{"none", "", "a", ""},
		{"in the project", "a", "a", "a"},
		{"elsewhere", "b", "a", "b"},
		{"in the project and elsewhere", "ba", "a", "a"},
		{"twice elsewhere", "cb", "a", "c"},
		{"anywhere", "bca", "", "b"},
		{"revoked", "A", "a", ""},
		{"revoked, and registered again", "Aa", "a", "a"},
		{"revoked in the project, and there elsewhere", "Ab", "a", "b"},
		{"revoked elsewhere", "B", "a", ""},
		{"revoked, and no project", "A", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := &clock{begin}
			f, p := start(t, scalewaytemtest.Options{Now: func() time.Time { now.Time = now.Add(time.Second); return now.Time }})
			projects := map[string]string{"": "", "a": f.Project, "b": f.AddProject(f.Organization), "c": f.AddProject(f.Organization)}
			for _, c := range strings.Split(tt.has, "") {
				if c == "" {
					continue
				}
				id := f.AddDomain(domainText, projects[strings.ToLower(c)])
				if strings.ToLower(c) != c {
					f.Revoke(id)
				}
			}
			what := mail(domainText)
			if tt.declared != "" {
				what = mail(domainText, "project="+projects[tt.declared])
			}
			got, err := p.FetchResource(t.Context(), what)
			if tt.want == "" {
				wants(t, err, providers.ErrNoResource, "or this key may not see it")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "project", projects[tt.want], got.Fields["project"])
		})
	}
}

// A key that may not see the project of a domain cannot say that it is not there.
func TestUnseenProject(t *testing.T) {
	f, _ := startWith(t, scalewaytemtest.Options{})
	what := mail(domainText, "project="+f.Project)
	for name, token := range map[string]scalewaytemtest.Token{
		"another project":      {Organization: f.Organization, Projects: []string{f.AddProject(f.Organization)}},
		"another organization": {Organization: f.AddOrganization()},
		"another product":      {Organization: f.Organization, Access: scalewaytemtest.NoAccess},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, f, f.AddToken(token)).FetchResource(t.Context(), what)
			wants(t, err, providers.ErrAuth, "read domain")
		})
	}
	if _, err := open(t, f, f.AddToken(scalewaytemtest.Token{Organization: f.Organization, Access: scalewaytemtest.ReadOnly})).FetchResource(t.Context(), what); err != nil {
		t.Errorf("a key that may only read: %v", err)
	}
}

// A name that so many projects have that they are on several pages is found on the last.
func TestPages(t *testing.T) {
	f, p := start(t, scalewaytemtest.Options{})
	for range 200 {
		f.AddDomain(domainText, f.AddProject(f.Organization))
	}
	f.AddDomain(domainText, "")
	got, err := p.FetchResource(t.Context(), mail(domainText, "project="+f.Project))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "project", f.Project, got.Fields["project"])
	diff(t, "lists", 3, f.Faults.Log().Count(scalewaytemtest.List))
	f.Faults.Log().Reset()
	all, err := p.Resources(t.Context(), mail(domainText))
	if err != nil || len(all) != 201 {
		t.Errorf("%d resources, %v", len(all), err)
	}
	diff(t, "lists", 3, f.Faults.Log().Count(scalewaytemtest.List))
}

// What a list has that is no domain, or not the one of the name, is never taken for it.
func TestLists(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	f.AddDomain("xmail.example.com", "")
	f.AddDomain("mail.example.com.example.net", "")
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		want  string // in the error, empty for none
	}{
		{"the name is not compared", without("name"), ""},
		{"the name in upper case", scalewaytemtest.Altered("name", "MAIL.Example.com"), ""},
		{"a dot at the end of the name", scalewaytemtest.Altered("name", "mail.example.com."), ""},
		{"others that are odd", listed(object{"id": someID, "name": "x.example.com"}, object{"id": otherID, "name": "y.example.com", "status": 1, "autoconfig": "no", "records": []int{1}}), ""},
		{"a name that is none, of one that is revoked", listed(object{"id": someID, "name": "mail..example.com", "status": "revoked"}), ""},
		// It could be the one that is asked for.
		{"a name that is none", scalewaytemtest.Altered("name", "mail..example.com"), "empty label"},
		{"the name of another that is none", listed(object{"id": someID, "name": "mail..example.com"}), "empty label"},
		{"an empty name", scalewaytemtest.Altered("name", ""), "has no name"},
		{"a dot as the name", scalewaytemtest.Altered("name", "."), "has no name"},
		{"a name with a blank", scalewaytemtest.Altered("name", "mail.example.com "), "is not one of a host"},
		{"a name with another alphabet", scalewaytemtest.Altered("name", "m\u0430il.example.com"), "is not one of a host"},
		{"a name that is very long", scalewaytemtest.Altered("name", strings.Repeat("x", 1<<20)), `..." of the domain`},
		{"no name", scalewaytemtest.Altered("name", nil), "a domain without name"},
		{"no id", scwtest.Edited(func(list object) { delete(list["domains"].([]any)[0].(object), "id") }), "a domain without id"},
		{"an id that is a path", scalewaytemtest.Altered("id", ".."), "id of a domain is no UUID"},
		{"one twice", scwtest.Edited(func(list object) {
			all := list["domains"].([]any)
			list["domains"], list["total_count"] = append(all, all[0]), len(all)+1
		}), "of domains is on the page twice"},
		{"null", scwtest.Edited(func(list map[string]any) { list["domains"] = []any{nil} }), "a domain without"},
		{"no list", scwtest.Edited(func(list map[string]any) { list["domains"] = nil }), "a list without domains"},
		{"no total", scwtest.Edited(func(list map[string]any) { delete(list, "total_count") }), "a list without total_count"},
		{"more than there are", scwtest.Overcount(1), "total_count is"},
		{"fewer than there are", scwtest.Overcount(-1), "total_count is"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rule := f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.List, Fault: tt.fault})
			defer rule.Lift()
			got, err := p.FetchResource(t.Context(), mail(domainText, "project="+f.Project))
			if tt.want == "" {
				if err != nil || got.ID != f.Domain(domainText).ID {
					t.Errorf("got %v, %v", got, err)
				}
				return
			}
			wants(t, err, errNoKind, tt.want)
			if n := len(err.Error()); n > 2000 {
				t.Errorf("%d octets of error", n)
			}
			_, err = p.Resources(t.Context(), mail(domainText))
			wants(t, err, errNoKind, tt.want)
		})
	}
	t.Run("the one that is asked for is odd", func(t *testing.T) {
		fail(f, scalewaytemtest.List, scalewaytemtest.Altered("autoconfig", "yes"))
		_, err := p.FetchResource(t.Context(), mail(domainText))
		wants(t, err, errNoKind, f.Domain(domainText).ID, "autoconfig of a domain")
	})
}

// listed adds domains to a list.
func listed(domains ...any) httpfault.Fault {
	return scwtest.Edited(func(list object) {
		all := append(list["domains"].([]any), domains...)
		list["domains"], list["total_count"] = all, len(all)
	})
}

// without passes requests on without a parameter, as if the server did not look at it.
func without(parameter string) httpfault.Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			other := r.Clone(r.Context())
			query := other.URL.Query()
			query.Del(parameter)
			other.URL.RawQuery = query.Encode()
			next.ServeHTTP(w, other)
		})
	}
}

// Two answers that contradict each other do not say that a domain is not there.
func TestContradictions(t *testing.T) {
	t.Run("it is listed, and is not there", func(t *testing.T) {
		f, p := startWith(t, scalewaytemtest.Options{})
		fail(f, scalewaytemtest.Get, httpfault.Call(func(*http.Request) { f.Revoke(domainText) }))
		_, err := p.FetchResource(t.Context(), mail(domainText))
		wants(t, err, errNoKind, "is in the list of domains as", "is not there")
		_, err = p.FetchResource(t.Context(), mail(domainText))
		wants(t, err, providers.ErrNoResource)
	})
	t.Run("it is not in one list, and is in the other", func(t *testing.T) {
		f, p := startWith(t, scalewaytemtest.Options{})
		fail(f, scalewaytemtest.List, scwtest.Edited(func(list map[string]any) { list["domains"], list["total_count"] = []any{}, 0 }))
		_, err := p.FetchResource(t.Context(), mail(domainText, "project="+f.Project))
		wants(t, err, errNoKind, "is not in the list of all domains")
	})
	t.Run("a list that is behind", func(t *testing.T) {
		f, p := startWith(t, scalewaytemtest.Options{})
		base := fetched(t, p)
		rule := f.Faults.Add(httpfault.Rule{Fault: f.Faults.Stale(2)})
		if err := p.RemoveResource(t.Context(), base); err == nil || !strings.Contains(err.Error(), "still there") {
			t.Errorf("remove: %v", err)
		}
		rule.Lift()
		diff(t, "status", scalewaytemtest.Revoked, f.Domain(domainText).Status)
	})
}

// An answer about another domain is no answer.
func TestAnswersAboutOthers(t *testing.T) {
	const other = "11111111-1111-1111-1111-111111111111"
	for _, tt := range []struct {
		name, pattern string
		fault         httpfault.Fault
		want          string
	}{
		{"id", scalewaytemtest.Get, scalewaytemtest.Altered("id", other), "the answer is about the domain " + other},
		{"name", scalewaytemtest.Get, scalewaytemtest.Altered("name", "www.example.com"), "www.example.com"},
		{"no autoconfig", scalewaytemtest.Get, scalewaytemtest.Altered("autoconfig", nil), "a domain without"},
		{"no status", scalewaytemtest.Get, scalewaytemtest.Altered("status", nil), "a domain without"},
		{"no project", scalewaytemtest.Get, scalewaytemtest.Altered("project_id", nil), "a domain without"},
		{"project that is no UUID", scalewaytemtest.Get, scalewaytemtest.Altered("project_id", "default"), "project_id of a domain is no UUID"},
		{"id that is no UUID", scalewaytemtest.Get, scalewaytemtest.Altered("id", ".."), "id of a domain is no UUID"},
		{"status that is no text", scalewaytemtest.Get, scalewaytemtest.Altered("status", 1), "status of a domain"},
		{"autoconfig under another name too", scalewaytemtest.Get, scwtest.Edited(func(d object) { d["AUTOCONFIG"] = true; delete(d, "autoconfig") }), "a domain without autoconfig"},
		{"records that are none", scalewaytemtest.Get, scalewaytemtest.Altered("records", []int{}), "records of a domain"},
		{"cut off", scalewaytemtest.Get, httpfault.Half(), "unexpected EOF"},
		{"too long", scalewaytemtest.Get, httpfault.Huge(17 << 20), "larger than the 16777216 octets"},
		{"check of another", scalewaytemtest.Verification, scwtest.Edited(func(v map[string]any) { v["domain_id"] = other }), "the check of the domain"},
		{"very long name", scalewaytemtest.Get, scalewaytemtest.Altered("name", strings.Repeat("x", 1<<20)), "xxx..."},
		{"check of a very long one", scalewaytemtest.Verification, scwtest.Edited(func(v map[string]any) { v["domain_id"] = strings.Repeat("x", 1<<20) }), "xxx..."},
		{"check of none", scalewaytemtest.Verification, scwtest.Edited(func(v map[string]any) { clear(v) }), "the check of the domain"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, p := startWith(t, scalewaytemtest.Options{})
			f.Faults.Add(httpfault.Rule{Pattern: tt.pattern, Fault: tt.fault})
			_, err := p.FetchResource(t.Context(), mail(domainText))
			wants(t, err, errNoKind, tt.want)
			if n := len(err.Error()); n > 2000 {
				t.Errorf("%d octets of error", n)
			}
			_, err = p.Resources(t.Context(), mail(domainText))
			wants(t, err, errNoKind, tt.want)
		})
	}
}

// The list has all that are not revoked, by their names, and as FetchResource returns them.
func TestResources(t *testing.T) {
	f, p := start(t, scalewaytemtest.Options{})
	other := f.AddProject(f.Organization)
	for _, name := range []string{"z.example.com", "a.example.net", "b.example.com", "gone.example.com"} {
		f.AddDomain(name, "")
	}
	f.AddDomain("b.example.com", other)
	f.Revoke("gone.example.com")
	for _, tt := range []struct {
		name string
		like providers.Resource
		want []string
	}{
		{"of a project", mail(domainText, "project="+f.Project), []string{"b.example.com.", "z.example.com.", "a.example.net."}},
		{"of another one", mail(domainText, "region=fr-par", "project="+other), []string{"b.example.com."}},
		{"of all", mail(domainText), []string{"b.example.com.", "b.example.com.", "z.example.com.", "a.example.net."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all, err := p.Resources(t.Context(), tt.like)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, s := range all {
				names = append(names, s.Name.String())
				single, err := p.FetchResource(t.Context(), s.Resource)
				if err != nil || single.ID != s.ID {
					t.Errorf("%s: %v, %v", s, single, err)
				}
			}
			diff(t, "names", tt.want, names)
		})
	}
	t.Run("of a project, and the API does not look at it", func(t *testing.T) {
		fail(f, scalewaytemtest.List, without("project_id"))
		all, err := p.Resources(t.Context(), mail(domainText, "project="+other))
		if err != nil || len(all) != 1 || all[0].Fields["project"] != other {
			t.Errorf("got %v, %v", all, err)
		}
	})
	t.Run("revoked while they are listed", func(t *testing.T) {
		fail(f, scalewaytemtest.Get, httpfault.Call(func(*http.Request) { f.Revoke("z.example.com") }))
		all, err := p.Resources(t.Context(), mail(domainText, "project="+f.Project))
		if err != nil || len(all) != 2 {
			t.Errorf("got %v, %v", all, err)
		}
	})
}
