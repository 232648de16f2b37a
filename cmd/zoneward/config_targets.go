package main

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/powerdns"
	"github.com/zoneward/zoneward/providers/rfc2136"
	"github.com/zoneward/zoneward/providers/zonedir"
)

// providerConfig is one entry under providers:.
type providerConfig struct {
	name string
	at   string // where it stands: file:line
	// open makes the provider; it reads secrets and connects to nothing. The client is that of its account, for those that speak HTTP. It is nil for a provider
	// of resources, which openResources makes in the same way.
	open          func(*http.Client) (providers.ZoneProvider, error)
	openResources func(*http.Client) (providers.ResourceProvider, error)
	// resourceType says what the resources are like that openResources gives.
	resourceType providers.ResourceType
	// createZones says that zones are created there unless a rule says otherwise.
	createZones bool
	overHTTP    bool // its requests are those of the client, and counted
	purges      bool // what it has kept of zones is removed when their tombstones are purged
	// sealed reads the same entry once more, without its secrets: what it opens is there to be asked for what it knows by itself.
	sealed func() (providerConfig, error)
	system string // type and address, see reconcile.Target
	writes string // the directory that it writes, empty for none
	// account names whom the provider counts requests for: those with the same share their limits. It names secrets and does not have them.
	account string
	limit   providers.Rate
	// patience is how long a request waits that the server wants to have later, 0 for what is usual.
	patience time.Duration
	// usual are the limits of its requests in time if none is stated, the zero Rate for none.
	usual providers.Rate
	// verify are the name servers that are asked after an apply, each once; without any nobody is asked.
	verify []dnsquery.Server
}

// decodeProvider reads one entry under providers:. This is the only place that chooses among providers.
func (c *config) decodeProvider(d *decoder, n *yaml.Node, name string) providerConfig {
	p := providerConfig{name: name, at: d.at(n)}
	what := "providers." + name
	account := "" // as it is written
	common := keys{
		"type":       func(*yaml.Node) {},
		"account":    func(n *yaml.Node) { account = parse(d, n, what+".account", plainName) },
		"concurrent": func(n *yaml.Node) { p.limit.Concurrent = d.whole(n, what+".concurrent", 1, 1000) },
		"rate":       func(n *yaml.Node) { p.limit.PerSecond = parse(d, n, what+".rate", perSecond) },
		"burst":      func(n *yaml.Node) { p.limit.Burst = d.whole(n, what+".burst", 1, 1_000_000) },
	}
	decode := func(own keys) {
		maps.Copy(own, common)
		d.mapping(n, what, own)
	}
	typ := c.providerType(d, n, what)
	if !slices.Contains(resourceTypes, typ) {
		common["verify"] = func(n *yaml.Node) { p.verify = decodeServers(d, n, what+".verify") }
	}
	switch typ {
	case "zonedir":
		p.createZones = true
		c.decodeZonedir(d, n, what, decode, &p)
	case "powerdns":
		c.decodePowerDNS(d, n, what, decode, &p)
	case "rfc2136":
		c.decodeRFC2136(d, n, what, decode, &p)
	case "scaidns":
		c.decodeScaiDNS(d, n, what, decode, &p)
	case "scaleway":
		c.decodeScaleway(d, n, what, decode, &p)
	case "scaleway-tem":
		c.decodeScalewayTEM(d, n, what, decode, &p)
	case "scalingo":
		c.decodeScalingo(d, n, what, decode, &p)
	case "glauca":
		c.decodeGlauca(d, n, what, decode, &p)
	case "":
	default:
		d.fail(n, "%s: unknown type %q; there are %s", what, typ, providerTypes)
	}
	if account != "" {
		p.account = accountOf("account", account)
	}
	file, expand, folder := d.file, d.expand, c.folder
	p.sealed = func() (providerConfig, error) {
		d := &decoder{file: file, expand: expand, sealed: true}
		again := (&config{folder: folder}).decodeProvider(d, n, name)
		return again, d.err()
	}
	return p
}

