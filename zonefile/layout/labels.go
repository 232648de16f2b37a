package layout

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// labelsBelow returns the labels of a name below an origin, from the one that is nearest to it, as they are written.
func labelsBelow(name, origin zonefile.Name) []string {
	var labels []string
	for ; name != origin; name = name.Parent() {
		label := name.Relative(name.Parent())
		if name.Parent().IsRoot() {
			label = strings.TrimSuffix(label, ".")
		}
		labels = append(labels, label)
	}
	slices.Reverse(labels)
	return labels
}

// compareLabels orders labels as people count: runs of digits by their number, so that host2 is before host10.
func compareLabels(a, b string) int {
	for i, j := 0, 0; ; {
		switch {
		case i == len(a) || j == len(b):
			return cmp.Or(cmp.Compare(len(a)-i, len(b)-j), strings.Compare(a, b))
		case isDigit(a[i]) && isDigit(b[j]):
			x, y := digits(a[i:]), digits(b[j:])
			if c := compareNumbers(x, y); c != 0 {
				return c
			}
			i, j = i+len(x), j+len(y)
		case a[i] != b[j]:
			return cmp.Compare(a[i], b[j])
		default:
			i, j = i+1, j+1
		}
	}
}

// compareNumbers orders decimal numbers of any length.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// digits returns the digits that text begins with.
func digits(text string) string {
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return text[:n]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
