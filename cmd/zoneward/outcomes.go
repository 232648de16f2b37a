package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// writeOutcomes says what became of the plans, zone by zone: what was done on standard output, what was not on standard error. The errors of
// zones that had no plan were shown with the plan.
func (c *common) writeOutcomes(plan *reconcile.Plan, outcomes []reconcile.Outcome) error {
	if c.format == "json" {
		return c.stdout.writeJSON(document.OfOutcomes(plan, outcomes))
	}
	var applied []reconcile.ZonePlan
	changes := 0
	for i, o := range outcomes {
		z := &plan.Zones[i]
		if z.Err != nil && !errors.Is(z.Err, reconcile.ErrStale) {
			continue
		}
		if o.Settled > 0 {
			fmt.Fprintf(c.stderr, "note: %s: %s had been interrupted; what became of it is noted now\n", o.Ref, render.Count(o.Settled, "write", "writes"))
		}
		switch o.Status {
		case reconcile.Applied:
			applied = append(applied, *z)
			changes += len(o.Changes)
			c.writeApplied(z, o)
		case reconcile.Unchanged:
		case reconcile.Held:
			if o.State == nil && len(o.Changes) > 0 {
				applied = append(applied, *z)
				changes += len(o.Changes)
				c.writeApplied(z, o)
			}
			c.writeHeld(z, o)
		case reconcile.Interrupted:
			fmt.Fprintf(c.stderr, "%s: not begun\n", o.Ref)
		case reconcile.Stale, reconcile.Conflict, reconcile.Failed:
			c.writeFailed(z, o)
		}
		c.writeVerification(o)
		c.writeStill(o)
	}
	if len(applied) > 0 {
		all := render.ExtentOf(applied, func(*reconcile.ZonePlan) bool { return true })
		fmt.Fprintf(c.stdout, "Applied: %s in %s.\n", render.Count(changes, "change", "changes"), all)
	}
	c.writeGoOn(outcomes)
	return nil
}

// writeApplied says what was applied to a zone.
func (c *common) writeApplied(z *reconcile.ZonePlan, o reconcile.Outcome) {
	serial := ""
	if o.Serial != 0 {
		serial = fmt.Sprintf(", serial %d", o.Serial)
	}
	fmt.Fprintf(c.stdout, "%s: applied %s%s, in %s\n", o.Ref, render.Count(len(o.Changes), "change", "changes"), serial, roundTime(o.Took))
	for _, change := range o.Changes {
		if end := render.Retirement(change); end != "" {
			fmt.Fprintf(c.stdout, "  retired %s: %s\n", changeName(change), end)
		}
	}
	writeUntil(c.stdout, z, o)
}

// writeHeld says that a zone was not written, or no further than that it is there, and what the provider waits for if it is not a guard that holds it. What
// holds only what came later was not in the plan.
func (c *common) writeHeld(z *reconcile.ZonePlan, o reconcile.Outcome) {
	for _, hold := range o.Holds {
		fmt.Fprintf(c.stderr, "%s: held by %s: %s\n", o.Ref, hold.Guard, render.Shown(hold.Reason))
		if hint := (advice{line: c.commandLine, savable: true}).On(z, hold); hint != "" {
			fmt.Fprintf(c.stderr, "  hint: %s\n", hint)
		}
	}
	if o.State == nil {
		if len(o.Holds) == 0 {
			fmt.Fprintf(c.stderr, "%s: held, nothing was written\n", o.Ref)
		}
		return
	}
	written := "nothing was written"
	switch {
	case len(o.Changes) > 0 && z.OfResources():
		written = render.Count(len(o.Changes), "change is", "changes are") + " live, and the others wait"
	case len(o.Changes) > 0:
		written = "the zone was created, and its records wait"
	}
	fmt.Fprintf(c.stderr, "%s: %s, %s: %s\n", o.Ref, render.Shown(o.State.Name), written, render.Shown(o.State.Needs))
	for _, line := range render.Outputs(o.State) {
		fmt.Fprintf(c.stderr, "  %s\n", line)
	}
}

