package scaidnstest

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

func (s *Server) createZone(c *call) (reply, error) {
	var in struct {
		Name        string  `json:"name"`
		Type        Type    `json:"domain_type"`
		DefaultTTL  *int64  `json:"default_ttl"`
		Description *string `json:"description"`
		CIDR        *string `json:"cidr"`
		Template    *string `json:"template_id"`
	}
	err := c.decode(&in, []field{
		{name: "name", kind: text, required: true},
		{name: "domain_type", kind: text, required: true},
		{name: "default_ttl", kind: integer},
		{name: "description", kind: text, nullable: true},
		{name: "cidr", kind: text, nullable: true},
		{name: "template_id", kind: text, nullable: true},
		{name: "template_variables", kind: object, nullable: true},
	})
	if err != nil {
		return reply{}, err
	}
	if err := choice([]any{"body", "domain_type"}, in.Type, Primary, Secondary, ReverseIPv4, ReverseIPv6); err != nil {
		return reply{}, err
	}
	if err := checkTTL([]any{"body", "default_ttl"}, in.DefaultTTL); err != nil {
		return reply{}, err
	}
	if in.Template != nil {
		return reply{}, refuse(http.StatusBadRequest, "Template not found")
	}
	name, err := zoneName(in.Name, in.Type, in.CIDR)
	if err != nil {
		return reply{}, err
	}
	if s.nameTaken(name) {
		return reply{}, refuse(http.StatusConflict, "Domain already exists")
	}
	z := s.newZone(c.key.Tenant, name, in.Type)
	z.given = strings.TrimSuffix(in.Name, ".")
	z.description, z.cidr = in.Description, in.CIDR
	if in.DefaultTTL != nil {
		z.defaultTTL = *in.DefaultTTL
	}
	if err := s.begin(c, z); err != nil {
		return reply{}, err
	}
	s.zones = append(s.zones, z)
	detail, err := s.zoneDetail(c, z)
	if err != nil {
		return reply{}, err
	}
	return s.created(detail)
}

// begin makes a new zone pending, or active if the key needs no validation.
func (s *Server) begin(c *call, z *zone) error {
	if c.key.SkipsValidation {
		return s.activate(c.ctx, z)
	}
	z.status = Pending
	z.validation = s.newValidation(byTXT)
	if s.opts.StorePending {
		z.store = s.hidden
		return z.store.create(c.ctx, z.name, newServed(z))
	}
	return nil
}

// zoneName returns a name as zones have it, or what is wrong with it.
func zoneName(given string, typ Type, cidr *string) (string, error) {
	name, err := zonefile.ParseName(given, zonefile.MustParseName("."))
	if err != nil || name.IsRoot() || name.IsWildcard() || given == "@" {
		return "", refuse(http.StatusBadRequest, "Invalid domain name")
	}
	text := strings.TrimSuffix(name.String(), ".")
	suffixes := map[Type]string{ReverseIPv4: "in-addr.arpa", ReverseIPv6: "ip6.arpa"}
	suffix := suffixes[typ]
	if suffix != "" && !name.Below(zonefile.MustParseName(suffix+".")) {
		return "", refuseField("name", "A "+string(typ)+" domain is below "+suffix)
	}
	if cidr == nil {
		return text, nil
	}
	prefix, err := netip.ParsePrefix(*cidr)
	if err != nil || prefix != prefix.Masked() {
		return "", refuseField("cidr", "Malformed CIDR")
	}
	if reverse, isReverse := reverseName(prefix); suffix == "" || !isReverse || reverse != text {
		return "", refuseField("cidr", "CIDR does not match the domain")
	}
	return text, nil
}

// reverseName returns the zone of a prefix, if it has one of its own: if it ends between two labels (RFC 1035 §3.5, RFC 3596 §2.5).
func reverseName(p netip.Prefix) (string, bool) {
	var labels []string
	suffix, bits := "in-addr.arpa", 8
	if p.Addr().Is6() {
		suffix, bits = "ip6.arpa", 4
	}
	for i, octet := range p.Addr().AsSlice() {
		switch {
		case bits == 8 && i < p.Bits()/8:
			labels = append(labels, strconv.Itoa(int(octet)))
		case bits == 4 && 2*i < p.Bits()/4:
			labels = append(labels, strconv.FormatInt(int64(octet>>4), 16))
			if 2*i+1 < p.Bits()/4 {
				labels = append(labels, strconv.FormatInt(int64(octet&15), 16))
			}
		}
	}
	slices.Reverse(labels)
	return strings.Join(append(labels, suffix), "."), p.Bits()%bits == 0
}

// nameTaken reports whether there is a zone with that name, so that there cannot be another.
func (s *Server) nameTaken(name string) bool {
	return slices.ContainsFunc(s.zones, func(z *zone) bool {
		return z.name == name && (z.status != Deleted || !s.opts.RecreateDeleted || z.store != nil)
	})
}

func (s *Server) newZone(tenant, name string, typ Type) *zone {
	now := s.opts.Now()
	return &zone{
		id: s.newID("d"), tenant: tenant, name: name, given: name, typ: typ, defaultTTL: 3600, settings: json.RawMessage("{}"), created: now, updated: now,
		records: map[recordKey]*recordMeta{}, ttls: map[setKey]*writtenTTLs{},
	}
}
