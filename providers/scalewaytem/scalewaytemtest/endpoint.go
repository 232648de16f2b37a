package scalewaytemtest

import (
	"net/http"
	"strings"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
)

// api is the API with the endpoints that the fake has.
func (f *Fake) api() *scwtest.API {
	list := append([]string{"project_id", "status", "organization_id", "name"}, scwtest.PageParameters()...)
	api := &scwtest.API{Prefix: strings.TrimSuffix(path, "{region}/domains") + "{}", Accounts: f.Accounts, Endpoints: []scwtest.Endpoint{
		{Method: "GET", Path: "domains", Query: list, Repeat: []string{"status"}, Do: f.listDomains},
		{Method: "POST", Path: "domains", Do: f.createDomain},
		{Method: "GET", Path: "domains/{}", Do: f.getDomain},
		{Method: "PATCH", Path: "domains/{}", Do: f.updateDomain},
		{Method: "POST", Path: "domains/{}/check", Do: f.checkDomain},
		{Method: "POST", Path: "domains/{}/revoke", Do: f.revokeDomain},
		{Method: "GET", Path: "domains/{}/verification", Do: f.verifyDomain},
	}}
	for i, e := range api.Endpoints {
		api.Endpoints[i].Do = func(c *scwtest.Call) (any, error) {
			if c.Args[0] != Region {
				return nil, f.unknownRegion()
			}
			return e.Do(c)
		}
	}
	return api
}

func (f *Fake) unknownRegion() error {
	if f.opts.UnknownRegion404 {
		return scwtest.Message(http.StatusNotFound, "region not found")
	}
	return scwtest.InvalidArgument("region", "constraint", "want "+Region)
}
