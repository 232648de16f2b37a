package glauca_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// signed is a domain with DS that are spelled as nobody else would.
func signed() glaucatest.Domain {
	return glaucatest.Domain{
		NameServers: glaucatest.Hosts("NS1.Example.Net", "ns2.example.net"),
		SecDNS: &glaucatest.SecDNS{MaxSigLife: 7 * 24 * time.Hour, DS: []glaucatest.DS{
			{KeyTag: 1, Algorithm: 15, DigestType: 2, Digest: spaced(digestA), Key: &glaucatest.Key{Flags: 257, Protocol: 3, Algorithm: 15, PublicKey: keyA}},
		}},
	}
}

// What is sent is all of a list, with what stays as it was read, and nothing of what is not to be written.
func TestPatches(t *testing.T) {
	dsA, dsB := "1 15 2 "+digestA, "2 15 2 "+digestB
	host := func(name string) string { return `{"host_object":"` + name + `","host_name":null,"addresses":null}` }
	const key = `{"flags":257,"protocol":3,"algorithm":15,"public_key":"` + keyA + `"}`
	itemA := `{"key_tag":1,"algorithm":15,"digest_type":2,"digest":"` + spaced(digestA) + `","key_data":` + key + `}`
	itemB := `{"key_tag":2,"algorithm":15,"digest_type":2,"digest":"` + strings.ToUpper(digestB) + `","key_data":null}`
	sec := func(life, ds, keys string) string {
		return `{"sec_dns":{"max_sig_life":` + life + `,"ds_data":` + ds + `,"key_data":` + keys + `}}`
	}
	const week = `"7 00:00:00"`
	attributes := glaucatest.Domain{NameServers: []glaucatest.NameServer{{HostName: "ns1.example.net", Addresses: []string{"192.0.2.1", "2001:db8::1"}}}}
	for _, tt := range []struct {
		name   string
		opts   glaucatest.Options
		domain glaucatest.Domain
		fields map[string]string
		want   []string
	}{
		{"nothing", glaucatest.Options{}, signed(), map[string]string{}, nil},
		{"what is so already", glaucatest.Options{}, signed(), map[string]string{"name_servers": "ns1.example.net., ns2.example.net.", "ds": dsA, "transfer_lock": "false"}, nil},
		{
			"name servers",
			glaucatest.Options{},
			signed(),
			map[string]string{"name_servers": "ns3.example.net., ns1.example.net."},
			[]string{`{"name_servers":[` + host("NS1.Example.Net") + `,` + host("ns3.example.net") + `]}`},
		},
		{
			"the first name servers",
			glaucatest.Options{},
			glaucatest.Domain{NameServers: []glaucatest.NameServer{}},
			map[string]string{"name_servers": "ns3.example.net."},
			[]string{`{"name_servers":[` + host("ns3.example.net") + `]}`},
		},
		{
			"name servers with addresses",
			glaucatest.Options{HostAttributes: true},
			attributes,
			map[string]string{"name_servers": "ns1.example.net., ns2.example.net."},
			[]string{`{"name_servers":[{"host_object":null,"host_name":"ns1.example.net","addresses":["192.0.2.1","2001:db8::1"]},{"host_object":null,"host_name":"ns2.example.net","addresses":[]}]}`},
		},
		{"one more DS", glaucatest.Options{}, signed(), map[string]string{"ds": dsA + ", " + dsB}, []string{sec(week, "["+itemA+","+itemB+"]", "null")}},
		{"another DS", glaucatest.Options{}, signed(), map[string]string{"ds": dsB}, []string{sec(week, "["+itemB+"]", "null")}},
		{"no DS", glaucatest.Options{}, signed(), map[string]string{"ds": ""}, []string{`{"sec_dns":null}`}},
		{"the first DS", glaucatest.Options{}, glaucatest.Domain{}, map[string]string{"ds": dsB}, []string{sec("null", "["+itemB+"]", "null")}},
		{"the first key", glaucatest.Options{}, glaucatest.Domain{}, map[string]string{"key_data": "257 3 15 " + keyA}, []string{sec("null", "null", "["+key+"]")}},
		{"a key in the place of DS", glaucatest.Options{}, signed(), map[string]string{"key_data": "257 3 15 " + keyA, "ds": ""}, []string{sec(week, "null", "["+key+"]")}},
		{
			"name servers and DS",
			glaucatest.Options{RefuseBoth: true},
			signed(),
			map[string]string{"name_servers": "ns3.example.net.", "ds": dsB},
			[]string{`{"name_servers":[` + host("ns3.example.net") + `]}`, sec(week, "["+itemB+"]", "null")},
		},
		{
			"name servers without DS",
			glaucatest.Options{RefuseBoth: true},
			signed(),
			map[string]string{"name_servers": "ns3.example.net.", "ds": ""},
			[]string{`{"sec_dns":null}`, `{"name_servers":[` + host("ns3.example.net") + `]}`},
		},
		{
			"contacts and lock",
			glaucatest.Options{},
			glaucatest.Domain{Tech: "contact_1", Billing: "contact_1"},
			map[string]string{"registrant": "contact_b", "admin": "contact_b", "tech": "", "billing": "contact_1", "transfer_lock": "true"},
			[]string{`{"admin_contact":"contact_b","block_transfer":true,"registrant":"contact_b","tech_contact":null}`},
		},
		{"no lock", glaucatest.Options{}, glaucatest.Domain{Statuses: []string{"client_transfer_prohibited"}}, map[string]string{"transfer_lock": "false"}, []string{`{"block_transfer":false}`}},
		{
			"all",
			glaucatest.Options{RefuseBoth: true},
			signed(),
			map[string]string{"transfer_lock": "true", "name_servers": "ns3.example.net.", "ds": dsB},
			[]string{`{"block_transfer":true}`, `{"name_servers":[` + host("ns3.example.net") + `]}`, sec(week, "["+itemB+"]", "null")},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, tt.opts, tt.domain)
			s.AddContact(glaucatest.Contact{ID: "contact_b"})
			if err := change(t, p, tt.fields); err != nil {
				t.Fatal(err)
			}
			diff(t, "bodies", tt.want, bodies(s))
			got := fetch(t, p)
			for field, want := range tt.fields {
				if got.Fields[field] != want && field != "name_servers" {
					t.Errorf("%s is %q, want %q", field, got.Fields[field], want)
				}
			}
			diff(t, "name servers in the parent zone", len(providers.SplitSet(got.Fields["name_servers"])), len(s.NS(domainName)))
		})
	}
}

