package reconcile

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
)

// saidSeparator is between the parts of what was last logged of a zone: what is said again as a whole if any of it is new, and then each thing that is said by
// itself.
const saidSeparator = "\x00"

// said are the parts of what was last logged of a zone.
type said []string

func (s said) String() string { return strings.Join(s, saidSeparator) }

// add adds a thing that is said by itself, and reports whether it is new, which what was said before tells.
func (s *said) add(before said, format string, args ...any) bool {
	one := strings.ReplaceAll(fmt.Sprintf(format, args...), saidSeparator, "")
	*s = append(*s, one)
	return !slices.Contains(before[1:], one)
}

// logAround logs what has changed of how the resources of a domain are, what a person should look at, and what waits from now on. It adds that to what is said.
func logAround(log *slog.Logger, plan *ZonePlan, before said, now *said) {
	for _, v := range plan.Resources {
		logResource(log, v, before, now)
	}
	if plan.OfResources() {
		for _, w := range plan.Warnings {
			if now.add(before, "alert %s %s", w.Rule, w.Message) && w.Rule != "blocked" { // which the state of the resource says
				log.Warn("resource to be looked at", "rule", w.Rule, "at", w.Position.String(), "reason", w.Message)
			}
		}
	}
	for _, d := range plan.Deferred {
		if now.add(before, "waits %s %s %s", d.Action, subject(d.Change), d.For) {
			log.Info("change waits", "plan", plan.ID.String(), "change", string(d.Action)+" "+subject(d.Change), "for", d.For)
		}
	}
}

// logResource logs how a resource is, if it was another way.
func logResource(log *slog.Logger, v ResourceView, before said, now *said) {
	what := fmt.Sprintf("state of %s %s: ", v.Kind, v.Name)
	if v.Status.Phase == providers.Ready { // as it should be: that is not said of one that always was
		if slices.ContainsFunc(before[1:], func(one string) bool { return strings.HasPrefix(one, what) }) {
			log.Info("resource ready", "type", string(v.Kind), "owner", v.Name.String(), "status", v.Status.State)
		}
		return
	}
	if !now.add(before, "%s%s %s %s", what, v.Status.Phase, v.Status.State, v.Status.Reason) {
		return
	}
	if v.Status.Phase == providers.Blocked {
		log.Warn("resource blocked", "type", string(v.Kind), "owner", v.Name.String(), "status", v.Status.State, "reason", v.Status.Reason)
		return
	}
	log.Info("resource pending", "type", string(v.Kind), "owner", v.Name.String(), "status", v.Status.State, "reason", v.Status.Reason)
}

// subjects returns what changes are about.
func subjects(changes []Change) []string {
	all := make([]string, len(changes))
	for i, c := range changes {
		all[i] = subject(c)
	}
	return all
}

// subject returns what waits, as that of a change. Of a resource it is the name alone.
func (w Waiting) subject() string {
	if w.Kind == KindResource {
		return w.Key.Name.String()
	}
	return subject(Change{Kind: w.Kind, Key: w.Key})
}
