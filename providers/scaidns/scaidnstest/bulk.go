package scaidnstest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// bulkCreated is the answer to a bulk create, https://www.scailabs.ai/en/docs/scaidns/tutorials/bulk-operations. What an error has in it is
// not documented.
type bulkCreated struct {
	Created      []recordJSON `json:"created"`
	Errors       []bulkError  `json:"errors"`
	TotalCreated int          `json:"total_created"`
	TotalErrors  int          `json:"total_errors"`
}

type bulkError struct {
	Index  int             `json:"index"`
	Record json.RawMessage `json:"record"`
	Error  any             `json:"error"` // the detail that the record alone would have been answered with
}

func (s *Server) createRecords(c *call) (reply, error) {
	var in struct {
		Records  []json.RawMessage `json:"records"`
		Continue bool              `json:"continue_on_error"`
	}
	err := c.decode(&in, []field{{name: "records", kind: list, required: true}, {name: "continue_on_error", kind: boolean}})
	if err != nil {
		return reply{}, err
	}
	records := make([]newRecord, len(in.Records))
	for i, raw := range in.Records {
		if records[i], err = decodeRecord([]any{"body", "records", i}, raw); err != nil {
			return reply{}, err
		}
	}
	if err := s.checkBulk(len(records)); err != nil {
		return reply{}, err
	}
	z, err := s.zoneOf(c)
	if err != nil {
		return reply{}, err
	}
	if in.Continue {
		return s.createEach(c, z, records, in.Records)
	}
	return s.createAll(c, z, records)
}

func (s *Server) checkBulk(n int) error {
	if n > s.opts.BulkLimit {
		return refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("Too many records: %d, at most %d", n, s.opts.BulkLimit))
	}
	return nil
}

// createAll creates all records or none, unless it is broken.
func (s *Server) createAll(c *call, z *zone, records []newRecord) (reply, error) {
	if n := s.broken.BulkAfter; n > 0 && n < len(records) {
		if _, err := s.create(c, z, records[:n]...); err != nil {
			return reply{}, err
		}
		return reply{}, refuse(http.StatusInternalServerError, "Internal Server Error")
	}
	made, err := s.create(c, z, records...)
	if err != nil {
		return reply{}, err
	}
	return s.created(bulkCreated{made, []bulkError{}, len(made), 0})
}

// createEach creates those records that can be.
func (s *Server) createEach(c *call, z *zone, records []newRecord, raw []json.RawMessage) (reply, error) {
	out := bulkCreated{Created: []recordJSON{}, Errors: []bulkError{}}
	if _, err := s.draft(c.ctx, z); err != nil { // what is wrong with the zone is not an error of each record
		return reply{}, err
	}
	for i, r := range records {
		made, err := s.create(c, z, r)
		if err != nil {
			out.Errors = append(out.Errors, bulkError{i, raw[i], asRefusal(err).detail})
			continue
		}
		out.Created = append(out.Created, made...)
	}
	out.TotalCreated, out.TotalErrors = len(out.Created), len(out.Errors)
	return success(out)
}

// bulkDeleted is the answer to a bulk delete. Its fields are not documented.
type bulkDeleted struct {
	Deleted      []string    `json:"deleted"`
	Errors       []bulkError `json:"errors"`
	TotalDeleted int         `json:"total_deleted"`
	TotalErrors  int         `json:"total_errors"`
}

// deleteRecords deletes all records or, if there is one that cannot be, none.
func (s *Server) deleteRecords(c *call) (reply, error) {
	var in map[string][]string
	if err := c.decode(&in, []field{{name: s.opts.BulkDeleteField, kind: list, required: true}}); err != nil {
		return reply{}, err
	}
	ids := in[s.opts.BulkDeleteField]
	if err := s.checkBulk(len(ids)); err != nil {
		return reply{}, err
	}
	z, err := s.zoneOf(c)
	if err != nil {
		return reply{}, err
	}
	d, err := s.draft(c.ctx, z)
	if err != nil {
		return reply{}, err
	}
	for _, id := range ids {
		r, err := s.find(z, d.before, id)
		if err != nil {
			return reply{}, err
		}
		if err := d.remove(r.key); err != nil {
			return reply{}, err
		}
		delete(z.records, r.key)
	}
	if _, err := d.commit(c.ctx); err != nil {
		return reply{}, err
	}
	return success(bulkDeleted{ids, []bulkError{}, len(ids), 0})
}
