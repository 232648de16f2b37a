package scaidnstest

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"
)

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
	return success(dnssecDone{z.id, action, message, state.DS})
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
