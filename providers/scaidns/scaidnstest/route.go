package scaidnstest

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
)

// route is an endpoint.
type route struct {
	method     string
	path       string // with {zone} and {record} for ids
	permission string // what the key needs
	query      string // the parameters that it has, with spaces between
	body       bool   // whether it has a body
	handle     func(*Server, *call) (reply, error)
}

const (
	get   = http.MethodGet
	post  = http.MethodPost
	patch = http.MethodPatch
	del   = http.MethodDelete
)

// routes returns the endpoints that are documented, https://www.scailabs.ai/en/docs/scaidns/reference/domains and the pages beside it, but
// for import, access grants, templates, and reverse zones by their CIDR. Of those that match a path the first with the method counts.
func routes() []route {
	const (
		zones      = "/api/v1/domains/"
		zone       = "/api/v1/domains/{zone}"
		records    = zone + "/records"
		validation = zone + "/validation"
		dnssec     = zone + "/dnssec"
	)
	return []route{
		{get, zones, "domains:read", "page page_size status domain_type dnssec_enabled search include_deleted", false, (*Server).listZones},
		{post, zones, "domains:create", "", true, (*Server).createZone},
		{get, zones + "types", "domains:read", "", false, (*Server).listTypes},
		{get, zone, "domains:read", "include_deleted", false, (*Server).readZone},
		{patch, zone, "domains:update", "", true, (*Server).updateZone},
		{del, zone, "domains:delete", "hard include_deleted", false, (*Server).deleteZone},
		{post, zone + "/restore", "domains:update", "include_deleted", false, (*Server).restoreZone},
		{get, zone + "/soa", "domains:read", "", false, (*Server).readSOA},
		{get, zone + "/export", "domains:read", "", false, (*Server).export},
		{get, zone + "/export/download", "domains:read", "", false, (*Server).download},

		{get, records, "records:read", "type name include_system page page_size", false, (*Server).listRecords},
		{post, records, "records:create", "", true, (*Server).createRecord},
		{post, records + "/bulk", "records:create", "", true, (*Server).createRecords},
		{post, records + "/bulk-delete", "records:delete", "", true, (*Server).deleteRecords},
		{post, records + "/search", "records:read", "type name content include_system", false, (*Server).searchRecords},
		{get, records + "/{record}", "records:read", "", false, (*Server).readRecord},
		{patch, records + "/{record}", "records:update", "", true, (*Server).updateRecord},
		{del, records + "/{record}", "records:delete", "", false, (*Server).deleteRecord},

		{get, validation, "domains:read", "", false, (*Server).readValidation},
		{post, validation, "domains:update", "", true, (*Server).createValidation},
		{post, validation + "/check", "domains:update", "", false, (*Server).checkValidation},
		{del, validation, "domains:update", "", false, (*Server).cancelValidation},

		{get, dnssec, "dnssec:read", "", false, (*Server).readDNSSEC},
		{post, dnssec + "/enable", "dnssec:enable", "", true, (*Server).enableDNSSEC},
		{post, dnssec + "/disable", "dnssec:disable", "", false, (*Server).disableDNSSEC},
		{post, dnssec + "/rotate-zsk", "dnssec:rotate", "", false, (*Server).rotateZSK},
		{post, dnssec + "/rotate-ksk", "dnssec:rotate", "", false, (*Server).rotateKSK},
		{post, dnssec + "/confirm-ds-published", "dnssec:enable", "", true, (*Server).confirmDS},
	}
}

// answer finds the endpoint, checks the key, and has the endpoint answer.
func (s *Server) answer(r *http.Request) (reply, error) {
	all := routes()
	matching := match(all, r.URL.Path)
	if len(matching) == 0 {
		return redirect(all, r)
	}
	i := slices.IndexFunc(matching, func(m matched) bool { return m.method == r.Method })
	if i < 0 {
		return reply{}, notAllowed(matching)
	}
	m := matching[i]
	key, err := s.authenticate(r, m.permission)
	if err != nil {
		return reply{}, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return reply{}, refuse(http.StatusBadRequest, "There was an error parsing the body")
	}
	if len(body) > maxBody {
		return reply{}, refuse(http.StatusRequestEntityTooLarge, "Request body too large")
	}
	c := &call{Request: r, ctx: context.WithoutCancel(r.Context()), key: key, body: body, zone: m.ids["{zone}"], id: m.ids["{record}"]}
	if err := c.checkQuery(strings.Fields(m.query)); err != nil {
		return reply{}, err
	}
	if err := c.checkBody(m.body); err != nil {
		return reply{}, err
	}
	return m.handle(s, c)
}

// maxBody is how many octets a request may have, https://www.scailabs.ai/en/docs/scaidns/tutorials/bulk-operations.
const maxBody = 10 << 20

// matched is a route that a path belongs to.
type matched struct {
	route
	ids map[string]string // what stands for {zone} and {record}
}

// match returns the routes that a path belongs to, with any method.
func match(all []route, path string) []matched {
	var found []matched
	for _, r := range all {
		if ids, ok := r.match(path); ok {
			found = append(found, matched{r, ids})
		}
	}
	return found
}

func (r route) match(path string) (ids map[string]string, ok bool) {
	want, got := strings.Split(r.path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	ids = map[string]string{}
	for i := range want {
		switch {
		case strings.HasPrefix(want[i], "{") && got[i] != "":
			ids[want[i]] = got[i]
		case want[i] != got[i]:
			return nil, false
		}
	}
	return ids, true
}

// redirect sends a path to itself with or without a slash at the end, if that is one, as FastAPI does.
func redirect(all []route, r *http.Request) (reply, error) {
	other, slash := strings.CutSuffix(r.URL.Path, "/")
	if !slash {
		other += "/"
	}
	if len(match(all, other)) == 0 {
		return reply{}, refuse(http.StatusNotFound, "Not Found")
	}
	to := *r.URL
	to.Scheme, to.Host, to.Path, to.RawPath = "http", r.Host, other, ""
	return reply{status: http.StatusTemporaryRedirect, header: http.Header{"Location": {to.String()}}}, nil
}

func notAllowed(matching []matched) *refusal {
	var methods []string
	for _, m := range matching {
		methods = append(methods, m.method)
	}
	refused := refuse(http.StatusMethodNotAllowed, "Method Not Allowed")
	refused.header = http.Header{"Allow": {strings.Join(methods, ", ")}}
	return refused
}
