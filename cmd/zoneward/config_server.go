package main

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
)

// serverConfig is what the daemon does over HTTP.
type serverConfig struct {
	listen string // HOST:PORT
	tls    server.TLS
	pprof  string // HOST:PORT, empty for nowhere
	tokens []server.Token
	oidc   []server.OIDCRule // whose identity tokens count
	// hooks are the secrets of the forges that hooks are taken from, and repositories what these may be of beside the source.
	hooks        map[forge.Kind][]secret
	repositories []forge.Repository
	proxies      []netip.Prefix
	mostZones    int // each of which has metrics of its own; 0 is what is usual
}

func (c *config) decodeServer(d *decoder, n *yaml.Node) {
	s := &c.server
	d.mapping(n, "server", keys{
		"listen": func(n *yaml.Node) { s.listen = parse(d, n, "server.listen", hostPort) },
		"tls": func(n *yaml.Node) {
			d.mapping(n, "server.tls", keys{
				"certificate": func(n *yaml.Node) { s.tls.Certificate = c.join(d.text(n, "server.tls.certificate")) },
				"key":         func(n *yaml.Node) { s.tls.Key = c.join(d.text(n, "server.tls.key")) },
			})
			if s.tls.Certificate == "" || s.tls.Key == "" {
				d.fail(n, "server.tls: want certificate and key, files in PEM")
			}
		},
		"pprof": func(n *yaml.Node) {
			s.pprof = parse(d, n, "server.pprof", func(text string) (string, error) { return text, server.CheckPprof(text) })
		},
		"tokens": func(n *yaml.Node) {
			for _, one := range d.sequence(n, "server.tokens") {
				s.tokens = append(s.tokens, decodeToken(d, one))
			}
		},
		"oidc": func(n *yaml.Node) {
			for _, one := range d.sequence(n, "server.oidc") {
				s.oidc = append(s.oidc, decodeOIDC(d, one))
			}
		},
		"webhooks":     func(n *yaml.Node) { c.decodeWebhooks(d, n) },
		"metric_zones": func(n *yaml.Node) { s.mostZones = d.whole(n, "server.metric_zones", 1, 10_000_000) },
	})
	if err := server.CheckTokens(s.tokens); err != nil {
		d.fail(n, "server.tokens: %w", err)
	}
}

func hostPort(text string) (string, error) {
	_, _, err := net.SplitHostPort(text)
	return text, err
}

// parseNetwork reads an address, or a prefix of addresses.
func parseNetwork(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return prefix, fmt.Errorf("%q is neither an address nor a prefix such as 192.0.2.0/24", text)
	}
	return prefix, nil
}

func decodeToken(d *decoder, n *yaml.Node) server.Token {
	var token server.Token
	var role bool
	d.mapping(n, "server.tokens", keys{
		"name":  func(n *yaml.Node) { token.Name = parse(d, n, "server.tokens.name", plainName) },
		"role":  func(n *yaml.Node) { token.Role, role = parse(d, n, "server.tokens.role", server.ParseRole), true },
		"hash":  func(n *yaml.Node) { token.Hash = parse(d, n, "server.tokens.hash", server.ParseHash) },
		"zones": func(n *yaml.Node) { token.Zones = decodeZonePatterns(d, n, "server.tokens.zones") },
		"expires": func(n *yaml.Node) {
			token.Expires = parse(d, n, "server.tokens.expires", func(text string) (time.Time, error) { return time.Parse(time.RFC3339, text) })
		},
	})
	if token.Name == "" || !role || token.Hash == (server.Hash{}) {
		d.fail(n, "server.tokens: want name, role and hash: zoneward token new prints them")
	}
	return token
}

func (c *config) decodeWebhooks(d *decoder, n *yaml.Node) {
	s := &c.server
	s.hooks = map[forge.Kind][]secret{}
	known := keys{
		"repositories": func(n *yaml.Node) {
			for _, one := range d.sequence(n, "server.webhooks.repositories") {
				s.repositories = append(s.repositories, parse(d, one, "server.webhooks.repositories", forge.ParseRepository))
			}
		},
		"proxies": func(n *yaml.Node) {
			for _, one := range d.sequence(n, "server.webhooks.proxies") {
				s.proxies = append(s.proxies, parse(d, one, "server.webhooks.proxies", parseNetwork))
			}
		},
	}
	for _, kind := range forge.Kinds() {
		what := "server.webhooks." + string(kind)
		known[string(kind)] = func(n *yaml.Node) {
			d.mapping(n, what, keys{"secret": func(n *yaml.Node) {
				for _, one := range d.sequence(n, what+".secret") {
					s.hooks[kind] = append(s.hooks[kind], d.secret(one, what+".secret"))
				}
			}})
			if len(s.hooks[kind]) == 0 {
				d.fail(n, "%s: secret is missing: what the forge signs its webhooks with", what)
			}
		}
	}
	d.mapping(n, "server.webhooks", known)
}

// hookSecrets returns what reads the secrets of each forge.
func (s serverConfig) hookSecrets() map[forge.Kind]func() ([]string, error) {
	all := map[forge.Kind]func() ([]string, error){}
	for kind, secrets := range s.hooks {
		all[kind] = func() ([]string, error) {
			var values []string
			for _, one := range secrets {
				value, err := one.Value()
				if err != nil {
					return nil, err
				}
				values = append(values, value)
			}
			return values, nil
		}
	}
	return all
}

// hookRepositories returns what a hook may be of: the source, and what the configuration lists.
func (c *config) hookRepositories() []forge.Repository {
	all := slices.Clone(c.server.repositories)
	if c.source.git != nil {
		url := c.source.git.url
		if absolute, err := filepath.Abs(url); err == nil && !strings.Contains(url, ":") {
			url = absolute
		}
		if own, err := forge.ParseRepository(url); err == nil {
			all = append(all, own)
		}
	}
	return all
}
