package scalingo_test

import (
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

// TestConformance runs the suite with the fake as the product may be where its pages do not say.
func TestConformance(t *testing.T) {
	until := time.Now().AddDate(0, 6, 0)
	first, second := selfSigned(until, "www.example.com"), selfSigned(until.AddDate(0, 1, 0), "www.example.com", "example.com")
	for name, opts := range map[string]scalingotest.Options{
		"likely": {},
		"unlikely": {
			OpaqueBearers: true, Canonical: scalingotest.CanonicalBoth, TakenIsInvalid: true, CheckCertificateName: true, DeployAfter: time.Hour, CanonicalURL: true,
			ChallengeAtOnce: true, DotAfterFQDN: true, AcmeError: scalingotest.AcmeErrorObjectAlways, NullFields: true, IdleSSLStatus: "pending",
		},
		"strict": {
			Canonical: scalingotest.CanonicalRefused, CheckCertificateName: true, AcmeError: scalingotest.AcmeErrorObject, CheckEvery: time.Minute,
		},
	} {
		t.Run(name, func(t *testing.T) {
			providertest.RunResources(t, func(t *testing.T) providertest.ResourceFixture {
				s, p := start(t, opts)
				s.AddApp(scalingotest.App{Name: "other-app"})
				return providertest.ResourceFixture{
					Provider: p,
					Cases: []providertest.ResourceCase{
						{Resource: www(), Updates: []providers.Resource{
							www("letsencrypt=false"), secretly(www("canonical=true"), first), secretly(www("letsencrypt=true", "canonical=false"), second),
						}},
						{Resource: resource("*.example.com.", "canonical=1"), Updates: []providers.Resource{www("letsencrypt=0")}},
						{Resource: resource("example.org.", "app=other-app")},
					},
					Bad:    bad(until),
					End:    func(_ testing.TB, r providers.Resource) { s.Unlink(r.Fields["app"], apiName(r)) },
					Faults: providertest.HTTPFaults(s.Faults, "/v1/apps/{app}/domains/{domain}"),
					Secret: []string{s.Token},
				}
			})
		})
	}
}

// bad are resources that an application cannot have.
func bad(until time.Time) map[string]providers.Resource {
	of := func(name string, fields ...string) providers.Resource { return resource(name, fields...) }
	without := www()
	delete(without.Fields, "app")
	return map[string]providers.Resource{
		"another kind":                 {Kind: providers.Mail, Name: www().Name, Fields: www().Fields},
		"one label":                    of("example."),
		"the root":                     of("."),
		"underscore":                   of("_acme.example.com."),
		"wildcard below the first":     of("www.*.example.com."),
		"octets beyond ASCII":          of(`b\195\188cher.example.`),
		"no application":               without,
		"application with a slash":     www("app=my-app/domains"),
		"application in upper case":    www("app=My-App"),
		"dots":                         www("app=.."),
		"canonical maybe":              www("canonical=maybe"),
		"empty letsencrypt":            www("letsencrypt="),
		"unknown field":                www("colour=red"),
		"certificate without a secret": www("certificate=CN=www.example.com"),
		"certificate of another name":  secretly(www(), selfSigned(until, "other.example.com")),
	}
}
