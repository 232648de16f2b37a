package scalewaytem

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/internal/scw"
	"github.com/zoneward/zoneward/zonefile"
)

// CreateResource implements [providers.ResourceProvider]. A domain of that name in another project makes it a conflict too, if the key may see it.
// Scaleway writes no records unless autoconfig is declared to be true.
func (p *Provider) CreateResource(ctx context.Context, r providers.Resource) error {
	if err := p.create(ctx, r); err != nil {
		return fmt.Errorf("create %s: %w", r, err)
	}
	return nil
}

func (p *Provider) create(ctx context.Context, r providers.Resource) error {
	normal, err := normalize(r)
	if err != nil {
		return err
	}
	at, err := placeOf(normal)
	switch {
	case err != nil:
		return err
	case at.project == "":
		return fieldError(fieldProject, providers.ErrInvalid, "a domain is registered in a project, and there is none")
	}
	if err := p.vacant(ctx, at, normal.Name); err != nil {
		return rest.Untouched(ctx, err)
	}
	in := newDomain{Project: at.project, Name: textOf(normal.Name), Autoconfig: normal.Fields[fieldAutoconfig] == "true"}
	made, err := p.client.create(ctx, at.region, in)
	if err != nil {
		return p.notCreated(ctx, at, normal.Name, err)
	}
	if !made.is(normal.Name) || made.Project != at.project {
		return fmt.Errorf("the answer is about the domain %q in the project %s", rest.OneLine(made.Name), made.Project)
	}
	return nil
}

// vacant returns an error that wraps ErrConflict if there is a domain of a name.
func (p *Provider) vacant(ctx context.Context, at place, name zonefile.Name) error {
	d, err := p.find(ctx, at, name)
	switch {
	case errors.Is(err, providers.ErrNoResource):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: it is there, in the project %s", providers.ErrConflict, d.Project)
}

// notCreated gives the error of a registration its kind. In which words the API refuses a name that somebody else has registered since is not known, so
// it is looked for. What is not found otherwise is the project.
func (p *Provider) notCreated(ctx context.Context, at place, name zonefile.Name, err error) error {
	if !scw.Promises(err) || scw.AtTheDoor(err) {
		return scw.WithKind(err, nil)
	}
	if taken := p.vacant(ctx, at, name); errors.Is(taken, providers.ErrConflict) {
		return taken
	}
	return scw.WithKind(err, providers.ErrInvalid)
}

// UpdateResource implements [providers.ResourceProvider]. The only field that can be changed is autoconfig. Turned on, Scaleway writes the records
// within some minutes; turned off, it leaves those that it has written as they are.
func (p *Provider) UpdateResource(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	if err := p.update(ctx, base, r, fields); err != nil {
		return fmt.Errorf("update %s: %w", r, err)
	}
	return nil
}

func (p *Provider) update(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	at, err := placeOfBase(base)
	switch {
	case err != nil:
		return err
	case r.Kind != base.Kind || r.Name != base.Name:
		return fmt.Errorf("%w: %s cannot become another resource", providers.ErrInvalid, base)
	case len(fields) == 0:
		return ctx.Err()
	}
	var want string
	for _, field := range fields {
		if want, err = wantedOf(r, field); err != nil {
			return err
		}
	}
	d, err := p.writable(ctx, at, base)
	switch {
	case err != nil:
		return rest.Untouched(ctx, err)
	case want == strconv.FormatBool(d.Autoconfig):
		return nil
	}
	if err := p.client.update(ctx, at.region, d.ID, settings{want == "true"}); err != nil {
		return p.refused(ctx, at, base, err)
	}
	return nil
}

// wantedOf returns the value that a field is to get.
func wantedOf(r providers.Resource, field string) (string, error) {
	switch field {
	case fieldRegion, fieldProject:
		return "", fieldError(field, providers.ErrUnsupported, "a domain stays where it was registered")
	}
	value, ok := r.Fields[field]
	if !ok && field == fieldAutoconfig {
		return "", fieldError(field, providers.ErrInvalid, "there is no value for it")
	}
	return form(field, value)
}

// RemoveResource implements [providers.ResourceProvider]: it revokes the domain, for good. Mail is not sent from it any more, its statistics are gone, and
// if it is registered again it has another DKIM key.
func (p *Provider) RemoveResource(ctx context.Context, base *providers.ResourceSnapshot) error {
	if err := p.remove(ctx, base); err != nil {
		return fmt.Errorf("remove %s: %w", named(base), err)
	}
	return nil
}

func (p *Provider) remove(ctx context.Context, base *providers.ResourceSnapshot) error {
	at, err := placeOfBase(base)
	if err != nil {
		return err
	}
	if _, err := p.writable(ctx, at, base); err != nil {
		return rest.Untouched(ctx, err)
	}
	if err := p.client.act(ctx, at.region, base.ID, "revoke"); err != nil {
		return p.refused(ctx, at, base, err)
	}
	d, err := p.client.get(ctx, at.region, base.ID, base.Name)
	switch {
	case errors.Is(err, providers.ErrNoResource):
		return nil
	case err != nil:
		return scw.Unsure(ctx, "it was accepted, and whether the domain is revoked could not be seen: "+err.Error())
	}
	return fmt.Errorf("it was accepted, and the domain is still there, as %q", rest.OneLine(d.Status))
}

// CheckResource implements [providers.ResourceChecker].
func (p *Provider) CheckResource(ctx context.Context, base *providers.ResourceSnapshot) error {
	if err := p.check(ctx, base); err != nil {
		return fmt.Errorf("check %s: %w", named(base), err)
	}
	return nil
}

func (p *Provider) check(ctx context.Context, base *providers.ResourceSnapshot) error {
	at, err := placeOfBase(base)
	if err != nil {
		return err
	}
	if err := p.client.act(ctx, at.region, base.ID, "check"); err != nil {
		return p.refused(ctx, at, base, err)
	}
	return nil
}

// named names the resource of a snapshot, which may be nil.
func named(base *providers.ResourceSnapshot) string {
	if base == nil {
		return "a sending domain"
	}
	return base.String()
}
