package scaidnstest

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Type is the domain_type of a zone.
type Type string

// The types of zones.
const (
	Primary     Type = "primary"
	Secondary   Type = "secondary"
	ReverseIPv4 Type = "reverse_ipv4"
	ReverseIPv6 Type = "reverse_ipv6"
)

// Status is the status of a zone.
type Status string

// The statuses of zones.
const (
	Pending  Status = "pending_validation"
	Active   Status = "active"
	Inactive Status = "inactive"
	Deleted  Status = "deleted"
)

// zone is what the product has of a zone beside what PowerDNS has.
type zone struct {
	id          string
	tenant      string
	name        string // in lower case, without the dot
	typ         Type
	status      Status
	prior       Status // of a soft-deleted zone, before
	defaultTTL  int64
	description *string
	cidr        *string
	settings    json.RawMessage // an object
	created     time.Time
	updated     time.Time

	store      *store  // the PowerDNS that has it, nil for none
	priorStore *store  // of a soft-deleted zone, before
	aside      *served // what PowerDNS had of a soft-deleted zone that is not served
	validation *validation
	dnssec     signing
	records    map[recordKey]*recordMeta
	ttls       map[setKey]*writtenTTLs
}

const defaultPageSize = 50

// zoneJSON is a DomainResponse.
type zoneJSON struct {
	ID            string  `json:"id"`
	Name          string  `json:"name"`
	Type          Type    `json:"domain_type"`
	Status        Status  `json:"status"`
	DefaultTTL    int64   `json:"default_ttl"`
	Description   *string `json:"description"`
	DNSSECEnabled bool    `json:"dnssec_enabled"`
	Created       string  `json:"created_at"`
	Updated       string  `json:"updated_at"`
}

