package preview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func TestParseAddress(t *testing.T) {
	for text, ok := range map[string]bool{
		"127.0.0.1:5300": true, "127.1.2.3:0": true, "[::1]:53": true,
		"": false, "127.0.0.1": false, ":5300": false, "localhost:53": false, "0.0.0.0:53": false, "[::]:53": false, "192.0.2.1:53": false,
		"[2001:db8::1]:53": false, "127.0.0.1:70000": false,
	} {
		if at, err := ParseAddress(text); (err == nil) != ok {
			t.Errorf("%s: %s, %v", text, at, err)
		}
	}
}

// TestListen has addresses that are taken.
func TestListen(t *testing.T) {
	addr := netip.MustParseAddrPort(serve(t, NewZones()))
	if s, err := Listen(t.Context(), addr); err == nil {
		s.Close()
		t.Error("the address is taken, and there is no error")
	}
	// TCP alone is taken.
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	if s, err := Listen(t.Context(), tcp.Addr().(*net.TCPAddr).AddrPort()); err == nil {
		s.Close()
		t.Error("TCP is taken, and there is no error")
	}
}

// TestPut has the zones replaced while somebody asks all the time: each answer is one of the old ones or of the new ones, and there is always one.
func TestPut(t *testing.T) {
	zonesWith := func(n int) *Zones {
		return zonesOf(t, map[string]string{"example.com": fmt.Sprintf("$TTL 300\n@ SOA a b %d 2 3 4 5\n@ NS a\na A 192.0.2.%d\n", n, n)})
	}
	s, err := Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	s.Put(zonesWith(1))
	ctx, cancel := context.WithCancel(t.Context())
	served, asked := make(chan struct{}), make(chan int)
	go func() {
		defer close(served)
		s.Serve(ctx)
	}()
	for _, network := range []string{"udp", "tcp"} {
		go func() {
			client := &dns.Client{Net: network, Timeout: 10 * time.Second}
			m := new(dns.Msg)
			m.SetQuestion("a.example.com.", dns.TypeA)
			last := 0
			for last < 100 {
				r, _, err := client.Exchange(m, s.Addr().String())
				if err != nil || len(r.Answer) != 1 {
					t.Errorf("%s: %v, %s", network, err, r)
					break
				}
				now := int(r.Answer[0].(*dns.A).A.To4()[3])
				if now < last {
					t.Errorf("%s: %d comes after %d", network, now, last)
					break
				}
				last = now
			}
			asked <- last
		}()
	}
	for n := range 100 {
		s.Put(zonesWith(1 + n))
	}
	for range 2 {
		if last := <-asked; last != 100 {
			t.Errorf("the last answer is %d", last)
		}
	}
	cancel()
	<-served
	if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
		t.Error("it answers after its end")
	}
}

// TestConnections has more connections than there are places. Those that say nothing keep others waiting, and not for ever: when one is over, the next has its turn. The
// end of the server ends them all.
func TestConnections(t *testing.T) {
	addr := serve(t, smallZones(t))
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	var silent []net.Conn
	for range mostConnections {
		silent = append(silent, dial())
	}
	conn := &dns.Conn{Conn: dial()}
	m := new(dns.Msg)
	m.SetQuestion("www.example.com.", dns.TypeA)
	if err := conn.WriteMsg(m); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if r, err := conn.ReadMsg(); err == nil {
		t.Fatalf("there was a place too many: %s", r)
	}
	silent[0].Close()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ReadMsg(); err != nil {
		t.Errorf("no answer when there is a place: %v", err)
	}
	// Several queries in one connection, also in one write.
	octets := packed(t, "www.example.com.", dns.TypeA, nil)
	framed := append([]byte{0, byte(len(octets))}, octets...)
	if _, err := conn.Conn.Write(append(framed, framed...)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if r, err := conn.ReadMsg(); err != nil || len(r.Answer) != 1 {
			t.Errorf("one of two answers: %v, %s", err, r)
		}
	}
}

// TestEndOfConnections has connections that end with the server.
func TestEndOfConnections(t *testing.T) {
	s, err := Listen(t.Context(), netip.MustParseAddrPort("[::1]:0"))
	if err != nil {
		t.Skipf("no IPv6: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan struct{})
	go func() {
		defer close(served)
		s.Serve(ctx)
	}()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	select {
	case <-served:
	case <-time.After(idleTime / 2):
		t.Fatal("it waits for a connection that says nothing")
	}
	if _, err := io.ReadAll(conn); err != nil && !isReset(err) {
		t.Errorf("the connection is not over: %v", err)
	}
}

// isReset reports whether an error says that the other side has gone.
func isReset(err error) bool {
	_, ok := errors.AsType[*net.OpError](err)
	return ok
}
