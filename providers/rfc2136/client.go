package rfc2136

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// client asks one server, with one key. Everything goes over TCP: an update may be larger than a datagram.
type client struct {
	server  string // host:port
	signer  *signer
	timeout time.Duration // for connecting, for sending, and for each message of an answer
}

// refusal is an answer with an error in it.
type refusal struct {
	rcode int
	tsig  uint16    // the error of the TSIG record (RFC 8945 §3), 0 if there is none
	clock time.Time // the server's, if it is that which is at odds
}

// Error returns the names of the codes: "NOTAUTH (BADKEY)".
func (r *refusal) Error() string {
	text := rcodeText(r.rcode)
	if r.tsig != 0 {
		text += " (" + rcodeText(int(r.tsig)) + ")"
	}
	if !r.clock.IsZero() {
		text += ", the server's clock has " + r.clock.UTC().Format(time.RFC3339)
	}
	return text
}

func rcodeText(code int) string {
	if text, ok := dns.RcodeToString[code]; ok {
		return text
	}
	return fmt.Sprintf("RCODE%d", code)
}

// unanswered is an error after the request went out, or a part of it: the server may have done what was asked.
type unanswered struct{ err error }

func (e *unanswered) Error() string { return "no answer: " + e.err.Error() }
func (e *unanswered) Unwrap() error { return e.err }

// ask sends a request and returns the answer, which is verified and is one to this request. The error is a *refusal if the answer
// has one, and *unanswered if nobody knows what became of the request. With any other error it was not sent.
func (c *client) ask(ctx context.Context, request []byte) (*message, error) {
	s, err := c.open(ctx, request)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.send(ctx); err != nil {
		return nil, &unanswered{err}
	}
	m, err := s.next(ctx)
	if err != nil {
		if _, ok := errors.AsType[*refusal](err); ok {
			return nil, err
		}
		return nil, &unanswered{err}
	}
	return m, nil
}

// session is a connection on which one request is sent and its answer is read.
type session struct {
	conn     net.Conn
	unwatch  func() bool
	timeout  time.Duration
	request  *message
	signed   []byte // the request as it is sent
	verifier *verifier
	buf      []byte
}

// open connects, and sends nothing yet. The caller closes the session; the end of ctx closes its connection.
func (c *client) open(ctx context.Context, request []byte) (*session, error) {
	k, err := c.signer.open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", providers.ErrAuth, err)
	}
	parsed, err := parseMessage(request)
	if err != nil {
		return nil, err
	}
	signed, verifier := k.sign(request, time.Now())
	if len(signed) > maxMessage {
		return nil, fmt.Errorf("a message of %d octets: the limit is %d", len(signed), maxMessage)
	}
	dialer := net.Dialer{Timeout: c.timeout}
	conn, err := dialer.DialContext(ctx, "tcp", c.server)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn, timeout: c.timeout, request: parsed, signed: signed, verifier: verifier}
	s.unwatch = context.AfterFunc(ctx, func() { conn.Close() })
	return s, nil
}

func (s *session) close() {
	s.unwatch()
	s.conn.Close()
}

// cause returns the reason of an error of the connection: that of ctx, if that closed it.
func (s *session) cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s closed the connection: %w", s.conn.RemoteAddr(), io.ErrUnexpectedEOF)
	}
	return err
}

func (s *session) send(ctx context.Context) error {
	if err := s.conn.SetDeadline(time.Now().Add(s.timeout)); err != nil {
		return s.cause(ctx, err)
	}
	_, err := s.conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(s.signed))), s.signed...))
	if err != nil {
		return s.cause(ctx, err)
	}
	return nil
}

// next returns the next message of the answer, checked. It is overwritten by the one after it. The error may be a *refusal.
func (s *session) next(ctx context.Context) (*message, error) {
	octets, err := s.receive()
	if err != nil {
		return nil, s.cause(ctx, err)
	}
	m, err := parseMessage(octets)
	if err != nil {
		return nil, err
	}
	if err := s.check(m); err != nil {
		return nil, err
	}
	return m, nil
}

func (s *session) receive() ([]byte, error) {
	if err := s.conn.SetDeadline(time.Now().Add(s.timeout)); err != nil {
		return nil, err
	}
	if s.buf == nil {
		s.buf = make([]byte, 2+maxMessage)
	}
	if _, err := io.ReadFull(s.conn, s.buf[:2]); err != nil {
		return nil, err
	}
	octets := s.buf[2 : 2+int(binary.BigEndian.Uint16(s.buf))]
	_, err := io.ReadFull(s.conn, octets)
	return octets, err
}

