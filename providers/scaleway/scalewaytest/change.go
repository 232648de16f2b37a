package scalewaytest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
)

// change is one of the changes of a PATCH: exactly one of its fields is set.
type change struct {
	Add *struct {
		Records []Record `json:"records"`
	} `json:"add"`
	Set *struct {
		selector
		Records []Record `json:"records"`
	} `json:"set"`
	Delete *selector `json:"delete"`
	Clear  *struct{} `json:"clear"`
}

// selector says which records a change is about: exactly one of its fields is set.
type selector struct {
	ID       *string `json:"id"`
	IDFields *struct {
		Name string  `json:"name"`
		Type string  `json:"type"`
		Data *string `json:"data"`
		TTL  *uint32 `json:"ttl"`
	} `json:"id_fields"`
}

// patchRecords answers PATCH /dns-zones/{zone}/records.
func (s *Server) patchRecords(c *scwtest.Call) (any, error) {
	var in struct {
		Changes                 []change `json:"changes"`
		ReturnAllRecords        bool     `json:"return_all_records"`
		DisallowNewZoneCreation bool     `json:"disallow_new_zone_creation"`
		Serial                  *uint64  `json:"serial"` // that the SOA gets; no precondition, and the SOA is not shown here
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if len(in.Changes) == 0 {
		return nil, scwtest.InvalidArgument("changes", "required", "")
	}
	if s.opts.MaxChanges > 0 && len(in.Changes) > s.opts.MaxChanges {
		return nil, scwtest.InvalidArgument("changes", "constraint", fmt.Sprintf("at most %d", s.opts.MaxChanges))
	}
	for _, ch := range in.Changes {
		if err := ch.check(); err != nil {
			return nil, err
		}
	}
	z, created, err := s.zoneToPatch(c, in.DisallowNewZoneCreation)
	if err != nil {
		return nil, err
	}
	before := z.records
	touched, done, err := s.apply(z, s.ordered(in.Changes))
	switch {
	case err != nil && created:
		delete(s.zones, z.name())
		return nil, err
	case err != nil && s.opts.Partial && done > 0:
		s.edited(z, before)
		return nil, err
	case err != nil:
		z.goBack(before)
		return nil, err
	}
	s.edited(z, before)
	if in.ReturnAllRecords {
		touched = sorted(z.records)
	}
	return map[string]any{"records": scwtest.Array(touched)}, nil
}

// zoneToPatch returns the zone that a PATCH is for. One that is not there is made below a registered name, unless that is disallowed.
func (s *Server) zoneToPatch(c *scwtest.Call, disallowed bool) (z *zone, created bool, err error) {
	z, err = s.writable(c, c.Args[0])
	if _, there := s.zones[c.Args[0]]; err == nil || there || disallowed {
		return z, false, err
	}
	domain := s.domainOf(c.Args[0])
	if domain == "" || !s.Sees(c.Token, s.domains[domain]) {
		return nil, false, err
	}
	if err := s.mayCreate(c, c.Args[0]); err != nil {
		return nil, false, err
	}
	return s.newZone(c.Args[0], s.domains[domain]), true, nil
}

// check returns an error if the shape of ch is not right.
func (ch change) check() error {
	n := 0
	for _, there := range []bool{ch.Add != nil, ch.Set != nil, ch.Delete != nil, ch.Clear != nil} {
		if there {
			n++
		}
	}
	switch {
	case n != 1:
		return scwtest.InvalidArgument("changes", "constraint", "exactly one of add, set, delete and clear")
	case ch.Add != nil && len(ch.Add.Records) == 0:
		return scwtest.InvalidArgument("add.records", "required", "")
	case ch.Set != nil && len(ch.Set.Records) == 0:
		return scwtest.InvalidArgument("set.records", "required", "")
	case ch.Set != nil:
		return ch.Set.check("set")
	case ch.Delete != nil:
		return ch.Delete.check("delete")
	}
	return nil
}

func (f selector) check(argument string) error {
	if (f.ID == nil) == (f.IDFields == nil) {
		return scwtest.InvalidArgument(argument, "constraint", "exactly one of id and id_fields")
	}
	if f.IDFields != nil && !slices.Contains(types(), f.IDFields.Type) {
		return scwtest.InvalidArgument("id_fields.type", "format", "no such type")
	}
	return nil
}

// matches reports whether f selects r. Data is compared as it is read back.
func (f selector) matches(r *Record, zone string) bool {
	if f.ID != nil {
		return *f.ID == r.ID
	}
	if f.IDFields.Name != r.Name || f.IDFields.Type != r.Type || f.IDFields.TTL != nil && *f.IDFields.TTL != r.TTL {
		return false
	}
	if f.IDFields.Data == nil {
		return true
	}
	data, err := normalData(Record{Type: r.Type, Data: *f.IDFields.Data, Priority: r.Priority}, zone)
	return err == nil && data == r.Data
}

// ordered returns changes in the order in which they are made.
func (s *Server) ordered(changes []change) []change {
	rank := func(ch change) int {
		switch {
		case ch.Delete != nil || ch.Clear != nil:
			return 0
		case ch.Set != nil:
			return 1
		}
		return 2
	}
	changes = slices.Clone(changes)
	switch s.opts.Order {
	case ArrayOrder:
	case DeletesFirst:
		slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(rank(a), rank(b)) })
	case AddsFirst:
		slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(rank(b), rank(a)) })
	}
	return changes
}

