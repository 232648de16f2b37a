package scaidnstest

import (
	"strings"
)

const defaultPageSize = 50

// page is a page of a list.
type page struct {
	Data       []zoneJSON `json:"data"`
	Total      int        `json:"total"`
	Page       int        `json:"page"`
	PageSize   int        `json:"page_size"`
	TotalPages int        `json:"total_pages"`
}

func (s *Server) listZones(c *call) (reply, error) {
	number, size, err := c.page(defaultPageSize)
	if err != nil {
		return reply{}, err
	}
	wanted, err := s.zoneFilter(c)
	if err != nil {
		return reply{}, err
	}
	all := []zoneJSON{}
	for _, z := range s.zones {
		if wanted(z) {
			all = append(all, s.zoneJSON(z))
		}
	}
	total := len(all) + s.broken.MissingZones
	return success(page{pageOf(all, number, size), total, number, size, (total + size - 1) / size})
}

// page returns the page that is asked for, and its size.
func (c *call) page(defaultSize int) (number, size int, err error) {
	number, err = c.number("page", 1, 1, 1<<31-1)
	if err != nil {
		return 0, 0, err
	}
	size, err = c.number("page_size", defaultSize, 1, 100)
	return number, size, err
}

func pageOf[T any](all []T, number, size int) []T {
	from := min((number-1)*size, len(all))
	return all[from:min(from+size, len(all))]
}

// zoneFilter returns what the list has.
func (s *Server) zoneFilter(c *call) (func(*zone) bool, error) {
	query := c.URL.Query()
	if err := c.statusParameter(); err != nil {
		return nil, err
	}
	deleted, _, err := c.flag("include_deleted")
	if err != nil {
		return nil, err
	}
	signed, bySigned, err := c.flag("dnssec_enabled")
	if err != nil {
		return nil, err
	}
	return func(z *zone) bool {
		return z.tenant == c.key.Tenant &&
			(z.status != Deleted || deleted) &&
			(!query.Has("status") || string(z.status) == query.Get("status")) &&
			(!query.Has("domain_type") || string(z.typ) == query.Get("domain_type")) &&
			(!bySigned || z.dnssec.enabled() == signed) &&
			s.finds(z, query.Get("search"))
	}, nil
}

// finds reports whether a search finds a zone.
func (s *Server) finds(z *zone, search string) bool {
	if s.opts.KeepCase {
		return strings.Contains(z.given, search)
	}
	return strings.Contains(z.name, strings.ToLower(search))
}

func (c *call) statusParameter() error {
	query := c.URL.Query()
	if query.Has("status") {
		if err := choice([]any{"query", "status"}, Status(query.Get("status")), Pending, Active, Inactive, Deleted); err != nil {
			return err
		}
	}
	if query.Has("domain_type") {
		return choice([]any{"query", "domain_type"}, Type(query.Get("domain_type")), Primary, Secondary, ReverseIPv4, ReverseIPv6)
	}
	return nil
}
