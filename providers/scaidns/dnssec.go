package scaidns

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// signing is how a zone is signed, https://www.scailabs.ai/en/docs/scaidns/reference/dnssec. It has nothing that is secret.
type signing struct {
	Enabled   bool   `json:"enabled"`
	Status    string `json:"status"`
	Algorithm *uint8 `json:"algorithm"`
	KSK       []key  `json:"ksk"`
	ZSK       []key  `json:"zsk"`
	DS        []ds   `json:"ds_records"`
}

// key is the public half of a key.
type key struct {
	Tag       uint16 `json:"key_tag"`
	Algorithm uint8  `json:"algorithm"`
	PublicKey string `json:"public_key"`
	Type      string `json:"key_type"`
	Created   string `json:"created_at"`
	Expires   string `json:"expires_at"`
	Active    bool   `json:"active"`
}

// ds is a DS record (RFC 4034 §5).
type ds struct {
	KeyTag     uint16 `json:"key_tag"`
	Algorithm  uint8  `json:"algorithm"`
	DigestType uint8  `json:"digest_type"`
	Digest     string `json:"digest"`
}

// pendingDS is the status of a signed zone whose DS nobody has confirmed. The others are disabled, active, rotating_ksk and rotating_zsk.
const pendingDS = "pending_ds"

// The values of the properties dnssec and ds.
const (
	unsigned    = "off"
	published   = "published"
	unpublished = "unpublished"
)

// algorithms are those that ScaiDNS signs with, by their mnemonics.
func algorithms() map[string]uint8 {
	return map[string]uint8{"RSASHA256": 8, "RSASHA512": 10, "ECDSAP256SHA256": 13, "ECDSAP384SHA384": 14, "ED25519": 15}
}

// algorithmText returns the mnemonic of an algorithm, its number if ScaiDNS signs with none such.
func algorithmText(number uint8) string {
	for text, n := range algorithms() {
		if n == number {
			return text
		}
	}
	return strconv.Itoa(int(number))
}

// signing asks how a zone is signed, if the zone does not say already that it is not.
func (p *Provider) signing(ctx context.Context, d domain) (signing, error) {
	if d.Signed != nil && !*d.Signed {
		return signing{}, nil
	}
	return p.client.signing(ctx, d)
}

// signing returns how a zone is signed. One about which there is nothing is not, unless it says itself that it is.
func (c *client) signing(ctx context.Context, d domain) (signing, error) {
	var s signing
	err := c.get(ctx, d.ID, "/dnssec", &s)
	if refusedWith(err, http.StatusNotFound) && (d.Signed == nil || !*d.Signed) {
		return signing{}, nil
	}
	if err != nil {
		return signing{}, fmt.Errorf("dnssec: %w", err)
	}
	return s, nil
}

// sign has a zone be signed.
func (c *client) sign(ctx context.Context, id string, algorithm uint8) error {
	return c.post(ctx, id, "/dnssec/enable", map[string]uint8{"algorithm": algorithm}, nil)
}

// unsign has a zone not be signed any more.
func (c *client) unsign(ctx context.Context, id string) error {
	return c.post(ctx, id, "/dnssec/disable", nil, nil)
}

// confirm says that the parent zone has the DS of a zone.
func (c *client) confirm(ctx context.Context, id string, all []ds) error {
	return c.post(ctx, id, "/dnssec/confirm-ds-published", map[string][]ds{"ds_records": all}, nil)
}

// algorithm returns the property dnssec.
func (s signing) algorithm() (string, error) {
	if !s.Enabled {
		return unsigned, nil
	}
	if s.Algorithm == nil {
		return "", fmt.Errorf("dnssec: the zone is signed, and ScaiDNS does not say with which algorithm")
	}
	return algorithmText(*s.Algorithm), nil
}

// ds returns the property ds. While keys are rotated it is what was confirmed before: the DS of a new key is nothing that git could confirm by what it said of
// the old one.
func (s signing) ds() string {
	if !s.Enabled || s.Status == pendingDS {
		return unpublished
	}
	return published
}

// Signing implements [providers.Signer] with two requests.
func (p *Provider) Signing(ctx context.Context, origin zonefile.Name) (providers.Signing, error) {
	s, err := p.signingOf(ctx, origin)
	if err != nil {
		return providers.Signing{}, fmt.Errorf("signing of %s: %w", origin, err)
	}
	return s, nil
}

func (p *Provider) signingOf(ctx context.Context, origin zonefile.Name) (providers.Signing, error) {
	d, err := p.writable(ctx, origin)
	if err != nil {
		return providers.Signing{}, err
	}
	s, err := p.client.signing(ctx, d)
	if err != nil || !s.Enabled {
		return providers.Signing{Status: s.Status}, err
	}
	signed := providers.Signing{Signed: true, Status: s.Status}
	if s.Algorithm != nil {
		signed.Algorithm = *s.Algorithm
	}
	signed.DS, err = dsRRset(origin, s.DS)
	return signed, err
}

// dsTTL is the TTL that is proposed for the DS: a day, so that a new key need not be waited for much longer.
const dsTTL = 86400

// dsRRset returns what the parent zone is to have, the zero RRset if that is nothing.
func dsRRset(origin zonefile.Name, all []ds) (zonefile.RRset, error) {
	if len(all) == 0 {
		return zonefile.RRset{}, nil
	}
	texts := make([]string, len(all))
	for i, d := range all {
		texts[i] = fmt.Sprintf("%d %d %d %s", d.KeyTag, d.Algorithm, d.DigestType, d.Digest)
	}
	set, err := zonefile.ParseRRset(zonefile.Key{Name: origin, Type: zonefile.TypeDS}, dsTTL, zonefile.Name{}, texts...)
	if err != nil {
		return zonefile.RRset{}, fmt.Errorf("its DS: %w", err)
	}
	return set, nil
}
