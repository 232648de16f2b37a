package server

import (
	"cmp"
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// HookRate is how many webhooks there may be in a second, and how many at once after a pause.
type HookRate struct {
	PerSecond float64
	Burst     int
}

// HookLimits are how many webhooks are looked at. A sender, which is an IPv4 address or an IPv6 network of 64 bits, is a stranger until it
// has sent one with a valid signature, and again when the last one was an hour ago. Strangers have limits of their own, lower ones, so that
// they cannot take the place of forges.
type HookLimits struct {
	All      HookRate // of all senders that are known, together
	EachOne  HookRate // of each of them
	Strange  HookRate // of all strangers together
	Stranger HookRate // of each of them

	BodyTime time.Duration // that a body has to arrive
}

// DefaultHookLimits returns the limits that the documentation tells of.
func DefaultHookLimits() HookLimits {
	return HookLimits{
		All: HookRate{200, 400}, EachOne: HookRate{50, 100},
		Strange: HookRate{10, 50}, Stranger: HookRate{2, 20},
		BodyTime: 10 * time.Second,
	}
}

// orDefault returns the limits with those that are zero set to the default.
func (l HookLimits) orDefault() HookLimits {
	d := DefaultHookLimits()
	l.All, l.EachOne = cmp.Or(l.All, d.All), cmp.Or(l.EachOne, d.EachOne)
	l.Strange, l.Stranger = cmp.Or(l.Strange, d.Strange), cmp.Or(l.Stranger, d.Stranger)
	l.BodyTime = cmp.Or(l.BodyTime, d.BodyTime)
	return l
}

func (r HookRate) limiter() *rate.Limiter { return rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst) }

// Bounds of what is kept of senders, and of how many bodies are in memory at the same time.
const (
	maxKnownSenders   = 1 << 10
	maxStrangers      = 1 << 12
	senderKnownFor    = time.Hour
	knownAtOnce       = 12
	strangersAtOnce   = 4
	hookEntryPatience = 2 * time.Second
)

// hookGate decides who may enter, and when. Its methods may be called concurrently.
type hookGate struct {
	limits                 HookLimits
	known, strange         chan struct{} // a place for each that is inside
	knownRate, strangeRate *rate.Limiter // of all together

	mu        sync.Mutex
	senders   *simplelru.LRU[netip.Prefix, *hookSenderState]
	strangers *simplelru.LRU[netip.Prefix, *rate.Limiter]
}

// hookSenderState is what is kept of a sender that is known.
type hookSenderState struct {
	limiter *rate.Limiter
	proven  time.Time
}

func newHookGate(limits HookLimits) *hookGate {
	g := &hookGate{
		limits: limits,
		known:  make(chan struct{}, knownAtOnce), strange: make(chan struct{}, strangersAtOnce),
		knownRate: limits.All.limiter(), strangeRate: limits.Strange.limiter(),
	}
	g.senders, _ = simplelru.NewLRU[netip.Prefix, *hookSenderState](maxKnownSenders, nil) // the error is that of a size of 0
	g.strangers, _ = simplelru.NewLRU[netip.Prefix, *rate.Limiter](maxStrangers, nil)
	return g
}

// allow reports whether the sender is known, and how long it has to wait: 0 if it may go on.
func (g *hookGate) allow(sender netip.Prefix, now time.Time) (known bool, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if state, ok := g.senders.Get(sender); ok && now.Sub(state.proven) < senderKnownFor {
		return true, firstWait(now, state.limiter, g.knownRate)
	}
	limiter, ok := g.strangers.Get(sender)
	if !ok {
		limiter = g.limits.Stranger.limiter()
		g.strangers.Add(sender, limiter)
	}
	return false, firstWait(now, limiter, g.strangeRate)
}

// firstWait takes a place of each of the limiters, or returns how long one has to wait for the first that has none.
func firstWait(now time.Time, limiters ...*rate.Limiter) time.Duration {
	for _, l := range limiters {
		reservation := l.ReserveN(now, 1)
		if !reservation.OK() { // a burst of 0
			return time.Minute
		}
		if wait := reservation.DelayFrom(now); wait > 0 {
			reservation.CancelAt(now)
			return wait
		}
	}
	return 0
}

// prove notes that the sender has proven to know a secret.
func (g *hookGate) prove(sender netip.Prefix, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if state, ok := g.senders.Get(sender); ok {
		state.proven = now
		return
	}
	g.senders.Add(sender, &hookSenderState{g.limits.EachOne.limiter(), now})
}

// enter waits for a place among those whose bodies are read, and returns what gives it back. It returns nil if there is none for too long.
func (g *hookGate) enter(ctx context.Context, known bool) (leave func()) {
	places := g.strange
	if known {
		places = g.known
	}
	select {
	case places <- struct{}{}:
		return func() { <-places }
	default:
	}
	patience := time.NewTimer(hookEntryPatience)
	defer patience.Stop()
	select {
	case places <- struct{}{}:
		return func() { <-places }
	case <-patience.C:
	case <-ctx.Done():
	}
	return nil
}
