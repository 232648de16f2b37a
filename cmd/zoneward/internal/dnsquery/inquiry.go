package dnsquery

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// inquiry is what each server of a zone is asked.
type inquiry struct {
	zone      zonefile.Name
	serial    uint32 // the least that is expected, 0 for any
	gone      bool   // the zone should not be served at all
	questions []question
	sampled   bool          // the questions are for some of the zone, and not for what was changed
	timeout   time.Duration // for one try of one question
	deadline  time.Time     // until when the servers have time to come to it
}

// patience is how many time-outs one server may cost for each [DefaultRRsets] that it is asked for: two tries of two questions.
const patience = 2 * tries

// longest returns how long one server may take for so many questions when its time is over.
func longest(questions int, timeout time.Duration) time.Duration {
	times := max(1, (questions+DefaultRRsets-1)/DefaultRRsets)
	return time.Duration(patience*times) * timeout
}

// newInquiry returns what servers are asked for an expectation, and what a person should know of what they are not asked.
func newInquiry(expect reconcile.Expectation, most int, timeout time.Duration) (in inquiry, notes []string) {
	in = inquiry{zone: expect.Zone, serial: expect.Serial, sampled: expect.Sampled, timeout: timeout}
	made := namesMade(expect)
	var questions []question
	for _, c := range expect.Changes {
		if c.Kind == reconcile.KindZone {
			in.gone = in.gone || c.Action == reconcile.Retire
			continue
		}
		if c.Action == reconcile.Purge {
			continue // what is purged is not served before or after
		}
		if why := incomparable(c.Key, made); why != "" {
			notes = append(notes, fmt.Sprintf("%s: not compared: %s", c.Key, why))
			continue
		}
		questions = append(questions, question{c.Key, c.New})
	}
	keys := make([]zonefile.Key, len(questions))
	for i, q := range questions {
		keys[i] = q.key
	}
	for _, i := range Sample(keys, expect.Zone, most) {
		in.questions = append(in.questions, questions[i])
	}
	if len(in.questions) < len(questions) {
		notes = append(notes, fmt.Sprintf("the servers were asked for %d of %d RRsets", len(in.questions), len(questions)))
	}
	return in, notes
}

// namesMade returns those names of the changes at which servers make up answers, by the type that has them do that, be it among the changes or not.
func namesMade(expect reconcile.Expectation) map[zonefile.Name]zonefile.Type {
	made := map[zonefile.Name]zonefile.Type{}
	for _, c := range expect.Changes {
		for _, t := range []zonefile.Type{zonefile.TypeALIAS, zonefile.TypeLUA} {
			key := zonefile.Key{Name: c.Key.Name, Type: t}
			if c.New != nil && c.Key == key || expect.Served != nil && expect.Served.Has(key) {
				made[key.Name] = max(made[key.Name], t)
			}
		}
	}
	return made
}

// incomparable returns why the answer for an RRset cannot be compared with it, "" if it can: the server makes up that answer.
func incomparable(key zonefile.Key, made map[zonefile.Name]zonefile.Type) string {
	at := made[key.Name]
	switch t := key.Type; {
	case t == zonefile.TypeALIAS, t == zonefile.TypeLUA:
		return "the server answers with what it makes of it"
	case t.Signing():
		return "the server signs"
	case at == zonefile.TypeLUA, at == zonefile.TypeALIAS && (t == zonefile.TypeA || t == zonefile.TypeAAAA):
		return fmt.Sprintf("an %s at that name may answer in its place", at)
	}
	return ""
}

// ask asks one server everything once, over both networks at the same time.
func (in inquiry) ask(ctx context.Context, t target) answer {
	if t.err != nil {
		return answer{ServerAnswer: reconcile.ServerAnswer{Server: t.label, Host: t.host, Err: t.err}, asked: true}
	}
	// Not from the deadline on: it may be over since other servers had to be asked first.
	end := longest(len(in.questions), in.timeout) + max(0, time.Until(in.deadline))
	bounded, cancel := context.WithTimeout(ctx, end)
	defer cancel()
	var udp, tcp pass
	var both sync.WaitGroup
	both.Go(func() { udp = in.run(bounded, overUDP, t.addr) })
	both.Go(func() { tcp = in.run(bounded, overTCP, t.addr) })
	both.Wait()
	for _, p := range []*pass{&udp, &tcp} {
		if errors.Is(p.err, context.DeadlineExceeded) && ctx.Err() == nil {
			p.err = slowError{p.answered(), len(p.verdicts), end}
		}
	}
	return in.summarize(t, udp, tcp)
}

// slowError is a server that answers, and has not answered everything in time.
type slowError struct {
	answered, of int
	after        time.Duration
}

// Error says how much it has answered.
func (e slowError) Error() string {
	return fmt.Sprintf("too slow: it has answered for %d of %d RRsets within %s", e.answered, e.of, e.after.Round(time.Millisecond))
}
