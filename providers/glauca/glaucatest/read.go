package glaucatest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// domainJSON is a domain as https://docs.glauca.digital/domains/api/objects/domains/ has it.
type domainJSON struct {
	URL             string           `json:"url"`
	ID              string           `json:"id"`
	Domain          string           `json:"domain"`
	Statuses        []string         `json:"statuses"`
	Deleted         bool             `json:"deleted"`
	Registrant      string           `json:"registrant"`
	RegistrantURL   string           `json:"registrant_url"`
	Admin           *string          `json:"admin_contact"`
	AdminURL        *string          `json:"admin_contact_url"`
	Billing         *string          `json:"billing_contact"`
	BillingURL      *string          `json:"billing_contact_url"`
	Tech            *string          `json:"tech_contact"`
	TechURL         *string          `json:"tech_contact_url"`
	NameServers     []nameServerJSON `json:"name_servers"`
	Hosts           []hostRefJSON    `json:"hosts"`
	RGP             []string         `json:"rgp_state"`
	AuthInfo        *string          `json:"auth_info,omitempty"`
	AuthCode        *string          `json:"auth_code,omitempty"`
	SecDNS          *secDNSJSON      `json:"sec_dns"`
	Created         *string          `json:"created"`
	Expiry          *string          `json:"expiry"`
	LastUpdated     *string          `json:"last_updated"`
	LastTransferred *string          `json:"last_transferred"`
}

type nameServerJSON struct {
	HostObject *string  `json:"host_object"`
	HostName   *string  `json:"host_name"`
	Addresses  []string `json:"addresses"`
}

// hostRefJSON names a host of /api/name_servers/ that is below a domain.
type hostRefJSON struct {
	HostObject    string `json:"host_object"`
	HostObjectURL string `json:"host_object_url"`
}

// listDomains answers GET domains/. The server asks the registry of each domain in turn: if one does not answer, there is no list.
func (s *Server) listDomains(c *call) (reply, error) {
	var all []any
	for _, d := range s.domains {
		if d.Account != c.token.Account {
			continue
		}
		if d.silence != "" {
			return reply{}, registryRefused(d.silence)
		}
		all = append(all, s.read(c, d))
	}
	return s.list(c, all, s.opts.Paginated)
}

func (s *Server) getDomain(c *call) (reply, error) {
	d, err := s.own(c)
	switch {
	case err != nil:
		return reply{}, err
	case d.retrieve == http.StatusNotFound:
		return reply{}, notFound()
	case d.retrieve != 0:
		failed := registryRefused("Object does not exist")
		failed.status = d.retrieve
		return reply{}, failed
	case d.silence != "":
		return reply{}, registryRefused(d.silence)
	}
	return reply{status: http.StatusOK, body: s.read(c, d)}, nil
}

// own returns the domain of the path, if it is one of the account's.
func (s *Server) own(c *call) (*domain, error) {
	d := find(s.domains, func(d *domain) bool { return d.ID == c.id })
	switch {
	case d == nil:
		return nil, notFound()
	case d.Account != c.token.Account:
		return nil, denied()
	}
	return d, nil
}

// read returns a domain in the forms that the registry has it in.
func (s *Server) read(c *call, d *domain) domainJSON {
	spelled := d.clone()
	for i, ns := range spelled.NameServers {
		spelled.NameServers[i] = s.spell(ns)
	}
	if sec := spelled.SecDNS; sec != nil {
		for i := range sec.DS {
			sec.DS[i].Digest = s.opts.SpellDigest(sec.DS[i].Digest)
		}
		if s.opts.Reversed {
			slices.Reverse(sec.DS)
			slices.Reverse(sec.Keys)
		}
	}
	if s.opts.Reversed {
		slices.Reverse(spelled.NameServers)
	}
	spelled.Statuses, spelled.Deleted = d.statuses(), d.deleted()
	return s.domainJSON(c, spelled)
}

// spell returns a name server with its name as it is read back.
func (s *Server) spell(ns NameServer) NameServer {
	if ns.HostObject != "" {
		ns.HostObject = s.opts.SpellHost(ns.HostObject)
	} else {
		ns.HostName = s.opts.SpellHost(ns.HostName)
	}
	return ns
}

