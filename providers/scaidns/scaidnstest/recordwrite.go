package scaidnstest

import (
	"encoding/json"
	"slices"
	"strings"
)

// newRecord is the body that creates a record.
type newRecord struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Content  string `json:"content"`
	TTL      *int64 `json:"ttl"`
	Disabled bool   `json:"disabled"`
}

// decodeRecord reads the body that creates a record.
func decodeRecord(at []any, raw json.RawMessage) (newRecord, error) {
	var in newRecord
	err := decode(at, raw, &in, []field{
		{name: "name", kind: text, required: true},
		{name: "type", kind: text, required: true},
		{name: "content", kind: text, required: true},
		{name: "ttl", kind: integer, nullable: true},
		{name: "disabled", kind: boolean},
	})
	if err != nil {
		return newRecord{}, err
	}
	return in, checkTTL(slices.Concat(at, []any{"ttl"}), in.TTL)
}

// addTo adds the record to a draft. A name is relative, "@" for the apex: "www.example.com" in example.com is www.example.com.example.com.
func (r newRecord) addTo(d *draft) error {
	owner := strings.ToLower(r.Name) + "." + d.zone.name + "."
	switch {
	case r.Name == "@":
		owner = d.zone.name + "."
	case r.Name == "", strings.HasSuffix(r.Name, "."), strings.Contains(r.Name, "@"):
		return refuseField("name", "Invalid record name: @ or a name relative to the domain")
	}
	if !slices.Contains(types(), r.Type) {
		return refuseField("type", "Invalid record type: "+r.Type)
	}
	ttl := d.zone.defaultTTL
	if r.TTL != nil {
		ttl = *r.TTL
	}
	return d.add(recordKey{owner, r.Type, r.Content}, ttl, r.Disabled)
}

func (s *Server) createRecord(c *call) (reply, error) {
	in, err := decodeRecord([]any{"body"}, c.body)
	if err != nil {
		return reply{}, err
	}
	z, err := s.zoneOf(c)
	if err != nil {
		return reply{}, err
	}
	made, err := s.create(c, z, in)
	if err != nil {
		return reply{}, err
	}
	return s.created(made[0])
}

// create adds records, all or none.
func (s *Server) create(c *call, z *zone, in ...newRecord) ([]recordJSON, error) {
	d, err := s.draft(c.ctx, z)
	if err != nil {
		return nil, err
	}
	for _, r := range in {
		if err := r.addTo(d); err != nil {
			return nil, err
		}
	}
	made, err := d.commit(c.ctx)
	if err != nil {
		return nil, err
	}
	return s.recordsJSON(z, made), nil
}

func (s *Server) updateRecord(c *call) (reply, error) {
	var in struct {
		Content  *string `json:"content"`
		TTL      *int64  `json:"ttl"`
		Disabled *bool   `json:"disabled"`
	}
	err := c.decode(&in, []field{{name: "content", kind: text}, {name: "ttl", kind: integer}, {name: "disabled", kind: boolean}})
	if err != nil {
		return reply{}, err
	}
	if err := checkTTL([]any{"body", "ttl"}, in.TTL); err != nil {
		return reply{}, err
	}
	z, d, old, err := s.changing(c)
	if err != nil {
		return reply{}, err
	}
	content, ttl, disabled := or(in.Content, old.key.content), or(in.TTL, old.ttl), or(in.Disabled, old.disabled)
	if err := d.change(old.key, content, ttl, disabled); err != nil {
		return reply{}, err
	}
	meta := z.meta(s, old.key)
	changed, err := d.commit(c.ctx)
	if err != nil {
		return reply{}, err
	}
	r := changed[0]
	if r.key != old.key { // the same record still, for those who keep ids
		delete(z.records, old.key)
		z.records[r.key] = meta
		r.created = meta.created
		if s.opts.RecordIDs == RecordIDsKept {
			r.id = meta.id
		}
	}
	return success(s.recordJSON(z, r))
}

// or returns what p points to, and without where it is nil.
func or[T any](p *T, without T) T {
	if p == nil {
		return without
	}
	return *p
}

func (s *Server) deleteRecord(c *call) (reply, error) {
	z, d, old, err := s.changing(c)
	if err != nil {
		return reply{}, err
	}
	if err := d.remove(old.key); err != nil {
		return reply{}, err
	}
	if _, err := d.commit(c.ctx); err != nil {
		return reply{}, err
	}
	delete(z.records, old.key)
	return noContent()
}

// changing returns the record of a request, and a draft of its zone to change it in.
func (s *Server) changing(c *call) (*zone, *draft, record, error) {
	z, err := s.zoneOf(c)
	if err != nil {
		return nil, nil, record{}, err
	}
	d, err := s.draft(c.ctx, z)
	if err != nil {
		return nil, nil, record{}, err
	}
	old, err := s.find(z, d.before, c.id)
	return z, d, old, err
}
