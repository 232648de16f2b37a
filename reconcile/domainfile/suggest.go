package domainfile

import (
	"cmp"
	"slices"
	"strings"
)

// suggest says which of the words that are known one that is not may stand for, and which there are if none is near.
func suggest(text string, known []string) string {
	type candidate struct {
		word     string
		distance int
	}
	var near []candidate
	for _, word := range known {
		// Two changes in a word of six letters leave it to be known again, in one of four they do not.
		if d := distance(strings.ToLower(text), word); d <= max(1, len(word)/3) {
			near = append(near, candidate{word, d})
		}
	}
	if len(near) == 0 {
		return "there are " + strings.Join(known, ", ")
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	words := make([]string, len(near))
	for i, c := range near {
		words[i] = c.word
	}
	return "did you mean " + strings.Join(words, " or ") + "?"
}

// distance returns how many octets have to be inserted, deleted, replaced, or swapped with the next one to make b of a (optimal string alignment). It is more
// than the length of b for an a that is much longer.
func distance(a, b string) int {
	if len(a) > 2*len(b) {
		return len(a)
	}
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := last[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(last[j]+1, row[j-1]+1, replaced)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