// domainJSON returns a domain as it is.
func (s *Server) domainJSON(c *call, d Domain) domainJSON {
	j := domainJSON{
		URL: s.address(c, "domains", d.ID), ID: d.ID, Domain: d.Name, Statuses: array(d.Statuses), Deleted: d.Deleted,
		Registrant: d.Registrant, RegistrantURL: s.address(c, "contacts", d.Registrant),
		NameServers: []nameServerJSON{}, Hosts: []hostRefJSON{}, RGP: array(d.RGP), SecDNS: d.SecDNS.json(),
		Created: stamp(d.Created), Expiry: stamp(d.Expiry), LastUpdated: stamp(d.LastUpdated), LastTransferred: stamp(d.LastTransferred),
	}
	j.Admin, j.AdminURL = s.contactRef(c, d.Admin)
	j.Billing, j.BillingURL = s.contactRef(c, d.Billing)
	j.Tech, j.TechURL = s.contactRef(c, d.Tech)
	if s.opts.AuthCode {
		j.AuthCode = &d.AuthInfo
	} else {
		j.AuthInfo = &d.AuthInfo
	}
	for _, ns := range d.NameServers {
		j.NameServers = append(j.NameServers, ns.json())
	}
	for _, h := range s.hosts {
		if below(h.name, d.Name) {
			j.Hosts = append(j.Hosts, hostRefJSON{h.id, s.address(c, "name_servers", h.id)})
		}
	}
	return j
}

func (n NameServer) json() nameServerJSON {
	if n.HostObject != "" {
		return nameServerJSON{HostObject: &n.HostObject}
	}
	return nameServerJSON{HostName: &n.HostName, Addresses: array(n.Addresses)}
}

func (s *Server) contactRef(c *call, id string) (ref, url *string) {
	if id == "" {
		return nil, nil
	}
	return &id, new(s.address(c, "contacts", id))
}

// stamp writes a time as the framework does, null for none.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format("2006-01-02T15:04:05.999999Z"))
}

// array returns a list that is one in JSON if it is empty too.
func array[T any](list []T) []T { return append([]T{}, list...) }

// origin returns what addresses in answers start with.
func (s *Server) origin(c *call) string {
	switch {
	case s.opts.URL != "":
		return s.opts.URL
	case c.TLS != nil:
		return "https://" + c.Host
	}
	return "http://" + c.Host
}

func (s *Server) address(c *call, collection, id string) string {
	return s.origin(c) + "/api/" + collection + "/" + id + "/"
}

// pageJSON is a page of a list, https://docs.glauca.digital/domains/api/#pagination.
type pageJSON struct {
	Count    int     `json:"count"`
	Next     *string `json:"next"`
	Previous *string `json:"previous"`
	Results  []any   `json:"results"`
}

// list answers with all, or with the page of it that is asked for. What is no number is as if it were not there (the framework's LimitOffsetPagination).
func (s *Server) list(c *call, all []any, paginated bool) (reply, error) {
	if !paginated {
		return reply{status: http.StatusOK, body: array(all)}, nil
	}
	query := c.URL.Query()
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil || limit <= 0 {
		limit = 25
	}
	offset, err := strconv.Atoi(query.Get("offset"))
	if err != nil || offset < 0 {
		offset = 0
	}
	link := func(offset int) *string {
		query.Set("limit", strconv.Itoa(limit))
		query.Del("offset")
		if offset > 0 {
			query.Set("offset", strconv.Itoa(offset))
		}
		return new(s.origin(c) + c.URL.Path + "?" + query.Encode())
	}
	p := pageJSON{Count: len(all)}
	start := min(offset, len(all))
	p.Results = array(all[start:min(start+limit, len(all))])
	if offset+limit < len(all) {
		p.Next = link(offset + limit)
	}
	if offset > 0 {
		p.Previous = link(offset - limit)
	}
	return reply{status: http.StatusOK, body: p}, nil
}
