package scaleway_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaleway"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
	"github.com/zoneward/zoneward/zonefile"
)

// www is the RRset that most tests write.
func www(data string) zonefile.RRset { return set("www.zone.example.com. 300 A " + data) }

// What the server makes something else of is not as it was written, and the error says how to go back, whichever way versions are.
func TestAcceptedAndNotAsWritten(t *testing.T) {
	for name, opts := range map[string]scalewaytest.Options{"versions after": {}, "versions before": {VersionsBefore: true}} {
		t.Run(name, func(t *testing.T) {
			s, p := start(t, opts, a("www", "192.0.2.1"), a("old", "192.0.2.1"))
			waits := scaleway.Hurry(p)
			base := fetched(t, p)
			s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.PatchRecords, Fault: firstOnly(1)})
			batch := puts(base, www("192.0.2.2"), set("new.zone.example.com. 300 A 192.0.2.2"))
			result, err := p.Apply(t.Context(), origin, batch)
			wants(t, err, providers.ErrPartial, "new.zone.example.com. A is not as it was written (1 of 2 are not)", "zoneward rollback zone.example.com --revision ")
			diff(t, "applied", []string{"www.zone.example.com. A"}, keys(result.Applied))
			diff(t, "waits", 3, *waits)
			if id := err.Error()[len(err.Error())-36:]; !slices.Equal(lines(base.Zone), lines(revision(t, p, id))) {
				t.Errorf("the version %s has not the zone as it was", id)
			}
		})
	}
}

func revision(t *testing.T, p *scaleway.Provider, id string) *zonefile.Zone {
	t.Helper()
	z, err := p.Revision(t.Context(), origin, id)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// A copy that is behind shows what was written a little later.
func TestStaleReads(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5} {
		s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
		base := fetched(t, p)
		s.Faults.Add(httpfault.Rule{Fault: s.Faults.Stale(n)})
		if _, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2"))); err != nil {
			t.Errorf("%d stale reads: %v", n, err)
		}
	}
}

func TestNeverSeen(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	s.Faults.Add(httpfault.Rule{Fault: s.Faults.Stale(1000)})
	result, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
	wants(t, err, nil, "it was accepted, and cannot be seen yet: www.zone.example.com. A is not as it was written")
	diff(t, "applied", 0, len(result.Applied))
}

func TestNoVersionMade(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	before := len(s.Versions(zone))
	fail(s, scalewaytest.PatchRecords, httpfault.After(httpfault.Call(func(*http.Request) { hide(s, s.Versions(zone)[before:]) })))
	_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
	wants(t, err, nil, "no version was made of it")
}

// A 4xx of a PATCH of which some was carried out is no promise that nothing was.
func TestRefusedInPart(t *testing.T) {
	s, p := start(t, scalewaytest.Options{Partial: true, FixedApexNS: true}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2"), set("zone.example.com. 300 NS ns.example.net.")))
	wants(t, err, providers.ErrPartial, "it was refused, and www.zone.example.com. A is not what it was", "the NS records of the apex cannot be changed",
		"zoneward rollback zone.example.com --revision "+base.Version)
	diff(t, "zone", []string{"www.zone.example.com. 300 IN A 192.0.2.2"}, lines(fetched(t, p).Zone))
	diff(t, "version", 1, len(s.Versions(zone))-1)
}

// If it cannot be said whether nothing was written, nothing is promised.
func TestRefusedAndNoVersions(t *testing.T) {
	s, p := start(t, scalewaytest.Options{FixedApexNS: true}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	fail(s, scalewaytest.PatchRecords, httpfault.After(httpfault.Call(func(*http.Request) {
		fail(s, scalewaytest.ListVersions, httpfault.Status(500))
	})))
	_, err := p.Apply(t.Context(), origin, puts(base, set("zone.example.com. 300 NS ns.example.net.")))
	wants(t, err, nil, "the NS records of the apex cannot be changed", "the zone could not be read")
}

// What happens to the answer says nothing about what was done, and neither does an error of the server.
func TestLostAnswers(t *testing.T) {
	for name, f := range map[string]httpfault.Fault{
		"lost afterwards": httpfault.After(httpfault.Lost()),
		"lost before":     httpfault.Lost(),
		"cut off":         httpfault.CutOff(),
		"not JSON":        httpfault.NotJSON(),
		"proxy":           httpfault.After(httpfault.Proxy(504)),
		"500":             httpfault.Status(500),
		"502":             httpfault.Proxy(502),
		"503":             httpfault.Status(503),
		"in part":         scalewaytest.FirstChanges(1),
	} {
		t.Run(name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			base := fetched(t, p)
			fail(s, scalewaytest.PatchRecords, f)
			_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2"), set("new.zone.example.com. 300 A 192.0.2.2")))
			wants(t, err, nil, "PATCH")
		})
	}
}

// When it was accepted, no error of the reads behind it may promise that nothing was written.
func TestReadBackFails(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			base := fetched(t, p)
			fail(s, scalewaytest.PatchRecords, httpfault.After(httpfault.Call(func(*http.Request) {
				fail(s, scalewaytest.ListRecords, tt.err.Fault())
			})))
			_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
			wants(t, err, nil, "it was accepted, and reading the zone again did not work")
			diff(t, "zone", []string{"www.zone.example.com. 300 IN A 192.0.2.2"}, lines(fetched(t, p).Zone))
		})
	}
}

