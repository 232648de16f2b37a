package dnsquery

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// probing is what each name server of a zone is asked.
type probing struct {
	origin  zonefile.Name
	keys    []zonefile.Key
	timeout time.Duration // for one try of one question
}

// ask asks at one address, and returns the serial and what is there at the keys.
func (p probing) ask(ctx context.Context, addr netip.AddrPort) (uint32, map[zonefile.Key]zonefile.RRset, error) {
	end := longest(len(p.keys), p.timeout)
	bounded, cancel := context.WithTimeout(ctx, end)
	defer cancel()
	var answered atomic.Int64
	serial, sets, err := p.askAll(bounded, addr, &answered)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = slowError{int(answered.Load()), len(p.keys), end}
	}
	return serial, sets, err
}

// askAll is ask without an end. It counts the keys for which there was an answer.
func (p probing) askAll(ctx context.Context, addr netip.AddrPort, answered *atomic.Int64) (uint32, map[zonefile.Key]zonefile.RRset, error) {
	first := newPair(addr, p.timeout, false)
	defer first.close()
	soa, serial, err := askSOA(ctx, first, p.origin)
	if err != nil {
		return 0, nil, err
	}
	found := make([]zonefile.RRset, len(p.keys))
	err = share(ctx, len(p.keys), func(ctx context.Context, worker int, mine iter.Seq[int]) error {
		lines := first
		if worker > 0 {
			lines = newPair(addr, p.timeout, false)
			defer lines.close()
		}
		for i := range mine {
			found[i] = soa // asked for once: two answers may differ
			if p.keys[i] != soa.Key {
				var err error
				if found[i], err = askSet(ctx, lines, p.origin, p.keys[i]); err != nil {
					return err
				}
			}
			answered.Add(1)
		}
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	sets := make(map[zonefile.Key]zonefile.RRset, len(p.keys))
	for i, key := range p.keys {
		if !found[i].IsZero() {
			sets[key] = found[i]
		}
	}
	return serial, sets, nil
}

// askSOA returns the SOA of a zone and its serial. The error says why the server does not serve the zone.
func askSOA(ctx context.Context, lines *pair, origin zonefile.Name) (set zonefile.RRset, serial uint32, err error) {
	key := zonefile.Key{Name: origin, Type: zonefile.TypeSOA}
	m, err := lines.ask(ctx, key)
	if err != nil {
		return zonefile.RRset{}, 0, answerError(key, err)
	}
	r := read(origin, key, m)
	switch from := zoneOf(m); {
	case r.err != nil:
		err = r.err
	case len(r.found) == 0 && m.rcode() == dns.RcodeNameError:
		err = fmt.Errorf("the answer is %s", m.rcodeText())
	case len(r.found) == 0 && !from.IsZero():
		err = fmt.Errorf("the server has none, and answers from its zone %s", from)
	case len(r.found) == 0:
		err = errors.New("the server has none")
	}
	if err != nil {
		return zonefile.RRset{}, 0, answerError(key, err)
	}
	if set, _, err = setOf(r.found); err != nil {
		return zonefile.RRset{}, 0, answerError(key, err)
	}
	soa, err := zonefile.ParseSOA(set)
	if err != nil {
		return zonefile.RRset{}, 0, answerError(key, errors.New("the server has more than one"))
	}
	return set, soa.Serial, nil
}

// askSet returns the RRset that a server has at a key of a zone, the zero RRset if it has none.
func askSet(ctx context.Context, lines *pair, origin zonefile.Name, key zonefile.Key) (zonefile.RRset, error) {
	m, err := lines.ask(ctx, key)
	if err != nil {
		return zonefile.RRset{}, answerError(key, err)
	}
	r := read(origin, key, m)
	if r.err != nil || len(r.found) == 0 {
		return zonefile.RRset{}, answerError(key, r.err)
	}
	set, _, err := setOf(r.found)
	return set, answerError(key, err)
}

// answerError returns an error, if there is one, with the key that was asked for.
func answerError(key zonefile.Key, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", key, err)
}
