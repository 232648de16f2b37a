package providertest

import (
	"errors"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// encounter is what somebody else and we do to a zone from one base. Both are RRsets as in a step; what starts with "-" is deleted.
type encounter struct {
	name         string
	start        string
	theirs, ours []string
}

// sameRRset has encounters at an RRset of our batch: ComparesRRsets and ComparesZone refuse the batch.
var sameRRset = []encounter{
	{"both change it", "www 300 A 192.0.2.1", []string{"www 300 A 192.0.2.2"}, []string{"www 300 A 192.0.2.3"}},
	{"they delete it", "www 300 A 192.0.2.1", []string{"-www 300 A 192.0.2.1"}, []string{"www 300 A 192.0.2.3"}},
	{"they add a record", "www 300 A 192.0.2.1", []string{"www 300 A 192.0.2.1\nwww 300 A 192.0.2.2"}, []string{"www 300 A 192.0.2.3"}},
	{"they remove a record", "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2", []string{"www 300 A 192.0.2.1"}, []string{"www 300 A 192.0.2.3"}},
	{"they change what we delete", "www 300 A 192.0.2.1", []string{"www 300 A 192.0.2.2"}, []string{"-www 300 A 192.0.2.1"}},
	{"both create it", "", []string{"www 300 A 192.0.2.2"}, []string{"www 300 A 192.0.2.3"}},
	{"one of our two", "www 300 A 192.0.2.1\nftp 300 A 192.0.2.1", []string{"www 300 A 192.0.2.2"}, []string{"ftp 300 A 192.0.2.3", "www 300 A 192.0.2.3"}},
	{"letter case of text", `www 300 TXT "a"`, []string{`www 300 TXT "A"`}, []string{`www 300 TXT "b"`}},
}

// otherRRset has encounters at RRsets that are not in our batch: ComparesZone refuses it, others carry it out and keep what they wrote.
var otherRRset = []encounter{
	{"at another name", "www 300 A 192.0.2.1", []string{"new 300 A 192.0.2.2"}, []string{"www 300 A 192.0.2.3"}},
	{"of another type", "www 300 A 192.0.2.1", []string{`www 300 TXT "theirs"`}, []string{"www 300 A 192.0.2.3"}},
	{"deleted", "www 300 A 192.0.2.1\nold 300 A 192.0.2.1", []string{"-old 300 A 192.0.2.1"}, []string{"www 300 A 192.0.2.3"}},
	{"below our name", "www 300 A 192.0.2.1", []string{"a.www 300 A 192.0.2.2"}, []string{"-www 300 A 192.0.2.1"}},
}

// testConflict lets somebody else write between the base and the batch that is made from it.
func testConflict(t *testing.T, s *subject) {
	pre := s.fetch(t).Traits.Preconditions
	comparesZone := pre.Has(providers.ComparesZone)
	comparesRRsets := pre.Has(providers.ComparesRRsets) || comparesZone
	for _, e := range sameRRset {
		t.Run("same RRset/"+e.name, func(t *testing.T) {
			m := s.meet(t, e)
			switch {
			case comparesRRsets:
				m.refused(t)
			case pre.Has(providers.NoticesAfterwards):
				if !errors.Is(m.err, providers.ErrConflict) {
					t.Errorf("Apply: error %v, want one that wraps ErrConflict: the traits say that it notices", m.err)
				}
			default:
				t.Log("not tested: the traits promise nothing")
			}
		})
	}
	t.Run("same RRset/they change the TTL", func(t *testing.T) {
		if !comparesZone {
			t.Log("not tested: only ComparesZone promises to see it")
			return
		}
		s.meet(t, encounter{
			start: "www 300 A 192.0.2.1", theirs: []string{"www 600 A 192.0.2.1"}, ours: []string{"www 300 A 192.0.2.3"},
		}).refused(t)
	})
	for _, e := range otherRRset {
		t.Run("other RRset/"+e.name, func(t *testing.T) {
			m := s.meet(t, e)
			switch {
			case comparesZone:
				m.refused(t)
			case pre.Has(providers.NoticesAfterwards) && errors.Is(m.err, providers.ErrConflict):
				m.kept(t)
			case m.err != nil:
				t.Errorf("Apply: %v, though nothing that the batch touches has changed", m.err)
			default:
				m.kept(t)
				if d := difference(s.fetch(t).Zone, m.theirs.Zone.With(m.batch.Changes())); d != "" {
					t.Errorf("the zone is not theirs with our changes:\n%s", d)
				}
			}
		})
	}
	t.Run("they create a CNAME where we create A", func(t *testing.T) {
		m := s.meet(t, encounter{start: "", theirs: []string{"www 300 CNAME other.invalid."}, ours: []string{"www 300 A 192.0.2.3"}})
		if m.err == nil {
			t.Error("Apply: no error, though the two cannot stand together")
		}
		m.kept(t)
	})
}

// meeting is an encounter that has taken place.
type meeting struct {
	s      *subject
	theirs *providers.Snapshot // after they wrote
	wrote  []zonefile.Change   // what they wrote
	batch  providers.Batch
	result providers.Result
	err    error
}

// meet brings the zone to the start of an encounter, and lets both write.
func (s *subject) meet(t *testing.T, e encounter) *meeting {
	t.Helper()
	base := s.become(t, parse(t, s.Origin, e.start))
	m := &meeting{s: s, wrote: s.changes(t, base, e.theirs), batch: providers.NewBatch(base, s.changes(t, base, e.ours))}
	s.elsewhere(t, m.wrote...)
	m.theirs = s.fetch(t)
	if d := difference(m.theirs.Zone, base.Zone.With(m.wrote)); d != "" {
		t.Fatalf("the fixture did not write what it was to write:\n%s", d)
	}
	m.result, m.err = s.Provider.Apply(timeout(t), s.Origin, m.batch)
	return m
}

// changes reads RRsets that are to be put, or deleted if "-" is in front.
func (s *subject) changes(t *testing.T, base *providers.Snapshot, texts []string) []zonefile.Change {
	t.Helper()
	var changes []zonefile.Change
	for _, text := range texts {
		if text[0] == '-' {
			changes = append(changes, zonefile.Change{Old: live(base.Zone, s.set(t, text[1:]).Key)})
			continue
		}
		changes = append(changes, changesTo(base.Zone, s.set(t, text))...)
	}
	return changes
}

// refused checks that the batch was refused because of a conflict, and that nothing of it was written.
func (m *meeting) refused(t *testing.T) {
	t.Helper()
	if !errors.Is(m.err, providers.ErrConflict) {
		t.Errorf("Apply: error %v, want one that wraps ErrConflict", m.err)
	}
	if len(m.result.Applied) > 0 {
		t.Errorf("the result has %d operations as applied, want none", len(m.result.Applied))
	}
	m.s.unchanged(t, m.theirs)
}

// kept checks that what they wrote is as they wrote it.
func (m *meeting) kept(t *testing.T) {
	t.Helper()
	z := m.s.fetch(t).Zone
	for _, c := range m.wrote {
		got := live(z, c.Key())
		if (got == nil) != (c.New == nil) || got != nil && *got != *c.New {
			t.Errorf("what they wrote is lost: %s is\n%v\nand they wrote\n%v", c.Key(), got, c.New)
		}
	}
}
