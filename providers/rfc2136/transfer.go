package rfc2136

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// A transfer is bounded as a whole as well: a server that sends a little now and then would hold its client for ever, and one that never
// ends would fill its memory.
const (
	transferTimeouts = 20      // how many times the timeout of a message a transfer may take
	maxTransfer      = 1 << 30 // the most octets of its messages
)

// transfer asks for the whole zone (AXFR, RFC 5936) and calls visit for each of its records as they come, the SOA once. It returns the
// SOA. What was visited is the zone only if there is no error: the stream ended with the SOA that it began with, and with a
// signature if it was asked for with one. The RDATA is uncompressed, and overwritten after visit has returned.
func (c *client) transfer(ctx context.Context, origin zonefile.Name, visit func(key zonefile.Key, ttl zonefile.TTL, rdata []byte) error) (zonefile.RRset, error) {
	limit := transferTimeouts * c.timeout
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	soa, err := c.stream(bounded, origin, visit)
	if errors.Is(err, context.DeadlineExceeded) && bounded.Err() != nil && ctx.Err() == nil {
		// The caller has time left, so this must not be taken for the end of ctx.
		return zonefile.RRset{}, fmt.Errorf("%s: it has taken longer than %s, %d times the timeout", err.Error(), limit, transferTimeouts)
	}
	return soa, err
}

// stream is transfer for as long as ctx lasts.
func (c *client) stream(ctx context.Context, origin zonefile.Name, visit func(key zonefile.Key, ttl zonefile.TTL, rdata []byte) error) (zonefile.RRset, error) {
	s, err := c.open(ctx, newQuery(newID(), origin, zonefile.Type(dns.TypeAXFR)))
	if err != nil {
		return zonefile.RRset{}, err
	}
	defer s.close()
	if err := s.send(ctx); err != nil {
		return zonefile.RRset{}, err
	}
	stream := &axfr{origin: origin, visit: visit}
	for !stream.done {
		m, err := s.next(ctx)
		if err != nil {
			return zonefile.RRset{}, stream.describe(err)
		}
		if err := stream.message(m); err != nil {
			return zonefile.RRset{}, stream.describe(err)
		}
	}
	if err := s.verifier.end(); err != nil {
		return zonefile.RRset{}, stream.describe(err)
	}
	return stream.soa, nil
}

// Errors of a transfer that is not that of a zone.
var (
	errNoRecords  = errors.New("a message without records")
	errNoFirstSOA = errors.New("it does not begin with the SOA of the zone")
	errLastSOA    = errors.New("its last SOA is not its first: the zone changed on the way")
	errBehindSOA  = errors.New("there are records behind its last SOA")
	errClass      = errors.New("a record of another class than IN")
	errTooMuch    = fmt.Errorf("it has more than %d octets", maxTransfer)
	errSecondSOA  = errors.New("an SOA below the apex")
)

// axfr is a transfer as far as it was read.
type axfr struct {
	origin  zonefile.Name
	visit   func(zonefile.Key, zonefile.TTL, []byte) error
	soa     zonefile.RRset // the first, zero before it
	records int
	octets  int  // of the messages
	done    bool // the last SOA was read

	owner []byte        // wire form of the last record's owner name
	name  zonefile.Name // which is this: records of one name mostly follow each other
	next  []byte        // where the next owner name is put together
	rdata []byte
}

// describe adds how far the transfer had come.
func (a *axfr) describe(err error) error {
	if a.records == 0 {
		return err
	}
	return fmt.Errorf("after %d records: %w", a.records, err)
}

// message reads the answer section of the next message. What the other sections have is no part of the zone (RFC 5936 §2.2).
func (a *axfr) message(m *message) error {
	if m.answers == 0 {
		return errNoRecords
	}
	if a.octets += len(m.octets); a.octets > maxTransfer {
		return errTooMuch
	}
	at := m.answerAt
	for range m.answers {
		if a.done {
			return errBehindSOA
		}
		h, err := parseHeader(m.octets, at)
		if err != nil {
			return err
		}
		if a.next, _, err = appendName(a.next[:0], m.octets, at); err != nil {
			return err
		}
		if a.name.IsZero() || !bytes.Equal(a.next, a.owner) {
			if a.name, _, err = zonefile.NameFromWire(a.next); err != nil {
				return err
			}
			a.owner = append(a.owner[:0], a.next...)
		}
		rdata, err := plainRDATA(a.rdata[:0], m.octets, h)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		if compressible(h.typ) != "" {
			a.rdata = rdata // keeps what it has grown to
		}
		if err := a.record(h, rdata); err != nil {
			return fmt.Errorf("%s %s: %w", a.name, h.typ, err)
		}
		at = h.end
	}
	return nil
}

// record takes the next record, whose owner is a.name.
func (a *axfr) record(h rrHeader, rdata []byte) error {
	key := zonefile.Key{Name: a.name, Type: h.typ}
	apexSOA := key == zonefile.Key{Name: a.origin, Type: zonefile.TypeSOA}
	switch {
	case a.soa.IsZero() && !apexSOA:
		return errNoFirstSOA
	case h.class != dns.ClassINET:
		return errClass
	case h.typ == zonefile.TypeSOA && !apexSOA:
		return errSecondSOA
	}
	if apexSOA {
		set, err := zonefile.NewRRset(key, ttlOf(h), rdata)
		if err != nil {
			return err
		}
		if !a.soa.IsZero() {
			a.done = true
			if !set.SameData(a.soa) {
				return errLastSOA
			}
			return nil
		}
		a.soa = set
	}
	a.records++
	return a.visit(key, ttlOf(h), rdata)
}
