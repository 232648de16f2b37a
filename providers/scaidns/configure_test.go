package scaidns_test

import (
	"bytes"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Signing is turned on and off only in the order in which the domain stays on the air.
func TestSigningInOrder(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	configure := func(properties map[string]string) error { return h.p.Configure(t.Context(), h.fetch(t), properties) }
	for _, step := range []struct {
		name       string
		properties map[string]string
		kind       error // of the error, nil for none
		text       string
		dnssec, ds string // afterwards
	}{
		{"DS before there is one", map[string]string{"ds": "published"}, providers.ErrBlocked, "no DS yet", "off", "unpublished"},
		{"both at once", map[string]string{"dnssec": "ED25519", "ds": "published"}, providers.ErrBlocked, "no DS yet", "off", "unpublished"},
		{"on", map[string]string{"dnssec": "ED25519", "ds": "unpublished"}, nil, "", "ED25519", "unpublished"},
		{"another algorithm", map[string]string{"dnssec": "ECDSAP256SHA256"}, providers.ErrBlocked, "ED25519", "ED25519", "unpublished"},
		{"off before it is published", map[string]string{"dnssec": "off"}, nil, "", "off", "unpublished"},
		{"on again", map[string]string{"dnssec": "ECDSAP256SHA256"}, nil, "", "ECDSAP256SHA256", "unpublished"},
		{"published", map[string]string{"ds": "published"}, nil, "", "ECDSAP256SHA256", "published"},
		{"no more", map[string]string{"ds": "unpublished"}, providers.ErrUnsupported, "leave ds out", "ECDSAP256SHA256", "published"},
		{"off alone", map[string]string{"dnssec": "off"}, providers.ErrBlocked, "declare ds: unpublished", "ECDSAP256SHA256", "published"},
		{"off", map[string]string{"dnssec": "off", "ds": "unpublished"}, nil, "", "off", "unpublished"},
	} {
		t.Run(step.name, func(t *testing.T) {
			if err := configure(step.properties); step.kind != nil {
				wants(t, err, step.kind, step.text)
			} else if err != nil {
				t.Fatal(err)
			}
			after := h.fetch(t).Properties
			diff(t, "properties", []string{step.dnssec, step.ds}, []string{after["dnssec"], after["ds"]})
		})
	}
}

// What is not read back as it was set is said.
func TestConfiguredInPart(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	base := h.fetch(t)
	rule := h.Faults.Add(httpfault.Rule{Pattern: "PATCH /", Fault: httpfault.Alter(func(body []byte) []byte {
		return bytes.Replace(body, []byte(`"b":1`), []byte(`"b":1,"kept":true`), 1)
	})})
	err := h.p.Configure(t.Context(), base, map[string]string{"settings": `{"b":1}`})
	wants(t, err, providers.ErrPartial, `"{\"b\":1,\"kept\":true}"`)
	rule.Lift()

	base = h.fetch(t)
	h.Faults.Add(httpfault.Rule{Pattern: "POST /", Fault: answer(403, `{"detail":"Permission denied: dnssec:enable"}`)})
	err = h.p.Configure(t.Context(), base, map[string]string{"description": "new", "dnssec": "ED25519"})
	wants(t, err, providers.ErrPartial, "set description", "dnssec:enable")
	err = h.p.Configure(t.Context(), h.fetch(t), map[string]string{"dnssec": "ED25519"})
	wants(t, err, providers.ErrAuth, "dnssec:enable")
}

// While a key is rotated the DS is what was confirmed before: what git says of the old one does not confirm the new.
func TestRotation(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	for _, properties := range []map[string]string{{"dnssec": "ED25519"}, {"ds": "published"}} {
		if err := h.p.Configure(t.Context(), h.fetch(t), properties); err != nil {
			t.Fatal(err)
		}
	}
	call(t, h, "POST", "/api/v1/domains/"+h.id+"/dnssec/rotate-ksk", nil, nil)
	s, err := h.p.Signing(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "status", "rotating_ksk", s.Status)
	diff(t, "ds", "published", h.fetch(t).Properties["ds"])
}
