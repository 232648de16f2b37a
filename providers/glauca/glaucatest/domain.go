package glaucatest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Domain is a domain as a test sees it: what the registrar and the registry have of it.
type Domain struct {
	Name    string // in lower case, without a dot at the end
	ID      string // empty for a new one
	Account string // empty for Server.Account

	// Registrant is the id of a contact, empty for Server.Contact. The others may be nobody.
	Registrant, Admin, Billing, Tech string
	NameServers                      []NameServer
	SecDNS                           *SecDNS

	// Statuses are those that somebody has set, https://docs.glauca.digital/domains/api/objects/domains/#statuses. The fake adds ok, inactive and pending_update
	// where they belong. The lock is client_transfer_prohibited.
	Statuses []string
	// RGP is the state of grace periods. In redemption_grace_period a domain is deleted.
	RGP []string
	// Deleted is set while the domain can be restored.
	Deleted bool
	// AuthInfo is the authorization code, a secret. It is empty for a new one.
	AuthInfo string

	Created, Expiry, LastUpdated, LastTransferred time.Time // zero for none. A domain that is added without Expiry has one in a year

	NoRenew, NoRestore bool // the registry cannot do it
}

// NameServer is one name server of a domain: a HostObject, or a HostName with Addresses.
type NameServer struct {
	HostObject string
	HostName   string
	Addresses  []string
}

// Hosts returns name servers that are host objects.
func Hosts(names ...string) []NameServer {
	var all []NameServer
	for _, name := range names {
		all = append(all, NameServer{HostObject: name})
	}
	return all
}

// name returns the name as the parent zone has it.
func (n NameServer) name() string {
	return strings.ToLower(strings.TrimSuffix(cmp.Or(n.HostObject, n.HostName), "."))
}

// domain is a domain with what a test does not see of it.
type domain struct {
	Domain
	pending  *update // that the registry has not done yet
	history  []publication
	retrieve int    // status that a GET of it fails with, 0 for none
	silence  string // what the registry says to everything about it, empty for what it should
}

// AddDomain registers a domain, and returns its id.
func (s *Server) AddDomain(in Domain) string {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !hostName(in.Name) || s.domain(in.Name) != nil {
		s.t.Errorf("%q is no name of a domain, or is there already", in.Name)
	}
	in = in.clone()
	if in.ID == "" {
		in.ID = s.newID("domain")
	}
	in.Account = cmp.Or(in.Account, s.Account)
	in.Registrant = cmp.Or(in.Registrant, s.Contact)
	if in.AuthInfo == "" {
		in.AuthInfo = s.newID("secret-code")
	}
	if in.Expiry.IsZero() {
		in.Expiry = s.now().AddDate(1, 0, 0)
	}
	d := &domain{Domain: in}
	d.publish(s.now())
	s.domains = append(s.domains, d)
	return in.ID
}

// Domain returns a domain as the registry has it now, the zero Domain if it is not there.
func (s *Server) Domain(name string) Domain {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	if d := s.domain(name); d != nil {
		return d.clone()
	}
	return Domain{}
}

// clone returns a copy that shares nothing.
func (d Domain) clone() Domain {
	d.NameServers = cloneServers(d.NameServers)
	d.SecDNS = d.SecDNS.clone()
	d.Statuses, d.RGP = slices.Clone(d.Statuses), slices.Clone(d.RGP)
	return d
}

func cloneServers(servers []NameServer) []NameServer {
	servers = slices.Clone(servers)
	for i := range servers {
		servers[i].Addresses = slices.Clone(servers[i].Addresses)
	}
	return servers
}

// domain returns the domain of that name, nil if there is none.
func (s *Server) domain(name string) *domain {
	return find(s.domains, func(d *domain) bool { return d.Name == name })
}

func (d *domain) deleted() bool {
	return d.Deleted || slices.Contains(d.RGP, "redemption_grace_period")
}

// statuses returns all statuses (RFC 5731 §2.3): ok is there without any other.
func (d *domain) statuses() []string {
	all := slices.DeleteFunc(slices.Clone(d.Statuses), func(status string) bool { return status == "ok" || status == "inactive" })
	if d.pending != nil && !slices.Contains(all, pendingUpdate) {
		all = append(all, pendingUpdate)
	}
	if len(d.NameServers) == 0 {
		all = append(all, "inactive")
	}
	if len(all) == 0 {
		all = append(all, "ok")
	}
	return all
}

const (
	transferLock  = "client_transfer_prohibited"
	pendingUpdate = "pending_update"
)

// hostName reports whether a name is one that registries take: in lower case, in letters, digits and hyphens (RFC 1123 §2.1), and without a dot at the end.
func hostName(name string) bool {
	parsed, err := zonefile.ParseName(name, zonefile.Root)
	return err == nil && parsed.Labels() > 1 && parsed.String() == name+"." &&
		!strings.ContainsFunc(name, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-.", r) })
}
