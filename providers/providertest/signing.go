package providertest

import (
	"context"
	"errors"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testSigning checks what the provider says of how the zone is signed, with each value of the fixture's property "dnssec".
func testSigning(t *testing.T, s *subject) {
	signer, ok := providers.As[providers.Signer](s.Provider)
	if !ok {
		t.Log("not tested: the provider is not a Signer")
		return
	}
	t.Run("as it is", func(t *testing.T) { s.checkSigning(t, signer, s.fetch(t)) })
	t.Run("no such zone", func(t *testing.T) {
		_, err := signer.Signing(timeout(t), zonefile.MustParseName("not-served-here.invalid."))
		if !errors.Is(err, providers.ErrNoZone) && (s.NoZone == nil || !errors.Is(err, s.NoZone)) {
			t.Errorf("error %v, want one that wraps ErrNoZone", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := signer.Signing(ctx, s.Origin); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want one that wraps %q", err, context.Canceled)
		}
	})
	configurer, ok := providers.As[providers.ZoneConfigurer](s.Provider)
	if !ok {
		t.Log("not tested: the provider is not a ZoneConfigurer")
		return
	}
	c := &configuration{s, configurer, s.kind(t)}
	for _, p := range s.Properties {
		if p.Name != providers.PropertyDNSSEC {
			continue
		}
		for _, value := range append(p.Values, p.Values[0]) {
			t.Run(value, func(t *testing.T) {
				s.checkSigning(t, signer, c.give(t, s.fetch(t), map[string]string{p.Name: value}))
			})
		}
	}
}

// checkSigning checks that what a provider says of the signing of a zone agrees with itself and with a snapshot.
func (s *subject) checkSigning(t *testing.T, signer providers.Signer, snapshot *providers.Snapshot) {
	t.Helper()
	signing, err := signer.Signing(timeout(t), s.Origin)
	if err != nil {
		t.Fatalf("Signing: %v", err)
	}
	if signing.Signed != (signing.Algorithm != 0) || !signing.Signed && !signing.DS.IsZero() {
		t.Errorf("Signed is %t, the algorithm %d and the DS %q", signing.Signed, signing.Algorithm, signing.DS)
	}
	if property, ok := snapshot.Properties[providers.PropertyDNSSEC]; ok && signing.Signed == (property == "off") {
		t.Errorf("Signed is %t, and the property %s is %q", signing.Signed, providers.PropertyDNSSEC, property)
	}
	if signing.DS.IsZero() {
		return
	}
	if want := (zonefile.Key{Name: s.Origin, Type: zonefile.TypeDS}); signing.DS.Key != want {
		t.Errorf("the DS is at %s, want %s", signing.DS.Key, want)
	}
	for rdata := range signing.DS.RDATA() { // RFC 4034 §5.1: the key tag, and then the algorithm
		if got := rdata[2]; got != signing.Algorithm {
			t.Errorf("a DS has the algorithm %d, and the zone %d", got, signing.Algorithm)
		}
	}
}
