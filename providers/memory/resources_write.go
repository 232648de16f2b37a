package memory

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// CreateResource makes a resource. The fields that r lacks are their defaults.
func (p *ResourceProvider) CreateResource(ctx context.Context, r providers.Resource) error {
	return p.writing(providers.OperationCreateResource, r, r.Fields, func(f Fault) error { return p.create(ctx, r, f) })
}

func (p *ResourceProvider) create(ctx context.Context, r providers.Resource, f Fault) error {
	if err := f.beforehand(ctx); err != nil {
		return err
	}
	if err := p.checkNormal(r); err != nil {
		return err
	}
	switch {
	case p.fixed:
		return fmt.Errorf("%s is not created here: %w", p.typ.Kind, providers.ErrUnsupported)
	case p.resources[r.Name] != nil:
		return fmt.Errorf("it is there: %w", providers.ErrConflict)
	}
	next, err := p.beginning(r)
	if err != nil {
		return err
	}
	if err := p.checkExclusive(r.Name, next, nil); err != nil {
		return err
	}
	p.add(r.Name).now = next
	return f.Err
}

// beginning returns the state that a resource is created in.
func (p *ResourceProvider) beginning(r providers.Resource) (*resourceState, error) {
	next := &resourceState{fields: map[string]string{}, status: p.begins}
	for _, spec := range p.typ.Fields {
		if spec.Default != "" {
			next.fields[spec.Name] = spec.Default
		}
		if spec.Exclusive != "" {
			next.fields[spec.Name] = no
		}
	}
	if err := p.set(next, r, slices.Sorted(maps.Keys(r.Fields))); err != nil {
		return nil, err
	}
	for _, spec := range p.typ.Fields {
		if spec.Rule == providers.WriteOnce && next.fields[spec.Name] == "" {
			return nil, &providers.FieldError{Field: spec.Name, Err: fmt.Errorf("it has none: %w", providers.ErrInvalid)}
		}
	}
	if !p.late {
		next.outputs = p.outputs(r.With(next.fields))
	}
	return next, p.checkRefused(r.With(next.fields))
}

// UpdateResource gives a resource other values for some of its fields, if those are as base has them.
func (p *ResourceProvider) UpdateResource(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	if base == nil {
		return fmt.Errorf("update %s without a base: %w", r, providers.ErrInvalid)
	}
	values := map[string]string{}
	for _, name := range fields {
		values[name] = r.Fields[name]
	}
	return p.writing(providers.OperationUpdateResource, base.Resource, values, func(f Fault) error { return p.update(ctx, base, r, fields, f) })
}

func (p *ResourceProvider) update(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string, f Fault) error {
	if err := f.beforehand(ctx); err != nil {
		return err
	}
	res, err := p.writable(base)
	if err != nil {
		return err
	}
	if err := p.checkNormal(r); err != nil {
		return err
	}
	if err := p.checkFields(base, r, fields); err != nil {
		return err
	}
	if err := p.compare(res.now, base, fields); err != nil {
		return err
	}
	if f.Err != nil && f.Written != All {
		fields = fields[:min(f.Written, len(fields))]
	}
	next := *res.now
	next.fields, next.secrets = maps.Clone(next.fields), maps.Clone(next.secrets)
	if err := p.set(&next, r, fields); err != nil {
		return err
	}
	if err := p.checkRefused(r.With(next.fields)); err != nil {
		return err
	}
	if err := p.checkExclusive(res.name, &next, base); err != nil {
		return err
	}
	res.become(&next)
	return f.Err
}

// RemoveResource ends a resource that is as base has it.
func (p *ResourceProvider) RemoveResource(ctx context.Context, base *providers.ResourceSnapshot) error {
	if base == nil {
		return fmt.Errorf("remove a resource without a base: %w", providers.ErrInvalid)
	}
	return p.writing(providers.OperationRemoveResource, base.Resource, nil, func(f Fault) error { return p.remove(ctx, base, f) })
}

func (p *ResourceProvider) remove(ctx context.Context, base *providers.ResourceSnapshot, f Fault) error {
	if err := f.beforehand(ctx); err != nil {
		return err
	}
	if p.typ.Removal == providers.NeverRemoved {
		return fmt.Errorf("%s is not removed here: %w", p.typ.Kind, providers.ErrUnsupported)
	}
	res, err := p.writable(base)
	switch {
	case err != nil:
		return err
	case !maps.Equal(p.readable(res.now), base.Fields):
		return fmt.Errorf("it is not as it was: %w", providers.ErrConflict)
	}
	delete(p.resources, res.name)
	return f.Err
}

// beforehand returns why a call that writes does nothing, nil if it does.
func (f Fault) beforehand(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if f.Written != 0 {
		return nil
	}
	return f.Err
}

