package main

import (
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/zoneedit"
	"github.com/zoneward/zoneward/reconcile"
)

// needsAtServer is the reverse of needsDocument.
func needsAtServer(docs []document.Need) ([]need, error) {
	needs := make([]need, len(docs))
	for i, doc := range docs {
		zone, err := document.ParseName(doc.Zone)
		if err != nil {
			return nil, err
		}
		n := need{file: doc.File, refs: []reconcile.Ref{{Zone: zone}}}
		if n.changes, err = document.StatedChangesOf(doc.Changes); err != nil {
			return nil, err
		}
		for _, part := range []struct {
			from *string
			to   *string
		}{{doc.Patch, &n.patch}, {doc.ByHand, &n.byHand}, {doc.Declaration, &n.declaration}} {
			if part.from != nil {
				*part.to = *part.from
			}
		}
		n.lines = patchLines(n.patch)
		needs[i] = n
	}
	return needs, nil
}

// patchLines returns the lines that a patch adds and removes: what Text.All has of the Text that Text.Unified made it of. Whatever is no patch has none.
func patchLines(patch string) []neededLine {
	var all []neededLine
	file, old, left := "", 0, 0 // lines of the old file: the number of the next one, and how many of the hunk are still to come
	for line := range strings.Lines(patch) {
		text, isFile := strings.CutPrefix(line, "+++ b/")
		ranges, isHunk := strings.CutPrefix(line, "@@ -")
		switch {
		case isHunk:
			old, left = hunkStart(ranges)
		case isFile && left == 0:
			file = strings.TrimRight(text, "\t\n")
		case file == "" || strings.HasPrefix(line, "--- ") && left == 0:
		case line[0] == byte(zoneedit.Added):
			all = append(all, neededLine{file, zoneedit.Line{Kind: zoneedit.Added, Number: old - 1, Text: line[1:]}})
		case line[0] == byte(zoneedit.Removed):
			all = append(all, neededLine{file, zoneedit.Line{Kind: zoneedit.Removed, Number: old, Text: line[1:]}})
			old, left = old+1, left-1
		case line[0] == byte(zoneedit.Kept):
			old, left = old+1, left-1
		}
	}
	return all
}

// hunkStart reads "12,3 +14,4 @@": the number of the first line of the old file, and how many of its lines there are. Without any the number is that of the line
// in front.
func hunkStart(ranges string) (number, lines int) {
	first, _, _ := strings.Cut(ranges, " ")
	start, length, several := strings.Cut(first, ",")
	number, _ = strconv.Atoi(start)
	lines = 1
	if several {
		lines, _ = strconv.Atoi(length)
	}
	if lines == 0 {
		number++
	}
	return number, lines
}
