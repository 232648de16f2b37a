package powerdns

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a large zone has hidden takes several requests.
func TestSettingsInParts(t *testing.T) {
	ttl := int64(60)
	var want []rrset
	for i := range 40 {
		set := rrset{Name: fmt.Sprintf("%02d.example.com.", i), Type: "TXT", TTL: &ttl, Change: "REPLACE"}
		for j := range 400 {
			set.Records = append(set.Records, record{fmt.Sprintf(`"%d %s"`, j, strings.Repeat("x", 200)), true})
		}
		want = append(want, set)
	}
	bodies := settings{RRsets: want}.bodies(nil)
	if len(bodies) != 3 {
		t.Errorf("%d requests, want 3", len(bodies))
	}
	var got []rrset
	for _, b := range bodies {
		if len(b) > maxPatch+1024 {
			t.Errorf("a request of %d octets", len(b))
		}
		var body struct{ RRsets []rrset }
		if err := json.Unmarshal(b, &body); err != nil {
			t.Fatal(err)
		}
		got = append(got, body.RRsets...)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("RRsets (-want +got):\n%s", d)
	}
}

// A disabled record whose value is among those that the new zone serves is not sent: PowerDNS takes no value twice.
func TestHiddenBesideServed(t *testing.T) {
	hidden, served := int64(60), int64(300)
	made := []rrset{{Name: "example.com.", Type: "NS", TTL: &served, Records: []record{{"ns1.example.", false}, {"ns2.example.", false}}}}
	bodies := settings{RRsets: []rrset{
		{Name: "example.com.", Type: "NS", TTL: &hidden, Records: []record{{"ns2.example.", true}, {"ns9.example.", true}}},
		{Name: "example.com.", Type: "SOA", Comments: []comment{{"why", "me", 1}}},
	}}.bodies(made)
	want := []string{`{"rrsets":[{"name":"example.com.","type":"NS","ttl":300,"changetype":"REPLACE","records":[{"content":"ns1.example.","disabled":false},` +
		`{"content":"ns2.example.","disabled":false},{"content":"ns9.example.","disabled":true}]},` +
		`{"name":"example.com.","type":"SOA","changetype":"REPLACE","comments":[{"content":"why","account":"me","modified_at":1}]}]}`}
	var got []string
	for _, b := range bodies {
		got = append(got, string(b))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
