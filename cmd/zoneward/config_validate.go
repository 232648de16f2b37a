package main

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/rules"
)

// usualRules are all rules with the severities that they have by themselves.
func usualRules() *rules.Set {
	set, err := rules.NewSet(nil)
	if err != nil {
		panic(err) // nothing was chosen that could be wrong
	}
	return set
}

// decodeValidate reads validate: what is looked for in zone files.
func (c *config) decodeValidate(d *decoder, n *yaml.Node) {
	d.mapping(n, "validate", keys{"rules": func(n *yaml.Node) { c.decodeRules(d, n) }})
}

// decodeRules reads the severities of rules. Each is tried alone, so that all that are wrong are said, each in its line.
func (c *config) decodeRules(d *decoder, n *yaml.Node) {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		d.fail(n, "validate.rules: want a mapping of rules to off, warning or error")
		return
	}
	levels := rules.Levels{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, what := n.Content[i], "validate.rules."+n.Content[i].Value
		severity := parse(d, n.Content[i+1], what, parseSeverity)
		if _, twice := levels[key.Value]; twice {
			d.fail(key, "%s: comes twice", what)
			continue
		}
		if _, err := rules.NewSet(rules.Levels{key.Value: severity}); err != nil {
			d.fail(key, "validate.rules: %w", err)
			continue
		}
		levels[key.Value] = severity
	}
	if set, err := rules.NewSet(levels); err == nil { // as each of them was tried
		c.judge = set
	}
}

// parseSeverity reads what a rule does with what it finds.
func parseSeverity(text string) (zonefile.Severity, error) {
	switch text {
	case "off":
		return rules.Off, nil
	case "warning":
		return zonefile.Warning, nil
	case "error":
		return zonefile.Error, nil
	}
	return 0, fmt.Errorf("%q is not one of off, warning, error", text)
}
