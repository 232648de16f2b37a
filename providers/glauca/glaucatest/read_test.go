package glaucatest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
)

// All fields of a domain, as https://docs.glauca.digital/domains/api/objects/domains/ has them.
func TestDomain(t *testing.T) {
	s, c := start(t, glaucatest.Options{URL: "https://domains.example"})
	s.AddHost(s.Account, "ns.example.com", "192.0.2.53")
	s.Change("example.com", func(d *glaucatest.Domain) {
		d.Tech = d.Registrant
		d.NameServers = append(glaucatest.Hosts("ns1.example.net"), glaucatest.NameServer{HostName: "ns.example.com", Addresses: []string{"192.0.2.53"}})
		d.Statuses, d.RGP = []string{"client_transfer_prohibited"}, []string{"add_grace_period"}
		key := glaucatest.Key{Flags: 257, Protocol: 3, Algorithm: 13, PublicKey: "bWFnaWM="}
		d.SecDNS = &glaucatest.SecDNS{MaxSigLife: 8*24*time.Hour + time.Minute, DS: []glaucatest.DS{{6687, 13, 2, digest, &key}}, Keys: []glaucatest.Key{key}}
		d.Expiry = time.Date(2027, 8, 23, 21, 59, 59, 0, time.UTC)
		d.LastUpdated = time.Date(2026, 8, 23, 21, 59, 59, 1500, time.FixedZone("", 3600))
	})
	var got map[string]any
	if err := json.Unmarshal([]byte(c.read().text), &got); err != nil {
		t.Fatal(err)
	}
	key := map[string]any{"flags": 257.0, "protocol": 3.0, "algorithm": 13.0, "public_key": "bWFnaWM="}
	const api = "https://domains.example/api/"
	want := map[string]any{
		"url": api + "domains/domain_1/", "id": "domain_1", "domain": "example.com",
		"statuses": []any{"client_transfer_prohibited"}, "rgp_state": []any{"add_grace_period"}, "deleted": false,
		"registrant": s.Contact, "registrant_url": api + "contacts/contact_1/",
		"admin_contact": nil, "admin_contact_url": nil, "billing_contact": nil, "billing_contact_url": nil,
		"tech_contact": s.Contact, "tech_contact_url": api + "contacts/contact_1/",
		"name_servers": []any{
			map[string]any{"host_object": "ns1.example.net", "host_name": nil, "addresses": nil},
			map[string]any{"host_object": nil, "host_name": "ns.example.com", "addresses": []any{"192.0.2.53"}},
		},
		"hosts":     []any{map[string]any{"host_object": "name_server_1", "host_object_url": api + "name_servers/name_server_1/"}},
		"auth_info": "secret-code_1",
		"sec_dns": map[string]any{
			"max_sig_life": "8 00:01:00",
			"ds_data":      []any{map[string]any{"key_tag": 6687.0, "algorithm": 13.0, "digest_type": 2.0, "digest": digest, "key_data": key}},
			"key_data":     []any{key},
		},
		"created": nil, "expiry": "2027-08-23T21:59:59Z", "last_updated": "2026-08-23T20:59:59.000001Z", "last_transferred": nil,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// What is not there is null, or an empty list.
func TestEmptyDomain(t *testing.T) {
	s, c := start(t, glaucatest.Options{AuthCode: true})
	s.Change("example.com", func(d *glaucatest.Domain) { d.NameServers, d.SecDNS = nil, &glaucatest.SecDNS{} })
	a := c.read()
	for field, want := range map[string]string{
		"sec_dns": "null", "name_servers": "[]", "hosts": "[]", "rgp_state": "[]", "statuses": `["inactive"]`, "auth_info": "", "auth_code": `"secret-code_1"`,
		"expiry": `"2027-11-20T12:00:00Z"`,
	} {
		if got := a.at(field); got != want {
			t.Errorf("%s is %s, want %s", field, got, want)
		}
	}
}

// A registry has its own spelling, and its own order.
func TestSpelling(t *testing.T) {
	_, c := start(t, glaucatest.Options{
		SpellHost:   func(name string) string { return strings.ToUpper(name) + "." },
		SpellDigest: func(digest string) string { return strings.ToLower(digest[:8]) + " " + digest[8:] },
		Reversed:    true,
	})
	written := c.patch(200, anyDS)
	if got := written.at("sec_dns", "ds_data", 0, "digest"); got != `"`+digest+`"` {
		t.Errorf("the answer to the update has the digest %s", got)
	}
	a := c.read()
	if got := a.at("name_servers", 0, "host_object"); got != `"NS2.EXAMPLE.NET."` {
		t.Errorf("the first name server is %s", got)
	}
	if got, want := a.at("sec_dns", "ds_data", 0, "digest"), `"`+strings.ToLower(digest[:8])+" "+digest[8:]+`"`; got != want {
		t.Errorf("the digest is %s, want %s", got, want)
	}
}

// names returns the domains of a page or an array, and the address of the next page.
func names(t *testing.T, a answer) (all []string, next string) {
	t.Helper()
	var page struct {
		Next    string
		Results []struct{ Domain string }
	}
	err := json.Unmarshal([]byte(a.text), &page.Results)
	if err != nil {
		err = json.Unmarshal([]byte(a.text), &page)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range page.Results {
		all = append(all, d.Domain)
	}
	return all, page.Next
}

func TestList(t *testing.T) {
	for _, paginated := range []bool{false, true} {
		s, c := start(t, glaucatest.Options{Paginated: paginated})
		want := []string{"example.com"}
		for i := range 30 {
			want = append(want, fmt.Sprintf("d%d.example", i))
			s.AddDomain(glaucatest.Domain{Name: want[i+1]})
		}
		s.AddDomain(glaucatest.Domain{Name: "other.example", Account: "other"})
		a := c.want(200, "GET", domains, "")
		got, next := names(t, a)
		if !paginated {
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			continue
		}
		if !slices.Equal(got, want[:25]) || next != c.url+domains+"?limit=25&offset=25" || a.at("count") != "31" || a.at("previous") != "null" {
			t.Errorf("first page: %q, next %q, count %s", got, next, a.at("count"))
		}
		a = c.want(200, "GET", strings.TrimPrefix(next, c.url), "")
		got, _ = names(t, a)
		if !slices.Equal(got, want[25:]) || a.at("next") != "null" || a.at("previous") != `"`+c.url+domains+`?limit=25"` {
			t.Errorf("second page: %s", a.text)
		}
		if got := c.want(200, "GET", domains+"?limit=6&offset=25", "").at("next"); got != "null" {
			t.Errorf("behind the end there is %s", got)
		}
		for query, count := range map[string]int{"?limit=100": 31, "?limit=0": 25, "?limit=-1": 25, "?limit=x&offset=x": 25, "?offset=99": 0, "?limit=2&offset=30": 1} {
			if got, _ := names(t, c.want(200, "GET", domains+query, "")); len(got) != count {
				t.Errorf("%s: %d domains, want %d", query, len(got), count)
			}
		}
	}
}

// The server asks the registry for another object than the domain: the list works, and so does an update.
func TestFailRetrieve(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	for _, status := range []int{404, 500} {
		s.FailRetrieve("example.com", status)
		if a := c.want(status, "GET", first, ""); a.at("detail") == "" {
			t.Errorf("body %s", a.text)
		}
		if got, _ := names(t, c.want(200, "GET", domains, "")); len(got) != 1 {
			t.Errorf("the list has %q", got)
		}
		c.patch(200, "{}")
	}
	s.FailRetrieve("example.com", 0)
	c.read()
}

// One domain of which the registry says nothing takes the list with it.
func TestFailRegistry(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	s.AddDomain(glaucatest.Domain{Name: "example.org"})
	s.FailRegistry("example.org", "Command failed")
	for _, call := range []string{"GET " + domains, "GET " + domains + "domain_2/", "PATCH " + domains + "domain_2/"} {
		method, path, _ := strings.Cut(call, " ")
		if got := c.want(500, method, path, "").text; got != `{"detail":"Error communicating with regitry: Command failed"}` {
			t.Errorf("%s: %s", call, got)
		}
	}
	c.read()
	s.FailRegistry("example.org", "")
	c.want(200, "GET", domains, "")
}
