package scaidns

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// record is a record in the API: one RR. https://www.scailabs.ai/en/docs/scaidns/reference/records has its fields.
type record struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	Content  string `json:"content"`
	TTL      *int64 `json:"ttl"`
	Disabled bool   `json:"disabled"`
}

// recordEdit is the body that changes a record. What is nil stays as it is.
type recordEdit struct {
	Content  *string `json:"content,omitempty"`
	TTL      *int64  `json:"ttl,omitempty"`
	Disabled *bool   `json:"disabled,omitempty"`
}

// records returns all records of a zone, the SOA and the disabled ones too.
func (c *client) records(ctx context.Context, id string) ([]record, error) {
	path, err := pathOf(id, "/records")
	if err != nil {
		return nil, err
	}
	query := url.Values{"include_system": {"true"}}
	all, err := readPages(func(n int) (page[record], error) {
		if n > 1 { // the documentation has no pages of records: they are asked for only if the first answer is one
			query.Set("page", strconv.Itoa(n))
		}
		var p page[record]
		err := c.do(ctx, http.MethodGet, path, query, nil, &p)
		return p, unfound(err)
	}, func(r record) string { return r.ID })
	if err != nil {
		return nil, fmt.Errorf("records: %w", err)
	}
	return all, nil
}

// createRecord makes a record.
func (c *client) createRecord(ctx context.Context, id string, r record) error {
	return c.post(ctx, id, "/records", r, nil)
}

// bulkCreated is the answer to a creation of several records.
type bulkCreated struct {
	Created *int `json:"total_created"`
	Errors  int  `json:"total_errors"`
	Details any  `json:"errors"`
}

// createRecords makes several records, all or none as the documentation has it.
func (c *client) createRecords(ctx context.Context, id string, all []record) (bulkCreated, error) {
	in := struct {
		Records         []record `json:"records"`
		ContinueOnError bool     `json:"continue_on_error"`
	}{Records: all}
	var made bulkCreated
	err := c.post(ctx, id, "/records/bulk", in, &made)
	return made, err
}

// updateRecord changes a record, and returns what became of it.
func (c *client) updateRecord(ctx context.Context, id, recordID string, e recordEdit) (record, error) {
	path, err := recordPath(id, recordID)
	if err != nil {
		return record{}, err
	}
	var changed record
	err = c.do(ctx, http.MethodPatch, path, nil, e, &changed)
	return changed, err
}

// deleteRecord removes a record.
func (c *client) deleteRecord(ctx context.Context, id, recordID string) error {
	path, err := recordPath(id, recordID)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodDelete, path, nil, nil, nil)
}

// deleteRecords removes several records.
func (c *client) deleteRecords(ctx context.Context, id string, recordIDs []string) error {
	return c.post(ctx, id, "/records/bulk-delete", map[string][]string{c.deleteField: recordIDs}, nil)
}

func recordPath(id, recordID string) (string, error) {
	last, err := pathOf(recordID, "")
	if err != nil {
		return "", err
	}
	return pathOf(id, "/records/"+last)
}
