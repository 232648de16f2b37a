package scaleway_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaleway"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
	"github.com/zoneward/zoneward/zonefile"
)

// open returns the provider for a fake, which does not wait between two looks at a zone.
func open(t testing.TB, s *scalewaytest.Server) *scaleway.Provider {
	t.Helper()
	p, err := scaleway.New(scaleway.Options{URL: s.URL, SecretKey: func() (string, error) { return s.Token, nil }})
	if err != nil {
		t.Fatal(err)
	}
	scaleway.Hurry(p)
	return p
}

// writer makes changes as somebody else with the API would.
func writer(s *scalewaytest.Server, zone string) func(testing.TB, []zonefile.Change) {
	return func(t testing.TB, changes []zonefile.Change) {
		t.Helper()
		for _, c := range changes {
			owner := ownerIn(c.Key().Name, zone)
			if c.Old != nil {
				s.Drop(zone, owner, c.Key().Type.String())
			}
			if c.New != nil {
				s.Put(zone, recordsOf(*c.New, zone)...)
			}
		}
	}
}

// recordsOf returns the records of an RRset as somebody else sends them: with all data in presentation form.
func recordsOf(set zonefile.RRset, zone string) []scalewaytest.Record {
	var records []scalewaytest.Record
	for _, text := range set.Text() {
		records = append(records, scalewaytest.Record{
			Name: ownerIn(set.Key.Name, zone), Type: set.Key.Type.String(), TTL: uint32(set.TTL), Data: text,
		})
	}
	return records
}

// ownerIn returns a name relative to a zone, "" for its apex.
func ownerIn(name zonefile.Name, zone string) string {
	if owner := name.Relative(zonefile.MustParseName(zone + ".")); owner != "@" {
		return owner
	}
	return ""
}

// refuse has the fake refuse what names refused.example, which Normalize cannot know.
func refuse(s *scalewaytest.Server) {
	s.Faults.Add(httpfault.Rule{
		Pattern: scalewaytest.PatchRecords, Fault: scalewaytest.InvalidArgument("data", "constraint", "this one is refused").Fault(),
		Match: func(r *http.Request) bool {
			body, err := io.ReadAll(r.Body)
			return err == nil && bytes.Contains(body, []byte("refused.example"))
		},
	})
}

// fixtures opens zones of a fake, one after the other.
func fixtures(s *scalewaytest.Server, guard func(providers.ZoneProvider) providers.ZoneProvider) func(*testing.T) providertest.Fixture {
	s.AddZone("example.com", scalewaytest.Zone{Root: true})
	refuse(s)
	var n atomic.Int32
	return func(t *testing.T) providertest.Fixture {
		i := n.Add(1)
		zone := fmt.Sprintf("zone%d.example.com", i)
		s.AddZone(zone, scalewaytest.Zone{})
		// A zone that was never written has no version, and so none that it was before the first write.
		s.Put(zone, a("first", "192.0.2.1"))
		s.Drop(zone, "first", "A")
		return providertest.Fixture{
			Provider: guard(open(t, s)),
			Origin:   zonefile.MustParseName(zone + "."),
			Write:    writer(s, zone),
			Refused:  zonefile.MustParseRRset("bad."+zone+". 300 CNAME", "www.refused.example."),
			NewZone:  zonefile.MustParseName(fmt.Sprintf("new%d.example.com.", i)),
		}
	}
}

// ticking returns a clock that is a second later each time it is asked. It is asked by one fake, which does one thing at a time.
func ticking() func() time.Time {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func TestConformance(t *testing.T) {
	bare := func(p providers.ZoneProvider) providers.ZoneProvider { return p }
	for name, opts := range map[string]scalewaytest.Options{
		"as it likely is":       {},
		"partial":               {Partial: true},
		"deletes first":         {Order: scalewaytest.DeletesFirst},
		"404 for unknown zones": {UnknownZone404: true},
		"never pending":         {Pending: -1},
		"versions before":       {VersionsBefore: true},
		"versions oldest first": {VersionsOldestFirst: true, Now: ticking()},
		"duplicates":            {AllowDuplicates: true},
		"deletes of nothing":    {AllowMissing: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, fixtures(scalewaytest.New(t, opts), bare))
		})
	}
}
