package dnsquery

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/netip"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/zonefile"
)

// parallelQuestions is how many questions one server is asked at a time over each network.
const parallelQuestions = 4

// pass is what one server said over UDP or over TCP.
type pass struct {
	serial  uint32
	serving bool // it serves an SOA with that serial
	// refusal says why there was nothing more to ask: it does not serve the zone. It is empty if it does.
	refusal string
	// verdicts are those of the questions, in their order. They are unasked after a refusal, and from an error on.
	verdicts []verdict
	// err is why there was no answer.
	err error
}

// answered returns how many questions were answered.
func (p pass) answered() int {
	n := 0
	for _, v := range p.verdicts {
		if v.kind != unasked {
			n++
		}
	}
	return n
}

// run asks one server everything over one network. It stops at the first question that gets no answer.
func (in inquiry) run(ctx context.Context, network string, server netip.AddrPort) pass {
	p := pass{verdicts: make([]verdict, len(in.questions))}
	first := asker{in, &line{network: network, server: server, timeout: in.timeout}}
	defer first.line.close()
	if p.err = first.soa(ctx, &p); p.err != nil || p.refusal != "" || in.gone {
		return p
	}
	p.err = share(ctx, len(in.questions), func(ctx context.Context, worker int, mine iter.Seq[int]) error {
		a := first
		if worker > 0 {
			a.line = &line{network: network, server: server, timeout: in.timeout}
			defer a.line.close()
		}
		for i := range mine {
			v, err := a.verdict(ctx, in.questions[i])
			if err != nil {
				return err
			}
			p.verdicts[i] = v
		}
		return nil
	})
	return p
}

// share has parallelQuestions workers ask questions, each those with the numbers that it is given. They stop when one of them gets no answer, since one
// that waits for its own would tell nothing new; that error is returned.
func share(ctx context.Context, questions int, ask func(ctx context.Context, worker int, mine iter.Seq[int]) error) error {
	group, asking := errgroup.WithContext(ctx)
	for worker := range min(parallelQuestions, questions) {
		group.Go(func() error {
			return ask(asking, worker, func(yield func(int) bool) {
				for i := worker; i < questions; i += parallelQuestions {
					if !yield(i) {
						return
					}
				}
			})
		})
	}
	return group.Wait()
}

// asker asks one server over one line.
type asker struct {
	inquiry
	line *line
}

// soa asks whether the server serves the zone, and notes its serial, or why there is none. A truncated answer over UDP says neither.
func (a asker) soa(ctx context.Context, p *pass) error {
	key := zonefile.Key{Name: a.zone, Type: zonefile.TypeSOA}
	m, v, err := a.ask(ctx, question{key: key})
	switch {
	case err != nil:
		return err
	case a.gone && v.kind == differs:
		p.refusal = "serves the zone, which should be gone"
		return nil
	case a.gone, v.kind == cut && a.line.network == overUDP:
		return nil
	case v.kind != differs: // no SOA is what it would agree to
		p.refusal = cmp.Or(v.text, "serves none")
		return nil
	}
	set, _, err := setOf(records(m.answer, key))
	if err != nil {
		p.refusal = v.text
		return nil
	}
	soa, err := zonefile.ParseSOA(set)
	if err != nil {
		p.refusal = "serves more than one"
		return nil
	}
	p.serial, p.serving = soa.Serial, true
	return nil
}

// ask puts a question and judges the answer. What is no answer to it is a verdict too; then the message is empty.
func (a asker) ask(ctx context.Context, q question) (*message, verdict, error) {
	m, err := a.line.ask(ctx, q.key)
	switch {
	case isAnswerError(err):
		return &message{}, verdict{refused, err.Error()}, nil
	case err != nil:
		return &message{}, verdict{}, err
	}
	return m, judge(a.zone, q, m), nil
}

// verdict asks for an RRset, and looks twice at an answer that is not the expected one: it may be that of a wildcard, or of another zone of the server.
func (a asker) verdict(ctx context.Context, q question) (verdict, error) {
	m, v, err := a.ask(ctx, q)
	if err != nil || v.kind != differs {
		return v, err
	}
	if q.want == nil {
		if fromWildcard, err := a.fromWildcard(ctx, q.key, records(m.answer, q.key)); err != nil || fromWildcard {
			return verdict{kind: agrees}, err
		}
	}
	child, err := a.childOf(ctx, q.key)
	if err != nil || child.IsZero() {
		return v, err
	}
	return verdict{untold, fmt.Sprintf("the server answers for it from its zone %s", child)}, nil
}

// fromWildcard reports whether the records that were served at a name are those of a wildcard that stands for it (RFC 4592): the server has the same at
// the wildcard itself.
func (a asker) fromWildcard(ctx context.Context, key zonefile.Key, served []record) (bool, error) {
	if len(served) == 0 || key.Name.IsWildcard() {
		return false, nil // nothing, if a referral has it
	}
	set, _, err := setOf(served)
	if err != nil {
		return false, nil
	}
	for name := key.Name; name.Below(a.zone); {
		name = name.Parent()
		wildcard, err := zonefile.ParseName("*", name)
		if err != nil {
			continue // it would be too long
		}
		set = set.WithName(wildcard)
		_, v, err := a.ask(ctx, question{set.Key, &set})
		if err != nil || v.kind == agrees {
			return err == nil, err
		}
	}
	return false, nil
}

// childOf returns the zone below the one that is asked about that the server finds a name in, the zero Name if it is none.
func (a asker) childOf(ctx context.Context, key zonefile.Key) (zonefile.Name, error) {
	if key.Type == zonefile.TypeDS || key.Name == a.zone {
		return zonefile.Name{}, nil
	}
	soa := zonefile.Key{Name: key.Name, Type: zonefile.TypeSOA}
	m, _, err := a.ask(ctx, question{key: soa})
	if err != nil || !m.authoritative() {
		return zonefile.Name{}, err
	}
	child := zoneOf(m)
	if len(records(m.answer, soa)) > 0 {
		child = key.Name
	}
	if !child.Below(a.zone) || !key.Name.In(child) {
		return zonefile.Name{}, nil
	}
	return child, nil
}
