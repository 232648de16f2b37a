package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/notify"
	"github.com/zoneward/zoneward/providers"
)

// decodeNotification reads who is told what.
func (c *config) decodeNotification(d *decoder, n *yaml.Node) {
	var rule notify.Rule
	var where bool
	d.mapping(n, "notifications", keys{
		"name": func(n *yaml.Node) { rule.Name = parse(d, n, "notifications.name", plainName) },
		"url":  func(n *yaml.Node) { rule.URL, where = d.readSecret(n, "notifications.url"), true },
		"webhook": func(n *yaml.Node) {
			if where {
				d.fail(n, "notifications: want either url or webhook")
			}
			rule.URL, rule.Webhook, where = d.readSecret(n, "notifications.webhook"), true, true
		},
		"secret": func(n *yaml.Node) { rule.Secret, rule.Signed = d.readSecret(n, "notifications.secret"), true },
		"events": func(n *yaml.Node) {
			for _, one := range d.sequence(n, "notifications.events") {
				rule.Events = append(rule.Events, parse(d, one, "notifications.events", notify.ParseKind))
			}
		},
		"severity": func(n *yaml.Node) { rule.Severity = parse(d, n, "notifications.severity", notify.ParseSeverity) },
		"zones": func(n *yaml.Node) {
			for _, one := range d.sequence(n, "notifications.zones") {
				rule.Zones = append(rule.Zones, parse(d, one, "notifications.zones", zonePattern))
			}
		},
		"records": func(n *yaml.Node) { rule.Records = d.boolean(n, "notifications.records") },
		"every":   func(n *yaml.Node) { rule.Every = d.duration(n, "notifications.every", time.Millisecond) },
		"burst":   func(n *yaml.Node) { rule.Burst = d.whole(n, "notifications.burst", 1, 1000) },
	})
	switch {
	case rule.Name == "":
		d.fail(n, "notifications: name is missing: what the sink is called in logs and metrics")
	case slices.ContainsFunc(c.notifications, func(other notify.Rule) bool { return other.Name == rule.Name }):
		d.fail(n, "notifications: the name %q comes twice", rule.Name)
	case !where:
		d.fail(n, "notifications: want url, of a service, or webhook")
	case rule.Signed && !rule.Webhook:
		d.fail(n, "notifications: secret is for a webhook")
	}
	c.notifications = append(c.notifications, rule)
}

// checkNotifications returns an error if it is plain that something cannot be sent. It sends nothing.
func checkNotifications(rules []notify.Rule) error {
	var errs []error
	for _, rule := range rules {
		if err := rule.Check(); err != nil {
			errs = append(errs, fmt.Errorf("notifications: %s: %w", rule.Name, err))
		}
	}
	if len(errs) > 0 {
		return &usageError{err: errors.Join(errs...)}
	}
	return nil
}

// readSecret reads a secret as packages take it.
func (d *decoder) readSecret(n *yaml.Node, what string) providers.Secret {
	s := d.secret(n, what)
	return providers.NewSecret(s.template, s.Value)
}
