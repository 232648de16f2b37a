package rfc2136_test

import (
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/rfc2136"
)

// visit is one connection to a fake server, on which a request came.
type visit struct {
	t       *testing.T
	conn    net.Conn
	request *dns.Msg
	tsig    error  // what is wrong with the signature of the request
	mac     string // of the message before, in hex
	later   bool   // an answer was signed
	secret  string // that answers are signed with, empty for none
}

// serve starts a server that calls answer for each request, and returns its address. It ends with the test.
func serve(t *testing.T, answer func(*visit)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for conn := range open {
			conn.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[conn] = true
			mu.Unlock()
			wg.Go(func() {
				defer conn.Close()
				v := &visit{t: t, conn: conn, secret: dnsserver.TestKey().Secret}
				if v.read() {
					answer(v)
				}
			})
		}
	})
	return listener.Addr().String()
}

func (v *visit) read() bool {
	c := dns.Conn{Conn: v.conn}
	octets, err := c.ReadMsgHeader(nil)
	if err != nil {
		return false // somebody connected and went away
	}
	v.request = new(dns.Msg)
	if err := v.request.Unpack(octets); err != nil {
		v.t.Errorf("the fake was sent: %v", err)
		return false
	}
	if sig := v.request.IsTsig(); sig != nil {
		v.mac = sig.MAC
		v.tsig = dns.TsigVerify(octets, dnsserver.TestKey().Secret, "", false)
	} else {
		v.secret = ""
	}
	return true
}

// reply returns an answer with records and a code.
func (v *visit) reply(rcode int, records ...dns.RR) *dns.Msg {
	m := new(dns.Msg).SetRcode(v.request, rcode)
	m.Authoritative = true
	m.Answer = records
	return m
}

// send sends a message, signed as the request was.
func (v *visit) send(m *dns.Msg) {
	octets, err := v.pack(m)
	if err != nil {
		v.t.Errorf("the fake cannot answer: %v", err)
		return
	}
	v.write(octets)
}

func (v *visit) pack(m *dns.Msg) ([]byte, error) {
	if v.secret == "" {
		return m.Pack()
	}
	m.SetTsig(dns.Fqdn(dnsserver.TestKey().Name), dns.Fqdn(dnsserver.TestKey().Algorithm), 300, time.Now().Unix())
	octets, mac, err := dns.TsigGenerate(m, v.secret, v.mac, v.later)
	v.mac, v.later = mac, true
	return octets, err
}

// write sends octets as a message. The other side may have gone.
func (v *visit) write(octets []byte) {
	_, _ = (&dns.Conn{Conn: v.conn}).Write(octets)
}

// hang keeps the connection open until the other side closes it.
func (v *visit) hang() { _, _ = io.Copy(io.Discard, v.conn) }

func (v *visit) is(qtype uint16) bool {
	return v.request.Opcode == dns.OpcodeQuery && v.request.Question[0].Qtype == qtype
}

func rrs(t *testing.T, lines ...string) []dns.RR {
	t.Helper()
	var all []dns.RR
	for _, line := range lines {
		rr, err := dns.NewRR(line)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rr)
	}
	return all
}

// nameServer is a fake that keeps a zone and does with updates as RFC 2136 says, but for what it is told to do wrong.
type nameServer struct {
	mu      sync.Mutex
	soa     *dns.SOA
	records []dns.RR
	updates []*dns.Msg // that it was sent, those without updates too

	mismatch     int               // the code for a prerequisite that says another value, NXRRSET if it is 0
	neverHolds   []uint16          // types of which a prerequisite with a value never holds
	rowByRow     bool              // what was done before a record that is refused stays done
	refuse       func(dns.RR) int  // the code for a record of an update, 0 for none
	ignore       func(dns.RR) bool // records of an update that are left out without a word
	beforeUpdate func(s *nameServer, m *dns.Msg)
	afterUpdate  func(s *nameServer) (silent bool) // called after one that was carried out; silent: the connection is closed instead of an answer
	lag          int                               // transfers that still give the zone as it was before the last update
	old          []dns.RR                          // what they give
}

