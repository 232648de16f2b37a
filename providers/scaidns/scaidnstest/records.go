package scaidnstest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// record is a record of a zone, as the API has it.
type record struct {
	id       string
	key      recordKey
	ttl      int64
	disabled bool
	created  time.Time
}

// recordKey is what a record is: PowerDNS has no two with the same one.
type recordKey struct {
	name    string // absolute, with the dot
	typ     string
	content string
}

// setKey is what an RRset is.
type setKey struct{ name, typ string }

func (k recordKey) set() setKey { return setKey{k.name, k.typ} }

// recordMeta is what the product has of a record beside what PowerDNS has.
type recordMeta struct {
	id      string // for RecordIDsKept
	created time.Time
}

// writtenTTLs are the TTLs that the records of an RRset were written with, by content, see TTLPerRecord.
type writtenTTLs struct {
	served int64 // the one that PowerDNS has. If it has another, somebody else has written it
	ttls   map[string]int64
}

// recordJSON is a record in an answer.
type recordJSON struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Display  string `json:"display_name"`
	Type     string `json:"type"`
	Content  string `json:"content"`
	TTL      int64  `json:"ttl"`
	Disabled bool   `json:"disabled"`
	ZoneID   string `json:"domain_id"`
	Created  string `json:"created_at"`
}

// types returns those that the documentation names, https://www.scailabs.ai/en/docs/scaidns/concepts/zones-and-records.
func types() []string {
	return []string{
		"A", "AAAA", "MX", "CNAME", "TXT", "NS", "SRV", "PTR", "SOA", "CAA", "SSHFP", "TLSA", "DNAME", "NAPTR", "DS", "ALIAS",
	}
}

// system reports whether it is one of the SOA and NS records, which lists leave out unless they are asked for.
func (r record) system() bool { return r.key.typ == "SOA" || r.key.typ == "NS" }

func (s *Server) recordJSON(z *zone, r record) recordJSON {
	display := relative(r.key.name, z)
	name := r.key.name
	switch s.opts.Names {
	case AbsoluteNames:
		name = strings.TrimSuffix(name, ".")
	case AbsoluteNamesWithDot:
	case RelativeNames:
		name = display
	}
	return recordJSON{r.id, name, display, r.key.typ, r.key.content, r.ttl, r.disabled, z.id, stamp(r.created)}
}

func (s *Server) recordsJSON(z *zone, all []record) []recordJSON {
	out := make([]recordJSON, len(all))
	for i, r := range all {
		out[i] = s.recordJSON(z, r)
	}
	return out
}

// relative returns an absolute name as it is written in a zone: "www", "@" for the apex.
func relative(name string, z *zone) string {
	if name == z.name+"." {
		return "@"
	}
	return strings.TrimSuffix(name, "."+z.name+".")
}

// recordsOf returns the records of a zone, in the order of PowerDNS.
func (s *Server) recordsOf(ctx context.Context, z *zone) ([]record, error) {
	content, err := contentOf(ctx, z)
	if err != nil {
		return nil, err
	}
	return s.records(z, content), nil
}

// contentOf returns what PowerDNS has of a zone, nothing for one that it does not have.
func contentOf(ctx context.Context, z *zone) (served, error) {
	if z.store == nil {
		return served{}, nil
	}
	return z.store.zone(ctx, z.name)
}

func (s *Server) records(z *zone, content served) []record {
	var all []record
	for _, set := range content.RRsets {
		for _, r := range set.Records {
			key := recordKey{set.Name, set.Type, r.Content}
			id := s.recordID(z, len(all), content.Serial, set, r)
			all = append(all, record{id, key, s.ttl(z, set, r.Content), r.Disabled, z.meta(s, key).created})
		}
	}
	return all
}

// meta returns what is known of a record beside its content. One that is seen the first time is new.
func (z *zone) meta(s *Server, key recordKey) *recordMeta {
	m, ok := z.records[key]
	if !ok {
		m = &recordMeta{s.newID("r"), s.opts.Now()}
		z.records[key] = m
	}
	return m
}

