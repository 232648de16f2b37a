package powerdns_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/powerdns"
	"github.com/zoneward/zoneward/zonefile"
)

var update = flag.Bool("update", false, "write the requests that are made to the golden files")

// exchange is a request and what the server of a test answers to it. The bodies are JSON.
type exchange struct {
	Request struct {
		Method string          `json:"method"`
		URI    string          `json:"uri"`
		Body   json.RawMessage `json:"body,omitempty"`
	} `json:"request"`
	Response struct {
		Status int               `json:"status"`
		Header map[string]string `json:"header,omitempty"`
		Body   json.RawMessage   `json:"body,omitempty"` // a string is sent as text/plain
	} `json:"response"`
}

// golden starts a server that answers as testdata/NAME.json says, and compares at the end what was asked of it with that file.
func golden(t *testing.T, name string) *powerdns.Provider {
	t.Helper()
	file := filepath.Join("testdata", name+".json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []exchange
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n >= len(all) {
			t.Errorf("%s %s: more requests than the %d in %s", r.Method, r.RequestURI, len(all), file)
			w.WriteHeader(http.StatusTeapot)
			return
		}
		x := &all[n]
		n++
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Header.Get("X-API-Key") != "golden" {
			t.Errorf("request %d has the key %q", n, r.Header.Get("X-API-Key"))
		}
		x.Request.Method, x.Request.URI, x.Request.Body = r.Method, r.RequestURI, body
		for name, value := range x.Response.Header {
			w.Header().Set(name, value)
		}
		content := []byte(x.Response.Body)
		kind := "application/json"
		var plain string
		if json.Unmarshal(content, &plain) == nil {
			content, kind = []byte(plain), "text/plain; charset=utf-8"
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(x.Response.Status)
		_, _ = w.Write(content)
	}))
	t.Cleanup(func() {
		server.Close()
		if n != len(all) {
			t.Errorf("%d requests, and %s has %d", n, file, len(all))
		}
		var got bytes.Buffer
		enc := json.NewEncoder(&got)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(all); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
				t.Error(err)
			}
			return
		}
		if d := cmp.Diff(string(text), got.String()); d != "" {
			t.Errorf("requests (-want +got, -update writes them):\n%s", d)
		}
	})
	p, err := powerdns.New(powerdns.Options{URL: server.URL, APIKey: func() (string, error) { return "golden", nil }})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// goldenBase is the zone that testdata has as fetched.
func goldenBase(t *testing.T) *providers.Snapshot {
	t.Helper()
	zone, err := zonefile.ZoneOf(origin,
		set("example.com. 3600 SOA ns1.example. hostmaster.example. 3000000000 7200 3600 1209600 300"),
		set("example.com. 3600 NS ns1.example."),
		set("old.example.com. 300 A 192.0.2.1"),
		set("www.example.com. 300 A 192.0.2.1", "www.example.com. 300 A 192.0.2.2"))
	if err != nil {
		t.Fatal(err)
	}
	disabled, err := zonefile.ZoneOf(origin, set("www.example.com. 300 A 192.0.2.7"), set("gone.example.com. 60 TXT \"a \\\"b\\\"\""))
	if err != nil {
		t.Fatal(err)
	}
	return &providers.Snapshot{Zone: zone, Disabled: disabled, Serial: 3000000000}
}

func TestFetchGolden(t *testing.T) {
	got, err := golden(t, "fetch").Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	want := goldenBase(t)
	diff(t, "zone", text(want.Zone), text(got.Zone))
	diff(t, "disabled", text(want.Disabled), text(got.Disabled))
	diff(t, "foreign", []string{"example.com. 3600 IN DNSKEY 257 3 13 AQIDBA=="}, text(got.Foreign))
	diff(t, "serial", want.Serial, got.Serial)
	diff(t, "version", "", got.Version) // of a day that is yet to come
	diff(t, "traits", providers.Traits{
		Atomicity: providers.AtomicBatch, Preconditions: providers.NoticesAfterwards, Limits: providers.BatchLimits{Bytes: 1_500_000},
		MaxTTL: zonefile.MaxTTL, SOAWritable: true, ApexNSWritable: true, CanDisable: true,
	}, got.Traits)
}