const fakeSOA = "example.com. 300 SOA ns1.invalid. hostmaster.invalid. 1 3600 600 604800 300"

func newNameServer(t *testing.T, records ...string) *nameServer {
	return &nameServer{
		soa:     rrs(t, fakeSOA)[0].(*dns.SOA),
		records: rrs(t, append([]string{"example.com. 300 NS ns1.invalid."}, records...)...),
	}
}

// start serves it, and returns the options to reach it.
func (s *nameServer) start(t *testing.T) rfc2136.Options {
	key := dnsserver.TestKey()
	return rfc2136.Options{
		Server:  serve(t, s.answer),
		TSIG:    rfc2136.TSIG{Name: key.Name, Secret: func() (string, error) { return key.Secret, nil }},
		Timeout: 10 * time.Second,
	}
}

func (s *nameServer) answer(v *visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v.tsig != nil {
		v.t.Errorf("the fake was sent a wrong signature: %v", v.tsig)
		return
	}
	switch {
	case v.request.Question[0].Name != s.soa.Hdr.Name:
		v.send(v.reply(dns.RcodeRefused))
	case v.is(dns.TypeSOA):
		v.send(v.reply(dns.RcodeSuccess, s.soa))
	case v.is(dns.TypeAXFR):
		zone := s.zone()
		if s.lag > 0 {
			s.lag--
			zone = s.old
		}
		for some := range slices.Chunk(zone, 100) {
			v.send(v.reply(dns.RcodeSuccess, some...))
		}
	case v.request.Opcode == dns.OpcodeUpdate:
		s.updates = append(s.updates, v.request)
		if s.beforeUpdate != nil {
			s.beforeUpdate(s, v.request)
		}
		code := s.update(v.request)
		if code == dns.RcodeSuccess && len(v.request.Ns) > 0 && s.afterUpdate != nil && s.afterUpdate(s) {
			return
		}
		v.send(v.reply(code))
	default:
		v.send(v.reply(dns.RcodeRefused))
	}
}

// zone returns the records as a transfer has them.
func (s *nameServer) zone() []dns.RR {
	soa := *s.soa
	return append(append([]dns.RR{&soa}, s.records...), &soa)
}

// update carries out an update (RFC 2136 §3) and returns its code.
func (s *nameServer) update(m *dns.Msg) int {
	if code := s.prerequisites(m.Answer); code != 0 {
		return code
	}
	if len(m.Ns) == 0 {
		return dns.RcodeSuccess
	}
	s.old = s.zone()
	before, text, serial := slices.Clone(s.records), s.text(), s.soa.Serial
	for _, rr := range m.Ns {
		if s.refuse != nil {
			if code := s.refuse(rr); code != 0 {
				if !s.rowByRow {
					s.records = before
				}
				return code
			}
		}
		if s.ignore == nil || !s.ignore(rr) {
			s.change(rr)
		}
	}
	if s.soa.Serial == serial && s.text() != text {
		s.soa.Serial++
	}
	return dns.RcodeSuccess
}

// text returns the records as lines.
func (s *nameServer) text() string {
	var b strings.Builder
	for _, rr := range s.records {
		b.WriteString(rr.String() + "\n")
	}
	return b.String()
}

