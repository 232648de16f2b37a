package scalewaytest

import (
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
)

// Zone says how a zone is that is made directly.
type Zone struct {
	Project  string   // "" for that of the server
	Linked   []string // products that it is linked to: "vpc"
	Root     bool     // a root zone, even if a registered name is above it
	Records  []Record // besides the NS records of the apex
	NoApexNS bool     // the apex has no NS records but those in Records
}

// The name servers that a zone has by itself.
var defaultNS = []string{"ns0.dns.example", "ns1.dns.example"}

const defaultNSTTL = 1800

// zone is a zone.
type zone struct {
	domain, subdomain string
	project           string
	ns                []Nameserver
	status            string // "active", "error" or "locked"
	message           *string
	pending           int // how often it is still listed as pending
	created, updated  time.Time
	linked            []string
	records           []Record   // never changed in place: what had them once still has them
	versions          []*version // oldest first
}

func (z *zone) name() string { return strings.TrimPrefix(z.subdomain+"."+z.domain, ".") }

// add adds a record.
func (z *zone) add(r Record) { z.records = append(z.records, r) }

// goBack gives z records that it had before. What is added then does not come to others that have them.
func (z *zone) goBack(records []Record) { z.records = slices.Clip(records) }

// has reports whether a record matches.
func (z *zone) has(match func(*Record) bool) bool {
	for i := range z.records {
		if match(&z.records[i]) {
			return true
		}
	}
	return false
}

// drop removes the records that match, and returns them.
func (z *zone) drop(match func(*Record) bool) []Record {
	if !z.has(match) {
		return nil
	}
	var left, dropped []Record
	for _, r := range z.records {
		if match(&r) {
			dropped = append(dropped, r)
		} else {
			left = append(left, r)
		}
	}
	z.records = left
	return dropped
}

// zoneJSON is a zone as the API shows it.
type zoneJSON struct {
	Domain         string    `json:"domain"`
	LinkedProducts []string  `json:"linked_products"`
	Message        *string   `json:"message"`
	NS             []string  `json:"ns"`
	NSDefault      []string  `json:"ns_default"`
	NSMaster       []string  `json:"ns_master"`
	ProjectID      string    `json:"project_id"`
	Status         string    `json:"status"`
	Subdomain      string    `json:"subdomain"`
	UpdatedAt      time.Time `json:"updated_at"`
}

func (z *zone) json() zoneJSON {
	status := z.status
	if status == "active" && z.pending > 0 {
		status = "pending"
	}
	ns := []string{}
	for _, n := range z.ns {
		ns = append(ns, n.Name)
	}
	return zoneJSON{
		Domain: z.domain, LinkedProducts: scwtest.Array(z.linked), Message: z.message, NS: ns, NSDefault: defaultNS, NSMaster: []string{},
		ProjectID: z.project, Status: status, Subdomain: z.subdomain, UpdatedAt: z.updated,
	}
}

// newZone adds a zone with the NS records of its apex, below the registered name above it, else as a root zone with a name that is registered then.
func (s *Server) newZone(name, project string) *zone {
	domain := s.domainOf(name)
	if domain == "" {
		domain = name
		s.domains[name] = project
	}
	now := s.now()
	z := &zone{
		domain: domain, subdomain: strings.TrimSuffix(strings.TrimSuffix(name, domain), "."), project: project,
		ns: defaultNameservers(), status: "active", created: now, updated: now,
	}
	z.records = s.apexNS()
	s.zones[name] = z
	return z
}

// apexNS returns new NS records of an apex.
func (s *Server) apexNS() []Record {
	var records []Record
	for _, name := range defaultNS {
		records = append(records, s.stamp(Record{Type: "NS", TTL: defaultNSTTL, Data: name + "."}))
	}
	return records
}

// domainOf returns the registered name that a name is or is below of, "" if there is none.
func (s *Server) domainOf(name string) string {
	for {
		if _, ok := s.domains[name]; ok {
			return name
		}
		_, parent, ok := strings.Cut(name, ".")
		if !ok {
			return ""
		}
		name = parent
	}
}

// zoneOf returns the zone that a call is for.
func (s *Server) zoneOf(c *scwtest.Call, name string) (*zone, error) {
	z, ok := s.zones[name]
	if !ok || !s.Sees(c.Token, z.project) {
		return nil, s.unknownZone(c, name)
	}
	return z, nil
}

// unknownZone is the answer for a zone that a token does not see. It does not tell whether there is one.
func (s *Server) unknownZone(c *scwtest.Call, name string) error {
	switch domain := s.domainOf(name); {
	case s.opts.UnknownZone404:
		return scwtest.NotFound("dns_zone", name)
	case domain == "" || !s.Sees(c.Token, s.domains[domain]):
		return scwtest.Message(403, "domain not found")
	default:
		return scwtest.Message(403, "subdomain not found")
	}
}

// writable returns the zone that a call wants to write to.
func (s *Server) writable(c *scwtest.Call, name string) (*zone, error) {
	z, err := s.zoneOf(c, name)
	switch {
	case err != nil:
		return nil, err
	case z.status == "locked":
		return nil, scwtest.Locked("dns_zone", name)
	case z.pending > 0 && s.opts.RefusePending:
		return nil, scwtest.TransientState("dns_zone", name, "pending")
	}
	return z, nil
}

// touched notes that z was changed: it is pending for a while.
func (s *Server) touched(z *zone) {
	z.updated = s.now()
	z.pending = max(s.opts.Pending, 0)
}

// settle makes a zone active again, when it was listed often enough as pending. The product then says that it was updated again.
func (s *Server) settle(z *zone) {
	if z.pending == 0 {
		return
	}
	z.pending--
	if z.pending == 0 {
		z.updated = s.now()
	}
}