// Errors of an answer that is not one to the request.
var (
	errOtherRequest = errors.New("the answer is to another request")
	errTruncated    = errors.New("the answer is marked as truncated")
)

// check returns nil for an answer to the request without an error, that is signed as it has to be.
func (s *session) check(m *message) error {
	if !m.response() || m.id != s.request.id || m.opcode() != s.request.opcode() {
		return errOtherRequest
	}
	if m.questions > 1 || m.questions == 1 && (m.question != s.request.question || m.qtype != s.request.qtype) {
		return errOtherRequest
	}
	refused := refusalIn(m)
	// Neither a server that does not know the key can sign (RFC 8945 §5.3.2), nor one that knows nothing of TSIG. Believing them
	// that they did nothing can only cost a repetition.
	if refused != nil && (m.tsig == nil || len(m.tsig.mac) == 0) {
		return refused
	}
	if err := s.verifier.message(m, time.Now()); err != nil {
		return err
	}
	if refused != nil {
		return refused
	}
	if m.truncated() {
		return errTruncated
	}
	return nil
}

// refusalIn returns the error in a message, nil if there is none.
func refusalIn(m *message) error {
	r := &refusal{rcode: m.rcode()}
	if m.tsig != nil {
		r.tsig = m.tsig.err
		if other := m.tsig.other; r.tsig == dns.RcodeBadTime && len(other) == 6 {
			r.clock = time.Unix(int64(binary.BigEndian.Uint16(other))<<32|int64(binary.BigEndian.Uint32(other[2:])), 0)
		}
	}
	if r.rcode == dns.RcodeSuccess && r.tsig == 0 {
		return nil
	}
	return r
}

// soa asks for the zone's SOA RRset. The error wraps [errNotServed] if the server does not answer for the zone.
func (c *client) soa(ctx context.Context, origin zonefile.Name) (zonefile.RRset, error) {
	m, err := c.ask(ctx, newQuery(newID(), origin, zonefile.TypeSOA))
	if r, ok := errors.AsType[*refusal](err); ok {
		switch r.rcode {
		case dns.RcodeRefused, dns.RcodeNameError, dns.RcodeNotZone:
			return zonefile.RRset{}, fmt.Errorf("SOA query: %w (%w)", errNotServed, err)
		case dns.RcodeNotAuth:
			if r.tsig == 0 {
				return zonefile.RRset{}, fmt.Errorf("SOA query: %w (%w)", errNotServed, err)
			}
		}
	}
	if err != nil {
		return zonefile.RRset{}, fmt.Errorf("SOA query: %w", err)
	}
	if !m.authoritative() {
		return zonefile.RRset{}, fmt.Errorf("SOA query: %w (the answer is not authoritative)", errNotServed)
	}
	at := m.answerAt
	for range m.answers {
		h, err := parseHeader(m.octets, at)
		if err != nil {
			return zonefile.RRset{}, fmt.Errorf("SOA query: %w", err)
		}
		var buf [maxName]byte
		owner, _, err := appendName(buf[:0], m.octets, at)
		if err != nil {
			return zonefile.RRset{}, fmt.Errorf("SOA query: %w", err)
		}
		at = h.end
		if name, _, err := zonefile.NameFromWire(owner); err != nil || name != origin || h.typ != zonefile.TypeSOA || h.class != dns.ClassINET {
			continue
		}
		rdata, err := plainRDATA(nil, m.octets, h)
		if err != nil {
			return zonefile.RRset{}, fmt.Errorf("SOA query: %w", err)
		}
		return zonefile.NewRRset(zonefile.Key{Name: origin, Type: zonefile.TypeSOA}, ttlOf(h), rdata)
	}
	return zonefile.RRset{}, fmt.Errorf("SOA query: %w (no SOA in the answer)", errNotServed)
}

// errNotServed is a server that does not answer for a zone.
var errNotServed = errors.New("the server does not answer for this zone")

// ttlOf returns the TTL of a record. One with the high bit set means 0 (RFC 2181 §8).
func ttlOf(h rrHeader) zonefile.TTL {
	if h.ttl > uint32(zonefile.MaxTTL) {
		return 0
	}
	return zonefile.TTL(h.ttl)
}

// newID returns a message id that cannot be guessed.
func newID() uint16 { return uint16(rand.Uint32()) }
