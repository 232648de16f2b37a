package scalewaytest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

// How data is read back, and which is refused.
func TestContent(t *testing.T) {
	const refused = ""
	long := strings.Repeat("x", 255)
	for _, tt := range []struct {
		kind, data string
		priority   uint32
		want       string // "PRIORITY DATA"
	}{
		{"A", "192.0.2.1", 0, "0 192.0.2.1"},
		{"A", "192.0.2.1", 7, "7 192.0.2.1"}, // which means nothing, and is shown
		{"A", "192.0.2.256", 0, refused},
		{"A", "2001:db8::1", 0, refused},
		{"A", "www", 0, refused},
		{"A", "", 0, refused},
		{"AAAA", "2001:DB8:0:0::1", 0, "0 2001:db8::1"},
		{"AAAA", "192.0.2.1", 0, refused},
		{"AAAA", "fe80::1%eth0", 0, refused},
		{"CNAME", "www.example.net.", 0, "0 www.example.net."},
		{"CNAME", "www.example.net", 0, "0 www.example.net."},
		{"CNAME", "www", 0, "0 www.example.com."},
		{"CNAME", "", 0, refused},
		{"CNAME", "a b", 0, refused},
		{"NS", "ns", 0, "0 ns.example.com."},
		{"PTR", "host.example.net", 0, "0 host.example.net."},
		{"DNAME", "example.net", 0, "0 example.net."},
		{"ALIAS", "www", 0, "0 www.example.com."},
		{"MX", "mail.example.net", 10, "10 10 mail.example.net."},
		{"MX", "mail", 0, "0 0 mail.example.com."},
		{"MX", ".", 0, "0 0 ."},
		{"MX", "20 mail.example.net.", 0, "20 20 mail.example.net."},
		{"MX", "mail", 65536, refused},
		{"MX", "", 10, refused},
		{"MX", "1 2 mail", 10, refused},
		{"SRV", "100 1 3128 bigbox.example.net.", 0, "100 100 1 3128 bigbox.example.net."},
		{"SRV", "1 3128 bigbox", 5, "5 5 1 3128 bigbox.example.com."},
		{"SRV", "0 0 0 .", 0, "0 0 0 0 ."},
		{"SRV", "bigbox", 5, refused},
		{"TXT", "v=DMARC1; p=none", 0, `0 "v=DMARC1; p=none"`},
		{"TXT", `"v=DMARC1; p=none"`, 0, `0 "v=DMARC1; p=none"`},
		{"TXT", `"a"  "b"`, 0, `0 "a" "b"`},
		{"TXT", `say "hi" \o`, 0, `0 "say \"hi\" \\o"`},
		{"TXT", "", 0, `0 ""`},
		{"TXT", long + "y", 0, `0 "` + long + `" "y"`},
		{"TXT", `"open`, 0, refused},
		{"CAA", `0 issue "ca.example.net"`, 0, `0 0 issue "ca.example.net"`},
		{"CAA", "issue", 0, refused},
		{"SSHFP", "1 1 0123456789abcdef0123456789abcdef01234567", 0, "0 1 1 0123456789abcdef0123456789abcdef01234567"},
		{"TLSA", "3 1 1 zz", 0, refused},
		{"HTTPS", "1 . alpn=h2", 0, "0 1 . alpn=h2"},
		{"SOA", "a. b. 1 2 3 4 5", 0, refused},
		{"SPF", "v=spf1 -all", 0, refused},
		{"a", "192.0.2.1", 0, refused},
		{"unknown", "x", 0, refused},
	} {
		t.Run(tt.kind+" "+tt.data, func(t *testing.T) {
			s := withZone(t, scalewaytest.Options{})
			text, err := json.Marshal(tt.data)
			if err != nil {
				t.Fatal(err)
			}
			got := send(t, s, request{method: "PATCH", path: path + "/example.com/records", body: changesJSON(
				fmt.Sprintf(`{"add":{"records":[{"name":"x","type":%q,"data":%s,"ttl":60,"priority":%d}]}}`, tt.kind, text, tt.priority))})
			if tt.want == refused {
				if got.kind() != "400 invalid_arguments" || !strings.Contains(got.body, `"details":[{"argument_name":"`) || len(lines(s)) != 0 {
					t.Errorf("taken: %s", got.body)
				}
				return
			}
			want := fmt.Sprintf("x 60 %s %s", tt.kind, tt.want)
			if all := lines(s); len(all) != 1 || all[0] != want {
				t.Errorf("got %q from %s, want %q", all, got.body, want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"": true, "www": true, "a.b": true, "*": true, "*.a": true, "_sip._tcp": true, "xn--bcher-kva": true, strings.Repeat("a", 63): true,
		"@": false, "www.": false, "a..b": false, ".a": false, "a.*": false, "bücher": false, "a b": false, strings.Repeat("a", 64): false, "0/25": false,
		strings.Repeat("a.", 127): false,
	} {
		s := withZone(t, scalewaytest.Options{})
		if got := patch(t, s, add(name, "A", "192.0.2.1")); (got == "200") != ok {
			t.Errorf("%q: %s", name, got)
		}
	}
	s := withZone(t, scalewaytest.Options{})
	patch(t, s, add("WWW", "A", "192.0.2.1"))
	if got := lines(s); len(got) != 1 || !strings.HasPrefix(got[0], "www ") {
		t.Errorf("upper case: %q", got)
	}
}

func TestTTLAndConfigurations(t *testing.T) {
	for _, tt := range []struct{ record, want string }{
		{`{"name":"x","type":"A","data":"192.0.2.1","ttl":2147483647}`, "200"},
		{`{"name":"x","type":"A","data":"192.0.2.1","ttl":2147483648}`, "400 invalid_arguments"},
		{`{"name":"x","type":"A","data":"192.0.2.1","ttl":-1}`, "400 invalid_arguments"},
		{`{"name":"x","type":"A","data":"192.0.2.1","ttl":60,"view_config":{"views":[]}}`, "200"},
		{`{"name":"x","type":"A","data":"192.0.2.1","ttl":60,"view_config":{"views":[]},"weighted_config":{"weighted_ips":[]}}`, "400 invalid_arguments"},
		{`{"name":"x","type":"A","data":"192.0.2.1","ttl":60,"view_config":{"view":[]}}`, "400 invalid_arguments"},
	} {
		s := withZone(t, scalewaytest.Options{})
		if got := patch(t, s, `{"add":{"records":[`+tt.record+`]}}`); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.record, got, tt.want)
		}
	}
}
