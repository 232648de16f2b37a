package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// mostShownZones is how many zones are shown one by one; the summary counts all.
const mostShownZones = 100

// writeDaemonStatus writes how a daemon is: what it works on, the zones that a person has to look at first, what domains have beside their zones, and a line that
// sums up.
func writeDaemonStatus(w io.Writer, s *daemonStatus, style render.Style) error {
	t := textStatus{bufio.NewWriter(w), style}
	t.daemon(s)
	order := make([]int, len(s.zones))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rankOf(s.zones[a].State) - rankOf(s.zones[b].State) })
	for n, i := range order {
		if n == mostShownZones {
			t.printf("and %d more: --zone NAME shows one\n\n", len(order)-n)
			break
		}
		t.daemonZone(s, i)
	}
	t.printf("%s%s%s\n", style.Bold, zonesSummary(s.Zones), style.Reset)
	if err := t.w.Flush(); err != nil || len(s.domains.resources)+len(s.domains.alerts()) == 0 {
		return err
	}
	domains := s.domains
	domains.zones = nil // they stand above
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	return writeTextStatus(w, domains, style)
}

// rankOf returns how early a zone is shown.
func rankOf(state document.ZoneState) int { return slices.Index(document.ZoneStates[:], state) }

// zonesSummary counts zones by their states.
func zonesSummary(zones map[document.ZoneState]int) string {
	var parts []string
	n := 0
	for _, state := range document.ZoneStates {
		if zones[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", zones[state], stateText(state)))
			n += zones[state]
		}
	}
	if n == 0 {
		return "No zones."
	}
	return render.Count(n, "zone", "zones") + ": " + strings.Join(parts, ", ") + "."
}

// stateText says how a zone is.
func stateText(state document.ZoneState) string {
	switch state {
	case document.ZoneApproval:
		return "waiting for approval"
	case document.ZoneUnseen:
		return "not looked at yet"
	case document.ZoneFailing, document.ZoneBlocked, document.ZoneHeld, document.ZoneSuspended, document.ZonePending, document.ZoneLive:
	}
	return string(state)
}

// daemon writes what a daemon works on.
func (t textStatus) daemon(s *daemonStatus) {
	line := func(topic, format string, args ...any) { t.printf("%-14s %s\n", topic, fmt.Sprintf(format, args...)) }
	wrong := func(topic, text string) {
		for line := range strings.SplitSeq(render.Lines(text), "\n") {
			t.printf("%-14s %s%s%s\n", topic, t.style.Red, line, t.style.Reset)
			topic = ""
		}
	}
	line("daemon", "zoneward %s, running since %s", render.Shown(s.Program), render.Stamp(s.StartedAt))
	if s.Configuration.Error == nil {
		line("configuration", "read %s", render.Stamp(s.Configuration.ReadAt))
	} else {
		line("configuration", "that of %s is in force:", render.Stamp(s.Configuration.ReadAt))
		wrong("", "a newer one is refused: "+*s.Configuration.Error)
	}
	if s.Source.RevisionAt == nil {
		line("repository", "not read yet")
	} else {
		line("repository", "%s, read %s", byCommit(reconcile.Writer{Commit: s.Source.Revision}), render.Stamp(*s.Source.RevisionAt))
	}
	if s.Source.Error != nil {
		since := ""
		if s.Source.FailingSince != nil {
			since = " since " + render.Stamp(*s.Source.FailingSince)
		}
		wrong("", "it cannot be read"+since+": "+*s.Source.Error)
	}
	line("now", "%s", nowText(s.DaemonStatus))
	t.printf("\n")
}

