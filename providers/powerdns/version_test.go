package powerdns_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// oldSerial is one that no change makes under DEFAULT.
const oldSerial = 2_020_010_107

// Only an old serial of a zone that is changed under DEFAULT is a version. The list does not know the soa_edit_api: it has one that no snapshot has then.
func TestVersions(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p := open(t, s)
		for edit, has := range map[string]bool{
			"DEFAULT": true, "default": true, "INCREASE": false, "SOA-EDIT-INCREASE": false, "EPOCH": false, "SOA-EDIT": false, "OFF": false, "": false,
		} {
			t.Run(edit, func(t *testing.T) {
				newZone(t, s, edit, oldSerial)
				before, want := fetch(t, p).Version, ""
				if has {
					want = fmt.Sprint(oldSerial)
				}
				diff(t, "version", want, before)
				if listed := listedVersion(t, p); has && listed != before {
					t.Errorf("the list has %q, and the snapshot %q", listed, before)
				}
			})
		}
		for name, serial := range map[string]uint32{"of today": todaySerial(), "of a day to come": 3_000_000_000, "none": 0} {
			t.Run(name, func(t *testing.T) {
				newZone(t, s, "DEFAULT", serial)
				if got, listed := fetch(t, p).Version, listedVersion(t, p); got != "" || listed != "" {
					t.Errorf("the version is %q, and %q in the list", got, listed)
				}
			})
		}
		t.Run("no SOA", func(t *testing.T) {
			newZone(t, s, "DEFAULT", oldSerial)
			patch(t, s, `{"name":"example.com.","type":"SOA","changetype":"DELETE"}`)
			if got, listed := fetch(t, p).Version, listedVersion(t, p); got != "" || listed != "" {
				t.Errorf("the version is %q, and %q in the list", got, listed)
			}
		})
	})
}

// Whatever somebody does to a zone, with the SOA of before or without, what it has then is no version that it had.
func TestNoChangeLeavesTheVersion(t *testing.T) {
	changes := map[string]func(t *testing.T, s *dnsserver.PowerDNSServer, n int){
		"write":          func(t *testing.T, s *dnsserver.PowerDNSServer, n int) { patch(t, s, address(n)) },
		"deleted, again": recreate,
	}
	for name, serial := range map[string]uint32{
		"serial before": oldSerial - 1, "same serial": oldSerial, "serial behind": oldSerial + 1, "serial 0": 0, "highest serial": 4_294_967_295,
		"serial of yesterday": todaySerial() - 100, "serial of today": todaySerial() - 1,
	} {
		changes["write with the SOA, "+name] = func(t *testing.T, s *dnsserver.PowerDNSServer, n int) { patch(t, s, address(n), soaOf(serial)) }
	}
	for _, mode := range []string{"", "DEFAULT", "INCREASE"} {
		for _, edit := range []string{"", "NONE", "INCEPTION-INCREMENT", "EPOCH"} {
			changes[fmt.Sprintf("update over DNS, %q with soa_edit %q", mode, edit)] = func(t *testing.T, s *dnsserver.PowerDNSServer, n int) {
				updateBy(t, s, mode, edit, n)
			}
		}
	}
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p := open(t, s)
		for name, change := range changes {
			t.Run(name, func(t *testing.T) {
				newZone(t, s, "DEFAULT", oldSerial)
				seen := map[string]int{fetch(t, p).Version: 0}
				if _, ok := seen[""]; ok {
					t.Fatal("the zone has no version to begin with")
				}
				for n := 1; n <= 3; n++ {
					change(t, s, n)
					got, listed := fetch(t, p).Version, listedVersion(t, p)
					if got != listed {
						t.Errorf("the list has %q, and the snapshot %q", listed, got)
					}
					if before, ok := seen[listed]; ok && listed != "" {
						t.Errorf("after change %d the version is %q, as it was after change %d", n, listed, before)
					}
					seen[listed] = n
				}
			})
		}
	})
}

