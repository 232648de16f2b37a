package scalingo

import (
	"fmt"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

const (
	// maxDomains is how many custom domains an application can have, https://developers.scalingo.com/domains#link-a-domain-name-to-an-application.
	maxDomains = 20
	// manyDomains are so many that a person should think of it.
	manyDomains = 18
	// expiryNotice is how long before the end of a certificate a person should put another in its place.
	expiryNotice = 14 * 24 * time.Hour
)

// observe returns what else is known of one of so many domains of an application.
func (d customDomain) observe(domains int, until, now time.Time) []providers.Observation {
	all := []providers.Observation{{Name: "tls", Text: d.tls(until, now)}}
	add := func(name, text, alert string) {
		if text != "" {
			all = append(all, providers.Observation{Name: name, Text: rest.OneLine(text), Alert: alert})
		}
	}
	if d.SSL {
		add("certificate_subject", d.Subject, "")
		add("certificate_key", string(d.Key), "")
		if !until.IsZero() {
			all = append(all, expiry(until, now))
		}
		alert := ""
		if d.SSLStatus == statusError {
			alert = d.uploadedStatus().Reason
		}
		add("ssl_status", string(d.SSLStatus), alert)
	}
	problem, refused, wrong := d.problem(), "", ""
	switch failed := d.LetsEncryptStatus == statusError; {
	case !d.LetsEncryptEnabled:
	case failed && problem == "":
		refused = "Let's Encrypt has refused the certificate"
	case failed:
		wrong = fmt.Sprintf("Let's Encrypt has refused the certificate: Scalingo says %q", problem)
	case problem != "":
		wrong = fmt.Sprintf("something is wrong with what Let's Encrypt looks for in the DNS: Scalingo says %q", problem)
	}
	add("letsencrypt_status", string(d.LetsEncryptStatus), refused)
	add("acme_dns_error", problem, wrong)
	return append(all, count(domains))
}

// tls says which certificate is served.
func (d customDomain) tls(until, now time.Time) string {
	switch {
	case d.SSL && !ended(until, now):
		return "uploaded"
	case d.LetsEncrypt == yes:
		return "letsencrypt"
	case d.SSL:
		return "uploaded, and ended"
	}
	return "none"
}

// expiry is when the certificate ends that was uploaded. That of Let's Encrypt is renewed by the platform, which does not say when it ends.
func expiry(until, now time.Time) providers.Observation {
	o := providers.ObservedTime("certificate_expiry", until)
	switch left := until.Sub(now); {
	case left <= 0:
		o.Alert = fmt.Sprintf("the certificate that was uploaded ended at %s: put a new one where the secret is", o.Text)
	case left < expiryNotice:
		o.Alert = fmt.Sprintf("the certificate that was uploaded ends at %s, in %d days: put a new one where the secret is", o.Text, int(left.Hours()/24))
	}
	return o
}

// count is how many custom domains the application has.
func count(domains int) providers.Observation {
	o := providers.Observation{
		Name: "domains_of_app", Text: fmt.Sprintf("%d of %d", domains, maxDomains), Value: float64(domains), Metric: true,
	}
	if domains >= manyDomains {
		o.Alert = fmt.Sprintf("the application has %d custom domains, and can have %d", domains, maxDomains)
	}
	return o
}
