// Package glauca is the provider for the delegations of domains that are registered with Glauca Digital: their name servers, DS or key data, transfer lock
// and contacts. https://docs.glauca.digital/domains/api/ describes the API, and https://github.com/AS207960/domains is the source of its server.
//
// A domain is looked for in the list of all domains, since the API finds none by its name, and then asked for by its id. It is written with PATCHes, of which
// each is about one thing. The API compares nothing while it writes, and answers with what it was sent: so [Provider.UpdateResource] reads the domain in front of
// the first PATCH and behind each.
//
// Registrations are bought and ended by people. Nothing here deletes, renews, restores or transfers one, or makes another authorization code, and the code that
// there is is never read.
package glauca

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

// DefaultURL is where the API is.
const DefaultURL = "https://domains.glauca.digital/api"

// DefaultTimeout is how long a request may take. For the list of domains the server asks the registry for each of them.
const DefaultTimeout = 2 * time.Minute

// Options say which account it is. There is one of Token and AccessToken.
type Options struct {
	// Token returns a personal access token. It is called for each request.
	Token func() (string, error)
	// AccessToken returns an OAuth access token, which lives for minutes, https://docs.glauca.digital/api/. It is called for each request.
	AccessToken func() (string, error)
	// URL is the address of the API with its path, empty for DefaultURL.
	URL string
	// HTTP makes the requests, nil for the default transport without a proxy. Redirects are not followed.
	HTTP *http.Client
	// Timeout is the longest that one request may take, 0 for DefaultTimeout.
	Timeout time.Duration
}

// Provider is what one token may see. It may be used concurrently.
type Provider struct {
	client client
}

var _ providers.ResourceProvider = (*Provider)(nil)

// maxAnswer is the most octets that an answer may have: a list of many thousand domains.
const maxAnswer = 64 << 20

// New returns a provider, or an error if the options cannot be right. It makes no request.
func New(o Options) (*Provider, error) {
	if (o.Token == nil) == (o.AccessToken == nil) {
		return nil, errors.New("glauca: want either a personal access token or an access token")
	}
	secret := rest.Secret{Header: "Authorization", Prefix: "X-AS207960-PAT ", Value: o.Token}
	if o.AccessToken != nil {
		secret.Prefix, secret.Value = "Bearer ", o.AccessToken
	}
	c, err := rest.New(rest.Options{
		BaseURL: cmp.Or(o.URL, DefaultURL), HTTP: o.HTTP, Timeout: cmp.Or(o.Timeout, DefaultTimeout), MaxBody: maxAnswer, Secret: secret,
	})
	if err != nil {
		return nil, fmt.Errorf("glauca: %w", err)
	}
	return &Provider{client{c}}, nil
}

// The fields of a delegation.
const (
	fieldNameServers  = "name_servers"
	fieldDS           = "ds"
	fieldKeyData      = "key_data"
	fieldTransferLock = "transfer_lock"
	fieldRegistrant   = "registrant"
	fieldAdmin        = "admin"
	fieldBilling      = "billing"
	fieldTech         = "tech"
)

// ResourceType implements [providers.ResourceReader].
func (p *Provider) ResourceType() providers.ResourceType {
	return providers.ResourceType{
		Kind: providers.Delegation,
		Fields: []providers.FieldSpec{
			{Name: fieldNameServers, Rule: providers.Mutable, Set: true},
			{Name: fieldDS, Rule: providers.Mutable, Set: true},
			{Name: fieldKeyData, Rule: providers.Mutable, Set: true},
			{Name: fieldTransferLock, Rule: providers.Mutable},
			{Name: fieldRegistrant, Rule: providers.Mutable},
			{Name: fieldAdmin, Rule: providers.Mutable},
			{Name: fieldBilling, Rule: providers.Mutable},
			{Name: fieldTech, Rule: providers.Mutable},
		},
		Removal: providers.NeverRemoved,
	}
}

// CreateResource implements [providers.ResourceProvider]: it registers nothing.
func (p *Provider) CreateResource(_ context.Context, r providers.Resource) error {
	return fmt.Errorf("%w: %s: registrations are bought by people: register the domain at Glauca, or transfer it there", providers.ErrUnsupported, r)
}

// RemoveResource implements [providers.ResourceProvider]: it ends no registration.
func (p *Provider) RemoveResource(_ context.Context, base *providers.ResourceSnapshot) error {
	what := "a delegation"
	if base != nil {
		what = base.String()
	}
	return fmt.Errorf("%w: %s: registrations are ended by people: delete the domain at Glauca, or let it expire", providers.ErrUnsupported, what)
}
