package scaidnstest

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"slices"
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
	state, err := s.dnssec(c.ctx, z)
	if err != nil {
		return reply{}, err
	}
	return ok(state)
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

// signedZone returns the zone of a request, if it is active and is signed or not, as is wanted.
func (s *Server) signedZone(c *call, want bool) (*zone, error) {
	z, err := s.zoneOf(c)
	switch {
	case err != nil:
		return nil, err
	case z.status != Active:
		return nil, errNotActive(z.status)
	case z.typ == Secondary:
		return nil, refuse(http.StatusConflict, "A secondary domain is signed by its primary")
	case z.dnssec.enabled() && !want:
		return nil, refuse(http.StatusConflict, "DNSSEC is already enabled")
	case !z.dnssec.enabled() && want:
		return nil, refuse(http.StatusConflict, "DNSSEC is not enabled")
	}
	return z, nil
}

func (s *Server) enableDNSSEC(c *call) (reply, error) {
	in := struct {
		Algorithm int `json:"algorithm"`
	}{13}
	if len(c.body) > 0 {
		if err := c.decode(&in, []field{{name: "algorithm", kind: integer}}); err != nil {
			return reply{}, err
		}
	}
	if !slices.Contains([]int{8, 10, 13, 14, 15}, in.Algorithm) {
		return reply{}, refuseField("algorithm", "Unknown algorithm: "+strconv.Itoa(in.Algorithm))
	}
	z, err := s.signedZone(c, false)
	if err != nil {
		return reply{}, err
	}
	z.dnssec = signing{algorithm: in.Algorithm, made: map[string]time.Time{}}
	for _, kind := range []string{"ksk", "zsk"} {
		if err := s.addKey(c.ctx, z, kind); err != nil {
			return reply{}, err
		}
	}
	z.dnssec.status = "pending_ds"
	return s.dnssecDone(c, z, "enable", "DNSSEC enabled. Publish the DS records at the registrar.")
}

// addKey has PowerDNS make a key that signs.
func (s *Server) addKey(ctx context.Context, z *zone, kind string) error {
	wanted := generatedKey{Type: kind, Active: true, Published: true, Algorithm: z.dnssec.algorithm}
	if z.dnssec.algorithm <= 10 { // RSA has no size of its own
		wanted.Bits = 2048
	}
	made, err := z.store.addKey(ctx, z.name, wanted)
	z.dnssec.made[made.DNSKEY] = s.opts.Now()
	return err
}

func (s *Server) dnssecDone(c *call, z *zone, action, message string) (reply, error) {
	state, err := s.dnssec(c.ctx, z)
	if err != nil {
		return reply{}, err
	}
	return ok(dnssecDone{z.id, action, message, state.DS})
}

func (s *Server) disableDNSSEC(c *call) (reply, error) {
	z, err := s.signedZone(c, true)
	if err != nil {
		return reply{}, err
	}
	keys, err := z.store.keys(c.ctx, z.name)
	if err != nil {
		return reply{}, err
	}
	for _, k := range keys {
		if err := z.store.removeKey(c.ctx, z.name, k.ID); err != nil {
			return reply{}, err
		}
	}
	z.dnssec = signing{}
	return s.dnssecDone(c, z, "disable", "DNSSEC disabled")
}

func (s *Server) rotateZSK(c *call) (reply, error) { return s.rotate(c, "zsk") }
func (s *Server) rotateKSK(c *call) (reply, error) { return s.rotate(c, "ksk") }

// rotate makes a key in the place of another. The ZSK before is published for a time yet, the KSK before until the DS of the new one is.
func (s *Server) rotate(c *call, kind string) (reply, error) {
	z, err := s.signedZone(c, true)
	if err != nil {
		return reply{}, err
	}
	if z.dnssec.status != "active" {
		return reply{}, refuse(http.StatusConflict, "A rotation needs the status active, it is "+z.dnssec.status)
	}
	keys, err := z.store.keys(c.ctx, z.name)
	if err != nil {
		return reply{}, err
	}
	if err := s.addKey(c.ctx, z, kind); err != nil {
		return reply{}, err
	}
	for _, k := range keys {
		if k.Type != kind || kind == "ksk" { // both KSKs sign, as long as either DS is at the parent
			continue
		}
		if err := z.store.setKey(c.ctx, z.name, k.ID, false); err != nil {
			return reply{}, err
		}
	}
	z.dnssec.status, z.dnssec.overlap = "rotating_"+kind, s.opts.Now().Add(overlapTime)
	return s.dnssecDone(c, z, "rotate_"+kind, "Rotation started")
}

// dropInactive removes the keys of a kind that do not sign.
func (s *Server) dropInactive(ctx context.Context, z *zone, kind string) error {
	keys, err := z.store.keys(ctx, z.name)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.Type == kind && !k.Active {
			if err := z.store.removeKey(ctx, z.name, k.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// confirmDS takes any object, or nothing, because the documentation that can be read does not say what it wants.
func (s *Server) confirmDS(c *call) (reply, error) {
	z, err := s.signedZone(c, true)
	if err != nil {
		return reply{}, err
	}
	switch z.dnssec.status {
	case "pending_ds":
	case "rotating_ksk":
		if err := s.dropOldest(c.ctx, z); err != nil {
			return reply{}, err
		}
	default:
		return reply{}, refuse(http.StatusConflict, "No DS record is waited for")
	}
	z.dnssec.status = "active"
	return s.dnssecDone(c, z, "confirm_ds_published", "DS records confirmed")
}

// dropOldest removes the KSK that was made first.
func (s *Server) dropOldest(ctx context.Context, z *zone) error {
	keys, err := z.store.keys(ctx, z.name)
	if err != nil {
		return err
	}
	keys = slices.DeleteFunc(keys, func(k pdnsKey) bool { return k.Type != "ksk" })
	slices.SortFunc(keys, func(a, b pdnsKey) int { return a.ID - b.ID })
	return z.store.removeKey(ctx, z.name, keys[0].ID)
}
