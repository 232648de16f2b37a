package main

import (
	"cmp"
	"fmt"
	"iter"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/providers"
)

// defaultConcurrent is how many requests an account gets at the same time where the configuration does not say.
const defaultConcurrent = 4

// accountOf returns the account of a provider that is known by its type, its address and how its credentials are named. Two names for one
// secret are two accounts.
func accountOf(parts ...string) string { return fmt.Sprintf("%q", parts) }

// shareLimits gives the providers of an account the same limits: each one that any of them states. n is the mapping that has them.
func (c *config) shareLimits(d *decoder, n *yaml.Node) {
	share(c, d, n, "concurrent", func(r *providers.Rate) *int { return &r.Concurrent })
	share(c, d, n, "rate", func(r *providers.Rate) *float64 { return &r.PerSecond })
	share(c, d, n, "burst", func(r *providers.Rate) *int { return &r.Burst })
	for name, node := range c.inOrder(n) {
		p := c.providers[name]
		if p.limit.Burst != 0 && p.limit.PerSecond == 0 {
			d.fail(node, "providers.%s: burst is there, and no rate that it goes beyond", name)
		}
		p.limit.Concurrent = cmp.Or(p.limit.Concurrent, defaultConcurrent)
		if p.limit.PerSecond == 0 {
			p.limit.PerSecond, p.limit.Burst = p.usual.PerSecond, p.usual.Burst
		}
		c.providers[name] = p
	}
}

// share gives the providers of an account the one of their limits that of returns. Zero is one that is not stated.
func share[T comparable](c *config, d *decoder, n *yaml.Node, what string, of func(*providers.Rate) *T) {
	var none T
	stated := map[string]string{} // by account, the first provider that states it
	for name, node := range c.inOrder(n) {
		p := c.providers[name]
		own := *of(&p.limit)
		if own == none {
			continue
		}
		other, ok := c.providers[stated[p.account]]
		if !ok {
			stated[p.account] = name
		} else if own != *of(&other.limit) {
			d.fail(node, "providers.%s: its %s is not that of providers.%s, and they share their limits: they have the same server and credentials, or the same account",
				name, what, other.name)
		}
	}
	for name, p := range c.providers {
		if other, ok := c.providers[stated[p.account]]; ok {
			*of(&p.limit) = *of(&other.limit)
			c.providers[name] = p
		}
	}
}

// inOrder goes through the providers as they stand in the file, with the keys that name them.
func (c *config) inOrder(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if name := n.Content[i].Value; c.providers[name].account != "" && !yield(name, n.Content[i]) {
				return
			}
		}
	}
}

// perSecond reads how many requests may begin in a second.
func perSecond(text string) (float64, error) {
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || !(rate >= 0.001 && rate <= 1_000_000) {
		return 0, fmt.Errorf("%q is not a number from 0.001 to 1000000", text)
	}
	return rate, nil
}
