package scalewaytest

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
)

// listZones answers GET /dns-zones.
func (s *Server) listZones(c *scwtest.Call) (any, error) {
	less, err := zoneOrder(c.Query.Get("order_by"))
	if err != nil {
		return nil, err
	}
	match, err := zoneFilter(s, c)
	if err != nil {
		return nil, err
	}
	zones := slices.Collect(maps.Values(s.zones))
	zones = slices.DeleteFunc(zones, func(z *zone) bool { return !s.Sees(c.Token, z.project) || !match(z) })
	slices.SortFunc(zones, func(a, b *zone) int { return cmp.Or(less(a, b), cmp.Compare(a.name(), b.name())) })
	var all []zoneJSON
	for _, z := range zones {
		all = append(all, z.json())
		s.settle(z)
	}
	return scwtest.Page(c, "dns_zones", all, s.opts.PageSize)
}

// zoneOrder returns the comparison of an order_by.
func zoneOrder(order string) (func(a, b *zone) int, error) {
	key, descending := strings.CutSuffix(cmp.Or(order, "domain_asc"), "_desc")
	less, ok := map[string]func(a, b *zone) int{
		"domain": func(a, b *zone) int {
			return cmp.Or(cmp.Compare(a.domain, b.domain), cmp.Compare(a.subdomain, b.subdomain))
		},
		"subdomain":  func(a, b *zone) int { return cmp.Compare(a.subdomain, b.subdomain) },
		"created_at": func(a, b *zone) int { return a.created.Compare(b.created) },
		"updated_at": func(a, b *zone) int { return a.updated.Compare(b.updated) },
	}[strings.TrimSuffix(key, "_asc")]
	switch {
	case !ok:
		return nil, scwtest.InvalidArgument("order_by", "format", "no such order")
	case descending:
		return func(a, b *zone) int { return less(b, a) }, nil
	}
	return less, nil
}

// zoneFilter returns which zones a list is for.
func zoneFilter(s *Server, c *scwtest.Call) (func(*zone) bool, error) {
	var after, before [2]func(time.Time) bool
	for i, what := range []string{"created", "updated"} {
		from, isFrom, err := c.Time(what + "_after")
		if err != nil {
			return nil, err
		}
		to, isTo, err := c.Time(what + "_before")
		if err != nil {
			return nil, err
		}
		after[i] = func(at time.Time) bool { return !isFrom || at.After(from) }
		before[i] = func(at time.Time) bool { return !isTo || at.Before(to) }
	}
	is := func(name, value string) bool { return c.Query.Get(name) == "" || c.Query.Get(name) == value }
	return func(z *zone) bool {
		return is("organization_id", s.OrganizationOf(z.project)) && is("project_id", z.project) && is("domain", z.domain) && is("dns_zone", z.name()) &&
			(!c.Query.Has("dns_zones") || slices.Contains(c.Query["dns_zones"], z.name())) &&
			after[0](z.created) && before[0](z.created) && after[1](z.updated) && before[1](z.updated)
	}, nil
}

