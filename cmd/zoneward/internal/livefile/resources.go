package livefile

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// resourceReader is a provider of resources as it answered when the file was made.
type resourceReader struct {
	file     *File
	provider *provider
	real     providers.ResourceReader
	err      error // why there is no provider
}

// Resources returns a provider of resources as it was when the file was made. System is that of reconcile.ResourceTarget: if the file does not have that provider,
// every answer is an error. Real is asked for what it knows without asking anybody, and is given no secret: what follows from secrets is in the file.
func (f *File) Resources(name, system string, real providers.ResourceReader) providers.ResourceReader {
	p, err := f.provider(name, system, true)
	return resourceReader{f, p, real, err}
}

// ResourceType implements [providers.ResourceReader].
func (r resourceReader) ResourceType() providers.ResourceType { return r.real.ResourceType() }

// FetchResource implements [providers.ResourceReader]. A resource that nobody asked for is not there if the provider listed what it has at that place, and this one is
// not among it.
func (r resourceReader) FetchResource(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	if err := cmp.Or(ctx.Err(), r.err); err != nil {
		return nil, err
	}
	at := Place(r.ResourceType(), what)
	if answer, ok := r.provider.resources[question(what.Name, at)]; ok {
		return answer.snapshot, answer.err
	}
	listed := false
	for _, list := range r.provider.listings {
		if !within(at, list.at) || list.err != nil {
			continue
		}
		listed = true
		for _, one := range list.all {
			if one.Name == what.Name && within(one.Fields, at) {
				return one, nil
			}
		}
	}
	if !listed || r.elsewhere(what.Name) {
		return nil, r.file.missing(fmt.Sprintf("%s %q", what, at))
	}
	return nil, fmt.Errorf("fetch %s: %w", what, providers.ErrNoResource)
}

// elsewhere reports whether a resource of that name was found somewhere. Whether the provider says so when it is asked for at another place is its own business.
func (r resourceReader) elsewhere(name zonefile.Name) bool {
	isIt := func(s *providers.ResourceSnapshot) bool { return s != nil && s.Name == name }
	for _, answer := range r.provider.resources {
		if isIt(answer.snapshot) {
			return true
		}
	}
	return slices.ContainsFunc(r.provider.listings, func(l listing) bool { return slices.ContainsFunc(l.all, isIt) })
}

// Resources implements [providers.ResourceReader].
func (r resourceReader) Resources(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
	if err := cmp.Or(ctx.Err(), r.err); err != nil {
		return nil, err
	}
	at := Place(r.ResourceType(), like)
	for _, list := range r.provider.listings {
		if !within(at, list.at) {
			continue
		}
		if list.err != nil {
			return nil, list.err
		}
		return slices.DeleteFunc(slices.Clone(list.all), func(s *providers.ResourceSnapshot) bool { return !within(s.Fields, at) }), nil
	}
	return nil, r.file.missing(fmt.Sprintf("what there is at %q", at))
}

// NormalizeResource implements [providers.ResourceReader].
func (r resourceReader) NormalizeResource(what providers.Resource) (providers.Resource, error) {
	declared := what
	declared.Secrets = nil
	normal, err := r.real.NormalizeResource(declared)
	if err != nil || len(what.Secrets) == 0 {
		return normal, err
	}
	if r.err != nil {
		return providers.Resource{}, fmt.Errorf("%s: %w", what, r.err)
	}
	for _, name := range slices.Sorted(maps.Keys(what.Secrets)) {
		follows, ok := r.provider.secrets[secretQuestion(what.Name, name, what.Secrets[name].Reference)]
		if !ok {
			missing := r.file.missing(fmt.Sprintf("what follows from the secret %s of %s", what.Secrets[name].Reference, what))
			return providers.Resource{}, fmt.Errorf("%s: %w", what, &providers.FieldError{Field: name, Err: missing})
		}
		if follows.Error != nil {
			return providers.Resource{}, follows.failed(what)
		}
		normal = normal.With(follows.Fields)
	}
	normal.Secrets = what.Secrets
	return normal, nil
}

// failed returns why nothing follows from a secret.
func (s *secretLine) failed(of providers.Resource) error {
	answer, err := s.Error.decode()
	if err != nil {
		return err
	}
	if s.Field != "" {
		answer = &providers.FieldError{Field: s.Field, Err: answer}
	}
	return fmt.Errorf("%s: %w", of, answer)
}

// Place returns the fields of a resource that say where it is to be looked for.
func Place(typ providers.ResourceType, r providers.Resource) map[string]string {
	at := map[string]string{}
	for _, spec := range typ.Fields {
		if value, ok := r.Fields[spec.Name]; ok && spec.Rule == providers.WriteOnce {
			at[spec.Name] = value
		}
	}
	return at
}

// within reports whether fields have all that a place says.
func within(fields, place map[string]string) bool {
	for name, value := range place {
		if fields[name] != value {
			return false
		}
	}
	return true
}

// question names what is asked: a resource of that name at a place.
func question(name zonefile.Name, at map[string]string) string { return fmt.Sprintf("%s %q", name, at) }

// secretQuestion names a secret of a resource.
func secretQuestion(name zonefile.Name, secret, reference string) string {
	return fmt.Sprintf("%s %q %q", name, secret, reference)
}
