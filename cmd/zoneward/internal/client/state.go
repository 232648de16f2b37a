package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
)

// mostPages is the most pages that a list may have: one that never ends is a lie.
const mostPages = 100_000

// Status returns how the daemon is as a whole.
func (c *Client) Status(ctx context.Context) (document.DaemonStatus, error) {
	var doc document.DaemonStatus
	err := c.document(ctx, request{what: "read the status of the daemon", method: http.MethodGet, path: []string{"status"}}, &doc)
	return doc, err
}

// Zones returns how far the zones on targets are that are meant, with attention those alone that are in another state than live, in their order.
func (c *Client) Zones(ctx context.Context, only reconcile.Selection, attention bool) ([]document.ZoneStatus, error) {
	query := selected(only)
	query.Set("limit", pageLength)
	if attention {
		query.Set("attention", "true")
	}
	r := request{what: "read the status of the zones", method: http.MethodGet, path: []string{"zones"}, query: query}
	var all []document.ZoneStatus
	return all, c.pages(ctx, r, func(ctx context.Context, r request) (string, error) {
		var doc document.ZoneStatuses
		err := c.document(ctx, r, &doc)
		all = append(all, doc.Zones...)
		return doc.After, err
	})
}

// pageLength is how much of a list is asked for at once: as much as a daemon gives.
const pageLength = "1000"

// pages asks for one page after another. next asks for one, and returns what comes "after" it, empty for the last one.
func (c *Client) pages(ctx context.Context, r request, next func(context.Context, request) (string, error)) error {
	for range mostPages {
		after, err := next(ctx, r)
		if err != nil || after == "" {
			return err
		}
		if after == r.query.Get("after") {
			break
		}
		r.query.Set("after", after)
	}
	return fmt.Errorf("%s: the list of the daemon does not end", r.what)
}

// selected returns the query that says which zones and targets are meant.
func selected(only reconcile.Selection) url.Values {
	query := url.Values{}
	for _, zone := range only.Zones {
		query.Add("zone", zone.String())
	}
	for _, target := range only.Targets {
		query.Add("target", target)
	}
	return query
}

// zoneNames returns the zones that are meant as the body of a request has them.
func zoneNames(only reconcile.Selection) []string {
	var names []string
	for _, zone := range only.Zones {
		names = append(names, zone.String())
	}
	return names
}
