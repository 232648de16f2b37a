package scalingotest

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// settle has a domain that was changed be one that the platform can go on with.
func (s *Server) settle(d *domain) {
	if !d.LetsEncryptEnabled {
		d.Status, d.Error, d.Challenge, d.Issued, d.Held = "", "", Challenge{}, false, false
		return
	}
	if d.Status == "" {
		d.Status = StatusPendingDNS
		if d.wildcard() && s.opts.ChallengeAtOnce {
			d.Status = StatusDNSRequired
		}
	}
	d.Issued = d.Issued || d.Status == StatusCreated
	if d.wildcard() && d.Status != StatusPendingDNS && d.Challenge == (Challenge{}) {
		d.Challenge = s.newChallenge(d)
	}
}

// newChallenge returns the TXT record that a wildcard needs next.
func (s *Server) newChallenge(d *domain) Challenge {
	digest := sha256.Sum256([]byte(s.newID()))
	c := Challenge{FQDN: "_acme-challenge." + strings.TrimPrefix(d.Name, "*."), Value: base64.RawURLEncoding.EncodeToString(digest[:])}
	if s.opts.DotAfterFQDN {
		c.FQDN += "."
	}
	return c
}

// advance does what the platform has to do for the domains of an application until now.
func (s *Server) advance(a *app) {
	now := s.opts.Now()
	for _, d := range a.domains {
		if own := d.Certificate; own != nil && own.Status == SSLPending && !own.deployed.IsZero() && !now.Before(own.deployed) {
			own.Status = SSLSuccess
		}
		every := s.opts.CheckEvery
		if every == 0 {
			s.step(a, d)
			continue
		}
		for !now.Before(d.look) && s.step(a, d) {
			d.look = d.look.Add(every)
		}
		if !now.Before(d.look) { // looking again changes nothing until the DNS does
			d.look = d.look.Add(now.Sub(d.look).Truncate(every) + every)
		}
	}
}

// step does the next step to a certificate, and reports whether the status is another one then.
func (s *Server) step(a *app, d *domain) bool {
	if !d.LetsEncryptEnabled || d.Held {
		return false
	}
	before := d.Status
	right, problem := s.proven(a, d)
	switch d.Status {
	case StatusPendingDNS:
		switch {
		case d.wildcard():
			d.Status = StatusDNSRequired
			s.settle(d)
		case right:
			d.Status = StatusNew
		}
	case StatusDNSRequired:
		d.Error = problem
		if right {
			d.Status = StatusNew
		}
	case StatusError:
		if right {
			d.Status, d.Error = StatusNew, ""
		}
	case StatusNew:
		if right {
			d.Status, d.Issued = StatusCreated, true
		} else {
			d.Status, d.Error = StatusError, "Let's Encrypt has not found what it looked for in the DNS"
		}
	case StatusCreated:
	default: // one that a test has made up
		d.Status = StatusPendingDNS
	}
	return d.Status != before
}

// proven reports whether the DNS serves what Let's Encrypt looks for: the way to the application, or the TXT record of a wildcard. The problem is for
// what is there and is wrong.
func (s *Server) proven(a *app, d *domain) (right bool, problem string) {
	if !d.wildcard() {
		return s.leadsTo(d.Name, a.platformName()), ""
	}
	texts := s.opts.Lookup(bare(d.Challenge.FQDN), "TXT")
	switch {
	case slices.Contains(texts, d.Challenge.Value):
		return true, ""
	case len(texts) > 0:
		return false, "the TXT record has another value"
	}
	return false, ""
}

// leadsTo reports whether a name is an alias of another one, or has one of its addresses.
func (s *Server) leadsTo(name, host string) bool {
	if s.aliased(name, host) {
		return true
	}
	for _, kind := range []string{"A", "AAAA"} {
		theirs := s.opts.Lookup(host, kind)
		if slices.ContainsFunc(s.opts.Lookup(bare(name), kind), func(address string) bool { return slices.Contains(theirs, address) }) {
			return true
		}
	}
	return false
}

// aliased reports whether CNAME records lead from a name to another one.
func (s *Server) aliased(name, host string) bool {
	const most = 8 // as many as a resolver follows
	for range most {
		targets := s.opts.Lookup(bare(name), "CNAME")
		if len(targets) == 0 {
			return false
		}
		if name = bare(targets[0]); name == bare(host) {
			return true
		}
	}
	return false
}
