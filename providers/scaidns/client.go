package scaidns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/zoneward/zoneward/providers/internal/rest"
)

// client makes the calls of the API that are needed. Paths have a slash at the end, or not, as
// https://www.scailabs.ai/en/docs/scaidns/reference/domains and the pages beside it have them: others are answered with a redirect.
type client struct {
	rest        *rest.Client
	key         func() (string, error) // what rest sends
	pageSize    int
	deleteField string
}

const domainsPath = "/api/v1/domains/"

// domain is what the API calls a zone. Lists have none of the second half.
type domain struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Type        string `json:"domain_type"`
	Status      string `json:"status"`
	DefaultTTL  *int64 `json:"default_ttl"`
	Description string `json:"description"` // null is empty
	Signed      *bool  `json:"dnssec_enabled"`

	CIDR        string          `json:"cidr"` // null is empty
	Settings    json.RawMessage `json:"settings"`
	RecordCount *int            `json:"record_count"`
}

// newDomain is the body that creates a zone.
type newDomain struct {
	Name        string `json:"name"`
	Type        string `json:"domain_type"`
	DefaultTTL  *int64 `json:"default_ttl,omitempty"`
	Description string `json:"description,omitempty"`
	CIDR        string `json:"cidr,omitempty"`
}

// edit is the body that changes a zone. What is nil stays as it is.
type edit struct {
	DefaultTTL  *int64          `json:"default_ttl,omitempty"`
	Description *string         `json:"description,omitempty"`
	Settings    json.RawMessage `json:"settings,omitempty"`
}

// do makes a request about a path below that of the zones.
func (c *client) do(ctx context.Context, method, path string, query url.Values, in, out any) error {
	_, err := c.rest.Do(ctx, rest.Request{Method: method, Path: domainsPath + path, Query: query, In: in, Out: out})
	return c.withWords(err)
}

// get reads what is at a path of a zone.
func (c *client) get(ctx context.Context, id, path string, out any) error {
	at, err := pathOf(id, path)
	if err != nil {
		return err
	}
	return unfound(c.do(ctx, http.MethodGet, at, nil, nil, out))
}

// post posts to a path of a zone.
func (c *client) post(ctx context.Context, id, path string, in, out any) error {
	at, err := pathOf(id, path)
	if err != nil {
		return err
	}
	return zoneError(c.do(ctx, http.MethodPost, at, nil, in, out))
}

// pathOf returns a path of something with an id. Ids are the server's, in any form; one that is not a segment of a path would make it another path.
func pathOf(id, path string) (string, error) {
	if id == "" || id == "." || id == ".." {
		return "", fmt.Errorf("%q is no id", id)
	}
	return url.PathEscape(id) + path, nil
}

// domains returns all zones whose names contain search, the soft-deleted ones too if deleted is set.
func (c *client) domains(ctx context.Context, search string, deleted bool) ([]domain, error) {
	query := url.Values{"page_size": {strconv.Itoa(c.pageSize)}}
	if search != "" {
		query.Set("search", search)
	}
	if deleted {
		query.Set("include_deleted", "true")
	}
	all, err := readPages(func(n int) (page[domain], error) {
		query.Set("page", strconv.Itoa(n))
		var p page[domain]
		err := c.do(ctx, http.MethodGet, "", query, nil, &p)
		if refusedWith(err, http.StatusNotFound) {
			err = fmt.Errorf("there is no ScaiDNS with this url: %w", err)
		}
		return p, err
	}, func(d domain) string { return d.ID })
	if err != nil {
		return nil, fmt.Errorf("list zones: %w", err)
	}
	return all, nil
}

// domain returns a zone that is not soft-deleted.
func (c *client) domain(ctx context.Context, id string) (domain, error) {
	var d domain
	err := c.get(ctx, id, "", &d)
	return d, err
}

// create makes a zone.
func (c *client) create(ctx context.Context, d newDomain) (domain, error) {
	var made domain
	err := c.do(ctx, http.MethodPost, "", nil, d, &made)
	return made, err
}

// update changes a zone.
func (c *client) update(ctx context.Context, id string, e edit) error {
	path, err := pathOf(id, "")
	if err != nil {
		return err
	}
	return zoneError(c.do(ctx, http.MethodPatch, path, nil, e, nil))
}

// remove removes a zone, and keeps it.
func (c *client) remove(ctx context.Context, id string) error {
	return c.removeWith(ctx, id, nil)
}

// removeForGood removes what is kept of a zone.
func (c *client) removeForGood(ctx context.Context, id string) error {
	return askForDeleted(func(deleted url.Values) error {
		query := url.Values{"hard": {"true"}}
		maps.Copy(query, deleted)
		return c.removeWith(ctx, id, query)
	})
}

func (c *client) removeWith(ctx context.Context, id string, query url.Values) error {
	path, err := pathOf(id, "")
	if err != nil {
		return err
	}
	return zoneError(c.do(ctx, http.MethodDelete, path, query, nil, nil))
}

// kept returns a zone that may be soft-deleted.
func (c *client) kept(ctx context.Context, id string) (domain, error) {
	path, err := pathOf(id, "")
	if err != nil {
		return domain{}, err
	}
	var d domain
	err = c.do(ctx, http.MethodGet, path, includeDeleted(), nil, &d)
	return d, err
}

// restore brings back a zone that was removed and kept.
func (c *client) restore(ctx context.Context, id string) (domain, error) {
	path, err := pathOf(id, "/restore")
	if err != nil {
		return domain{}, err
	}
	var d domain
	err = askForDeleted(func(deleted url.Values) error {
		return zoneError(c.do(ctx, http.MethodPost, path, deleted, nil, &d))
	})
	return d, err
}

func includeDeleted() url.Values { return url.Values{"include_deleted": {"true"}} }

// askForDeleted makes a request about a zone that is kept: once as it is documented, and, if the zone is not found, with the parameter that reads of such zones
// have. If that is not known, the error is the first one.
func askForDeleted(request func(deleted url.Values) error) error {
	err := request(nil)
	if !refusedWith(err, http.StatusNotFound) {
		return err
	}
	if again := request(includeDeleted()); !refusedWith(again, http.StatusNotFound, http.StatusBadRequest, http.StatusUnprocessableEntity) {
		return again
	}
	return err
}

var errNoSerial = errors.New("an SOA without its serial")

// serial returns the serial of a zone's SOA.
func (c *client) serial(ctx context.Context, id string) (uint32, error) {
	var soa struct {
		Serial *uint32 `json:"serial"`
	}
	if err := c.get(ctx, id, "/soa", &soa); err != nil {
		return 0, err
	}
	if soa.Serial == nil {
		return 0, errNoSerial
	}
	return *soa.Serial, nil
}

// export returns a zone as a master file.
func (c *client) export(ctx context.Context, id string) (string, error) {
	var answer struct {
		File string `json:"zone_file"`
	}
	err := c.get(ctx, id, "/export", &answer)
	return answer.File, err
}
