package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// WriteMarkdown writes all of the report as markdown, without what is redacted.
func (r *Report) WriteMarkdown(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, r.redacted().markdown(math.MaxInt))
	return b.Flush()
}

// Summary returns the report as markdown of at most limit octets, without what is redacted. What does not fit is counted.
func (r *Report) Summary(limit int) string { return r.redacted().markdown(limit) }

// markdown returns a report in which all may be shown as markdown of at most limit octets. The head, with what a reviewer has to know, and the table of zones
// come first; the changes have what is left, so that zones with few of them are whole.
func (r *Report) markdown(limit int) string {
	zones := r.zones()
	head, foot := r.head(zones), r.foot()
	left := limit - len(head) - len(foot) - mostLeftOut
	whole, compact := fullTable(zones), compactTable(zones)
	table := whole
	if len(whole) > left/2 {
		table = compact
	}
	lists := r.lists(zones)
	room := left - min(len(table), left)
	said, lines := listsIn(lists, min(room, max(room/2, left/8)))
	room -= len(said)
	if len(table) > left-len(said) {
		table = cutTable(zones, left-len(said))
		room = 0
	}
	details, out := detailsIn(zones, room)
	out.lines += lines
	text := head + said + table + details + r.leftOut(out) + foot
	if len(text) > limit {
		return r.least(limit)
	}
	return text
}

// mostLeftOut is the most octets of what says that something is left out.
const mostLeftOut = 400

// least is what a report comes to where there is no room for one.
func (r *Report) least(limit int) string {
	text := fmt.Sprintf("**%s** The report is too long to be shown here.\n", r.verdict())
	if len(text) > limit {
		return ""
	}
	return text
}

// head returns the lines above all.
func (r *Report) head(zones []zone) string {
	var b strings.Builder
	b.WriteString("### DNS plan")
	if r.Config != "zoneward.yaml" {
		b.WriteString(" of " + inert(clipped(r.Config, 200)))
	}
	fmt.Fprintf(&b, "\n\n**%s**\n\n", r.verdict())
	if !r.NoPlan {
		for _, s := range sentences(zones) {
			fmt.Fprintf(&b, "%s\n", s)
		}
	}
	if counted := testsText(r.Tests); counted != "" {
		fmt.Fprintf(&b, "DNS tests: %s.\n", counted)
	}
	for _, note := range r.notes() {
		fmt.Fprintf(&b, "%s\n", note)
	}
	return b.String() + "\n"
}

// foot returns the lines below all.
func (r *Report) foot() string {
	if r.NoPlan {
		return fmt.Sprintf("This is about %s.\n", inert(clipped(r.Proposal.Head, 100)))
	}
	return fmt.Sprintf("Plan %s of %s.\n%s\n", inert(r.Proposal.Plan.ID().String()), inert(clipped(r.Proposal.Head, 100)), undo)
}

// omitted is how much is not shown.
type omitted struct {
	changes, zones, lines int
}

// leftOut says how much is not shown and where it is, empty if all is.
func (r *Report) leftOut(o omitted) string {
	var parts []string
	if o.changes > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s", render.Count(o.changes, "change", "changes"), render.Count(o.zones, "zone", "zones")))
	}
	if o.lines > 0 {
		parts = append(parts, render.Count(o.lines, "line", "lines"))
	}
	if len(parts) == 0 {
		return ""
	}
	text := fmt.Sprintf("**Left out here: %s.** ", strings.Join(parts, " and "))
	if link := link(r.Details); link != "" {
		return text + "All of it is " + link + ".\n\n"
	}
	return text + "All of it is in the summary of the job and in its artifacts.\n\n"
}

// link returns a link to a page, empty if the text is not the URL of one that can stand in markdown as it is.
func link(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(text) > 300 {
		return ""
	}
	if strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:/?#=&%") != "" {
		return ""
	}
	return "[there](" + text + ")"
}

// lists returns what a reviewer has to know beside the changes.
func (r *Report) lists(zones []zone) []group {
	problems, told := make([]string, len(r.Problems)), r.told()
	for i, p := range ordered(r.Problems) {
		problems[i] = p.String()
	}
	var tests, held, failed []string
	for _, t := range r.Tests {
		if t.Status != dnstest.Passed {
			tests = append(tests, testText(t))
		}
	}
	for i := range zones {
		z := &zones[i]
		for _, line := range z.failure {
			if told[line] {
				continue
			}
			failed = append(failed, fmt.Sprintf("%s: %s", z.Ref, line))
		}
		for _, h := range z.holds {
			text := fmt.Sprintf("%s: held by %s: %s", z.Ref, h.Guard, h.Reason)
			if h.Todo != "" {
				text += "; " + h.Todo
			}
			held = append(held, text)
		}
	}
	return []group{
		listed("Both sides have changed these files: update the branch.", r.Conflicts),
		listed("These files are of the configuration: what they say counts once it is merged, and not here.", r.ConfigFiles),
		listed("Not planned:", failed),
		listed("Problems:", problems),
		listed("DNS tests that have not passed:", tests),
		listed("Held, until a person says that it is meant so:", held),
		listed("Zones that leave the repository:", r.leavingRefs(zones)),
		listed("Notes:", r.Proposal.Plan.Notices),
	}
}

// listed returns a list of what others have written, with a title of ours.
func listed(title string, items []string) group {
	rows := make([]string, len(items))
	for i, item := range items {
		rows[i] = "- " + said(item) + "\n"
	}
	return group{head: title + "\n\n", rows: rows}
}

// group is rows below a head. There is nothing of it without rows.
type group struct {
	head    string
	rows    []string
	records bool // the rows are changes
	// brief returns what a row comes to for which there is no room, of rows that may be long; nil for others.
	brief func(i int) string
}

func (g group) size() int {
	if len(g.rows) == 0 {
		return 0
	}
	n := len(g.head) + 1
	for _, row := range g.rows {
		n += len(row)
	}
	return n
}

// listsIn returns lists in at most so many octets. Of one that does not fit the first rows are there, and how many more there are. out is how many rows are of
// lists for which there is no room at all.
func listsIn(lists []group, room int) (text string, out int) {
	sizes := make([]int, len(lists))
	for i, g := range lists {
		sizes[i] = g.size()
	}
	var b strings.Builder
	for i, share := range shares(sizes, room) {
		g := lists[i]
		if share >= sizes[i] {
			if sizes[i] > 0 {
				b.WriteString(g.head + strings.Join(g.rows, "") + "\n")
			}
			continue
		}
		const more = "- and %d more\n\n"
		n, used := 0, len(g.head)+len(more)+20
		for n < len(g.rows) && used+len(g.rows[n]) <= share {
			used += len(g.rows[n])
			n++
		}
		if text := g.head + strings.Join(g.rows[:n], "") + fmt.Sprintf(more, len(g.rows)-n); len(text) <= share {
			b.WriteString(text)
		} else {
			out += len(g.rows)
		}
	}
	return b.String(), out
}

// shares parts room among things of those sizes: what is small gets all that it needs, and the rest is parted alike.
func shares(sizes []int, room int) []int {
	order := make([]int, len(sizes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return sizes[a] - sizes[b] })
	given := make([]int, len(sizes))
	for k, i := range order {
		given[i] = min(sizes[i], max(room, 0)/(len(order)-k))
		room -= given[i]
	}
	return given
}
