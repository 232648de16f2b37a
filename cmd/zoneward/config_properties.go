package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/providers"
)

// decodeProperties reads the properties that zones are to have. Whether a provider has them is its own business, see providers.ZoneConfigurer.
func decodeProperties(d *decoder, n *yaml.Node, what string) map[string]string {
	properties := map[string]string{}
	set := func(name string, value func(n *yaml.Node, what string) string) func(*yaml.Node) {
		return func(n *yaml.Node) { properties[name] = value(n, what+"."+name) }
	}
	d.mapping(n, what, keys{
		providers.PropertyDescription: set(providers.PropertyDescription, d.text),
		providers.PropertyCIDR:        set(providers.PropertyCIDR, d.text),
		providers.PropertyDefaultTTL: set(providers.PropertyDefaultTTL, func(n *yaml.Node, what string) string {
			return strconv.FormatUint(uint64(d.ttl(n, what)), 10)
		}),
		providers.PropertyDNSSEC: set(providers.PropertyDNSSEC, func(n *yaml.Node, what string) string {
			return parse(d, n, what, signingAlgorithm)
		}),
		providers.PropertyDS: set(providers.PropertyDS, func(n *yaml.Node, what string) string {
			return d.choice(n, what, "published", "unpublished")
		}),
		providers.PropertySettings: set(providers.PropertySettings, func(n *yaml.Node, what string) string {
			return compactJSON(d, n, what)
		}),
	})
	return properties
}

// signingAlgorithm reads the mnemonic of an algorithm, or off. What else there is the provider knows.
func signingAlgorithm(text string) (string, error) {
	switch strings.ToLower(text) {
	case "off", "no", "false":
		return "off", nil
	case "on", "yes", "true":
		return "", fmt.Errorf("%q: want off, or an algorithm, such as ECDSAP256SHA256", text)
	}
	return strings.ToUpper(text), nil
}

// compactJSON returns a mapping as JSON in one line, with its keys in order.
func compactJSON(d *decoder, n *yaml.Node, what string) string {
	var value map[string]any
	if err := n.Decode(&value); err != nil {
		d.fail(n, "%s: want a mapping: %v", what, err)
		return ""
	}
	text, err := json.Marshal(value)
	if err != nil {
		d.fail(n, "%s: %v", what, err)
	}
	return string(text)
}
