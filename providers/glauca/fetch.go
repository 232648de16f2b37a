package glauca

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// FetchResource implements [providers.ResourceReader]. The list of all domains, which is slow, is asked for once.
func (p *Provider) FetchResource(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	if what.Kind != providers.Delegation {
		return nil, fmt.Errorf("fetch %s: %w: Glauca has delegations", what, providers.ErrInvalid)
	}
	var d domain
	listed, err := p.listed(ctx, what.Name)
	if err == nil {
		d, err = p.retrieved(ctx, listed)
	}
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", what, err)
	}
	snapshot, err := d.snapshot(time.Now())
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", what, err)
	}
	return snapshot, nil
}

// Resources implements [providers.ResourceReader] with one list.
func (p *Provider) Resources(ctx context.Context, _ providers.Resource) ([]*providers.ResourceSnapshot, error) {
	domains, err := p.client.domains(ctx)
	if err != nil {
		return nil, fmt.Errorf("list domains: %w", apiError(err))
	}
	now := time.Now()
	all := make([]*providers.ResourceSnapshot, 0, len(domains))
	var unread []error
	for _, e := range domains {
		d, err := e.read()
		if err != nil {
			unread = append(unread, err)
			continue
		}
		snapshot, err := d.snapshot(now)
		unread, all = append(unread, err), append(all, snapshot)
	}
	if err := errors.Join(unread...); err != nil {
		return nil, fmt.Errorf("list domains: %w", err)
	}
	slices.SortFunc(all, func(a, b *providers.ResourceSnapshot) int { return a.Name.Compare(b.Name) })
	return all, nil
}

// listed returns a domain as the list has it. It is ErrNoResource only if the whole list does not: a domain of another account is answered with
// 403, and one that is there with 404 or 500, see [failsToRetrieve].
func (p *Provider) listed(ctx context.Context, name zonefile.Name) (entry, error) {
	domains, err := p.client.domains(ctx)
	if err != nil {
		return entry{}, fmt.Errorf("list domains: %w", apiError(err))
	}
	var unread error
	for _, e := range domains {
		switch its, err := e.name(); {
		case err != nil:
			unread = err
		case its == name:
			return e, nil
		}
	}
	if unread != nil {
		return entry{}, fmt.Errorf("list domains: it may be one whose name cannot be read: %w", unread)
	}
	return entry{}, fmt.Errorf("%w: it is not among the %d domains that the token may see", providers.ErrNoResource, len(domains))
}

// retrieved returns a domain of the list as it is when it is asked for by its id, or as the list has it if that cannot be done.
func (p *Provider) retrieved(ctx context.Context, listed entry) (domain, error) {
	d, err := p.client.domain(ctx, listed.ID)
	switch {
	case failsToRetrieve(err):
		d, read := listed.read()
		d.fromList = rest.OneLine(apiError(err).Error())
		return d, read
	case err != nil:
		return domain{}, apiError(err)
	case d.Domain != listed.Domain:
		return domain{}, fmt.Errorf("the domain with the id %q is %q in the list, and %q when it is asked for", d.ID, listed.Domain, d.Domain)
	}
	return d, nil
}

// current returns the domain of base as it is now. It is ErrConflict if another one has its name.
func (p *Provider) current(ctx context.Context, base *providers.ResourceSnapshot) (domain, error) {
	d, err := p.client.domain(ctx, base.ID)
	if failsToRetrieve(err) {
		listed, err := p.listed(ctx, base.Name)
		switch {
		case err != nil:
			return domain{}, err
		case listed.ID != base.ID:
			return domain{}, fmt.Errorf("%w: it was registered anew, and has the id %q", providers.ErrConflict, listed.ID)
		}
		return listed.read()
	}
	if err != nil {
		return domain{}, apiError(err)
	}
	switch name, err := d.name(); {
	case err != nil:
		return domain{}, err
	case name != base.Name:
		return domain{}, fmt.Errorf("the domain with the id %q is %s", base.ID, name)
	}
	return d, nil
}
