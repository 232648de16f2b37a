package powerdns_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkFetch reads a zone of 100,000 records, without the time that a server takes.
func BenchmarkFetch(b *testing.B) {
	const records = 100_000
	contents := []struct{ typ, content string }{
		{"A", "192.0.2.1"}, {"AAAA", "2001:db8::1"}, {"CNAME", "target.example."}, {"MX", "10 mail.example."}, {"TXT", `\"v=spf1 include:_spf.example -all\"`},
	}
	var sets []string
	for i := range records {
		c := contents[i%len(contents)]
		sets = append(sets, fmt.Sprintf(`{"comments": [], "name": "host-%d.example.com.", "records": [{"content": "%s", "disabled": false}], "ttl": 300, "type": %q}`, i, c.content, c.typ))
	}
	text := zoneJSON(strings.Join(sets, ", "))
	server := httptest.NewServer(answerJSON(text))
	b.Cleanup(server.Close)
	p := openURL(b, server.URL)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s, err := p.Fetch(b.Context(), origin)
		if err != nil || s.Zone.Records() != records+1 {
			b.Fatal(err)
		}
	}
}
