package scaleway

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

var testOrigin = zonefile.MustParseName("example.com.")

// read reads records, which are JSON, as those of example.com.
func read(t *testing.T, text string) (content, error) {
	t.Helper()
	var records []record
	if err := json.Unmarshal([]byte("["+text+"]"), &records); err != nil {
		t.Fatal(err)
	}
	return newContent(testOrigin, records)
}

// zoneLines returns a zone as text, nil for none.
func zoneLines(z *zonefile.Zone) []string {
	var all []string
	if z != nil {
		for set := range z.All() {
			all = append(all, strings.Split(set.String(), "\n")...)
		}
	}
	return all
}

func TestReadRecords(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	for _, tt := range []struct {
		name    string
		records string
		want    []string
	}{
		{
			"MX with its priority in the data",
			`{"name":"","type":"MX","ttl":300,"data":"1 mx.example.net.","priority":1}`,
			[]string{"example.com. 300 IN MX 1 mx.example.net."},
		},
		{
			"MX without its priority in the data",
			`{"name":"","type":"MX","ttl":300,"data":"mx.example.net.","priority":7}`,
			[]string{"example.com. 300 IN MX 7 mx.example.net."},
		},
		{"null MX", `{"name":"","type":"MX","ttl":300,"data":"0 .","priority":0}`, []string{"example.com. 300 IN MX 0 ."}},
		{
			"SRV, whose priority is said twice",
			`{"name":"_sip._tcp","type":"SRV","ttl":300,"data":"100 1 5060 sip.example.net.","priority":100}`,
			[]string{"_sip._tcp.example.com. 300 IN SRV 100 1 5060 sip.example.net."},
		},
		{"priority of an A", `{"name":"www","type":"A","ttl":300,"data":"192.0.2.1","priority":12}`, []string{"www.example.com. 300 IN A 192.0.2.1"}},
		{"name of the apex", `{"name":"@","type":"A","ttl":300,"data":"192.0.2.1"}`, []string{"example.com. 300 IN A 192.0.2.1"}},
		{"letter case", `{"name":"WWW","type":"CNAME","ttl":300,"data":"Other.Example.NET."}`, []string{"www.example.com. 300 IN CNAME other.example.net."}},
		{"null for a configuration", `{"name":"www","type":"A","ttl":300,"data":"192.0.2.1","geo_ip_config":null}`, []string{"www.example.com. 300 IN A 192.0.2.1"}},
		{
			"several TTLs",
			`{"name":"www","type":"A","ttl":600,"data":"192.0.2.1"},{"name":"www","type":"A","ttl":300,"data":"192.0.2.2"}`,
			[]string{"www.example.com. 300 IN A 192.0.2.1", "www.example.com. 300 IN A 192.0.2.2"},
		},
		{
			"TTL of more than 31 bits", `{"name":"www","type":"A","ttl":4294967295,"data":"192.0.2.1"}`, []string{"www.example.com. 2147483647 IN A 192.0.2.1"},
		},
		{"TXT in quotes", `{"name":"","type":"TXT","ttl":300,"data":"\"v=DMARC1; p=none\""}`, []string{`example.com. 300 IN TXT "v=DMARC1; p=none"`}},
		{"TXT without quotes", `{"name":"","type":"TXT","ttl":300,"data":"v=DMARC1; p=none"}`, []string{`example.com. 300 IN TXT "v=DMARC1; p=none"`}},
		{"TXT without quotes, with those within", `{"name":"","type":"TXT","ttl":300,"data":"a \"b\" \\c"}`, []string{`example.com. 300 IN TXT "a \"b\" \\c"`}},
		{"TXT with escapes", `{"name":"","type":"TXT","ttl":300,"data":"\"a\\\"b\\\\c\\195\\188\""}`, []string{`example.com. 300 IN TXT "a\"b\\c\195\188"`}},
		{"TXT of UTF-8", `{"name":"","type":"TXT","ttl":300,"data":"\"ü\""}`, []string{`example.com. 300 IN TXT "\195\188"`}},
		{"TXT of several strings", `{"name":"","type":"TXT","ttl":300,"data":"\"a=1\" \"b=2\""}`, []string{`example.com. 300 IN TXT "a=1" "b=2"`}},
		{
			"TXT of several strings that are one", `{"name":"","type":"TXT","ttl":300,"data":"\"v=spf1 ip4:192.0.2.0/24\" \" -all\""}`,
			[]string{`example.com. 300 IN TXT "v=spf1 ip4:192.0.2.0/24 -all"`},
		},
		{
			"TXT of one string that is too long", `{"name":"","type":"TXT","ttl":300,"data":"\"` + long + `\""}`,
			[]string{`example.com. 300 IN TXT "` + long[:255] + `" "` + long[255:] + `"`},
		},
		{"empty TXT", `{"name":"","type":"TXT","ttl":300,"data":"\"\""}`, []string{`example.com. 300 IN TXT ""`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := read(t, tt.records)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, zoneLines(c.zone)); d != "" {
				t.Error(d)
			}
			if c.foreign != nil {
				t.Errorf("foreign is %q", zoneLines(c.foreign))
			}
		})
	}
}

