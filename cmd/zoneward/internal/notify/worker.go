package notify

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// worker delivers to one sink.
type worker struct {
	notifier *Notifier
	rule     *Rule
	limiter  *rate.Limiter
	wake     chan struct{}
	backoff  backoffs
	stuck    atomic.Int32
	// unmarked are entries that were delivered, and of which the outbox could not be told. They are not sent again by this process.
	unmarked map[int64]bool
	// untold are losses of the same kind: somebody was told of them.
	untold []Loss
	// gathered says that what comes with the first event was waited for.
	gathered bool
	// single says that a message of many events was not taken: they go one by one.
	single bool
	unread bool // the outbox, and that was said

	mu    sync.Mutex // guards what follows, which others read
	text  string
	since time.Time
}

// backoffs are how long to wait after failures in a row.
type backoffs struct{ short, long *backoff.ExponentialBackOff }

func newBackoffs() backoffs {
	return backoffs{
		short: &backoff.ExponentialBackOff{InitialInterval: 2 * time.Second, RandomizationFactor: 0.2, Multiplier: 2, MaxInterval: 5 * time.Minute},
		long:  &backoff.ExponentialBackOff{InitialInterval: 15 * time.Minute, RandomizationFactor: 0.2, Multiplier: 2, MaxInterval: time.Hour},
	}
}

func (b backoffs) reset() {
	b.short.Reset()
	b.long.Reset()
}

// next returns how long to wait after a failure.
func (b backoffs) next(f *failure) time.Duration {
	if f.kind == permanent {
		return b.long.NextBackOff()
	}
	return max(b.short.NextBackOff(), f.after)
}

// run delivers until ctx is done.
func (w *worker) run(ctx context.Context) {
	for ctx.Err() == nil {
		wait, wakes := w.step(ctx)
		if wait <= 0 {
			continue
		}
		wake := w.wake
		if !wakes {
			wake = nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-wake:
		}
		timer.Stop()
	}
}

// step delivers one message, if there is anything to tell, and returns how long to wait before the next step, and whether a new event ends that.
func (w *worker) step(ctx context.Context) (wait time.Duration, wakes bool) {
	w.mark(ctx)
	entries := w.next(ctx)
	lost := w.lost(ctx)
	if len(entries.items) == 0 && len(lost.all()) == 0 {
		w.gathered = false
		return idle, true
	}
	if !w.gathered && !w.rule.Webhook {
		w.gathered = true
		entries.giveBack(false)
		return gather, false
	}
	if reserved := w.limiter.Reserve(); reserved.Delay() > 0 {
		wait := reserved.Delay()
		reserved.Cancel()
		entries.giveBack(false)
		return wait, false
	}
	return w.deliver(ctx, entries, lost), false
}

// deliver sends one message of entries, and what was lost, and returns how long to wait after that.
func (w *worker) deliver(ctx context.Context, entries taken, lost losses) time.Duration {
	m, told := w.compose(entries.items)
	if all := lost.all(); len(all) > 0 {
		if len(told) == 0 {
			m = message{severity: Warning, title: say("events were not delivered")}
		}
		// A program that gets events one by one is told of losses by themselves.
		if !w.rule.Webhook || len(told) == 0 {
			m.lines = append(m.lines, lossLine(all))
		} else {
			lost = losses{}
		}
	}
	err := w.send(ctx, m)
	w.notifier.Observe(w.rule.Name, result(err), len(told))
	if err == nil {
		w.succeeded(ctx, entries, told, lost)
		return 0
	}
	f, ok := errors.AsType[*failure](err)
	if !ok {
		f = &failure{text: render.Shown(err.Error())}
	}
	return w.failed(ctx, entries, told, f)
}

// compose returns the message that is sent next, and which entries it tells of.
func (w *worker) compose(items []item) (message, []item) {
	if len(items) == 0 {
		return message{}, nil
	}
	old := w.notifier.Now().Add(-tooOld)
	first := items[0]
	switch {
	case w.rule.Webhook, w.single:
		return alone(first), items[:1]
	case !first.event.At.Before(old) && len(items) <= 1+int(w.limiter.Tokens()):
		return alone(first), items[:1]
	}
	return digest(items, old), items
}

// send opens the sink and sends. What is begun is finished when ctx is done, so that it is known whether it was delivered.
func (w *worker) send(ctx context.Context, m message) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer cancel()
	s, err := w.notifier.opener.open(w.rule, &w.stuck)
	if err != nil {
		return err
	}
	return s.send(ctx, m)
}

// succeeded notes a delivery.
func (w *worker) succeeded(ctx context.Context, entries taken, told []item, lost losses) {
	w.backoff.reset()
	w.single = w.single && len(entries.items) > len(told)
	if text, since := w.trouble(); text != "" {
		w.setTrouble("")
		w.notifier.Log.Info("notifications are delivered again", "sink", w.rule.Name, "took", w.notifier.Now().Sub(since).Round(time.Second))
	}
	w.finish(ctx, entries, told, lost)
}

