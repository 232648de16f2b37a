package notify

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Watch turns what becomes of zones into events: it remembers what stands of each, so that only what changes is told. Its methods may be called concurrently.
type Watch struct {
	mu    sync.Mutex
	stand map[reconcile.Ref]map[string]Event // by aspect
	// source is what stands of the zones repository, the zero Event if it is read.
	source Event
}

// NewWatch returns a Watch that knows of what subjects something stood when the last one ended, see [Notifier.Standing]: what of it is over by now is told.
func NewWatch(standing []string) *Watch {
	w := &Watch{stand: map[reconcile.Ref]map[string]Event{}}
	for _, subject := range standing {
		parts := strings.Split(subject, separator)
		if len(parts) != 3 {
			continue
		}
		zone, err := zonefile.ParseName(parts[0], zonefile.Name{})
		switch {
		case parts[2] == aspectSource:
			w.source = Event{Kind: SourceFailed}
		case parts[0] != "" && err == nil:
			w.set(reconcile.Ref{Zone: zone, Target: parts[1]}, parts[2], Event{})
		}
	}
	return w
}

func (w *Watch) set(ref reconcile.Ref, aspect string, e Event) {
	if w.stand[ref] == nil {
		w.stand[ref] = map[string]Event{}
	}
	w.stand[ref][aspect] = e
}

// Revision is the state of the zones repository that an outcome is of.
type Revision struct{ Commit, Author string }

// Outcome returns what there is to tell of what became of one plan.
func (w *Watch) Outcome(r Revision, plan *reconcile.ZonePlan, o reconcile.Outcome) []Event {
	if o.Status == reconcile.Interrupted {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	events, settled := describe(plan, o)
	before := w.stand[o.Ref]
	var news []Event
	now := map[string]bool{}
	for _, e := range events {
		now[e.Aspect] = true
		if was, ok := before[e.Aspect]; ok && e.Kind.stands() && was.Kind == e.Kind && was.State == e.State {
			continue
		}
		news = append(news, e)
	}
	// What is over comes first: that it was applied ends it too.
	var over []Event
	for _, aspect := range slices.Sorted(maps.Keys(before)) {
		stands := slices.ContainsFunc(events, func(e Event) bool { return e.Aspect == aspect && e.Kind.stands() })
		if !stands && settled(aspect) {
			over = append(over, Event{Kind: Recovered, Aspect: aspect, At: o.Began.Add(o.Took)})
			delete(before, aspect)
		}
	}
	for _, e := range events {
		if e.Kind.stands() {
			w.set(o.Ref, e.Aspect, Event{Kind: e.Kind, State: e.State})
		}
	}
	if len(w.stand[o.Ref]) == 0 {
		delete(w.stand, o.Ref)
	}
	news = append(over, news...)
	for i := range news {
		news[i].Zone, news[i].Target, news[i].Commit, news[i].Author = o.Zone, o.Target, r.Commit, r.Author
	}
	return news
}

// aspectSource and aspectConfig are those of what is about the daemon as a whole.
const (
	aspectSource = "source"
	aspectConfig = "configuration"
)

// Source returns what there is to tell of a reading of the zones repository that ended with err, which may be nil.
func (w *Watch) Source(err error) []Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	failed := w.source.Kind == SourceFailed
	switch {
	case err == nil && failed:
		w.source = Event{}
		return []Event{{Kind: SourceRecovered, Aspect: aspectSource}}
	case err != nil && !failed:
		w.source = Event{Kind: SourceFailed}
		return []Event{{Kind: SourceFailed, Aspect: aspectSource, Reason: err.Error()}}
	}
	return nil
}

// ConfigRefusal returns the event of a configuration that is not valid. The same error is told once, until one is accepted.
func ConfigRefusal(err error) Event {
	return Event{Kind: ConfigRefused, Aspect: aspectConfig, State: err.Error(), Reason: err.Error()}
}

// ConfigAccepted returns the event of a valid configuration. Only those get it who were told of one that is not.
func ConfigAccepted() Event { return Event{Kind: Recovered, Aspect: aspectConfig} }

// Suspension returns the event of a suspension by a person: of a zone on a target, with the zero Name and "" for all.
func Suspension(ref reconcile.Ref, actor, reason string) Event {
	return byPerson(Suspended, ref, actor, reason)
}

// Resumption returns the event of the end of one.
func Resumption(ref reconcile.Ref, actor, reason string) Event {
	return byPerson(Resumed, ref, actor, reason)
}

func byPerson(kind Kind, ref reconcile.Ref, actor, reason string) Event {
	text := "by " + actor
	if reason != "" {
		text += ": " + reason
	}
	return Event{Kind: kind, Zone: ref.Zone, Target: ref.Target, Aspect: aspectSuspension, State: text, Reason: text}
}

const aspectSuspension = "suspension"
