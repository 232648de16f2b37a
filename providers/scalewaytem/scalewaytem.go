// Package scalewaytem is the provider for the sending domains of Scaleway Transactional Email, v1alpha1.
// https://www.scaleway.com/en/developers/api/transactional-email/domains/ describes the API.
//
// A domain is looked for by its name, and what GET says of its ID is how it is. The answers to a check and to a revocation are not: they lack
// three of the four records, have the name of the fourth relative to nobody knows what, and autoconfig is always false in them. So nothing is
// read out of them, and what came of a write is asked for.
//
// Revoking a domain cannot be undone. It is answered as not found from then on, and if its name is registered again, that is another domain with another
// DKIM key.
package scalewaytem

import (
	"fmt"
	"net/http"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scw"
)

// DefaultURL is where the API is.
const DefaultURL = scw.DefaultURL

// Options say which account it is.
type Options struct {
	// SecretKey returns the secret key of an API key. It is called for each request.
	SecretKey func() (string, error)
	// URL is the address of the API without a path, empty for DefaultURL.
	URL string
	// Timeout is the longest that one request may take, 0 for one minute.
	Timeout time.Duration
	// HTTP makes the requests, nil for the default transport without a proxy. Redirects are not followed.
	HTTP *http.Client
}

// Provider is what one API key may see. It may be used concurrently.
type Provider struct {
	client client
}

var (
	_ providers.ResourceProvider = (*Provider)(nil)
	_ providers.ResourceChecker  = (*Provider)(nil)
)

// maxAnswer is the most octets that an answer may have. A page of domains has about 200 KiB.
const maxAnswer = 16 << 20

// New returns a provider, or an error if the options cannot be right. It makes no request.
func New(o Options) (*Provider, error) {
	c, err := scw.NewClient(scw.Options{SecretKey: o.SecretKey, URL: o.URL, HTTP: o.HTTP, Timeout: o.Timeout, MaxAnswer: maxAnswer})
	if err != nil {
		return nil, fmt.Errorf("scaleway-tem: %w", err)
	}
	return &Provider{client{c}}, nil
}

// The fields of a domain.
const (
	fieldRegion     = "region"
	fieldProject    = "project"
	fieldAutoconfig = "autoconfig"
)

// The outputs of a domain.
const (
	outputDKIM  = "dkim"
	outputDMARC = "dmarc"
	outputMX    = "mx"
	outputSPF   = "spf"
)

// defaultRegion is the only one that there is: https://www.scaleway.com/en/docs/transactional-email/reference-content/tem-capabilities-and-limits/
const defaultRegion = "fr-par"

// ResourceType implements [providers.ResourceReader]. Autoconfig is the only field that the API can change. The SPF record is an output so that
// the one of the zone can be compared with it: a name may have only one (RFC 7208 §3.2), which others have a part in.
func (p *Provider) ResourceType() providers.ResourceType {
	return providers.ResourceType{
		Kind: providers.Mail,
		Fields: []providers.FieldSpec{
			{Name: fieldRegion, Rule: providers.WriteOnce, Default: defaultRegion},
			{Name: fieldProject, Rule: providers.WriteOnce},
			{Name: fieldAutoconfig, Rule: providers.Mutable, Default: "false"},
		},
		Outputs: []string{outputDKIM, outputDMARC, outputMX, outputSPF},
		Removal: providers.RemovedAtPurge,
	}
}
