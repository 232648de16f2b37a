package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// reportLook tells what a look at the source came to, if that is new.
func (l *Loop) reportLook(look Look) {
	l.mu.Lock()
	text := ""
	if look.Err != nil {
		text = look.Err.Error()
	}
	again := text == l.failure
	l.failure = text
	var notices []string
	if look.Err == nil && look.Changed {
		notices = l.state.notices
	}
	l.mu.Unlock()
	switch {
	case look.Err != nil && !again:
		l.Log.Error("source cannot be read, nothing new is begun", "commit", look.Revision, "err", look.Err)
	case look.Err == nil && !again:
		l.Log.Info("source can be read again", "commit", look.Revision)
	}
	l.reportNotices(notices)
	if l.OnLook != nil {
		l.OnLook(look)
	}
}

// mostNotices is how many are remembered as said.
const mostNotices = 10_000

// reportNotices logs notices that were not logged before.
func (l *Loop) reportNotices(notices []string) {
	for _, notice := range notices {
		l.mu.Lock()
		again := l.notices[notice]
		if len(l.notices) > mostNotices {
			clear(l.notices) // over the years they name many files
		}
		l.notices[notice] = true
		l.mu.Unlock()
		if !again {
			l.Log.Warn("not managed", "notice", notice)
		}
	}
}

// report logs what a round did, and what it could not do when that is new.
func (l *Loop) report(ctx context.Context, r Round) {
	if r.Err != nil {
		if ctx.Err() == nil {
			l.reportFailure(r)
		}
		return
	}
	l.mu.Lock()
	l.roundFailure = ""
	l.mu.Unlock()
	l.reportNotices(r.Plan.Notices)
	for i, o := range r.Outcomes {
		l.reportZone(r, &r.Plan.Zones[i], o)
	}
}

// reportFailure logs why nothing could be planned, once: it is so for many zones.
func (l *Loop) reportFailure(r Round) {
	l.mu.Lock()
	text := r.Err.Error()
	again := l.roundFailure == text
	l.roundFailure = text
	l.mu.Unlock()
	if !again {
		l.Log.Error("round failed, nothing was touched", "commit", r.Revision, "err", r.Err)
	}
}

// reportZone logs what became of one zone. What stays as it was is said once.
func (l *Loop) reportZone(r Round, plan *ZonePlan, o Outcome) {
	log := l.Log.With("zone", o.Zone.String(), "provider", o.Target, "commit", r.Revision)
	l.mu.Lock()
	before := said(strings.Split(l.said[o.Ref], saidSeparator))
	l.mu.Unlock()
	now := said{stateOf(plan, o)}
	again := before[0] == now[0]
	if o.Settled > 0 {
		log.Warn("interrupted writes settled", "writes", o.Settled)
	}
	if !again {
		logLeft(log, plan)
	}
	logAround(log, plan, before, &now)
	l.mu.Lock()
	if l.zones[o.Ref] != nil { // one that is gone for good may be back later
		l.said[o.Ref] = now.String()
	}
	l.mu.Unlock()
	planned := withPlan(log, plan)
	switch o.Status {
	case Applied:
		planned.Info("zone applied", "changes", len(o.Changes), "serial", o.Serial, "took", o.Took)
		if drifted := having(o.Changes, func(c Change) bool { return c.Cause == CauseDrift || c.Cause == CauseBoth }); len(drifted) > 0 {
			planned.Warn("drift put right", "rrsets", list(subjects(drifted)))
		}
	case Unchanged, Interrupted:
	case Held:
		if !again {
			for _, hold := range plan.Holds {
				planned.Warn("zone held", "guard", string(hold.Guard), "reason", hold.Reason)
			}
			logState(log, plan, o)
		}
	case Stale, Conflict:
		planned.Warn("zone changed elsewhere", "changes", len(o.Changes), "err", o.Err)
	case Failed:
		if !again {
			logFailed(log, plan, o)
		}
	}
	if v := o.Verification; v != nil && !v.OK() {
		for _, s := range v.Servers {
			if !s.OK() {
				planned.Warn("name server does not serve what was applied", "server", s.Server, "serial", s.Serial, "reason", s.why())
			}
		}
	}
}

