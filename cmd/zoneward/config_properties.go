package main

import (
	"bytes"
	"encoding/json"
	"errors"
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

// compactJSON returns a mapping as JSON in one line, with its keys in order and its numbers as they are written, where JSON writes them so too.
func compactJSON(d *decoder, n *yaml.Node, what string) string {
	if resolve(n).Kind != yaml.MappingNode {
		d.fail(n, "%s: want a mapping", what)
		return ""
	}
	value, err := jsonValue(n)
	if err != nil {
		d.fail(n, "%s: %v", what, err)
		return ""
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		d.fail(n, "%s: %v", what, err)
		return ""
	}
	return strings.TrimSpace(text.String())
}

// jsonValue returns what encoding/json writes as a YAML value.
func jsonValue(n *yaml.Node) (any, error) {
	switch n = resolve(n); n.Kind {
	case yaml.MappingNode:
		all := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := resolve(n.Content[i])
			if key.Kind != yaml.ScalarNode {
				return nil, errors.New("a key is not a text")
			}
			value, err := jsonValue(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			if _, twice := all[key.Value]; twice {
				return nil, fmt.Errorf("the key %q comes twice", key.Value)
			}
			all[key.Value] = value
		}
		return all, nil
	case yaml.SequenceNode:
		all := make([]any, len(n.Content))
		for i, element := range n.Content {
			var err error
			if all[i], err = jsonValue(element); err != nil {
				return nil, err
			}
		}
		return all, nil
	case yaml.ScalarNode:
		return jsonScalar(n)
	case yaml.DocumentNode, yaml.AliasNode: // resolve leaves none
	}
	return nil, fmt.Errorf("line %d: no value", n.Line)
}

// jsonScalar returns a single value. Dates are texts, as JSON has none.
func jsonScalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		var b bool
		err := n.Decode(&b)
		return b, err
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value), nil
		}
		var number float64
		err := n.Decode(&number)
		return number, err
	}
	return n.Value, nil
}
