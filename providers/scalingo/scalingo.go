// Package scalingo is the provider for the custom domains of applications at Scalingo: the names that lead to an application, and the certificates that it
// answers with. https://developers.scalingo.com/domains describes the API.
//
// The API is reached with a bearer token, for which the API token of an account is exchanged. It has no versions, and compares nothing while it writes: so
// each write looks at the names of the application first. An application has 20 of them at most, in one list without pages.
package scalingo

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// The hosts of the API, https://developers.scalingo.com/#endpoints. That of a region has its name in the middle.
const (
	DefaultRegion  = "osc-fr1"
	DefaultAuthURL = "https://auth.scalingo.com"

	regionURL = "https://api.%s.scalingo.com"
)

// regions returns the regions that there are, https://doc.scalingo.com/platform/internals/regions.
func regions() []string { return []string{DefaultRegion, "osc-secnum-fr1"} }

// Options say which account it is, and where its applications are.
type Options struct {
	// APIToken returns an API token, "tk-us-...". It is called whenever a bearer token is needed: once an hour.
	APIToken func() (string, error)
	// Region is where the applications are, empty for DefaultRegion.
	Region string
	// URL is the address of the API without a path, in the place of that of the region: also for one that is not known here.
	URL string
	// AuthURL is the address of the API that exchanges tokens, empty for DefaultAuthURL.
	AuthURL string
	// HTTP makes the requests, nil for the default transport without a proxy. Redirects are not followed.
	HTTP *http.Client
	// Timeout is the longest that one request may take, 0 for one minute.
	Timeout time.Duration
	// Now is the clock by which tokens and certificates end, nil for time.Now.
	Now func() time.Time
}

// Provider is what one API token may see in one region. It may be used concurrently.
type Provider struct {
	client client
	now    func() time.Time
}

var _ providers.ResourceProvider = (*Provider)(nil)

// New returns a provider, or an error if the options cannot be right. It makes no request.
func New(o Options) (*Provider, error) {
	if o.APIToken == nil {
		return nil, errors.New("scalingo: no API token")
	}
	o.Region = cmp.Or(o.Region, DefaultRegion)
	if o.URL == "" && !slices.Contains(regions(), o.Region) {
		return nil, fmt.Errorf("scalingo: %q is no region that is known: there are %s, and of another one the url has to be given", o.Region, strings.Join(regions(), " and "))
	}
	o.URL = cmp.Or(o.URL, fmt.Sprintf(regionURL, o.Region))
	o.AuthURL = cmp.Or(o.AuthURL, DefaultAuthURL)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Transport: providers.DirectTransport()} // one for all clients, which are made anew with each token
	}
	for _, to := range []struct{ what, url string }{{"url", o.URL}, {"auth_url", o.AuthURL}} {
		if _, err := o.open(to.url, bearer("")); err != nil {
			return nil, fmt.Errorf("scalingo: %s: %w", to.what, err)
		}
	}
	return &Provider{client: client{newTokens(o)}, now: o.Now}, nil
}

// The fields of a resource, and the secret that the last two of them follow from.
const (
	fieldApp         = "app"
	fieldCanonical   = "canonical"
	fieldLetsEncrypt = "letsencrypt"
	fieldCertificate = "certificate"
	fieldFingerprint = "certificate_sha256"

	secretCertificate = "certificate"
)

// The outputs of a resource.
const (
	outputACME  = "acme"  // by which a wildcard is proved to Let's Encrypt
	outputCNAME = "cname" // by which the name leads to the application
)

// The values of fields that say yes or no.
const (
	yes = "true"
	no  = "false"
)

// ResourceType implements [providers.ResourceReader].
func (p *Provider) ResourceType() providers.ResourceType {
	return providers.ResourceType{
		Kind: providers.App,
		Fields: []providers.FieldSpec{
			{Name: fieldApp, Rule: providers.WriteOnce, Most: maxDomains},
			{Name: fieldCanonical, Rule: providers.Mutable, Default: no, Exclusive: fieldApp},
			{Name: fieldLetsEncrypt, Rule: providers.Mutable, Default: yes},
			{Name: fieldCertificate, Rule: providers.Mutable, Secret: secretCertificate},
			{Name: fieldFingerprint, Rule: providers.WriteOnly, Secret: secretCertificate},
		},
		Outputs: []string{outputACME, outputCNAME},
		Removal: providers.RemovedAtRetire,
	}
}
