package scalingotest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Domain is a name of an application, as the fake has it.
type Domain struct {
	ID        string // empty for a new one
	Name      string
	Canonical bool
	// Certificate is the one that was uploaded, nil if none was.
	Certificate *Certificate

	// LetsEncryptEnabled says that the platform is to get a certificate from Let's Encrypt. What follows is about that one, and has no values without it.
	LetsEncryptEnabled bool
	// Status is letsencrypt_status, empty for the first one.
	Status Status
	// Error is acme_dns_error, as a text.
	Error string
	// Challenge is the TXT record that proves that a wildcard may have a certificate. It has no values for other names, and until the platform has made one.
	Challenge Challenge
	// Issued says that the platform has a certificate, though it may be getting another one.
	Issued bool
	// Held keeps Status and Error as they are, whatever the DNS serves.
	Held bool
}

// Status says how far a certificate of Let's Encrypt is, https://developers.scalingo.com/domains.
type Status string

// The statuses.
const (
	StatusPendingDNS  Status = "pending_dns"
	StatusNew         Status = "new"
	StatusCreated     Status = "created"
	StatusDNSRequired Status = "dns_required"
	StatusError       Status = "error"
)

// Challenge is a TXT record of ACME (RFC 8555 §8.4).
type Challenge struct{ FQDN, Value string }

// domain is a Domain that the platform looks after.
type domain struct {
	Domain
	look time.Time // when it looks at the DNS again
}

func (d *domain) wildcard() bool { return strings.HasPrefix(d.Name, "*.") }

// snapshot returns the Domain, with nothing in it that changes.
func (d *domain) snapshot() Domain {
	out := d.Domain
	if d.Certificate != nil {
		out.Certificate = new(*d.Certificate)
	}
	return out
}

// fields returns a domain as the API writes it.
func (s *Server) fields(a *app, d *domain) map[string]any {
	own := d.Certificate
	fields := map[string]any{
		"id": d.ID, "app_id": a.id, "name": d.Name, "canonical": d.Canonical, "ssl": own != nil, "letsencrypt_enabled": d.LetsEncryptEnabled,
		"letsencrypt": d.Issued && (own == nil || !s.opts.Now().Before(own.Validity)),
	}
	set := func(name string, value any) {
		if value != "" && value != nil || s.opts.NullFields {
			fields[name] = value
		}
		if value == "" && s.opts.NullFields {
			fields[name] = nil
		}
	}
	if own != nil {
		set("tlscert", own.Subject)
		set("tlskey", own.Key)
		set("validity", date(own.Validity))
		set("ssl_status", string(own.Status))
	} else {
		set("tlscert", "")
		set("tlskey", "")
		set("validity", "")
		set("ssl_status", s.opts.IdleSSLStatus)
	}
	set("letsencrypt_status", string(d.Status))
	set("acme_dns_fqdn", d.Challenge.FQDN)
	set("acme_dns_value", d.Challenge.Value)
	set("acme_dns_error", s.opts.AcmeError.of(d.Error))
	return fields
}

// of returns the JSON of an error, nil or an empty text if it is none.
func (form AcmeError) of(text string) any {
	switch form {
	case AcmeErrorText:
	case AcmeErrorObject, AcmeErrorObjectAlways:
		if text != "" {
			return map[string]any{"dns_provider": "manual", "variables": []string{text}}
		}
		if form == AcmeErrorObjectAlways {
			return map[string]any{"dns_provider": "", "variables": []string{}}
		}
	}
	return text
}

// find returns the domain in the path of a request.
func (a *app) find(c *call) (*domain, error) {
	id := c.PathValue("domain")
	i := slices.IndexFunc(a.domains, func(d *domain) bool { return d.ID == id })
	if i < 0 {
		return nil, NotFound("domain")
	}
	return a.domains[i], nil
}

// listDomains is ListDomains. It has no pages.
func (s *Server) listDomains(c *call) (reply, error) {
	a, err := s.reach(c)
	if err != nil {
		return reply{}, err
	}
	list := []any{}
	for _, d := range a.domains {
		list = append(list, s.fields(a, d))
	}
	return reply{http.StatusOK, map[string]any{"domains": list}}, nil
}

// showDomain is ShowDomain.
func (s *Server) showDomain(c *call) (reply, error) {
	a, err := s.reach(c)
	if err != nil {
		return reply{}, err
	}
	d, err := a.find(c)
	if err != nil {
		return reply{}, err
	}
	return reply{http.StatusOK, map[string]any{"domain": s.fields(a, d)}}, nil
}

var hostname = regexp.MustCompile(`^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// checkName refuses a name that an application cannot have: one that is no host name (RFC 1123 §2.1) or a wildcard in lower case, and those of the platform.
func (s *Server) checkName(name string) error {
	switch {
	case len(name) > 253 || !hostname.MatchString(name):
		return invalidField("name", "is not a host name")
	case strings.HasSuffix(name, ".scalingo.io"):
		return invalidField("name", "is one of the platform's")
	}
	return nil
}

// checkFree refuses a name that an application has.
func (s *Server) checkFree(name string) error {
	taken := s.elsewhere[name] || slices.ContainsFunc(s.apps, func(a *app) bool {
		return slices.ContainsFunc(a.domains, func(d *domain) bool { return d.Name == name })
	})
	switch {
	case !taken:
		return nil
	case s.opts.TakenIsInvalid:
		return invalidField("name", "is already linked to an application")
	default:
		return Conflict(fmt.Sprintf("domain %s is already linked to an application", name))
	}
}