// providerTypes are the types that a provider can have, and resourceTypes those that have no zones.
const providerTypes = "glauca, powerdns, rfc2136, scaidns, scaleway, scaleway-tem, scalingo and zonedir"

var resourceTypes = []string{"glauca", "scaleway-tem", "scalingo"}

// decodeServers reads a list of name servers.
func decodeServers(d *decoder, n *yaml.Node, what string) []dnsquery.Server {
	var servers []dnsquery.Server
	for _, element := range d.sequence(n, what) {
		server := parse(d, element, what, dnsquery.ParseServer)
		if server != (dnsquery.Server{}) && slices.Contains(servers, server) {
			d.fail(element, "%s: %s comes twice", what, server)
		}
		servers = append(servers, server)
	}
	return servers
}

// providerType returns what stands under type.
func (c *config) providerType(d *decoder, n *yaml.Node, what string) string {
	mapping := resolve(n)
	for i := 0; mapping.Kind == yaml.MappingNode && i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == "type" {
			return d.text(mapping.Content[i+1], what+".type")
		}
	}
	d.fail(n, "%s: type is missing; there are %s", what, providerTypes)
	return ""
}

func (c *config) decodeZonedir(d *decoder, n *yaml.Node, what string, decode func(keys), p *providerConfig) {
	var opts zonedir.Options
	directory := "" // as it is written: the same after everything was moved to another place
	decode(keys{
		"directory": func(n *yaml.Node) {
			directory = d.text(n, what+".directory")
			opts.Directory = c.join(directory)
		},
		"serial": func(n *yaml.Node) { opts.Serial = parse(d, n, what+".serial", zonedir.ParseSerialMode) },
		"soa":    func(n *yaml.Node) { opts.SOA = decodeSOA(d, n, what+".soa") },
		"nameservers": func(n *yaml.Node) {
			for _, element := range d.sequence(n, what+".nameservers") {
				opts.NameServers = append(opts.NameServers, d.name(element, what+".nameservers"))
			}
		},
		"nameserver_ttl":  func(n *yaml.Node) { opts.NameServerTTL = d.ttl(n, what+".nameserver_ttl") },
		"check":           func(n *yaml.Node) { opts.Check = d.texts(n, what+".check") },
		"reload":          func(n *yaml.Node) { opts.Reload = d.texts(n, what+".reload") },
		"remove":          func(n *yaml.Node) { opts.Remove = d.texts(n, what+".remove") },
		"command_timeout": func(n *yaml.Node) { opts.CommandTimeout = d.duration(n, what+".command_timeout", time.Second) },
	})
	if p.writes = opts.Directory; p.writes == "" {
		d.fail(n, "%s: directory is missing", what)
	}
	p.open = func(*http.Client) (providers.ZoneProvider, error) { return zonedir.New(opts) }
	p.system = "zonedir " + directory
	p.account = accountOf("zonedir", opts.Directory)
}

// decodeSOA reads the SOA of zones that have none. The times are in seconds, or with units as in a zone file.
func decodeSOA(d *decoder, n *yaml.Node, what string) zonedir.SOA {
	var soa zonedir.SOA
	seconds := func(name string, to *uint32) func(*yaml.Node) {
		return func(n *yaml.Node) { *to = uint32(d.ttl(n, what+"."+name)) }
	}
	d.mapping(n, what, keys{
		"mname":   func(n *yaml.Node) { soa.MName = d.name(n, what+".mname") },
		"rname":   func(n *yaml.Node) { soa.RName = d.name(n, what+".rname") },
		"refresh": seconds("refresh", &soa.Refresh),
		"retry":   seconds("retry", &soa.Retry),
		"expire":  seconds("expire", &soa.Expire),
		"minimum": seconds("minimum", &soa.Minimum),
		"ttl":     func(n *yaml.Node) { soa.TTL = d.ttl(n, what+".ttl") },
	})
	return soa
}

