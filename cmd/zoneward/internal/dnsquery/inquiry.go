package dnsquery

import (
	"context"
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
	timeout   time.Duration // for one try of one question
}

// newInquiry returns what servers are asked for an expectation, and what a person should know of what they are not asked.
func newInquiry(expect reconcile.Expectation, most int, timeout time.Duration) (in inquiry, notes []string) {
	in = inquiry{zone: expect.Zone, serial: expect.Serial, timeout: timeout}
	made := namesMade(expect.Changes)
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

// namesMade returns the names at which servers make up answers, by the type that has them do that.
func namesMade(changes []reconcile.Change) map[zonefile.Name]zonefile.Type {
	made := map[zonefile.Name]zonefile.Type{}
	for _, c := range changes {
		if t := c.Key.Type; c.New != nil && (t == zonefile.TypeALIAS || t == zonefile.TypeLUA) {
			made[c.Key.Name] = max(made[c.Key.Name], t)
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
		return answer{ServerAnswer: reconcile.ServerAnswer{Server: t.label, Err: t.err}, asked: true}
	}
	var udp, tcp pass
	var both sync.WaitGroup
	both.Go(func() { udp = in.run(ctx, overUDP, t.addr) })
	both.Go(func() { tcp = in.run(ctx, overTCP, t.addr) })
	both.Wait()
	return in.summarize(t.label, udp, tcp)
}
