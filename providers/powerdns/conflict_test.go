package powerdns_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/zonefile"
)

const theirs = `{"name":"theirs.example.com.","type":"A","ttl":60,"changetype":"REPLACE","records":[{"content":"192.0.2.9","disabled":false}]}`

func TestWriteOfOthersBetweenFetchAndApply(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p := open(t, s)
		for _, edit := range []string{"DEFAULT", "INCREASE", "EPOCH", "SOA-EDIT-INCREASE", "SOA-EDIT", "OFF", ""} {
			for _, serial := range []uint32{1, 1_500_000_000} {
				t.Run(fmt.Sprintf("%s/%d", edit, serial), func(t *testing.T) {
					newZone(t, s, edit, serial)
					base := fetch(t, p)
					patch(t, s, theirs)
					between := fetch(t, p)
					result, err := p.Apply(t.Context(), origin, puts(base, www(1)))
					if !errors.Is(err, providers.ErrConflict) || len(result.Applied) > 0 {
						t.Fatalf("Apply: %v with %d operations applied, want ErrConflict and none", err, len(result.Applied))
					}
					if !fetch(t, p).Zone.Equal(between.Zone) {
						t.Error("something was written")
					}
				})
			}
		}
	})
}

// An update over DNS raises the serial by one, which is less than what the API makes of a serial that is older than today.
func TestUpdateOverDNSBetweenFetchAndApply(t *testing.T) {
	s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	newZone(t, s, "DEFAULT", 1)
	p := open(t, s)
	base := fetch(t, p)
	s.Update(t, "zone "+testZone+"\nupdate add theirs.example.com. 60 A 192.0.2.9")
	if _, err := p.Apply(t.Context(), origin, puts(base, www(1))); !errors.Is(err, providers.ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
	diff(t, "zone", []string{
		"example.com. 3600 IN NS ns1.dns.example.", "example.com. 3600 IN NS ns2.dns.example.", "theirs.example.com. 60 IN A 192.0.2.9",
	}, text(fetch(t, p).Zone))
}

// What somebody changes without a trace in the serial is seen where the serial is not what is compared.
func TestDisabledRecordOfOthersBetweenFetchAndApply(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		newZone(t, s, "", 1)
		p := open(t, s)
		base := fetch(t, p)
		patch(t, s, strings.Replace(theirs, "false", "true", 1))
		if _, err := p.Apply(t.Context(), origin, puts(base, www(1))); !errors.Is(err, providers.ErrConflict) || !strings.Contains(err.Error(), "theirs.example.com. A") {
			t.Errorf("got %v, want ErrConflict that names the RRset", err)
		}
	})
}

func TestWriteOfOthersRightBeforeOurs(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		for _, edit := range []string{"DEFAULT", "INCREASE"} {
			t.Run(edit, func(t *testing.T) {
				newZone(t, s, edit, 3_000_000_000) // later than any date
				f := newFront(t, s)
				f.before = func(int, http.ResponseWriter) bool { patch(t, s, theirs); return false }
				p := openAt(t, f.url, s)
				batch := puts(fetch(t, p), www(1))
				result, err := p.Apply(t.Context(), origin, batch)
				if !is(err, providers.ErrConflict) {
					t.Errorf("got %v, want ErrConflict", err)
				}
				diff(t, "operations applied", len(batch.Ops), len(result.Applied))
				after := fetch(t, p)
				diff(t, "serial", after.Serial, result.Serial)
				diff(t, "zone", []string{
					"example.com. 3600 IN NS ns1.dns.example.", "example.com. 3600 IN NS ns2.dns.example.",
					"theirs.example.com. 60 IN A 192.0.2.9", "www.example.com. 300 IN A 192.0.2.1",
				}, text(after.Zone))
			})
		}
	})
}

