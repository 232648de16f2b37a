package scalingotest

import (
	"fmt"
	"net/http"
	"slices"
)

// linkDomain is LinkDomain.
func (s *Server) linkDomain(c *call) (reply, error) {
	a, err := s.reach(c)
	if err != nil {
		return reply{}, err
	}
	w, err := c.decode("name", s.opts.IgnoreUnknown)
	if err != nil {
		return reply{}, err
	}
	if w.name == nil {
		return reply{}, invalidField("name", "missing field")
	}
	if err := s.checkName(*w.name); err != nil {
		return reply{}, err
	}
	if len(a.domains) >= s.opts.MaxDomains {
		return reply{}, invalidField("base", fmt.Sprintf("an application has %d custom domains at most", s.opts.MaxDomains))
	}
	if err := s.checkFree(*w.name); err != nil {
		return reply{}, err
	}
	if w.certificate != nil && *w.certificate == "" && w.key != nil && *w.key == "" {
		return reply{}, Invalid(map[string][]string{"tlscert": {"is empty"}, "tlskey": {"is empty"}})
	}
	d := &domain{Domain: Domain{Name: *w.name, LetsEncryptEnabled: true}}
	if err := s.apply(a, d, w); err != nil {
		return reply{}, err
	}
	s.add(a, d)
	return reply{http.StatusCreated, map[string]any{"domain": s.fields(a, d)}}, nil
}

// add links a domain.
func (s *Server) add(a *app, d *domain) {
	if d.ID == "" {
		d.ID = s.newID()
	}
	d.look = s.opts.Now().Add(s.opts.CheckEvery)
	s.settle(d)
	a.domains = append(a.domains, d)
}

// updateDomain is UpdateDomain.
func (s *Server) updateDomain(c *call) (reply, error) {
	a, err := s.reach(c)
	if err != nil {
		return reply{}, err
	}
	d, err := a.find(c)
	if err != nil {
		return reply{}, err
	}
	w, err := c.decode("", s.opts.IgnoreUnknown)
	if err != nil {
		return reply{}, err
	}
	if err := s.apply(a, d, w); err != nil {
		return reply{}, err
	}
	s.settle(d)
	return reply{http.StatusOK, map[string]any{"domain": s.fields(a, d)}}, nil
}

// apply does what a request wants of a domain, all of it or nothing.
func (s *Server) apply(a *app, d *domain, w *wanted) error {
	own, err := s.upload(d, w)
	if err != nil {
		return err
	}
	if w.canonical != nil && *w.canonical {
		if err := s.makeCanonical(a, d); err != nil {
			return err
		}
	}
	if w.canonical != nil {
		d.Canonical = *w.canonical
	}
	d.Certificate = own
	if w.letsEncrypt != nil {
		d.LetsEncryptEnabled = *w.letsEncrypt
	}
	return nil
}

// makeCanonical has the other names of an application make way for d.
func (s *Server) makeCanonical(a *app, d *domain) error {
	for _, other := range a.domains {
		if other == d || !other.Canonical {
			continue
		}
		switch s.opts.Canonical {
		case CanonicalMoves:
			other.Canonical = false
		case CanonicalRefused:
			return invalidField("canonical", "another domain of the application is canonical")
		case CanonicalBoth:
		}
	}
	return nil
}

// unlinkDomain is UnlinkDomain: "If the domain is still CNAME-ed, it will respond with a 404 error", which says nothing else than that for an id that there is not.
func (s *Server) unlinkDomain(c *call) (reply, error) {
	a, err := s.reach(c)
	if err != nil {
		return reply{}, err
	}
	d, err := a.find(c)
	if err != nil {
		return reply{}, err
	}
	if s.aliased(d.Name, a.platformName()) {
		return reply{}, NotFound("domain")
	}
	a.domains = slices.DeleteFunc(a.domains, func(other *domain) bool { return other == d })
	return reply{status: http.StatusNoContent}, nil
}
