package scalewaytemtest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

func lookup(z *zone) func(context.Context, string, string) []string {
	return func(_ context.Context, name, typ string) []string { return z.lookup(name, typ) }
}

// What checks make of what is in DNS.
func TestCheck(t *testing.T) {
	const spf, mx = "v=spf1 include:_spf.tem.scaleway.com -all", "10 blackhole.tem.scaleway.com."
	for _, tt := range []struct {
		name  string
		apex  []string // TXT
		dkim  []string // "key" stands for the right one
		dmarc []string
		mx    []string
		want  string // status: last_error: records as dkim dmarc mx spf
	}{
		{"nothing", nil, nil, nil, nil, "unchecked: : not_found not_found not_found not_found"},
		{"other text", []string{"google-site-verification=1", "v=spf10 -all"}, nil, []string{"v=DMARC12"}, nil, "unchecked: : not_found not_found not_found not_found"},
		{"an MX alone", nil, nil, nil, []string{mx}, "unchecked: : not_found not_found valid not_found"},
		{"all", []string{spf}, []string{"key"}, []string{"v=DMARC1; p=none"}, []string{mx}, "checked: : valid valid valid valid"},
		{"all but the MX", []string{spf}, []string{"key"}, []string{"v=DMARC1; p=none"}, nil, "checked: : valid valid not_found valid"},
		{"others with them", []string{"google-site-verification=1", "v=spf1 mx include:_spf.tem.scaleway.com ~all"}, []string{"key"}, []string{"v=DMARC1;p=reject"}, []string{"10 a.example.com.", "20 b.example.com."}, "checked: : valid valid valid valid"},
		{"SPF without the include", []string{"v=spf1 mx -all"}, []string{"key"}, []string{"v=DMARC1"}, nil, `invalid: example.com. TXT: found "v=spf1 mx -all": valid valid not_found invalid`},
		{"SPF twice", []string{spf, "v=spf1"}, []string{"key"}, []string{"v=DMARC1"}, nil, "invalid: example.com. TXT: 2 records: valid valid not_found invalid"},
		{"DMARC twice", []string{spf}, []string{"key"}, []string{"v=DMARC1", "v=DMARC1"}, nil, "invalid: _dmarc.example.com. TXT: 2 records: valid invalid not_found valid"},
		{"other key", []string{spf}, []string{"v=DKIM1; k=rsa; p="}, []string{"v=DMARC1"}, nil, `invalid: PROJECT._domainkey.example.com. TXT: found "v=DKIM1; k=rsa; p=": invalid valid not_found valid`},
		{"two keys", []string{spf}, []string{"key", "v=DKIM1; k=rsa; p="}, []string{"v=DMARC1"}, nil, "invalid: PROJECT._domainkey.example.com. TXT: 2 records: invalid valid not_found valid"},
		{"one of three", []string{spf}, nil, nil, nil, "invalid: PROJECT._domainkey.example.com. TXT: not found; _dmarc.example.com. TXT: not found: not_found not_found not_found valid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := &clock{start}
			var z zone
			f := scalewaytemtest.New(t, scalewaytemtest.Options{Now: now.now, Lookup: lookup(&z)})
			at := create(t, f)
			records := f.Domain("example.com").Records
			for i, values := range [][]string{tt.dkim, tt.dmarc, tt.mx, tt.apex} {
				for _, v := range values {
					z.put(scalewaytemtest.Record{Name: records[i].Name, Type: records[i].Type, Value: strings.Replace(v, "key", records[0].Value, 1)})
				}
			}
			if got := send(t, f, "GET "+at, nil).field(t, "status"); got != `"unchecked"` {
				t.Errorf("before a check that is asked for: %s", got)
			}
			if got := verified(t, f, at); got != "unknown_record_status unknown_record_status unknown_record_status unknown_record_status" {
				t.Errorf("before it: %s", got)
			}
			if got := send(t, f, "POST "+at+"/check {}", nil).field(t, "status"); got != `"unchecked"` {
				t.Errorf("the answer has what was before: %s", got)
			}
			d := f.Domain("example.com")
			if got := strings.ReplaceAll(fmt.Sprintf("%s: %s: %s", d.Status, d.LastError, verified(t, f, at)), f.Project, "PROJECT"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if valid := strings.HasPrefix(tt.want, "checked"); valid != d.LastValid.Equal(start) || valid != d.NextCheck.Equal(start.Add(time.Minute)) {
				t.Errorf("last valid %v, next check %v", d.LastValid, d.NextCheck)
			}
		})
	}
}

