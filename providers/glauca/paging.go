package glauca

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/zoneward/zoneward/providers/internal/rest"
)

// maxPages is the most pages that a list may have, each of 25 domains (https://docs.glauca.digital/domains/api/#pagination).
const maxPages = 1000

// domains returns all domains of the account, in any order. It is slow: the server asks the registry for each of them. The list is an error unless it is
// whole, because a domain that is not in it counts as one that is not there.
func (c client) domains(ctx context.Context) ([]entry, error) {
	all := list{ids: map[string]bool{}, names: map[string]bool{}}
	asked := map[string]bool{}
	for query := url.Values(nil); ; {
		asked[query.Encode()] = true
		var p page
		if _, err := c.rest.Do(ctx, rest.Request{Method: http.MethodGet, Path: domainsPath, Query: query, Out: &p, Confidential: true}); err != nil {
			return nil, err
		}
		torn := all.add(p)
		if torn == nil && p.Next == nil {
			return all.entries, nil
		}
		if torn == nil {
			query, torn = c.next(*p.Next)
		}
		switch {
		case torn != nil:
		case asked[query.Encode()]:
			torn = fmt.Errorf("the page after this one is %q, which came before", *p.Next)
		case len(asked) == maxPages:
			torn = fmt.Errorf("it has more than %d pages", maxPages)
		}
		if torn != nil {
			return nil, fmt.Errorf("GET %s%s: %w", c.rest, domainsPath, torn)
		}
	}
}

// page is a list of domains, or a page of one. The API's pages say that all lists come in pages (https://docs.glauca.digital/domains/api/#pagination),
// and its source has this one be an array.
type page struct {
	Count   *int    `json:"count"` // of all pages, nil for an array
	Next    *string `json:"next"`
	Results []entry `json:"results"`
}

// UnmarshalJSON reads an array or a page.
func (p *page) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("[")) {
		return json.Unmarshal(text, &p.Results)
	}
	type plain page
	if err := readObject(text, (*plain)(p), []string{"count", "results"}, []string{"next"}); err != nil {
		return fmt.Errorf("a list: %w", err)
	}
	return nil
}

// list is what there is of a list up to one of its pages.
type list struct {
	entries    []entry
	ids, names map[string]bool
}

// add adds a page, and returns what does not add up.
func (l *list) add(p page) error {
	for _, e := range p.Results {
		name := strings.ToLower(e.Domain)
		if l.ids[e.ID] || l.names[name] {
			return fmt.Errorf("%s is in the list twice, so that another domain may be in it not at all", rest.OneLine(e.Domain))
		}
		l.ids[e.ID], l.names[name] = true, true
	}
	l.entries = append(l.entries, p.Results...)
	switch n := len(l.entries); {
	case p.Count == nil:
		return nil
	case n > *p.Count, p.Next == nil && n < *p.Count:
		return fmt.Errorf("there are %d domains, and count is %d", n, *p.Count)
	case p.Next != nil && len(p.Results) == 0:
		return errors.New("a page without domains is not the last one")
	}
	return nil
}

// next returns the query of the next page. Only that is taken from its address: the credentials go nowhere else. The scheme does not count, since a server behind
// a proxy may not know it.
func (c client) next(address string) (url.Values, error) {
	here, err := url.Parse(c.rest.String())
	if err != nil {
		return nil, err
	}
	there, err := here.JoinPath(domainsPath).Parse(address)
	if err != nil {
		return nil, fmt.Errorf("the address of the next page: %w", err)
	}
	if here = here.JoinPath(domainsPath); there.Host != here.Host || there.Path != here.Path || there.User != nil {
		return nil, fmt.Errorf("the next page is said to be at %q, which is not where the list is", there.Redacted())
	}
	query, err := url.ParseQuery(there.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("the address of the next page: %w", err)
	}
	return query, nil
}