// An SOA in the batch leaves no serial that would show the write of somebody else. The one that is stored has to be higher than theirs
// at least, or secondaries that have theirs would not come for ours.
func TestWriteOfOthersRightBeforeOurSOA(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		for _, edit := range []string{"DEFAULT", "INCREASE", "SOA-EDIT-INCREASE", "OFF", ""} {
			for _, serial := range []uint32{1, 3_000_000_000, 4_294_967_293, 4_294_967_294, 4_294_967_295} {
				t.Run(fmt.Sprintf("%s/%d", edit, serial), func(t *testing.T) {
					newZone(t, s, edit, serial)
					f := newFront(t, s)
					direct := open(t, s)
					var between uint32
					f.before = func(int, http.ResponseWriter) bool {
						patch(t, s, theirs)
						between = fetch(t, direct).Serial
						return false
					}
					p := openAt(t, f.url, s)
					base := fetch(t, p)
					old, _ := base.Zone.Get(zonefile.Key{Name: origin, Type: zonefile.TypeSOA})
					apply(t, p, puts(base, www(1), old.WithTTL(60)))
					if after := fetch(t, p).Serial; !zonefile.SerialAfter(after, between) || !zonefile.SerialAfter(after, base.Serial) || after == 0 {
						t.Errorf("the serial went from %d to their %d to our %d", base.Serial, between, after)
					}
				})
			}
		}
	})
}

// An update over DNS raises the serial also where the API does not.
func TestUpdateOverDNSRightBeforeOurSOA(t *testing.T) {
	s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	newZone(t, s, "", 7)
	f := newFront(t, s)
	f.before = func(int, http.ResponseWriter) bool {
		s.Update(t, "zone "+testZone+"\nupdate add theirs.example.com. 60 A 192.0.2.9")
		return false
	}
	p := openAt(t, f.url, s)
	apply(t, p, puts(fetch(t, p), www(1)))
	diff(t, "serial", uint32(9), fetch(t, p).Serial)
}

// The server refuses a CNAME beside data that the base does not have: whatever the serials say, that is a conflict.
func TestServerSeesConflict(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		newZone(t, s, "DEFAULT", 1)
		f := newFront(t, s)
		f.before = func(int, http.ResponseWriter) bool { patch(t, s, theirs); return false }
		p := openAt(t, f.url, s)
		result, err := p.Apply(t.Context(), origin, puts(fetch(t, p), set("theirs.example.com. 60 CNAME www.example.com."), www(1)))
		if !is(err, providers.ErrConflict) || len(result.Applied) > 0 {
			t.Errorf("got %v with %d operations applied", err, len(result.Applied))
		}
		if fetch(t, p).Zone.Has(www(1).Key) {
			t.Error("something was written")
		}
	})
}

func TestConnectionIsLostAfterTheWrite(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		newZone(t, s, "DEFAULT", 1)
		f := newFront(t, s)
		f.after = func(int, http.ResponseWriter) { panic(http.ErrAbortHandler) }
		p := openAt(t, f.url, s)
		result, err := p.Apply(t.Context(), origin, puts(fetch(t, p), www(1)))
		if !is(err, nil) || len(result.Applied) > 0 {
			t.Errorf("got %v with %d operations applied, want an error that promises nothing", err, len(result.Applied))
		}
		if !fetch(t, p).Zone.Has(www(1).Key) {
			t.Error("the test did not do what it says: nothing was written")
		}
	})
}

// large returns RRsets that take about three requests.
func large() []zonefile.RRset {
	var sets []zonefile.RRset
	for i := range 400 {
		var lines []string
		for j := range 40 {
			lines = append(lines, fmt.Sprintf(`big%03d.example.com. 300 TXT "%d %s"`, i, j, strings.Repeat("x", 200)))
		}
		sets = append(sets, set(lines...))
	}
	return sets
}

