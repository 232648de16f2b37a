package scaidnstest

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// signing is how a zone is signed. The keys are PowerDNS's. The zero signing is not at all.
type signing struct {
	status    string // pending_ds, active, rotating_ksk, rotating_zsk; empty for disabled
	algorithm int
	made      map[string]time.Time // when each key was, by the RDATA of its DNSKEY
	overlap   time.Time            // end of the time in which the ZSK before is still published
}

func (d signing) enabled() bool { return d.status != "" }

// The times of keys, https://www.scailabs.ai/en/docs/scaidns/concepts/dnssec.
const (
	kskTime     = 365 * 24 * time.Hour
	zskTime     = 30 * 24 * time.Hour
	overlapTime = 7 * 24 * time.Hour
)

// dnssecJSON is the state of a zone's signing, https://www.scailabs.ai/en/docs/scaidns/reference/dnssec.
type dnssecJSON struct {
	Enabled   bool      `json:"enabled"`
	Status    string    `json:"status"`
	Algorithm *int      `json:"algorithm"`
	KSK       []keyJSON `json:"ksk"`
	ZSK       []keyJSON `json:"zsk"`
	DS        []dsJSON  `json:"ds_records"`
}

type keyJSON struct {
	Tag       int    `json:"key_tag"`
	Algorithm int    `json:"algorithm"`
	PublicKey string `json:"public_key"`
	Type      string `json:"key_type"`
	Created   string `json:"created_at"`
	Expires   string `json:"expires_at"`
	Active    bool   `json:"active"`
}

type dsJSON struct {
	Tag        int    `json:"key_tag"`
	Algorithm  int    `json:"algorithm"`
	DigestType int    `json:"digest_type"`
	Digest     string `json:"digest"`
}

// dnssecDone is the answer to what changes the signing of a zone.
type dnssecDone struct {
	ZoneID  string   `json:"domain_id"`
	Action  string   `json:"action"`
	Message string   `json:"message"`
	DS      []dsJSON `json:"ds_records"`
}

func (s *Server) readDNSSEC(c *call) (reply, error) {
	z, err := s.zoneOf(c)
	if err != nil {
		return reply{}, err
	}
	if s.opts.UnsignedNotFound && !z.dnssec.enabled() {
		return reply{}, refuse(http.StatusNotFound, "DNSSEC is not enabled")
	}
	state, err := s.dnssec(c.ctx, z)
	if err != nil {
		return reply{}, err
	}
	return success(state)
}

// dnssec returns the state of a zone's signing, having ended a rotation of the ZSK whose time is over.
func (s *Server) dnssec(ctx context.Context, z *zone) (dnssecJSON, error) {
	out := dnssecJSON{Status: "disabled", KSK: []keyJSON{}, ZSK: []keyJSON{}, DS: []dsJSON{}}
	if !z.dnssec.enabled() || z.store == nil {
		return out, nil
	}
	if z.dnssec.status == "rotating_zsk" && !s.opts.Now().Before(z.dnssec.overlap) {
		if err := s.dropInactive(ctx, z, "zsk"); err != nil {
			return out, err
		}
		z.dnssec.status = "active"
	}
	out.Enabled, out.Status, out.Algorithm = true, z.dnssec.status, &z.dnssec.algorithm
	keys, err := z.store.keys(ctx, z.name)
	if err != nil {
		return out, err
	}
	for _, k := range keys {
		if k.Type == "zsk" {
			out.ZSK = append(out.ZSK, z.keyJSON(k, zskTime))
			continue
		}
		out.KSK = append(out.KSK, z.keyJSON(k, kskTime))
		out.DS = append(out.DS, dsOf(k)...)
	}
	return out, nil
}

func (z *zone) keyJSON(k pdnsKey, valid time.Duration) keyJSON {
	created := z.dnssec.made[k.DNSKEY]
	f := append(strings.Fields(k.DNSKEY), make([]string, 4)...) // flags, protocol, algorithm, key
	return keyJSON{keyTag(k.DNSKEY), atoi(f[2]), f[3], strings.ToUpper(k.Type), stamp(created), stamp(created.Add(valid)), k.Active}
}

// dsOf returns the DS record of a key with SHA-256 (RFC 4509).
func dsOf(k pdnsKey) []dsJSON {
	var out []dsJSON
	for _, ds := range k.DS {
		if f := strings.Fields(ds); len(f) == 4 && f[2] == "2" {
			out = append(out, dsJSON{atoi(f[0]), atoi(f[1]), atoi(f[2]), strings.ToUpper(f[3])})
		}
	}
	return out
}

// keyTag returns the key tag of the RDATA of a DNSKEY (RFC 4034 appendix B).
func keyTag(rdata string) int {
	f := append(strings.Fields(rdata), make([]string, 4)...)
	wire := binary.BigEndian.AppendUint16(nil, uint16(atoi(f[0])))
	wire = append(wire, byte(atoi(f[1])), byte(atoi(f[2])))
	public, _ := base64.StdEncoding.DecodeString(f[3]) // PowerDNS's own text
	sum := 0
	for i, octet := range append(wire, public...) {
		if i%2 == 0 {
			sum += int(octet) << 8
		} else {
			sum += int(octet)
		}
	}
	return (sum + sum>>16) & 0xffff
}

func atoi(text string) int {
	n, _ := strconv.Atoi(text) // 0 where PowerDNS has none
	return n
}
