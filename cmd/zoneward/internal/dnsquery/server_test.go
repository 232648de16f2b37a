package dnsquery

import "testing"

func TestParseServer(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"192.0.2.53", "192.0.2.53:53"},
		{"127.0.0.1:5301", "127.0.0.1:5301"},
		{"2001:db8::53", "[2001:db8::53]:53"},
		{"[2001:db8::53]", "[2001:db8::53]:53"},
		{"[::1]:5353", "[::1]:5353"},
		{"::ffff:192.0.2.53", "192.0.2.53:53"},
		{"[fe80::1%eth0]:53", "[fe80::1%eth0]:53"},
		{"ns1.example.net", "ns1.example.net:53"},
		{"NS1.Example.NET.", "ns1.example.net.:53"},
		{"ns1.example.net:5353", "ns1.example.net:5353"},
		{"pdns", "pdns:53"},
		{"dns_1.example.net", "dns_1.example.net:53"},
		{"bücher.example", "xn--bcher-kva.example:53"},
	} {
		t.Run(test.text, func(t *testing.T) {
			got, err := ParseServer(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if again, err := ParseServer(got.String()); err != nil || again != got {
				t.Errorf("what String returns is read as %s, %v", again, err)
			}
		})
	}
}

func TestParseServerErrors(t *testing.T) {
	for _, text := range []string{
		"", ".", ":53", "[]", "[]:53", "[192.0.2.1]:53x", "[ns1.example.net]", "[::1", "::1]", "[::1]53",
		"192.0.2.53:", "192.0.2.53:0", "192.0.2.53:65536", "192.0.2.53:-1", "192.0.2.53:domain", "192.0.2.300", "192.0.2", "1.2.3.4.5", "192.0.2.53.",
		"ns1..example.net", "-*.example.net", "*.example.net", "ns1 example.net", "ns1.example.net/53", "tls://192.0.2.53", "ns1.example.net:53:53",
		"0.0.0.0", "[::]:53", "224.0.0.251:5353", "\x1b[31m.example", `a\.b.example`,
	} {
		t.Run(text, func(t *testing.T) {
			if got, err := ParseServer(text); err == nil || got != (Server{}) {
				t.Errorf("it is read as %s", got)
			}
		})
	}
}
