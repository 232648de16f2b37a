package main

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/notify"
	"github.com/zoneward/zoneward/reconcile"
)

// teller tells people what the loop does. A nil teller tells nobody.
type teller struct {
	notifier *notify.Notifier
	watch    *notify.Watch
	pending  func(sink string, n int)
}

// newTeller returns what tells those of a configuration. Nothing is sent before it runs.
func (d *daemon) newTeller(rules []notify.Rule) *teller {
	host, _ := os.Hostname()
	t := &teller{pending: d.metrics.Undelivered}
	t.notifier = notify.New(notify.Options{
		Rules: rules, Outbox: d.state.Outbox(), Log: d.log, Instance: host,
		Observe: func(sink, result string, events int) {
			for range events {
				d.metrics.Notification(sink, result)
			}
		},
	})
	return t
}

// begin reads what people were told of that is not over. It is called when nobody else tells them anything any more, and before anything is to be told.
func (t *teller) begin(ctx context.Context, log *slog.Logger) {
	if t == nil {
		return
	}
	standing, err := t.notifier.Standing(ctx)
	if err != nil {
		log.Warn("what people were told of is not known, and what of it is over is not told", "err", err)
	}
	t.watch = notify.NewWatch(standing)
}

// post notes what is to be told. It waits for the state, as all that the loop notes there does, and for no receiver.
func (t *teller) post(events ...notify.Event) {
	if len(events) > 0 {
		t.notifier.Post(context.Background(), events...)
	}
}

// look tells of a source that cannot be read, and that it can be again.
func (t *teller) look(look reconcile.Look) {
	if t != nil {
		t.post(t.watch.Source(look.Err)...)
	}
}

// round tells what became of zones.
func (t *teller) round(round reconcile.Round) {
	if t == nil || round.Err != nil {
		return
	}
	var events []notify.Event
	for i, o := range round.Outcomes {
		events = append(events, t.watch.Outcome(notify.Revision{Commit: round.Revision, Author: round.Author}, &round.Plan.Zones[i], o)...)
	}
	t.post(events...)
}

// config tells that a configuration was refused, or with nil that the one that is there is in force.
func (t *teller) config(err error) {
	switch {
	case t == nil:
	case err != nil:
		t.post(notify.ConfigRefusal(err))
	default:
		t.post(notify.ConfigAccepted())
	}
}

// suspensions tells of what somebody has suspended, or with notify.Resumption resumed.
func (t *teller) suspensions(all []reconcile.Suspension, of func(ref reconcile.Ref, actor, reason string) notify.Event, actor, reason string) {
	if t == nil {
		return
	}
	var events []notify.Event
	for _, s := range all {
		events = append(events, of(reconcile.Ref(s.Scope), actor, reason))
	}
	t.post(events...)
}

// run delivers until ctx is done.
func (t *teller) run(ctx context.Context) {
	if t == nil {
		return
	}
	var counting sync.WaitGroup
	counting.Go(func() { t.count(ctx) })
	t.notifier.Run(ctx)
	counting.Wait()
}

// countInterval is how often is counted what waits.
const countInterval = 15 * time.Second

// count notes again and again how much waits to be delivered.
func (t *teller) count(ctx context.Context) {
	tick := time.NewTicker(countInterval)
	defer tick.Stop()
	for {
		if all, err := t.notifier.Status(ctx); err == nil {
			for _, s := range all {
				t.pending(s.Sink, s.Pending)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
