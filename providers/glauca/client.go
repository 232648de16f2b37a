package glauca

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/zoneward/zoneward/providers/internal/rest"
)

// client makes the calls of the API that are needed. Answers about domains are confidential: each has the authorization code of its domain.
type client struct {
	rest *rest.Client
}

// domainsPath is where the domains are. Without the slash at its end a write would end in an error, or be redirected to a read.
const domainsPath = "/domains/"

func domainPath(id string) string { return domainsPath + url.PathEscape(id) + "/" }

// domain returns the domain with that id, which is one.
func (c client) domain(ctx context.Context, id string) (domain, error) {
	var d domain
	if _, err := c.rest.Do(ctx, rest.Request{Method: http.MethodGet, Path: domainPath(id), Out: &d, Confidential: true}); err != nil {
		return domain{}, err
	}
	if d.ID != id {
		return domain{}, fmt.Errorf("GET %s%s: the answer is about the domain %q, which has the id %q", c.rest, domainPath(id), d.Domain, d.ID)
	}
	return d, nil
}

// patch changes a domain. What comes back says which domain that was, and nothing of what the registry has done.
func (c client) patch(ctx context.Context, d domain, body map[string]any) error {
	var answered struct {
		ID     string `json:"id"`
		Domain string `json:"domain"`
	}
	if _, err := c.rest.Do(ctx, rest.Request{Method: http.MethodPatch, Path: domainPath(d.ID), In: body, Out: &answered, Confidential: true}); err != nil {
		return err
	}
	if answered.ID != d.ID || answered.Domain != d.Domain {
		return fmt.Errorf("PATCH %s%s: the answer is about the domain %q with the id %q, and not about %s", c.rest, domainPath(d.ID), answered.Domain, answered.ID, d.Domain)
	}
	return nil
}

// offer is what the API says of something that costs money.
type offer struct {
	Domain    string       `json:"domain"`
	Available bool         `json:"available"`
	Reason    *string      `json:"reason"`
	Price     *json.Number `json:"price"`
}

// UnmarshalJSON reads an offer, in which neither the domain nor the answer may be missing.
func (o *offer) UnmarshalJSON(text []byte) error {
	type plain offer
	return readObject(text, (*plain)(o), []string{"domain", "available"}, []string{"reason", "price"})
}

// question asks for the price of a domain for a time.
type question struct {
	Domain string `json:"domain"`
	Period period `json:"period"`
}

type period struct {
	Unit  string `json:"unit"`
	Value int    `json:"value"`
}

// oneYear is the period that prices are asked for.
func oneYear() period { return period{"y", 1} }

// offer asks what something would cost. It is no order.
func (c client) offer(ctx context.Context, name string, r rest.Request) (offer, error) {
	var o offer
	r.Out = &o
	if _, err := c.rest.Do(ctx, r); err != nil {
		return offer{}, err
	}
	if o.Domain != name {
		return offer{}, fmt.Errorf("%s %s%s: the answer is about the domain %q, and not about %s", r.Method, c.rest, r.Path, o.Domain, name)
	}
	return o, nil
}
