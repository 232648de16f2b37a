package scaleway_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
	"github.com/zoneward/zoneward/zonefile"
)

// name is zonefile.MustParseName.
func name(text string) zonefile.Name { return zonefile.MustParseName(text) }

func TestCreate(t *testing.T) {
	for _, tt := range []struct {
		name   string
		origin string
		body   string // of the request, without the project
	}{
		{"one label", "new.example.com.", `"domain":"example.com","subdomain":"new"`},
		{"several labels", "a.b.new.example.com.", `"domain":"example.com","subdomain":"a.b.new"`},
		{"below another zone of the domain", "new.zone.example.com.", `"domain":"example.com","subdomain":"new.zone"`},
		{"the longest domain counts", "new.a.example.com.", `"domain":"a.example.com","subdomain":"new"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{})
			s.AddZone("a.example.com", scalewaytest.Zone{Root: true}) // the first in the list
			if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: name(tt.origin)}); err != nil {
				t.Fatal(err)
			}
			if body := s.Faults.Log().Match(scalewaytest.CreateZone)[0].Body; !strings.Contains(body, tt.body) {
				t.Errorf("the request is %s, want one with %s", body, tt.body)
			}
			if _, err := p.Fetch(t.Context(), name(tt.origin)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCreateRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		spec providers.ZoneSpec
		kind error
		text string
	}{
		{"no domain of the account", providers.ZoneSpec{Origin: name("new.example.org.")}, providers.ErrBlocked, "register the domain"},
		{"a name that only ends like a domain", providers.ZoneSpec{Origin: name("notexample.com.")}, providers.ErrBlocked, "register the domain"},
		{"there already", providers.ZoneSpec{Origin: origin}, providers.ErrConflict, "it is there already"},
		{"root zone", providers.ZoneSpec{Origin: name("example.com.")}, providers.ErrConflict, "it is there already"},
		{"kind", providers.ZoneSpec{Origin: name("new.example.com."), Kind: "Native"}, providers.ErrUnsupported, `kind "Native"`},
		{"property", providers.ZoneSpec{Origin: name("new.example.com."), Properties: map[string]string{"description": "x"}}, providers.ErrUnsupported, `"description"`},
		{"settings of another provider", providers.ZoneSpec{Origin: name("new.example.com."), Settings: map[string]string{"soa_edit_api": "x"}}, providers.ErrInvalid, "soa_edit_api"},
		{
			"other data in the apex",
			providers.ZoneSpec{Origin: name("new.example.com."), Apex: []zonefile.RRset{set("new.example.com. 300 A 192.0.2.1")}},
			providers.ErrInvalid, "new.example.com. A",
		},
		{
			"NS that cannot be held",
			providers.ZoneSpec{Origin: name("new.example.com."), Apex: []zonefile.RRset{set(`new.example.com. 300 NS a\032b.example.`)}},
			providers.ErrUnsupported, "new.example.com. NS",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{})
			before := s.Zones()
			wants(t, p.CreateZone(t.Context(), tt.spec), tt.kind, tt.text)
			diff(t, "zones", before, s.Zones())
		})
	}
}

// What happens to the request that creates.
func TestCreateFails(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		kind  error
		there bool
	}{
		{"somebody else was faster", scwtest.Message(409, "dns zone already exists").Fault(), providers.ErrConflict, false},
		{"too many", scwtest.QuotasExceeded("dns_zones", 1, 1).Fault(), providers.ErrBlocked, false},
		{"the domain is gone", scwtest.NotFound("domain", "example.com").Fault(), providers.ErrBlocked, false},
		{"lost", httpfault.After(httpfault.Lost()), nil, true},
		{"not JSON", httpfault.NotJSON(), nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{})
			fail(s, scalewaytest.CreateZone, tt.fault)
			wants(t, p.CreateZone(t.Context(), providers.ZoneSpec{Origin: name("new.example.com.")}), tt.kind)
			diff(t, "the zone is there", tt.there, slices.Contains(s.Zones(), "new.example.com"))
		})
	}
}

func TestCreateWithoutItsNS(t *testing.T) {
	s, p := start(t, scalewaytest.Options{FixedApexNS: true})
	spec := providers.ZoneSpec{Origin: name("new.example.com."), Apex: []zonefile.RRset{set("new.example.com. 300 NS ns.example.net.")}}
	err := p.CreateZone(t.Context(), spec)
	wants(t, err, providers.ErrPartial, "the zone is made, and lacks its NS", "the NS records of the apex cannot be changed")
	diff(t, "the zone is there", true, slices.Contains(s.Zones(), "new.example.com"))
}

func TestRemoveRefuses(t *testing.T) {
	weighted := scalewaytest.Record{Name: "www", Type: "A", Data: "192.0.2.1", TTL: 300, Weighted: &scalewaytest.WeightedConfig{
		WeightedIPs: []scalewaytest.WeightedIP{{IP: "192.0.2.1", Weight: 1}},
	}}
	for _, tt := range []struct {
		name   string
		origin string
		zone   scalewaytest.Zone
		text   string
	}{
		{"root zone", "example.net.", scalewaytest.Zone{Root: true}, "zone_removal: keep"},
		{"linked", "x.example.com.", scalewaytest.Zone{Linked: []string{"vpc"}}, "(vpc): unlink it"},
		{"foreign", "x.example.com.", scalewaytest.Zone{Records: []scalewaytest.Record{weighted}}, "www.x.example.com. A could not be written again"},
		{
			"what Normalize refuses", "x.example.com.",
			scalewaytest.Zone{Records: []scalewaytest.Record{{Name: "a", Type: "TXT", TTL: 300, Data: `"a" "b"`}}},
			"a.x.example.com. TXT could not be written again",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{})
			s.AddZone(strings.TrimSuffix(tt.origin, "."), tt.zone)
			base, err := p.Fetch(t.Context(), name(tt.origin))
			if err != nil {
				t.Fatal(err)
			}
			wants(t, p.RemoveZone(t.Context(), base), providers.ErrBlocked, tt.text)
			_, _, err = p.ZoneSettings(t.Context(), name(tt.origin))
			wants(t, err, providers.ErrBlocked, tt.text)
			diff(t, "requests", 0, s.Faults.Log().Count(scalewaytest.DeleteZone))
		})
	}
}

func TestRemoveFails(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		kind  error
	}{
		// A root zone that the list did not show as one.
		{"root zone", scwtest.Message(403, "root zone can't be deleted").Fault(), providers.ErrBlocked},
		{"permissions", scwtest.PermissionsDenied("domain", "write").Fault(), providers.ErrAuth},
		{"still in use", scwtest.PreconditionFailed("resource_still_in_use", "").Fault(), providers.ErrBlocked},
		{"not found, though it is there", scwtest.NotFound("dns_zone", zone).Fault(), nil},
		{"busy, and gone all the same", httpfault.After(scwtest.TransientState("dns_zone", "id", "pending").Fault()), providers.ErrNoZone},
		{"lost", httpfault.After(httpfault.Lost()), nil},
		{"proxy", httpfault.After(httpfault.Proxy(504)), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			base := fetched(t, p)
			fail(s, scalewaytest.DeleteZone, tt.fault)
			wants(t, p.RemoveZone(t.Context(), base), tt.kind)
		})
	}
}

// Somebody else was faster.
func TestRemovedAlready(t *testing.T) {
	for name, opts := range map[string]scalewaytest.Options{"403": {}, "404": {UnknownZone404: true}} {
		t.Run(name, func(t *testing.T) {
			s, p := start(t, opts, a("www", "192.0.2.1"))
			base := fetched(t, p)
			fail(s, scalewaytest.DeleteZone, httpfault.Call(func(*http.Request) { s.RemoveZone(zone) }))
			wants(t, p.RemoveZone(t.Context(), base), providers.ErrNoZone)
		})
	}
}

// What the list says of the domain goes into the request as the list has it, and letter case is none of it.
func TestCreateWithinWhatTheListHas(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(zones []map[string]any)
		body string
	}{
		{"upper case", func(zones []map[string]any) {
			for _, z := range zones {
				z["domain"] = "Example.COM"
			}
		}, `"domain":"Example.COM","subdomain":"new"`},
		{"the root zone behind another zone", func(zones []map[string]any) {
			slices.Reverse(zones)
			for _, z := range zones {
				if z["subdomain"] != "" {
					z["project_id"] = "not this one"
				}
			}
		}, `"domain":"example.com","subdomain":"new","project_id":"f00d`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{})
			s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.ListZones, Fault: editList(func(list *zoneList) { tt.edit(list.Zones) })})
			_ = p.CreateZone(t.Context(), providers.ZoneSpec{Origin: name("new.example.com.")})
			if body := s.Faults.Log().Match(scalewaytest.CreateZone)[0].Body; !strings.Contains(body, tt.body) {
				t.Errorf("the request is %s, want one with %s", body, tt.body)
			}
		})
	}
}