// What leaves the serial as it is, or makes it the same again, is seen by those who write.
func TestChangeOfOthersWithTheSameSerial(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p := open(t, s)
		for _, edit := range []string{"DEFAULT", "INCREASE", "SOA-EDIT-INCREASE"} {
			for name, change := range map[string]func(t *testing.T, serial uint32){
				"write with the SOA": func(t *testing.T, serial uint32) { patch(t, s, address(2), soaOf(serial-1)) },
				"update over DNS":    func(t *testing.T, _ uint32) { updateBy(t, s, "NONE", "", 2) },
				"deleted, again": func(t *testing.T, serial uint32) {
					newZone(t, s, "", serial)
					call(t, s, http.MethodPut, "/zones/"+testZone, map[string]any{"soa_edit_api": edit})
				},
			} {
				t.Run(edit+"/"+name, func(t *testing.T) {
					newZone(t, s, edit, oldSerial)
					patch(t, s, address(1))
					base := fetch(t, p)
					change(t, base.Serial)
					between := fetch(t, p)
					if between.Serial != base.Serial || between.Zone.Equal(base.Zone) {
						t.Fatalf("the test does not do what it says: the serial was %d and is %d", base.Serial, between.Serial)
					}
					if _, err := p.Apply(t.Context(), origin, puts(base, www(3))); !is(err, providers.ErrConflict) || !strings.Contains(err.Error(), "example.com. A is not") {
						t.Errorf("Apply: %v, want ErrConflict that names the RRset", err)
					}
					if err := p.RemoveZone(t.Context(), base); !is(err, providers.ErrConflict) {
						t.Errorf("RemoveZone: %v, want ErrConflict", err)
					}
					if !fetch(t, p).Zone.Equal(between.Zone) {
						t.Error("something was written")
					}
				})
			}
		}
	})
}

// address is an RRset to write, with the last octet of its address.
func address(last int) string {
	return fmt.Sprintf(`{"name":"www.example.com.","type":"A","ttl":60,"changetype":"REPLACE","records":[{"content":"192.0.2.%d","disabled":false}]}`, last)
}

// soaOf is the SOA of testZone with another serial.
func soaOf(serial uint32) string {
	return fmt.Sprintf(`{"name":"example.com.","type":"SOA","ttl":3600,"changetype":"REPLACE",`+
		`"records":[{"content":"ns1.dns.example. hostmaster.dns.example. %d 7200 3600 1209600 300","disabled":false}]}`, serial)
}

// recreate deletes testZone and makes it as another program would, with the SOA that it had at first and another address.
func recreate(t *testing.T, s *dnsserver.PowerDNSServer, n int) {
	t.Helper()
	call(t, s, http.MethodDelete, "/zones/"+testZone, nil)
	call(t, s, http.MethodPost, "/zones", map[string]any{
		"name": testZone, "kind": "Native", "rrsets": []rawJSON{rawJSON(soaOf(oldSerial)), rawJSON(address(n))},
	})
}

// updateBy sends an update over DNS for an address, where that does to the serial what mode and edit say.
func updateBy(t *testing.T, s *dnsserver.PowerDNSServer, mode, edit string, n int) {
	t.Helper()
	modes := []string{mode}
	if mode == "" {
		modes = []string{}
	}
	call(t, s, http.MethodPut, "/zones/"+testZone+"/metadata/SOA-EDIT-DNSUPDATE", map[string]any{"metadata": modes})
	call(t, s, http.MethodPut, "/zones/"+testZone, map[string]any{"soa_edit": edit})
	s.Update(t, fmt.Sprintf("zone %[1]s\nupdate delete www.%[1]s A\nupdate add www.%[1]s 60 A 192.0.2.%[2]d", testZone, n))
}

// todaySerial is the first serial of this day.
func todaySerial() uint32 {
	year, month, day := time.Now().UTC().Date()
	return uint32((year*100+int(month))*100+day)*100 + 1
}

func listedVersion(t *testing.T, p providers.ZoneProvider) string {
	t.Helper()
	zones, err := p.Zones(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, z := range zones {
		if z.Origin == origin {
			return z.Version
		}
	}
	t.Fatalf("%s is not listed", origin)
	return ""
}
