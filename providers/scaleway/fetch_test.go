package scaleway_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaleway"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
	"github.com/zoneward/zoneward/zonefile"
)

// many returns n A records.
func many(n int) []scalewaytest.Record {
	var all []scalewaytest.Record
	for i := range n {
		all = append(all, a(fmt.Sprintf("host-%d", i), fmt.Sprintf("192.0.2.%d", i%256)))
	}
	return all
}

func TestAllPagesAreRead(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, many(2500)...)
	for i := range 150 {
		s.AddZone(fmt.Sprintf("z%d.example.com", i), scalewaytest.Zone{})
	}
	s.Faults.Log().Reset()
	diff(t, "RRsets", 2501, fetched(t, p).Zone.Len())
	diff(t, "pages", 3, s.Faults.Log().Count(scalewaytest.ListRecords))
	zones, err := p.Zones(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "zones", 152, len(zones))
}

func TestListsThatDoNotAddUp(t *testing.T) {
	for _, tt := range []struct {
		name, pattern string
		fault         httpfault.Fault
		want          string
	}{
		{"more records announced", scalewaytest.ListRecords, scwtest.Overcount(3), "4 records, and total_count is 7"},
		{"fewer records announced", scalewaytest.ListRecords, scwtest.Overcount(-1), "4 records, and total_count is 3"},
		{"more versions announced", scalewaytest.ListVersions, scwtest.Overcount(1), "1 versions, and total_count is 2"},
		{"more zones announced", scalewaytest.ListZones, scwtest.Overcount(1), "1 dns_zones, and total_count is 2"},
		{"records cut off", scalewaytest.ListRecords, httpfault.CutOff(), "unexpected EOF"},
		{"records that are not JSON", scalewaytest.ListRecords, httpfault.NotJSON(), "not JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, many(2)...)
			s.Faults.Add(httpfault.Rule{Pattern: tt.pattern, Fault: tt.fault})
			_, err := p.Fetch(t.Context(), origin)
			wants(t, err, nil, tt.want)
		})
	}
}

// A list in pages whose order is not the same each time has a record twice and another not at all, and as many as it should.
func TestRecordOnTwoPages(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, many(1500)...)
	var first string
	s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.ListRecords, Fault: editList(func(list *struct {
		Total   int              `json:"total_count"`
		Records []map[string]any `json:"records"`
	},
	) {
		if len(list.Records) == 1000 {
			first = fmt.Sprint(list.Records[0]["id"])
		} else {
			list.Records[0]["id"] = first
		}
	})})
	_, err := p.Fetch(t.Context(), origin)
	wants(t, err, nil, "3 times", "is on two pages")
}

// A zone that is changed while it is read is read again.
func TestChangedWhileRead(t *testing.T) {
	for _, tt := range []struct {
		times int
		want  string
	}{{0, ""}, {1, ""}, {2, ""}, {3, "3 times: it was changed each time while it was read"}} {
		t.Run(fmt.Sprint(tt.times), func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			n := 0
			if tt.times > 0 {
				s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.ListRecords, Times: tt.times, Fault: httpfault.After(httpfault.Call(func(*http.Request) {
					n++
					s.Put(zone, a(fmt.Sprintf("theirs-%d", n), "192.0.2.9"))
				}))})
			}
			snapshot, err := p.Fetch(t.Context(), origin)
			if tt.want != "" {
				wants(t, err, nil, tt.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "RRsets", 2+tt.times, snapshot.Zone.Len())
			if versions := s.Versions(zone); !strings.Contains(snapshot.Version, versions[len(versions)-1].ID) {
				t.Errorf("the version is %q, and the newest %q", snapshot.Version, versions[len(versions)-1].ID)
			}
		})
	}
}

func TestNoSuchZone(t *testing.T) {
	for name, opts := range map[string]scalewaytest.Options{"403": {}, "404": {UnknownZone404: true}} {
		t.Run(name, func(t *testing.T) {
			s, p := start(t, opts)
			other := s.AddProject(s.AddOrganization())
			s.AddZone("example.net", scalewaytest.Zone{Project: other, Root: true})
			for _, origin := range []string{"missing.example.com.", "example.org.", "example.net.", "one.example.com.", "com.", "."} {
				_, err := p.Fetch(t.Context(), zonefile.MustParseName(origin))
				wants(t, err, providers.ErrNoZone, "fetch "+origin)
				_, err = p.Revisions(t.Context(), zonefile.MustParseName(origin))
				wants(t, err, providers.ErrNoZone)
				_, err = p.ExportZone(t.Context(), zonefile.MustParseName(origin))
				wants(t, err, providers.ErrNoZone)
			}
		})
	}
}

// A list that has other zones than the one that was asked for, such as those whose names only contain it, is not about that zone.
func TestOtherZonesInTheList(t *testing.T) {
	s, p := start(t, scalewaytest.Options{})
	s.AddZone("other-zone.example.com", scalewaytest.Zone{})
	s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.ListZones, Fault: editList(func(list *zoneList) {
		for _, z := range list.Zones {
			z["subdomain"] = "other-zone"
		}
	})})
	_, err := p.Fetch(t.Context(), origin)
	wants(t, err, providers.ErrNoZone)
}