func TestBusy(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	fail(s, scalewaytest.PatchRecords, httpfault.RetryIn(429, 7*time.Second))
	_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
	if busy, ok := errors.AsType[*providers.BusyError](err); !ok || busy.After != 7*time.Second {
		t.Errorf("got %v, want a *BusyError for 7 seconds", err)
	}
	fail(s, scalewaytest.ListZones, httpfault.RetryIn(429, 7*time.Second))
	_, err = p.Fetch(t.Context(), origin)
	if busy, ok := errors.AsType[*providers.BusyError](err); !ok || busy.After != 7*time.Second {
		t.Errorf("got %v, want a *BusyError for 7 seconds", err)
	}
}

// What goes wrong in front of a write promises that nothing was written, so that all of it can be tried again.
func TestReadInFrontFails(t *testing.T) {
	spec := providers.ZoneSpec{Origin: name("new.example.com.")}
	for _, pattern := range []string{scalewaytest.ListZones, scalewaytest.ListRecords, scalewaytest.ListVersions} {
		for call, do := range map[string]func(p *scaleway.Provider, base *providers.Snapshot) error{
			"Apply": func(p *scaleway.Provider, base *providers.Snapshot) error {
				_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
				return err
			},
			"RemoveZone": func(p *scaleway.Provider, base *providers.Snapshot) error { return p.RemoveZone(t.Context(), base) },
			"CreateZone": func(p *scaleway.Provider, _ *providers.Snapshot) error { return p.CreateZone(t.Context(), spec) },
		} {
			t.Run(call+"/"+pattern, func(t *testing.T) {
				s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
				base := fetched(t, p)
				before := s.Zones()
				happens := fail(s, pattern, httpfault.Proxy(502))
				err := do(p, base)
				if happens.Hits() == 0 {
					return // a zone is created without a look at records
				}
				if _, busy := errors.AsType[*providers.BusyError](err); !busy {
					t.Errorf("got %v, want a *BusyError", err)
				}
				diff(t, "zones", before, s.Zones())
				diff(t, "zone", lines(base.Zone), lines(fetched(t, p).Zone))
			})
		}
	}
}

