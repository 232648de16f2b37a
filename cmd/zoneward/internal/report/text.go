package report

import (
	"io"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// WriteText writes the report for people at a terminal, without what is redacted.
func (r *Report) WriteText(w io.Writer, s render.Style) error {
	r = r.redacted()
	zones := r.zones()
	t := text{render.NewPrinter(w, s)}
	for i := range zones {
		if zones[i].speaks() {
			t.zone(&zones[i])
		}
	}
	t.list("changed on both sides, so the branch has to be updated", r.Conflicts)
	t.list("of the configuration, and counts once it is merged", r.ConfigFiles)
	t.list("leaves the zones repository", r.leavingRefs(zones))
	for _, p := range ordered(r.Problems) {
		t.Printf("%s\n", render.Shown(p.String()))
	}
	for _, test := range r.Tests {
		if test.Status != dnstest.Passed {
			t.Printf("%s\n", render.Shown(testText(test)))
		}
	}
	t.list("note", slices.Concat(r.notes(), r.Proposal.Plan.Notices))
	if counted := testsText(r.Tests); counted != "" {
		t.Printf("DNS tests: %s.\n", counted)
	}
	t.Printf("%s%s%s\n", s.Bold, strings.Join(append(sentences(zones), r.verdict()), "\n"), s.Reset)
	t.Printf("Plan: %s\n", r.Proposal.Plan.ID())
	return t.Flush()
}

// text writes reports for people at a terminal.
type text struct{ render.Printer }

func (t text) list(what string, items []string) {
	for _, item := range items {
		t.Printf("%s: %s\n", what, render.Shown(item))
	}
}

func (t text) zone(z *zone) {
	t.Printf("%s%s on %s%s\n", t.Style.Bold, render.Name(z.Zone), render.Shown(z.Target), t.Style.Reset)
	for _, line := range z.failure {
		t.Printf("  %serror:%s %s\n", t.Style.Red, t.Style.Reset, render.Shown(line))
	}
	t.changes("this change:", z.caused)
	t.following("this change, later:", z.later)
	t.changes("already adrift, and put right too:", z.adrift)
	t.following("would follow without this change too:", z.others)
	t.changes("would be done without this change, and is not with it:", z.settled)
	for _, h := range z.holds {
		t.Printf("  %sheld by %s:%s %s\n", t.Style.Yellow, render.Shown(string(h.Guard)), t.Style.Reset, render.Shown(h.Reason))
		if h.Todo != "" {
			t.Printf("    %shint: %s%s\n", t.Style.Dim, render.Shown(h.Todo), t.Style.Reset)
		}
	}
	for _, m := range z.remarks {
		t.Printf("  %s%s:%s %s\n", t.Style.Bold, render.Shown(m.Topic), t.Style.Reset, render.Shown(m.Text))
	}
	for _, w := range z.warnings {
		t.Printf("  %s\n", render.Shown(w.String()))
	}
	t.Printf("\n")
}

func (t text) changes(title string, changes []reconcile.Change) {
	if len(changes) == 0 {
		return
	}
	t.Printf("  %s\n", title)
	var cols render.Columns
	for _, c := range changes {
		cols.Fit(c)
	}
	p := t.Indented("  ")
	for _, c := range changes {
		p.Change(c, cols)
	}
}

func (t text) following(title string, all []render.Following) {
	for _, f := range all {
		t.changes(title+" "+render.Shown(f.What), f.Changes)
	}
}
