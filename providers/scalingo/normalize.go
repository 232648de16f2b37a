package scalingo

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

var (
	// hostName is RFC 1123 §2.1 with at least two labels, of which the first may be a wildcard. How long they are is checked by package zonefile.
	hostName = regexp.MustCompile(`^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	// appName is https://developers.scalingo.com/apps#create-an-application. Ids of applications have that form too.
	appName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// host returns a name as the API has it.
func host(name zonefile.Name) string { return strings.TrimSuffix(name.String(), ".") }

// NormalizeResource implements [providers.ResourceReader]. A certificate has to be for the name, and in force now.
func (p *Provider) NormalizeResource(r providers.Resource) (providers.Resource, error) {
	normal, err := p.normalize(r)
	if err != nil {
		return providers.Resource{}, fmt.Errorf("%s: %w", r, err)
	}
	return normal, nil
}

func (p *Provider) normalize(r providers.Resource) (providers.Resource, error) {
	if err := check(r); err != nil {
		return r, err
	}
	fields := make(map[string]string, len(r.Fields)+2)
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
		value, err := form(name, r.Fields[name])
		if err != nil {
			return r, &providers.FieldError{Field: name, Err: err}
		}
		fields[name] = value
	}
	for _, name := range slices.Sorted(maps.Keys(r.Secrets)) {
		if name != secretCertificate {
			return r, &providers.FieldError{Field: name, Err: fmt.Errorf("%w: an application has no such secret", providers.ErrUnsupported)}
		}
		c, err := p.certificateOf(r)
		if err != nil {
			return r, err
		}
		fields[fieldCertificate], fields[fieldFingerprint] = c.text(), c.fingerprint
	}
	r.Fields = fields
	return r, nil
}

// check returns why a resource is none that an application can have, whatever its fields.
func check(r providers.Resource) error {
	switch {
	case r.Kind != providers.App:
		return &providers.FieldError{Field: "kind", Err: fmt.Errorf("%w: it is %s, and resources here are %s", providers.ErrInvalid, r.Kind, providers.App)}
	case !hostName.MatchString(host(r.Name)):
		return &providers.FieldError{Field: "name", Err: fmt.Errorf("%w: %s is no host name (RFC 1123 §2.1), nor a wildcard of one", providers.ErrInvalid, r.Name)}
	}
	return nil
}

// form returns the value of a field as it will be, or why it cannot be so.
func form(field, value string) (string, error) {
	switch field {
	case fieldApp:
		if !appName.MatchString(value) {
			return "", fmt.Errorf("%w: %q is no name of an application, which has lower-case letters, digits and hyphens", providers.ErrInvalid, value)
		}
	case fieldCanonical, fieldLetsEncrypt:
		truth, err := strconv.ParseBool(value)
		if err != nil {
			return "", fmt.Errorf("%w: %q is neither true nor false", providers.ErrInvalid, value)
		}
		return strconv.FormatBool(truth), nil
	case fieldCertificate, fieldFingerprint:
	default:
		return "", fmt.Errorf("%w: an application has no such field", providers.ErrUnsupported)
	}
	return value, nil
}

// certificateOf returns the certificate that the secret of a resource has. The error is a FieldError.
func (p *Provider) certificateOf(r providers.Resource) (certificate, error) {
	text, err := r.Secrets[secretCertificate].Value()
	if err != nil {
		return certificate{}, &providers.FieldError{Field: fieldCertificate, Err: err}
	}
	c, err := parseCertificate(text)
	if err == nil {
		err = c.check(r.Name, p.now())
	}
	if err != nil {
		return certificate{}, &providers.FieldError{Field: fieldCertificate, Err: fmt.Errorf("%w: %w", providers.ErrInvalid, err)}
	}
	return c, nil
}