// writeFailed says what went wrong with a zone, and what of its plan is live all the same. What the provider does not take is named, with its words.
func (c *common) writeFailed(z *reconcile.ZonePlan, o reconcile.Outcome) {
	if _, only := errors.AsType[*reconcile.RefusedError](o.Err); only {
		n := 0
		for _, r := range o.Refused {
			n += len(r.Changes)
		}
		fmt.Fprintf(c.stderr, "error: %s: %d of %s %s refused (%s)\n", o.Ref, n, render.Count(len(z.Changes), "change", "changes"), render.Verb(n, "was", "were"), whatWasWritten(o))
	} else {
		fmt.Fprintf(c.stderr, "error: %s (%s)\n", render.Lines(o.Err.Error()), whatWasWritten(o))
	}
	for _, r := range o.Refused {
		fmt.Fprintf(c.stderr, "  refused: %s: %s\n", changesText(r.Changes), render.Shown(r.Err.Error()))
	}
	if len(o.Skipped) > 0 {
		fmt.Fprintf(c.stderr, "  not retired, since not all that is new is live: %s\n", changesText(o.Skipped))
	}
	if o.RolledBack {
		fmt.Fprintf(c.stderr, "hint: %s ends that sooner\n", c.commandLine(resumeWords(reconcile.Scope(o.Ref))...))
	}
	writeUntil(c.stderr, z, o)
}

// changesText names changes, with the places in zone files that state them.
func changesText(changes []reconcile.Change) string {
	const few = 5
	var names []string
	for i, c := range changes {
		if i == few {
			names = append(names, fmt.Sprintf("and %d more", len(changes)-few))
			break
		}
		name := changeName(c)
		if source := c.Source.String(); source != "" {
			name += " (" + render.Shown(source) + ")"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// changeName names what a change is about.
func changeName(c reconcile.Change) string {
	switch {
	case render.IsPending(c):
		return render.Shown(c.From)
	case c.Kind == reconcile.KindProperty:
		return "the " + render.Shown(c.Property.Name) + " of the zone"
	case c.Kind != reconcile.KindResource:
		return render.Key(c.Key)
	}
	name := render.Resource(c.Resource.Kind, c.Key.Name)
	if c.Action != reconcile.Update {
		return name
	}
	var fields []string
	for _, f := range c.Resource.Fields {
		fields = append(fields, render.Shown(f.Name))
	}
	return strings.Join(fields, ", ") + " of " + name
}

// whatWasWritten says what a person should know about a zone that could not be applied.
func whatWasWritten(o reconcile.Outcome) string {
	switch {
	case o.RolledBack:
		return "the zone is suspended until its file changes"
	case len(o.Changes) > 0:
		return fmt.Sprintf("%s live all the same", render.Count(len(o.Changes), "change is", "changes are"))
	case o.Written == reconcile.NotWritten:
		return "nothing was written"
	case o.Written == reconcile.PerhapsWritten:
		return "it is not known whether anything was written; the next plan shows it"
	}
	return "it was written to; the next plan shows what is live"
}

// writeUntil says until when resolvers may give old answers.
func writeUntil(w *output, z *reconcile.ZonePlan, o reconcile.Outcome) {
	until := document.LingersUntil(z, o)
	if until.IsZero() {
		return
	}
	layout := "15:04:05Z"
	if y, m, d := until.Date(); o.Began.UTC().Before(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) {
		layout = "2006-01-02 15:04:05Z"
	}
	fmt.Fprintf(w, "  resolvers may give old answers until %s\n", until.Format(layout))
}

// writeVerification says whether the name servers serve what was applied, if they were asked, and of those that do not what they said.
func (c *common) writeVerification(o reconcile.Outcome) {
	if o.Verification == nil {
		return
	}
	servers := o.Verification.Servers
	w := c.stderr
	switch wrong := slices.DeleteFunc(slices.Clone(servers), reconcile.ServerAnswer.OK); {
	case o.Verification.OK():
		w = c.stdout
		if slices.ContainsFunc(o.Changes, func(c reconcile.Change) bool { return c.Kind == reconcile.KindZone && c.Action == reconcile.Retire }) {
			fmt.Fprintf(w, "  verified: %s asked, and none serves it any more\n", render.Count(len(servers), "name server was", "name servers were"))
			break
		}
		fmt.Fprintf(w, "  verified: %s\n", render.Count(len(servers), "name server serves it", "name servers serve it"))
	case len(servers) == 1 && servers[0].Server == "":
		fmt.Fprintf(w, "warning: %s: no name server could be asked: %s\n", o.Ref, render.Shown(servers[0].Err.Error()))
	default:
		fmt.Fprintf(w, "warning: %s: %d of %s %s not serve what was applied\n",
			o.Ref, len(wrong), render.Count(len(servers), "name server", "name servers"), render.Verb(len(wrong), "does", "do"))
		writeServers(w, wrong, render.Style{})
	}
	for _, note := range o.Verification.Notes {
		fmt.Fprintf(w, "  note: %s\n", render.Shown(note))
	}
}
