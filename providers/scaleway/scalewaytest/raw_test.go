package scalewaytest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

func TestExport(t *testing.T) {
	s := withZone(t, scalewaytest.Options{}, a("www", "192.0.2.1"), scalewaytest.Record{Name: "", Type: "TXT", TTL: 60, Data: "x y"})
	var file struct {
		Name    string
		Type    string `json:"content_type"`
		Content []byte // base64 in the JSON
	}
	got := send(t, s, request{method: "GET", path: path + "/example.com/raw?format=bind"})
	if err := json.Unmarshal([]byte(got.body), &file); err != nil {
		t.Fatalf("%s: %v", got.body, err)
	}
	text := strings.Split(string(file.Content), "\n")
	want := []string{"@ 1800 IN NS ns0.dns.example.", "@ 1800 IN NS ns1.dns.example.", `@ 60 IN TXT "x y"`, "www 60 IN A 192.0.2.1", ""}
	if d := cmp.Diff(want, text[2:]); d != "" || text[0] != "$ORIGIN example.com." || file.Type != "text/plain" {
		t.Errorf("%+v %s (-want +got):\n%s", file, file.Content, d)
	}
	for _, query := range []string{"", "?format=unknown_raw_format", "?format=json"} {
		if got := send(t, s, request{method: "GET", path: path + "/example.com/raw" + query}).kind(); got != "400 invalid_arguments" {
			t.Errorf("%s: %s", query, got)
		}
	}
}

func TestImport(t *testing.T) {
	const old = "old 60 A 0 192.0.2.1"
	source := func(text string) string {
		content, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return `{"bind_source":{"content":` + string(content) + `}}`
	}
	for _, tt := range []struct {
		name, body string
		options    scalewaytest.Options
		status     string
		want       []string
	}{
		{
			"replaces all", source("$TTL 60\n@ SOA a. b. 1 2 3 4 5\n@ MX 10 mail\nwww A 192.0.2.2\n"),
			scalewaytest.Options{},
			"200",
			[]string{" 60 MX 10 10 mail.example.com.", "www 60 A 0 192.0.2.2"},
		},
		{"syntax", source("www 60 A x\n"), scalewaytest.Options{}, "400 invalid_arguments", []string{old}},
		{"CNAME and other data", source("www 60 A 192.0.2.1\nwww 60 CNAME a\n"), scalewaytest.Options{}, "400 invalid_arguments", []string{old}},
		{"type that is not had", source("www 60 TYPE65280 \\# 0\n"), scalewaytest.Options{}, "400 invalid_arguments", []string{old}},
		{"quota", source("$TTL 60\na A 192.0.2.1\nb A 192.0.2.1\n"), scalewaytest.Options{MaxRecords: 3}, "403 quotas_exceeded", []string{old}},
		{"no source", `{}`, scalewaytest.Options{}, "400 invalid_arguments", []string{old}},
		{"two sources", `{"bind_source":{"content":""},"axfr_source":{"name_server":"ns.example"}}`, scalewaytest.Options{}, "400 invalid_arguments", []string{old}},
		{"transfer", `{"axfr_source":{"name_server":"ns.example","tsig_key":{"name":"a","key":"b","algorithm":"c"}}}`, scalewaytest.Options{}, "400 invalid_arguments", []string{old}},
		{"another project", `{"project_id":"00000000-0000-4000-8000-000000000000","bind_source":{"content":""}}`, scalewaytest.Options{}, "403 subdomain not found", []string{old}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := withZone(t, tt.options, a("old", "192.0.2.1"))
			if got := send(t, s, request{method: "POST", path: path + "/example.com/raw", body: tt.body}); got.kind() != tt.status {
				t.Errorf("got %s, want %s", got.body, tt.status)
			}
			if d := cmp.Diff(tt.want, lines(s)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			ns := 0
			for _, r := range s.Records("example.com") {
				if r.Type == "NS" {
					ns++
				}
			}
			if ns != 2 {
				t.Errorf("%d NS records at the apex", ns)
			}
		})
	}
	s := withZone(t, scalewaytest.Options{})
	send(t, s, request{method: "POST", path: path + "/example.com/raw", body: source("@ 60 NS ns.example.net.\n")})
	if got := s.Records("example.com"); len(got) != 1 || got[0].Data != "ns.example.net." {
		t.Errorf("NS records of the file: %+v", got)
	}
}
