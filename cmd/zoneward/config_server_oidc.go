package main

import (
	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
)

// decodeOIDC reads whose identity tokens count, one entry of server.oidc.
func decodeOIDC(d *decoder, n *yaml.Node) server.OIDCRule {
	const what = "server.oidc"
	var rule server.OIDCRule
	known, role := true, false
	text := func(n *yaml.Node, what string) string {
		value, ok := d.value(n, what)
		known = known && ok
		return value
	}
	isMapping := d.mapping(n, what, keys{
		"issuer":   func(n *yaml.Node) { rule.Issuer = text(n, what+".issuer") },
		"audience": func(n *yaml.Node) { rule.Audience = text(n, what+".audience") },
		"role":     func(n *yaml.Node) { rule.Role, role = parse(d, n, what+".role", server.ParseRole), true },
		"zones":    func(n *yaml.Node) { rule.Zones = decodeZonePatterns(d, n, what+".zones") },
		"claims": func(n *yaml.Node) {
			n = resolve(n)
			if n.Kind != yaml.MappingNode {
				d.fail(n, "%s.claims: want a mapping from the names of claims to what they have to be", what)
				known = false
				return
			}
			for i := 0; i+1 < len(n.Content); i += 2 {
				claim := server.ClaimRule{Name: n.Content[i].Value}
				for _, one := range d.sequence(n.Content[i+1], what+".claims."+claim.Name) {
					claim.Any = append(claim.Any, text(one, what+".claims."+claim.Name))
				}
				rule.Claims = append(rule.Claims, claim)
			}
		},
	})
	switch {
	case !isMapping || !known:
	case rule.Issuer == "" || rule.Audience == "" || !role:
		d.fail(n, "%s: want issuer, audience, role and claims", what)
	case rule.Role == 0: // which is said already
	default:
		if err := server.CheckOIDC([]server.OIDCRule{rule}); err != nil {
			d.fail(n, "%s: %w", what, err)
		}
	}
	return rule
}

// decodeZonePatterns reads which zones something is for.
func decodeZonePatterns(d *decoder, n *yaml.Node, what string) []server.ZonePattern {
	var patterns []server.ZonePattern
	for _, one := range d.sequence(n, what) {
		patterns = append(patterns, parse(d, one, what, server.ParseZonePattern))
	}
	if len(patterns) == 0 {
		d.fail(n, "%s: none are named, and without the key all would be meant", what)
	}
	return patterns
}
