package glauca_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/zonefile"
)

// The fields are in the form of everybody who makes them of records.
func TestFields(t *testing.T) {
	ds := zonefile.MustParseRRset("example.com. 3600 DS", "12345 13 2 "+strings.ToUpper(digestA), "2 8 2 "+digestB)
	key := zonefile.MustParseRRset("example.com. 3600 DNSKEY", "257 3 15 "+keyA, "256 3 15 "+keyB)
	const week = 7 * 24 * time.Hour
	for _, tt := range []struct {
		name string
		data *glaucatest.SecDNS
		want map[string]string
	}{
		{"unsigned", nil, map[string]string{"ds": "", "key_data": ""}},
		{
			"DS", &glaucatest.SecDNS{MaxSigLife: week, DS: []glaucatest.DS{
				{KeyTag: 12345, Algorithm: 13, DigestType: 2, Digest: strings.ToUpper(digestA)},
				{KeyTag: 2, Algorithm: 8, DigestType: 2, Digest: spaced(digestB), Key: &glaucatest.Key{Flags: 257, Protocol: 3, Algorithm: 8, PublicKey: keyA}},
			}},
			map[string]string{"ds": providers.JoinSet(ds.Text()), "key_data": ""},
		},
		{
			"keys", &glaucatest.SecDNS{Keys: []glaucatest.Key{{Flags: 257, Protocol: 3, Algorithm: 15, PublicKey: keyA}, {Flags: 256, Protocol: 3, Algorithm: 15, PublicKey: keyB}}},
			map[string]string{"ds": "", "key_data": providers.JoinSet(key.Text())},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, glaucatest.Domain{SecDNS: tt.data, NameServers: glaucatest.Hosts("NS2.Example.Net", "ns1.example.net")})
			tt.want["name_servers"], tt.want["transfer_lock"] = "ns1.example.net., ns2.example.net.", "false"
			tt.want["registrant"], tt.want["admin"], tt.want["billing"], tt.want["tech"] = s.Contact, "", "", ""
			diff(t, "fields", tt.want, fetch(t, p).Fields)
		})
	}
}

// observed returns the texts of what is observed, without what the fake makes up.
func observed(s *providers.ResourceSnapshot) map[string]string {
	texts := map[string]string{}
	for _, o := range s.Observed {
		texts[o.Name] = o.Text
		if o.Watched {
			texts[o.Name] += " (watched)"
		}
	}
	return texts
}

func TestObserved(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2027, 1, n, 12, 0, 0, 0, time.UTC) }
	s, p := with(t, glaucatest.Options{}, glaucatest.Domain{
		Admin: "contact_2", Statuses: []string{"client_transfer_prohibited", "client_delete_prohibited"}, RGP: []string{"add_grace_period"},
		Created: day(1), LastUpdated: day(2), LastTransferred: day(3), Expiry: day(4).AddDate(100, 0, 0),
		SecDNS: &glaucatest.SecDNS{MaxSigLife: 24 * time.Hour, Keys: []glaucatest.Key{{Flags: 257, Protocol: 3, Algorithm: 15, PublicKey: keyA}}},
	})
	got := fetch(t, p)
	diff(t, "observed", map[string]string{
		"expiry": "2127-01-04T12:00:00Z", "statuses": "client_transfer_prohibited, client_delete_prohibited", "rgp_state": "add_grace_period", "deleted": "false",
		"registrant": s.Contact + " (watched)", "admin": "contact_2 (watched)", "billing": "none (watched)", "tech": "none (watched)",
		"max_sig_life": "1 00:00:00", "created": "2027-01-01T12:00:00Z", "last_updated": "2027-01-02T12:00:00Z", "last_transferred": "2027-01-03T12:00:00Z",
	}, observed(got))
	for _, o := range got.Observed {
		if o.Alert != "" {
			t.Errorf("%s: alert %q", o.Name, o.Alert)
		}
	}
}

// A registration that ends soon, or has ended, is for a person to see.
func TestExpiry(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   time.Duration
		want string
	}{
		{"in 31 days", 31 * 24 * time.Hour, ""},
		{"in less than 30 days", 30*24*time.Hour - time.Minute, "in 29 days"},
		{"today", time.Hour, "in 0 days"},
		{"over", -time.Hour, "ended on"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := time.Now().Add(tt.in).Truncate(time.Second)
			_, p := with(t, glaucatest.Options{}, glaucatest.Domain{Expiry: at})
			got := fetch(t, p).Observed[0]
			if got.Name != "expiry" || got.Value != float64(at.Unix()) || !got.Metric {
				t.Errorf("got %+v", got)
			}
			if (got.Alert == "") != (tt.want == "") || !strings.Contains(got.Alert, tt.want) {
				t.Errorf("alert %q, want %q", got.Alert, tt.want)
			}
		})
	}
}

