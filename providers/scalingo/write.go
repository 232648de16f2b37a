package scalingo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// CreateResource implements [providers.ResourceProvider]. One that another application has is a [*providers.StateError].
func (p *Provider) CreateResource(ctx context.Context, r providers.Resource) error {
	if err := p.create(ctx, r); err != nil {
		return fmt.Errorf("create %s: %w", r, err)
	}
	return nil
}

func (p *Provider) create(ctx context.Context, r providers.Resource) error {
	named, err := appOf(r)
	if err != nil {
		return err
	}
	fields := slices.Sorted(maps.Keys(r.Fields))
	if _, ok := r.Secrets[secretCertificate]; ok {
		fields = append(fields, fieldCertificate)
	}
	e, err := p.edit(r, slices.DeleteFunc(fields, func(name string) bool { return name == fieldApp }))
	if err != nil {
		return err
	}
	e.Name = new(host(r.Name))
	if e.Certificate != nil && *e.Certificate == "" {
		e.Certificate, e.Key = nil, nil // there is none to be taken away
	}
	all, err := p.customDomains(ctx, named)
	if err != nil {
		return rest.Untouched(ctx, err)
	}
	if _, there := all.find(r.Name); there {
		return fmt.Errorf("%w: it is there", providers.ErrConflict)
	}
	if err := all.checkCanonical(e, r.Name, nil); err != nil {
		return err
	}
	if len(all) >= maxDomains {
		return fmt.Errorf("%w: the application %s has %d custom domains, which is the most that it can have (https://developers.scalingo.com/domains): "+
			"unlink one of them, or link this one to another application", providers.ErrInvalid, named, len(all))
	}
	err = p.client.link(ctx, named, e)
	refused, ok := errors.AsType[*refusal](err)
	if !ok || !errors.Is(refused.kind, providers.ErrConflict) && !errors.Is(refused.kind, providers.ErrInvalid) {
		return err
	}
	return p.refusedLink(ctx, named, r.Name, refused)
}

// refusedLink gives the refusal of a link its kind: the name may have come to this application meanwhile, or be that of another one.
func (p *Provider) refusedLink(ctx context.Context, app string, name zonefile.Name, refused *refusal) error {
	all, err := p.customDomains(ctx, app)
	if err != nil {
		return refused
	}
	_, there := all.find(name)
	switch {
	case there:
		return fmt.Errorf("%w: it is there: %s", providers.ErrConflict, refused.said())
	case errors.Is(refused, providers.ErrConflict):
		return &providers.StateError{
			State: "linked_elsewhere", Kind: providers.ErrBlocked,
			Needs: "unlink it from the application that has it, which is another one, of this account or of somebody else's: " + refused.said(),
		}
	}
	return refused
}

// UpdateResource implements [providers.ResourceProvider]. All fields are written with one request. A certificate is written with its key, whichever of its two
// fields is meant; one that is empty, and for which there is no secret, is taken away.
func (p *Provider) UpdateResource(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	if err := p.update(ctx, base, r, fields); err != nil {
		return fmt.Errorf("update %s: %w", r, err)
	}
	return nil
}

func (p *Provider) update(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	switch {
	case base == nil:
		return fmt.Errorf("%w: there is no base", providers.ErrInvalid)
	case r.Kind != base.Kind || r.Name != base.Name:
		return fmt.Errorf("%w: %s cannot become %s", providers.ErrInvalid, base.Resource, r)
	}
	e, err := p.edit(r, fields)
	if err != nil {
		return err
	}
	now, err := p.look(ctx, base)
	if err != nil {
		return err
	}
	if err := now.one.unchanged(base, fields); err != nil {
		return err
	}
	if err := now.all.checkCanonical(e, base.Name, base); err != nil {
		return err
	}
	if len(fields) == 0 {
		return nil
	}
	err = p.client.update(ctx, now.app, now.one.domain, e)
	if missing(err, "domain") {
		return fmt.Errorf("%w: somebody has unlinked it in the meantime: %w", providers.ErrNoResource, err)
	}
	return err
}

// RemoveResource implements [providers.ResourceProvider]. A certificate that was uploaded goes with it. One that Scalingo does not let go since the name still leads to
// the application is a [*providers.StateError].
func (p *Provider) RemoveResource(ctx context.Context, base *providers.ResourceSnapshot) error {
	if base == nil {
		return fmt.Errorf("remove a resource without a base: %w", providers.ErrInvalid)
	}
	if err := p.remove(ctx, base); err != nil {
		return fmt.Errorf("remove %s: %w", base.Resource, err)
	}
	return nil
}

func (p *Provider) remove(ctx context.Context, base *providers.ResourceSnapshot) error {
	now, err := p.look(ctx, base)
	if err != nil {
		return err
	}
	if err := now.one.unchanged(base, []string{fieldCanonical, fieldLetsEncrypt, fieldCertificate}); err != nil {
		return err
	}
	err = p.client.unlink(ctx, now.app, now.one.domain)
	refused, ok := errors.AsType[*refusal](err)
	if !ok || refused.answer.Status != http.StatusNotFound || missing(err, "app") {
		return err
	}
	// Nobody says how the 404 of a name that is there differs from that of one that is not.
	switch _, gone := p.client.domain(ctx, now.app, now.one.domain); {
	case gone == nil:
		return &providers.StateError{
			State: "still_cnamed", Kind: providers.ErrBlocked,
			Needs: fmt.Sprintf("take the CNAME of %s to the application away, and wait until resolvers have forgotten it: Scalingo unlinks no name that leads to it: %s",
				base.Name, refused.said()),
		}
	case missing(gone, "domain"):
		return fmt.Errorf("%w: somebody has unlinked it in the meantime: %w", providers.ErrNoResource, err)
	default:
		return rest.Untouched(ctx, fmt.Errorf("after a refusal, which was 404: %w", gone))
	}
}