// The zone is deleted between two requests, and there are words for that.
func TestZoneGoesWhileItIsRead(t *testing.T) {
	for name, opts := range map[string]scalewaytest.Options{"403": {}, "404": {UnknownZone404: true}} {
		t.Run(name, func(t *testing.T) {
			s, p := start(t, opts)
			s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.ListRecords, Fault: httpfault.Call(func(*http.Request) { s.RemoveZone(zone) })})
			_, err := p.Fetch(t.Context(), origin)
			wants(t, err, providers.ErrNoZone)
		})
	}
}

func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		name  string
		token func(s *scalewaytest.Server) scalewaytest.Token
		fetch error
		apply error
	}{
		{"read only", func(s *scalewaytest.Server) scalewaytest.Token {
			return scalewaytest.Token{Organization: s.Organization, Access: scalewaytest.ReadOnly}
		}, nil, providers.ErrAuth},
		{"expired", func(s *scalewaytest.Server) scalewaytest.Token {
			return scalewaytest.Token{Organization: s.Organization, Expires: time.Unix(1, 0)}
		}, providers.ErrAuth, providers.ErrAuth},
		{"of another product", func(s *scalewaytest.Server) scalewaytest.Token {
			return scalewaytest.Token{Organization: s.Organization, Access: scalewaytest.NoAccess}
		}, providers.ErrAuth, providers.ErrAuth},
		{"of another organization", func(s *scalewaytest.Server) scalewaytest.Token {
			return scalewaytest.Token{Organization: s.AddOrganization()}
		}, providers.ErrNoZone, providers.ErrNoZone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			base := fetched(t, p)
			s.Token = s.AddToken(tt.token(s))
			_, err := p.Fetch(t.Context(), origin)
			if (tt.fetch != nil || err != nil) && !is(err, tt.fetch) {
				t.Errorf("Fetch: %v", err)
			}
			_, err = p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
			wants(t, err, tt.apply)
		})
	}
	t.Run("wrong", func(t *testing.T) {
		s, p := start(t, scalewaytest.Options{})
		s.Token = "00000000-0000-0000-0000-000000000000"
		_, err := p.Zones(t.Context())
		wants(t, err, providers.ErrAuth)
		if strings.Contains(err.Error(), s.Token) {
			t.Errorf("the key is in the error: %v", err)
		}
	})
}

// Zones of other projects are not seen when a project is named.
func TestProject(t *testing.T) {
	s, _ := start(t, scalewaytest.Options{})
	other := s.AddProject(s.Organization)
	s.AddZone("other.example.com", scalewaytest.Zone{Project: other})
	for _, tt := range []struct {
		name string
		opts scaleway.Options
		want []string
	}{
		{"all", scaleway.Options{}, []string{"example.com.", "other.example.com.", "zone.example.com."}},
		{"project", scaleway.Options{ProjectID: other}, []string{"other.example.com."}},
		{"organization", scaleway.Options{OrganizationID: s.Organization}, []string{"example.com.", "other.example.com.", "zone.example.com."}},
		{"other organization", scaleway.Options{OrganizationID: s.AddOrganization()}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.opts.URL, tt.opts.SecretKey = s.URL, func() (string, error) { return s.Token, nil }
			p, err := scaleway.New(tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			zones, err := p.Zones(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, z := range zones {
				names = append(names, z.Origin.String())
			}
			diff(t, "zones", tt.want, names)
			_, err = p.Fetch(t.Context(), origin)
			if len(tt.want) > 1 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wants(t, err, providers.ErrNoZone, "looked for in the "+tt.name[max(0, strings.LastIndex(tt.name, " ")+1):], tt.opts.ProjectID+tt.opts.OrganizationID)
		})
	}
}

// A zone that may be transferred from elsewhere is listed, and never written.
func TestSecondary(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.ListZones, Fault: editList(func(list *zoneList) {
		for _, z := range list.Zones {
			z["ns_master"] = []string{"192.0.2.53"}
		}
	})})
	zones, err := p.Zones(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "kind", providers.Secondary, zones[0].Kind)
	_, fetchErr := p.Fetch(t.Context(), origin)
	_, applyErr := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
	for _, err := range []error{fetchErr, applyErr, p.RemoveZone(t.Context(), base)} {
		wants(t, err, providers.ErrBlocked, "192.0.2.53")
	}
}

// A redirect would take the key along.
func TestRedirectIsNotFollowed(t *testing.T) {
	other, _ := start(t, scalewaytest.Options{})
	for _, status := range []int{301, 302, 307, 308} {
		s, p := start(t, scalewaytest.Options{})
		s.Faults.Add(httpfault.Rule{Fault: httpfault.Redirect(status, other.URL)})
		_, err := p.Fetch(t.Context(), origin)
		wants(t, err, nil, "redirects are not followed", other.URL)
	}
	diff(t, "requests", 0, len(other.Faults.Log().All()))
}

func TestNewRefuses(t *testing.T) {
	key := func() (string, error) { return "key", nil }
	for name, opts := range map[string]scaleway.Options{
		"project of a name": {SecretKey: key, ProjectID: "default"}, "organization of a name": {SecretKey: key, OrganizationID: "11111111-1111-1111-1111-11111111111"},
		"no key": {}, "no address": {SecretKey: key, URL: "api.scaleway.com"}, "address with a password": {SecretKey: key, URL: "https://a:b@api.scaleway.com"},
	} {
		if _, err := scaleway.New(opts); err == nil || !strings.HasPrefix(err.Error(), "scaleway: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
