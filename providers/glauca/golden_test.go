package glauca_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/zonefile"
)

var update = flag.Bool("update", false, "write what is asked and answered to the golden files")

// What is asked of the API, and what it answers, is in testdata for each of the calls.
func TestGolden(t *testing.T) {
	changing := func(fields map[string]string) func(*testing.T, *glauca.Provider, *providers.ResourceSnapshot) error {
		return func(t *testing.T, p *glauca.Provider, base *providers.ResourceSnapshot) error {
			return changeFrom(t, p, base, fields)
		}
	}
	for _, tt := range []struct {
		name string
		opts glaucatest.Options
		do   func(t *testing.T, p *glauca.Provider, base *providers.ResourceSnapshot) error
		kind error // of the error that there is to be, nil if there is none
	}{
		{"fetch", glaucatest.Options{}, func(t *testing.T, p *glauca.Provider, _ *providers.ResourceSnapshot) error {
			_, err := p.FetchResource(t.Context(), example)
			return err
		}, nil},
		{"list", glaucatest.Options{Paginated: true}, func(t *testing.T, p *glauca.Provider, _ *providers.ResourceSnapshot) error {
			_, err := p.Resources(t.Context(), providers.Resource{Kind: providers.Delegation})
			return err
		}, nil},
		{"update", glaucatest.Options{}, changing(map[string]string{
			"name_servers": "ns2.example.net., ns3.example.net.", "ds": "1 15 2 " + digestA + ", 2 13 2 " + digestB,
			"transfer_lock": "true", "registrant": "contact_b", "tech": "contact_b", "billing": "",
		}), nil},
		{"unsign", glaucatest.Options{}, changing(map[string]string{"ds": ""}), nil},
		{"pending", glaucatest.Options{UpdateTime: -1}, changing(map[string]string{"name_servers": "ns3.example.net., ns4.example.net."}), providers.ErrPartial},
		{"refused", glaucatest.Options{}, changing(map[string]string{"tech": "contact_missing"}), providers.ErrInvalid},
		{"prices", glaucatest.Options{}, func(t *testing.T, p *glauca.Provider, base *providers.ResourceSnapshot) error {
			_, err := p.Prices(t.Context(), base)
			return err
		}, nil},
		{"availability", glaucatest.Options{}, func(t *testing.T, p *glauca.Provider, _ *providers.ResourceSnapshot) error {
			_, err := p.Availability(t.Context(), zonefile.MustParseName("free.example."))
			return err
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
			tt.opts.Now = func() time.Time { return now }
			d := signed()
			d.Billing, d.Created = "contact_1", now.AddDate(-1, 0, 0)
			s, p := with(t, tt.opts, d)
			s.AddContact(glaucatest.Contact{ID: "contact_b", Description: "Office"})
			base := fetch(t, p)
			s.Faults.Log().Reset()
			if err := tt.do(t, p, base); err != nil || tt.kind != nil {
				wants(t, err, tt.kind)
			}
			got := httpfault.Format{
				Headers: []string{"Authorization", "Accept", "Content-Type"},
				Replace: []func(string) string{strings.NewReplacer(s.Token, "SECRET", "secret-code_1", "SECRET").Replace},
			}.Text(s.Faults.Log().All())
			httpfault.CompareGolden(t, filepath.Join("testdata", tt.name+".txt"), got, *update)
		})
	}
}
