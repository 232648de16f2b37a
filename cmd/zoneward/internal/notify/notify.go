package notify

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Options say what a [Notifier] is made of.
type Options struct {
	Rules  []Rule
	Outbox Outbox
	Log    *slog.Logger
	// Now is the wall clock, time.Now if it is nil. It is used for how old events are; what is waited for is waited for by the steady clock.
	Now func() time.Time
	// Client gives its transport to what is sent by HTTP from here; nil for the default one. Services of shoutrrr use their own.
	Client *http.Client
	// Observe is called for each delivery that was tried, with how many events it had and how it went: "success", "failure", "unauthorized" or "refused", and with
	// "lost" for events that will not be delivered. It may be nil.
	Observe func(sink, result string, events int)
	// Instance is the name of this daemon in webhooks, such as that of the host.
	Instance string
}

// The limits of notifications.
const (
	window  = 5 * time.Minute  // in which the same is told once
	pending = 10_000           // events that wait for one sink
	tooOld  = 24 * time.Hour   // after which an event is told in a summary
	gather  = 2 * time.Second  // that a sink waits for what comes with the first event
	batch   = 200              // events in one message
	attempt = 3                // times that a message is tried that the receiver does not take
	idle    = 1 * time.Minute  // after which a sink looks whether there is anything
	every   = 10 * time.Second // between messages to people, in the long run
	burst   = 5
	// Programs get each event by itself.
	everyWebhook = 100 * time.Millisecond
	burstWebhook = 50
)

// Notifier puts events into the outbox, and delivers them from there.
type Notifier struct {
	Options
	limits  Limits
	spill   spill
	workers []*worker
	opener  opener
}

// New returns a notifier. Where a rule says nothing else, people get five messages at once and one each ten seconds in the long run, and programs fifty events and ten
// a second.
func New(o Options) *Notifier {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Observe == nil {
		o.Observe = func(string, string, int) {}
	}
	n := &Notifier{Options: o, limits: Limits{Window: window, Pending: pending}, opener: opener{client: newClient(o.Client), instance: o.Instance}}
	n.Rules = slices.Clone(o.Rules)
	for i := range n.Rules {
		r := &n.Rules[i]
		gap, most := every, burst
		if r.Webhook {
			gap, most = everyWebhook, burstWebhook
		}
		gap, most = cmp.Or(r.Every, gap), cmp.Or(r.Burst, most)
		n.workers = append(n.workers, &worker{
			notifier: n, rule: r, limiter: rate.NewLimiter(rate.Every(gap), most), wake: make(chan struct{}, 1), unmarked: map[int64]bool{}, backoff: newBackoffs(),
		})
	}
	return n
}

// Post has events told, in their order. When it returns they are in the outbox; if that cannot be written, they are kept in memory and go there later.
func (n *Notifier) Post(ctx context.Context, events ...Event) {
	var entries []Entry
	for _, e := range events {
		e = e.bounded()
		e.Severity = max(e.Severity, e.Kind.severity())
		if e.At.IsZero() {
			e.At = n.Now()
		}
		for i := range n.Rules {
			entry, ok, err := n.Rules[i].entry(e)
			if err != nil {
				n.Log.Error("event cannot be written", "sink", n.Rules[i].Name, "err", err)
			} else if ok {
				entries = append(entries, entry)
			}
		}
	}
	if len(entries) == 0 {
		return
	}
	// An event is not to be lost because the program is ending.
	n.put(context.WithoutCancel(ctx), entries)
	for _, w := range n.workers {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// put puts entries into the outbox, behind those that are still in memory.
func (n *Notifier) put(ctx context.Context, entries []Entry) {
	n.spill.put(entries)
	n.flush(ctx)
}

// flush has what is in memory stored, and logs when the outbox can no longer be written, and when it can again.
func (n *Notifier) flush(ctx context.Context) {
	switch turned, err := n.spill.flush(ctx, n.Outbox, n.limits); {
	case turned && err != nil:
		n.Log.Error("notifications cannot be stored, they are kept in memory", "err", err)
	case turned:
		n.Log.Info("notifications can be stored again")
	}
}

// Run delivers what is in the outbox until ctx is done: what it is sending then is finished first, which takes no longer than 15 seconds. One notifier at a time runs
// on an outbox. What is in the outbox for sinks of which there is no rule is removed.
func (n *Notifier) Run(ctx context.Context) {
	n.forget(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, w := range n.workers {
		wg.Go(func() { w.run(ctx) })
	}
}

// forget removes what is of sinks that are not configured any more.
func (n *Notifier) forget(ctx context.Context) {
	stats, err := n.Outbox.Stats(ctx)
	if err != nil {
		n.Log.Warn("the outbox of notifications cannot be read", "err", err)
		return
	}
	for _, s := range stats {
		if slices.ContainsFunc(n.Rules, func(r Rule) bool { return r.Name == s.Sink }) {
			continue
		}
		if err := n.Outbox.Forget(ctx, s.Sink); err != nil {
			n.Log.Warn("the outbox of notifications cannot be written", "err", err)
			return
		}
		if s.Pending > 0 {
			n.Log.Warn("notifications removed, their sink is not configured any more", "sink", s.Sink, "events", s.Pending)
		}
	}
}

// Standing returns the subjects of which somebody was told something that is not over, for [NewWatch].
func (n *Notifier) Standing(ctx context.Context) ([]string, error) { return n.Outbox.Standing(ctx) }

// Status is how deliveries to a sink go.
type Status struct {
	Stats
	// Trouble is why the last delivery failed, empty if it did not. Since is when that began.
	Trouble string
	Since   time.Time
}

// Status returns how deliveries go, sink by sink in the order of the rules.
func (n *Notifier) Status(ctx context.Context) ([]Status, error) {
	stats, err := n.Outbox.Stats(ctx)
	all := make([]Status, len(n.workers))
	for i, w := range n.workers {
		all[i].Trouble, all[i].Since = w.trouble()
		if at := slices.IndexFunc(stats, func(s Stats) bool { return s.Sink == w.rule.Name }); at >= 0 {
			all[i].Stats = stats[at]
		}
		all[i].Sink = w.rule.Name
		all[i].Pending += n.spill.count(w.rule.Name)
	}
	return all, err
}
