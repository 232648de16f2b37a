package scalingotest

import (
	"cmp"
	"net/http"
	"time"
)

// Options say how the fake behaves where the pages do not. The zero Options are the likely product, but that they have no limit of requests.
type Options struct {
	// Now is the clock, nil for time.Now.
	Now func() time.Time
	// Lookup is the DNS that the platform sees: the values of the records of a type at a name, which is in lower case and has no dot at its end. A is addresses, CNAME
	// is the target, with or without a dot at its end, and TXT is texts without quotes. A wildcard is asked for by its own name, "*.example.com". Nil is a DNS without
	// records. It must not call the Server.
	Lookup func(name, kind string) []string
	// OnCall is called with each request before anything is done with it, in the form of [Server.Calls]: several fakes can keep one order. It may be
	// called concurrently.
	OnCall func(call string)

	// Regions are those of the account, nil for the two of the pages.
	Regions []Region
	// BearerLifetime is how long a bearer token is good for. 0 is an hour.
	BearerLifetime time.Duration
	// OpaqueBearers are no JWT.
	OpaqueBearers bool
	// RequestsPerMinute are answered, and the others refused with [RetryLater]. 0 is no limit; that of the product is 60.
	RequestsPerMinute int
	// RetryAfter has a refusal say when to come again.
	RetryAfter bool

	// MaxDomains is how many names an application may have. 0 is 20.
	MaxDomains int
	// Canonical says what becomes of a canonical name when another one is made so.
	Canonical Canonical
	// IgnoreUnknown leaves fields out of account that cannot be set, or that there are not. Otherwise they are refused.
	IgnoreUnknown bool
	// TakenIsInvalid answers 422 to a name that an application has. Otherwise it is 409.
	TakenIsInvalid bool
	// CheckCertificateName refuses a certificate that is not for the name.
	CheckCertificateName bool
	// DeployAfter is how long a certificate that was uploaded is pending.
	DeployAfter time.Duration
	// CanonicalURL has the url of an application be that of its canonical name. Otherwise it is that of the platform, as base_url always is.
	CanonicalURL bool

	// CheckEvery is how often the platform looks at the DNS of a name, and does the next step to its certificate: a minute in the product. With 0
	// each request about an application is such a moment, after the one that has linked the name.
	CheckEvery time.Duration
	// ChallengeAtOnce has the link of a wildcard be answered with the TXT record that it needs. Otherwise the first look at its DNS makes that.
	ChallengeAtOnce bool
	// DotAfterFQDN has acme_dns_fqdn end in a dot.
	DotAfterFQDN bool
	// AcmeError is the form of acme_dns_error.
	AcmeError AcmeError
	// NullFields has a field without a value be null. Otherwise it is not there.
	NullFields bool
	// IdleSSLStatus is the ssl_status of a name without a certificate of its own, empty for no value.
	IdleSSLStatus string
}

// Canonical is what becomes of a canonical name when another one is made so.
type Canonical int

// The rules for canonical names.
const (
	CanonicalMoves   Canonical = iota // it is one no more, and nothing says so
	CanonicalRefused                  // it stays, and the other is refused
	CanonicalBoth                     // both are
)

// AcmeError is a form of acme_dns_error.
type AcmeError int

// The forms of acme_dns_error.
const (
	AcmeErrorText         AcmeError = iota // a text
	AcmeErrorObject                        // {"dns_provider": "...", "variables": ["..."]}
	AcmeErrorObjectAlways                  // the same, and with empty values where there is no error
)

func (o Options) withDefaults() Options {
	o.BearerLifetime = cmp.Or(o.BearerLifetime, time.Hour)
	o.MaxDomains = cmp.Or(o.MaxDomains, 20)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Lookup == nil {
		o.Lookup = func(string, string) []string { return nil }
	}
	if o.Regions == nil {
		o.Regions = []Region{publicRegion("osc-fr1", "Paris - Outscale"), publicRegion("osc-secnum-fr1", "Paris - SecNumCloud - Outscale")}
		o.Regions[0].Default = true
	}
	return o
}

// Region is where applications are, https://developers.scalingo.com/regions.
type Region struct {
	Name        string `json:"name"`
	DisplayName string `json:"display_name"`
	API         string `json:"api"` // empty for the host that was asked
	Dashboard   string `json:"dashboard"`
	DatabaseAPI string `json:"database_api"`
	SSH         string `json:"ssh"`
	Default     bool   `json:"default"`
}

// publicRegion returns a region as the page has them, but that its API is the fake.
func publicRegion(name, displayName string) Region {
	domain := name + ".scalingo.com"
	return Region{Name: name, DisplayName: displayName, Dashboard: "https://my." + domain, DatabaseAPI: "https://db-api." + domain, SSH: "ssh." + domain + ":22"}
}

// listRegions is ListRegions.
func (s *Server) listRegions(c *call) (reply, error) {
	regions := []Region{}
	for _, r := range s.opts.Regions {
		if r.API == "" {
			r.API = c.origin()
		}
		regions = append(regions, r)
	}
	return reply{http.StatusOK, map[string]any{"regions": regions}}, nil
}
