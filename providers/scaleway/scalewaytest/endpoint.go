package scalewaytest

import "github.com/zoneward/zoneward/providers/internal/scwtest"

// endpoints are those of the API that the fake has.
func (s *Server) endpoints() []scwtest.Endpoint {
	pages := scwtest.PageParameters()
	return []scwtest.Endpoint{
		{
			Method: "GET", Path: "dns-zones", Query: append([]string{
				"organization_id", "project_id", "order_by", "domain", "dns_zone", "dns_zones", "created_after", "created_before", "updated_after", "updated_before",
			}, pages...), Repeat: []string{"dns_zones"}, Do: s.listZones,
		},
		{Method: "POST", Path: "dns-zones", Do: s.createZone},
		{Method: "PATCH", Path: "dns-zones/{}", Do: s.renameZone},
		{Method: "DELETE", Path: "dns-zones/{}", Query: []string{"project_id"}, Do: s.deleteZone},
		{Method: "POST", Path: "dns-zones/{}/clone", Do: s.cloneZone},
		{Method: "POST", Path: "dns-zones/{}/refresh", Do: s.refreshZone},
		{Method: "GET", Path: "dns-zones/{}/records", Query: append([]string{"project_id", "order_by", "name", "type", "id"}, pages...), Do: s.listRecords},
		{Method: "PATCH", Path: "dns-zones/{}/records", Do: s.patchRecords},
		{Method: "DELETE", Path: "dns-zones/{}/records", Do: s.clearRecords},
		{Method: "GET", Path: "dns-zones/{}/nameservers", Query: []string{"project_id"}, Do: s.listNameservers},
		{Method: "PUT", Path: "dns-zones/{}/nameservers", Do: s.setNameservers},
		{Method: "GET", Path: "dns-zones/{}/raw", Query: []string{"format"}, Do: s.exportZone},
		{Method: "POST", Path: "dns-zones/{}/raw", Do: s.importZone},
		{Method: "GET", Path: "dns-zones/{}/versions", Query: pages, Do: s.listVersions},
		{Method: "GET", Path: "dns-zones/version/{}", Query: pages, Do: s.versionRecords},
		{Method: "GET", Path: "dns-zones/version/{}/diff", Do: s.versionDiff},
		{Method: "POST", Path: "dns-zones/version/{}/restore", Do: s.restoreVersion},
	}
}
