package scalewaytemtest_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

// clock is a time that tests move.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

// The answers are to the letter those that were recorded, but for names, ids and keys.
func TestAnswers(t *testing.T) {
	now := &clock{start}
	f := scalewaytemtest.New(t, scalewaytemtest.Options{Now: now.now})
	made := send(t, f, "POST "+domains+" "+creation(f, "mail.example.com"), nil).body
	d := f.Domain("mail.example.com")
	records := fmt.Sprintf(`{"dkim":{"name":"%[1]s._domainkey.mail.example.com.","value":"%[2]s"},`+
		`"dmarc":{"name":"_dmarc.mail.example.com.","value":"v=DMARC1; p=none"},"mx":{"name":"mail.example.com.","value":"10 blackhole.tem.scaleway.com."},`+
		`"spf":{"name":"mail.example.com.","value":"v=spf1 include:_spf.tem.scaleway.com -all"}}`, f.Project, d.Records[0].Value)
	// answered returns a domain with what differs.
	answered := func(nextCheck, records, reputation, revokedAt, spf, status string) string {
		return fmt.Sprintf(`{"autoconfig":false,"created_at":"2026-03-31T09:06:31.079961Z","dkim_config":%q,"id":%q,"last_error":null,"last_valid_at":null,`+
			`"name":"mail.example.com","next_check_at":%s,"organization_id":%q,"project_id":%q,"records":%s,"region":"fr-par","reputation":%s,"revoked_at":%s,`+
			`"spf_config":%q,"statistics":{"canceled_count":0,"failed_count":0,"sent_count":0,"total_count":0},"status":%q}`,
			d.Records[0].Value, d.ID, nextCheck, f.Organization, f.Project, records, reputation, revokedAt, spf, status)
	}
	scored := func(at string) string {
		return `{"previous_score":null,"previous_scored_at":null,"score":100,"scored_at":"` + at + `","status":"excellent"}`
	}
	const relative = `{"dkim":null,"dmarc":{"name":"_dmarc.mail","value":"v=DMARC1; p=none"},"mx":null,"spf":null}`
	const spf = "include:_spf.tem.scaleway.com"
	if d := cmp.Diff(answered("null", records, scored("2026-03-31T09:06:31.079961234Z"), "null", spf, "unchecked"), made); d != "" {
		t.Errorf("create (-want +got):\n%s", d)
	}
	at := domains + "/" + d.ID
	for _, step := range []struct{ request, want string }{
		{"GET " + at, answered("null", records, scored("2026-03-31T09:06:32.079961234Z"), "null", spf, "unchecked")},
		{"PATCH " + at + ` {"autoconfig":false}`, answered("null", records, scored("2026-03-31T09:06:33.079961234Z"), "null", spf, "unchecked")},
		{"POST " + at + "/check {}", answered(`"2026-03-31T09:06:34.079961234Z"`, relative, "null", "null", spf, "unchecked")},
		{"GET " + at, answered(`"2026-03-31T09:06:34.079961Z"`, records, scored("2026-03-31T09:06:35.079961234Z"), "null", spf, "unchecked")},
		{"POST " + at + "/revoke {}", answered("null", relative, "null", `"2026-03-31T09:06:36.079961234Z"`, "", "revoked")},
		{"POST " + at + "/revoke {}", answered("null", relative, "null", `"2026-03-31T09:06:36.079961Z"`, "", "revoked")},
		{"GET " + at, fmt.Sprintf(`{"message":"resource is not found","resource":"domain","resource_id":%q,"type":"not_found"}`, d.ID)},
	} {
		now.Time = now.Add(time.Second)
		if d := cmp.Diff(step.want, send(t, f, step.request, nil).body); d != "" {
			t.Errorf("%s (-want +got):\n%s", step.request, d)
		}
	}
}

// A time has a fraction also if it is a whole second.
func TestWholeSeconds(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{Now: func() time.Time { return time.Date(2026, 3, 31, 9, 6, 31, 0, time.UTC) }})
	got := send(t, f, "GET "+create(t, f), nil)
	if got.field(t, "created_at") != `"2026-03-31T09:06:31.000000Z"` || !strings.Contains(got.body, `"scored_at":"2026-03-31T09:06:31.000000000Z"`) {
		t.Errorf("got %s", got.body)
	}
}

// A key is one that others can read, and more than a string of a TXT record holds.
func TestDKIM(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{})
	f.AddDomain("example.com", "")
	f.AddDomain("example.net", "")
	a, b := f.Domain("example.com").Records[0].Value, f.Domain("example.net").Records[0].Value
	if a == b {
		t.Error("two domains have one key")
	}
	encoded, ok := strings.CutPrefix(a, "v=DKIM1; h=sha256; k=rsa; p=")
	der, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(a) <= 255 {
		t.Fatalf("%d octets, %v: %s", len(a), err, a)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	if public, ok := key.(*rsa.PublicKey); !ok || public.N.BitLen() != 2048 {
		t.Errorf("got %T", key)
	}
	other := scalewaytemtest.New(t, scalewaytemtest.Options{})
	other.AddDomain("example.com", "")
	if other.Domain("example.com").Records[0].Value != a {
		t.Error("the keys of two runs differ")
	}
}

// The registered domain is left out of the name of the DMARC record.
func TestRelativeNames(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{})
	for name, want := range map[string]string{"example.com": `"_dmarc"`, "a.example.com": `"_dmarc.a"`, "a.b.example.com": `"_dmarc.a.b"`} {
		got := send(t, f, "POST "+domains+"/"+f.AddDomain(name, "")+"/check {}", nil).body
		if !strings.Contains(got, `"dmarc":{"name":`+want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestRevoke(t *testing.T) {
	for _, tt := range []struct {
		name   string
		opts   scalewaytemtest.Options
		get    string // kind
		listed int    // with the one that follows it
	}{
		{"as it is now", scalewaytemtest.Options{}, "404 not_found", 2},
		{"as it was", scalewaytemtest.Options{RevokedReadable: true}, "200", 2},
		{"not listed", scalewaytemtest.Options{HideRevoked: true}, "404 not_found", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := scalewaytemtest.New(t, tt.opts)
			at := create(t, f)
			before := f.Domain("example.com")
			if got := send(t, f, "POST "+at+"/revoke {}", nil); got.field(t, "status") != `"revoked"` {
				t.Fatalf("revoke: %s", got.body)
			}
			get := send(t, f, "GET "+at, nil)
			if get.kind() != tt.get {
				t.Errorf("get: %s, want %s", get.kind(), tt.get)
			}
			if tt.opts.RevokedReadable && (get.field(t, "status") != `"revoked"` || get.field(t, "records") != "null" || get.field(t, "revoked_at") == "null") {
				t.Errorf("get: %s", get.body)
			}
			for _, request := range []string{"PATCH " + at + " {}", "POST " + at + "/check {}"} {
				if got := send(t, f, request, nil).kind(); got != "404 not_found" {
					t.Errorf("%s: %s", request, got)
				}
			}
			create(t, f)
			after := f.Domain("example.com")
			if after.ID == before.ID || after.Records[0].Value == before.Records[0].Value || after.Status != scalewaytemtest.Unchecked {
				t.Errorf("made anew: %+v", after)
			}
			if got := send(t, f, "GET "+domains, nil).field(t, "total_count"); got != fmt.Sprint(tt.listed) {
				t.Errorf("%s domains listed, want %d", got, tt.listed)
			}
			if got := send(t, f, "GET "+domains+"?status=unchecked", nil).field(t, "total_count"); got != "1" {
				t.Errorf("%s unchecked domains listed", got)
			}
		})
	}
}
