package glauca_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/zonefile"
)

func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts glaucatest.Options
	}{
		{"as published", glaucatest.Options{}},
		{"in pages, spelled otherwise", glaucatest.Options{
			Paginated: true, AuthCode: true, Reversed: true, SpellDigest: spaced,
			SpellHost: func(host string) string { return strings.ToUpper(host) + "." },
		}},
		{"name servers with addresses", glaucatest.Options{HostAttributes: true, Unauthorized: true, RefuseBoth: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			providertest.RunResources(t, func(t *testing.T) providertest.ResourceFixture { return fixture(t, tt.opts) })
		})
	}
}

// spaced writes a digest as RFC 4034 §5.4 has it.
func spaced(digest string) string { return strings.ToLower(digest[:8]) + " " + digest[8:] }

// fixture returns all that the suite can be given.
func fixture(t *testing.T, opts glaucatest.Options) providertest.ResourceFixture {
	s, p := start(t, opts)
	if opts.Paginated {
		for i := range 30 { // so that there are two pages
			s.AddDomain(glaucatest.Domain{Name: fmt.Sprintf("other-%d.example", i)})
		}
	}
	for _, id := range []string{"contact_a", "contact_b"} {
		s.AddContact(glaucatest.Contact{ID: id, Description: id})
	}
	delegation := func(name string, fields ...string) providers.Resource {
		r := providers.Resource{Kind: providers.Delegation, Name: zonefile.MustParseName(name), Fields: map[string]string{}}
		for _, field := range fields {
			key, value, _ := strings.Cut(field, "=")
			r.Fields[key] = value
		}
		return r
	}
	keys := func(keys ...string) string {
		for i := range keys {
			keys[i] = "257 3 15 " + keys[i]
		}
		return providers.JoinSet(keys)
	}
	const name, other = "example.com.", "xn--bcher-kva.example."
	return providertest.ResourceFixture{
		Provider: p,
		Cases: []providertest.ResourceCase{
			{
				Resource: delegation(name,
					"name_servers=NS2.example.net, ns1.example.net.", "ds=1 13 2 "+strings.ToUpper(digestA), "transfer_lock=false",
					"registrant=contact_a", "admin=contact_a", "billing=contact_a", "tech=contact_a"),
				Updates: []providers.Resource{
					delegation(name, "name_servers=ns1.example.net., ns3.example.net.", "ds=", "transfer_lock=true", "admin=", "tech=contact_b"),
					delegation(name, "ds=1 13 2 "+digestA+", 2 ECDSAP256SHA256 SHA-256 "+digestB, "registrant=contact_b", "billing=contact_b"),
					delegation(name, "name_servers=ns4.example.net., ns5.example.net.", "ds=2 13 2 "+digestB, "admin=contact_b"),
				},
			},
			{
				Resource: delegation(other, "name_servers=ns1.example.net.", "key_data="+keys(keyA)),
				Updates: []providers.Resource{
					delegation(other, "key_data="+keys(keyB, keyA)),
					delegation(other, "key_data="),
				},
			},
		},
		Bad: map[string]providers.Resource{
			"wildcard":          delegation("*.example.com."),
			"underscore":        delegation("_dmarc.example.com."),
			"top-level":         delegation("com."),
			"name server":       delegation(name, "name_servers=ns_1.example.net."),
			"single label":      delegation(name, "name_servers=ns1"),
			"digest too short":  delegation(name, "ds=1 13 2 abab"),
			"no DS":             delegation(name, "ds=none"),
			"no key":            delegation(name, "key_data=257 3 15"),
			"key too long":      delegation(name, "key_data="+longKey),
			"DS and key":        delegation(name, "ds=1 13 2 "+digestA, "key_data="+keys(keyA)),
			"lock":              delegation(name, "transfer_lock=yes"),
			"no registrant":     delegation(name, "registrant="),
			"contact":           delegation(name, "tech=two words"),
			"unknown field":     delegation(name, "colour=red"),
			"authorization":     delegation(name, "auth_info=secret"),
			"secrets it cannot": {Kind: providers.Delegation, Name: zonefile.MustParseName(name), Secrets: map[string]providers.Secret{"x": {}}},
		},
		CreatesNone: true,
		Begin: func(t testing.TB, r providers.Resource) {
			d := glaucatest.Domain{Name: unrooted(r.Name)}
			give(t, &d, r.Fields, opts)
			s.AddDomain(d)
		},
		Edit: func(t testing.TB, r providers.Resource) {
			s.Change(unrooted(r.Name), func(d *glaucatest.Domain) { give(t, d, r.Fields, opts) })
		},
		End: func(_ testing.TB, r providers.Resource) { s.Remove(unrooted(r.Name)) },
		Block: func(_ testing.TB, r providers.Resource) func(testing.TB) {
			s.Redeem(unrooted(r.Name))
			return func(testing.TB) { s.Restore(unrooted(r.Name)) }
		},
		Faults: providertest.HTTPFaults(s.Faults, glaucatest.GetDomain),
		Secret: []string{"secret-token", "secret-code"},
	}
}