func TestReadForeign(t *testing.T) {
	for name, config := range map[string]string{
		"geo":     `"geo_ip_config":{"default":"192.0.2.9","matches":[]}`,
		"service": `"http_service_config":{"ips":["192.0.2.9"],"url":"http://www.example.com","strategy":"random"}`,
		"weight":  `"weighted_config":{"weighted_ips":[{"ip":"192.0.2.9","weight":1}]}`,
		"view":    `"view_config":{"views":[{"subnet":"192.0.2.0/24","data":"192.0.2.9"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			// The whole RRset is foreign, and another type at the name is not.
			c, err := read(t, `{"name":"www","type":"A","ttl":300,"data":"192.0.2.1",`+config+`},
				{"name":"www","type":"A","ttl":300,"data":"192.0.2.2"},
				{"name":"www","type":"TXT","ttl":300,"data":"\"a\""}`)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]string{`www.example.com. 300 IN TXT "a"`}, zoneLines(c.zone)); d != "" {
				t.Error(d)
			}
			want := []string{"www.example.com. 300 IN A 192.0.2.1", "www.example.com. 300 IN A 192.0.2.2"}
			if d := cmp.Diff(want, zoneLines(c.foreign)); d != "" {
				t.Error(d)
			}
		})
	}
	t.Run("type that cannot be written", func(t *testing.T) {
		c, err := read(t, `{"name":"a","type":"OPENPGPKEY","ttl":300,"data":"mQENBFVHm5sBCAC2"}`)
		if err != nil {
			t.Fatal(err)
		}
		if c.zone.Len() != 0 || c.foreign == nil || c.foreign.Len() != 1 {
			t.Errorf("zone %q, foreign %q", zoneLines(c.zone), zoneLines(c.foreign))
		}
	})
}

func TestReadRefuses(t *testing.T) {
	for _, tt := range []struct{ name, record, want string }{
		{"relative target", `{"name":"www","type":"CNAME","ttl":300,"data":"other"}`, `the record "www" CNAME "other"`},
		{"bad data", `{"name":"www","type":"A","ttl":300,"data":"192.0.2"}`, `the record "www" A "192.0.2"`},
		{"SRV of three fields", `{"name":"a","type":"SRV","ttl":300,"data":"1 5060 sip.example.net.","priority":10}`, `the record "a" SRV`},
		{"unknown type", `{"name":"www","type":"unknown","ttl":300,"data":"x"}`, `"unknown"`},
		{"name outside", `{"name":"www.example.net.","type":"A","ttl":300,"data":"192.0.2.1"}`, "www.example.net."},
		{"bad name", `{"name":"a..b","type":"A","ttl":300,"data":"192.0.2.1"}`, `"a..b"`},
		{"not UTF-8", "{\"name\":\"a\",\"type\":\"TXT\",\"ttl\":300,\"data\":\"\\\"\xff\\\"\"}", "not UTF-8"},
		{"quotes that do not end", `{"name":"a","type":"TXT","ttl":300,"data":"\"a"}`, "do not end"},
		{"a backslash at the end", `{"name":"a","type":"TXT","ttl":300,"data":"\"a\\"}`, "do not end"},
		{"text behind quotes", `{"name":"a","type":"TXT","ttl":300,"data":"\"a\" b"}`, "behind a string in quotes"},
		{
			"one of several strings too long", `{"name":"a","type":"TXT","ttl":300,"data":"\"a\" \"` + strings.Repeat("x", 256) + `\""}`,
			"more than 255 octets",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := read(t, tt.record); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// A record that lacks something would be another one: of the apex, or with no TTL.
func TestRecordsThatLackSomething(t *testing.T) {
	for _, text := range []string{
		`{"type":"A","ttl":300,"data":"192.0.2.1"}`,
		`{"name":null,"type":"A","ttl":300,"data":"192.0.2.1"}`,
		`{"name":"www","ttl":300,"data":"192.0.2.1"}`,
		`{"name":"www","type":"TXT","ttl":300}`,
		`{"name":"www","type":"A","data":"192.0.2.1"}`,
		`null`,
	} {
		var r record
		err := json.Unmarshal([]byte(text), &r)
		if text == "null" { // encoding/json does not ask for a null that is all there is
			var list []record
			err = json.Unmarshal([]byte("[null]"), &list)
		}
		if err == nil || !strings.Contains(err.Error(), "a record without") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestNormalize(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	for _, tt := range []struct {
		name, head string
		texts      []string
		want       []string
	}{
		{"TTL too low", "www.example.com. 0 A", []string{"192.0.2.1"}, []string{"www.example.com. 60 IN A 192.0.2.1"}},
		{"TTL too high", "www.example.com. 2147483647 A", []string{"192.0.2.1"}, []string{"www.example.com. 2592000 IN A 192.0.2.1"}},
		{"null MX", "example.com. 300 MX", []string{"0 ."}, []string{"example.com. 300 IN MX 0 ."}},
		{"SRV of no service", "_sip._tcp.example.com. 300 SRV", []string{"0 0 0 ."}, []string{"_sip._tcp.example.com. 300 IN SRV 0 0 0 ."}},
		{"NAPTR", "example.com. 300 NAPTR", []string{`100 10 "s" "SIP+D2U" "" _sip._udp.example.net.`}, []string{`example.com. 300 IN NAPTR 100 10 "s" "SIP+D2U" "" _sip._udp.example.net.`}},
		{"HTTPS of its own name", "example.com. 300 HTTPS", []string{"1 . alpn=h2"}, []string{`example.com. 300 IN HTTPS 1 . alpn="h2"`}},
		{"RP without anything", "example.com. 300 RP", []string{". ."}, []string{"example.com. 300 IN RP . ."}},
		{"wildcard", "*.example.com. 300 A", []string{"192.0.2.1"}, []string{"*.example.com. 300 IN A 192.0.2.1"}},
		{"SPF in several strings", "example.com. 300 TXT", []string{`"v=spf1 " "-all"`}, []string{`example.com. 300 IN TXT "v=spf1 -all"`}},
		{"DKIM in several strings", "s._domainkey.example.com. 300 TXT", []string{`"k=rsa; " "p=MIGf"`}, []string{`s._domainkey.example.com. 300 IN TXT "k=rsa; p=MIGf"`}},
		{
			"long text", "example.com. 300 TXT",
			[]string{`"` + long[:255] + `" "` + long[255:] + `"`},
			[]string{`example.com. 300 IN TXT "` + long[:255] + `" "` + long[255:] + `"`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := normalize(zonefile.MustParseRRset(tt.head, tt.texts...))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, strings.Split(set.String(), "\n")); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestNormalizeRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, head string
		texts      []string
		want       string
	}{
		{"type", "www.example.com. 300 OPENPGPKEY", []string{"mQENBFVHm5sBCAC2"}, "no records of this type at Scaleway"},
		{"SOA", "example.com. 300 SOA", []string{"ns. hostmaster. 1 2 3 4 5"}, "no records of this type at Scaleway"},
		{"owner with an escape", `a\.b.example.com. 300 A`, []string{"192.0.2.1"}, "in an owner name"},
		{"owner with a slash", "0/25.example.com. 300 A", []string{"192.0.2.1"}, "in an owner name"},
		{"owner with an asterisk within", "a.*.example.com. 300 A", []string{"192.0.2.1"}, "in an owner name"},
		{"two CNAMEs", "www.example.com. 300 CNAME", []string{"a.example.", "b.example."}, "more than one"},
		{"two ALIAS", "example.com. 300 ALIAS", []string{"a.example.", "b.example."}, "more than one"},
		{"target with an escape", "www.example.com. 300 CNAME", []string{`a\032b.example.`}, "in the target"},
		{"target of one label", "example.com. 300 MX", []string{"10 localhost."}, `"localhost." has a single label`},
		{"NAPTR with a backslash", "example.com. 300 NAPTR", []string{`100 10 "u" "sip" "!^.*$!sip:\\1@example.com!" .`}, "quotes, backslashes"},
		{"NAPTR to one label", "example.com. 300 NAPTR", []string{`100 10 "s" "sip" "" localhost.`}, `"localhost." has a single label`},
		{"HTTPS to one label", "example.com. 300 HTTPS", []string{"1 localhost. alpn=h2"}, `"localhost." has a single label`},
		{"SVCB to an odd name", "example.com. 300 SVCB", []string{"1 a/b.example. alpn=h2"}, "in the target"},
		{"SVCB with an escape", "example.com. 300 SVCB", []string{`1 a.example. key65000="\200"`}, "not printable ASCII"},
		{"RP with a dot in a mailbox", "example.com. 300 RP", []string{`a\.b.example. .`}, "in the target"},
		{"RP with an odd mailbox", "example.com. 300 RP", []string{`a/b.example. .`}, "in the target"},
		{"RP to one label", "example.com. 300 RP", []string{`. localhost.`}, `"localhost." has a single label`},
		{"CAA with quotes", "example.com. 300 CAA", []string{`0 issue "a\"b"`}, "quotes, backslashes"},
		{"HINFO of no ASCII", "example.com. 300 HINFO", []string{`"a" "\200"`}, "not printable ASCII"},
		{"URI with quotes", "example.com. 300 URI", []string{`10 1 "ftp://x.example/\""`}, "quotes, backslashes"},
		{"several strings", "example.com. 300 TXT", []string{`"a=1" "b=2"`}, "several strings"},
		{"quotes", "example.com. 300 TXT", []string{`"say \"hello\""`}, `"\""`},
		{"backslash", "example.com. 300 TXT", []string{`"a\\b"`}, `"\\"`},
		{"UTF-8", "example.com. 300 TXT", []string{`"\195\188"`}, "printable ASCII"},
		{"control character", "example.com. 300 TXT", []string{`"a\009b"`}, "printable ASCII"},
		{"space at the end", "example.com. 300 TXT", []string{`"a "`}, "spaces at an end"},
		{"empty", "example.com. 300 TXT", []string{`""`}, "empty text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := normalize(zonefile.MustParseRRset(tt.head, tt.texts...))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, %v, want an error with %q", set, err, tt.want)
			}
		})
	}
}

// What is sent of each type.
func TestFormatRecords(t *testing.T) {
	for _, tt := range []struct {
		name, head, text string
		data             string
		priority         uint32
		hasPriority      bool
	}{
		{"A", "www.example.com. 300 A", "192.0.2.1", "192.0.2.1", 0, false},
		{"MX", "example.com. 300 MX", "10 mail.example.net.", "mail.example.net.", 10, true},
		{"null MX", "example.com. 300 MX", "0 .", ".", 0, true},
		{"MX of a high preference", "example.com. 300 MX", "65535 mail.example.net.", "mail.example.net.", 65535, true},
		{"SRV", "_sip._tcp.example.com. 300 SRV", "10 60 5060 sip.example.net.", "10 60 5060 sip.example.net.", 0, false},
		{"TXT", "example.com. 300 TXT", `"v=DMARC1; p=none"`, "v=DMARC1; p=none", 0, false},
		{"TXT of two strings", "example.com. 300 TXT", `"v=a" "b"`, "v=ab", 0, false},
		{"CAA", "example.com. 300 CAA", `0 issue "ca.example.net; policy=ev"`, `0 issue "ca.example.net; policy=ev"`, 0, false},
		{"ALIAS", "example.com. 300 ALIAS", "www.example.net.", "www.example.net.", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set := zonefile.MustParseRRset(tt.head, tt.text)
			if set.Key.Type == zonefile.TypeTXT {
				var err error
				if set, err = normalize(set); err != nil {
					t.Fatal(err)
				}
			}
			want := record{Name: relative(set.Key.Name, testOrigin), Type: set.Key.Type.String(), Data: tt.data, TTL: 300}
			if tt.hasPriority {
				want.Priority = &tt.priority
			}
			if d := cmp.Diff([]record{want}, formatRecords(testOrigin, set, nil)); d != "" {
				t.Error(d)
			}
		})
	}
}
