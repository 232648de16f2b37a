package scaidnstest

import (
	"encoding/json"
	"slices"
	"time"
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
	given       string // as it was made, without the dot
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
	aside      *served // what PowerDNS had of a zone that it does not have now
	validation *validation
	dnssec     signing
	records    map[recordKey]*recordMeta
	ttls       map[setKey]*writtenTTLs
}

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
	name := z.name
	if s.opts.KeepCase {
		name = z.given
	}
	if s.opts.ZoneNamesWithDot {
		name += "."
	}
	return name
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
	return success(detail)
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
