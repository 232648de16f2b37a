package glauca_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/zonefile"
)

// Every write is decided by who answers for the domain, and with which keys.
func TestConflict(t *testing.T) {
	for _, tt := range []struct {
		name   string
		theirs func(*glaucatest.Domain)
		ours   map[string]string
		want   error
	}{
		{"name servers under DS", func(d *glaucatest.Domain) { d.NameServers = glaucatest.Hosts("ns9.example.net") }, map[string]string{"ds": ""}, providers.ErrConflict},
		{"DS under name servers", func(d *glaucatest.Domain) { d.SecDNS = nil }, map[string]string{"name_servers": "ns3.example.net."}, providers.ErrConflict},
		{"the same field", func(d *glaucatest.Domain) { d.Registrant = "contact_b" }, map[string]string{"registrant": "contact_b"}, providers.ErrConflict},
		{"another field", func(d *glaucatest.Domain) { d.Registrant = "contact_b" }, map[string]string{"transfer_lock": "true"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, signed())
			s.AddContact(glaucatest.Contact{ID: "contact_b"})
			base := fetch(t, p)
			s.Change(domainName, tt.theirs)
			err := changeFrom(t, p, base, tt.ours)
			if tt.want == nil && err == nil {
				return
			}
			wants(t, err, tt.want, " was ")
			diff(t, "PATCHes", []string(nil), bodies(s))
		})
	}
	t.Run("registered anew", func(t *testing.T) {
		s, p := with(t, glaucatest.Options{}, signed())
		base := fetch(t, p)
		s.Remove(domainName)
		wants(t, changeFrom(t, p, base, map[string]string{"ds": ""}), providers.ErrNoResource)
		s.AddDomain(glaucatest.Domain{Name: domainName})
		wants(t, changeFrom(t, p, base, map[string]string{"ds": ""}), providers.ErrConflict, "anew")
	})
}

// What somebody changes between two PATCHes of one update is seen, and is not overwritten.
func TestChangedBetween(t *testing.T) {
	theirs := []glaucatest.DS{{KeyTag: 9, Algorithm: 13, DigestType: 2, Digest: strings.ToUpper(digestB)}}
	lock, servers, ds := "transfer_lock", "name_servers", "ds"
	for _, tt := range []struct {
		name    string
		fields  []string // that are written
		theirs  func(*glaucatest.Domain)
		patches int
		words   string // empty if that is no conflict
	}{
		{"what is still to be written", []string{servers, ds}, func(d *glaucatest.Domain) { d.SecDNS = &glaucatest.SecDNS{DS: theirs} }, 1, "name_servers is written, and ds is not"},
		{"the keys, which nobody writes", []string{lock, servers}, func(d *glaucatest.Domain) { d.SecDNS = &glaucatest.SecDNS{DS: theirs} }, 1, "transfer_lock is written, and name_servers is not"},
		{"the name servers, which nobody writes", []string{lock, ds}, func(d *glaucatest.Domain) { d.NameServers = glaucatest.Hosts("ns9.example.net") }, 1, "transfer_lock is written, and ds is not"},
		{"the state", []string{servers, ds}, func(d *glaucatest.Domain) { d.Statuses = []string{"server_hold"} }, 1, "server_hold"},
		{"what is written already", []string{lock, servers}, func(d *glaucatest.Domain) { d.Statuses = nil }, 1, `transfer_lock is "false"`},
		{"how long signatures may live", []string{servers, ds}, func(d *glaucatest.Domain) { d.SecDNS.MaxSigLife = time.Hour }, 2, ""},
		{"something else", []string{lock, servers}, func(d *glaucatest.Domain) { d.Registrant = "contact_b" }, 2, ""},
		{"the keys behind the last", []string{servers}, func(d *glaucatest.Domain) { d.SecDNS = &glaucatest.SecDNS{DS: theirs} }, 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, signed())
			base, fields := fetch(t, p), map[string]string{}
			for _, field := range tt.fields {
				fields[field] = map[string]string{lock: "true", servers: "ns3.example.net.", ds: "1 15 2 " + digestA + ", 2 15 2 " + digestB}[field]
			}
			s.Faults.Add(httpfault.Rule{Pattern: glaucatest.PatchDomain, Times: 1, Fault: changing(s, tt.theirs)})
			err := changeFrom(t, p, base, fields)
			if tt.words == "" && err != nil {
				t.Error(err)
			}
			if tt.words != "" {
				wants(t, err, providers.ErrPartial, tt.words)
			}
			diff(t, "PATCHes", tt.patches, len(bodies(s)))
			if last := bodies(s)[tt.patches-1]; strings.HasPrefix(tt.name, "how long") && !strings.Contains(last, `"max_sig_life":"0 01:00:00"`) && !strings.Contains(last, `"max_sig_life":"01:00:00"`) {
				t.Errorf("the second one is made of what was read in front of the first: %s", last)
			}
		})
	}
}

// changing has somebody change the domain behind a request.
func changing(s *glaucatest.Server, theirs func(*glaucatest.Domain)) httpfault.Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			s.Change(domainName, theirs)
		})
	}
}

// Nothing is written if the read in front of it fails, and that can be tried again if the read can.
func TestReadInFront(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		want  error
	}{
		{"a proxy", httpfault.Proxy(502), errBusy},
		{"reset", httpfault.Lost(), errBusy},
		{"half of it", httpfault.Half(), errBusy},
		{"throttled", glaucatest.Throttled(time.Minute), errBusy},
		{"not allowed", glaucatest.Detail(http.StatusForbidden, "no"), providers.ErrAuth},
		{"a page that is not there", httpfault.Proxy(404), errNoKind},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
			base := fetch(t, p)
			fault(s, glaucatest.GetDomain, tt.fault)
			wants(t, changeFrom(t, p, base, map[string]string{"transfer_lock": "true"}), tt.want, "update delegation example.com.")
			diff(t, "PATCHes", []string(nil), bodies(s))
		})
	}
}

// What is not about the delegation of the base is not written to it.
func TestBase(t *testing.T) {
	other := example
	other.Name = zonefile.MustParseName("other.example.")
	mail := example
	mail.Kind = providers.Mail
	s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
	base := fetch(t, p)
	dots := *base
	dots.ID = ".."
	s.Faults.Log().Reset()
	for _, tt := range []struct {
		name string
		base *providers.ResourceSnapshot
		r    providers.Resource
	}{
		{"without one", nil, example},
		{"another name", base, other},
		{"another kind", base, mail},
		{"an id that is another path", &dots, example},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := tt.r.With(map[string]string{"transfer_lock": "true"})
			wants(t, p.UpdateResource(t.Context(), tt.base, r, []string{"transfer_lock"}), providers.ErrInvalid)
		})
	}
	_, err := p.FetchResource(t.Context(), mail)
	wants(t, err, providers.ErrInvalid, "mail example.com.")
	for _, bad := range []*providers.ResourceSnapshot{nil, &dots} {
		_, err := p.Prices(t.Context(), bad)
		wants(t, err, providers.ErrInvalid)
	}
	wants(t, p.RemoveResource(t.Context(), nil), providers.ErrUnsupported)
	diff(t, "calls", []string(nil), s.Calls())
}
