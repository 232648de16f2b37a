package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// tally counts changes by what they do, and the zones that they are of.
type tally struct {
	actions map[reconcile.Action]int
	later   int
	zones   int
}

func (t *tally) add(changes []reconcile.Change, later []render.Following) {
	if t.actions == nil {
		t.actions = map[reconcile.Action]int{}
	}
	for action, n := range counts(changes) {
		t.actions[action] += n
	}
	t.later += following(later)
	if len(changes)+len(later) > 0 {
		t.zones++
	}
}

// changes returns how many changes there are.
func (t *tally) changes() int {
	n := t.later
	for _, of := range t.actions {
		n += of
	}
	return n
}

// String returns "1 to create, 2 to update, 0 to retire in 2 zones".
func (t *tally) String() string {
	a := t.actions
	return render.Actions(reconcile.Summary{
		Create: a[reconcile.Create], Update: a[reconcile.Update], Retire: a[reconcile.Retire], Restore: a[reconcile.Restore], Purge: a[reconcile.Purge], Deferred: t.later,
	}) + " in " + render.Count(t.zones, "zone", "zones")
}

// talliesOf returns what a change does, what is adrift without it, and what it makes unnecessary.
func talliesOf(zones []zone) (caused, adrift, settled tally) {
	for _, z := range zones {
		caused.add(z.caused, z.later)
		adrift.add(z.adrift, z.others)
		settled.add(z.settled, nil)
	}
	return caused, adrift, settled
}

// verdict says in a sentence what merging comes to.
func (r *Report) verdict() string {
	if r.NoPlan {
		return "No plan could be made."
	}
	switch r.Class() {
	case Failed:
		return "It cannot be merged as it is: there are errors."
	case Held:
		return "Guards will hold some of it after the merge."
	case Changes:
		return "Merging it changes what is live."
	case Unchanged:
	}
	return "Merging it changes nothing that is live."
}

// sentences say in numbers what the change does, and what it finds.
func sentences(zones []zone) []string {
	caused, adrift, settled := talliesOf(zones)
	all := []string{"This change: nothing."}
	if caused.changes() > 0 {
		all[0] = fmt.Sprintf("This change: %s.", &caused)
	}
	if adrift.changes() > 0 {
		all = append(all, fmt.Sprintf("Already adrift, and put right by the same apply: %s.", &adrift))
	}
	if settled.changes() > 0 {
		all = append(all, fmt.Sprintf("Would be done without this change, and is not with it: %s.", &settled))
	}
	return all
}

// notes say what else there is to know of how the report was made.
func (r *Report) notes() []string {
	var all []string
	if r.Untrusted {
		all = append(all, "A job that is not trusted made this report. What it says of live DNS, of what is adrift, of problems and of tests is not checked: look at the changed files too.")
	}
	if !r.SnapshotAt.IsZero() {
		all = append(all, fmt.Sprintf("No provider was asked: this is against a snapshot of what was live at %s.", render.Time(r.SnapshotAt)))
	}
	if r.Stateless {
		all = append(all, "No state was at hand: nobody knows here what was applied before.")
	}
	if r.unproven {
		all = append(all, "Some of the plan is not shown, and was not at hand: that its id is that of what is shown cannot be checked here.")
	}
	return all
}

// leaving says what becomes of zones that the zones repository does not state any more.
func leaving(z *zone) string {
	retired := func(c reconcile.Change) bool { return c.Action == reconcile.Retire && c.Kind != reconcile.KindRRset }
	isLeaving := func(m render.Remark) bool { return m.Topic == topicLeaving }
	switch {
	case len(z.failure) > 0:
		return "it could not be planned"
	case slices.ContainsFunc(z.caused, retired), slices.ContainsFunc(z.adrift, retired):
		return "it is retired: it can be restored for as long as its retention lasts"
	case slices.ContainsFunc(z.remarks, isLeaving):
		return "it is served until its grace is over"
	}
	return "it stays as it is live, and is not looked after any more"
}

// leavingRefs returns the zones of a proposal that the zones repository does not state any more, with what becomes of each.
func (r *Report) leavingRefs(zones []zone) []string {
	var all []string
	for _, ref := range r.Proposal.Left {
		what := "it stays as it is live, and is not looked after any more"
		if i := slices.IndexFunc(zones, func(z zone) bool { return z.Ref == ref }); i >= 0 {
			what = leaving(&zones[i])
		}
		all = append(all, ref.String()+": "+what)
	}
	return all
}

// ordered returns problems with the worst first.
func ordered(problems []zonefile.Problem) []zonefile.Problem {
	return slices.SortedStableFunc(slices.Values(problems), func(a, b zonefile.Problem) int { return cmp.Compare(b.Severity, a.Severity) })
}

// testText says what came of a test that has not passed.
func testText(t dnstest.Result) string {
	name := t.Name
	if name != t.Query {
		name += " (" + t.Query + ")"
	}
	if t.Target != "" {
		name += " on " + t.Target
	}
	return fmt.Sprintf("%s: %s: %s: want %s, got %s", zonefile.Position{File: t.File, Line: t.Line}, t.Status, name, t.Want, t.Got)
}

// testsText counts the tests by how they have ended, empty if there are none.
func testsText(tests []dnstest.Result) string {
	if len(tests) == 0 {
		return ""
	}
	var parts []string
	for _, status := range []dnstest.Status{dnstest.Passed, dnstest.Failed, dnstest.Undecided} {
		if n := dnstest.Count(tests, status); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, status))
		}
	}
	return strings.Join(parts, ", ")
}

// undo says how what is merged is undone.
const undo = "To undo it after the merge, revert the commit: what was retired is kept until its retention is over, and is put back. " +
	"A zone at once: `zoneward rollback ZONE --to TIME`, with a time before the apply."
