package dnsquery

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"
)

// fake is a name server that answers what a function says, over UDP and TCP on one port.
type fake struct {
	addr   netip.AddrPort
	server Server
	asked  atomic.Int64 // questions that came
}

// answerer returns the octets of an answer to a question that came over UDP or TCP. Without octets nothing is sent; nil also closes a connection.
type answerer func(query *dns.Msg, network string) []byte

// serve starts a fake. It ends with the test.
func serve(t testing.TB, answer answerer) *fake {
	t.Helper()
	return serveAt(t, "127.0.0.1", answer)
}

// serveAt starts a fake at an address.
func serveAt(t testing.TB, host string, answer answerer) *fake {
	t.Helper()
	tcp, udp := listen(t, host)
	addr := tcp.Addr().(*net.TCPAddr).AddrPort()
	f := &fake{addr: addr, server: Server{addr: addr.Addr(), port: addr.Port()}}
	var one sync.Mutex // held while an answer is made
	reply := func(octets []byte, network string) []byte {
		query := new(dns.Msg)
		if err := query.Unpack(octets); err != nil {
			t.Errorf("the fake was sent: %v", err)
			return nil
		}
		f.asked.Add(1)
		one.Lock()
		defer one.Unlock()
		return answer(query, network)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	t.Cleanup(func() {
		tcp.Close()
		udp.Close()
		mu.Lock()
		for conn := range open {
			conn.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	wg.Go(func() {
		buf := make([]byte, dns.MaxMsgSize)
		for {
			n, from, err := udp.ReadFrom(buf)
			if err != nil {
				return
			}
			if octets := reply(buf[:n], overUDP); len(octets) > 0 {
				_, _ = udp.WriteTo(octets, from)
			}
		}
	})
	wg.Go(func() {
		for {
			conn, err := tcp.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[conn] = true
			mu.Unlock()
			wg.Go(func() {
				defer conn.Close()
				c := dns.Conn{Conn: conn}
				for {
					octets, err := c.ReadMsgHeader(nil)
					if err != nil {
						return
					}
					octets = reply(octets, overTCP)
					if octets == nil {
						return
					}
					if len(octets) == 0 {
						continue
					}
					if _, err := c.Write(octets); err != nil {
						return
					}
				}
			})
		}
	})
	return f
}

// listen returns sockets for TCP and UDP with the same port of an address.
func listen(t testing.TB, host string) (net.Listener, net.PacketConn) {
	t.Helper()
	var errs []error
	for range 20 {
		tcp, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Fatal(err)
		}
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		if err == nil {
			return tcp, udp
		}
		tcp.Close()
		errs = append(errs, err)
	}
	t.Fatal(errors.Join(errs...))
	return nil, nil
}

// zoneAnswers answers from records, which are given as in a master file, as the authoritative server of a zone does in the simplest case.
func zoneAnswers(t testing.TB, origin string, lines ...string) answerer {
	t.Helper()
	var records []dns.RR
	for _, line := range lines {
		records = append(records, rr(t, line))
	}
	return func(query *dns.Msg, _ string) []byte {
		return pack(t, fromRecords(query, origin, records))
	}
}

// fromRecords makes an authoritative answer.
func fromRecords(query *dns.Msg, origin string, records []dns.RR) *dns.Msg {
	m := new(dns.Msg).SetReply(query)
	m.Authoritative, m.Compress = true, true
	q := query.Question[0]
	exists := false
	for _, r := range records {
		if dns.CanonicalName(q.Name) != dns.CanonicalName(r.Header().Name) {
			continue
		}
		exists = true
		if r.Header().Rrtype == q.Qtype || r.Header().Rrtype == dns.TypeCNAME {
			m.Answer = append(m.Answer, r)
		}
	}
	if len(m.Answer) == 0 {
		for _, r := range records {
			if r.Header().Rrtype == dns.TypeSOA && r.Header().Name == origin {
				m.Ns = append(m.Ns, r)
			}
		}
	}
	if !exists {
		m.Rcode = dns.RcodeNameError
	}
	return m
}

func rr(t testing.TB, line string) dns.RR {
	t.Helper()
	r, err := dns.NewRR(line)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func pack(t testing.TB, m *dns.Msg) []byte {
	t.Helper()
	octets, err := m.Pack()
	if err != nil {
		t.Errorf("the fake packs: %v", err)
	}
	return octets
}
