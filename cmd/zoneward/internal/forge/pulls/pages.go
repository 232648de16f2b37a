package pulls

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a list.
const (
	maxPages = 500
	maxList  = 512 << 20 // octets
)

// list returns all items of a list, page after page. The pages are asked for by their numbers, each greater than the one before: of the address of the next page
// that a forge gives, nothing but the number is used, since it may be that of another host (Gitea's is made of its ROOT_URL) and the token goes along.
func list[T any](ctx context.Context, a *api, c call) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		octets := 0
		for page, pages := 1, 1; page > 0; pages++ {
			var items []T
			got, err := a.ask(ctx, c, &items)
			octets += len(got.body)
			if err == nil && (pages > maxPages || octets > maxList) {
				err = &Error{What: c.what, kind: ErrAnswer, Messages: []string{fmt.Sprintf("there are more than %d pages or %d MiB of them", maxPages, maxList>>20)}}
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if page, err = nextPage(page, got.header); err != nil {
				yield(none, &Error{What: c.what, kind: ErrAnswer, Messages: []string{err.Error()}})
				return
			}
			c.query = maps.Clone(c.query)
			if c.query == nil {
				c.query = url.Values{}
			}
			c.query.Set("page", strconv.Itoa(page))
		}
	}
}

// mostEmpty is how many pages in a row may have nothing before a list without a header Link has ended.
const mostEmpty = 2

// untilEmpty is list for what has no header Link, though it has pages, some of which may have nothing: they are asked for one after the other until several have not.
func untilEmpty[T any](ctx context.Context, a *api, c call) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for page, empty := 1, 0; empty < mostEmpty; page++ {
			if page > maxPages {
				yield(none, &Error{What: c.what, kind: ErrAnswer, Messages: []string{fmt.Sprintf("there are more than %d pages of them", maxPages)}})
				return
			}
			c.query = maps.Clone(c.query)
			c.query.Set("page", strconv.Itoa(page))
			empty++
			for item, err := range list[T](ctx, a, c) {
				empty = 0
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}
}

// nextPage returns the number of the page that the header Link has for next (RFC 8288 §3), 0 if there is none.
// https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api and https://docs.gitlab.com/api/rest/#pagination
func nextPage(page int, header http.Header) (int, error) {
	address := nextLink(header)
	if address == "" {
		return 0, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return 0, errors.New("the address of the next page is none")
	}
	number, err := strconv.Atoi(u.Query().Get("page"))
	if err != nil || number <= page {
		return 0, errors.New("the next page has no number that is greater than that of the page before")
	}
	return number, nil
}

// nextLink returns the target of the link with the relation next, "" if there is none.
func nextLink(header http.Header) string {
	for _, line := range header.Values("Link") {
		for rest := line; ; {
			_, after, found := strings.Cut(rest, "<")
			if !found {
				break
			}
			target, after, _ := strings.Cut(after, ">")
			parameters, _, _ := strings.Cut(after, "<")
			for parameter := range strings.SplitSeq(strings.TrimRight(parameters, ", "), ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
				if strings.EqualFold(strings.TrimSpace(name), "rel") && slices.Contains(strings.Fields(strings.ToLower(strings.Trim(value, `" `))), "next") {
					return target
				}
			}
			rest = after
		}
	}
	return ""
}

// each returns all values of a list as convert makes them, or the first error.
func each[T, V any](items iter.Seq2[T, error], convert func(T) (V, error)) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		for item, err := range items {
			var value V
			if err == nil {
				value, err = convert(item)
			}
			if !yield(value, err) || err != nil {
				return
			}
		}
	}
}

// collect returns all values of a list, or the first error.
func collect[T any](items iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for item, err := range items {
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, nil
}
