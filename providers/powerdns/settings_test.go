package powerdns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
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
	parts := settings{RRsets: want}.parts(nil)
	if len(parts) != 3 {
		t.Errorf("%d requests, want 3", len(parts))
	}
	var got []rrset
	for _, p := range parts {
		b := p.body(rrset{})
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
	parts := settings{RRsets: []rrset{
		{Name: "example.com.", Type: "NS", TTL: &hidden, Records: []record{{"ns2.example.", true}, {"ns9.example.", true}}},
		{Name: "example.com.", Type: "SOA", Comments: []comment{{"why", "me", 1}}},
	}}.parts(made)
	want := []string{`{"rrsets":[{"name":"example.com.","type":"NS","ttl":300,"changetype":"REPLACE","records":[{"content":"ns1.example.","disabled":false},` +
		`{"content":"ns2.example.","disabled":false},{"content":"ns9.example.","disabled":true}]},` +
		`{"name":"example.com.","type":"SOA","changetype":"REPLACE","comments":[{"content":"why","account":"me","modified_at":1}]}]}`}
	var got []string
	for _, p := range parts {
		got = append(got, string(p.body(rrset{})))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A step that fails keeps no other one from being made. One that was in vain for as long as a request may take does: there may be many.
func TestConfigure(t *testing.T) {
	late := fmt.Errorf("PUT: %w", context.DeadlineExceeded)
	for _, tt := range []struct {
		name  string
		ends  []error
		taken int
		want  string
	}{
		{"all well", []error{nil, nil, nil}, 3, ""},
		{"the first", []error{providers.ErrAuth, nil, nil}, 3, "lacks a: not authorized"},
		{"two", []error{errors.New("no"), nil, errors.Join(errors.New("x"), errors.New("y"))}, 3, "lacks a: no; c: x; y"},
		{"no answer in time", []error{nil, late, nil, nil}, 2, "lacks b: PUT: context deadline exceeded; c; d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			taken := 0
			var steps []settingStep
			for i, end := range tt.ends {
				steps = append(steps, settingStep{string(rune('a' + i)), func(context.Context) error { taken++; return end }})
			}
			err := configure(t.Context(), steps)
			if taken != tt.taken {
				t.Errorf("%d steps were taken, want %d", taken, tt.taken)
			}
			switch {
			case tt.want == "" && err != nil, tt.want != "" && !errors.Is(err, providers.ErrPartial):
				t.Errorf("got %v", err)
			case err != nil && (!strings.HasSuffix(err.Error(), tt.want) || errors.Is(err, providers.ErrAuth)):
				t.Errorf("got %v, want ErrPartial that ends with %q", err, tt.want)
			}
		})
	}
}
