package zonefile

import (
	"cmp"
	"strings"
)

// CompareYAMLKeys orders the keys of a mapping as octoDNS wants them in a zone file, unless it is told otherwise (enforce_order of its YamlProvider): by the text up to
// the first digit, then by the number that begins there, and so on, so that "host2" is before "host10". That is what natsort does without options
// (https://natsort.readthedocs.io). What is equal so, such as "1" and "01", octoDNS has in any order, and is in that of its octets here.
func CompareYAMLKeys(a, b string) int {
	restA, restB := a, b
	for restA != "" && restB != "" {
		var textA, textB string
		textA, restA = splitBefore(restA, true)
		textB, restB = splitBefore(restB, true)
		if c := strings.Compare(textA, textB); c != 0 {
			return c
		}
		if restA == "" || restB == "" {
			break
		}
		textA, restA = splitBefore(restA, false)
		textB, restB = splitBefore(restB, false)
		textA, textB = strings.TrimLeft(textA, "0"), strings.TrimLeft(textB, "0")
		if c := cmp.Or(cmp.Compare(len(textA), len(textB)), strings.Compare(textA, textB)); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(min(len(restA), 1), min(len(restB), 1)), strings.Compare(a, b))
}

// splitBefore cuts a text before the first octet that is, or is not, a digit.
func splitBefore(text string, digit bool) (before, rest string) {
	for i := range len(text) {
		if isDigit(text[i]) == digit {
			return text[:i], text[i:]
		}
	}
	return text, ""
}