// withPlan adds the id of a plan, where there is one: a zone that could not be planned has none.
func withPlan(log *slog.Logger, plan *ZonePlan) *slog.Logger {
	if plan.ID.IsZero() {
		return log
	}
	return log.With("plan", plan.ID.String())
}

// logState logs what keeps a zone from being written at its provider, and what has to be published elsewhere.
func logState(log *slog.Logger, plan *ZonePlan, o Outcome) {
	if o.State == nil {
		return
	}
	if len(o.Changes) > 0 {
		withPlan(log, plan).Info("zone created")
	}
	var outputs []string
	for _, output := range o.State.Outputs {
		outputs = append(outputs, output.RRset.String())
	}
	log.Warn("zone cannot be written", "status", o.State.Name, "reason", o.State.Needs, "publish", list(outputs))
}

// stateOf returns a text that is another one if there is something new to say of a zone.
func stateOf(plan *ZonePlan, o Outcome) string {
	var b strings.Builder
	b.WriteString(string(o.Status))
	if _, busy := errors.AsType[*providers.BusyError](o.Err); busy { // it says how long to wait, which is another time each time
		b.WriteString("busy")
	} else if o.Err != nil {
		b.WriteString(o.Err.Error())
	}
	if o.State != nil {
		b.WriteString(o.State.Name + o.State.Needs)
		for _, output := range o.State.Outputs {
			b.WriteString(output.RRset.String())
		}
	}
	for _, hold := range plan.Holds { // of this plan: another one is another thing to look at
		b.WriteString(string(hold.Guard) + hold.Reason + plan.ID.String())
	}
	for _, c := range plan.Drift {
		fmt.Fprintf(&b, "%s %s %s", subject(c), side(c.Old), side(c.New))
		if c.Resource != nil {
			fmt.Fprint(&b, c.Resource.Fields)
		}
	}
	for _, w := range plan.Waiting {
		fmt.Fprintf(&b, "%s %t", w.Key, w.Noted)
	}
	return strings.ReplaceAll(b.String(), saidSeparator, "")
}

// logLeft logs what a plan leaves as it is: drift, and what waits from now on.
func logLeft(log *slog.Logger, plan *ZonePlan) {
	if len(plan.Drift) > 0 {
		log.Warn("drift found, and left", "rrsets", list(subjects(plan.Drift)))
	}
	var begin []string
	var until time.Time
	for _, w := range plan.Waiting {
		if !w.Noted {
			begin, until = append(begin, w.subject()), w.Until // which is the same for all
		}
	}
	if len(begin) > 0 {
		log.Info("grace begun", "rrsets", list(begin), "until", until.UTC())
	}
}

// logFailed logs why a zone could not be applied, and what of it the provider does not take.
func logFailed(log *slog.Logger, plan *ZonePlan, o Outcome) {
	if o.RolledBack {
		withPlan(log, plan).Error("zone rolled back", "err", o.Err)
		return
	}
	for _, refusal := range o.Refused {
		withPlan(log, plan).Warn("change refused", "rrsets", list(subjects(refusal.Changes)), "err", refusal.Err)
	}
	withPlan(log, plan).Error("zone failed", "changes", len(o.Changes), "err", o.Err)
}

// having returns those that are so.
func having[T any](all []T, so func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(one T) bool { return !so(one) })
}

// why says what is wrong with the answers of a server.
func (s ServerAnswer) why() string {
	reasons := slices.Clone(s.Wrong)
	if s.Lags {
		reasons = append(reasons, "its serial is lower")
	}
	if s.Err != nil {
		reasons = append(reasons, s.Err.Error())
	}
	return strings.Join(reasons, "; ")
}
