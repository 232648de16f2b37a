package scaleway

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/zoneward/zoneward/providers/internal/rest"
)

// maxListed is the most elements that a list may say that it has.
const maxListed = 1_000_000

// list returns all elements of a list, which comes in pages. The error is a *tornError if it does not add up: all pages but the last are full and
// say the same total, and there are as many elements.
func list[T any](ctx context.Context, c *rest.Client, path string, query url.Values, key string, size int) ([]T, error) {
	var all []T
	total := 0
	for n := 1; ; n++ {
		q := url.Values{"page": {strconv.Itoa(n)}, "page_size": {strconv.Itoa(size)}}
		maps.Copy(q, query)
		p := page[T]{key: key}
		if _, err := c.Do(ctx, rest.Request{Method: http.MethodGet, Path: path, Query: q, Out: &p}); err != nil {
			return nil, err
		}
		all = append(all, p.items...)
		torn := ""
		switch {
		case n > 1 && p.total != total:
			torn = fmt.Sprintf("total_count was %d, and is %d on page %d", total, p.total, n)
		case len(p.items) > size:
			torn = fmt.Sprintf("%d %s on a page of %d", len(p.items), key, size)
		case len(all) == p.total:
			return all, nil
		case len(all) > p.total, len(p.items) < size, p.total > maxListed:
			torn = fmt.Sprintf("%d %s, and total_count is %d", len(all), key, p.total)
		}
		if torn != "" {
			return nil, &tornError{fmt.Sprintf("GET %s%s: %s", c, path, torn)}
		}
		total = p.total
	}
}

// distinct returns records unless one of them came twice: then another is missing, because the order was not the same on two pages.
func distinct(records []record, err error) ([]record, error) {
	if err != nil || len(records) <= recordsPage {
		return records, err
	}
	seen := make(map[string]bool, len(records))
	for _, r := range records {
		if seen[r.ID] {
			return nil, &tornError{fmt.Sprintf("the record %s is on two pages, so that another is on none", r.ID)}
		}
		seen[r.ID] = true
	}
	return records, nil
}

// tornError says that a list that was read in pages does not add up.
type tornError struct{ text string }

// Error says what does not add up.
func (e *tornError) Error() string { return e.text }

// page is one page of a list.
type page[T any] struct {
	key   string // of the elements
	total int    // of all pages
	items []T
}

// DecodeJSON reads the page. One that lacks the elements or the total is an error: it would look like an empty list.
func (p *page[T]) DecodeJSON(dec *json.Decoder) error {
	var fields map[string]json.RawMessage
	if err := dec.Decode(&fields); err != nil {
		return err
	}
	for key, into := range map[string]any{p.key: &p.items, "total_count": &p.total} {
		text, ok := fields[key]
		if !ok || string(text) == "null" {
			return fmt.Errorf("a list without %s", key)
		}
		if err := json.Unmarshal(text, into); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}
