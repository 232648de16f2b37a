package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// from returns the request as one of another sender.
func from(address string, r *http.Request) *http.Request {
	r.RemoteAddr = address
	return r
}

// TestHookLimits has strangers wait, and not those who have proven to know a secret.
func TestHookLimits(t *testing.T) {
	h := newHookTest(t, nil)
	bad := func(address string) *http.Request {
		return from(address, set(githubPush("1"), "X-Hub-Signature-256", "sha256="+strings.Repeat("0", 64)))
	}
	count := func(n int, request func() *http.Request) map[HookResult]int {
		counts := map[HookResult]int{}
		for range n {
			w, result := h.send(request())
			counts[result]++
			if limited := w.Code == http.StatusTooManyRequests; limited != (w.Header().Get("Retry-After") != "") || limited != (result == HookRateLimited) {
				t.Fatalf("%d, %s, header %v", w.Code, result, w.Header())
			}
		}
		return counts
	}
	forgeAddress := "192.0.2.10:1000"
	if _, result := h.send(from(forgeAddress, githubPush("1"))); result != HookAccepted {
		t.Fatal(result)
	}
	// One stranger has a burst of 20, and 2 a second.
	if counts := count(100, func() *http.Request { return bad("198.51.100.1:1000") }); counts[HookUnauthorized] != 20 || counts[HookRateLimited] != 80 {
		t.Errorf("one stranger: %v", counts)
	}
	h.now = h.now.Add(time.Second)
	if counts := count(10, func() *http.Request { return bad("198.51.100.1:2000") }); counts[HookUnauthorized] != 2 {
		t.Errorf("the same one, a second later and at another port: %v", counts)
	}
	// Many strangers share a burst of 50, and 10 a second.
	i := 0
	many := func() *http.Request {
		i++
		return bad(fmt.Sprintf("[2001:db8:%x::1]:1000", i))
	}
	if counts := count(1000, many); counts[HookUnauthorized] > 50 {
		t.Errorf("many strangers: %v", counts)
	}
	// None of them keeps a forge out.
	ids := 1
	known := func() *http.Request {
		ids++
		return from(forgeAddress, set(gitlabPush(), "Idempotency-Key", fmt.Sprint(ids)))
	}
	if counts := count(150, known); counts[HookAccepted] != 100 || counts[HookRateLimited] != 50 {
		t.Errorf("the forge: %v", counts)
	}
	// After an hour without a valid webhook it is a stranger like others.
	h.now = h.now.Add(time.Hour)
	if counts := count(100, func() *http.Request { return bad(forgeAddress) }); counts[HookUnauthorized] != 20 {
		t.Errorf("the forge's address, an hour later: %v", counts)
	}
}

// TestHookSendersAreBounded keeps no more senders than there is room for.
func TestHookSendersAreBounded(t *testing.T) {
	gate, now := newHookGate(DefaultHookLimits()), time.Now()
	for i := range 3 * maxStrangers {
		sender := netip.PrefixFrom(netip.AddrFrom4([4]byte{198, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
		gate.allow(sender, now)
		if i%2 == 0 {
			gate.prove(sender, now)
		}
	}
	if known, strangers := gate.senders.Len(), gate.strangers.Len(); known != maxKnownSenders || strangers != maxStrangers {
		t.Errorf("%d known senders and %d strangers are kept", known, strangers)
	}
}

// TestHookPlaces lets in only as many at once as bodies fit into memory, and keeps places for those who are known.
func TestHookPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := newHookGate(DefaultHookLimits())
		var leave func()
		for i := range strangersAtOnce {
			if leave = gate.enter(t.Context(), false); leave == nil {
				t.Fatalf("no place for the stranger %d", i)
			}
		}
		start := time.Now()
		if gate.enter(t.Context(), false) != nil {
			t.Error("there is a place for one stranger more")
		}
		if waited := time.Since(start); waited != hookEntryPatience {
			t.Errorf("it waited %s", waited)
		}
		if gate.enter(t.Context(), true) == nil {
			t.Error("strangers have the places of those who are known")
		}
		time.AfterFunc(time.Second, leave)
		if gate.enter(t.Context(), false) == nil {
			t.Error("a place that is free again is not taken")
		}
	})
}

// TestHookSender believes a proxy, and nobody else.
func TestHookSender(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8:1::/48")}
	for _, test := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"direct", "198.51.100.1:1000", nil, "198.51.100.1/32"},
		{"IPv6", "[2001:db8::1]:1000", nil, "2001:db8::/64"},
		{"IPv4 in IPv6", "[::ffff:198.51.100.1]:1000", nil, "198.51.100.1/32"},
		{"a link", "[fe80::1%eth0]:1000", nil, "fe80::/64"},
		{"a Unix socket", "@", nil, "invalid Prefix"},
		{"no proxy, and a lie", "198.51.100.1:1000", []string{"203.0.113.1"}, "198.51.100.1/32"},
		{"a proxy", "192.0.2.1:1000", []string{"203.0.113.1"}, "203.0.113.1/32"},
		{"a proxy that says nothing", "192.0.2.1:1000", nil, "192.0.2.1/32"},
		{"two proxies", "192.0.2.1:1000", []string{"203.0.113.1, 2001:db8:1::5"}, "203.0.113.1/32"},
		{"in two headers", "192.0.2.1:1000", []string{"203.0.113.1", "192.0.2.7"}, "203.0.113.1/32"},
		{"a lie in front of the proxy's word", "192.0.2.1:1000", []string{"10.0.0.1, 203.0.113.1"}, "203.0.113.1/32"},
		{"a proxy's address as a lie", "192.0.2.1:1000", []string{"192.0.2.9, 203.0.113.1"}, "203.0.113.1/32"},
		{"nonsense", "192.0.2.1:1000", []string{"unknown"}, "192.0.2.1/32"},
		{"nonsense in front", "192.0.2.1:1000", []string{"unknown, 203.0.113.1"}, "203.0.113.1/32"},
		{"all proxies", "192.0.2.1:1000", []string{"192.0.2.3,192.0.2.2"}, "192.0.2.3/32"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.RemoteAddr = test.remote
		for _, value := range test.forwarded {
			r.Header.Add("X-Forwarded-For", value)
		}
		if got := hookSender(r, proxies).String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
