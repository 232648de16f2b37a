package main

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// decodeAutoPTR reads which PTR records the reverse zones of a rule have beside those of their files, docs/reverse-zones.md: true for those of all zones that
// go to the same target, or a mapping that says more.
func (c *config) decodeAutoPTR(d *decoder, n *yaml.Node, rule *reconcile.Rule) {
	if resolve(n).Kind == yaml.ScalarNode {
		if d.boolean(n, "auto_ptr") {
			rule.AutoPTR = &reconcile.AutoPTR{}
		}
	} else {
		rule.AutoPTR = &reconcile.AutoPTR{}
		c.decodeAutoPTRFields(d, n, rule)
	}
	if rule.AutoPTR == nil || rule.AutoPTR.Network.IsValid() {
		return
	}
	for _, pattern := range rule.Match {
		if zone, err := zonefile.ParseName(pattern, zonefile.Root); err == nil && !strings.Contains(pattern, "*") && !reconcile.IsReverse(zone) {
			d.fail(n, "auto_ptr: %s is no reverse zone, which is in in-addr.arpa or ip6.arpa; network under auto_ptr says which addresses a zone of another name is for", pattern)
		}
	}
}

func (c *config) decodeAutoPTRFields(d *decoder, n *yaml.Node, rule *reconcile.Rule) {
	a := rule.AutoPTR
	d.mapping(n, "auto_ptr", keys{
		"from": func(n *yaml.Node) {
			for _, element := range d.sequence(n, "auto_ptr.from") {
				a.From = append(a.From, parse(d, element, "auto_ptr.from", zonePattern))
			}
			if len(a.From) == 0 {
				d.fail(n, "auto_ptr.from: there is no zone in it; leave it out for all zones that go to the same target")
			}
		},
		"targets": func(n *yaml.Node) { a.Targets = c.decodeTargets(d, n, "auto_ptr.targets") },
		"except": func(n *yaml.Node) {
			for _, element := range d.sequence(n, "auto_ptr.except") {
				a.Except = append(a.Except, parse(d, element, "auto_ptr.except", pattern))
			}
		},
		"ttl": func(n *yaml.Node) {
			a.TTL = parse(d, n, "auto_ptr.ttl", func(text string) (zonefile.TTL, error) {
				ttl, err := parseTTL(text)
				if err == nil && ttl == 0 {
					err = fmt.Errorf("%q: want at least a second; leave it out for the TTL of each address", text)
				}
				return ttl, err
			})
		},
		"network": func(n *yaml.Node) {
			a.Network = parse(d, n, "auto_ptr.network", classlessNetwork)
			if len(rule.Match) != 1 || strings.Contains(rule.Match[0], "*") {
				d.fail(n, "auto_ptr.network: it is for a rule with one zone under match")
			}
		},
	})
}

// classlessNetwork reads a network of which a zone has the last octets as names (RFC 2317).
func classlessNetwork(text string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(text)
	if err != nil || !network.Addr().Is4() || network.Bits() < 24 || network != network.Masked() {
		return netip.Prefix{}, fmt.Errorf("%q: want an IPv4 network from /24 to /32, such as 192.0.2.0/25", text)
	}
	return network, nil
}

// decodeTargets reads names of providers that have zones.
func (c *config) decodeTargets(d *decoder, n *yaml.Node, what string) []string {
	var targets []string
	for _, element := range d.sequence(n, what) {
		target := d.text(element, what)
		switch p, ok := c.providers[target]; {
		case !ok && target != "":
			d.fail(element, "%s: there is no provider %q; there are %s", what, target, strings.Join(slices.Sorted(maps.Keys(c.providers)), ", "))
		case p.openResources != nil:
			d.fail(element, "%s: the provider %q has no zones; what it is to have is declared in the file of a domain, such as example.com.domain.yaml", what, target)
		}
		if slices.Contains(targets, target) {
			d.fail(element, "%s: %q comes twice", what, target)
		}
		targets = append(targets, target)
	}
	return targets
}
