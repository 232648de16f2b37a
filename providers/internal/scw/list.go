package scw

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

// List returns all elements of a list, which stand under key and come in pages of size. The error is a *TornError if it does not add up: all pages but
// the last are full and say the same total, there are as many elements, and each has an ID of its own. Only those of a single page may be without.
func List[T any](ctx context.Context, c *rest.Client, path string, query url.Values, key string, size int, id func(T) string) ([]T, error) {
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
			if torn = twice(all, n, key, id); torn == "" {
				return all, nil
			}
		case len(all) > p.total, len(p.items) < size, p.total > maxListed:
			torn = fmt.Sprintf("%d %s, and total_count is %d", len(all), key, p.total)
		}
		if torn != "" {
			return nil, &TornError{fmt.Sprintf("GET %s%s: %s", c, path, torn)}
		}
		total = p.total
	}
}

// twice says which element of some pages came twice, empty if none did. If it is on two of them another is missing, because the order was not the same on both.
func twice[T any](all []T, pages int, key string, id func(T) string) string {
	where := "on two pages, so that another is on none"
	if pages == 1 {
		where = "on the page twice"
	}
	seen := make(map[string]bool, len(all))
	for _, element := range all {
		of := id(element)
		if seen[of] && (of != "" || pages > 1) {
			return fmt.Sprintf("%q of %s is %s", of, key, where)
		}
		seen[of] = true
	}
	return ""
}

// TornError says that what was read in pieces does not add up.
type TornError struct{ Text string }

// Error says what does not add up.
func (e *TornError) Error() string { return e.Text }

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
