package scaleway_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

func TestConflictBefore(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	s.Put(zone, a("theirs", "192.0.2.9"))
	s.Faults.Log().Reset()
	result, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
	wants(t, err, providers.ErrConflict, "theirs.zone.example.com. A is not what it was when the change was planned")
	diff(t, "applied", 0, len(result.Applied))
	diff(t, "PATCHes", 0, s.Faults.Log().Count(scalewaytest.PatchRecords))
}

// What was changed and changed back has the same records, and was somebody else's write all the same.
func TestConflictByVersionAlone(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	s.Put(zone, a("theirs", "192.0.2.9"))
	s.Drop(zone, "theirs", "A")
	_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
	wants(t, err, providers.ErrConflict, "its newest version is ", base.Version)
	diff(t, "zone", []string{"www.zone.example.com. 300 IN A 192.0.2.1"}, lines(fetched(t, p).Zone))
}

// A zone that was never written has no version: another writer's makes the first.
func TestConflictOfANewZone(t *testing.T) {
	s, p := start(t, scalewaytest.Options{})
	base := fetched(t, p)
	diff(t, "version", "", base.Version)
	s.Put(zone, a("theirs", "192.0.2.9"))
	s.Drop(zone, "theirs", "A")
	_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
	wants(t, err, providers.ErrConflict, `was "" when`)
	_, err = p.Apply(t.Context(), origin, puts(fetched(t, p), www("192.0.2.2")))
	if err != nil {
		t.Error(err)
	}
}

// between has somebody else write between the look at the zone and the write.
func between(s *scalewaytest.Server, write func()) {
	s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.PatchRecords, Times: 1, Fault: httpfault.Call(func(*http.Request) { write() })})
}

func TestConflictAfterwards(t *testing.T) {
	for _, tt := range []struct {
		name  string
		write func(s *scalewaytest.Server)
		live  int // of our two
	}{
		{"elsewhere", func(s *scalewaytest.Server) { s.Put(zone, a("theirs", "192.0.2.9")) }, 2},
		{"the same RRset", func(s *scalewaytest.Server) { s.Drop(zone, "www", "A"); s.Put(zone, a("www", "192.0.2.9")) }, 2},
		{"back to what it was", func(s *scalewaytest.Server) { s.Put(zone, a("x", "192.0.2.9")); s.Drop(zone, "x", "A") }, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			base := fetched(t, p)
			between(s, func() { tt.write(s) })
			result, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2"), set("new.zone.example.com. 300 A 192.0.2.2")))
			wants(t, err, providers.ErrConflict, "seen after the write", "new versions, and one is ours")
			diff(t, "applied", tt.live, len(result.Applied))
		})
	}
}

// Where a write of somebody else makes no version, as nobody says that a restored one does, the records show it.
func TestConflictAfterwardsWithoutAVersion(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.PatchRecords, Fault: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			before := s.Versions(zone)
			s.Put(zone, a("theirs", "192.0.2.9"))
			hide(s, s.Versions(zone)[len(before):])
			next.ServeHTTP(w, r)
		})
	}})
	result, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
	wants(t, err, providers.ErrConflict, "theirs.zone.example.com. A is not what it was before", "zoneward rollback zone.example.com --revision "+base.Version)
	diff(t, "applied", 1, len(result.Applied))
}

// What is foreign counts too, before a write and behind it, also where no version tells.
func TestConflictAboutForeign(t *testing.T) {
	geo := func(owner, data string) scalewaytest.Record {
		r := a(owner, data)
		r.GeoIP = &scalewaytest.GeoIPConfig{Default: data, Matches: []scalewaytest.GeoIPMatch{}}
		return r
	}
	theirs := func(s *scalewaytest.Server) {
		before := s.Versions(zone)
		s.Put(zone, geo("theirs", "192.0.2.9"))
		hide(s, s.Versions(zone)[len(before):])
	}
	for _, tt := range []struct {
		name string
		when func(s *scalewaytest.Server)
		want string
	}{
		{"before", theirs, "theirs.zone.example.com. A is not what it was when the change was planned"},
		{"afterwards", func(s *scalewaytest.Server) {
			s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.PatchRecords, Fault: httpfault.Call(func(*http.Request) { theirs(s) })})
		}, "theirs.zone.example.com. A is not what it was before"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, geo("geo", "192.0.2.1"), a("www", "192.0.2.1"))
			base := fetched(t, p)
			tt.when(s)
			_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
			wants(t, err, providers.ErrConflict, tt.want)
		})
	}
}

// However much somebody else writes in between, the version with the zone as it was is found.
func TestWayBackFromAConflict(t *testing.T) {
	for name, opts := range map[string]scalewaytest.Options{"versions after": {}, "versions before": {VersionsBefore: true}} {
		t.Run(name, func(t *testing.T) {
			s, p := start(t, opts, a("www", "192.0.2.1"))
			s.Put(zone, a("more", "192.0.2.1"))
			base := fetched(t, p)
			between(s, func() {
				for i := range 5 {
					s.Put(zone, a("theirs", fmt.Sprintf("192.0.2.%d", 10+i)))
				}
			})
			_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
			wants(t, err, providers.ErrConflict, "there are 6 new versions", "zoneward rollback zone.example.com --revision ")
			if id := err.Error()[len(err.Error())-36:]; !slices.Equal(lines(base.Zone), lines(revision(t, p, id))) {
				t.Errorf("the version %s has not the zone as it was", id)
			}
		})
	}
}

// hide leaves versions out of the list.
func hide(s *scalewaytest.Server, versions []scalewaytest.Version) {
	s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.ListVersions, Fault: editList(func(list *versionList) {
		list.Versions = slices.DeleteFunc(list.Versions, func(v listedVersion) bool {
			return slices.ContainsFunc(versions, func(hidden scalewaytest.Version) bool { return hidden.ID == v.ID })
		})
		list.Total = len(list.Versions)
	})})
}