// nowText says what a daemon is doing.
func nowText(s document.DaemonStatus) string {
	var queued []string
	n := 0
	for _, trigger := range reconcile.Triggers {
		if s.Queued[trigger] > 0 {
			queued = append(queued, fmt.Sprintf("%s %d", trigger, s.Queued[trigger]))
			n += s.Queued[trigger]
		}
	}
	var parts []string
	if s.Running > 0 {
		parts = append(parts, fmt.Sprintf("%s %s worked on", render.Count(s.Running, "zone", "zones"), render.Verb(s.Running, "is", "are")))
	}
	if n > 0 {
		parts = append(parts, fmt.Sprintf("%s %s for their turn (%s)", render.Count(n, "zone", "zones"), render.Verb(n, "waits", "wait"), strings.Join(queued, ", ")))
	}
	if len(parts) == 0 {
		return "nothing to do"
	}
	return strings.Join(parts, ", ")
}

// daemonZone writes how a zone is, why, from which lines, and how to go on.
func (t textStatus) daemonZone(s *daemonStatus, i int) {
	z, ref := &s.zones[i], s.refs[i]
	colour := t.style.Yellow
	switch z.State {
	case document.ZoneFailing, document.ZoneBlocked:
		colour = t.style.Red
	case document.ZoneLive:
		colour = t.style.Green
	case document.ZoneHeld, document.ZoneApproval, document.ZoneSuspended, document.ZonePending, document.ZoneUnseen:
	}
	t.printf("%s%s on %s%s: %s%s%s\n", t.style.Bold, render.Name(ref.Zone), ref.Target, t.style.Reset, colour, stateText(z.State), t.style.Reset)
	if z.SucceededAt != nil {
		t.printf("  live as stated at %s\n", render.Stamp(*z.SucceededAt))
	}
	if z.Error != nil {
		for line := range strings.SplitSeq(render.Lines(*z.Error), "\n") {
			t.printf("  %serror:%s %s\n", t.style.Red, t.style.Reset, line)
		}
	}
	if plan := s.plan.Zone(ref); plan != nil {
		t.daemonPlan(s, plan)
	} else {
		for _, hold := range z.Holds {
			t.hold(hold.Guard, hold.Reason, "")
		}
	}
	t.nextLook(z, s.At)
	t.printf("\n")
}

func (t textStatus) hold(guard reconcile.Guard, reason, hint string) {
	t.printf("  %sheld by %s:%s %s\n", t.style.Yellow, guard, t.style.Reset, render.Shown(reason))
	if hint != "" {
		t.printf("    %shint: %s%s\n", t.style.Dim, hint, t.style.Reset)
	}
}

// daemonPlan writes what the last plan of a zone comes to.
func (t textStatus) daemonPlan(s *daemonStatus, z *reconcile.ZonePlan) {
	if len(z.Changes) > 0 {
		t.printf("  %s: %s\n", render.Count(len(z.Changes), "change", "changes"), changesText(z.Changes))
	}
	for _, hold := range z.Holds {
		t.hold(hold.Guard, hold.Reason, s.advice.On(z, hold))
	}
	if z.State != nil {
		t.printf("  %s%s:%s %s\n", t.style.Yellow, render.Shown(z.State.Name), t.style.Reset, render.Shown(z.State.Needs))
		for _, output := range render.Outputs(z.State) {
			t.printf("    %s\n", output)
		}
	}
	for _, d := range z.Deferred {
		t.printf("  waiting: %s %s\n", changeText(d.Change), render.WaitsFor(d, s.plan.CreatedAt))
	}
}

// nextLook says when a daemon looks at a zone again, if something is wrong with it.
func (t textStatus) nextLook(z *document.ZoneStatus, now time.Time) {
	if z.NextAt == nil && z.Trigger == reconcile.TriggerSource {
		t.printf("  the zones repository says something new of it, which is planned or applied now\n")
	}
	if z.NextAt == nil || z.State == document.ZoneLive {
		return
	}
	text := "looked at again at " + render.Stamp(*z.NextAt)
	if left := z.NextAt.Sub(now); left > 0 {
		text += ", in " + render.Span(left)
	}
	if z.Failures > 1 {
		text += fmt.Sprintf(", after it failed %d times in a row", z.Failures)
	}
	t.printf("  %s\n", text)
}