func TestLargeBatchIsWrittenInParts(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		for _, edit := range []string{"DEFAULT", "EPOCH", "SOA-EDIT", ""} {
			t.Run(edit, func(t *testing.T) {
				newZone(t, s, edit, 1)
				// With SOA-EDIT what is stored is more than what is sent, by weeks.
				call(t, s, http.MethodPut, "/zones/"+testZone, map[string]any{"soa_edit": "INCREMENT-WEEKS"})
				f := newFront(t, s)
				var serials []uint32 // before each request
				f.before = func(int, http.ResponseWriter) bool {
					var zone struct{ Serial uint32 }
					s.API(t, http.MethodGet, "/zones/"+testZone+"?rrsets=false", nil, &zone)
					serials = append(serials, zone.Serial)
					return false
				}
				p := openAt(t, f.url, s)
				base := fetch(t, p)
				soa, _ := base.Zone.Get(zonefile.Key{Name: origin, Type: zonefile.TypeSOA})
				batch := puts(base, append(large(), soa.WithTTL(60))...)
				result := apply(t, p, batch)
				if f.patches.Load() != 3 || len(result.Applied) != len(batch.Ops) {
					t.Errorf("%d requests with %d operations applied, want 3 with %d", f.patches.Load(), len(result.Applied), len(batch.Ops))
				}
				after := fetch(t, p)
				serials = append(serials, after.Serial)
				for i, serial := range serials[1:] {
					if !zonefile.SerialAfter(serial, serials[i]) {
						t.Errorf("the serials are %d: secondaries would miss a part", serials)
						break
					}
				}
				if result.Serial != 0 && result.Serial != after.Serial {
					t.Errorf("the result has the serial %d, and the zone %d", result.Serial, after.Serial)
				}
				diff(t, "zone", text(base.Zone.With(batch.Changes())), text(after.Zone))
			})
		}
	})
}

func TestLaterPartFails(t *testing.T) {
	s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	for name, answer := range map[string]func(w http.ResponseWriter){
		"refused": func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnprocessableEntity) },
		"busy":    func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) },
		"lost":    func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			newZone(t, s, "DEFAULT", 1)
			f := newFront(t, s)
			f.before = func(n int, w http.ResponseWriter) bool {
				if n == 1 {
					answer(w)
				}
				return n == 1
			}
			p := openAt(t, f.url, s)
			base := fetch(t, p)
			soa, _ := base.Zone.Get(zonefile.Key{Name: origin, Type: zonefile.TypeSOA})
			result, err := p.Apply(t.Context(), origin, puts(base, append(large(), soa.WithTTL(60))...))
			if !is(err, providers.ErrPartial) {
				t.Errorf("got %v, want ErrPartial and no other kind", err)
			}
			after := fetch(t, p)
			if written := after.Zone.Len() - base.Zone.Len() + 1; len(result.Applied) != written || written < 2 || f.patches.Load() != 2 {
				t.Errorf("%d operations applied, and %d were written with %d requests", len(result.Applied), written, f.patches.Load())
			}
			for _, op := range result.Applied {
				if got, _ := after.Zone.Get(op.Change.Key()); got.TTL != op.Change.New.TTL {
					t.Errorf("%s is said to be written, and is not", op.Change.Key())
				}
			}
		})
	}
}

func TestServerIsDown(t *testing.T) {
	s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	newZone(t, s, "DEFAULT", 1)
	p := open(t, s)
	base := fetch(t, p)
	s.Stop(t)
	for name, call := range map[string]func() error{
		"Zones": func() error { _, err := p.Zones(t.Context()); return err },
		"Fetch": func() error { _, err := p.Fetch(t.Context(), origin); return err },
		"Apply": func() error { _, err := p.Apply(t.Context(), origin, puts(base, www(1))); return err },
	} {
		if err := call(); !is(err, nil) || !strings.Contains(err.Error(), s.URL) || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.Restart(t)
	if !fetch(t, p).Zone.Equal(base.Zone) {
		t.Error("something was written")
	}
}
