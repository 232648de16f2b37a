package scalewaytest

import (
	"slices"
	"strings"
	"time"
)

// AddZone makes a zone without the API, in its project. It is a root zone, unless a registered name is above it.
func (s *Server) AddZone(name string, options Zone) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	project := options.Project
	if project == "" {
		project = s.Project
	}
	if options.Root {
		s.domains[name] = project
	}
	z := s.newZone(name, project)
	z.linked = options.Linked
	if options.NoApexNS {
		z.records = nil
	}
	s.put(z, options.Records)
}

// RemoveZone takes a zone away, and its registered name.
func (s *Server) RemoveZone(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.zones, name)
	delete(s.domains, name)
}

// Put adds records to a zone as somebody else would by the API: it is one edit, with a version. Their ids are given to them if they have
// none. Their owners may be what the API does not take: nobody knows what other ways there are into a zone.
func (s *Server) Put(name string, records ...Record) {
	s.t.Helper()
	s.edit(name, func(z *zone) { s.put(z, records) })
}

// Drop removes the records of a name, relative to the zone, and a type, as somebody else would by the API.
func (s *Server) Drop(name, owner, kind string) {
	s.t.Helper()
	s.edit(name, func(z *zone) {
		z.drop(func(r *Record) bool { return r.Name == owner && r.Type == kind })
	})
}

// Records returns the records of a zone as they are listed.
func (s *Server) Records(name string) []Record {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	return sorted(s.mustZone(name).records)
}

// Version is a state of a zone.
type Version struct {
	ID      string
	At      time.Time
	Records []Record
}

// Versions returns the versions of a zone, oldest first.
func (s *Server) Versions(name string) []Version {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var versions []Version
	for _, v := range s.mustZone(name).versions {
		versions = append(versions, Version{v.id, v.at, slices.Clone(v.records)})
	}
	return versions
}

// SetStatus makes a zone active, error or locked, with a message if it is not "".
func (s *Server) SetStatus(name, status, message string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	z := s.mustZone(name)
	z.status, z.message, z.pending = status, nil, 0
	if message != "" {
		z.message = &message
	}
}

// edit changes a zone without the API.
func (s *Server) edit(name string, change func(*zone)) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	z := s.mustZone(name)
	before := z.records
	change(z)
	s.edited(z, before)
}

func (s *Server) put(z *zone, records []Record) {
	s.t.Helper()
	for _, r := range records {
		owner := strings.ToLower(r.Name)
		r.Name = ""
		r, err := normal(r, z.name())
		if err != nil {
			s.t.Errorf("put %s %s into %s: %v", owner, r.Type, z.name(), err)
			continue
		}
		r.Name = owner
		z.add(s.stamp(r))
	}
}

// mustZone returns a zone, or one that is empty if the test has failed because there is none.
func (s *Server) mustZone(name string) *zone {
	s.t.Helper()
	z, ok := s.zones[name]
	if !ok {
		s.t.Errorf("the fake has no zone %q", name)
		return &zone{domain: name}
	}
	return z
}
