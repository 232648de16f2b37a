package scaidns_test

import (
	"flag"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaidns"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
	"github.com/zoneward/zoneward/zonefile"
)

var update = flag.Bool("update", false, "write what is asked and answered to the golden files")

// goldenSets are of several types, with records that are served and others that are not.
func goldenSets() []scaidnstest.RRset {
	return []scaidnstest.RRset{
		hiding(rr("www", "A", 300, "192.0.2.1", "192.0.2.2"), "192.0.2.7"),
		rr("old", "A", 300, "192.0.2.1"),
		rr("alias", "A", 300, "192.0.2.1"),
		rr("@", "MX", 300, "10 mail.example."),
		rr("@", "TXT", 300, `"v=spf1 -all"`),
		hiding(scaidnstest.RRset{Name: "gone", Type: "TXT", TTL: 60}, `"a \"b\""`),
		hiding(scaidnstest.RRset{Name: "over", Type: "A", TTL: 60}, "192.0.2.1"),
	}
}

// goldenBatch has every verb, and a name where a CNAME takes the place of other data.
func goldenBatch(base *providers.Snapshot) providers.Batch {
	enabled := set("gone.zone.example. 60 TXT", `"a \"b\""`)
	return providers.Batch{Base: base, Ops: []providers.Op{
		undo(providers.Purge, set("over.zone.example. 60 A", "192.0.2.1")),
		undo(providers.Disable, set("old.zone.example. 300 A", "192.0.2.1")),
		undo(providers.Delete, set("alias.zone.example. 300 A", "192.0.2.1")),
		put(base, set("alias.zone.example. 300 CNAME", "www.zone.example.")),
		put(base, set("www.zone.example. 600 A", "192.0.2.1", "192.0.2.3")),
		put(base, set("zone.example. 300 MX", "0 .")),
		put(base, set("new.zone.example. 300 TXT", `"<&>" "ü"`)),
		{Verb: providers.Enable, Change: zonefile.Change{New: &enabled}},
	}}
}

// What is asked of the API, and what it answers, is in testdata for each of the calls.
func TestGolden(t *testing.T) {
	t.Parallel()
	v := variant{options: scaidns.Options{AllowHardDelete: true}, validate: true}
	h := start(t, v, goldenSets()...)
	h.AddZone(t, scaidnstest.Zone{Name: "pending.example", Status: scaidnstest.Pending})
	h.AddZone(t, scaidnstest.Zone{Name: "kept.example", Status: scaidnstest.Deleted})
	name := zonefile.MustParseName
	fetch := func(origin string) func(*testing.T, *providers.Snapshot) error {
		return func(t *testing.T, _ *providers.Snapshot) error {
			_, err := h.p.Fetch(t.Context(), name(origin))
			return err
		}
	}
	export := map[string]string{}
	times := regexp.MustCompile(httpfault.Time)
	// They are about one fake, one after the other.
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, base *providers.Snapshot) error
		kind error // of the error that there is to be, nil if there is none
	}{
		{"zones", func(t *testing.T, _ *providers.Snapshot) error {
			_, err := h.p.Zones(t.Context())
			return err
		}, nil},
		{"fetch", fetch("zone.example."), nil},
		{"fetch-missing", fetch("missing.example."), providers.ErrNoZone},
		{"fetch-pending", fetch("pending.example."), providers.ErrBlocked},
		{"fetch-kept", fetch("kept.example."), providers.ErrNoZone},
		{"apply", func(t *testing.T, base *providers.Snapshot) error {
			_, err := h.p.Apply(t.Context(), origin, goldenBatch(base))
			return err
		}, nil},
		{"apply-refused", func(t *testing.T, base *providers.Snapshot) error {
			_, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{
				put(base, set("a.zone.example. 300 A", "192.0.2.1")), put(base, set("mx.zone.example. 300 MX", "10 _no-host.example.")),
			}})
			return err
		}, providers.ErrInvalid},
		{"configure", func(t *testing.T, base *providers.Snapshot) error {
			return h.p.Configure(t.Context(), base, map[string]string{
				"description": "new", "default_ttl": "1h", "settings": `{"b": 1, "a": "<"}`, "dnssec": "ECDSAP256SHA256",
			})
		}, nil},
		{"configure-ds", func(t *testing.T, base *providers.Snapshot) error {
			return h.p.Configure(t.Context(), base, map[string]string{"ds": "published"})
		}, nil},
		{"signing", func(t *testing.T, _ *providers.Snapshot) error {
			_, err := h.p.Signing(t.Context(), origin)
			return err
		}, nil},
		{"export", func(t *testing.T, _ *providers.Snapshot) (err error) {
			export, err = h.p.ExportZone(t.Context(), origin)
			return err
		}, nil},
		{"settings", func(t *testing.T, _ *providers.Snapshot) error {
			_, _, err := h.p.ZoneSettings(t.Context(), origin)
			return err
		}, nil},
		{"remove", func(t *testing.T, base *providers.Snapshot) error { return h.p.RemoveZone(t.Context(), base) }, nil},
		{"restore", func(t *testing.T, _ *providers.Snapshot) error {
			return h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin, Export: export})
		}, nil},
		{"purge", func(t *testing.T, base *providers.Snapshot) error {
			if err := h.p.RemoveZone(t.Context(), base); err != nil {
				return err
			}
			return h.p.PurgeZone(t.Context(), origin, export)
		}, nil},
		{"create", func(t *testing.T, _ *providers.Snapshot) error {
			return h.p.CreateZone(t.Context(), providers.ZoneSpec{
				Origin:     name("2.0.192.in-addr.arpa."),
				Properties: map[string]string{"description": "reverse", "default_ttl": "300", "settings": `{"a":1}`},
			})
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base, _ := h.p.Fetch(t.Context(), origin) // nil where it was removed
			h.Faults.Log().Reset()
			err := tt.do(t, base)
			if tt.kind != nil {
				wants(t, err, tt.kind)
			} else if err != nil {
				t.Error(err)
			}
			got := httpfault.Format{
				Headers: []string{"Content-Type"},
				Replace: []func(string) string{
					httpfault.Numbered(httpfault.UUID, "id"),
					// Not numbered: which of them are the same depends on how long the test takes.
					func(text string) string { return times.ReplaceAllString(text, "TIME") },
					httpfault.Numbered(`\b20[0-9]{8}\b`, "serial"),
					httpfault.Numbered(`"(challenge_value|value|digest|public_key)": "[^"]+"`, "text"),
					httpfault.Numbered(`"key_tag": [0-9]+`, "tag"),
				},
			}.Text(h.Faults.Log().All())
			httpfault.CompareGolden(t, filepath.Join("testdata", tt.name+".txt"), got, *update)
		})
	}
}
