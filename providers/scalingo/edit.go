package scalingo

import (
	"context"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// found is a domain as it is in front of a write.
type found struct {
	app string
	all customDomains
	one customDomain
}

// look looks at the domain of base again.
func (p *Provider) look(ctx context.Context, base *providers.ResourceSnapshot) (found, error) {
	named, err := appOf(base.Resource)
	if err != nil {
		return found{}, err
	}
	all, err := p.customDomains(ctx, named)
	if err != nil {
		return found{}, rest.Untouched(ctx, err)
	}
	one, ok := all.find(base.Name)
	if !ok {
		return found{}, noDomain(named)
	}
	return found{named, all, one}, nil
}

// unchanged returns an error if a domain is not the one of base, or one of these fields is not as base has it.
func (d customDomain) unchanged(base *providers.ResourceSnapshot, fields []string) error {
	if d.ID != base.ID {
		return fmt.Errorf("%w: it has the id %s, and had %s", providers.ErrConflict, rest.OneLine(d.ID), rest.OneLine(base.ID))
	}
	now, err := d.fields()
	if err != nil {
		return err
	}
	for _, name := range fields {
		if name == fieldFingerprint {
			name = fieldCertificate // by which it can be seen
		}
		if now[name] != base.Fields[name] {
			return fmt.Errorf("%w: %s is %q, and was %q", providers.ErrConflict, name, now[name], base.Fields[name])
		}
	}
	return nil
}

// checkCanonical returns an error if an edit would make a domain canonical beside another one. Which of them would win is said nowhere, so the other
// one has to give it up first. Base is what was known when the edit was made, nil if there was nothing.
func (s customDomains) checkCanonical(e edit, name zonefile.Name, base *providers.ResourceSnapshot) error {
	holder, held := s.canonical(name)
	switch {
	case e.Canonical == nil || !*e.Canonical || !held:
		return nil
	case base != nil && base.Holders[fieldCanonical] != holder:
		return fmt.Errorf("%w: %s is the canonical name of the application now", providers.ErrConflict, holder)
	}
	return &providers.StateError{
		State: "canonical_elsewhere", Kind: providers.ErrBlocked,
		Needs: fmt.Sprintf("declare canonical: false for %s, which is the canonical name of the application, and apply that first", holder),
	}
}

// edit returns what gives these fields the values that r has. They are as NormalizeResource returns them.
func (p *Provider) edit(r providers.Resource, fields []string) (edit, error) {
	var e edit
	for _, name := range fields {
		if err := p.set(&e, r, name); err != nil {
			return edit{}, err
		}
	}
	return e, nil
}

// set adds a field to an edit.
func (p *Provider) set(e *edit, r providers.Resource, name string) error {
	value, has := r.Fields[name]
	normal, err := form(name, value)
	switch {
	case name == fieldApp:
		err = fmt.Errorf("%w: a name stays with the application that it was linked to", providers.ErrUnsupported)
	case err == nil && !has:
		err = fmt.Errorf("%w: there is no value for it", providers.ErrInvalid)
	case err == nil && normal != value:
		err = fmt.Errorf("%w: it is not as NormalizeResource has it", providers.ErrInvalid)
	}
	if err != nil {
		return &providers.FieldError{Field: name, Err: err}
	}
	switch name {
	case fieldCanonical:
		e.Canonical = new(value == yes)
	case fieldLetsEncrypt:
		e.LetsEncrypt = new(value == yes)
	case fieldCertificate, fieldFingerprint:
		return p.setCertificate(e, r)
	}
	return nil
}

// setCertificate adds the certificate to an edit, once.
func (p *Provider) setCertificate(e *edit, r providers.Resource) error {
	if e.Certificate != nil {
		return nil
	}
	if _, ok := r.Secrets[secretCertificate]; !ok {
		if slices.ContainsFunc([]string{fieldCertificate, fieldFingerprint}, func(name string) bool { return r.Fields[name] != "" }) {
			return &providers.FieldError{Field: fieldCertificate, Err: fmt.Errorf("%w: no secret gives it", providers.ErrInvalid)}
		}
		e.Certificate, e.Key = new(""), new("")
		return nil
	}
	c, err := p.certificateOf(r)
	if err != nil {
		return err
	}
	for name, is := range map[string]string{fieldCertificate: c.text(), fieldFingerprint: c.fingerprint} {
		if value, ok := r.Fields[name]; ok && value != is {
			return fmt.Errorf("%w: the secret gives another certificate than when this was planned", providers.ErrConflict)
		}
	}
	e.Certificate, e.Key = new(c.chain), new(c.key)
	return nil
}
