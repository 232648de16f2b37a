package scaidnstest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

// TestDNSSEC goes through the life of the keys of a zone, and looks at what PowerDNS serves of it.
func TestDNSSEC(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 1, 10, 0, 0, 0, time.UTC)
	s, c, id, _ := newZone(t, scaidnstest.Options{Now: func() time.Time { return now }})
	path := domains + id + "/dnssec"
	if diff := cmp.Diff(`{"algorithm":null,"ds_records":[],"enabled":false,"ksk":[],"status":"disabled","zsk":[]}`, c.ok("GET", path, "").text()); diff != "" {
		t.Errorf("state of an unsigned zone (-want +got):\n%s", diff)
	}
	check := func(status string, ksks, zsks, ds int) tree {
		t.Helper()
		state := c.ok("GET", path, "")
		got := fmt.Sprint(state.at("status").text(), len(state.at("ksk").each("key_tag")), len(state.at("zsk").each("key_tag")), len(state.at("ds_records").each("digest")))
		if want := fmt.Sprint(status, ksks, zsks, ds); got != want {
			t.Errorf("status, KSKs, ZSKs, DS are %s, want %s", got, want)
		}
		if served := query(t, s, "example.com", "DNSKEY"); len(served) != ksks+zsks {
			t.Errorf("served are %q, want %d keys", served, ksks+zsks)
		}
		return state
	}

	c.want(400, "POST", path+"/enable", `{"algorithm":5}`)
	for _, action := range []string{"disable", "rotate-zsk", "rotate-ksk", "confirm-ds-published"} {
		c.want(409, "POST", path+"/"+action, "")
	}
	enabled := c.ok("POST", path+"/enable", `{"algorithm":13}`)
	state := check("pending_ds", 1, 1, 1)
	if diff := cmp.Diff(state.at("ds_records").value, enabled.at("ds_records").value); diff != "" {
		t.Errorf("DS of the answer (-state +answer):\n%s", diff)
	}
	ksk := state.at("ksk", 0)
	if ksk.at("key_tag").text() != state.at("ds_records", 0, "key_tag").text() {
		t.Errorf("key tags of the KSK and its DS differ: %s", state.text())
	}
	if got := strings.Join([]string{
		ksk.at("key_type").text(), ksk.at("algorithm").text(), ksk.at("active").text(), ksk.at("created_at").text(),
		ksk.at("expires_at").text(), state.at("zsk", 0, "expires_at").text(),
	}, " "); got != "KSK 13 true 2026-04-01T10:00:00Z 2027-04-01T10:00:00Z 2026-05-01T10:00:00Z" {
		t.Errorf("KSK is %s", got)
	}
	if got := c.ok("GET", domains+id, "").at("dnssec_enabled").text(); got != "true" {
		t.Errorf("dnssec_enabled is %s", got)
	}
	c.want(409, "POST", path+"/enable", "")
	c.want(409, "POST", path+"/rotate-zsk", "")

	c.ok("POST", path+"/confirm-ds-published", "{}")
	check("active", 1, 1, 1)
	c.want(409, "POST", path+"/confirm-ds-published", "")

	c.ok("POST", path+"/rotate-zsk", "")
	check("rotating_zsk", 1, 2, 1)
	now = now.Add(7 * 24 * time.Hour)
	check("active", 1, 1, 1)

	c.ok("POST", path+"/rotate-ksk", "")
	check("rotating_ksk", 2, 1, 2)
	c.ok("POST", path+"/confirm-ds-published", "")
	state = check("active", 1, 1, 1)
	if state.at("ksk", 0, "key_tag").text() == ksk.at("key_tag").text() {
		t.Error("the KSK before the rotation is left")
	}

	c.ok("POST", path+"/disable", "")
	check("disabled", 0, 0, 0)
}

func TestDNSSECAlgorithms(t *testing.T) {
	t.Parallel()
	s, c, id, _ := newZone(t, scaidnstest.Options{})
	for _, algorithm := range []string{"8", "10", "13", "14", "15"} {
		c.ok("POST", domains+id+"/dnssec/enable", `{"algorithm":`+algorithm+`}`)
		for _, line := range query(t, s, "example.com", "DNSKEY") {
			if got := strings.Fields(line)[6]; got != algorithm {
				t.Errorf("algorithm is %s, want %s", got, algorithm)
			}
		}
		c.ok("POST", domains+id+"/dnssec/disable", "")
	}
	s.SetStatus(t, id, scaidnstest.Inactive)
	c.want(409, "POST", domains+id+"/dnssec/enable", "")
}