// What cannot be sent without a loss is not sent at all.
func TestRefusedBefore(t *testing.T) {
	keyed := glaucatest.Domain{SecDNS: &glaucatest.SecDNS{Keys: []glaucatest.Key{{Flags: 257, Protocol: 3, Algorithm: 15, PublicKey: keyA}}}}
	for _, tt := range []struct {
		name   string
		domain glaucatest.Domain
		fields map[string]string
		words  string
	}{
		{"DS where there are keys", keyed, map[string]string{"ds": "1 15 2 " + digestA}, "either ds or key_data"},
		{"keys where there are DS", signed(), map[string]string{"key_data": "257 3 15 " + keyA}, "either ds or key_data"},
		{"DS where there are keys, behind something else", keyed, map[string]string{"ds": "1 15 2 " + digestA, "transfer_lock": "true"}, "either ds or key_data"},
		{"no name servers", signed(), map[string]string{"name_servers": ""}, "off the net"},
		{"unknown field", signed(), map[string]string{"auth_info": "x"}, "auth_info"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, tt.domain)
			wants(t, change(t, p, tt.fields), providers.ErrInvalid, tt.words)
			diff(t, "PATCHes", []string(nil), bodies(s))
		})
	}
	t.Run("a field without a value", func(t *testing.T) {
		_, p := with(t, glaucatest.Options{}, signed())
		wants(t, p.UpdateResource(t.Context(), fetch(t, p), example, []string{"ds"}), providers.ErrInvalid, "no value for ds")
	})
}