// A zone that is made again is in the project that it was in.
func TestMadeAgainInItsProject(t *testing.T) {
	s, p := start(t, scalewaytest.Options{})
	other := s.AddProject(s.Organization)
	s.AddZone("other.example.com", scalewaytest.Zone{Project: other})
	base, err := p.Fetch(t.Context(), name("other.example.com."))
	if err != nil {
		t.Fatal(err)
	}
	kind, settings, err := p.ZoneSettings(t.Context(), base.Zone.Origin())
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "settings", map[string]string{"project_id": other}, settings)
	if err := p.RemoveZone(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: base.Zone.Origin(), Kind: kind, Settings: settings}); err != nil {
		t.Fatal(err)
	}
	_, settings, err = p.ZoneSettings(t.Context(), base.Zone.Origin())
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "settings", map[string]string{"project_id": other}, settings)
}

func TestExport(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
	export, err := p.ExportZone(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"SOA", "www 300 IN A 192.0.2.1"} {
		if !strings.Contains(export["zone_file"], want) {
			t.Errorf("%q is not in the zone file:\n%s", want, export["zone_file"])
		}
	}
	diff(t, "version", fetched(t, p).Version, export["version"])
	s.Faults.Add(httpfault.Rule{Pattern: "GET /domain/v2beta1/dns-zones/{zone}/raw", Fault: httpfault.Edit(func(a *httpfault.Answer) { a.Body = []byte(`{}`) })})
	_, err = p.ExportZone(t.Context(), origin)
	wants(t, err, nil, "the zone file is empty")
}

