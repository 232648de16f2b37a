package scaleway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/internal/scw"
	"github.com/zoneward/zoneward/zonefile"
)

// zonesPath is where the zones are. https://www.scaleway.com/en/developers/api/domains-and-dns/ has all calls.
const zonesPath = "/domain/v2beta1/dns-zones"

// How many of what a page has. A zone has at most 100 versions.
const (
	recordsPage = 1000
	listPage    = 100
)

// client makes the calls of the API that are needed.
type client struct {
	rest                  *rest.Client
	project, organization string // what the list of zones is limited to, empty for everything
}

// dnsZone is what the list says of a zone.
type dnsZone struct {
	Domain    string   `json:"domain"`
	Subdomain string   `json:"subdomain"` // empty for the zone of the domain itself, the root zone
	Status    string   `json:"status"`
	Message   *string  `json:"message"`
	Masters   []string `json:"ns_master"`
	Project   string   `json:"project_id"`
	Linked    []string `json:"linked_products"`
}

// origin returns the name of the zone.
func (z dnsZone) origin() (zonefile.Name, error) {
	if z.Domain == "" {
		return zonefile.Name{}, errors.New("a zone without a domain")
	}
	name := z.Domain + "."
	if z.Subdomain != "" {
		name = z.Subdomain + "." + name
	}
	return zonefile.ParseName(name, zonefile.Name{})
}

// secondary reports whether the content of the zone may come from elsewhere.
func (z dnsZone) secondary() bool { return len(z.Masters) > 0 }

// record is a record in the API. Its name is relative to the zone, and empty for the apex.
type record struct {
	ID       string  `json:"id,omitempty"`
	Name     string  `json:"name"`
	Type     string  `json:"type"`
	Data     string  `json:"data"`
	TTL      uint32  `json:"ttl"`
	Priority *uint32 `json:"priority,omitempty"`
	Comment  *string `json:"comment,omitempty"`

	// What makes the answer depend on who asks, or on what a check finds. It is read only.
	GeoIP       json.RawMessage `json:"geo_ip_config,omitempty"`
	HTTPService json.RawMessage `json:"http_service_config,omitempty"`
	Weighted    json.RawMessage `json:"weighted_config,omitempty"`
	View        json.RawMessage `json:"view_config,omitempty"`
}

// UnmarshalJSON reads a record. One that lacks a field that all have is an error: without its name it would be one of the apex.
func (r *record) UnmarshalJSON(text []byte) error {
	type plain record
	in := struct {
		*plain
		Name *string `json:"name"`
		Type *string `json:"type"`
		Data *string `json:"data"`
		TTL  *uint32 `json:"ttl"`
	}{plain: (*plain)(r)}
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	if in.Name == nil || in.Type == nil || in.Data == nil || in.TTL == nil {
		return errors.New("a record without a name, type, data or ttl")
	}
	r.Name, r.Type, r.Data, r.TTL = *in.Name, *in.Type, *in.Data, *in.TTL
	return nil
}

// patch is a body that changes records. Without NoNewZone a zone that is not there would be made.
type patch struct {
	Changes   []change `json:"changes"`
	ReturnAll bool     `json:"return_all_records"`
	NoNewZone bool     `json:"disallow_new_zone_creation"`
}

// change is one of its changes: exactly one of the three.
type change struct {
	Add    *recordList  `json:"add,omitempty"`
	Set    *replacement `json:"set,omitempty"`
	Delete *deletion    `json:"delete,omitempty"`
}

type recordList struct {
	Records []record `json:"records"`
}

// replacement puts records in the place of all that there are of a name and type.
type replacement struct {
	Of      identifier `json:"id_fields"`
	Records []record   `json:"records"`
}

// deletion removes all records of a name and type.
type deletion struct {
	Of identifier `json:"id_fields"`
}

type identifier struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// newZone is a body that creates a zone.
type newZone struct {
	Domain    string `json:"domain"`
	Subdomain string `json:"subdomain"`
	Project   string `json:"project_id"`
}

// zones returns all zones, or those of a name if it is not empty.
func (c *client) zones(ctx context.Context, name string) ([]dnsZone, error) {
	query := url.Values{"order_by": {"domain_asc"}}
	for key, value := range map[string]string{"project_id": c.project, "organization_id": c.organization, "dns_zones": name} {
		if value != "" {
			query.Set(key, value)
		}
	}
	return scw.List(ctx, c.rest, zonesPath, query, "dns_zones", listPage, func(z dnsZone) string { return z.Subdomain + " of " + z.Domain })
}

// records returns all records of a zone.
func (c *client) records(ctx context.Context, origin zonefile.Name) ([]record, error) {
	return scw.List(ctx, c.rest, zonePath(origin)+"/records", url.Values{"order_by": {"name_asc"}}, "records", recordsPage, recordID)
}

// versions returns the versions of a zone, in any order.
func (c *client) versions(ctx context.Context, origin zonefile.Name) (history, error) {
	all, err := scw.List(ctx, c.rest, zonePath(origin)+"/versions", nil, "versions", listPage, func(v version) string { return v.ID })
	if slices.ContainsFunc(all, func(v version) bool { return v.ID == "" }) {
		return nil, fmt.Errorf("GET %s%s/versions: a version without an ID", c.rest, zonePath(origin))
	}
	return newHistory(all), err
}

// versionRecords returns all records that a zone had in a version.
func (c *client) versionRecords(ctx context.Context, id string) ([]record, error) {
	return scw.List(ctx, c.rest, zonesPath+"/version/"+url.PathEscape(id), nil, "records", recordsPage, recordID)
}

func recordID(r record) string { return r.ID }

// patch makes changes.
func (c *client) patch(ctx context.Context, origin zonefile.Name, changes []change) error {
	_, err := c.rest.Do(ctx, rest.Request{
		Method: http.MethodPatch, Path: zonePath(origin) + "/records", In: patch{Changes: changes, NoNewZone: true}, Out: new(struct{}),
	})
	return err
}

// create makes a zone.
func (c *client) create(ctx context.Context, z newZone) (dnsZone, error) {
	var made dnsZone
	_, err := c.rest.Do(ctx, rest.Request{Method: http.MethodPost, Path: zonesPath, In: z, Out: &made})
	return made, err
}

// remove removes a zone with all that is in it.
func (c *client) remove(ctx context.Context, origin zonefile.Name, project string) error {
	_, err := c.rest.Do(ctx, rest.Request{
		Method: http.MethodDelete, Path: zonePath(origin), Query: url.Values{"project_id": {project}}, Out: new(struct{}),
	})
	return err
}

// export returns a zone as a master file.
func (c *client) export(ctx context.Context, origin zonefile.Name) (string, error) {
	var file struct {
		Content []byte `json:"content"`
	}
	_, err := c.rest.Do(ctx, rest.Request{Method: http.MethodGet, Path: zonePath(origin) + "/raw", Query: url.Values{"format": {"bind"}}, Out: &file})
	return string(file.Content), err
}

// zonePath returns the path of a zone.
func zonePath(origin zonefile.Name) string { return zonesPath + "/" + url.PathEscape(zoneText(origin)) }

// zoneText returns what the API calls a zone: its name without the dot at the end.
func zoneText(origin zonefile.Name) string { return strings.TrimSuffix(origin.String(), ".") }
