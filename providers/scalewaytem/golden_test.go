package scalewaytem_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalewaytem"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

var update = flag.Bool("update", false, "write what is asked and answered to the golden files")

// What is asked of the API, and what it answers, is in testdata for each of the calls.
func TestGolden(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider, base *providers.ResourceSnapshot) error
		kind error // of the error that there is to be, nil if there is none
	}{
		{"fetch", func(t *testing.T, _ *scalewaytemtest.Fake, p *scalewaytem.Provider, base *providers.ResourceSnapshot) error {
			_, err := p.FetchResource(t.Context(), base.Resource)
			return err
		}, nil},
		{"fetch-ready", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider, base *providers.ResourceSnapshot) error {
			f.SetStatus(domainText, scalewaytemtest.Checked, "")
			_, err := p.FetchResource(t.Context(), base.Resource)
			return err
		}, nil},
		{"no-domain", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider, _ *providers.ResourceSnapshot) error {
			_, err := p.FetchResource(t.Context(), mail("missing.example.com", "project="+f.Project))
			return err
		}, providers.ErrNoResource},
		{"list", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider, base *providers.ResourceSnapshot) error {
			f.Revoke(f.AddDomain("gone.example.com", ""))
			_, err := p.Resources(t.Context(), base.Resource)
			return err
		}, nil},
		{"create", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider, _ *providers.ResourceSnapshot) error {
			return p.CreateResource(t.Context(), mail("new.example.com", "region=fr-par", "project="+f.Project))
		}, nil},
		{"refused", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider, _ *providers.ResourceSnapshot) error {
			f.AddDomain("second.example.com", "")
			return p.CreateResource(t.Context(), mail("new.example.com", "project="+f.Project))
		}, providers.ErrBlocked},
		{"update", func(t *testing.T, _ *scalewaytemtest.Fake, p *scalewaytem.Provider, base *providers.ResourceSnapshot) error {
			return p.UpdateResource(t.Context(), base, base.With(map[string]string{"autoconfig": "true"}), []string{"autoconfig"})
		}, nil},
		{"check", func(t *testing.T, _ *scalewaytemtest.Fake, p *scalewaytem.Provider, base *providers.ResourceSnapshot) error {
			return p.CheckResource(t.Context(), base)
		}, nil},
		{"remove", func(t *testing.T, _ *scalewaytemtest.Fake, p *scalewaytem.Provider, base *providers.ResourceSnapshot) error {
			return p.RemoveResource(t.Context(), base)
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, p := startWith(t, scalewaytemtest.Options{Now: (&clock{begin}).now, MaxDomains: 2})
			base := fetched(t, p)
			key := f.Domain(domainText).Records[0].Value
			f.Faults.Log().Reset()
			if err := tt.do(t, f, p, base); err != nil || tt.kind != nil {
				wants(t, err, tt.kind)
			}
			got := httpfault.Format{
				Headers: []string{"X-Auth-Token", "Content-Type"},
				Replace: []func(string) string{
					strings.NewReplacer(f.Token, "SECRET", f.Project, "PROJECT", f.Organization, "ORGANIZATION", key, "KEY").Replace,
					httpfault.Numbered(httpfault.UUID, "id"), httpfault.Numbered(httpfault.Time, "time"), httpfault.Numbered(`p=MII[^"]+`, "key"),
				},
			}.Text(f.Faults.Log().All())
			httpfault.CompareGolden(t, filepath.Join("testdata", tt.name+".txt"), got, *update)
		})
	}
}
