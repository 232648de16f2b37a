package dnsquery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// Networks that servers are asked over.
const (
	overUDP = "udp"
	overTCP = "tcp"
)

// tries is how often a question is put: a datagram may get lost, and a server may close a connection that was quiet.
const tries = 2

// line is a connection to one server over UDP or TCP. It is opened when it is needed and kept for the next question; one question is
// put at a time. The caller closes it.
type line struct {
	network string
	server  netip.AddrPort
	timeout time.Duration // for one try
	recurse bool          // the server is a resolver
	conn    *dns.Conn     // nil as long as it is not open
}

// pair is a line to a server over UDP, and one over TCP for what is truncated over UDP. The caller closes it.
type pair struct{ udp, tcp line }

// newPair returns the lines to a server, or to a resolver that is to find the answers.
func newPair(server netip.AddrPort, timeout time.Duration, recurse bool) *pair {
	l := line{network: overUDP, server: server, timeout: timeout, recurse: recurse}
	p := &pair{l, l}
	p.tcp.network = overTCP
	return p
}

// ask returns the answer to a question, as line.ask does. It is truncated only if it is over TCP too.
func (p *pair) ask(ctx context.Context, key zonefile.Key) (*message, error) {
	m, err := p.udp.ask(ctx, key)
	if err != nil || !m.truncated() {
		return m, err
	}
	if m, err = p.tcp.ask(ctx, key); err != nil {
		return nil, fmt.Errorf("over TCP: %w", err)
	}
	return m, nil
}

// close closes both lines.
func (p *pair) close() {
	p.udp.close()
	p.tcp.close()
}

// Errors of a line.
var (
	errOtherAnswer = errors.New("an answer to another question")
	errClosed      = errors.New("the server closed the connection")
)

// isAnswerError reports whether something came, and it is no answer.
func isAnswerError(err error) bool {
	return errors.Is(err, errMalformed) || errors.Is(err, errOtherAnswer)
}

// silentError is a server that does not answer in time.
type silentError struct{ after time.Duration }

// Error says for how long there was no answer.
func (e silentError) Error() string { return fmt.Sprintf("no answer within %s", e.after) }

// ask returns the answer to a question. It is an error of isAnswerError if what came is not one; it is ctx's if that ended;
// and with any other error nothing came.
func (l *line) ask(ctx context.Context, key zonefile.Key) (*message, error) {
	var err error
	for range tries {
		var m *message
		if m, err = l.try(ctx, key); err == nil {
			return m, nil
		}
		l.close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if isAnswerError(err) {
			return nil, err
		}
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return nil, silentError{tries * l.timeout}
	}
	return nil, plain(err)
}

// close closes the connection, if there is one. The next question opens another.
func (l *line) close() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}

// try puts the question once.
func (l *line) try(ctx context.Context, key zonefile.Key) (*message, error) {
	id := uint16(rand.Uint32())
	query, err := newQuery(id, key, l.recurse)
	if err != nil {
		return nil, err
	}
	if l.conn == nil {
		dialer := net.Dialer{Timeout: l.timeout}
		conn, err := dialer.DialContext(ctx, l.network, l.server.String())
		if err != nil {
			return nil, err
		}
		l.conn = &dns.Conn{Conn: conn, UDPSize: dns.MaxMsgSize - 1}
	}
	conn := l.conn
	if err := conn.SetDeadline(time.Now().Add(l.timeout)); err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := conn.Write(query); err != nil {
		return nil, err
	}
	for {
		octets, err := conn.ReadMsgHeader(nil)
		if errors.Is(err, dns.ErrShortRead) {
			err = fmt.Errorf("%w: %w", errMalformed, err)
		}
		if err != nil {
			return nil, err
		}
		m, err := parseMessage(octets)
		switch {
		case len(octets) >= headerSize && (int(octets[0])<<8|int(octets[1])) != int(id):
			if l.network == overUDP {
				continue // late, or forged
			}
			return nil, errOtherAnswer
		case err != nil:
			return nil, err
		case !m.answers(key):
			return nil, errOtherAnswer
		}
		return m, nil
	}
}

// answers reports whether m is an answer to the question. An error may come without it.
func (m *message) answers(key zonefile.Key) bool {
	switch {
	case !m.response() || m.opcode() != dns.OpcodeQuery:
		return false
	case m.questions == 0:
		return m.rcode() != dns.RcodeSuccess
	}
	return m.questions == 1 && m.question == key
}

// plain returns an error of a connection without the addresses of both sides, which a person knows or does not want to.
func plain(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errClosed
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = call.Err
	}
	return err
}