func TestZonesGolden(t *testing.T) {
	got, err := golden(t, "zones").Zones(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "zones", []string{
		`example.com. 1 3000000000 ""`, `0/25.2.0.192.in-addr.arpa. 1 5 "5"`, `secondary.example. 2 0 ""`, `new.example. 2 1 ""`,
	}, func() []string {
		var lines []string
		for _, z := range got {
			lines = append(lines, fmt.Sprintf("%s %d %d %q", z.Origin, z.Kind, z.Serial, z.Version))
		}
		return lines
	}())
}

// goldenBatch has every verb, in the order of a plan.
func goldenBatch(t *testing.T) providers.Batch {
	base := goldenBase(t)
	op := func(verb providers.Verb, old, new *zonefile.RRset) providers.Op {
		return providers.Op{Verb: verb, Change: zonefile.Change{Old: old, New: new}}
	}
	www, _ := base.Zone.Get(www(1).Key)
	old, _ := base.Zone.Get(set("old.example.com. 300 A 192.0.2.1").Key)
	gone, _ := base.Disabled.Get(set("gone.example.com. 60 TXT \"\"").Key)
	soa, _ := base.Zone.Get(zonefile.Key{Name: origin, Type: zonefile.TypeSOA})
	return providers.Batch{Base: base, Ops: []providers.Op{
		op(providers.Disable, &www, nil),
		op(providers.Delete, &old, nil),
		op(providers.Put, nil, new(set("old.example.com. 300 CNAME <&>.example."))),
		op(providers.Put, &soa, new(soa.WithTTL(60))),
		op(providers.Put, nil, new(set(`0/25.example.com. 300 TXT "ü"`))),
		op(providers.Enable, nil, &gone),
	}}
}

func TestApplyGolden(t *testing.T) {
	for _, tt := range []struct {
		name   string
		batch  func(*testing.T) providers.Batch
		kind   error
		serial uint32
	}{
		{"apply", goldenBatch, nil, 3000000002},
		{"apply-soa_edit_api-off", func(t *testing.T) providers.Batch { return puts(goldenBase(t), www(3)) }, nil, 3000000002},
		{"apply-without-soa", func(t *testing.T) providers.Batch { return puts(goldenBase(t), www(3)) }, nil, 3000000001},
		{"conflict-before", func(t *testing.T) providers.Batch { return puts(goldenBase(t), www(3)) }, providers.ErrConflict, 0},
		{"conflict-before-same-serial", func(t *testing.T) providers.Batch { return puts(goldenBase(t), www(3)) }, providers.ErrConflict, 0},
		{"conflict-after", func(t *testing.T) providers.Batch { return puts(goldenBase(t), www(3)) }, providers.ErrConflict, 3000000002},
		{"conflict-after-by-old-serial", func(t *testing.T) providers.Batch { return puts(goldenBase(t), www(3)) }, providers.ErrConflict, 3000000001},
		{"refused", func(t *testing.T) providers.Batch { return puts(goldenBase(t), www(3)) }, providers.ErrInvalid, 0},
		{"too-large", func(t *testing.T) providers.Batch { return puts(goldenBase(t), www(3)) }, providers.ErrInvalid, 0},
		{"no-zone", func(t *testing.T) providers.Batch { return puts(goldenBase(t), www(3)) }, providers.ErrNoZone, 0},
		{"secondary", func(t *testing.T) providers.Batch { return puts(goldenBase(t), www(3)) }, providers.ErrBlocked, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			result, err := golden(t, tt.name).Apply(t.Context(), origin, tt.batch(t))
			if (err != nil || tt.kind != nil) && !is(err, tt.kind) {
				t.Errorf("got %v, want %v", err, tt.kind)
			}
			if result.Serial != tt.serial {
				t.Errorf("the result has the serial %d, want %d", result.Serial, tt.serial)
			}
		})
	}
}

func TestCreateGolden(t *testing.T) {
	p := golden(t, "create")
	err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: zonefile.MustParseName("0/25.2.0.192.in-addr.arpa."), Apex: []zonefile.RRset{
		zonefile.MustParseRRset("0/25.2.0.192.in-addr.arpa. 300 NS", "ns1.example.", "ns2.example."),
	}})
	if err != nil {
		t.Error(err)
	}
}
