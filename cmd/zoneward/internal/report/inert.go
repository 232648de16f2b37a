package report

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// inert returns text of somebody else for the middle of a line of markdown: as a code span. It is empty for none.
//
// Why that is enough. Nothing in a code span is markdown, HTML, an entity or an escape (CommonMark 0.31 §6.1), and it begins before anything that could take
// it in, since all in front of it in its line is ours. It ends at the first backtick and nowhere else, and there is none in it. What divides its block could
// end it before: a line end, of which [render.Shown] leaves none, and in a table a bar (GFM §4.10). Text with a backtick or a bar is made of character references
// instead, which are markup to nobody; so is what looks like a comment of HTML, by which other programs look for comments of theirs in the text as it is
// written. Lines, and so blocks, quick actions of GitLab and markers, begin with what is ours. Mentions, references to issues, commits, labels and milestones,
// emoji and bare links are not looked for in code: not by GitHub, not by GitLab (Banzai's ReferenceFilter passes over pre and code), and not by Gitea (visitNode
// of modules/markup passes over them, and its mdstripper over raw text). Some show a patch of the colour beside code that is one: that hides nothing.
func inert(text string) string {
	text = spaced(render.Shown(text))
	switch {
	case text == "":
		return ""
	case strings.ContainsAny(text, "`|"), strings.Contains(text, "<!--"), strings.Contains(text, "-->"), strings.Contains(text, "--!>"):
		return render.Inert(text)
	}
	return "`" + text + "`"
}

// inHTML returns text of somebody else for a line of HTML within markdown, such as a summary element, in which no markdown is read. It is a code element for
// the same reasons.
func inHTML(text string) string {
	if text = spaced(render.Shown(text)); text == "" {
		return ""
	}
	return "<code>" + html.EscapeString(text) + "</code>"
}

// spaced returns text in which each space is seen that a browser, or a code span at its ends, would leave out.
func spaced(text string) string {
	if !strings.Contains(text, "  ") && !strings.HasPrefix(text, " ") && !strings.HasSuffix(text, " ") {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		if text[i] == ' ' && (i == 0 || i == len(text)-1 || text[i-1] == ' ') {
			b.WriteString(`\u{20}`)
		} else {
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

// mostText is how many octets of a text are shown that is no record: a file's name, a message, a reason.
const mostText = 1000

// clipped returns at most limit octets of text, and says how much more there is.
func clipped(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := limit
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s ... (%d octets more)", text[:end], len(text)-end)
}

// said returns the text of somebody else, not longer than is of use.
func said(text string) string { return inert(clipped(text, mostText)) }