// ttl returns the TTL of a record as the API has it.
func (s *Server) ttl(z *zone, set pdnsSet, content string) int64 {
	if s.opts.TTLs == TTLPerRecord {
		if w, ok := z.ttls[setKey{set.Name, set.Type}]; ok && w.served == set.TTL {
			if ttl, ok := w.ttls[content]; ok {
				return ttl
			}
		}
	}
	return set.TTL
}

// noteTTLs notes the TTLs that records of an RRset were written with, by content, and the one that the RRset has now.
func (z *zone) noteTTLs(before, after pdnsSet, written map[string]int64) {
	key := setKey{after.Name, after.Type}
	w, ok := z.ttls[key]
	if !ok || w.served != before.TTL {
		w = &writtenTTLs{ttls: map[string]int64{}}
		for _, r := range before.Records {
			w.ttls[r.Content] = before.TTL
		}
		z.ttls[key] = w
	}
	w.served = after.TTL
	maps.Copy(w.ttls, written)
}

// recordList is the answer to a list or a search. It has the fields of a page only where the list is paged.
type recordList struct {
	Data     []recordJSON `json:"data"`
	Total    int          `json:"total"`
	ZoneID   string       `json:"domain_id"`
	ZoneName string       `json:"domain_name"`
	*recordPage
}

type recordPage struct {
	Page       int `json:"page"`
	PageSize   int `json:"page_size"`
	TotalPages int `json:"total_pages"`
}

func (s *Server) listRecords(c *call) (reply, error) {
	if s.opts.Listing != Paged {
		if err := c.checkQuery([]string{"type", "name", "include_system"}); err != nil {
			return reply{}, err
		}
	}
	list, all, err := s.selectRecords(c)
	if err != nil {
		return reply{}, err
	}
	switch s.opts.Listing {
	case Whole:
	case Truncated:
		all = all[:min(len(all), s.opts.PageSize)]
	case Paged:
		number, size, err := c.page(s.opts.PageSize)
		if err != nil {
			return reply{}, err
		}
		list.recordPage = &recordPage{number, size, (list.Total + size - 1) / size}
		all = pageOf(all, number, size)
	}
	list.Data = all
	return success(list)
}

func (s *Server) searchRecords(c *call) (reply, error) {
	list, all, err := s.selectRecords(c)
	if err != nil {
		return reply{}, err
	}
	list.Data = all
	return success(list)
}

// selectRecords returns the records that a list has, and the list without them.
func (s *Server) selectRecords(c *call) (recordList, []recordJSON, error) {
	system, _, err := c.flag("include_system")
	if err != nil {
		return recordList{}, nil, err
	}
	z, err := s.zoneOf(c)
	if err != nil {
		return recordList{}, nil, err
	}
	all, err := s.recordsOf(c.ctx, z)
	if err != nil {
		return recordList{}, nil, err
	}
	query := c.URL.Query()
	all = slices.DeleteFunc(all, func(r record) bool {
		return r.system() && !system ||
			query.Has("type") && r.key.typ != query.Get("type") ||
			!strings.Contains(strings.TrimSuffix(r.key.name, "."), strings.ToLower(query.Get("name"))) ||
			!strings.Contains(r.key.content, query.Get("content"))
	})
	list := recordList{Total: len(all) + s.broken.MissingRecords, ZoneID: z.id, ZoneName: s.zoneName(z)}
	return list, s.recordsJSON(z, all), nil
}

func (s *Server) readRecord(c *call) (reply, error) {
	z, err := s.zoneOf(c)
	if err != nil {
		return reply{}, err
	}
	content, err := contentOf(c.ctx, z)
	if err != nil {
		return reply{}, err
	}
	r, err := s.find(z, content, c.id)
	if err != nil {
		return reply{}, err
	}
	return success(s.recordJSON(z, r))
}

// find returns the record with an id.
func (s *Server) find(z *zone, content served, id string) (record, error) {
	all := s.records(z, content)
	i := slices.IndexFunc(all, func(r record) bool { return r.id == id })
	if i < 0 {
		return record{}, errNoRecord
	}
	return all[i], nil
}

func (s *Server) listTypes(*call) (reply, error) { return success(types()) }