// zoneDetailJSON is a DomainDetailResponse.
type zoneDetailJSON struct {
	zoneJSON
	CIDR        *string         `json:"cidr"`
	Settings    json.RawMessage `json:"settings"`
	RecordCount int             `json:"record_count"`
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (s *Server) zoneJSON(z *zone) zoneJSON {
	return zoneJSON{
		z.id, s.zoneName(z), z.typ, z.status, z.defaultTTL, z.description, z.dnssec.enabled(), stamp(z.created), stamp(z.updated),
	}
}

// zoneName returns the name of a zone for an answer.
func (s *Server) zoneName(z *zone) string {
	if s.opts.ZoneNamesWithDot {
		return z.name + "."
	}
	return z.name
}

func (s *Server) zoneDetail(c *call, z *zone) (zoneDetailJSON, error) {
	all, err := s.recordsOf(c.ctx, z)
	if err != nil {
		return zoneDetailJSON{}, err
	}
	if s.opts.UserRecordCount {
		all = slices.DeleteFunc(all, record.system)
	}
	return zoneDetailJSON{s.zoneJSON(z), z.cidr, z.settings, len(all)}, nil
}

// zoneOf returns the zone of a request, if the key's tenant has it and it is not soft-deleted.
func (s *Server) zoneOf(c *call) (*zone, error) {
	z, err := s.anyZoneOf(c)
	if err == nil && z.status == Deleted {
		return nil, errNoZone
	}
	return z, err
}

// anyZoneOf is zoneOf with the soft-deleted zones.
func (s *Server) anyZoneOf(c *call) (*zone, error) {
	i := slices.IndexFunc(s.zones, func(z *zone) bool { return z.id == c.zone && z.tenant == c.key.Tenant })
	if i < 0 {
		return nil, errNoZone
	}
	return s.zones[i], nil
}

// page is a page of a list.
type page struct {
	Data       []zoneJSON `json:"data"`
	Total      int        `json:"total"`
	Page       int        `json:"page"`
	PageSize   int        `json:"page_size"`
	TotalPages int        `json:"total_pages"`
}

func (s *Server) listZones(c *call) (reply, error) {
	number, size, err := c.page(defaultPageSize)
	if err != nil {
		return reply{}, err
	}
	wanted, err := c.zoneFilter()
	if err != nil {
		return reply{}, err
	}
	all := []zoneJSON{}
	for _, z := range s.zones {
		if wanted(z) {
			all = append(all, s.zoneJSON(z))
		}
	}
	total := len(all) + s.broken.MissingZones
	return ok(page{pageOf(all, number, size), total, number, size, (total + size - 1) / size})
}

// page returns the page that is asked for, and its size.
func (c *call) page(defaultSize int) (number, size int, err error) {
	number, err = c.number("page", 1, 1, 1<<31-1)
	if err != nil {
		return 0, 0, err
	}
	size, err = c.number("page_size", defaultSize, 1, 100)
	return number, size, err
}

func pageOf[T any](all []T, number, size int) []T {
	from := min((number-1)*size, len(all))
	return all[from:min(from+size, len(all))]
}

// zoneFilter returns what the list has.
func (c *call) zoneFilter() (func(*zone) bool, error) {
	query := c.URL.Query()
	if err := c.statusParameter(); err != nil {
		return nil, err
	}
	deleted, _, err := c.flag("include_deleted")
	if err != nil {
		return nil, err
	}
	signed, bySigned, err := c.flag("dnssec_enabled")
	if err != nil {
		return nil, err
	}
	return func(z *zone) bool {
		return z.tenant == c.key.Tenant &&
			(z.status != Deleted || deleted) &&
			(!query.Has("status") || string(z.status) == query.Get("status")) &&
			(!query.Has("domain_type") || string(z.typ) == query.Get("domain_type")) &&
			(!bySigned || z.dnssec.enabled() == signed) &&
			strings.Contains(z.name, strings.ToLower(query.Get("search")))
	}, nil
}

func (c *call) statusParameter() error {
	query := c.URL.Query()
	if query.Has("status") {
		if err := choice([]any{"query", "status"}, Status(query.Get("status")), Pending, Active, Inactive, Deleted); err != nil {
			return err
		}
	}
	if query.Has("domain_type") {
		return choice([]any{"query", "domain_type"}, Type(query.Get("domain_type")), Primary, Secondary, ReverseIPv4, ReverseIPv6)
	}
	return nil
}

func (s *Server) readZone(c *call) (reply, error) {
	deleted, _, err := c.flag("include_deleted")
	if err != nil {
		return reply{}, err
	}
	z, err := s.anyZoneOf(c)
	if err != nil {
		return reply{}, err
	}
	if z.status == Deleted && (!deleted || s.opts.HideDeleted) {
		return reply{}, errNoZone
	}
	return s.detail(c, z)
}

func (s *Server) detail(c *call, z *zone) (reply, error) {
	detail, err := s.zoneDetail(c, z)
	if err != nil {
		return reply{}, err
	}
	return ok(detail)
}

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
	return s.made(detail)
}

// begin makes a new zone pending, or active if the key needs no validation.
func (s *Server) begin(c *call, z *zone) error {
	if c.key.SkipsValidation {
		return s.activate(c.ctx, z)
	}
	z.status = Pending
	z.validation = s.newValidation(z, byTXT)
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
		id: s.newID("d"), tenant: tenant, name: name, typ: typ, defaultTTL: 3600, settings: json.RawMessage("{}"), created: now, updated: now,
		records: map[recordKey]*recordMeta{}, ttls: map[setKey]*writtenTTLs{},
	}
}

func (s *Server) updateZone(c *call) (reply, error) {
	z, err := s.zoneOf(c)
	if err != nil {
		return reply{}, err
	}
	// Told apart from a field that is not there.
	var in struct {
		Description json.RawMessage `json:"description"`
		DefaultTTL  *int64          `json:"default_ttl"`
		Settings    json.RawMessage `json:"settings"`
	}
	err = c.decode(&in, []field{
		{name: "description", kind: text, nullable: true},
		{name: "default_ttl", kind: integer},
		{name: "settings", kind: object},
	})
	if err != nil {
		return reply{}, err
	}
	if err := checkTTL([]any{"body", "default_ttl"}, in.DefaultTTL); err != nil {
		return reply{}, err
	}
	if in.Description != nil {
		z.description = nil
		if err := json.Unmarshal(in.Description, &z.description); err != nil {
			return reply{}, err
		}
	}
	if in.DefaultTTL != nil {
		z.defaultTTL = *in.DefaultTTL
	}
	if in.Settings != nil {
		z.settings = in.Settings
	}
	z.updated = s.opts.Now()
	return s.detail(c, z)
}