// apply makes changes one after the other, up to the first that is refused. It returns the records that were added or set, and how many
// changes were made.
func (s *Server) apply(z *zone, changes []change) (touched []Record, done int, err error) {
	for i, ch := range changes {
		before := z.records
		records, err := s.applyOne(z, ch)
		if err == nil {
			err = s.allowed(z, before)
		}
		if err != nil {
			z.goBack(before)
			return nil, i, err
		}
		touched = append(touched, records...)
	}
	return touched, len(changes), nil
}

func (s *Server) applyOne(z *zone, ch change) ([]Record, error) {
	switch {
	case ch.Add != nil:
		return s.add(z, withIDs(nil, ch.Add.Records, false, z.name()))
	case ch.Set != nil:
		old, err := s.remove(z, ch.Set.selector, ch.Set.ID != nil)
		if err != nil {
			return nil, err
		}
		return s.add(z, withIDs(old, ch.Set.Records, ch.Set.ID != nil, z.name()))
	case ch.Delete != nil:
		_, err := s.remove(z, *ch.Delete, !s.opts.AllowMissing)
		return nil, err
	default:
		z.records = s.apexNS() // which every zone has by itself
		return nil, nil
	}
}

// add adds records. Those without an id get one.
func (s *Server) add(z *zone, records []Record) ([]Record, error) {
	var added []Record
	for _, r := range records {
		r, err := normal(r, z.name())
		if err != nil {
			return nil, err
		}
		if old := z.drop(func(o *Record) bool { return o.Name == r.Name && o.Type == r.Type && o.Data == r.Data }); old != nil {
			if !s.opts.AllowDuplicates {
				return nil, scwtest.InvalidArgument("records", "constraint", fmt.Sprintf("there is a record %q %s %s already", r.Name, r.Type, r.Data))
			}
			r.ID = old[0].ID
		}
		if z.has(func(o *Record) bool { return o.Name == r.Name && (o.Type == "CNAME" || r.Type == "CNAME") }) {
			return nil, scwtest.InvalidArgument("records", "constraint", fmt.Sprintf("%q has a CNAME and another record", r.Name))
		}
		r = s.stamp(r)
		z.add(r)
		added = append(added, r)
	}
	return added, nil
}

// remove removes what f selects. Nothing is an error if there must be something.
func (s *Server) remove(z *zone, f selector, must bool) ([]Record, error) {
	name := z.name()
	removed := z.drop(func(r *Record) bool { return f.matches(r, name) })
	if removed == nil && must {
		id := ""
		if f.ID != nil {
			id = *f.ID
		}
		return nil, scwtest.NotFound("record", id)
	}
	return removed, nil
}

// withIDs returns records with the ids of old ones: the first has that of the record that was set by its id, else each that of the old one with the
// same data. An id that a client sends is not looked at.
func withIDs(old, records []Record, byID bool, zone string) []Record {
	records = slices.Clone(records)
	for i, r := range records {
		records[i].ID = ""
		if byID && i == 0 {
			records[i].ID = old[0].ID
			continue
		}
		r, err := normal(r, zone)
		for _, o := range old {
			if err == nil && !byID && o.Data == r.Data && o.Name == r.Name && o.Type == r.Type {
				records[i].ID = o.ID
			}
		}
	}
	return records
}

// allowed returns an error if a zone that had the records before may not have those that it has now.
func (s *Server) allowed(z *zone, before []Record) error {
	if s.opts.MaxRecords > 0 && len(z.records) > s.opts.MaxRecords {
		return scwtest.QuotasExceeded("domain_records", s.opts.MaxRecords, len(before))
	}
	if s.opts.FixedApexNS && !slices.EqualFunc(apexNSOf(before), apexNSOf(z.records), func(a, b Record) bool { return a.Data == b.Data && a.TTL == b.TTL }) {
		return scwtest.InvalidArgument("records", "constraint", "the NS records of the apex cannot be changed")
	}
	return nil
}

// apexNSOf returns the NS records of the apex among records.
func apexNSOf(records []Record) []Record {
	return slices.DeleteFunc(sorted(records), func(r Record) bool { return r.Name != "" || r.Type != "NS" })
}

// clearRecords answers DELETE /dns-zones/{zone}/records.
func (s *Server) clearRecords(c *scwtest.Call) (any, error) {
	z, err := s.writable(c, c.Args[0])
	if err != nil {
		return nil, err
	}
	before := z.records
	z.records = s.apexNS()
	s.edited(z, before)
	return struct{}{}, nil
}
