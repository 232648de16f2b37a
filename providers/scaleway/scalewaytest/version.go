package scalewaytest

import (
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
)

// maxVersions is how many versions of a zone are kept.
const maxVersions = 100

// version is a state of a zone that is kept.
type version struct {
	id      string
	at      time.Time
	zone    *zone
	records []Record
	changes []diffChange // from the version before it to this one
}

type versionJSON struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
}

// diffChange is a change as [change] has it, of what is shown of a difference.
type diffChange struct {
	Add    *diffAdd    `json:"add,omitempty"`
	Delete *diffDelete `json:"delete,omitempty"`
}

type diffAdd struct {
	Records []Record `json:"records"`
}

type diffDelete struct {
	ID string `json:"id"`
}

// edited notes an edit of z, which had the records before: it makes a version, and the zone pending.
func (s *Server) edited(z *zone, before []Record) {
	v := &version{id: s.NewID(), at: s.now(), zone: z, records: z.records}
	if s.opts.VersionsBefore {
		v.records = before
	}
	previous := before
	if n := len(z.versions); n > 0 {
		previous = z.versions[n-1].records
	}
	v.changes = diff(previous, v.records)
	s.versions[v.id] = v
	z.versions = append(z.versions, v)
	if len(z.versions) > maxVersions {
		delete(s.versions, z.versions[0].id)
		z.versions = z.versions[1:]
	}
	s.touched(z)
}

// diff returns the changes that lead from one list of records to another: deletes, then adds. A record that was set by its id is both.
func diff(from, to []Record) []diffChange {
	changes := []diffChange{}
	for _, r := range missing(from, to) {
		changes = append(changes, diffChange{Delete: &diffDelete{r.ID}})
	}
	for _, r := range missing(to, from) {
		changes = append(changes, diffChange{Add: &diffAdd{[]Record{r}}})
	}
	return changes
}

// missing returns the records that are not, or not alike, among others.
func missing(records, others []Record) []Record {
	byID := map[string]Record{}
	for _, o := range others {
		byID[o.ID] = o
	}
	return slices.DeleteFunc(slices.Clone(records), func(r Record) bool {
		o, ok := byID[r.ID]
		return ok && byName(o, r) == 0 && o.TTL == r.TTL
	})
}

// listVersions answers GET /dns-zones/{zone}/versions.
func (s *Server) listVersions(c *scwtest.Call) (any, error) {
	z, err := s.zoneOf(c, c.Args[0])
	if err != nil {
		return nil, err
	}
	var all []versionJSON
	for _, v := range z.versions {
		all = append(all, versionJSON{v.id, v.at})
	}
	if !s.opts.VersionsOldestFirst {
		slices.Reverse(all)
	}
	return scwtest.Page(c, "versions", all, s.opts.PageSize)
}

// versionOf returns the version that a call is for, of a zone that its token sees.
func (s *Server) versionOf(c *scwtest.Call) (*version, error) {
	v, ok := s.versions[c.Args[0]]
	if !ok || !s.Sees(c.Token, v.zone.project) {
		return nil, scwtest.NotFound("dns_zone_version", c.Args[0])
	}
	return v, nil
}

// versionRecords answers GET /dns-zones/version/{id}.
func (s *Server) versionRecords(c *scwtest.Call) (any, error) {
	v, err := s.versionOf(c)
	if err != nil {
		return nil, err
	}
	return scwtest.Page(c, "records", sorted(v.records), s.opts.PageSize)
}

// versionDiff answers GET /dns-zones/version/{id}/diff.
func (s *Server) versionDiff(c *scwtest.Call) (any, error) {
	v, err := s.versionOf(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"changes": v.changes}, nil
}

// restoreVersion answers POST /dns-zones/version/{id}/restore. It is an edit like others, with a version of its own.
func (s *Server) restoreVersion(c *scwtest.Call) (any, error) {
	var in struct{}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	v, err := s.versionOf(c)
	if err != nil {
		return nil, err
	}
	z, err := s.writable(c, v.zone.name())
	if err != nil {
		return nil, err
	}
	before := z.records
	z.goBack(v.records)
	s.edited(z, before)
	return struct{}{}, nil
}