func (s *nameServer) prerequisites(all []dns.RR) int {
	mismatch := s.mismatch
	if mismatch == 0 {
		mismatch = dns.RcodeNXRrset
	}
	values := map[[2]string][]dns.RR{}
	for _, rr := range all {
		h := rr.Header()
		here := s.at(h.Name, h.Rrtype)
		switch {
		case h.Class == dns.ClassNONE && h.Rrtype == dns.TypeANY && len(here) > 0:
			return dns.RcodeYXDomain
		case h.Class == dns.ClassNONE && len(here) > 0:
			return dns.RcodeYXRrset
		case h.Class == dns.ClassANY && len(here) == 0:
			return dns.RcodeNXRrset
		case h.Class == dns.ClassINET:
			if slices.Contains(s.neverHolds, h.Rrtype) {
				return mismatch
			}
			k := [2]string{strings.ToLower(h.Name), dns.TypeToString[h.Rrtype]}
			values[k] = append(values[k], rr)
		}
	}
	for _, want := range values {
		if !sameRecords(want, s.at(want[0].Header().Name, want[0].Header().Rrtype)) {
			return mismatch
		}
	}
	return dns.RcodeSuccess
}

// at returns the records of a name and type, or of a name.
func (s *nameServer) at(name string, rrtype uint16) []dns.RR {
	var found []dns.RR
	for _, rr := range append(slices.Clone(s.records), s.soa) {
		if strings.EqualFold(rr.Header().Name, name) && (rrtype == dns.TypeANY || rr.Header().Rrtype == rrtype) {
			found = append(found, rr)
		}
	}
	return found
}

// sameRecords compares names, types and data, not TTLs.
func sameRecords(a, b []dns.RR) bool {
	within := func(a, b []dns.RR) bool {
		return !slices.ContainsFunc(a, func(x dns.RR) bool { return !slices.ContainsFunc(b, func(y dns.RR) bool { return sameRecord(x, y) }) })
	}
	return len(a) == len(b) && within(a, b) && within(b, a)
}

// sameRecord compares two records, whatever their classes and TTLs are.
func sameRecord(a, b dns.RR) bool {
	a, b = dns.Copy(a), dns.Copy(b)
	b.Header().Class = a.Header().Class
	return dns.IsDuplicate(a, b)
}

func (s *nameServer) change(rr dns.RR) {
	h := rr.Header()
	apexNS := h.Rrtype == dns.TypeNS && strings.EqualFold(h.Name, s.soa.Hdr.Name)
	switch h.Class {
	case dns.ClassANY:
		if apexNS {
			return
		}
		s.records = slices.DeleteFunc(s.records, func(x dns.RR) bool {
			return strings.EqualFold(x.Header().Name, h.Name) && x.Header().Rrtype == h.Rrtype
		})
	case dns.ClassNONE:
		if apexNS && len(s.at(h.Name, dns.TypeNS)) == 1 {
			return
		}
		s.records = slices.DeleteFunc(s.records, func(x dns.RR) bool { return sameRecord(x, rr) })
	default:
		if soa, ok := rr.(*dns.SOA); ok {
			if int32(soa.Serial-s.soa.Serial) > 0 {
				s.soa = soa
			}
			return
		}
		s.add(rr)
	}
}

func (s *nameServer) add(rr dns.RR) {
	h := rr.Header()
	here := s.at(h.Name, dns.TypeANY)
	isCNAME := func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeCNAME }
	if len(here) > 0 && (isCNAME(rr) && !isCNAME(here[0]) || !isCNAME(rr) && isCNAME(here[0])) {
		return // left out, and nothing is said
	}
	s.records = slices.DeleteFunc(s.records, func(x dns.RR) bool {
		return sameRecord(x, rr) || isCNAME(rr) && strings.EqualFold(x.Header().Name, h.Name)
	})
	for _, x := range s.at(h.Name, h.Rrtype) {
		x.Header().Ttl = h.Ttl
	}
	s.records = append(s.records, rr)
}

// told returns how many updates it was sent that change something.
func (s *nameServer) told() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, m := range s.updates {
		if len(m.Ns) > 0 {
			n++
		}
	}
	return n
}

// write changes the zone as somebody else.
func (s *nameServer) write(t *testing.T, add string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = append(s.records, rrs(t, add)...)
	s.soa.Serial++
}