func unrooted(name zonefile.Name) string { return strings.TrimSuffix(name.String(), ".") }

// give gives a domain of a fake the values of fields, as somebody would in the control panel.
func give(t testing.TB, d *glaucatest.Domain, fields map[string]string, opts glaucatest.Options) {
	t.Helper()
	for field, value := range fields {
		set := providers.SplitSet(value)
		switch field {
		case "name_servers":
			d.NameServers = nil
			for _, host := range set {
				host = strings.TrimSuffix(host, ".")
				if opts.HostAttributes {
					d.NameServers = append(d.NameServers, glaucatest.NameServer{HostName: host, Addresses: []string{"192.0.2.1"}})
				} else {
					d.NameServers = append(d.NameServers, glaucatest.NameServer{HostObject: host})
				}
			}
		case "ds":
			d.SecDNS = secDNS(t, set, nil)
		case "key_data":
			d.SecDNS = secDNS(t, nil, set)
		case "transfer_lock":
			d.Statuses = slices.DeleteFunc(d.Statuses, func(status string) bool { return status == "client_transfer_prohibited" })
			if value == "true" {
				d.Statuses = append(d.Statuses, "client_transfer_prohibited")
			}
		case "registrant":
			d.Registrant = value
		case "admin":
			d.Admin = value
		case "billing":
			d.Billing = value
		case "tech":
			d.Tech = value
		}
	}
}

// secDNS returns DNSSEC data of their RDATA.
func secDNS(t testing.TB, ds, keys []string) *glaucatest.SecDNS {
	t.Helper()
	var data glaucatest.SecDNS
	for _, text := range ds {
		var one glaucatest.DS
		if _, err := fmt.Sscanf(text, "%d %d %d %s", &one.KeyTag, &one.Algorithm, &one.DigestType, &one.Digest); err != nil {
			t.Fatal(err)
		}
		digest, err := hex.DecodeString(one.Digest)
		if err != nil {
			t.Fatal(err)
		}
		one.Digest = fmt.Sprintf("%X", digest)
		data.DS = append(data.DS, one)
	}
	for _, text := range keys {
		var one glaucatest.Key
		if _, err := fmt.Sscanf(text, "%d %d %d %s", &one.Flags, &one.Protocol, &one.Algorithm, &one.PublicKey); err != nil {
			t.Fatal(err)
		}
		data.Keys = append(data.Keys, one)
	}
	return &data
}

// A token of the other kind does as well.
func TestAccessToken(t *testing.T) {
	s, _ := with(t, glaucatest.Options{}, glaucatest.Domain{})
	p := open(t, s, glauca.Options{AccessToken: always(s.AddToken(glaucatest.Token{Bearer: true}))})
	if got := fetch(t, p); got.Name != example.Name {
		t.Errorf("got %v", got)
	}
}