// finish notes that entries are done with.
func (w *worker) finish(ctx context.Context, entries taken, told []item, lost losses) {
	entries.giveBack(true, told...)
	w.notifier.spill.told(w.rule.Name, lost.memory)
	if entries.memory {
		told = nil
	}
	if len(told) == 0 && len(lost.stored) == 0 {
		return
	}
	// The process may be ending.
	err := w.notifier.Outbox.Done(context.WithoutCancel(ctx), w.rule.Name, ids(told), lost.stored)
	if err == nil {
		return
	}
	if len(w.unmarked)+len(w.untold) == 0 {
		w.notifier.Log.Error("delivery of notifications cannot be noted: after a restart they are sent once more", "sink", w.rule.Name, "err", err)
	}
	for _, id := range ids(told) {
		w.unmarked[id] = true
	}
	w.untold = append(w.untold, lost.stored...)
}

// failed notes a delivery that failed, and returns how long to wait.
func (w *worker) failed(ctx context.Context, entries taken, told []item, f *failure) time.Duration {
	entries.giveBack(false)
	if before, _ := w.trouble(); before != f.text {
		w.setTrouble(f.text)
		if before == "" || f.kind == permanent {
			w.notifier.Log.Warn("notifications are not delivered", "sink", w.rule.Name, "reason", f.text)
		}
	}
	wait := w.backoff.next(f)
	if entries.memory || len(told) == 0 {
		return wait
	}
	if err := w.notifier.Outbox.Failed(context.WithoutCancel(ctx), ids(told)); err != nil {
		return wait
	}
	if f.kind == refused && len(told) > 1 {
		w.single = true // one of them is not taken, and the others are not to suffer from it
	} else if f.kind == refused && told[0].Attempts+1 >= attempt {
		w.drop(ctx, told[0])
	}
	return wait
}

// drop gives an event up that the sink does not take.
func (w *worker) drop(ctx context.Context, i item) {
	if err := w.notifier.Outbox.Drop(context.WithoutCancel(ctx), w.rule.Name, []int64{i.ID}); err != nil {
		return
	}
	w.notifier.Observe(w.rule.Name, "lost", 1)
	w.notifier.Log.Warn("notification dropped, its receiver does not take it", "sink", w.rule.Name, "zone", i.event.Zone.String(), "event", string(i.event.Kind))
}

func ids(items []item) []int64 {
	all := make([]int64, len(items))
	for i, one := range items {
		all[i] = one.ID
	}
	return all
}

// trouble returns why the last delivery failed, and since when they do.
func (w *worker) trouble() (text string, since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text, w.since
}

func (w *worker) setTrouble(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.text == "" || text == "" {
		w.since = w.notifier.Now()
	}
	w.text = text
}

// taken is what is there to tell.
type taken struct {
	items  []item
	memory bool // they are from memory, and are given back
	spill  *spill
}

// giveBack ends the taking of what was in memory: of those that are delivered, and of the others.
func (t taken) giveBack(delivered bool, which ...item) {
	if !t.memory {
		return
	}
	var done, rest []Entry
	for _, i := range t.items {
		if delivered && slices.ContainsFunc(which, func(one item) bool { return one.ID == i.ID }) {
			done = append(done, i.Entry)
		} else {
			rest = append(rest, i.Entry)
		}
	}
	t.spill.giveBack(done, true)
	t.spill.giveBack(rest, false)
}

// next returns the oldest events that wait: those in the outbox, and if there are none, those in memory.
func (w *worker) next(ctx context.Context) taken {
	n := w.notifier
	entries, err := n.Outbox.Next(ctx, w.rule.Name, batch+len(w.unmarked))
	if err != nil && ctx.Err() == nil && !w.unread {
		n.Log.Error("notifications cannot be read", "sink", w.rule.Name, "err", err)
	}
	w.unread = err != nil
	entries = slices.DeleteFunc(entries, func(e Entry) bool { return w.unmarked[e.ID] })
	t := taken{spill: &n.spill}
	if len(entries) == 0 {
		entries, t.memory = n.spill.take(w.rule.Name, batch), true
	}
	for _, e := range entries {
		event, err := decode(e.Content)
		if err != nil { // another version wrote it
			event = Event{Kind: e.Kind, Severity: e.Severity, At: e.At, Reason: err.Error()}
		}
		t.items = append(t.items, item{e, event})
	}
	return t
}

// mark tells the outbox of what was delivered when it could not be told, and has what is in memory stored, if it can be.
func (w *worker) mark(ctx context.Context) {
	w.notifier.flush(ctx)
	if len(w.unmarked) == 0 && len(w.untold) == 0 {
		return
	}
	if err := w.notifier.Outbox.Done(ctx, w.rule.Name, slices.Collect(maps.Keys(w.unmarked)), w.untold); err == nil {
		w.unmarked, w.untold = map[int64]bool{}, nil
	}
}

// losses are what was lost in the outbox and in memory.
type losses struct{ stored, memory []Loss }

func (l losses) all() []Loss { return slices.Concat(l.stored, l.memory) }

func (w *worker) lost(ctx context.Context) losses {
	stored, err := w.notifier.Outbox.Lost(ctx, w.rule.Name)
	if err != nil || len(w.untold) > 0 { // what there is beyond that is told of once it can be noted
		stored = nil
	}
	return losses{stored, w.notifier.spill.losses(w.rule.Name)}
}
