package powerdns_test

import (
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// richSettings are those of the zone in testdata/settings.json.
var richSettings = map[string]string{
	"account":             `"acc"`,
	"api_rectify":         `false`,
	"catalog":             `"cat.example."`,
	"master_tsig_key_ids": `["k1."]`,
	"masters":             `["192.0.2.1","192.0.2.2:5300"]`,
	"metadata":            `{"ALLOW-AXFR-FROM":["192.0.2.0/24","AUTO-NS"],"X-OWNER/a b":["me ü \"q\""]}`,
	"soa_edit":            `"INCEPTION-INCREMENT"`,
	"soa_edit_api":        `"INCREASE"`,
	"rrsets": `[{"name":"example.com.","type":"NS","ttl":3600,"records":[{"content":"ns9.example.","disabled":true}]},` +
		`{"name":"gone.example.com.","type":"TXT","ttl":60,"records":[{"content":"\"a \\\"b\\\"\"","disabled":true}]},` +
		`{"name":"none.example.com.","type":"A","comments":[{"content":"not there yet","account":"","modified_at":3}]},` +
		`{"name":"www.example.com.","type":"A","ttl":300,"records":[{"content":"192.0.2.7","disabled":true}],` +
		`"comments":[{"content":"first","account":"a","modified_at":1},{"content":"second \u003c\u0026\u003e","account":"b","modified_at":2}]}]`,
}

func TestZoneSettingsGolden(t *testing.T) {
	kind, settings, err := golden(t, "settings").ZoneSettings(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "kind", "Master", kind)
	diff(t, "settings", richSettings, settings)
}

func TestZoneSettingsBlockedGolden(t *testing.T) {
	_, settings, err := golden(t, "settings-blocked").ZoneSettings(t.Context(), origin)
	if !is(err, providers.ErrBlocked) || settings != nil {
		t.Fatalf("got %v with the settings %v, want ErrBlocked and none", err, settings)
	}
	for _, reason := range []string{
		"it has DNSSEC keys (2)", "example.com. DNSKEY is stored", "pdnsutil set-meta example.com LUA-AXFR-SCRIPT", "pdnsutil set-meta example.com NSEC3PARAM",
		"a.*.example.com. A could not be written again",
	} {
		if !strings.Contains(err.Error(), reason) {
			t.Errorf("%q does not say %q", err, reason)
		}
	}
}

func TestRemoveZoneGolden(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind error
		text string
	}{
		{"remove", nil, ""},
		{"remove-serial", providers.ErrConflict, "its serial is 3000000001, and was 3000000000"},
		{"remove-content", providers.ErrConflict, "old.example.com. A"},
		{"remove-blocked", providers.ErrBlocked, "DNSSEC keys (1)"},
		{"remove-gone", providers.ErrNoZone, "example.com."},
		{"remove-gone-meanwhile", providers.ErrNoZone, "DELETE"},
		{"remove-secondary", providers.ErrBlocked, `"Slave"`},
		{"remove-busy", errBusy, "500"},
		{"remove-error", nil, "500"},
		{"remove-odd", nil, "this was not PowerDNS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := golden(t, tt.name).RemoveZone(t.Context(), goldenBase(t))
			switch {
			case tt.text == "" && err != nil, tt.text != "" && !is(err, tt.kind):
				t.Errorf("got %v, want %v", err, tt.kind)
			case err != nil && !(strings.Contains(err.Error(), tt.text) && strings.HasPrefix(err.Error(), "remove example.com.: ")):
				t.Errorf("%q does not say %q", err, tt.text)
			}
		})
	}
}

func TestCreateWithSettingsGolden(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind error
		text []string
	}{
		{"create-settings", nil, nil},
		{"create-settings-partial", providers.ErrPartial, []string{
			"lacks the TSIG keys k1.: ", "; the metadata ALLOW-AXFR-FROM: ", "; what is disabled, or said in comments, at example.com. NS, gone.example.com. TXT, none.example.com. A, ",
			" gone.example.com. TXT: ",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := golden(t, tt.name).CreateZone(t.Context(), providers.ZoneSpec{
				Origin: origin, Kind: "Master", Settings: richSettings,
				Apex: []zonefile.RRset{
					set("example.com. 3600 SOA ns1.example. hostmaster.example. 3000000000 7200 3600 1209600 300"), set("example.com. 300 NS ns1.example."),
				},
			})
			if tt.kind == nil && err != nil || tt.kind != nil && !is(err, tt.kind) {
				t.Fatalf("got %v, want %v", err, tt.kind)
			}
			for _, text := range tt.text {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not say %q", err, text)
				}
			}
		})
	}
}

func TestPurgeGolden(t *testing.T) {
	base := goldenBase(t)
	alias := set("alias.example.com. 300 CNAME a.example.")
	if err := base.Disabled.Put(alias); err != nil {
		t.Fatal(err)
	}
	purge := func(set zonefile.RRset) providers.Op {
		return providers.Op{Verb: providers.Purge, Change: change(&set, nil)}
	}
	gone := set(`gone.example.com. 60 TXT "a \"b\""`)
	served := set("old.example.com. 300 A 192.0.2.1")
	for _, tt := range []struct {
		name string
		ops  []providers.Op
	}{
		{"purge", []providers.Op{
			purge(www(7).WithTTL(1)), purge(gone), purge(alias), purge(served),
			{Verb: providers.Put, Change: change(nil, new(set("alias.example.com. 300 CNAME b.example.")))},
		}},
		{"purge-gone", []providers.Op{purge(served), purge(set("www.example.com. 300 AAAA 2001:db8::1"))}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			result, err := golden(t, tt.name).Apply(t.Context(), origin, providers.Batch{Base: base, Ops: tt.ops})
			if err != nil || len(result.Applied) != len(tt.ops) {
				t.Errorf("got %v with %d operations applied, want all %d", err, len(result.Applied), len(tt.ops))
			}
		})
	}
}
