package scalewaytem

import (
	"context"
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scw"
)

// writable returns the domain of base if it is as base has it, and can be written.
func (p *Provider) writable(ctx context.Context, at place, base *providers.ResourceSnapshot) (domain, error) {
	d, err := p.current(ctx, at, base)
	if err != nil {
		return domain{}, err
	}
	now := d.fields(at.region)
	for _, field := range []string{fieldProject, fieldAutoconfig} {
		if now[field] != base.Fields[field] {
			return domain{}, fmt.Errorf("%w: its %s is %q, and was %q when the change was planned", providers.ErrConflict, field, now[field], base.Fields[field])
		}
	}
	if d.Status == locked {
		return domain{}, lockedError(d)
	}
	return d, nil
}

// current returns the domain of base as it is now. If that one is revoked, the error wraps ErrConflict if there is another one of its name, and
// ErrNoResource if there is none.
func (p *Provider) current(ctx context.Context, at place, base *providers.ResourceSnapshot) (domain, error) {
	d, err := p.client.get(ctx, at.region, base.ID, base.Name)
	if !errors.Is(err, providers.ErrNoResource) {
		return d, err
	}
	d, err = p.find(ctx, at, base.Name)
	switch {
	case err != nil:
		return domain{}, err
	case d.ID == base.ID:
		return domain{}, &scw.TornError{Text: fmt.Sprintf("the domain %s was not there, and then it was", d.ID)}
	}
	return domain{}, fmt.Errorf("%w: it is the domain %s, and was %s when the change was planned", providers.ErrConflict, d.ID, base.ID)
}

// refused gives the error of a request that writes to the domain of base its kind. If that is not there, another one of its name may be.
func (p *Provider) refused(ctx context.Context, at place, base *providers.ResourceSnapshot, err error) error {
	if !isGone(err, base.ID) {
		return scw.WithKind(err, nil)
	}
	_, now := p.current(ctx, at, base)
	if errors.Is(now, providers.ErrNoResource) || errors.Is(now, providers.ErrConflict) {
		return now
	}
	return err // it was read a moment ago, and nobody knows what it says of
}
