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
	"github.com/zoneward/zoneward/providers/internal/scwtest"
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
		Pattern: scalewaytest.PatchRecords, Fault: scwtest.InvalidArgument("data", "constraint", "this one is refused").Fault(),
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

// bare returns p as it is.
func bare(p providers.ZoneProvider) providers.ZoneProvider { return p }

// patient returns p with what can be tried again tried again at once.
func patient(p providers.ZoneProvider) providers.ZoneProvider {
	return providers.NewAccount(providers.AccountPolicy{
		Retry: providers.RetryPolicy{Tries: 10, FirstWait: time.Millisecond, MaxWait: time.Second, Share: 10, Spare: 1000},
	}).Guard(p)
}

// Each switch of the fake is in the one position and in the other. Those that the suite cannot be run with have tests of their own.
func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		name  string
		opts  scalewaytest.Options
		guard func(providers.ZoneProvider) providers.ZoneProvider
	}{
		{"as it likely is", scalewaytest.Options{}, bare},
		{"other writes", scalewaytest.Options{Partial: true, Order: scalewaytest.DeletesFirst, AllowDuplicates: true, AllowMissing: true}, bare},
		{"other reads", scalewaytest.Options{UnknownZone404: true, Pending: -1, VersionsBefore: true, VersionsOldestFirst: true, PageSize: 1, Now: ticking()}, bare},
		{"pending is refused", scalewaytest.Options{Pending: 2, RefusePending: true}, patient},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, fixtures(scalewaytest.New(t, tt.opts), tt.guard))
		})
	}
}

// A caller who does not give up gets through each fault.
func TestConformanceWithFaults(t *testing.T) {
	// Each call is of up to ten requests: it must get through now and then.
	const prefix = "/domain/v2beta1/dns-zones"
	for _, tt := range []struct {
		name  string
		rules func(s *scalewaytest.Server) []httpfault.Rule
	}{
		{"busy", func(*scalewaytest.Server) []httpfault.Rule {
			return []httpfault.Rule{
				{Every: 23, Fault: httpfault.Status(429)},
				{Every: 29, Fault: httpfault.RetryIn(429, 0)},
				{Pattern: scalewaytest.PatchRecords, Every: 5, Fault: scwtest.TransientState("dns_zone", "id", "pending").Fault()},
			}
		}},
		{"broken server", func(*scalewaytest.Server) []httpfault.Rule {
			return []httpfault.Rule{
				{Every: 23, Fault: httpfault.Status(500)},
				{Every: 29, Fault: httpfault.Status(503)},
				{Pattern: scalewaytest.PatchRecords, Every: 5, Fault: scalewaytest.FirstChanges(1)},
			}
		}},
		{"broken proxy", func(*scalewaytest.Server) []httpfault.Rule {
			return []httpfault.Rule{{Every: 23, Fault: httpfault.Proxy(502)}, {Every: 29, Fault: httpfault.After(httpfault.Proxy(504))}}
		}},
		{"broken network", func(*scalewaytest.Server) []httpfault.Rule {
			return []httpfault.Rule{
				{Every: 23, Fault: httpfault.Lost()},
				{Every: 29, Fault: httpfault.After(httpfault.Lost())},
				{Every: 31, Fault: httpfault.CutOff()},
				{Every: 37, Fault: httpfault.Delay(time.Millisecond)},
			}
		}},
		{"broken answers", func(*scalewaytest.Server) []httpfault.Rule {
			return []httpfault.Rule{
				// A refusal that is not JSON has no kind, and is not asked for again: see TestErrors.
				{Match: func(r *http.Request) bool { return r.Method == http.MethodGet }, Every: 23, Fault: httpfault.NotJSON()},
				{Pattern: "GET " + prefix, Every: 11, Fault: scwtest.Overcount(1)},
				{Pattern: "GET " + prefix + "/", Every: 29, Fault: scwtest.Overcount(1)},
			}
		}},
		{"reads that are behind", func(s *scalewaytest.Server) []httpfault.Rule {
			return []httpfault.Rule{{Pattern: prefix + "/{zone}/", Fault: s.Faults.Stale(3)}}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := scalewaytest.New(t, scalewaytest.Options{})
			for _, r := range tt.rules(s) {
				s.Faults.Add(r)
			}
			providertest.Run(t, fixtures(s, providertest.Persistent))
		})
	}
}

// Where adds come first, one type cannot make way for another in one request. That is refused, and the engine does it in two.
func TestAddsFirst(t *testing.T) {
	s, p := start(t, scalewaytest.Options{Order: scalewaytest.AddsFirst}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	old := www("192.0.2.1")
	alias := set("www.zone.example.com. 300 CNAME other.example.")
	_, err := p.Apply(t.Context(), origin, providers.NewBatch(base, []zonefile.Change{{Old: &old}, {New: &alias}}))
	wants(t, err, providers.ErrInvalid, "has a CNAME and another record")
	diff(t, "zone", []string{"www.zone.example.com. 300 IN A 192.0.2.1"}, lines(fetched(t, p).Zone))
	diff(t, "versions", 1, len(s.Versions(zone)))
}

func TestQuotas(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts scalewaytest.Options
		kind error
	}{
		{"records", scalewaytest.Options{MaxRecords: 3}, providers.ErrBlocked},
		{"changes", scalewaytest.Options{MaxChanges: 1}, providers.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, p := start(t, tt.opts)
			_, err := p.Apply(t.Context(), origin, puts(fetched(t, p), www("192.0.2.1"), set("x.zone.example.com. 300 A 192.0.2.1")))
			wants(t, err, tt.kind)
			diff(t, "RRsets", 1, fetched(t, p).Zone.Len())
		})
	}
}
