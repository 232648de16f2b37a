package zoneedit

import (
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// mostDistinctLines is how many different lines two texts may have to be compared line by line: the comparison has a character of Unicode for each.
const mostDistinctLines = 1 << 20

// Between returns the edit that makes the new text of a file of its old one.
func Between(file, before, after string) *Text {
	t := newText(file, before)
	t.Made = false
	if strings.Count(before, "\n")+strings.Count(after, "\n")+2 > mostDistinctLines {
		t.replace(0, len(t.lines)-1, splitLines(after))
		return t
	}
	comparison := diffmatchpatch.New()
	old, changed, lines := comparison.DiffLinesToRunes(before, after)
	at := 0 // in the old text
	for _, part := range comparison.DiffCharsToLines(comparison.DiffMainRunes(old, changed, false), lines) {
		of := splitLines(part.Text)
		switch part.Type {
		case diffmatchpatch.DiffEqual:
			at += len(of)
		case diffmatchpatch.DiffDelete:
			t.remove(at, at+len(of)-1)
			at += len(of)
		case diffmatchpatch.DiffInsert:
			t.insert(at, of...)
		}
	}
	return t
}
