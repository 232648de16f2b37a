package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
)

// Tombstones returns the tombstones of the zones and targets that are meant, with all also those that came to their end, the newest first. Beside an error are
// those that the daemon can read.
func (c *Client) Tombstones(ctx context.Context, only reconcile.Selection, all bool) ([]document.Tombstone, error) {
	query := selected(only)
	query.Set("limit", pageLength)
	if all {
		query.Set("all", "true")
	}
	r := request{what: "read the tombstones", method: http.MethodGet, path: []string{"tombstones"}, query: query}
	var stones []document.Tombstone
	var damage error
	err := c.pages(ctx, r, func(ctx context.Context, r request) (string, error) {
		var doc document.Tombstones
		err := c.document(ctx, r, &doc)
		stones = append(stones, doc.Tombstones...)
		if doc.Damaged != "" {
			damage = fmt.Errorf("%s: %s", r.what, oneLine(doc.Damaged))
		}
		return doc.After, err
	})
	return stones, errors.Join(err, damage)
}

// Tombstone returns all that the tombstone with that id keeps. The error wraps reconcile.ErrNoTombstone if there is none.
func (c *Client) Tombstone(ctx context.Context, id string) (document.ShownTombstone, error) {
	var doc document.ShownTombstone
	err := c.document(ctx, request{what: "read the tombstone", method: http.MethodGet, path: []string{"tombstones", id}}, &doc)
	if answer, ok := errors.AsType[*Error](err); ok && answer.Status == http.StatusNotFound && answer.kind == nil {
		answer.kind = reconcile.ErrNoTombstone
	}
	return doc, err
}

// History returns the audit log, the newest entry first. It is read as far as it is wanted.
func (c *Client) History(ctx context.Context, wanted reconcile.HistoryQuery) iter.Seq2[reconcile.Entry, error] {
	return func(yield func(reconcile.Entry, error) bool) {
		r := request{what: "read the audit log", method: http.MethodGet, path: []string{"history"}, query: historyQuery(wanted)}
		stopped := errors.New("nobody wants more")
		err := c.pages(ctx, r, func(ctx context.Context, r request) (string, error) {
			var doc document.HistoryPage
			if err := c.document(ctx, r, &doc); err != nil {
				return "", err
			}
			for _, page := range doc.Entries {
				entry, err := page.PageEntry()
				if err != nil {
					return "", fmt.Errorf("%s: what the daemon answers cannot be read: %w", r.what, err)
				}
				if !yield(entry, nil) {
					return "", stopped
				}
			}
			if doc.After == nil {
				return "", nil
			}
			return strconv.FormatInt(*doc.After, 10), nil
		})
		if err != nil && !errors.Is(err, stopped) {
			yield(reconcile.Entry{}, err)
		}
	}
}

func historyQuery(wanted reconcile.HistoryQuery) url.Values {
	query := url.Values{}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("zone", document.OfName(wanted.Zone))
	set("target", wanted.Target)
	set("name", document.OfName(wanted.Name))
	if wanted.Type != 0 {
		set("type", wanted.Type.String())
	}
	if !wanted.Since.IsZero() {
		set("since", wanted.Since.UTC().Format(time.RFC3339Nano))
	}
	return query
}
