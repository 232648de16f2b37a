package glauca

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// hostName matches the absolute names of hosts and domains that registries take: of two labels or more (RFC 1123 §2.1).
var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.){2,}$`)

// contactID matches the ids of contacts, which are opaque.
var contactID = regexp.MustCompile("^[!-~]{1,255}$")

// maxKey is the most characters that the API takes of a key in base64 (https://github.com/AS207960/domains, domains/api/serializers.py).
const maxKey = 255

// NormalizeResource implements [providers.ResourceReader]. An empty set of name servers is one that nobody knows yet: UpdateResource refuses it.
func (p *Provider) NormalizeResource(r providers.Resource) (providers.Resource, error) {
	if !hostName.MatchString(r.Name.String()) {
		return providers.Resource{}, fmt.Errorf("%w: %s is not the name of a domain that can be registered", providers.ErrInvalid, r.Name)
	}
	if len(r.Secrets) > 0 {
		name := slices.Sorted(maps.Keys(r.Secrets))[0]
		return providers.Resource{}, &providers.FieldError{Field: name, Err: fmt.Errorf("%w: a delegation has no secrets", providers.ErrUnsupported)}
	}
	fields := make(map[string]string, len(r.Fields))
	for _, field := range slices.Sorted(maps.Keys(r.Fields)) {
		value, err := normalField(field, r.Fields[field])
		if err != nil {
			return providers.Resource{}, &providers.FieldError{Field: field, Err: fmt.Errorf("%w: %w", providers.ErrInvalid, err)}
		}
		fields[field] = value
	}
	if fields[fieldDS] != "" && fields[fieldKeyData] != "" {
		return providers.Resource{}, &providers.FieldError{
			Field: fieldKeyData, Err: fmt.Errorf("%w: there is a ds beside it, and a domain has either of them", providers.ErrInvalid),
		}
	}
	r.Fields = fields
	return r, nil
}

// normalField returns the value of a field as it is read back.
func normalField(field, value string) (string, error) {
	switch field {
	case fieldNameServers:
		return normalSet(value, normalHost)
	case fieldDS:
		return normalSet(value, normalDS)
	case fieldKeyData:
		return normalSet(value, normalKey)
	case fieldTransferLock:
		if value != "true" && value != "false" {
			return "", fmt.Errorf("%q is neither true nor false", value)
		}
	case fieldRegistrant, fieldAdmin, fieldBilling, fieldTech:
		if value == "" && field != fieldRegistrant {
			return "", nil // nobody
		}
		if !contactID.MatchString(value) {
			return "", fmt.Errorf("%q is not the id of a contact", value)
		}
	default:
		return "", errors.New("a delegation has no such field")
	}
	return value, nil
}

// normalSet returns a set with each of its elements in normal form.
func normalSet(value string, normal func(string) (string, error)) (string, error) {
	elements := providers.SplitSet(value)
	for i, element := range elements {
		var err error
		if elements[i], err = normal(element); err != nil {
			return "", err
		}
	}
	return providers.JoinSet(elements), nil
}

func normalHost(text string) (string, error) {
	name, err := zonefile.ParseName(text, zonefile.Root)
	if err != nil {
		return "", err
	}
	if !hostName.MatchString(name.String()) {
		return "", fmt.Errorf("%q is not the whole name of a host", text)
	}
	return name.String(), nil
}

// normalDS refuses what only a CDS can be: with algorithm 0 that asks for no DS at all (RFC 8078 §4).
func normalDS(text string) (string, error) {
	ds, err := zonefile.ParseDSText(text)
	if err != nil {
		return "", err
	}
	if ds.Algorithm == 0 {
		return "", fmt.Errorf("%q asks for no DS, and is none", text)
	}
	return canonical(zonefile.TypeDS, text)
}

func normalKey(text string) (string, error) {
	key, err := parseKey(text)
	if err != nil {
		return "", err
	}
	if len(key.PublicKey) > maxKey {
		return "", fmt.Errorf("the key has %d characters in base64, and Glauca takes %d", len(key.PublicKey), maxKey)
	}
	return key.rdata(), nil
}
