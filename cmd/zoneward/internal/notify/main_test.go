package notify

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
)

// TestMain has services of shoutrrr, which take no client, end at the tests' servers: nothing that is sent here leaves this host.
func TestMain(m *testing.M) {
	http.DefaultTransport = toTests
	os.Exit(m.Run())
}

// toTests sends what goes to public hosts to where a test listens.
var toTests = &loopback{to: http.DefaultTransport.(*http.Transport).Clone()}

type loopback struct {
	mu    sync.Mutex
	hosts string // address of the server of all hosts
	to    http.RoundTripper
}

// serve has all hosts be at an address until the test ends.
func (l *loopback) serve(t *testing.T, address string) {
	set := func(address string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.hosts = address
	}
	set(address)
	t.Cleanup(func() { set("") })
}

// RoundTrip sends a request to the server of the test.
func (l *loopback) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	address := l.hosts
	l.mu.Unlock()
	if ip := net.ParseIP(r.URL.Hostname()); ip != nil && ip.IsLoopback() {
		return l.to.RoundTrip(r)
	}
	if address == "" {
		return nil, fmt.Errorf("a test asks %s", r.URL.Hostname())
	}
	to := r.Clone(r.Context())
	to.Host, to.URL.Scheme, to.URL.Host = r.URL.Host, "http", address
	return l.to.RoundTrip(to)
}