func (c *config) decodePowerDNS(d *decoder, n *yaml.Node, what string, decode func(keys), p *providerConfig) {
	var opts powerdns.Options
	var key secret
	decode(keys{
		"url": func(n *yaml.Node) { opts.URL = d.text(n, what+".url") },
		"api_key": func(n *yaml.Node) {
			key = d.secret(n, what+".api_key")
			opts.APIKey = key.Value
		},
		"server_id": func(n *yaml.Node) { opts.ServerID = d.text(n, what+".server_id") },
		"kind":      func(n *yaml.Node) { opts.Kind = d.choice(n, what+".kind", "Native", "Master", "Producer") },
		"timeout":   func(n *yaml.Node) { opts.Timeout = d.duration(n, what+".timeout", time.Second) },
	})
	if opts.URL == "" || opts.APIKey == nil {
		d.fail(n, "%s: url and api_key have to be there", what)
	}
	p.overHTTP = true
	p.open = func(client *http.Client) (providers.ZoneProvider, error) {
		opts.HTTP = client
		return powerdns.New(opts)
	}
	p.system = strings.TrimSpace("powerdns " + opts.URL + " " + opts.ServerID)
	p.account = accountOf("powerdns", strings.TrimRight(opts.URL, "/"), key.template)
}

func (c *config) decodeRFC2136(d *decoder, n *yaml.Node, what string, decode func(keys), p *providerConfig) {
	var opts rfc2136.Options
	key := ""     // of updates
	bare := false // the SOA is no prerequisite, whatever the profile says
	decode(keys{
		"server":          func(n *yaml.Node) { opts.Server = d.text(n, what+".server") },
		"tsig":            func(n *yaml.Node) { opts.TSIG, key = decodeTSIG(d, n, what+".tsig") },
		"transfer_server": func(n *yaml.Node) { opts.TransferServer = d.text(n, what+".transfer_server") },
		"transfer_tsig":   func(n *yaml.Node) { opts.TransferTSIG, _ = decodeTSIG(d, n, what+".transfer_tsig") },
		"timeout":         func(n *yaml.Node) { opts.Timeout = d.duration(n, what+".timeout", time.Second) },
		"settle":          func(n *yaml.Node) { opts.Settle = d.duration(n, what+".settle", time.Second) },
		"max_message":     func(n *yaml.Node) { opts.MaxMessage = d.whole(n, what+".max_message", 512, 65535) },
		"require_atomic":  func(n *yaml.Node) { opts.RequireAtomic = d.boolean(n, what+".require_atomic") },
		"max_ttl":         func(n *yaml.Node) { opts.MaxTTL = d.ttl(n, what+".max_ttl") },
		"soa_prerequisite": func(n *yaml.Node) {
			bare = d.choice(n, what+".soa_prerequisite", "auto", "never") == "never"
		},
		"profile": func(n *yaml.Node) {
			switch d.choice(n, what+".profile", "standard", "powerdns", "hexdns") {
			case "powerdns":
				opts.Profile = rfc2136.PowerDNS()
			case "hexdns":
				opts.Profile = rfc2136.HexDNS()
			}
		},
	})
	opts.Profile.NoSOAPrerequisite = opts.Profile.NoSOAPrerequisite || bare
	if opts.Server == "" {
		d.fail(n, "%s: server is missing: HOST:PORT", what)
	}
	p.open = func(*http.Client) (providers.ZoneProvider, error) { return rfc2136.New(opts) }
	p.system = "rfc2136 " + opts.Server
	p.account = accountOf("rfc2136", opts.Server, opts.TSIG.Name, key)
}

// decodeTSIG reads a key, and returns with it how its secret is named.
func decodeTSIG(d *decoder, n *yaml.Node, what string) (key rfc2136.TSIG, reference string) {
	d.mapping(n, what, keys{
		"name":      func(n *yaml.Node) { key.Name = d.text(n, what+".name") },
		"algorithm": func(n *yaml.Node) { key.Algorithm = d.text(n, what+".algorithm") },
		"secret": func(n *yaml.Node) {
			secret := d.secret(n, what+".secret")
			key.Secret, reference = secret.Value, secret.template
		},
	})
	return key, reference
}
