package glaucatest

import (
	"net/http"
	"slices"
)

// Change changes a domain behind the API's back, as somebody else does at the registrar or at the registry: its registrant, name servers, DNSSEC data, statuses,
// expiry. It may be called from a fault between the reading and the writing of a client. What change sees is a copy, and it must not call the server.
func (s *Server) Change(name string, change func(*Domain)) {
	s.t.Helper()
	s.alter(name, func(d *domain) {
		out := d.Domain.clone()
		change(&out)
		out.ID, out.Name = d.ID, d.Name
		d.Domain = out.clone()
	})
}

// Redeem deletes a domain: it is in redemption, can be restored, and nothing else can be done with it.
func (s *Server) Redeem(name string) {
	s.t.Helper()
	s.alter(name, (*domain).redeem)
}

// Restore takes a domain out of redemption, as somebody has paid for.
func (s *Server) Restore(name string) {
	s.t.Helper()
	s.alter(name, (*domain).restore)
}

// redeem puts a domain into its redemption period (RFC 3915 §2).
func (d *domain) redeem() {
	d.Deleted, d.RGP = true, []string{"redemption_grace_period"}
	if !slices.Contains(d.Statuses, "pending_delete") {
		d.Statuses = append(d.Statuses, "pending_delete")
	}
}

// restore takes it out again.
func (d *domain) restore() {
	d.Deleted, d.RGP = false, nil
	d.Statuses = slices.DeleteFunc(d.Statuses, func(status string) bool { return status == "pending_delete" })
}

// EndUpdate has the registry do the update that is pending.
func (s *Server) EndUpdate(name string) {
	s.t.Helper()
	s.alter(name, func(d *domain) {
		if d.pending == nil {
			s.t.Errorf("no update of %s is pending", name)
			return
		}
		d.end(s.now())
	})
}

// DropUpdate has the registry turn down the update that is pending, after the API has answered it with 200.
func (s *Server) DropUpdate(name string) {
	s.t.Helper()
	s.alter(name, func(d *domain) { d.pending = nil })
}

// Remove takes a domain out of its account, as when it has expired or has been transferred away.
func (s *Server) Remove(name string) {
	s.t.Helper()
	s.alter(name, s.remove)
}

func (s *Server) remove(gone *domain) {
	s.domains = slices.DeleteFunc(s.domains, func(d *domain) bool { return d == gone })
}

// FailRetrieve has the GET of one domain fail with 404 or 500, while the list has it and an update works. The published server asks the registry of some
// domains for another object than theirs. 0 ends it.
func (s *Server) FailRetrieve(name string, status int) {
	s.t.Helper()
	if status != 0 && status != http.StatusNotFound && status != http.StatusInternalServerError {
		s.t.Errorf("a GET that fails with %d", status)
	}
	s.alter(name, func(d *domain) { d.retrieve = status })
}

// FailRegistry has the registry of a domain say detail to everything: a GET and an update of it fail with 500, and the list fails as a whole. The empty detail
// ends it.
func (s *Server) FailRegistry(name, detail string) {
	s.t.Helper()
	s.alter(name, func(d *domain) { d.silence = detail })
}

// alter changes a domain, and what its parent zone has of it.
func (s *Server) alter(name string, change func(*domain)) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	d := s.domain(name)
	if d == nil {
		s.t.Errorf("there is no domain %q", name)
		return
	}
	change(d)
	d.publish(s.now())
}
