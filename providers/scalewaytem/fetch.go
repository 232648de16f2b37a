package scalewaytem

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scw"
	"github.com/zoneward/zoneward/zonefile"
)

// FetchResource implements [providers.ResourceReader]. It asks for the domains of the name in all projects that the key may see, for the one that it finds, and,
// unless that is ready or locked, for what its last check found. Several projects may have a domain of one name: then it is that of the
// project that what says, or else the one that was registered first.
//
// That it is not there is only said if the key may see the project that what says.
func (p *Provider) FetchResource(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	snapshot, err := p.fetch(ctx, what)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", what, err)
	}
	return snapshot, nil
}

func (p *Provider) fetch(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	at, err := placeOf(what)
	if err != nil {
		return nil, err
	}
	d, err := p.find(ctx, at, what.Name)
	if err != nil {
		return nil, err
	}
	return p.snapshot(ctx, at.region, what.Name, d)
}

// Resources implements [providers.ResourceReader]. Where several projects have a domain of one name, all of them are returned.
func (p *Provider) Resources(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
	all, err := p.resources(ctx, like)
	if err != nil {
		return nil, fmt.Errorf("list the sending domains: %w", err)
	}
	return all, nil
}

func (p *Provider) resources(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
	at, err := placeOf(like)
	if err != nil {
		return nil, err
	}
	listed, err := p.client.list(ctx, at, "")
	if err != nil {
		return nil, err
	}
	var all []*providers.ResourceSnapshot
	for _, l := range listed {
		name, err := parseName(l.id, l.name)
		if err != nil {
			return nil, err // without it it would look as if the domain were not there
		}
		d, err := p.client.get(ctx, at.region, l.id, name)
		switch {
		case errors.Is(err, providers.ErrNoResource):
			continue // revoked since it was listed
		case err != nil:
			return nil, err
		case at.project != "" && d.Project != at.project:
			continue // it was not asked for
		}
		snapshot, err := p.snapshot(ctx, at.region, name, d)
		if err != nil {
			return nil, err
		}
		all = append(all, snapshot)
	}
	slices.SortFunc(all, func(a, b *providers.ResourceSnapshot) int {
		return cmp.Or(a.Name.Compare(b.Name), cmp.Compare(a.Fields[fieldProject], b.Fields[fieldProject]))
	})
	return all, nil
}

// find returns the domain of a name: the one at a place if there is one, or else one in another project. The error wraps ErrNoResource if there is none.
func (p *Provider) find(ctx context.Context, at place, name zonefile.Name) (domain, error) {
	listed, err := p.named(ctx, place{region: at.region}, name)
	if err != nil {
		return domain{}, err
	}
	elsewhere := func(d domain) int {
		if d.Project == at.project {
			return 0
		}
		return 1
	}
	slices.SortFunc(listed, func(a, b domain) int {
		return cmp.Or(elsewhere(a)-elsewhere(b), a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	for _, l := range listed {
		d, err := p.client.get(ctx, at.region, l.ID, name)
		if !errors.Is(err, providers.ErrNoResource) {
			return d, err
		}
	}
	if len(listed) > 0 {
		// It was revoked just now, or the list is behind: then it may lack another one of the name.
		return domain{}, &scw.TornError{Text: fmt.Sprintf("%s is in the list of domains as %s, and that one is not there", name, listed[0].ID)}
	}
	return domain{}, p.absent(ctx, at, name)
}

// named returns the domains of a name at a place that are not revoked. Nothing says how exactly the API compares the name, so that others may be listed; but one
// that cannot be compared may be the one that is asked for.
func (p *Provider) named(ctx context.Context, at place, name zonefile.Name) ([]domain, error) {
	listed, err := p.client.list(ctx, at, textOf(name))
	if err != nil {
		return nil, err
	}
	var all []domain
	for _, l := range listed {
		own, err := parseName(l.id, l.name)
		if err != nil {
			return nil, err
		}
		if own != name {
			continue
		}
		d, err := l.domain()
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// absent returns the error for a domain that the list of all projects does not have. What the key may not see is not in that list either: when it is asked
// for the project it is told so, as far as is known.
func (p *Provider) absent(ctx context.Context, at place, name zonefile.Name) error {
	if at.project == "" {
		return fmt.Errorf("%w, or this key may not see it", providers.ErrNoResource)
	}
	listed, err := p.named(ctx, at, name)
	switch {
	case err != nil:
		return err
	case len(listed) > 0:
		return &scw.TornError{Text: fmt.Sprintf("%s is not in the list of all domains, and is in that of its project, as %s", name, listed[0].ID)}
	}
	return fmt.Errorf("%w in %s, or this key may not see it", providers.ErrNoResource, at.region)
}

// snapshot returns the snapshot of a domain.
func (p *Provider) snapshot(ctx context.Context, region string, name zonefile.Name, d domain) (*providers.ResourceSnapshot, error) {
	var v *verification
	if waits(d.Status) {
		var err error
		if v, err = p.client.verification(ctx, region, d.ID); err != nil {
			return nil, err
		}
	}
	outputs := outputsOf(d.Records, name)
	status := statusOf(d, v, outputs)
	return &providers.ResourceSnapshot{
		Resource: providers.Resource{Kind: providers.Mail, Name: name, Fields: d.fields(region)},
		ID:       d.ID,
		Outputs:  outputs,
		Status:   status,
		Observed: observationsOf(d, v, status.Phase == providers.Ready),
	}, nil
}
