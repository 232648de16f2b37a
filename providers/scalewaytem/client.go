package scalewaytem

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/internal/scw"
	"github.com/zoneward/zoneward/zonefile"
)

// pageSize is how many domains a page has.
const pageSize = 100

// client makes the calls of the API that are needed. https://www.scaleway.com/en/developers/api/transactional-email/domains/ has all.
type client struct {
	rest *rest.Client
}

// newDomain is a body that registers a domain.
type newDomain struct {
	Project    string `json:"project_id"`
	Name       string `json:"domain_name"`
	Autoconfig bool   `json:"autoconfig"`
}

// settings is a body that changes a domain. There is nothing else that can be changed.
type settings struct {
	Autoconfig bool `json:"autoconfig"`
}

// domainsPath returns where the domains of a region are.
func domainsPath(region string) string {
	return "/transactional-email/v1alpha1/regions/" + url.PathEscape(region) + "/domains"
}

// domainPath returns where one domain is.
func domainPath(region, id string) string { return domainsPath(region) + "/" + url.PathEscape(id) }

// list returns the domains of a place that are not revoked, and of them those of a name if it is not empty. That there is no list says nothing of any domain.
func (c client) list(ctx context.Context, at place, name string) ([]listed, error) {
	query := url.Values{}
	for key, value := range map[string]string{"project_id": at.project, "name": name} {
		if value != "" {
			query.Set(key, value)
		}
	}
	all, err := scw.List(ctx, c.rest, domainsPath(at.region), query, "domains", pageSize, func(l listed) string { return l.id })
	if err != nil {
		return nil, scw.WithKind(err, nil)
	}
	return slices.DeleteFunc(all, func(l listed) bool { return l.revoked }), nil
}

// get returns a domain by its ID. The error wraps ErrNoResource if the API says of that ID that it is not there, or is revoked.
func (c client) get(ctx context.Context, region, id string, name zonefile.Name) (domain, error) {
	var d domain
	_, err := c.rest.Do(ctx, rest.Request{Method: http.MethodGet, Path: domainPath(region, id), Out: &d})
	switch {
	case isGone(err, id):
		return domain{}, scw.WithKind(err, providers.ErrNoResource)
	case err != nil:
		return domain{}, scw.WithKind(err, nil)
	case d.ID != id || !d.is(name):
		return domain{}, fmt.Errorf("the answer is about the domain %s, %q, and %s, %s, was asked for", d.ID, rest.OneLine(d.Name), id, name)
	case d.Status == revoked:
		return domain{}, fmt.Errorf("%w: the domain %s is revoked", providers.ErrNoResource, id)
	}
	return d, nil
}

// isGone reports whether the API says that it does not have the domain with an ID. Any other 404 may be about something else: the path, or a proxy.
func isGone(err error, id string) bool {
	r, ok := scw.RefusalOf(err)
	return ok && scw.Promises(err) && r.Type == "not_found" && strings.EqualFold(r.ResourceID, id)
}

// verification returns what the last check of a domain found, nil if the API has none. Whether it has one before the first check is said nowhere.
func (c client) verification(ctx context.Context, region, id string) (*verification, error) {
	var v verification
	_, err := c.rest.Do(ctx, rest.Request{Method: http.MethodGet, Path: domainPath(region, id) + "/verification", Out: &v})
	switch err = scw.WithKind(err, providers.ErrNoResource); {
	case errors.Is(err, providers.ErrNoResource):
		return nil, nil
	case err != nil:
		return nil, err
	case v.ID != id:
		return nil, fmt.Errorf("the answer is about the check of the domain %q, and that of %s was asked for", rest.OneLine(v.ID), id)
	}
	return &v, nil
}

// create registers a domain. The error is as the request ended.
func (c client) create(ctx context.Context, region string, in newDomain) (domain, error) {
	var made domain
	_, err := c.rest.Do(ctx, rest.Request{Method: http.MethodPost, Path: domainsPath(region), In: in, Out: &made})
	return made, err
}

// update changes a domain. The error is as the request ended.
func (c client) update(ctx context.Context, region, id string, in settings) error {
	return c.write(ctx, id, rest.Request{Method: http.MethodPatch, Path: domainPath(region, id), In: in})
}

// act has something done to a domain: check or revoke. The error is as the request ended.
func (c client) act(ctx context.Context, region, id, action string) error {
	return c.write(ctx, id, rest.Request{Method: http.MethodPost, Path: domainPath(region, id) + "/" + action, In: struct{}{}})
}

// write makes a request about a domain, and believes nothing of the answer but which domain it is about.
func (c client) write(ctx context.Context, id string, r rest.Request) error {
	var answer struct {
		ID string `json:"id"`
	}
	r.Out = &answer
	if _, err := c.rest.Do(ctx, r); err != nil {
		return err
	}
	if answer.ID != id {
		return fmt.Errorf("%s %s%s: the answer is about the domain %q", r.Method, c.rest, r.Path, rest.OneLine(answer.ID))
	}
	return nil
}
