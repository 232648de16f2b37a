package glaucatest

import (
	"net/http"
	"slices"
)

// change is what a client wants of a domain. What is not set is left as it is.
type change struct {
	registrant, admin, billing, tech set[string]
	servers                          set[[]NameServer]
	secDNS                           set[*SecDNS]
	lock                             set[bool]
	regenerate                       bool
}

// set is a value that may be given, or not.
type set[T any] struct {
	value T
	given bool
}

func optionally[T any](value T, given bool) set[T] { return set[T]{value, given} }

func (s *Server) putDomain(c *call) (reply, error)   { return s.updateDomain(c, false) }
func (s *Server) patchDomain(c *call) (reply, error) { return s.updateDomain(c, true) }

// updateDomain answers PUT and PATCH of domains/{id}/. As the server does, it looks at the domain before the body. The answer is what the domain was when it
// was read, with the change in it, whatever becomes of that at the registry.
func (s *Server) updateDomain(c *call, partial bool) (reply, error) {
	d, err := s.own(c)
	if err != nil {
		return reply{}, err
	}
	if err := s.updatable(d); err != nil {
		return reply{}, err
	}
	ch, err := s.readChange(c, partial)
	if err != nil {
		return reply{}, err
	}
	if s.opts.RefuseContacts && (changes(ch.admin, d.Admin) || changes(ch.billing, d.Billing) || changes(ch.tech, d.Tech)) {
		return reply{}, denied()
	}
	if s.opts.FixedRegistrant {
		ch.registrant.given = false
	}
	if s.opts.NoTransferLock {
		ch.lock.given = false
	}
	if refused := s.refuseUpdate(d, ch); refused != "" {
		return reply{}, registryRefused(refused)
	}
	answered := d.clone()
	answered.Statuses, answered.Deleted = d.statuses(), d.deleted()
	s.apply(d, ch)
	ch.alter(&answered)
	answered.Registrant, answered.Admin, answered.Billing, answered.Tech = d.Registrant, d.Admin, d.Billing, d.Tech
	answered.AuthInfo = d.AuthInfo
	return reply{status: http.StatusOK, body: s.domainJSON(c, answered)}, nil
}

// updatable returns an error if the API takes no update of a domain.
func (s *Server) updatable(d *domain) error {
	switch {
	case d.deleted() && s.opts.DeletedInvalid:
		return refuse(http.StatusBadRequest, "No updates can be made")
	case d.deleted():
		return denied()
	case d.silence != "":
		return registryRefused(d.silence)
	case slices.Contains(d.Statuses, "client_update_prohibited"), slices.Contains(d.Statuses, "server_update_prohibited"):
		return denied()
	}
	return nil
}

// readChange reads the body of an update.
func (s *Server) readChange(c *call, partial bool) (change, error) {
	f, err := s.body(c, partial)
	if err != nil {
		return change{}, err
	}
	contact := func(v any) (string, any) { return s.contactID(c, v) }
	ch := change{
		registrant: optionally(take(f, "registrant", required, contact)),
		admin:      optionally(take(f, "admin_contact", nullable, contact)),
		billing:    optionally(take(f, "billing_contact", nullable, contact)),
		tech:       optionally(take(f, "tech_contact", nullable, contact)),
		servers:    optionally(take(f, "name_servers", required, listOf(f.nameServer))),
		secDNS:     optionally(take(f, "sec_dns", nullable, f.secDNS)),
		lock:       optionally(take(f, "block_transfer", required, boolean)),
	}
	ch.regenerate, _ = take(f, "regen_auth_code", optional, boolean)
	if wrong := f.end(); wrong != nil {
		return change{}, invalid(wrong)
	}
	return ch, nil
}

// nameServer reads an item of name_servers. It needs all of its fields in a PATCH too, and has one name: the API would drop an item without any, and take the
// first of two.
func (m mode) nameServer(v any) (NameServer, any) {
	f, wrong := newForm(v, mode{lenient: m.lenient})
	if wrong != nil {
		return NameServer{}, wrong
	}
	var ns NameServer
	ns.HostObject, _ = take(f, "host_object", nullable, text)
	ns.HostName, _ = take(f, "host_name", nullable, text)
	ns.Addresses, _ = take(f, "addresses", nullable, listOf(address))
	if len(f.wrong) == 0 && (ns.HostObject == "") == (ns.HostName == "") {
		f.wrong[general] = say("Want one of host_object and host_name.")
	}
	if len(f.wrong) == 0 && ns.HostObject != "" && ns.Addresses != nil {
		f.wrong["addresses"] = say("Those of a host_object are in name_servers/.")
	}
	return ns, f.end()
}

// changes reports whether a text is given that is another one.
func changes(v set[string], from string) bool { return v.given && v.value != from }
