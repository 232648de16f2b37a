package powerdns_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/powerdns"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/zonefile"
)

// zoneInfo returns all that the API says of testZone, but its serials.
func zoneInfo(t *testing.T, s *dnsserver.PowerDNSServer) map[string]any {
	t.Helper()
	all := map[string]any{}
	s.API(t, http.MethodGet, "/zones/"+testZone, nil, &all)
	for _, serial := range []string{"serial", "edited_serial", "notified_serial"} {
		delete(all, serial)
	}
	var meta []any
	s.API(t, http.MethodGet, "/zones/"+testZone+"/metadata", nil, &meta)
	all["metadata"] = meta
	var whole struct {
		RRsets []struct {
			Name, Type        string
			TTL               int
			Records, Comments []any
		}
	}
	s.API(t, http.MethodGet, "/zones/"+testZone, nil, &whole)
	var lines []string
	for _, set := range whole.RRsets {
		for _, r := range set.Records {
			if set.Type != "SOA" {
				lines = append(lines, fmt.Sprint(set.Name, set.Type, set.TTL, jsonOf(r)))
			}
		}
		for _, c := range set.Comments {
			lines = append(lines, fmt.Sprint(set.Name, set.Type, jsonOf(c)))
		}
	}
	all["rrsets"] = sorted(lines)
	return all
}