// verified returns the states of the DKIM, DMARC, MX and SPF records.
func verified(t *testing.T, f *scalewaytemtest.Fake, at string) string {
	t.Helper()
	got := send(t, f, "GET "+at+"/verification", nil)
	var all []string
	for _, name := range []string{"dkim_record", "dmarc_record", "mx_record", "spf_record"} {
		all = append(all, strings.Trim(answer{body: got.field(t, name)}.field(t, "status"), `"`))
	}
	return strings.Join(all, " ")
}

// A domain that was valid is checked by itself, and is invalid then, never unchecked again.
func TestChecksByItself(t *testing.T) {
	const unchecked, checked, invalid = scalewaytemtest.Unchecked, scalewaytemtest.Checked, scalewaytemtest.Invalid
	for _, tt := range []struct {
		name  string
		every time.Duration
		want  []scalewaytemtest.Status // as the steps find it
	}{
		{"each minute", 0, []scalewaytemtest.Status{unchecked, checked, checked, invalid, invalid}},
		{"each hour", time.Hour, []scalewaytemtest.Status{unchecked, checked, checked, checked, invalid}},
		{"never", -1, []scalewaytemtest.Status{unchecked, checked, checked, checked, checked}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := &clock{start}
			var z zone
			f := scalewaytemtest.New(t, scalewaytemtest.Options{Now: now.now, Lookup: lookup(&z), CheckEvery: tt.every, CheckTakes: time.Second})
			at := create(t, f)
			var got []scalewaytemtest.Status
			step := func(after time.Duration) {
				now.Time = start.Add(after)
				got = append(got, f.Domain("example.com").Status)
			}
			z.put(f.Domain("example.com").Records...)
			send(t, f, "POST "+at+"/check {}", nil)
			step(time.Second - 1)
			step(time.Second)
			z.clear()
			step(time.Second + time.Minute - 1)
			step(time.Second + time.Minute)
			step(2 * time.Hour)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if d := f.Domain("example.com"); !d.LastValid.Equal(start.Add(time.Second)) {
				t.Errorf("last valid %v", d.LastValid)
			}
			z.put(f.Domain("example.com").Records...)
			send(t, f, "POST "+at+"/check {}", nil)
			now.Time = now.Add(time.Second)
			if d := f.Domain("example.com"); d.Status != checked || d.LastError != "" || !d.LastValid.Equal(now.Time) {
				t.Errorf("after it was mended: %+v", d)
			}
		})
	}
}

// The answer to a check of a domain that is valid has the next check as it was planned.
func TestCheckOfValidDomain(t *testing.T) {
	now := &clock{start}
	var z zone
	f := scalewaytemtest.New(t, scalewaytemtest.Options{Now: now.now, Lookup: lookup(&z)})
	at := create(t, f)
	z.put(f.Domain("example.com").Records...)
	send(t, f, "POST "+at+"/check {}", nil)
	now.Time = now.Add(time.Second)
	for i, want := range []string{`"2026-03-31T09:07:31.079961Z"`, `"2026-03-31T09:07:32.079961Z"`} {
		if got := send(t, f, "POST "+at+"/check {}", nil); got.field(t, "next_check_at") != want || got.field(t, "status") != `"checked"` {
			t.Errorf("check %d: %s", i, got.body)
		}
	}
}

