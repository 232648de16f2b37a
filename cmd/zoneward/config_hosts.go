package main

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/scaidns"
	"github.com/zoneward/zoneward/providers/scaleway"
)

// scaidnsPatience is a little more than the minute in which ScaiDNS counts the requests of a key.
const scaidnsPatience = 90 * time.Second

// decodeScaiDNS reads a provider of the type scaidns.
func (c *config) decodeScaiDNS(d *decoder, n *yaml.Node, what string, decode func(keys), p *providerConfig) {
	var opts scaidns.Options
	var key secret
	decode(keys{
		"url": func(n *yaml.Node) { opts.URL = d.text(n, what+".url") },
		"api_key": func(n *yaml.Node) {
			key = d.secret(n, what+".api_key")
			opts.APIKey = key.Value
		},
		"allow_hard_delete": func(n *yaml.Node) { opts.AllowHardDelete = d.boolean(n, what+".allow_hard_delete") },
		"manage_apex_ns":    func(n *yaml.Node) { opts.ManageApexNS = d.boolean(n, what+".manage_apex_ns") },
		"bulk_delete_field": func(n *yaml.Node) { opts.BulkDeleteField = parse(d, n, what+".bulk_delete_field", plainName) },
		"timeout":           func(n *yaml.Node) { opts.Timeout = d.duration(n, what+".timeout", time.Second) },
	})
	if opts.URL == "" || opts.APIKey == nil {
		d.fail(n, "%s: url and api_key have to be there", what)
	}
	p.overHTTP = true
	p.purges, p.patience = opts.AllowHardDelete, scaidnsPatience
	p.open = func(client *http.Client) (providers.ZoneProvider, error) {
		opts.HTTP = client
		return scaidns.New(opts)
	}
	p.system = "scaidns " + strings.TrimRight(opts.URL, "/")
	p.account = accountOf("scaidns", strings.TrimRight(opts.URL, "/"), key.template)
}

// scalewayRate is how many requests a second the API of Scaleway gets where the configuration does not say. It publishes no limit.
const scalewayRate = 5

// decodeScaleway reads a provider of the type scaleway.
func (c *config) decodeScaleway(d *decoder, n *yaml.Node, what string, decode func(keys), p *providerConfig) {
	var opts scaleway.Options
	var key secret
	decode(keys{
		"secret_key": func(n *yaml.Node) {
			key = d.secret(n, what+".secret_key")
			opts.SecretKey = key.Value
		},
		"project_id":      func(n *yaml.Node) { opts.ProjectID = d.text(n, what+".project_id") },
		"organization_id": func(n *yaml.Node) { opts.OrganizationID = d.text(n, what+".organization_id") },
		"url":             func(n *yaml.Node) { opts.URL = d.text(n, what+".url") },
		"timeout":         func(n *yaml.Node) { opts.Timeout = d.duration(n, what+".timeout", time.Second) },
	})
	if opts.SecretKey == nil {
		d.fail(n, "%s: secret_key is missing", what)
	}
	p.overHTTP = true
	p.usual.PerSecond = scalewayRate
	p.open = func(client *http.Client) (providers.ZoneProvider, error) {
		opts.HTTP = client
		return scaleway.New(opts)
	}
	url := strings.TrimRight(cmp.Or(opts.URL, scaleway.DefaultURL), "/")
	p.system = strings.TrimSpace("scaleway " + url + " " + opts.ProjectID)
	p.account = accountOf("scaleway", url, key.template)
}
