package glauca

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// Prices asks what it would cost now to renew the registration of base for a year, and to restore the domain: "renewal_price" and "restore_price", in the currency that
// Glauca charges in, or why that cannot be done. Nothing is ordered.
func (p *Provider) Prices(ctx context.Context, base *providers.ResourceSnapshot) ([]providers.Observation, error) {
	if base == nil {
		return nil, fmt.Errorf("%w: the prices of no domain are asked for", providers.ErrInvalid)
	}
	if err := checkID(base.ID); err != nil {
		return nil, fmt.Errorf("ask for the prices of %s: %w: %w", base.Resource, providers.ErrInvalid, err)
	}
	name := strings.TrimSuffix(base.Name.String(), ".")
	all, err := p.offers(ctx, name, []asked{
		{"renewal_price", rest.Request{Method: http.MethodPost, Path: domainPath(base.ID) + "check_renew/", In: question{name, oneYear()}}},
		{"restore_price", rest.Request{Method: http.MethodGet, Path: domainPath(base.ID) + "check_restore/"}},
	})
	if err != nil {
		return nil, fmt.Errorf("ask for the prices of %s: %w", base.Resource, err)
	}
	return all, nil
}

// Availability asks whether a domain could be registered for a year, or transferred from another registrar, and at which price: "registration_price" and
// "transfer_price". It is for a domain that the account does not have. Nothing is ordered.
func (p *Provider) Availability(ctx context.Context, domain zonefile.Name) ([]providers.Observation, error) {
	name := strings.TrimSuffix(domain.String(), ".")
	all, err := p.offers(ctx, name, []asked{
		{"registration_price", rest.Request{Method: http.MethodPost, Path: domainsPath + "check/", In: question{name, oneYear()}}},
		{"transfer_price", rest.Request{Method: http.MethodPost, Path: domainsPath + "check_transfer/", In: question{name, oneYear()}}},
	})
	if err != nil {
		return nil, fmt.Errorf("ask whether %s is available: %w", domain, err)
	}
	return all, nil
}

// asked is a request for an offer, and what the answer is called.
type asked struct {
	name    string
	request rest.Request
}

// offers asks for offers about a domain, one after the other.
func (p *Provider) offers(ctx context.Context, domain string, questions []asked) ([]providers.Observation, error) {
	var all []providers.Observation
	for _, q := range questions {
		o, err := p.client.offer(ctx, domain, q.request)
		if err != nil {
			return nil, apiError(err)
		}
		observation, err := o.observation(q.name)
		if err != nil {
			return nil, err
		}
		all = append(all, observation)
	}
	return all, nil
}

// observation returns the offer as an observation.
func (o offer) observation(name string) (providers.Observation, error) {
	if !o.Available {
		return providers.Observation{Name: name, Text: strings.TrimSuffix("not offered: "+rest.OneLine(orEmpty(o.Reason)), ": ")}, nil
	}
	if o.Price == nil {
		return providers.Observation{}, fmt.Errorf("%s: it is offered without a price", name)
	}
	value, err := o.Price.Float64()
	if err != nil {
		return providers.Observation{}, fmt.Errorf("%s: %w", name, err)
	}
	return providers.Observation{Name: name, Text: rest.OneLine(o.Price.String()), Value: value, Metric: true}, nil
}
