package reconcile

import (
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// watch warns of what a person should look at, and of what somebody else has changed.
func (u *unitPlan) watch(l *liveResource) {
	at := zonefile.Position{File: u.in.source}
	if l.declaration != nil {
		at = l.declaration.Position
	}
	warn := func(rule, message string) {
		u.Warnings = append(u.Warnings, zonefile.Problem{Position: at, Rule: rule, Severity: zonefile.Warning, Message: u.in.named(l) + ": " + message})
	}
	for _, o := range l.live.Observed {
		if o.Alert != "" {
			warn(o.Name, o.Alert)
		}
		if was, ok := l.watched(o); ok && was != o.Text {
			warn(o.Name, fmt.Sprintf("somebody changed the %s from %q to %q; if that is right, say so with: zoneward adopt --zone %s --target %s", o.Name, was, o.Text, u.in.Zone, u.in.Target))
		}
	}
	if l.live.Status.Phase == providers.Blocked {
		warn("blocked", fmt.Sprintf("it is %s: %s", l.live.Status.State, l.live.Status.Reason))
	}
}

// watched returns what a watched observation was when somebody last said that it is right.
func (l *liveResource) watched(o providers.Observation) (string, bool) {
	if !l.isWatched(o) || l.applied == nil {
		return "", false
	}
	was, ok := l.applied.Watched[o.Name]
	return was, ok
}

// isWatched reports whether a change of an observation is an alarm: it is what nobody declares.
func (l *liveResource) isWatched(o providers.Observation) bool {
	_, declared := l.wanted.Fields[o.Name]
	return o.Watched && !declared
}
