package main

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca"
	"github.com/zoneward/zoneward/providers/scalewaytem"
	"github.com/zoneward/zoneward/providers/scalingo"
	"github.com/zoneward/zoneward/zonefile"
)

// decodeScalewayTEM reads a provider of the type scaleway-tem. It is the same account as one of the type scaleway with that key.
func (c *config) decodeScalewayTEM(d *decoder, n *yaml.Node, what string, decode func(keys), p *providerConfig) {
	var opts scalewaytem.Options
	var key secret
	decode(keys{
		"secret_key": func(n *yaml.Node) {
			key = d.secret(n, what+".secret_key")
			opts.SecretKey = key.Value
		},
		"url":     func(n *yaml.Node) { opts.URL = d.text(n, what+".url") },
		"timeout": func(n *yaml.Node) { opts.Timeout = d.duration(n, what+".timeout", time.Second) },
	})
	if opts.SecretKey == nil {
		d.fail(n, "%s: secret_key is missing", what)
	}
	p.usual.PerSecond = scalewayRate
	p.resourceType = new(scalewaytem.Provider).ResourceType()
	p.openResources = func(client *http.Client) (providers.ResourceProvider, error) {
		opts.HTTP = client
		return scalewaytem.New(opts)
	}
	url := strings.TrimRight(cmp.Or(opts.URL, scalewaytem.DefaultURL), "/")
	p.system = "scaleway-tem " + url
	p.account = accountOf("scaleway", url, key.template)
}

// The limits of Scalingo, https://developers.scalingo.com/#rate-limiting: 60 requests in a minute. With these there are no more in any minute: ten at once,
// and fifty after them.
const (
	scalingoBurst    = 10
	scalingoRate     = 50. / 60
	scalingoPatience = 90 * time.Second // a little more than that minute
)

// decodeScalingo reads a provider of the type scalingo.
func (c *config) decodeScalingo(d *decoder, n *yaml.Node, what string, decode func(keys), p *providerConfig) {
	var opts scalingo.Options
	var token secret
	decode(keys{
		"api_token": func(n *yaml.Node) {
			token = d.secret(n, what+".api_token")
			opts.APIToken = token.Value
		},
		"region":   func(n *yaml.Node) { opts.Region = d.text(n, what+".region") },
		"url":      func(n *yaml.Node) { opts.URL = d.text(n, what+".url") },
		"auth_url": func(n *yaml.Node) { opts.AuthURL = d.text(n, what+".auth_url") },
		"timeout":  func(n *yaml.Node) { opts.Timeout = d.duration(n, what+".timeout", time.Second) },
	})
	if opts.APIToken == nil {
		d.fail(n, "%s: api_token is missing", what)
	}
	p.usual, p.patience = providers.Rate{PerSecond: scalingoRate, Burst: scalingoBurst}, scalingoPatience
	p.resourceType = new(scalingo.Provider).ResourceType()
	p.openResources = func(client *http.Client) (providers.ResourceProvider, error) {
		opts.HTTP = client
		return scalingo.New(opts)
	}
	p.system = strings.Join(slices.DeleteFunc([]string{
		"scalingo", strings.TrimRight(opts.URL, "/"), cmp.Or(opts.Region, scalingo.DefaultRegion),
	}, func(part string) bool { return part == "" }), " ")
	// The account is the same in all regions.
	p.account = accountOf("scalingo", strings.TrimRight(cmp.Or(opts.AuthURL, scalingo.DefaultAuthURL), "/"), token.template)
}

// decodeGlauca reads a provider of the type glauca, and where name servers are asked before a domain is sent to them.
func (c *config) decodeGlauca(d *decoder, n *yaml.Node, what string, decode func(keys), p *providerConfig) {
	var opts glauca.Options
	var token, access secret
	decode(keys{
		"token": func(n *yaml.Node) {
			token = d.secret(n, what+".token")
			opts.Token = token.Value
		},
		"access_token": func(n *yaml.Node) {
			access = d.secret(n, what+".access_token")
			opts.AccessToken = access.Value
		},
		"url":          func(n *yaml.Node) { opts.URL = d.text(n, what+".url") },
		"timeout":      func(n *yaml.Node) { opts.Timeout = d.duration(n, what+".timeout", time.Second) },
		"name_servers": func(n *yaml.Node) { c.decodeNameServers(d, n, what+".name_servers") },
		"parents":      func(n *yaml.Node) { c.decodeParents(d, n, what+".parents") },
	})
	if (opts.Token == nil) == (opts.AccessToken == nil) {
		d.fail(n, "%s: want either token, a personal access token, or access_token", what)
	}
	p.resourceType = new(glauca.Provider).ResourceType()
	p.openResources = func(client *http.Client) (providers.ResourceProvider, error) {
		opts.HTTP = client
		return glauca.New(opts)
	}
	url := strings.TrimRight(cmp.Or(opts.URL, glauca.DefaultURL), "/")
	p.system = "glauca " + url
	p.account = accountOf("glauca", url, token.template, access.template)
}

// decodeNameServers reads a mapping from the names of name servers to where they answer. What several providers have of it goes together, since a name server is the same
// for all.
func (c *config) decodeNameServers(d *decoder, n *yaml.Node, what string) {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		d.fail(n, "%s: want a mapping from the names of name servers to the addresses where they answer", what)
		return
	}
	if c.prober.Servers == nil {
		c.prober.Servers = map[zonefile.Name][]dnsquery.Server{}
	}
	seen := map[zonefile.Name]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		name, err := zonefile.ParseUnicodeName(key.Value, zonefile.Root)
		if err != nil {
			d.fail(key, "%s: %w", what, err)
			continue
		}
		servers := decodeServers(d, n.Content[i+1], what)
		other, known := c.prober.Servers[name]
		switch {
		case seen[name]:
			d.fail(key, "%s: %s comes twice", what, name)
		case len(servers) == 0:
			d.fail(key, "%s: %s has no address", what, name)
		case known && !d.blind && !slices.Equal(other, servers):
			d.fail(key, "%s: another provider has other addresses for %s, and there is one name server of that name", what, name)
		}
		seen[name], c.prober.Servers[name] = true, servers
	}
}

// decodeParents reads the servers that are asked what a parent zone has. They are asked for all delegations.
func (c *config) decodeParents(d *decoder, n *yaml.Node, what string) {
	servers := decodeServers(d, n, what)
	if len(c.prober.Parents) > 0 && !d.blind && !slices.Equal(c.prober.Parents, servers) {
		d.fail(n, "%s: another provider has other ones, and they are asked for the delegations of all", what)
	}
	c.prober.Parents = servers
}
