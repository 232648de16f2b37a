package scaidns

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// propertyKind is the domain_type. It is that of the ZoneSpec that the zone is made with, and no property that can be declared.
const propertyKind = "kind"

// settableProperties are those that can be changed.
func settableProperties() []string {
	return []string{providers.PropertyDescription, providers.PropertyDefaultTTL, providers.PropertySettings, providers.PropertyDNSSEC, providers.PropertyDS}
}

// propertiesOf returns the properties of a zone.
func propertiesOf(d domain, s signing) (map[string]string, error) {
	all := map[string]string{propertyKind: d.Type, providers.PropertyDescription: d.Description, providers.PropertyDS: s.ds()}
	var err error
	if all[providers.PropertyDNSSEC], err = s.algorithm(); err != nil {
		return nil, err
	}
	if d.DefaultTTL != nil {
		all[providers.PropertyDefaultTTL] = strconv.FormatInt(*d.DefaultTTL, 10)
	}
	if d.CIDR != "" {
		prefix, err := netip.ParsePrefix(d.CIDR)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", providers.ErrBlocked, err)
		}
		all[providers.PropertyCIDR] = prefix.String()
	}
	switch text := string(d.Settings); text {
	case "":
	case "null":
		all[providers.PropertySettings] = "{}"
	default:
		if all[providers.PropertySettings], err = compactObject(text); err != nil {
			return nil, fmt.Errorf("%w: its settings: %w", providers.ErrBlocked, err)
		}
	}
	return all, nil
}

// compactObject returns a JSON object without spaces and with its names sorted, numbers as they were written.
func compactObject(text string) (string, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil {
		return "", err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) || object == nil {
		return "", errors.New("not one JSON object")
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(object); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// NormalizeProperties implements [providers.ZoneConfigurer]. A TTL may have units, settings may be any JSON object, and the algorithm may be in
// any letter case.
func (p *Provider) NormalizeProperties(origin zonefile.Name, kind string, properties map[string]string) (map[string]string, error) {
	kind, err := kindOf(origin, kind)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", origin, err)
	}
	normal := make(map[string]string, len(properties))
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		value, err := normalProperty(origin, kind, name, properties[name])
		if err != nil {
			problems = append(problems, name+": "+err.Error())
			continue
		}
		normal[name] = value
	}
	if normal[providers.PropertyDNSSEC] == unsigned && normal[providers.PropertyDS] == published {
		problems = append(problems, "ds: a zone that is not signed has no DS")
	}
	if problems != nil {
		return nil, fmt.Errorf("%s: %w: %s", origin, providers.ErrUnsupported, strings.Join(problems, "; "))
	}
	return normal, nil
}

// normalProperty returns a property as it will be read back.
func normalProperty(origin zonefile.Name, kind, name, value string) (string, error) {
	switch name {
	case providers.PropertyDescription:
		return value, nil
	case providers.PropertyDefaultTTL:
		ttl, err := zonefile.ParseTTL(value)
		if err != nil {
			return "", err
		}
		return ttl.String(), nil
	case providers.PropertyCIDR:
		return normalCIDR(origin, kind, value)
	case providers.PropertySettings:
		return compactObject(value)
	case providers.PropertyDNSSEC:
		upper := strings.ToUpper(value)
		if _, ok := algorithms()[upper]; ok {
			return upper, nil
		}
		if strings.EqualFold(value, unsigned) {
			return unsigned, nil
		}
		return "", fmt.Errorf("%q: want %s or one of %s", value, unsigned, strings.Join(slices.Sorted(maps.Keys(algorithms())), ", "))
	case providers.PropertyDS:
		if value == published || value == unpublished {
			return value, nil
		}
		return "", fmt.Errorf("%q: want %s or %s", value, published, unpublished)
	}
	return "", errors.New("zones of ScaiDNS have no such property")
}
