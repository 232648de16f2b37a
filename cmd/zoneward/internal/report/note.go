package report

import (
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// noteMark is in front of what was added to a comment after it was written. What a comment shows cannot have it, since all of that is inert.
const noteMark = "\n\n<!-- zoneward:note -->\n\n"

// MaxNote is the most octets that a note has. A comment of 60,000 octets has room for it in what a forge takes.
const MaxNote = 4_000

// WithNote returns a comment with a note under it, in the place of one that it has already.
func WithNote(comment, note string) string {
	before, _, _ := strings.Cut(comment, noteMark)
	return before + noteMark + note
}

// mostReason is how many octets of a reason a note has: the first is always there, however much of it has to be made inert.
const mostReason = 500

// Applied returns, as Markdown of at most MaxNote octets, what became of a plan: a few words, and why not all of it was applied, each reason in a line.
func Applied(words string, why []string) string {
	var b strings.Builder
	b.WriteString("**Applied:** " + inert(words) + "\n")
	for i, reason := range why {
		line := "\n- " + inert(clipped(render.Shown(reason), mostReason))
		if b.Len()+len(line) > MaxNote-100 {
			b.WriteString("\n- and " + render.Count(len(why)-i, "reason more", "reasons more"))
			break
		}
		b.WriteString(line)
	}
	return b.String() + "\n"
}

// Checked returns, as Markdown of at most MaxSummary octets, what was found wrong in files, a problem in a line.
func Checked(problems []string) string {
	if len(problems) == 0 {
		return "**Zone files:** no problems.\n"
	}
	var b strings.Builder
	b.WriteString("**Zone files:** " + render.Count(len(problems), "problem", "problems") + "\n")
	for i, problem := range problems {
		line := "\n- " + render.Inert(problem)
		if b.Len()+len(line) > MaxSummary-100 {
			b.WriteString("\n- and " + render.Count(len(problems)-i, "problem more", "problems more"))
			break
		}
		b.WriteString(line)
	}
	return b.String() + "\n"
}