// A domain that the server cannot ask the registry for by its id is as the list has it, and says so.
func TestRetrieveFails(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusInternalServerError} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
			want := fetch(t, p)
			if from, ok := observed(want)["read_from"]; ok {
				t.Errorf("read from %s", from)
			}
			s.FailRetrieve(domainName, status)
			got := fetch(t, p)
			diff(t, "fields", want.Fields, got.Fields)
			if from := observed(got)["read_from"]; !strings.Contains(from, fmt.Sprint(status)) {
				t.Errorf("nothing says that it was read from the list: %q", from)
			}
			if err := change(t, p, map[string]string{"name_servers": "ns3.example.net., ns4.example.net."}); err != nil {
				t.Errorf("it cannot be written: %v", err)
			}
			diff(t, "name servers", "ns3.example.net., ns4.example.net.", fetch(t, p).Fields["name_servers"])
		})
	}
}

// A domain is gone only if a whole list does not have it.
func TestNoResource(t *testing.T) {
	page := func(status int, body string) httpfault.Fault {
		return httpfault.Respond(httpfault.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)})
	}
	for _, tt := range []struct {
		name   string
		opts   glaucatest.Options
		list   httpfault.Fault // nil for the right answer
		get    httpfault.Fault
		gone   bool // not there
		want   error
		words  string
		others int
	}{
		{name: "not there", gone: true, want: providers.ErrNoResource, words: "among the 0 domains"},
		{name: "not there, in pages", opts: glaucatest.Options{Paginated: true}, gone: true, want: providers.ErrNoResource, words: "among the 30 domains", others: 30},
		{name: "of another account", get: glaucatest.Detail(http.StatusForbidden, "no"), want: providers.ErrAuth},
		{name: "no list", list: glaucatest.Detail(http.StatusNotFound, "Not found."), want: errNoKind},
		{name: "a registry without an answer", list: glaucatest.RegistryFailure("timeout"), want: errNoKind, words: "timeout"},
		{name: "a token that may not list", list: glaucatest.Detail(http.StatusForbidden, "no"), want: providers.ErrAuth},
		{name: "null", list: page(200, "null"), want: errNoKind},
		{name: "null in the list", list: page(200, "[null]"), want: errNoKind},
		{name: "an object", list: page(200, "{}"), want: errNoKind, words: "without count, results, next"},
		{name: "no results", list: page(200, `{"count":0,"next":null,"results":null}`), want: errNoKind, words: "results"},
		{name: "a text", list: page(200, `"none"`), want: errNoKind},
		{name: "fewer than are counted", opts: glaucatest.Options{Paginated: true}, list: glaucatest.Short(1), want: errNoKind, words: "count is 31", others: 30},
		{name: "one twice", opts: glaucatest.Options{Paginated: true}, list: glaucatest.Twice(), want: errNoKind, words: "twice", others: 30},
		{name: "one twice in an array", list: glaucatest.Twice(), want: errNoKind, words: "twice"},
		{name: "the first page again", opts: glaucatest.Options{Paginated: true}, list: glaucatest.FirstPage(), want: errNoKind, words: "twice", others: 30},
		{name: "itself as the next page", opts: glaucatest.Options{Paginated: true}, list: glaucatest.NextAt("?"), want: errNoKind, words: "came before", others: 30},
		{name: "the next page elsewhere", opts: glaucatest.Options{Paginated: true}, list: glaucatest.NextAt("https://evil.example/api/domains/?offset=25"), want: errNoKind, words: "evil.example", others: 30},
		{name: "the next page at another path", opts: glaucatest.Options{Paginated: true}, list: glaucatest.NextAt("/api/contacts/?offset=25"), want: errNoKind, words: "contacts", others: 30},
		{name: "a domain without its DNSSEC data", list: glaucatest.Missing("sec_dns"), want: errNoKind, words: "without sec_dns"},
		{name: "a domain without its name", list: glaucatest.Missing("domain"), want: errNoKind, words: "without domain"},
		{name: "a domain without its id", list: glaucatest.Missing("id"), want: errNoKind, words: "without id"},
		{name: "a domain without its statuses", get: glaucatest.Missing("statuses"), want: errNoKind, words: "without statuses"},
		{name: "a domain without its name servers", get: glaucatest.Missing("name_servers"), want: errNoKind, words: "without name_servers"},
		{name: "a name that cannot be read", list: glaucatest.Lie("domain_1", "not..a.name"), want: errNoKind, words: "cannot be read"},
		{name: "another domain in its place", get: glaucatest.About("domain_2"), want: errNoKind, words: "domain_2", others: 1},
		{name: "the id of another domain", get: glaucatest.Lie("domain_7", domainName), want: errNoKind, words: "domain_7"},
		{name: "the name of another domain", get: glaucatest.Lie("domain_1", "other.example"), want: errNoKind, words: "other.example"},
		{name: "cut off", list: glaucatest.Truncated(), want: errNoKind},
		{name: "too large", list: glaucatest.Huge(64 << 20), want: errNoKind, words: "larger than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, tt.opts, glaucatest.Domain{})
			for i := range tt.others {
				s.AddDomain(glaucatest.Domain{Name: fmt.Sprintf("other-%d.example", i)})
			}
			if tt.gone {
				s.Remove(domainName)
			}
			if tt.list != nil {
				fault(s, glaucatest.ListDomains, tt.list)
			}
			if tt.get != nil {
				fault(s, glaucatest.GetDomain, tt.get)
			}
			_, err := p.FetchResource(t.Context(), example)
			wants(t, err, tt.want, tt.words, "fetch delegation example.com.")
			if n := s.Faults.Log().Count(glaucatest.ListDomains); n > 2 || n > 1 && strings.Contains(tt.name, "next page") {
				t.Errorf("the list was asked for %d times", n)
			}
		})
	}
}