// An answer of 200 says nothing of what the registry has done.
func TestNotCarriedOut(t *testing.T) {
	servers := map[string]string{"name_servers": "ns3.example.net., ns4.example.net."}
	for _, tt := range []struct {
		name   string
		opts   glaucatest.Options
		fields map[string]string
		words  string
	}{
		{"pending", glaucatest.Options{UpdateTime: -1}, servers, "has not carried it out yet"},
		{"no lock at this registry", glaucatest.Options{NoTransferLock: true}, map[string]string{"transfer_lock": "true"}, `transfer_lock is "false", and not "true"`},
		{"no change of the registrant at this registry", glaucatest.Options{FixedRegistrant: true}, map[string]string{"registrant": "contact_b"}, `registrant is "contact_1"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, tt.opts, glaucatest.Domain{})
			s.AddContact(glaucatest.Contact{ID: "contact_b"})
			before := fetch(t, p)
			wants(t, changeFrom(t, p, before, tt.fields), providers.ErrPartial, tt.words)
			diff(t, "fields", before.Fields, fetch(t, p).Fields)
		})
	}
}

// While an update is pending nothing else is sent, and when it is done the rest can be.
func TestPending(t *testing.T) {
	s, p := with(t, glaucatest.Options{UpdateTime: -1}, signed())
	wanted := map[string]string{"name_servers": "ns3.example.net., ns4.example.net.", "ds": "2 15 2 " + digestB}
	before := fetch(t, p)
	wants(t, changeFrom(t, p, before, wanted), providers.ErrPartial, "name_servers")
	diff(t, "PATCHes", 1, len(bodies(s)))
	got := fetch(t, p)
	diff(t, "fields", before.Fields, got.Fields)
	diff(t, "state", "pending_update", got.Status.State)
	wants(t, changeFrom(t, p, got, wanted), providers.ErrBlocked, "pending_update")
	s.EndUpdate(domainName)
	wants(t, changeFrom(t, p, got, wanted), providers.ErrConflict)
	wants(t, change(t, p, wanted), providers.ErrPartial, "ds")
	s.EndUpdate(domainName)
	if err := change(t, p, wanted); err != nil {
		t.Error(err)
	}
	diff(t, "PATCHes", 2, len(bodies(s)))
}

// A domain that comes back under another name is not written.
func TestAnotherName(t *testing.T) {
	s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
	base := fetch(t, p)
	fault(s, glaucatest.GetDomain, glaucatest.Lie("domain_1", "other.example"))
	wants(t, changeFrom(t, p, base, map[string]string{"transfer_lock": "true"}), errBusy, "other.example")
	diff(t, "PATCHes", []string(nil), bodies(s))
}

// Who gives up while what was written is looked at hears of both.
func TestGivenUpAfterwards(t *testing.T) {
	s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
	base := fetch(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	s.Faults.Add(httpfault.Rule{Pattern: glaucatest.GetDomain, Every: 2, Fault: httpfault.Call(func(*http.Request) { cancel() })})
	err := p.UpdateResource(ctx, base, example.With(map[string]string{"transfer_lock": "true"}), []string{"transfer_lock"})
	wants(t, err, providers.ErrPartial)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want one that wraps %v", err, context.Canceled)
	}
}

// An update of which a part is written says so, whatever the rest fails with.
func TestWrittenInPart(t *testing.T) {
	for _, tt := range []struct {
		name  string
		nth   string // which request fails
		fault httpfault.Fault
		words string
	}{
		{"the second PATCH", glaucatest.PatchDomain, glaucatest.Throttled(time.Minute), "name_servers is written, and ds is not"},
		{"the second PATCH for good", glaucatest.PatchDomain, glaucatest.Detail(http.StatusForbidden, "no"), "name_servers is written, and ds is not"},
		{"looking at it", glaucatest.GetDomain, glaucatest.Throttled(time.Minute), "nobody knows what came of it"},
		{"looking at it, and it is gone", glaucatest.GetDomain, glaucatest.About("domain_2"), "nobody knows what came of it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, signed())
			s.AddDomain(glaucatest.Domain{Name: "other.example"})
			base := fetch(t, p)
			s.Faults.Add(httpfault.Rule{Pattern: tt.nth, Every: 2, Fault: tt.fault})
			err := changeFrom(t, p, base, map[string]string{"name_servers": "ns3.example.net., ns4.example.net.", "ds": "2 15 2 " + digestB})
			wants(t, err, providers.ErrPartial, tt.words)
			if _, busy := errors.AsType[*providers.BusyError](err); busy {
				t.Errorf("it would be made again: %v", err)
			}
			diff(t, "name servers", fmt.Sprint([]string{"ns3.example.net", "ns4.example.net"}), fmt.Sprint(s.NS(domainName)))
		})
	}
}

// Contacts that the published server lets nobody change are refused in words that say what to do.
func TestContactsRefused(t *testing.T) {
	s, p := with(t, glaucatest.Options{RefuseContacts: true}, glaucatest.Domain{})
	s.AddContact(glaucatest.Contact{ID: "contact_b"})
	err := change(t, p, map[string]string{"admin": "contact_b", "tech": "contact_b"})
	wants(t, err, providers.ErrAuth, "change admin, tech by its API", "control panel")
	if err := change(t, p, map[string]string{"registrant": "contact_b"}); err != nil {
		t.Errorf("the registrant can be changed: %v", err)
	}
}
