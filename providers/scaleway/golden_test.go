package scaleway_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaleway"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
	"github.com/zoneward/zoneward/zonefile"
)

var update = flag.Bool("update", false, "write what is asked and answered to the golden files")

// goldenRecords are of most types, and forms, that there are.
func goldenRecords() []scalewaytest.Record {
	comment := "kept"
	www := a("www", "192.0.2.1")
	www.Comment = &comment
	return []scalewaytest.Record{
		www, a("www", "192.0.2.2"), a("old", "192.0.2.1"), a("alias", "192.0.2.1"),
		{Name: "", Type: "MX", TTL: 300, Data: "mail.example.net.", Priority: 10},
		{Name: "", Type: "TXT", TTL: 300, Data: "v=spf1 -all"},
		{Name: "_sip._tcp", Type: "SRV", TTL: 300, Data: "10 60 5060 sip.example.net."},
		{Name: "geo", Type: "A", TTL: 300, Data: "192.0.2.1", GeoIP: &scalewaytest.GeoIPConfig{
			Default: "192.0.2.1", Matches: []scalewaytest.GeoIPMatch{{Continents: []string{"EU"}, Countries: []string{}, Data: "192.0.2.2"}},
		}},
	}
}

// What is asked of the API, and what it answers, is in testdata for each of the calls.
func TestGolden(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, p *scaleway.Provider, base *providers.Snapshot) error
		kind error // of the error that there is to be, nil if there is none
	}{
		{"zones", func(t *testing.T, p *scaleway.Provider, _ *providers.Snapshot) error {
			_, err := p.Zones(t.Context())
			return err
		}, nil},
		{"fetch", func(t *testing.T, p *scaleway.Provider, _ *providers.Snapshot) error {
			_, err := p.Fetch(t.Context(), origin)
			return err
		}, nil},
		{"no-zone", func(t *testing.T, p *scaleway.Provider, _ *providers.Snapshot) error {
			_, err := p.Fetch(t.Context(), name("missing.example.com."))
			return err
		}, providers.ErrNoZone},
		{"apply", func(t *testing.T, p *scaleway.Provider, base *providers.Snapshot) error {
			_, err := p.Apply(t.Context(), origin, goldenBatch(base))
			return err
		}, nil},
		{"refused", func(t *testing.T, p *scaleway.Provider, base *providers.Snapshot) error {
			_, err := p.Apply(t.Context(), origin, puts(base, set("zone.example.com. 300 NS ns.example.net.")))
			return err
		}, providers.ErrInvalid},
		{"revision", func(t *testing.T, p *scaleway.Provider, base *providers.Snapshot) error {
			_, err := p.Revision(t.Context(), origin, base.Version)
			return err
		}, nil},
		{"export", func(t *testing.T, p *scaleway.Provider, _ *providers.Snapshot) error {
			_, err := p.ExportZone(t.Context(), origin)
			return err
		}, nil},
		{"create", func(t *testing.T, p *scaleway.Provider, _ *providers.Snapshot) error {
			return p.CreateZone(t.Context(), providers.ZoneSpec{Origin: name("a.new.example.com."), Apex: []zonefile.RRset{
				set("a.new.example.com. 1800 NS ns0.dns.example.", "a.new.example.com. 1800 NS ns1.dns.example."),
			}})
		}, nil},
		{"remove", func(t *testing.T, p *scaleway.Provider, _ *providers.Snapshot) error {
			base, err := p.Fetch(t.Context(), name("plain.example.com."))
			if err != nil {
				return err
			}
			return p.RemoveZone(t.Context(), base)
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{FixedApexNS: true, Now: ticking()}, goldenRecords()...)
			s.AddZone("plain.example.com", scalewaytest.Zone{})
			base := fetched(t, p)
			s.Faults.Log().Reset()
			if err := tt.do(t, p, base); (err != nil || tt.kind != nil) && !is(err, tt.kind) {
				t.Errorf("got %v, want %v", err, tt.kind)
			}
			got := httpfault.Format{
				Headers: []string{"X-Auth-Token", "Content-Type"},
				Replace: []func(string) string{
					strings.NewReplacer(s.Token, "SECRET", s.Project, "PROJECT").Replace,
					httpfault.Numbered(httpfault.UUID, "id"), httpfault.Numbered(httpfault.Time, "time"),
					httpfault.Numbered(`"content": "[^"]+"`, "base64"),
				},
			}.Text(s.Faults.Log().All())
			httpfault.CompareGolden(t, filepath.Join("testdata", tt.name+".txt"), got, *update)
		})
	}
}

// goldenBatch deletes, sets and adds.
func goldenBatch(base *providers.Snapshot) providers.Batch {
	old := func(line string) *zonefile.RRset {
		set, ok := base.Zone.Get(set(line).Key)
		if !ok {
			panic(line + " is not there")
		}
		return &set
	}
	change := func(old *zonefile.RRset, lines ...string) zonefile.Change {
		set := set(lines...)
		return zonefile.Change{Old: old, New: &set}
	}
	return providers.NewBatch(base, []zonefile.Change{
		{Old: old("old.zone.example.com. 300 A 192.0.2.1")},
		{Old: old("alias.zone.example.com. 300 A 192.0.2.1")},
		change(nil, "alias.zone.example.com. 300 CNAME www.zone.example.com."),
		change(old("www.zone.example.com. 300 A 192.0.2.1"), "www.zone.example.com. 600 A 192.0.2.1", "www.zone.example.com. 600 A 192.0.2.3"),
		change(old("zone.example.com. 300 MX 10 mail.example.net."), "zone.example.com. 300 MX 0 ."),
		change(nil, `s._domainkey.zone.example.com. 300 TXT "k=rsa; " "p=<MIGf&>"`),
		change(nil, "_sip._tls.zone.example.com. 300 SRV 10 60 5061 sip.example.net."),
	})
}
