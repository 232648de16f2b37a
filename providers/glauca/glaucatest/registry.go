package glaucatest

import (
	"slices"
	"strings"
	"time"
)

// update is a change that the registry has not done yet.
type update struct {
	change
	done time.Time // zero: when Server.EndUpdate says so
}

// settle has the registry do the updates whose time has come.
func (s *Server) settle() {
	for _, d := range s.domains {
		if d.pending != nil && !d.pending.done.IsZero() && !s.now().Before(d.pending.done) {
			d.end(d.pending.done)
		}
	}
}

// end does the update that is pending.
func (d *domain) end(at time.Time) {
	ch := d.pending.change
	d.pending = nil
	ch.alter(&d.Domain)
	for i := range d.NameServers { // as registries have names, whatever was sent
		ns := &d.NameServers[i]
		if ns.HostObject != "" {
			ns.HostObject = ns.name()
		} else {
			ns.HostName = ns.name()
		}
	}
	d.LastUpdated = at
	d.publish(at)
}

// apply does a change. The registrar has its contacts and codes itself; the rest waits for the registry, if there is something for it to do.
func (s *Server) apply(d *domain, ch change) {
	asksRegistry := s.differs(d, ch)
	for at, contact := range map[*string]set[string]{&d.Registrant: ch.registrant, &d.Admin: ch.admin, &d.Billing: ch.billing, &d.Tech: ch.tech} {
		if contact.given {
			*at = contact.value
		}
	}
	if ch.regenerate {
		d.AuthInfo = s.newID("secret-code")
	}
	if !asksRegistry {
		return
	}
	now := s.now()
	d.pending = &update{change: ch, done: now.Add(s.opts.UpdateTime)}
	switch {
	case s.opts.UpdateTime == 0:
		d.end(now)
	case s.opts.UpdateTime < 0:
		d.pending.done = time.Time{}
	}
}

// alter makes the part of a change that the registry has to do.
func (ch change) alter(d *Domain) {
	if ch.servers.given {
		d.NameServers = cloneServers(ch.servers.value)
	}
	if ch.secDNS.given {
		d.SecDNS = ch.secDNS.value.clone()
	}
	if locked := slices.Contains(d.Statuses, transferLock); ch.lock.given && ch.lock.value != locked {
		if locked {
			d.Statuses = slices.DeleteFunc(d.Statuses, func(status string) bool { return status == transferLock })
		} else {
			d.Statuses = append(d.Statuses, transferLock)
		}
	}
}

// differs reports whether a change has something for the registry to do. Removing all DNSSEC data has, if there are none too.
func (s *Server) differs(d *domain, ch change) bool {
	return changes(ch.registrant, d.Registrant) || changes(ch.admin, d.Admin) || changes(ch.billing, d.Billing) || changes(ch.tech, d.Tech) ||
		ch.otherServers(d) || ch.otherSecDNS(d) || ch.secDNS.given && ch.secDNS.value == nil ||
		ch.lock.given && ch.lock.value != slices.Contains(d.Statuses, transferLock) || ch.regenerate
}

func (ch change) otherServers(d *domain) bool {
	sorted := func(all []NameServer) []string {
		var names []string
		for _, ns := range all {
			names = append(names, strings.Join(append([]string{ns.name()}, slices.Sorted(slices.Values(ns.Addresses))...), " "))
		}
		slices.Sort(names)
		return names
	}
	return ch.servers.given && !slices.Equal(sorted(ch.servers.value), sorted(d.NameServers))
}

func (ch change) otherSecDNS(d *domain) bool {
	return ch.secDNS.given && ch.secDNS.value.text() != d.SecDNS.text()
}

// refuseUpdate returns what the registry has against a change, empty if nothing.
func (s *Server) refuseUpdate(d *domain, ch change) string {
	if !s.differs(d, ch) {
		return ""
	}
	if d.pending != nil || slices.ContainsFunc(d.Statuses, func(status string) bool { return strings.HasPrefix(status, "pending_") }) {
		return statusProhibits
	}
	if s.opts.RefuseBoth && ch.otherServers(d) && ch.otherSecDNS(d) {
		return policyError
	}
	if refused := s.refuseServers(d, ch.servers.value); refused != "" {
		return refused
	}
	return ch.secDNS.value.refuse(s.opts.DNSSEC)
}

// refuseServers returns what the registry has against name servers of a domain. It gets those that are not, as they are read back, what the domain has:
// one that is spelled otherwise is added beside itself.
func (s *Server) refuseServers(d *domain, servers []NameServer) string {
	seen := map[string]bool{}
	var live []string
	for _, ns := range d.NameServers {
		live = append(live, ns.name())
	}
	for _, ns := range servers {
		if slices.ContainsFunc(d.NameServers, func(had NameServer) bool { return sameServer(ns, s.spell(had)) }) {
			seen[ns.name()] = true
			continue
		}
		name := strings.ToLower(ns.HostObject + ns.HostName)
		switch {
		case !hostName(name):
			return syntaxError
		case seen[name], slices.Contains(live, name), (ns.HostName != "") != s.opts.HostAttributes:
			return policyError
		case s.opts.NeedGlue && ns.HostObject != "" && below(name, d.Name) && s.host(name) == nil:
			return policyError
		}
		seen[name] = true
	}
	return ""
}

// sameServer reports whether two name servers are the same to the letter.
func sameServer(a, b NameServer) bool {
	return a.HostObject == b.HostObject && a.HostName == b.HostName && slices.Equal(a.Addresses, b.Addresses)
}

// below reports whether a name is below a domain, or its own.
func below(name, domain string) bool { return name == domain || strings.HasSuffix(name, "."+domain) }
