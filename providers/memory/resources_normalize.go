package memory

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/providers"
)

// The values of fields that say yes or no.
const (
	yes = "true"
	no  = "false"
)

// Boolean returns "true" or "false" for what says so. It is for [WithForm].
func Boolean(value string) (string, error) {
	b, err := strconv.ParseBool(value)
	if err != nil {
		return "", fmt.Errorf("%q is neither true nor false", value)
	}
	return strconv.FormatBool(b), nil
}

// NormalizeResource returns the fields as [WithForm] has them, and those that follow from secrets.
func (p *ResourceProvider) NormalizeResource(r providers.Resource) (providers.Resource, error) {
	normal, err := p.normal(r)
	if err != nil {
		return providers.Resource{}, fmt.Errorf("%s: %w", r, err)
	}
	return normal, nil
}

func (p *ResourceProvider) normal(r providers.Resource) (providers.Resource, error) {
	if r.Kind != p.typ.Kind {
		return r, &providers.FieldError{Field: "kind", Err: fmt.Errorf("resources here are of the kind %s: %w", p.typ.Kind, providers.ErrInvalid)}
	}
	fields := make(map[string]string, len(r.Fields))
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
		spec, ok := p.typ.Field(name)
		if !ok {
			return r, &providers.FieldError{Field: name, Err: fmt.Errorf("%s has no such field: %w", p.typ.Kind, providers.ErrUnsupported)}
		}
		value, err := p.form(spec, r.Fields[name])
		if err != nil {
			return r, &providers.FieldError{Field: name, Err: fmt.Errorf("%w: %w", providers.ErrInvalid, err)}
		}
		fields[name] = value
	}
	for _, name := range slices.Sorted(maps.Keys(r.Secrets)) {
		s, ok := p.secretNamed(name)
		if !ok {
			return r, &providers.FieldError{Field: name, Err: fmt.Errorf("%s has no such secret: %w", p.typ.Kind, providers.ErrUnsupported)}
		}
		_, follow, err := s.read(r)
		if err != nil {
			return r, err
		}
		maps.Copy(fields, follow)
	}
	r.Fields = fields
	return r, nil
}

// form returns the value of a field as it will be, or why it cannot be so.
func (p *ResourceProvider) form(spec providers.FieldSpec, value string) (string, error) {
	form := p.forms[spec.Name]
	if form == nil && spec.Exclusive != "" {
		form = Boolean
	}
	if form == nil {
		form = func(value string) (string, error) { return value, nil }
	}
	if !spec.Set {
		return form(value)
	}
	var elements []string
	for element := range strings.SplitSeq(value, ",") {
		if element = strings.TrimSpace(element); element == "" {
			continue
		}
		element, err := form(element)
		if err != nil {
			return "", err
		}
		elements = append(elements, element)
	}
	return providers.JoinSet(elements), nil
}

// secretNamed returns what comes of a secret.
func (p *ResourceProvider) secretNamed(name string) (SecretFields, bool) {
	return p.secretWhere(func(s SecretFields) bool { return s.Secret == name })
}

// secretOf returns the secret that a field follows from, false if it follows from none.
func (p *ResourceProvider) secretOf(field string) (SecretFields, bool) {
	return p.secretWhere(func(s SecretFields) bool { return field == s.Fingerprint || field == s.Shown })
}

func (p *ResourceProvider) secretWhere(is func(SecretFields) bool) (SecretFields, bool) {
	i := slices.IndexFunc(p.secrets, is)
	if i < 0 {
		return SecretFields{}, false
	}
	return p.secrets[i], true
}

// fields returns the names of the fields that follow from the secret.
func (s SecretFields) fields() []string {
	if s.Shown == "" {
		return []string{s.Fingerprint}
	}
	return []string{s.Fingerprint, s.Shown}
}

// read returns the value of the secret of r, and the fields that follow from it. The error is a FieldError that does not have the value.
func (s SecretFields) read(r providers.Resource) (value string, follow map[string]string, err error) {
	value, err = r.Secrets[s.Secret].Value()
	if err != nil {
		return "", nil, &providers.FieldError{Field: s.Fingerprint, Err: err}
	}
	follow = map[string]string{s.Fingerprint: fmt.Sprintf("%x", sha256.Sum256([]byte(value)))}
	if s.Shown == "" {
		return value, follow, nil
	}
	if follow[s.Shown], err = s.Show(value); err != nil {
		return "", nil, &providers.FieldError{Field: s.Shown, Err: fmt.Errorf("%w: %w", providers.ErrInvalid, err)}
	}
	return value, follow, nil
}
