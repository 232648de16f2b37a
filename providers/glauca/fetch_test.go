package glauca_test

import (
	"fmt"
	"net/http"
	"regexp"
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
			if from := observed(got)["read_from"]; !strings.Contains(from, fmt.Sprint(status)) || !strings.HasSuffix(from, `"`) {
				t.Errorf("nothing says that it was read from the list: %q", from)
			}
			if err := change(t, p, map[string]string{"name_servers": "ns3.example.net., ns4.example.net."}); err != nil {
				t.Errorf("it cannot be written: %v", err)
			}
			diff(t, "name servers", "ns3.example.net., ns4.example.net.", fetch(t, p).Fields["name_servers"])
		})
	}
}

// counted has a page say that there are so many domains.
func counted(n int) httpfault.Fault {
	return httpfault.Edit(func(a *httpfault.Answer) {
		a.Body = regexp.MustCompile(`"count":\d+`).ReplaceAll(a.Body, fmt.Appendf(nil, `"count":%d`, n))
	})
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
		{name: "more than are counted", opts: glaucatest.Options{Paginated: true}, list: counted(5), want: errNoKind, words: "count is 5", others: 30},
		{name: "fewer than are listed", opts: glaucatest.Options{Paginated: true}, list: counted(2), want: errNoKind, words: "count is 2", others: 2},
		{name: "two of one name", list: glaucatest.Odd("other-0.example", "domain", `"Example.com"`), want: errNoKind, words: "twice", others: 1},
		{name: "two of one id", list: glaucatest.Odd("other-0.example", "id", `"domain_1"`), want: errNoKind, words: "twice", others: 1},
		{name: "an id that is another path", list: glaucatest.Odd(domainName, "id", `".."`), want: errNoKind, words: "not the id of a domain"},
		{name: "an id with a slash", list: glaucatest.Odd(domainName, "id", `"domain_1/renew"`), want: errNoKind, words: "not the id of a domain"},
		{name: "a contact that is none", get: glaucatest.Odd(domainName, "tech_contact", `"a\u202eb"`), want: errNoKind, words: "tech_contact"},
		{name: "one twice in an array", list: glaucatest.Twice(), want: errNoKind, words: "twice"},
		{name: "the first page again", opts: glaucatest.Options{Paginated: true}, list: glaucatest.FirstPage(), want: errNoKind, words: "twice", others: 30},
		{name: "itself as the next page", opts: glaucatest.Options{Paginated: true}, list: glaucatest.NextAt("?"), want: errNoKind, words: "came before", others: 30},
		{name: "the next page elsewhere", opts: glaucatest.Options{Paginated: true}, list: glaucatest.NextAt("https://evil.example/api/domains/?offset=25"), want: errNoKind, words: "evil.example", others: 30},
		{name: "the next page at another path", opts: glaucatest.Options{Paginated: true}, list: glaucatest.NextAt("/api/contacts/?offset=25"), want: errNoKind, words: "contacts", others: 30},
		{name: "a domain without its DNSSEC data", get: glaucatest.Missing("sec_dns"), want: errNoKind, words: "without sec_dns"},
		{name: "a domain without its name", list: glaucatest.Missing("domain"), want: errNoKind, words: "without domain"},
		{name: "a domain without its id", list: glaucatest.Missing("id"), want: errNoKind, words: "without id"},
		{name: "a domain without its statuses", get: glaucatest.Missing("statuses"), want: errNoKind, words: "without statuses"},
		{name: "a domain without its name servers", get: glaucatest.Missing("name_servers"), want: errNoKind, words: "without name_servers"},
		{name: "a name that cannot be read", list: glaucatest.Lie("domain_1", "not..a.name"), want: errNoKind, words: "cannot be read"},
		{name: "another domain in its place", get: glaucatest.About("domain_2"), want: errNoKind, words: "domain_2", others: 1},
		{name: "the id of another domain", get: glaucatest.Lie("domain_7", domainName), want: errNoKind, words: "domain_7"},
		{name: "the name of another domain", get: glaucatest.Lie("domain_1", "other.example"), want: errNoKind, words: "other.example"},
		{name: "cut off", list: httpfault.Half(), want: errNoKind},
		{name: "too large", list: httpfault.Huge(64 << 20), want: errNoKind, words: "larger than"},
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

// A server that names one page after the other is not asked for ever.
func TestPagesWithoutEnd(t *testing.T) {
	for _, tt := range []struct{ name, page, words string }{
		{"with nothing on them", `{"count":1,"next":"?offset=%d","results":[]}`, "a page without domains"},
		{"with one more on each", `{"count":1000000000,"next":"?offset=%d","results":[{"id":"domain_%[1]d","domain":"other-%[1]d.example"}]}`, "more than 1000 pages"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
			n := 0
			fault(s, glaucatest.ListDomains, httpfault.Edit(func(a *httpfault.Answer) {
				n++
				a.Body = fmt.Appendf(nil, tt.page, min(n, 5000))
			}))
			_, err := p.FetchResource(t.Context(), example)
			wants(t, err, errNoKind, tt.words)
		})
	}
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

// One domain of which the data cannot be read leaves the others readable. A list of all says which ones those are.
func TestUnreadable(t *testing.T) {
	const odd = "odd.example"
	for _, tt := range []struct{ field, value, words string }{
		{"sec_dns", `{"max_sig_life":null,"ds_data":[{"key_tag":1,"algorithm":13,"digest_type":2,"digest":"AB"}],"key_data":null}`, "digest"},
		{"sec_dns", `{"max_sig_life":null,"ds_data":[{"key_tag":"1","algorithm":13,"digest_type":2,"digest":"AB"}],"key_data":null}`, "key_tag"},
		{"name_servers", `[{}]`, "without a name"},
		{"statuses", `null`, "without statuses"},
		{"rgp_state", `7`, "rgp_state"},
	} {
		t.Run(tt.field+" "+tt.words, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
			for _, name := range []string{odd, "two." + odd} {
				s.AddDomain(glaucatest.Domain{Name: name})
				fault(s, glaucatest.ListDomains, glaucatest.Odd(name, tt.field, tt.value))
				fault(s, glaucatest.GetDomain, glaucatest.Odd(name, tt.field, tt.value))
			}
			fetch(t, p)
			_, err := p.FetchResource(t.Context(), providers.Resource{Kind: providers.Delegation, Name: zonefile.MustParseName(odd + ".")})
			wants(t, err, errNoKind, odd, tt.words)
			_, err = p.Resources(t.Context(), example)
			wants(t, err, errNoKind, "list domains", odd, "two."+odd, tt.words)
		})
	}
}
