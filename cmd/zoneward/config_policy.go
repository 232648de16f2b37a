package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// decodePolicy lays what a policy says over policy, key by key: a value takes the place of the one that is there, and what lists RRsets or windows
// is added, so that a rule takes no protection away. rule is the one that has the policy, nil for the general policy: some keys only make sense there.
func (c *config) decodePolicy(d *decoder, n *yaml.Node, policy *reconcile.Policy, rule *reconcile.Rule) {
	known := keys{
		"max_deletes":   func(n *yaml.Node) { policy.MaxDeletes = parse(d, n, "max_deletes", reconcile.ParseQuota) },
		"max_changes":   func(n *yaml.Node) { policy.MaxChanges = parse(d, n, "max_changes", reconcile.ParseQuota) },
		"grace":         func(n *yaml.Node) { policy.Grace = d.duration(n, "grace", 0) },
		"retention":     func(n *yaml.Node) { policy.Retention = d.duration(n, "retention", 0) },
		"zone_removal":  func(n *yaml.Node) { policy.RetireZones = d.either(n, "zone_removal", "keep", "retire") },
		"ownership":     func(n *yaml.Node) { policy.Additive = d.either(n, "ownership", "authoritative", "additive") },
		"targets":       func(n *yaml.Node) { policy.Together = !d.either(n, "targets", "together", "independent") },
		"outputs":       func(n *yaml.Node) { policy.AutoOutputs = d.either(n, "outputs", "approve", "auto") },
		"ignore":        func(n *yaml.Node) { d.patterns(n, "ignore", &policy.Ignore) },
		"protected":     func(n *yaml.Node) { d.patterns(n, "protected", &policy.Protected) },
		"freeze":        func(n *yaml.Node) { policy.Freeze = policy.Freeze.With(decodeFreeze(d, n)...) },
		"external_dns":  func(n *yaml.Node) { policy.ExternalDNS = decodeExternalDNS(d, n) },
		"drift":         func(n *yaml.Node) { decodeDrift(d, n, &policy.Drift) },
		"ttl":           func(n *yaml.Node) { decodeTTLBounds(d, n, policy) },
		"verify_within": func(n *yaml.Node) { policy.Verify.Within = d.duration(n, "verify_within", time.Second) },
		"on_failed_verify": func(n *yaml.Node) {
			policy.Verify.Rollback = d.either(n, "on_failed_verify", "alert", "rollback")
			if policy.Verify.Rollback {
				c.checkVerified(d, n, rule)
			}
		},
		"apply": func(n *yaml.Node) {
			mode := d.choice(n, "apply", "auto", "approve", "reviewed")
			policy.Approve, policy.Review = mode == "approve", mode == "reviewed"
		},
		"drift_interval": func(n *yaml.Node) {
			policy.DriftInterval = d.duration(n, "drift_interval", time.Second)
			if rule == nil {
				c.drift = policy.DriftInterval
			}
		},
	}
	d.mapping(n, "policy", known)
}

// policies returns all policies that something has: those of the rules, and the general one where there can be resources, of which no rule may be for.
func (c *config) policies() []reconcile.Policy {
	var all []reconcile.Policy
	for _, rule := range c.rules {
		all = append(all, rule.Policy)
	}
	for p := range maps.Values(c.providers) {
		if p.openResources != nil {
			return append(all, c.policy)
		}
	}
	return all
}

// checkVerified looks whether there are name servers to ask, without which nothing is ever rolled back: at each target of a rule, and for the
// general policy at any provider.
func (c *config) checkVerified(d *decoder, n *yaml.Node, rule *reconcile.Rule) {
	if rule == nil {
		for p := range maps.Values(c.providers) {
			if len(p.verify) > 0 {
				return
			}
		}
		d.fail(n, "on_failed_verify: rollback: no provider has verify, the name servers that are asked")
		return
	}
	for _, target := range rule.Targets {
		if p, ok := c.providers[target]; ok && len(p.verify) == 0 {
			d.fail(n, "on_failed_verify: rollback: the provider %q has no verify, the name servers that are asked", target)
		}
	}
}

