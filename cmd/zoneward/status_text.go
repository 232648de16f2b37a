package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// textStatus writes how resources were found for people at a terminal.
type textStatus struct {
	w     *bufio.Writer
	style render.Style
}

// writeTextStatus writes what a person should look at, then each resource with what is known of it, then the zones and domains with something more to say, and a
// line that sums up.
func writeTextStatus(w io.Writer, s domainsStatus, style render.Style) error {
	t := textStatus{bufio.NewWriter(w), style}
	for _, alert := range s.alerts() {
		t.printf("%salert:%s %s\n", style.Yellow, style.Reset, render.Shown(alert.Message))
		if at := alert.Position.String(); at != "" {
			t.printf("  %s%s%s\n", style.Dim, render.Shown(at), style.Reset)
		}
	}
	if len(s.alerts()) > 0 {
		t.printf("\n")
	}
	t.resources(s.resources)
	for _, z := range s.zones {
		t.zone(z, s)
	}
	t.printf("%s%s%s\n", style.Bold, s.summary(), style.Reset)
	return t.w.Flush()
}

func (t textStatus) printf(format string, args ...any) { fmt.Fprintf(t.w, format, args...) }

// row is one resource in the table.
type row struct{ name, provider, phase, state string }

// resources writes a table, with what is known of each resource below it.
func (t textStatus) resources(all []resourceStatus) {
	if len(all) == 0 {
		return
	}
	head := row{"RESOURCE", "PROVIDER", "PHASE", "STATE"}
	rows, width := make([]row, len(all)), struct{ name, provider, phase int }{len(head.name), len(head.provider), len(head.phase)}
	for i, r := range all {
		rows[i] = row{render.Resource(r.Kind, r.Name), r.Target, string(r.Status.Phase), cmp.Or(render.Shown(r.Status.State), "-")}
		width.name = max(width.name, min(utf8.RuneCountInString(rows[i].name), render.WidestName))
		width.provider = max(width.provider, utf8.RuneCountInString(r.Target))
		width.phase = max(width.phase, len(r.Status.Phase))
	}
	line := func(r row, colour string) {
		t.printf("%-*s  %-*s  %s%-*s%s  %s\n", width.name, r.name, width.provider, r.provider, colour, width.phase, r.phase, t.style.Reset, r.state)
	}
	t.printf("%s", t.style.Dim)
	line(head, "")
	for i, r := range rows {
		line(r, t.colour(all[i].Status.Phase))
		t.observed(all[i])
	}
	t.printf("\n")
}

func (t textStatus) colour(phase providers.ResourcePhase) string {
	switch phase {
	case providers.Ready:
		return t.style.Green
	case providers.Blocked, unknown:
		return t.style.Red
	case providers.Pending, absent:
	}
	return t.style.Yellow
}

// observed writes why a resource is not ready, and what else is known of it.
func (t textStatus) observed(r resourceStatus) {
	if r.Status.Reason != "" {
		t.printf("  %s\n", render.Shown(r.Status.Reason))
	}
	switch {
	case !r.checked || r.checkErr != nil:
	case r.before == r.Status:
		t.printf("  its provider was asked to look at it, and says nothing else so far\n")
	default:
		t.printf("  its provider has looked at it; before it was %s\n", render.Shown(cmp.Or(r.before.State, string(r.before.Phase))))
	}
	for _, err := range r.errors() {
		t.printf("  %serror:%s %s\n", t.style.Red, t.style.Reset, render.Shown(err.Error()))
	}
	width := 0
	for _, o := range r.Observed {
		width = max(width, utf8.RuneCountInString(render.Shown(o.Name)))
	}
	for _, o := range r.Observed {
		t.printf("  %s%-*s%s  %s\n", t.style.Dim, width, render.Shown(o.Name), t.style.Reset, render.Shown(o.Text))
	}
}

// zone writes what there is to say of a zone on a target, or of a domain at a provider, beside its resources.
func (t textStatus) zone(z *reconcile.ZonePlan, s domainsStatus) {
	t.printf("%s%s on %s%s\n", t.style.Bold, render.Name(z.Zone), render.Shown(z.Target), t.style.Reset)
	if z.Err != nil {
		for line := range strings.SplitSeq(render.Lines(z.Err.Error()), "\n") {
			t.printf("  %serror:%s %s\n", t.style.Red, t.style.Reset, line)
		}
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
	for _, hold := range z.Holds {
		t.printf("  %sheld by %s:%s %s\n", t.style.Yellow, hold.Guard, t.style.Reset, render.Shown(hold.Reason))
	}
	t.printf("\n")
}

// changeText says in a few words what a change does: "update mail example.com.".
func changeText(c reconcile.Change) string {
	what := render.Key(c.Key)
	switch {
	case render.IsPending(c):
		what = render.Shown(c.From)
	case c.Kind == reconcile.KindResource:
		what = render.Resource(c.Resource.Kind, c.Key.Name)
	case c.Kind == reconcile.KindProperty:
		what = render.Shown(c.Property.Name) + " of the zone"
	}
	return string(c.Action) + " " + what
}

// summary says in a line how much there is of what.
func (s domainsStatus) summary() string {
	phases := map[providers.ResourcePhase]int{}
	for _, r := range s.resources {
		phases[r.Status.Phase]++
	}
	var parts []string
	for _, phase := range []providers.ResourcePhase{providers.Ready, providers.Pending, providers.Blocked, absent, unknown} {
		if n := phases[phase]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, phase))
		}
	}
	text := render.Count(len(s.resources), "resource", "resources")
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	text += "."
	var waiting, held, errors, states int
	for _, z := range s.zones {
		waiting += len(z.Deferred)
		held += min(len(z.Holds), 1)
		if z.Err != nil {
			errors++
		}
		if z.State != nil {
			states++
		}
	}
	for _, part := range []struct {
		what string
		n    int
	}{{"Alerts", len(s.alerts())}, {"Zones that cannot be written", states}, {"Changes that wait", waiting}, {"Held", held}, {"Errors", errors}} {
		if part.n > 0 {
			text += fmt.Sprintf(" %s: %d.", part.what, part.n)
		}
	}
	return text
}
