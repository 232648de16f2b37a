// Package dnsquery asks name servers: it is reconcile.Verifier and reconcile.Prober on DNS messages.
//
// Servers are asked without recursion. What they serve is octets in canonical form, and TTLs too, since an authoritative server gives
// them as they are in the zone. A Verifier asks each server over UDP and over TCP, a Prober over TCP what does not fit into UDP.
package dnsquery

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Options say whom a Verifier asks.
type Options struct {
	// Servers are asked, and no others: a primary that is hidden should be asked only if it is among them. Without any, those are asked that the
	// zone's NS RRset names, as a resolver finds it.
	Servers []Server
	// Resolver finds name servers and their addresses. The zero AddrPort means the resolvers of the system.
	Resolver netip.AddrPort
	// MaxRRsets is how many RRsets each server is asked for at most; see [Sample] for which. 0 is
	// [DefaultRRsets].
	MaxRRsets int
	// Timeout is for one question, which is put twice if there is no answer. 0 is two seconds.
	Timeout time.Duration
}

// Verifier asks name servers. It may be used concurrently.
type Verifier struct {
	servers   []Server
	resolver  resolver
	maxRRsets int
	timeout   time.Duration
}

var _ reconcile.Verifier = (*Verifier)(nil)

// DefaultRRsets is how many RRsets a server is asked for where nobody says otherwise.
const DefaultRRsets = 50

// defaultTimeout is for one question.
const defaultTimeout = 2 * time.Second

// New returns a verifier.
func New(opts Options) *Verifier {
	timeout := cmp.Or(opts.Timeout, defaultTimeout)
	return &Verifier{slices.Clone(opts.Servers), resolver{opts.Resolver, timeout}, cmp.Or(opts.MaxRRsets, DefaultRRsets), timeout}
}

// Pauses between asking once and asking again.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 5 * time.Second
)

// parallelServers is how many servers are asked at a time.
const parallelServers = 8

// Verify implements reconcile.Verifier. Servers that agree are not asked again. The last time that the others are asked begins when the time is over,
// and then none of them costs more than four times Options.Timeout, or as much for every [DefaultRRsets] if it is asked for more than so many: one that
// is slower has an Err. Up to eight servers are asked at a time.
//
// A server whose serial is lower is not taken to lag if it serves, over UDP or TCP, all that was changed as it should be; then that is in the notes. A
// server that signs may count serials of its own, lower ones too. The RRsets of an Expectation that is Sampled are no such proof, nor is an SOA,
// of which the serial is not compared.
//
// An address that does not answer over one of UDP and TCP has an Err, and what it answered over the other counts.
func (v *Verifier) Verify(ctx context.Context, expect reconcile.Expectation) (reconcile.Verification, error) {
	start := time.Now()
	targets, notes, err := v.targets(ctx, expect.Zone)
	if err != nil {
		return reconcile.Verification{}, fmt.Errorf("verify %s: %w", expect.Ref, err)
	}
	in, left := newInquiry(expect, v.maxRRsets, v.timeout)
	in.deadline = start.Add(expect.Within)
	answers, err := poll(ctx, in.deadline, targets, in.ask)
	if err != nil {
		return reconcile.Verification{}, fmt.Errorf("verify %s: %w", expect.Ref, err)
	}
	result := reconcile.Verification{Notes: slices.Concat(notes, left, untoldNotes(answers), lagNotes(answers))}
	for _, a := range answers {
		result.Servers = append(result.Servers, a.ServerAnswer)
	}
	result.Took = time.Since(start)
	return result, nil
}

// targets returns the addresses that are asked for a zone.
func (v *Verifier) targets(ctx context.Context, zone zonefile.Name) ([]target, []string, error) {
	servers := v.servers
	if len(servers) == 0 {
		names, err := v.resolver.nameServers(ctx, zone)
		if err != nil {
			return nil, nil, fmt.Errorf("find its name servers: %w", err)
		}
		for _, name := range names {
			servers = append(servers, serverNamed(name))
		}
	}
	targets, notes := v.resolver.targets(ctx, servers)
	return targets, notes, ctx.Err()
}

// poll asks each target, and until the deadline again those whose answer is not as it should be.
func poll(ctx context.Context, deadline time.Time, targets []target, ask func(context.Context, target) answer) ([]answer, error) {
	answers := make([]answer, len(targets))
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		each(len(targets), func(i int) {
			if !answers[i].asked || !answers[i].OK() {
				answers[i] = ask(ctx, targets[i])
			}
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		hope := false // that asking again gives something else: a target without an address is not asked at all
		for i, a := range answers {
			hope = hope || !a.OK() && targets[i].err == nil
		}
		left := time.Until(deadline)
		if left <= 0 || !hope {
			return answers, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(min(pause, left)):
		}
	}
}

// each calls do with each number from 0 to n-1, [parallelServers] at a time.
func each(n int, do func(i int)) {
	var group errgroup.Group
	group.SetLimit(parallelServers)
	for i := range n {
		group.Go(func() error {
			do(i)
			return nil
		})
	}
	_ = group.Wait() // no member returns an error
}

// untoldNotes says of which RRsets nobody can tell from the answers.
func untoldNotes(answers []answer) []string {
	why := map[zonefile.Key]string{}
	for _, a := range answers {
		maps.Copy(why, a.untold)
	}
	var notes []string
	for _, key := range slices.SortedFunc(maps.Keys(why), zonefile.Key.Compare) {
		notes = append(notes, fmt.Sprintf("%s: not compared: %s", key, why[key]))
	}
	return notes
}

// lagNotes says which servers have a lower serial and do not lag.
func lagNotes(answers []answer) []string {
	var notes []string
	for _, a := range answers {
		if a.lower {
			notes = append(notes, fmt.Sprintf("%s: its serial %d is lower, and it serves what was asked for as it should: a server that signs may count its own", a.Server, a.Serial))
		}
	}
	return notes
}