func jsonOf(x any) string {
	text, err := json.Marshal(x)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// makeAgain removes testZone and makes it again.
func makeAgain(t *testing.T, p *powerdns.Provider) {
	t.Helper()
	base := fetch(t, p)
	kind, settings, err := p.ZoneSettings(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.RemoveZone(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	spec := providers.ZoneSpec{Origin: origin, Kind: kind, Settings: settings}
	for set := range base.Zone.At(origin) {
		if set.Key.Type == zonefile.TypeSOA || set.Key.Type == zonefile.TypeNS {
			spec.Apex = append(spec.Apex, set)
		}
	}
	if err := p.CreateZone(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	made := fetch(t, p)
	var missing []zonefile.RRset
	for set := range base.Zone.All() {
		if !made.Zone.Has(set.Key) {
			missing = append(missing, set)
		}
	}
	if len(missing) > 0 {
		apply(t, p, puts(made, missing...))
	}
	if after := fetch(t, p).Serial; !zonefile.SerialAfter(after, base.Serial) {
		t.Errorf("the serial is %d, which is not after %d", after, base.Serial)
	}
}

// A zone with all that it can have comes back as it was, as far as the API shows.
func TestZoneIsMadeAgain(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p := open(t, s)
		comments := ""
		if strings.HasSuffix(t.Name(), "gsqlite3") { // LMDB has none
			comments = `,"comments":[{"content":"the \"reason\"","account":"me","modified_at":1},{"content":"another","account":"","modified_at":2}]`
		}
		for _, edit := range []string{"DEFAULT", "INCREASE", "SOA-EDIT-INCREASE", ""} {
			t.Run(edit, func(t *testing.T) {
				newZone(t, s, edit, 2_010_010_101)
				call(t, s, http.MethodPut, "/zones/"+testZone, map[string]any{
					"kind": "Master", "account": "the account", "catalog": "catalog.example.", "masters": []string{"192.0.2.1", "[2001:db8::1]:5300"},
					"api_rectify": true, "soa_edit": "INCEPTION-INCREMENT", "master_tsig_key_ids": []string{s.Key.Name + "."}, "slave_tsig_key_ids": []string{s.Key.Name + "."},
				})
				for _, kind := range []string{
					"ALLOW-AXFR-FROM", "ALLOW-DNSUPDATE-FROM", "ALSO-NOTIFY", "AXFR-SOURCE", "FORWARD-DNSUPDATE", "GSS-ACCEPTOR-PRINCIPAL", "GSS-ALLOW-AXFR-PRINCIPAL",
					"IXFR", "NOTIFY-DNSUPDATE", "PUBLISH-CDNSKEY", "PUBLISH-CDS", "SLAVE-RENOTIFY", "X-OWNER", "X-odd/kind b",
				} {
					call(t, s, http.MethodPut, "/zones/"+testZone+"/metadata/"+strings.NewReplacer("/", "%2F", " ", "%20").Replace(kind),
						map[string]any{"metadata": []string{"192.0.2.1", "ü \"x\"\n", "192.0.2.1"}})
				}
				patch(t, s,
					`{"name":"www.example.com.","type":"A","ttl":60,"changetype":"REPLACE","records":[{"content":"192.0.2.1","disabled":false},{"content":"192.0.2.7","disabled":true}]`+comments+`}`,
					`{"name":"www.example.com.","type":"TXT","ttl":60,"changetype":"REPLACE","records":[{"content":"\"Ab;\" \"\\\\\"","disabled":false}]}`,
					`{"name":"hidden.example.com.","type":"A","ttl":60,"changetype":"REPLACE","records":[{"content":"192.0.2.7","disabled":true},{"content":"192.0.2.8","disabled":true}]`+comments+`}`,
					`{"name":"hidden.example.com.","type":"CNAME","ttl":60,"changetype":"REPLACE","records":[{"content":"www.example.com.","disabled":true}]}`,
					`{"name":"example.com.","type":"NS","ttl":3600,"changetype":"REPLACE","records":[{"content":"ns1.dns.example.","disabled":false},{"content":"ns9.example.","disabled":true}]`+comments+`}`,
					`{"name":"example.com.","type":"MX","ttl":60,"changetype":"REPLACE","records":[{"content":"10 www.example.com.","disabled":true}]}`,
				)
				before := zoneInfo(t, s)
				makeAgain(t, p)
				diff(t, "zone", before, zoneInfo(t, s))
			})
		}
	})
}

// What cannot be set again is missing afterwards, is named, and takes nothing else along.
func TestZoneIsMadeAgainWithoutWhatIsGone(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p := open(t, s)
		newZone(t, s, "DEFAULT", 5)
		call(t, s, http.MethodPost, "/tsigkeys", map[string]any{"name": "gone", "algorithm": "hmac-sha256", "key": "c2VjcmV0c2VjcmV0c2VjcmV0"})
		call(t, s, http.MethodPut, "/zones/"+testZone, map[string]any{"master_tsig_key_ids": []string{"gone."}, "slave_tsig_key_ids": []string{s.Key.Name + "."}})
		call(t, s, http.MethodPut, "/zones/"+testZone+"/metadata/ALLOW-AXFR-FROM", map[string]any{"metadata": []string{"192.0.2.1"}})
		patch(t, s, strings.Replace(theirs, "false", "true", 1))
		want := zoneInfo(t, s)
		base := fetch(t, p)
		kind, settings, err := p.ZoneSettings(t.Context(), origin)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.RemoveZone(t.Context(), base); err != nil {
			t.Fatal(err)
		}
		call(t, s, http.MethodDelete, "/tsigkeys/gone.", nil)
		spec := providers.ZoneSpec{Origin: origin, Kind: kind, Settings: settings, Apex: slices.Collect(base.Zone.At(origin))}
		if err := p.CreateZone(t.Context(), spec); !is(err, providers.ErrPartial) || !strings.Contains(err.Error(), "lacks the TSIG keys gone.: ") {
			t.Errorf("got %v, want ErrPartial that names the key", err)
		}
		want["master_tsig_key_ids"] = []any{}
		want["metadata"] = slices.DeleteFunc(want["metadata"].([]any), func(m any) bool { return strings.Contains(jsonOf(m), "gone") })
		diff(t, "zone", want, zoneInfo(t, s))
	})
}

// What the server decides by itself for a new zone is not to come between: it had been decided before.
func TestUnsetRectifyStaysUnset(t *testing.T) {
	s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	newZone(t, s, "DEFAULT", 1)
	p := open(t, s)
	_, settings, err := p.ZoneSettings(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	if value, ok := settings["api_rectify"]; ok {
		t.Errorf("api_rectify is set to %s", value)
	}
	makeAgain(t, p)
	if meta := jsonOf(zoneInfo(t, s)["metadata"]); strings.Contains(meta, "API-RECTIFY") {
		t.Errorf("the metadata is now %s", meta)
	}
}

// A zone that would lose something for good stays.
func TestZoneWithKeysStays(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p := open(t, s)
		for name, arm := range map[string]func(t *testing.T){
			"active key": func(t *testing.T) {
				call(t, s, http.MethodPut, "/zones/"+testZone, map[string]any{"dnssec": true})
			},
			"inactive key": func(t *testing.T) {
				call(t, s, http.MethodPost, "/zones/"+testZone+"/cryptokeys", map[string]any{"keytype": "csk", "active": false, "published": false})
			},
			"stored signature": func(t *testing.T) {
				patch(t, s, `{"name":"www.example.com.","type":"RRSIG","ttl":60,"changetype":"REPLACE","records":[{"content":"A 13 2 300 20300101000000 20200101000000 1 example.com. AQID","disabled":false}]}`)
			},
		} {
			t.Run(name, func(t *testing.T) {
				newZone(t, s, "DEFAULT", 1)
				arm(t)
				base := fetch(t, p)
				if _, _, err := p.ZoneSettings(t.Context(), origin); !is(err, providers.ErrBlocked) {
					t.Errorf("ZoneSettings: %v, want ErrBlocked", err)
				}
				if err := p.RemoveZone(t.Context(), base); !is(err, providers.ErrBlocked) {
					t.Errorf("RemoveZone: %v, want ErrBlocked", err)
				}
				if !fetch(t, p).Zone.Equal(base.Zone) {
					t.Error("the zone is not as it was")
				}
			})
		}
	})
}

