package scalewaytem

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scw"
	"github.com/zoneward/zoneward/zonefile"
)

// NormalizeResource implements [providers.ResourceReader]. The name has to be a host name of two labels or more (RFC 5321 §4.1.2), the project a
// UUID, which is in lower case afterwards.
func (p *Provider) NormalizeResource(r providers.Resource) (providers.Resource, error) {
	normal, err := normalize(r)
	if err != nil {
		return providers.Resource{}, fmt.Errorf("%s: %w", r, err)
	}
	return normal, nil
}

func normalize(r providers.Resource) (providers.Resource, error) {
	if err := cmp.Or(checkKind(r), checkName(r.Name)); err != nil {
		return providers.Resource{}, err
	}
	fields := make(map[string]string, len(r.Fields))
	for _, field := range slices.Sorted(maps.Keys(r.Fields)) {
		value, err := form(field, r.Fields[field])
		if err != nil {
			return providers.Resource{}, err
		}
		fields[field] = value
	}
	for _, name := range slices.Sorted(maps.Keys(r.Secrets)) {
		return providers.Resource{}, fieldError(name, providers.ErrUnsupported, "a sending domain has no secrets")
	}
	r.Fields = fields
	return r, nil
}

// form returns the value of a field as the API has it. What project and region are may come from the environment, and is not in the error.
func form(field, value string) (string, error) {
	switch field {
	case fieldRegion:
		if value != defaultRegion {
			return "", fieldError(field, providers.ErrInvalid, "Transactional Email is in the region "+defaultRegion+" only")
		}
		return value, nil
	case fieldProject:
		if !scw.IsID(value) {
			return "", fieldError(field, providers.ErrInvalid, "want the ID of a project as the Scaleway console shows it, a UUID")
		}
		return strings.ToLower(value), nil
	case fieldAutoconfig:
		on, err := strconv.ParseBool(value)
		if err != nil {
			return "", fieldError(field, providers.ErrInvalid, fmt.Sprintf("%q is neither true nor false", value))
		}
		return strconv.FormatBool(on), nil
	}
	return "", fieldError(field, providers.ErrUnsupported, "a sending domain has no such field")
}

func checkKind(r providers.Resource) error {
	if r.Kind != providers.Mail {
		return fieldError("kind", providers.ErrInvalid, fmt.Sprintf("want %s, not %q", providers.Mail, r.Kind))
	}
	return nil
}

// hostChars are those of a host name (RFC 1123 §2.1), in lower case, as names are.
const hostChars = "abcdefghijklmnopqrstuvwxyz0123456789-."

// checkName returns an error if no mail can be sent from a name.
func checkName(name zonefile.Name) error {
	bad := func(text string) error { return fieldError("name", providers.ErrInvalid, text) }
	switch {
	case name.IsZero():
		return bad("there is none")
	case name.Labels() < 2:
		return bad(fmt.Sprintf("%s is not in a domain that can be registered", name))
	case strings.Trim(name.String(), hostChars) != "":
		return bad(fmt.Sprintf("%s has other characters than letters, digits and hyphens", name))
	}
	return nil
}

func fieldError(field string, kind error, text string) error {
	return &providers.FieldError{Field: field, Err: fmt.Errorf("%w: %s", kind, text)}
}

// place is where domains are looked for.
type place struct {
	region  string
	project string // empty for all that the key may see
}

// placeOf returns where a resource is, as far as it says so.
func placeOf(r providers.Resource) (place, error) {
	if err := checkKind(r); err != nil {
		return place{}, err
	}
	at := place{region: defaultRegion}
	for _, field := range []struct {
		name string
		into *string
	}{{fieldRegion, &at.region}, {fieldProject, &at.project}} {
		value, ok := r.Fields[field.name]
		if !ok {
			continue
		}
		var err error
		if *field.into, err = form(field.name, value); err != nil {
			return place{}, err
		}
	}
	return at, nil
}

// placeOfBase returns where the domain of a snapshot is, or an error if it cannot be one of this provider.
func placeOfBase(base *providers.ResourceSnapshot) (place, error) {
	switch {
	case base == nil:
		return place{}, fmt.Errorf("%w: there is no base", providers.ErrInvalid)
	case !scw.IsID(base.ID):
		return place{}, fmt.Errorf("%w: the base has the ID %q, which is no UUID", providers.ErrInvalid, base.ID)
	}
	return placeOf(base.Resource)
}