// Pages are followed by their query alone, so that a server which thinks that it is asked without TLS does no harm.
func TestPagesWithoutTLS(t *testing.T) {
	s, p := with(t, glaucatest.Options{Paginated: true, URL: "http://domains.example"}, glaucatest.Domain{})
	for i := range 60 {
		s.AddDomain(glaucatest.Domain{Name: fmt.Sprintf("other-%d.example", i)})
	}
	all, err := p.Resources(t.Context(), providers.Resource{Kind: providers.Delegation})
	if err != nil || len(all) != 61 {
		t.Errorf("got %d domains, %v", len(all), err)
	}
	diff(t, "calls", []string{
		"GET /api/domains/", "GET /api/domains/?limit=25&offset=25", "GET /api/domains/?limit=25&offset=50",
	}, s.Calls())
}

// A server that names one page after the other, and has nothing on them, is not asked for ever.
func TestPagesWithoutEnd(t *testing.T) {
	s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
	n := 0
	fault(s, glaucatest.ListDomains, httpfault.Edit(func(a *httpfault.Answer) {
		n++
		a.Body = fmt.Appendf(nil, `{"count":1,"next":"?offset=%d","results":[]}`, min(n, 100))
	}))
	_, err := p.FetchResource(t.Context(), example)
	wants(t, err, errNoKind, "a page without domains")
}

// The list takes as long as the registries of all domains do.
func TestSlowList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
		fault(s, glaucatest.ListDomains, httpfault.Delay(90*time.Second))
		fetch(t, p)
		fault(s, glaucatest.ListDomains, httpfault.Delay(3*time.Minute))
		_, err := p.FetchResource(t.Context(), example)
		wants(t, err, errNoKind)
	})
}

// One domain of which the data cannot be read leaves the others readable.
func TestUnreadable(t *testing.T) {
	s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
	s.AddDomain(glaucatest.Domain{Name: "odd.example", SecDNS: &glaucatest.SecDNS{DS: []glaucatest.DS{{KeyTag: 1, Algorithm: 13, DigestType: 2, Digest: "AB"}}}})
	fetch(t, p)
	_, err := p.FetchResource(t.Context(), providers.Resource{Kind: providers.Delegation, Name: zonefile.MustParseName("odd.example.")})
	wants(t, err, errNoKind, "odd.example.", "sec_dns", "digest")
	_, err = p.Resources(t.Context(), providers.Resource{Kind: providers.Delegation})
	wants(t, err, errNoKind, "list domains", "odd.example.")
}