// writable returns the resource of base, if it can be written.
func (p *ResourceProvider) writable(base *providers.ResourceSnapshot) (*resource, error) {
	res, err := p.lookUp(base.Resource)
	switch {
	case err != nil:
		return nil, err
	case res.id != base.ID:
		return nil, fmt.Errorf("it is %s, and %s was the base: %w", res.id, base.ID, providers.ErrConflict)
	case res.now.status.Phase == providers.Blocked:
		return nil, &providers.StateError{State: res.now.status.State, Needs: res.now.status.Reason, Kind: providers.ErrBlocked}
	}
	return res, nil
}

// checkNormal refuses what NormalizeResource would not return.
func (p *ResourceProvider) checkNormal(r providers.Resource) error {
	normal, err := p.normal(r)
	if err != nil {
		return err
	}
	for name, value := range normal.Fields {
		if declared, ok := r.Fields[name]; !ok || declared != value {
			return &providers.FieldError{Field: name, Err: fmt.Errorf("not as NormalizeResource has it: %w", providers.ErrInvalid)}
		}
	}
	return nil
}

// checkFields refuses fields that cannot be updated.
func (p *ResourceProvider) checkFields(base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	if r.Name != base.Name {
		return fmt.Errorf("%s cannot become %s: %w", base.Name, r.Name, providers.ErrInvalid)
	}
	for _, name := range fields {
		spec, ok := p.typ.Field(name)
		_, has := r.Fields[name]
		switch {
		case !ok:
			return &providers.FieldError{Field: name, Err: fmt.Errorf("%s has no such field: %w", p.typ.Kind, providers.ErrUnsupported)}
		case spec.Rule == providers.WriteOnce:
			return &providers.FieldError{Field: name, Err: fmt.Errorf("it stays as it was when the resource was created: %w", providers.ErrUnsupported)}
		case !has:
			return &providers.FieldError{Field: name, Err: fmt.Errorf("there is no value for it: %w", providers.ErrInvalid)}
		}
	}
	return nil
}

// compare checks that fields, and what is written together with them, are as base has them.
func (p *ResourceProvider) compare(now *resourceState, base *providers.ResourceSnapshot, fields []string) error {
	was := p.readable(now)
	for _, name := range fields {
		together := []string{name}
		if s, ok := p.secretOf(name); ok {
			together = s.fields()
		}
		for _, name := range together {
			if was[name] != base.Fields[name] {
				return fmt.Errorf("%s is %q, and was %q: %w", name, was[name], base.Fields[name], providers.ErrConflict)
			}
		}
	}
	return nil
}

// set gives fields of a state the values of r.
func (p *ResourceProvider) set(next *resourceState, r providers.Resource, fields []string) error {
	for _, name := range fields {
		s, ok := p.secretOf(name)
		if !ok {
			next.fields[name] = r.Fields[name]
			continue
		}
		if err := next.setSecret(s, r, name); err != nil {
			return err
		}
	}
	return nil
}

// setSecret gives a state the secret that a field of r follows from, or takes it away if the field is empty.
func (s *resourceState) setSecret(secret SecretFields, r providers.Resource, field string) error {
	if s.secrets == nil {
		s.secrets = map[string]string{}
	}
	if _, ok := r.Secrets[secret.Secret]; !ok {
		if r.Fields[field] != "" {
			return &providers.FieldError{Field: field, Err: fmt.Errorf("nothing gives the secret: %w", providers.ErrInvalid)}
		}
		delete(s.secrets, secret.Secret)
		for _, name := range secret.fields() {
			delete(s.fields, name)
		}
		return nil
	}
	value, follow, err := secret.read(r)
	if err != nil {
		return err
	}
	s.secrets[secret.Secret] = value
	maps.Copy(s.fields, follow)
	return nil
}

// checkExclusive refuses a state with an exclusive field that another resource has: as a conflict if base does not know of it.
func (p *ResourceProvider) checkExclusive(name zonefile.Name, next *resourceState, base *providers.ResourceSnapshot) error {
	for _, spec := range p.typ.Fields {
		if spec.Exclusive == "" || next.fields[spec.Name] != yes {
			continue
		}
		holder := p.holder(spec, next.fields[spec.Exclusive], name)
		switch {
		case holder == nil:
		case base != nil && base.Holders[spec.Name] != holder.name:
			return fmt.Errorf("%s of %s is taken by %s since: %w", spec.Name, next.fields[spec.Exclusive], holder.name, providers.ErrConflict)
		default:
			return &providers.FieldError{Field: spec.Name, Err: fmt.Errorf("%s has it, and has to give it up first: %w", holder.name, providers.ErrInvalid)}
		}
	}
	return nil
}

func (p *ResourceProvider) checkRefused(r providers.Resource) error {
	if p.refuses(r) {
		return fmt.Errorf("the server has rules of its own: %w", providers.ErrInvalid)
	}
	return nil
}