// createZone answers POST /dns-zones. A new zone has no version.
func (s *Server) createZone(c *scwtest.Call) (any, error) {
	var in struct {
		Domain    string `json:"domain"`
		Subdomain string `json:"subdomain"`
		ProjectID string `json:"project_id"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if in.Domain == "" {
		return nil, scwtest.InvalidArgument("domain", "required", "")
	}
	if err := scwtest.CheckID("project_id", in.ProjectID); err != nil {
		return nil, err
	}
	project := cmp.Or(in.ProjectID, s.domains[in.Domain])
	name := strings.TrimPrefix(in.Subdomain+"."+in.Domain, ".")
	if owner, ok := s.domains[in.Domain]; !ok || !s.Sees(c.Token, owner) || !s.Sees(c.Token, project) {
		return nil, s.unknownZone(c, name)
	}
	if err := s.mayCreate(c, name); err != nil {
		return nil, err
	}
	return s.newZone(name, project).json(), nil
}

// mayCreate returns an error if there can be no new zone with a name.
func (s *Server) mayCreate(c *scwtest.Call, name string) error {
	if err := checkName("subdomain", name); err != nil {
		return err
	}
	if _, ok := s.zones[name]; ok {
		return scwtest.Message(http.StatusConflict, "dns zone already exists")
	}
	n := 0
	for _, z := range s.zones {
		if s.OrganizationOf(z.project) == c.Token.Organization {
			n++
		}
	}
	if s.opts.MaxZones > 0 && n >= s.opts.MaxZones {
		return scwtest.QuotasExceeded("dns_zones", s.opts.MaxZones, n)
	}
	return nil
}

// renameZone answers PATCH /dns-zones/{zone}.
func (s *Server) renameZone(c *scwtest.Call) (any, error) {
	var in struct {
		NewDNSZone *string `json:"new_dns_zone"`
		ProjectID  string  `json:"project_id"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := scwtest.CheckID("project_id", in.ProjectID); err != nil {
		return nil, err
	}
	z, err := s.writable(c, c.Args[0])
	if err != nil {
		return nil, err
	}
	project := cmp.Or(in.ProjectID, z.project)
	if !s.Sees(c.Token, project) {
		return nil, s.unknownZone(c, c.Args[0])
	}
	if in.NewDNSZone != nil {
		subdomain, below := strings.CutSuffix(*in.NewDNSZone, "."+z.domain)
		if z.subdomain == "" || !below {
			return nil, scwtest.InvalidArgument("new_dns_zone", "constraint", "a subdomain gets another name below the same domain")
		}
		if err := s.mayCreate(c, *in.NewDNSZone); err != nil {
			return nil, err
		}
		delete(s.zones, z.name())
		z.subdomain = subdomain
		s.zones[z.name()] = z
	}
	z.project = project
	s.touched(z)
	return z.json(), nil
}

// deleteZone answers DELETE /dns-zones/{zone}. There is no way back.
func (s *Server) deleteZone(c *scwtest.Call) (any, error) {
	z, err := s.writable(c, c.Args[0])
	switch project := c.Query.Get("project_id"); {
	case err != nil:
		return nil, err
	case project != "" && project != z.project:
		return nil, s.unknownZone(c, c.Args[0])
	case z.subdomain == "":
		return nil, scwtest.Message(http.StatusForbidden, "root zone can't be deleted")
	}
	for _, v := range z.versions {
		delete(s.versions, v.id)
	}
	delete(s.zones, c.Args[0])
	return struct{}{}, nil
}

// cloneZone answers POST /dns-zones/{zone}/clone.
func (s *Server) cloneZone(c *scwtest.Call) (any, error) {
	var in struct {
		DestDNSZone string  `json:"dest_dns_zone"`
		Overwrite   bool    `json:"overwrite"`
		ProjectID   *string `json:"project_id"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	from, err := s.zoneOf(c, c.Args[0])
	if err != nil {
		return nil, err
	}
	if in.DestDNSZone == "" {
		return nil, scwtest.InvalidArgument("dest_dns_zone", "required", "")
	}
	project := from.project
	if in.ProjectID != nil {
		if err := scwtest.CheckID("project_id", *in.ProjectID); err != nil {
			return nil, err
		}
		project = *in.ProjectID
	}
	if domain := s.domainOf(in.DestDNSZone); domain == "" || !s.Sees(c.Token, s.domains[domain]) || !s.Sees(c.Token, project) {
		return nil, s.unknownZone(c, in.DestDNSZone)
	}
	var to *zone
	if _, there := s.zones[in.DestDNSZone]; there && in.Overwrite {
		if to, err = s.writable(c, in.DestDNSZone); err != nil {
			return nil, err
		}
	} else {
		if err := s.mayCreate(c, in.DestDNSZone); err != nil {
			return nil, err
		}
		to = s.newZone(in.DestDNSZone, project)
	}
	before := to.records
	to.records = nil
	for _, r := range from.records {
		r.ID = ""
		to.add(s.stamp(r))
	}
	s.edited(to, before)
	return to.json(), nil
}

// refreshZone answers POST /dns-zones/{zone}/refresh. Records and versions stay as they are.
func (s *Server) refreshZone(c *scwtest.Call) (any, error) {
	var in struct {
		RecreateDNSZone    bool `json:"recreate_dns_zone"`
		RecreateSubDNSZone bool `json:"recreate_sub_dns_zone"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	z, err := s.writable(c, c.Args[0])
	if err != nil {
		return nil, err
	}
	s.touched(z)
	return map[string]any{"dns_zones": []zoneJSON{z.json()}}, nil
}
