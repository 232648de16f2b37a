package glaucatest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// host is a name server below a domain of an account, with its addresses: https://docs.glauca.digital/domains/api/objects/name_servers/
type host struct {
	id, account, name string
	addresses         []string
	created, updated  time.Time
}

type hostJSON struct {
	URL             string   `json:"url"`
	ID              string   `json:"id"`
	NameServer      string   `json:"name_server"`
	Statuses        []string `json:"statuses"`
	Addresses       []string `json:"addresses"`
	Created         *string  `json:"created"`
	LastUpdated     *string  `json:"last_updated"`
	LastTransferred *string  `json:"last_transferred"`
}

// AddHost makes a name server below a domain of an account, as POST of name_servers/ does, and returns its id.
func (s *Server) AddHost(account, name string, addresses ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addHost(account, name, addresses).id
}

func (s *Server) addHost(account, name string, addresses []string) *host {
	h := &host{id: s.newID("name_server"), account: account, name: name, addresses: addresses, created: s.now()}
	s.hosts = append(s.hosts, h)
	return h
}

// host returns the host of that name, nil if there is none.
func (s *Server) host(name string) *host {
	return find(s.hosts, func(h *host) bool { return h.name == name })
}

// linked reports whether a domain has a host as a name server (RFC 5732 §2.3).
func (s *Server) linked(h *host) bool {
	return slices.ContainsFunc(s.domains, func(d *domain) bool {
		return slices.ContainsFunc(d.NameServers, func(ns NameServer) bool { return ns.HostObject != "" && ns.name() == h.name })
	})
}

func (s *Server) hostJSON(c *call, h *host) hostJSON {
	j := hostJSON{
		URL: s.address(c, "name_servers", h.id), ID: h.id, NameServer: s.opts.SpellHost(h.name), Statuses: []string{"ok"}, Addresses: array(h.addresses),
		Created: stamp(h.created), LastUpdated: stamp(h.updated),
	}
	if s.linked(h) {
		j.Statuses = append(j.Statuses, "linked")
	}
	return j
}

func (s *Server) listHosts(c *call) (reply, error) {
	var all []any
	for _, h := range s.hosts {
		if h.account == c.token.Account {
			all = append(all, s.hostJSON(c, h))
		}
	}
	return s.list(c, all, s.opts.Paginated)
}

// ownHost returns the host of the path, if it is one of the account's.
func (s *Server) ownHost(c *call) (*host, error) {
	h := find(s.hosts, func(h *host) bool { return h.id == c.id })
	switch {
	case h == nil:
		return nil, notFound()
	case h.account != c.token.Account:
		return nil, denied()
	}
	return h, nil
}

func (s *Server) getHost(c *call) (reply, error) {
	h, err := s.ownHost(c)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: s.hostJSON(c, h)}, nil
}

// createHost answers with 200, and not with 201, as the server does.
func (s *Server) createHost(c *call) (reply, error) {
	f, err := s.body(c, false)
	if err != nil {
		return reply{}, err
	}
	name, _ := take(f, "name_server", required, text)
	addresses, _ := take(f, "addresses", required, listOf(address))
	if wrong := f.end(); wrong != nil {
		return reply{}, invalid(wrong)
	}
	name = strings.ToLower(name)
	switch {
	case !slices.ContainsFunc(s.domains, func(d *domain) bool { return d.Account == c.token.Account && below(name, d.Name) }):
		return reply{}, denied()
	case s.host(name) != nil:
		return reply{}, refuse(http.StatusConflict, "Object already exists")
	case !hostName(name):
		return reply{}, registryRefused(syntaxError)
	}
	return reply{status: http.StatusOK, body: s.hostJSON(c, s.addHost(c.token.Account, name, addresses))}, nil
}

func (s *Server) putHost(c *call) (reply, error)   { return s.updateHost(c, false) }
func (s *Server) patchHost(c *call) (reply, error) { return s.updateHost(c, true) }

// updateHost changes the addresses. The name can be written once only: in an update it is passed over.
func (s *Server) updateHost(c *call, partial bool) (reply, error) {
	h, err := s.ownHost(c)
	if err != nil {
		return reply{}, err
	}
	f, err := s.body(c, partial)
	if err != nil {
		return reply{}, err
	}
	name, named := take(f, "name_server", required, text)
	if named && name != h.name && !f.lenient {
		f.wrong["name_server"] = say("Field that would be passed over.")
	}
	addresses, given := take(f, "addresses", required, listOf(address))
	if wrong := f.end(); wrong != nil {
		return reply{}, invalid(wrong)
	}
	if given {
		h.addresses, h.updated = addresses, s.now()
	}
	return reply{status: http.StatusOK, body: s.hostJSON(c, h)}, nil
}

// deleteHost is refused by the registry as long as a domain has the host (RFC 5732 §3.2.2).
func (s *Server) deleteHost(c *call) (reply, error) {
	h, err := s.ownHost(c)
	if err != nil {
		return reply{}, err
	}
	if s.linked(h) {
		return reply{}, registryRefused(associationProhibits)
	}
	s.hosts = slices.DeleteFunc(s.hosts, func(other *host) bool { return other == h })
	return reply{status: http.StatusNoContent}, nil
}