func TestVerification(t *testing.T) {
	now := &clock{start}
	var z zone
	f := scalewaytemtest.New(t, scalewaytemtest.Options{Now: now.now, Lookup: lookup(&z), Autoconfigurable: func(string) string { return "domain_not_found" }})
	at := create(t, f)
	records := f.Domain("example.com").Records
	z.put(records...)
	send(t, f, "POST "+at+"/check {}", nil)
	z.clear()
	z.put(records[:3]...)
	z.put(scalewaytemtest.Record{Name: "example.com.", Type: "TXT", Value: "v=spf1 -all"})
	send(t, f, "POST "+at+"/check {}", nil)
	const valid = `{"error":null,"last_valid_at":"2026-03-31T09:06:31.079961Z","status":"valid"}`
	want := fmt.Sprintf(`{"autoconfig_state":{"autoconfigurable":false,"enabled":false,"reason":"domain_not_found"},"dkim_record":%[1]s,"dmarc_record":%[1]s,`+
		`"domain_id":%[2]q,"domain_name":"example.com","mx_record":%[1]s,`+
		`"spf_record":{"error":"found \"v=spf1 -all\"","last_valid_at":"2026-03-31T09:06:31.079961Z","status":"invalid"}}`, valid, f.Domain("example.com").ID)
	if d := cmp.Diff(want, send(t, f, "GET "+at+"/verification", nil).body); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestAutoconfig(t *testing.T) {
	var z zone
	publish := func(_ context.Context, records []scalewaytemtest.Record) { z.put(records...) }
	refuse := func(string) string { return "permission_denied" }
	for _, tt := range []struct {
		name string
		opts scalewaytemtest.Options
		want scalewaytemtest.Status // when it is over
	}{
		{"kept in the fake", scalewaytemtest.Options{}, scalewaytemtest.Checked},
		{"written to DNS", scalewaytemtest.Options{Lookup: lookup(&z), Publish: publish}, scalewaytemtest.Checked},
		{"written elsewhere", scalewaytemtest.Options{Publish: publish}, scalewaytemtest.Unchecked},
		{"refused", scalewaytemtest.Options{Autoconfigurable: refuse}, scalewaytemtest.Unchecked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := &clock{start}
			z.clear()
			tt.opts.Now = now.now
			f := scalewaytemtest.New(t, tt.opts)
			at := create(t, f)
			if got := send(t, f, "PATCH "+at+` {"autoconfig":true}`, nil); got.field(t, "autoconfig") != "true" || got.field(t, "status") != `"autoconfiguring"` {
				t.Errorf("update: %s", got.body)
			}
			now.Time = now.Add(20*time.Minute - 1)
			send(t, f, "POST "+at+"/check {}", nil)
			if d := f.Domain("example.com"); d.Status != scalewaytemtest.Autoconfiguring {
				t.Errorf("shortly before the end: %s", d.Status)
			}
			now.Time = now.Add(1)
			if d := f.Domain("example.com"); d.Status != tt.want || !d.Autoconfig {
				t.Errorf("in the end: %+v", d)
			}
			if tt.want != scalewaytemtest.Checked {
				return
			}
			if got := send(t, f, "PATCH "+at+` {"autoconfig":true}`, nil).field(t, "status"); got != `"checked"` {
				t.Errorf("when it is on already: %s", got)
			}
			send(t, f, "PATCH "+at+` {"autoconfig":false}`, nil)
			now.Time = now.Add(time.Hour)
			if d := f.Domain("example.com"); d.Status != scalewaytemtest.Checked || d.Autoconfig {
				t.Errorf("when it is off: %+v", d)
			}
			f.RotateDKIM("example.com")
			now.Time = now.Add(time.Hour)
			if d := f.Domain("example.com"); d.Status != scalewaytemtest.Invalid {
				t.Errorf("with another key: %+v", d)
			}
		})
	}
}

func TestAutoconfigFromTheStart(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{RefuseTransient: true})
	body := fmt.Sprintf(`{"project_id":%q,"domain_name":"example.com","accept_tos":true,"autoconfig":true}`, f.Project)
	got := send(t, f, "POST "+domains+" "+body, nil)
	if got.field(t, "autoconfig") != "true" || got.field(t, "status") != `"autoconfiguring"` {
		t.Errorf("create: %s", got.body)
	}
	at := domains + "/" + f.Domain("example.com").ID
	want := fmt.Sprintf(`{"current_state":"autoconfiguring","message":"resource is in a transient state","resource":"domain","resource_id":%q,"type":"transient_state"}`, f.Domain("example.com").ID)
	for _, request := range []string{"PATCH " + at + ` {"autoconfig":false}`, "POST " + at + "/check {}", "POST " + at + "/revoke {}"} {
		if got := send(t, f, request, nil); got.status != 409 || got.body != want {
			t.Errorf("%s: %d %s", request, got.status, got.body)
		}
	}
	f.SetAutoconfig("example.com", false)
	if d := f.Domain("example.com"); d.Status != scalewaytemtest.Unchecked || d.Autoconfig {
		t.Errorf("turned off behind one's back: %+v", d)
	}
}
