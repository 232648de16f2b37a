package scalingotest

import (
	"fmt"
	"slices"
	"time"
)

// Link adds a domain to an application without the API, whatever that would say, and returns its id.
func (s *Server) Link(app string, in Domain) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &domain{Domain: in}
	d.Domain = d.snapshot()
	s.add(s.mustApp(app), d)
	return d.ID
}

// LinkElsewhere has an application of somebody else have a name.
func (s *Server) LinkElsewhere(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.elsewhere[name] = true
}

// Unlink removes a domain from an application without the API, whatever the DNS serves.
func (s *Server) Unlink(app, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, gone := s.mustDomain(app, name)
	a.domains = slices.DeleteFunc(a.domains, func(d *domain) bool { return d == gone })
}

// Edit changes a domain without the API, as somebody else does at the dashboard. It must not call the Server.
func (s *Server) Edit(app, name string, edit func(*Domain)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, d := s.mustDomain(app, name)
	edit(&d.Domain)
	d.Domain = d.snapshot()
	s.settle(d)
}

// SetStatus gives a domain a letsencrypt_status, and an acme_dns_error if it is not empty, that stay until [Server.Resume], whatever the DNS serves.
func (s *Server) SetStatus(app, name string, status Status, acmeError string) {
	s.Edit(app, name, func(d *Domain) { d.Status, d.Error, d.Held = status, acmeError, true })
}

// Resume has the platform look at the DNS of a domain again.
func (s *Server) Resume(app, name string) {
	s.Edit(app, name, func(d *Domain) { d.Held = false })
}

// RotateChallenge has a wildcard need another TXT record, as when its certificate is renewed, and returns its value.
func (s *Server) RotateChallenge(app, name string) (value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, d := s.mustDomain(app, name)
	if !d.wildcard() || !d.LetsEncryptEnabled {
		panic(fmt.Sprintf("scalingotest: %s of %s is no wildcard with a certificate of Let's Encrypt", name, app))
	}
	d.Challenge, d.Status, d.Error = s.newChallenge(d), StatusDNSRequired, ""
	return d.Challenge.Value
}

// ExpireCertificate has the certificate that was uploaded for a domain have ended a second ago.
func (s *Server) ExpireCertificate(app, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, d := s.mustDomain(app, name)
	if d.Certificate == nil {
		panic(fmt.Sprintf("scalingotest: %s of %s has no certificate", name, app))
	}
	d.Certificate.Validity = s.opts.Now().Add(-time.Second)
}

// Domain returns a domain of an application as the last request left it, and whether it is there.
func (s *Server) Domain(app, name string) (Domain, bool) {
	all := s.Domains(app)
	i := slices.IndexFunc(all, func(d Domain) bool { return d.Name == name })
	if i < 0 {
		return Domain{}, false
	}
	return all[i], true
}

// Domains returns the domains of an application as the last request left them, in the order in which they were linked.
func (s *Server) Domains(app string) []Domain {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Domain{}
	for _, d := range s.mustApp(app).domains {
		all = append(all, d.snapshot())
	}
	return all
}

// mustDomain returns an application and a domain of it. A test that has none is wrong.
func (s *Server) mustDomain(app, name string) (*app, *domain) {
	a := s.mustApp(app)
	i := slices.IndexFunc(a.domains, func(d *domain) bool { return d.Name == name })
	if i < 0 {
		panic(fmt.Sprintf("scalingotest: application %s has no domain %q", app, name))
	}
	return a, a.domains[i]
}
