package dnsserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// exchangeTimeout bounds one question, transfer or update of a test.
const exchangeTimeout = 15 * time.Second

// AXFR returns the records that a zone transfer gives: one line each, "www.example.com. 300 IN A 192.0.2.1", sorted, the
// SOA once. A zero key asks without TSIG. A transfer that is refused, or whose signature is wrong, fails the test.
func AXFR(t testing.TB, addr, origin string, key Key) []string {
	t.Helper()
	lines, err := Transfer(addr, origin, key)
	if err != nil {
		t.Fatalf("AXFR of %s from %s: %v", origin, addr, err)
	}
	return lines
}

// Transfer is AXFR for a server that may not be ready: one that reloads may reset the connection, or still have the zone as it was.
func Transfer(addr, origin string, key Key) ([]string, error) {
	records, err := transfer(addr, origin, key)
	if err != nil {
		return nil, err
	}
	lines := presentation(records[:len(records)-1])
	slices.Sort(lines)
	return lines, nil
}

// Query asks over TCP, without recursion, and returns the response code ("NOERROR", "NXDOMAIN") and the answer section in the
// form of AXFR's lines, sorted. No answer at all fails the test.
func Query(t testing.TB, addr, name, typ string) (rcode string, answer []string) {
	t.Helper()
	qtype, ok := dns.StringToType[typ]
	if !ok {
		t.Fatalf("query %s %s: unknown type", name, typ)
	}
	reply, err := ask(t.Context(), "tcp", addr, question(name, qtype))
	if err != nil {
		t.Fatalf("query %s %s at %s: %v", name, typ, addr, err)
	}
	answer = presentation(reply.Answer)
	slices.Sort(answer)
	return dns.RcodeToString[reply.Rcode], answer
}

// transfer returns the records of a zone as they come: the same SOA first and last.
func transfer(addr, origin string, key Key) ([]dns.RR, error) {
	m := new(dns.Msg).SetAxfr(dns.Fqdn(origin))
	tr := &dns.Transfer{DialTimeout: exchangeTimeout, ReadTimeout: exchangeTimeout, WriteTimeout: exchangeTimeout}
	if key != (Key{}) {
		tr.TsigSecret = map[string]string{dns.Fqdn(key.Name): key.Secret}
		m.SetTsig(dns.Fqdn(key.Name), dns.Fqdn(key.Algorithm), 300, time.Now().Unix())
	}
	envelopes, err := tr.In(m, addr)
	if err != nil {
		return nil, err
	}
	var records []dns.RR
	for e := range envelopes {
		if e.Error != nil {
			// Nothing follows an error, so the sender is not left waiting.
			return nil, e.Error
		}
		records = append(records, e.RR...)
	}
	if len(records) < 2 {
		return nil, errors.New("no records")
	}
	return records, nil
}

func question(name string, qtype uint16) *dns.Msg {
	m := new(dns.Msg).SetQuestion(dns.Fqdn(name), qtype)
	m.RecursionDesired = false
	return m
}

func ask(ctx context.Context, network, addr string, m *dns.Msg) (*dns.Msg, error) {
	c := &dns.Client{Net: network, Timeout: exchangeTimeout}
	reply, _, err := c.ExchangeContext(ctx, m, addr)
	return reply, err
}

// presentation returns the records in master file form, with single spaces for tabs. (A tab in RDATA is written \009.)
func presentation(records []dns.RR) []string {
	lines := make([]string, len(records))
	for i, rr := range records {
		lines[i] = strings.ReplaceAll(rr.String(), "\t", " ")
	}
	return lines
}

// identify returns nil when both UDP and TCP are answered by the server that was started with this identity, and
// errPortTaken when another name server answers.
func identify(ctx context.Context, addr, identity string) error {
	for _, network := range []string{"tcp", "udp"} {
		m := question("id.server.", dns.TypeTXT)
		m.Question[0].Qclass = dns.ClassCHAOS
		reply, err := ask(ctx, network, addr, m)
		if err != nil {
			return err
		}
		if len(reply.Answer) == 0 {
			return fmt.Errorf("id.server over %s: %s", network, dns.RcodeToString[reply.Rcode])
		}
		txt, ok := reply.Answer[0].(*dns.TXT)
		if !ok || !slices.Equal(txt.Txt, []string{identity}) {
			return errPortTaken
		}
	}
	return nil
}

// soa returns the served SOA of a zone, and the signatures that came with it.
func soa(ctx context.Context, addr, origin string) (*dns.SOA, []*dns.RRSIG, error) {
	reply, err := ask(ctx, "tcp", addr, question(origin, dns.TypeSOA).SetEdns0(dns.DefaultMsgSize, true))
	if err != nil {
		return nil, nil, err
	}
	var found *dns.SOA
	var signatures []*dns.RRSIG
	for _, rr := range reply.Answer {
		switch rr := rr.(type) {
		case *dns.SOA:
			found = rr
		case *dns.RRSIG:
			signatures = append(signatures, rr)
		}
	}
	if found == nil || !reply.Authoritative {
		return nil, nil, rcodeError{origin, reply.Rcode}
	}
	return found, signatures, nil
}

// rcodeError is an answer that has no authoritative SOA: the server is up, the zone is not loaded.
type rcodeError struct {
	origin string
	rcode  int
}

func (e rcodeError) Error() string {
	return fmt.Sprintf("%s SOA: not served (%s)", e.origin, dns.RcodeToString[e.rcode])
}

// served returns nil when the zones are, signed where that was asked for. named takes many steps to sign a zone, each with a serial
// of its own, and gives out signatures after the last: the serial then rests.
func served(ctx context.Context, addr string, zones []Zone) error {
	for _, z := range zones {
		_, signatures, err := soa(ctx, addr, z.Origin)
		if err != nil {
			return err
		}
		if z.Mode != Unsigned && len(signatures) == 0 {
			return fmt.Errorf("%s SOA: not signed yet", z.Origin)
		}
	}
	return nil
}

// listening returns nil when a connection to the address is accepted.
func listening(ctx context.Context, network, addr string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return err
	}
	return conn.Close()
}