// What is written without a trace in the serial is seen too: the whole zone is compared.
func TestRemovalComparesTheWholeZone(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p := open(t, s)
		newZone(t, s, "", 1)
		base := fetch(t, p)
		patch(t, s, strings.Replace(theirs, "false", "true", 1))
		if err := p.RemoveZone(t.Context(), base); !is(err, providers.ErrConflict) || !strings.Contains(err.Error(), "theirs.example.com. A") {
			t.Errorf("got %v, want ErrConflict that names the RRset", err)
		}
	})
}

// An answer that is none must not let a zone be removed.
func TestFaultsOfInspecting(t *testing.T) {
	base, whole := goldenBase(t), goldenZone(t)
	for _, part := range []string{"/metadata", "/cryptokeys"} {
		for name, answer := range map[string]http.HandlerFunc{
			"null":          answerJSON("null"),
			"an object":     answerJSON(`{"error":"no"}`),
			"cut off":       cutOff(`[{"kind":"X-A","metadata":[]}]`, 20),
			"nothing":       answerJSON(""),
			"500":           answerStatus(500),
			"a proxy":       answerStatus(404, "Content-Type", "text/html"),
			"gone":          onlyServer,
			"an empty list": answerJSON(`[]`),
		} {
			t.Run(part+"/"+name, func(t *testing.T) {
				var deleted atomic.Bool
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					switch {
					case r.Method == http.MethodDelete:
						deleted.Store(true)
						w.WriteHeader(http.StatusNoContent)
					case strings.HasSuffix(r.URL.Path, part), strings.HasSuffix(r.URL.Path, "/localhost"):
						answer(w, r)
					case strings.HasSuffix(r.URL.Path, "/metadata"), strings.HasSuffix(r.URL.Path, "/cryptokeys"):
						answerJSON("[]")(w, r)
					default:
						answerJSON(whole)(w, r)
					}
				}))
				t.Cleanup(server.Close)
				p := openURL(t, server.URL)
				good := name == "an empty list"
				if err := p.RemoveZone(t.Context(), base); (err == nil) != good || deleted.Load() != good {
					t.Errorf("RemoveZone: %v, and the zone is removed: %t", err, deleted.Load())
				}
				if _, _, err := p.ZoneSettings(t.Context(), origin); (err == nil) != good {
					t.Errorf("ZoneSettings: %v", err)
				}
			})
		}
	}
}

// goldenSets are the RRsets of a snapshot in the API.
func goldenSets(s *providers.Snapshot) []object {
	var all []object
	at := map[zonefile.Key]bool{}
	for _, z := range []*zonefile.Zone{s.Zone, s.Disabled} {
		for set := range z.All() {
			if !at[set.Key] {
				at[set.Key] = true
				served, _ := s.Zone.Get(set.Key)
				hidden, _ := s.Disabled.Get(set.Key)
				all = append(all, replacement(set.Key, served, hidden))
			}
		}
	}
	return all
}

func TestBadSettings(t *testing.T) {
	p := openURL(t, "http://127.0.0.1:1")
	for name, settings := range map[string]map[string]string{
		"of another provider": {"path": `"/var/lib"`},
		"not JSON":            {"account": "acc"},
		"another type":        {"masters": `"192.0.2.1"`},
		"more than one":       {"account": `"a" "b"`},
	} {
		if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin, Settings: settings}); !is(err, providers.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}
