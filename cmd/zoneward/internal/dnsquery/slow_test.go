package dnsquery

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/reconcile"
)

// TestSlowServer has a server that answers each question in time, and all of them too late.
func TestSlowServer(t *testing.T) {
	good := zoneAnswers(t, "example.com.", exampleSOA)
	f := serve(t, func(query *dns.Msg, network string) []byte {
		time.Sleep(10 * time.Millisecond) // one after the other: two seconds for two questions each, over UDP and over TCP
		return good(query, network)
	})
	expect := reconcile.Expectation{Serial: 7, Within: 100 * time.Millisecond}
	for i := range DefaultRRsets {
		expect.Changes = append(expect.Changes, wants(fmt.Sprintf("n%d.example.com. 300 A", i), "192.0.2.1"))
	}
	const timeout = 240 * time.Millisecond // eight questions are under way at a time
	result := verify(t, expect, Options{Servers: []Server{f.server}, Timeout: timeout})
	a := result.Servers[0]
	if want := fmt.Sprintf("of %d RRsets within 1", DefaultRRsets); a.Err == nil || !strings.Contains(a.Err.Error(), "too slow") || !strings.Contains(a.Err.Error(), want) {
		t.Errorf("got %v, want that it is too slow: %s…", a.Err, want)
	}
	if most := expect.Within + patience*timeout; result.Took < most {
		t.Errorf("took %s, want %s", result.Took, most)
	}
	if len(a.Wrong) == 0 {
		t.Error("what it has answered does not count")
	}
}

// TestPatience has more RRsets than are asked for where nobody says otherwise.
func TestPatience(t *testing.T) {
	for n, want := range map[int]time.Duration{0: 8 * time.Second, 1: 8 * time.Second, DefaultRRsets: 8 * time.Second, DefaultRRsets + 1: 16 * time.Second, 1000: 160 * time.Second} {
		if got := longest(n, defaultTimeout); got != want {
			t.Errorf("%d questions may take %s, want %s", n, got, want)
		}
	}
}
