package scaidnstest

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// Zone is a zone that a test makes without the API.
type Zone struct {
	Name        string
	Type        Type   // empty for Primary
	Status      Status // empty for Active
	Tenant      string // empty for DefaultTenant
	DefaultTTL  int64  // 0 for 3600
	Description string // empty for none
	Settings    json.RawMessage
}

// RRset is an RRset that a test writes without the API. The names are relative to the zone, "@" for the apex.
type RRset struct {
	Name, Type string
	TTL        int64
	Records    []Record // none deletes it
}

// Record is a record of an [RRset].
type Record struct {
	Content  string // as PowerDNS has it
	Disabled bool
}

// AddZone makes a zone and returns its id.
func (s *Server) AddZone(t testing.TB, in Zone) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	name := strings.ToLower(strings.TrimSuffix(in.Name, "."))
	z := s.newZone(cmp.Or(in.Tenant, DefaultTenant), name, cmp.Or(in.Type, Primary))
	z.given = strings.TrimSuffix(in.Name, ".")
	z.defaultTTL = cmp.Or(in.DefaultTTL, z.defaultTTL)
	if in.Description != "" {
		z.description = &in.Description
	}
	if in.Settings != nil {
		z.settings = in.Settings
	}
	s.setStatus(t, z, cmp.Or(in.Status, Active))
	s.zones = append(s.zones, z)
	return z.id
}

// SetStatus gives a zone another status, whatever it had. Nothing of it is lost: it is all there again when it is active. Inactive zones are
// not served, and can be read.
func (s *Server) SetStatus(t testing.TB, id string, status Status) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setStatus(t, s.byID(t, id), status)
}

func (s *Server) setStatus(t testing.TB, z *zone, status Status) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // of a test that is at its end too
	var err error
	switch status {
	case Pending:
		z.status, z.validation = Pending, s.newValidation(byTXT)
		if s.opts.StorePending {
			err = s.move(ctx, z, s.hidden)
		} else {
			err = z.putAside(ctx)
		}
	case Active:
		err = s.activate(ctx, z)
	case Inactive:
		s.needHidden(t)
		z.status, err = Inactive, s.move(ctx, z, s.hidden)
	case Deleted:
		if err = s.activate(ctx, z); err == nil {
			err = s.retire(ctx, z)
		}
	}
	if err != nil {
		t.Fatalf("%s %s: %v", z.name, status, err)
	}
}

// DropDeleted ends the retention of a soft-deleted zone: nothing of it is left.
func (s *Server) DropDeleted(t testing.TB, id string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	z := s.byID(t, id)
	if z.status != Deleted {
		t.Fatalf("domain %s is %s, not deleted", z.name, z.status)
	}
	if err := s.purge(context.WithoutCancel(t.Context()), z); err != nil {
		t.Fatal(err)
	}
}

// Write sets RRsets behind the API's back, as somebody else does who writes to PowerDNS. It may be called from anywhere, as from a fault
// between the reading and the writing of a client, and fails the test without ending it.
func (s *Server) Write(t testing.TB, id string, sets ...RRset) {
	t.Helper()
	store, zone := s.stored(id)
	if store == nil {
		t.Errorf("PowerDNS has no zone with the id %q", id)
		return
	}
	var changes []pdnsSet
	for _, set := range sets {
		change := pdnsSet{Name: set.Name + "." + zone + ".", Type: set.Type, TTL: set.TTL, Records: []pdnsRecord{}}
		if set.Name == "@" {
			change.Name = zone + "."
		}
		for _, r := range set.Records {
			change.Records = append(change.Records, pdnsRecord(r))
		}
		changes = append(changes, change)
	}
	if err := store.patch(context.WithoutCancel(t.Context()), zone, replacing(changes)); err != nil {
		t.Error(err)
	}
}

// stored returns the PowerDNS that has a zone, nil if there is none, and the name of the zone.
func (s *Server) stored(id string) (*store, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, z := range s.zones {
		if z.id == id {
			return z.store, z.name
		}
	}
	return nil, ""
}

// byID returns a zone, or ends the test.
func (s *Server) byID(t testing.TB, id string) *zone {
	t.Helper()
	i := slices.IndexFunc(s.zones, func(z *zone) bool { return z.id == id })
	if i < 0 {
		t.Fatalf("no domain has the id %q", id)
	}
	return s.zones[i]
}

// ID returns the id of the zone of a name, removed or not. It fails the test if there is none.
func (s *Server) ID(t testing.TB, name string) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, z := range s.zones {
		if z.name == name {
			return z.id
		}
	}
	t.Fatalf("there is no zone %s", name)
	return ""
}