func TestRevisions(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, many(1200)...)
	s.Put(zone, a("more", "192.0.2.9"))
	all, err := p.Revisions(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	versions := s.Versions(zone)
	diff(t, "IDs", []string{versions[1].ID, versions[0].ID}, []string{all[0].ID, all[1].ID})
	diff(t, "time", versions[1].At, all[0].At)
	diff(t, "RRsets of the first", 1201, revision(t, p, versions[0].ID).Len())

	s.AddZone("other.example.com", scalewaytest.Zone{})
	s.Put("other.example.com", a("www", "192.0.2.1"))
	for what, id := range map[string]string{"of another zone": s.Versions("other.example.com")[0].ID, "made up": "../" + versions[0].ID} {
		_, err := p.Revision(t.Context(), origin, id)
		if wants(t, err, providers.ErrInvalid, "no such version"); t.Failed() {
			t.Error(what)
		}
	}
	// It may be the one that goes when there are more than 100.
	fail(s, scalewaytest.VersionRecords, scwtest.NotFound("dns_zone_version", versions[0].ID).Fault())
	_, err = p.Revision(t.Context(), origin, versions[0].ID)
	wants(t, err, providers.ErrInvalid, "any more")
}

// What is foreign is no part of a revision, as it is none of a zone that can be written.
func TestRevisionWithoutForeign(t *testing.T) {
	view := scalewaytest.Record{Name: "www", Type: "A", Data: "192.0.2.1", TTL: 300, View: &scalewaytest.ViewConfig{
		Views: []scalewaytest.View{{Subnet: "192.0.2.0/24", Data: "192.0.2.2"}},
	}}
	s, p := start(t, scalewaytest.Options{}, view, a("other", "192.0.2.1"))
	diff(t, "revision", []string{"other.zone.example.com. 300 IN A 192.0.2.1"}, lines(revision(t, p, s.Versions(zone)[0].ID)))
}
