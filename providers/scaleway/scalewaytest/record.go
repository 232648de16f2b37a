package scalewaytest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
)

// Record is one record, as the API has it. Its field names in JSON are those of the SDK.
type Record struct {
	Comment     *string            `json:"comment"`
	Data        string             `json:"data"`
	GeoIP       *GeoIPConfig       `json:"geo_ip_config,omitempty"`
	HTTPService *HTTPServiceConfig `json:"http_service_config,omitempty"`
	ID          string             `json:"id"`
	Name        string             `json:"name"` // relative to the zone, "" for the apex
	Priority    uint32             `json:"priority"`
	TTL         uint32             `json:"ttl"`
	Type        string             `json:"type"`
	UpdatedAt   *time.Time         `json:"updated_at"`
	View        *ViewConfig        `json:"view_config,omitempty"`
	Weighted    *WeightedConfig    `json:"weighted_config,omitempty"`
}

// GeoIPConfig answers by where the question comes from.
type GeoIPConfig struct {
	Default string       `json:"default"`
	Matches []GeoIPMatch `json:"matches"`
}

// GeoIPMatch is what some countries or continents get.
type GeoIPMatch struct {
	Continents []string `json:"continents"`
	Countries  []string `json:"countries"`
	Data       string   `json:"data"`
}

// HTTPServiceConfig answers with the addresses where a page is up.
type HTTPServiceConfig struct {
	IPs         []string `json:"ips"`
	MustContain *string  `json:"must_contain"`
	Strategy    string   `json:"strategy"` // random, hashed or all
	URL         string   `json:"url"`
	UserAgent   *string  `json:"user_agent"`
}

// WeightedConfig answers with one of several addresses.
type WeightedConfig struct {
	WeightedIPs []WeightedIP `json:"weighted_ips"`
}

// WeightedIP is how often an address is answered.
type WeightedIP struct {
	IP     string `json:"ip"`
	Weight uint32 `json:"weight"`
}

// ViewConfig answers by the subnet of the resolver.
type ViewConfig struct {
	Views []View `json:"views"`
}

// View is what a subnet gets.
type View struct {
	Data   string `json:"data"`
	Subnet string `json:"subnet"`
}

// configs returns how many of the four configurations r has.
func (r Record) configs() int {
	n := 0
	for _, there := range []bool{r.GeoIP != nil, r.HTTPService != nil, r.View != nil, r.Weighted != nil} {
		if there {
			n++
		}
	}
	return n
}

// stamp returns r with the time, and with an id if it has none.
func (s *Server) stamp(r Record) Record {
	if r.ID == "" {
		r.ID = s.NewID()
	}
	now := s.now()
	r.UpdatedAt = &now
	return r
}

// byName is the order in which records are listed.
func byName(a, b Record) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Data, b.Data), cmp.Compare(a.ID, b.ID))
}

// sorted returns a copy of records in the order of lists.
func sorted(records []Record) []Record { return slices.SortedFunc(slices.Values(records), byName) }

// listRecords answers GET /dns-zones/{zone}/records. The zone's SOA is not a record here.
func (s *Server) listRecords(c *scwtest.Call) (any, error) {
	z, err := s.zoneOf(c, c.Args[0])
	if err != nil {
		return nil, err
	}
	if project := c.Query.Get("project_id"); project != "" && project != z.project {
		return nil, s.unknownZone(c, c.Args[0])
	}
	order := c.Query.Get("order_by")
	if order != "" && order != "name_asc" && order != "name_desc" {
		return nil, scwtest.InvalidArgument("order_by", "format", "no such order")
	}
	kind := c.Query.Get("type")
	if kind != "" && kind != "unknown" && !slices.Contains(types(), kind) {
		return nil, scwtest.InvalidArgument("type", "format", "no such type")
	}
	is := func(name, value string) bool { return c.Query.Get(name) == "" || c.Query.Get(name) == value }
	records := slices.DeleteFunc(sorted(z.records), func(r Record) bool {
		return !is("name", r.Name) || !is("id", r.ID) || kind != "" && kind != "unknown" && kind != r.Type
	})
	if strings.HasSuffix(order, "_desc") {
		slices.Reverse(records)
	}
	return scwtest.Page(c, "records", records, s.opts.PageSize)
}
