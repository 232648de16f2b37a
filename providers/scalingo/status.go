package scalingo

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// The words of the API for how far a certificate is, https://developers.scalingo.com/domains. An example on that page has "pending" for Let's Encrypt too.
const (
	statusPending     = "pending"
	statusSuccess     = "success" // of an uploaded one
	statusPendingDNS  = "pending_dns"
	statusNew         = "new"
	statusCreated     = "created"
	statusDNSRequired = "dns_required"
	statusError       = "error"
)

// Our words, for where the API has none.
const (
	stateExpired    = "expired"
	stateUnknown    = "unknown"
	stateUnreadable = "unreadable"
	stateWithoutTLS = "without_tls"
)

// status says how far a domain is: by its own certificate as long as that has not ended, and otherwise by that of Let's Encrypt, which takes its place then. There is no
// state in which nothing could be written to it, if it can be read.
func (d customDomain) status(host zonefile.Name, until, now time.Time) providers.ResourceStatus {
	switch {
	case d.SSL && !ended(until, now):
		return d.uploadedStatus()
	case d.LetsEncryptEnabled:
		return d.letsEncryptStatus(host)
	case d.SSL:
		return pending(stateExpired, "the certificate that was uploaded has ended: put a new one where the secret is, or declare letsencrypt: true")
	}
	return providers.ResourceStatus{Phase: providers.Ready, State: stateWithoutTLS}
}

// ended reports whether a certificate has ended, as far as it is known when it does.
func ended(until, now time.Time) bool { return !until.IsZero() && !now.Before(until) }

func pending(state, reason string) providers.ResourceStatus {
	return providers.ResourceStatus{Phase: providers.Pending, State: state, Reason: reason}
}

// uploadedStatus is the status of a domain with a certificate of its own.
func (d customDomain) uploadedStatus() providers.ResourceStatus {
	switch d.SSLStatus {
	case statusSuccess, "": // older answers have no status
		return providers.ResourceStatus{Phase: providers.Ready, State: statusSuccess}
	case statusPending:
		return pending(statusPending, "the certificate that was uploaded is being brought to the platform's front ends: it comes by itself")
	case statusError:
		return pending(statusError, "Scalingo cannot use the certificate that was uploaded: put another one where the secret is")
	}
	return unknown("ssl_status", d.SSLStatus)
}

// letsEncryptStatus is the status of a domain with a certificate of Let's Encrypt.
func (d customDomain) letsEncryptStatus(host zonefile.Name) providers.ResourceStatus {
	said := ""
	if problem := d.problem(); problem != "" {
		said = fmt.Sprintf("; Scalingo says %q", problem)
	}
	if d.LetsEncrypt == yes && d.LetsEncryptStatus != statusCreated {
		said += "; the certificate that is there stays in use until then"
	}
	switch d.LetsEncryptStatus {
	case statusCreated:
		return providers.ResourceStatus{Phase: providers.Ready, State: statusCreated}
	case statusPendingDNS:
		return pending(statusPendingDNS, fmt.Sprintf("%s does not lead to the application yet: publish %s, and Let's Encrypt is asked a minute later%s",
			d.owner, d.way(host), said))
	case statusNew, statusPending:
		return pending(string(d.LetsEncryptStatus), "Let's Encrypt has been asked for the certificate: it comes by itself"+said)
	case statusDNSRequired:
		return pending(statusDNSRequired, fmt.Sprintf("Let's Encrypt wants to be shown that the domain is yours: publish %s%s", d.proof(), said))
	case statusError:
		return pending(statusError, fmt.Sprintf("Let's Encrypt has refused the certificate: see that %s leads to the application by %s, and that no CAA record forbids "+
			"letsencrypt.org; Scalingo tries again by itself, ever more seldom%s", d.owner, d.way(host), said))
	}
	return unknown("letsencrypt_status", d.LetsEncryptStatus)
}

// way says which record leads to the application.
func (d customDomain) way(host zonefile.Name) string {
	if host.IsZero() {
		return "a CNAME to it"
	}
	return fmt.Sprintf("the CNAME to %s (at an apex: ALIAS, or the addresses of that)", host)
}

// proof says which record proves a wildcard.
func (d customDomain) proof() string {
	if d.ACMEName == "" || d.ACMEValue == "" {
		return "the TXT record that Scalingo is about to make up"
	}
	return fmt.Sprintf("the TXT record %q at %s", rest.OneLine(d.ACMEValue), rest.OneLine(d.ACMEName))
}

// unknown is the status for a word of the API that is none of those above.
func unknown(field string, status shown) providers.ResourceStatus {
	if status == "" {
		return pending(stateUnknown, "Scalingo does not say yet how far the certificate is: look again in a minute")
	}
	word := rest.OneLine(string(status))
	return pending(word, fmt.Sprintf("Scalingo has the word %q for its %s, which is not known here: look at the dashboard", word, field))
}

// problem returns what the API says in acme_dns_error, which is a text on its page and an object in its own client, empty if there is nothing.
func (d domain) problem() string {
	var text string
	if json.Unmarshal(d.ACMEError, &text) == nil {
		return rest.OneLine(text) // null too
	}
	var object struct {
		Provider  string   `json:"dns_provider"`
		Variables []string `json:"variables"`
	}
	if json.Unmarshal(d.ACMEError, &object) != nil {
		return rest.OneLine(string(d.ACMEError))
	}
	all := strings.Join(object.Variables, ", ")
	if object.Provider != "" && all != "" {
		all = object.Provider + ": " + all
	}
	return rest.OneLine(all)
}
