package scaidns

import (
	"errors"
	"fmt"
)

// page is a part of a list. Lists that do not come in pages have no TotalPages.
type page[T any] struct {
	Data       []T  `json:"data"`
	Total      *int `json:"total"`
	Number     *int `json:"page"`
	TotalPages *int `json:"total_pages"`
}

var (
	errNoList      = errors.New("the answer has no list and total")
	errListChanged = errors.New("the list has changed while it was read")
)

// readPages returns all of a list: what is on the pages that read returns, from 1 on. A list that is not whole, or changes while it is read, is an
// error: what is left out would look as if it were not there.
func readPages[T any](read func(n int) (page[T], error), id func(T) string) ([]T, error) {
	var all []T
	total, seen := 0, map[string]bool{}
	for n := 1; ; n++ {
		p, err := read(n)
		switch {
		case err != nil:
			return nil, err
		case p.Data == nil || p.Total == nil:
			return nil, errNoList
		case p.Number != nil && *p.Number != n:
			return nil, fmt.Errorf("page %d was asked for, and page %d came", n, *p.Number)
		case n > 1 && *p.Total != total:
			return nil, errListChanged
		}
		total = *p.Total
		for _, x := range p.Data {
			if seen[id(x)] {
				return nil, errListChanged
			}
			seen[id(x)] = true
		}
		all = append(all, p.Data...)
		if p.TotalPages == nil || n >= *p.TotalPages || len(p.Data) == 0 || len(all) > total {
			break
		}
	}
	if len(all) != total {
		return nil, fmt.Errorf("incomplete: %d of %d came", len(all), total)
	}
	return all, nil
}