// decodeTTLBounds reads the bounds of TTLs. Each is laid over its own.
func decodeTTLBounds(d *decoder, n *yaml.Node, policy *reconcile.Policy) {
	d.mapping(n, "ttl", keys{
		"min": func(n *yaml.Node) { policy.MinTTL = d.ttl(n, "ttl.min") },
		"max": func(n *yaml.Node) {
			policy.MaxTTL = parse(d, n, "ttl.max", func(text string) (zonefile.TTL, error) {
				ttl, err := parseTTL(text)
				if err == nil && ttl == 0 {
					err = fmt.Errorf("%q would let nothing be cached; want at least 1", text)
				}
				return ttl, err
			})
		},
	})
	if policy.MaxTTL != 0 && policy.MinTTL > policy.MaxTTL {
		d.fail(n, "ttl: min is %d seconds, more than max, which is %d", policy.MinTTL, policy.MaxTTL)
	}
}

// decodeDrift reads what is done about what somebody changed at the provider: a word, or a mapping that says more.
func decodeDrift(d *decoder, n *yaml.Node, drift *reconcile.Drift) {
	mode := func(what string) func(*yaml.Node) {
		return func(n *yaml.Node) { drift.Detect = d.either(n, what, "enforce", "detect") }
	}
	if resolve(n).Kind == yaml.ScalarNode {
		mode("drift")(n)
		return
	}
	d.mapping(n, "drift", keys{
		"mode":       mode("drift.mode"),
		"ignore":     func(n *yaml.Node) { d.patterns(n, "drift.ignore", &drift.Ignore) },
		"ignore_ttl": func(n *yaml.Node) { d.patterns(n, "drift.ignore_ttl", &drift.TTLs) },
	})
}

// decodeExternalDNS reads how external-dns marks what is its own: on or off, or a mapping with its flags. It describes one external-dns, so nothing
// is taken over from another policy.
func decodeExternalDNS(d *decoder, n *yaml.Node) reconcile.ExternalDNS {
	var e reconcile.ExternalDNS
	if resolve(n).Kind == yaml.ScalarNode {
		e.Off = d.either(n, "external_dns", "on", "off")
		return e
	}
	affix := func(name string, to *string) func(*yaml.Node) {
		return func(n *yaml.Node) { *to = parse(d, n, "external_dns."+name, ownerPart) }
	}
	d.mapping(n, "external_dns", keys{
		"prefix":               affix("prefix", &e.Prefix),
		"suffix":               affix("suffix", &e.Suffix),
		"wildcard_replacement": affix("wildcard_replacement", &e.WildcardReplacement),
	})
	if e.Prefix != "" && e.Suffix != "" {
		d.fail(n, "external_dns: want prefix or suffix; external-dns takes no more than one of them")
	}
	return e
}

// ownerPart reads a part of owner names as external-dns has it in its flags. It writes them in lower case.
func ownerPart(text string) (string, error) {
	text = strings.ToLower(text)
	if strings.Trim(strings.ReplaceAll(text, "%{record_type}", ""), "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return "", fmt.Errorf("%q: want letters, digits, -, _, dots and %%{record_type}", text)
	}
	return text, nil
}

// patterns adds a list of RRsets, by name and type, to patterns.
func (d *decoder) patterns(n *yaml.Node, what string, patterns *[]reconcile.Pattern) {
	var added []reconcile.Pattern
	for _, element := range d.sequence(n, what) {
		p := reconcile.Pattern{Name: "*"}
		if resolve(element).Kind == yaml.ScalarNode {
			p.Name = parse(d, element, what, ownerPattern)
			added = append(added, p)
			continue
		}
		types := func(n *yaml.Node) {
			for _, t := range d.sequence(n, what+".types") {
				p.Types = append(p.Types, parse(d, t, what+".types", zonefile.ParseType))
			}
		}
		d.mapping(element, what, keys{
			"name": func(n *yaml.Node) { p.Name = parse(d, n, what+".name", ownerPattern) },
			"type": types, "types": types,
		})
		added = append(added, p)
	}
	// The list that is there belongs to the general policy and its other rules too.
	*patterns = slices.Concat(*patterns, added)
}

// ownerPattern reads a pattern for owner names, which are relative to their zone.
func ownerPattern(text string) (string, error) {
	if strings.HasSuffix(text, ".") {
		return "", fmt.Errorf("%q: owner names are relative to the zone here, without a dot at the end: www, *.dyn, @ for the apex", text)
	}
	return pattern(text)
}
