package scalingo

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// domain is a custom domain of an application.
type domain struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Canonical bool   `json:"canonical"`

	// The certificate that was uploaded.
	SSL       bool   `json:"ssl"` // there is one
	SSLStatus shown  `json:"ssl_status"`
	Subject   string `json:"tlscert"`
	Key       shown  `json:"tlskey"` // what sort of key it is
	Validity  string `json:"validity"`

	// That of Let's Encrypt.
	LetsEncryptEnabled bool            `json:"letsencrypt_enabled"`
	LetsEncrypt        shown           `json:"letsencrypt"` // "true" if it is in use
	LetsEncryptStatus  shown           `json:"letsencrypt_status"`
	ACMEName           string          `json:"acme_dns_fqdn"`
	ACMEValue          string          `json:"acme_dns_value"`
	ACMEError          json.RawMessage `json:"acme_dns_error"` // a text, or an object

	// unread is why it cannot be read but for its id, its name and whether it is canonical, which are all that counts of one that is beside the one that was
	// asked for. It is nil if all of it was read.
	unread error
}

// shown is the value of a field that is only shown: the text, or the JSON of what is none.
type shown string

// UnmarshalJSON takes whatever there is.
func (s *shown) UnmarshalJSON(value []byte) error {
	var text string // empty for null
	if json.Unmarshal(value, &text) != nil {
		text = string(value)
	}
	*s = shown(text)
	return nil
}

// UnmarshalJSON reads a domain. One that lacks a field that all have is an error: without it the domain would be another one. Let's Encrypt is enabled if nothing
// says otherwise, as for a link.
func (d *domain) UnmarshalJSON(text []byte) error {
	var sure struct {
		ID        string `json:"id"`
		Name      string `json:"name"`
		Canonical *bool  `json:"canonical"`
	}
	if err := json.Unmarshal(text, &sure); err != nil {
		return err
	}
	switch {
	case strings.Trim(sure.ID, ".") == "" || sure.Name == "" || sure.Canonical == nil: // dots would be another path
		return errors.New("a domain without an id, a name or canonical")
	case rest.OneLine(sure.ID) != sure.ID: // it is kept, and printed
		return fmt.Errorf("a domain with the id %q", rest.OneLine(sure.ID))
	}
	type plain domain
	all := plain{LetsEncryptEnabled: true} // a null leaves it so
	all.unread = json.Unmarshal(text, &all)
	*d = domain(all)
	return nil
}

// owner returns the name of the domain as other packages know it.
func (d domain) owner() (zonefile.Name, error) { return parseName(d.Name) }

// parseName reads a name as the API has it, with or without a dot at its end.
func parseName(text string) (zonefile.Name, error) {
	return zonefile.ParseName(strings.TrimSuffix(text, ".")+".", zonefile.Name{})
}

// domainAnswer is an answer about one domain.
type domainAnswer struct {
	Domain *domain `json:"domain"`
}

// isAbout returns an error if an answer is about another domain than one, of which the id may not be known.
func (a domainAnswer) isAbout(of domain) error {
	switch {
	case a.Domain == nil:
		return errors.New("the answer has no domain")
	case a.Domain.Name != of.Name || of.ID != "" && a.Domain.ID != of.ID:
		return fmt.Errorf("the answer is about the domain %q with the id %q", rest.OneLine(a.Domain.Name), rest.OneLine(a.Domain.ID))
	}
	return nil
}