// Neither a record whose answer depends on who asks, nor one that would stand beside it, is written.
func TestForeignIsLeftAlone(t *testing.T) {
	geo := scalewaytest.Record{Name: "www", Type: "A", Data: "192.0.2.1", TTL: 300, GeoIP: &scalewaytest.GeoIPConfig{
		Default: "192.0.2.1", Matches: []scalewaytest.GeoIPMatch{{Continents: []string{"EU"}, Countries: []string{}, Data: "192.0.2.2"}},
	}}
	s, p := start(t, scalewaytest.Options{}, geo, a("other", "192.0.2.1"))
	base := fetched(t, p)
	diff(t, "foreign", []string{"www.zone.example.com. 300 IN A 192.0.2.1"}, lines(base.Foreign))
	old := www("192.0.2.1")
	for name, batch := range map[string]providers.Batch{
		"put":    puts(base, www("192.0.2.2")),
		"delete": providers.NewBatch(base, []zonefile.Change{{Old: &old}}),
	} {
		_, err := p.Apply(t.Context(), origin, batch)
		if wants(t, err, providers.ErrBlocked, "www.zone.example.com. A"); t.Failed() {
			t.Error(name)
		}
	}
	_, err := p.Apply(t.Context(), origin, puts(base, set("www.zone.example.com. 300 CNAME other.zone.example.com.")))
	wants(t, err, providers.ErrInvalid, "CNAME and other data")
	if _, err := p.Apply(t.Context(), origin, puts(base, set("www.zone.example.com. 300 AAAA 2001:db8::1"))); err != nil {
		t.Error(err)
	}
	records := slices.DeleteFunc(s.Records(zone), func(r scalewaytest.Record) bool { return r.GeoIP == nil })
	if len(records) != 1 || records[0].Data != "192.0.2.1" {
		t.Errorf("the record is %+v", records)
	}
}

// The comment of a record stays with it when its RRset is written, and goes with it.
func TestComments(t *testing.T) {
	first, second, gone := a("www", "192.0.2.1"), a("www", "192.0.2.2"), a("www", "192.0.2.3")
	first.Comment, gone.Comment = new("the first"), new("gone")
	s, p := start(t, scalewaytest.Options{}, first, second, gone)
	base := fetched(t, p)
	if _, err := p.Apply(t.Context(), origin, puts(base, set("www.zone.example.com. 600 A 192.0.2.1", "www.zone.example.com. 600 A 192.0.2.2", "www.zone.example.com. 600 A 192.0.2.4"))); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range s.Records(zone) {
		if r.Type == "A" && r.Comment != nil {
			got[r.Data] = *r.Comment
		}
	}
	diff(t, "comments", map[string]string{"192.0.2.1": "the first"}, got)
}

func TestStates(t *testing.T) {
	for _, tt := range []struct{ status, message, want string }{
		{"locked", "abuse", `Scaleway says "abuse"`},
		{"locked", "", "unlock"},
		{"error", "no name servers", `Scaleway says "no name servers"`},
		{"unknown", "", "what is wrong with it"},
	} {
		t.Run(tt.status+" "+tt.message, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			base := fetched(t, p)
			s.SetStatus(zone, tt.status, tt.message)
			_, fetchErr := p.Fetch(t.Context(), origin)
			_, applyErr := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
			for _, err := range []error{fetchErr, applyErr, p.RemoveZone(t.Context(), base)} {
				wants(t, err, providers.ErrBlocked, "it is "+tt.status+":", tt.want)
				if e, ok := errors.AsType[*providers.StateError](err); !ok || e.State != tt.status {
					t.Errorf("got %v, want a *StateError", err)
				}
			}
		})
	}
}

// A zone that is pending is read and written.
func TestPendingIsFine(t *testing.T) {
	_, p := start(t, scalewaytest.Options{Pending: 1000}, a("www", "192.0.2.1"))
	if _, err := p.Apply(t.Context(), origin, puts(fetched(t, p), www("192.0.2.2"))); err != nil {
		t.Error(err)
	}
}

// If the product refuses to write to a zone that is pending, it is asked again.
func TestPendingIsRefused(t *testing.T) {
	s, p := start(t, scalewaytest.Options{Pending: 3, RefusePending: true}, a("www", "192.0.2.1"))
	account := providers.NewAccount(providers.AccountPolicy{Retry: providers.RetryPolicy{FirstWait: time.Millisecond, MaxWait: time.Millisecond}})
	if _, err := account.Guard(p).Apply(t.Context(), origin, puts(fetched(t, p), www("192.0.2.2"))); err != nil {
		t.Error(err)
	}
	diff(t, "zone", 2, s.Faults.Log().Count(scalewaytest.PatchRecords))
}
