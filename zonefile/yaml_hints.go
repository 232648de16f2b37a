package zonefile

import (
	"slices"
	"strconv"
	"strings"
)

// The keys that are known, for suggestions.
var (
	recordKeys  = []string{"octodns", "ttl", "type", "value", "values"}
	usedOptions = []string{"excluded", "ignored", "included", "lenient"}
)

// noteName warns of a name without quotes that octoDNS takes for another one.
func (r *yamlReader) noteName(key *yamlNode) {
	key = keyNode(key)
	if !key.has(yamlPlain) {
		return
	}
	instead, other := pythonReads(key.value)
	if key.has(yamlNull) {
		instead, other = "None", true
	}
	if other && instead != aDate { // which it makes the same text of
		r.note(key, "yaml-ambiguous", Warning, "name %.60q: octoDNS takes it for %s; put it in quotes", key.value, instead)
	}
}

// didYouMean suggests one of the words that are known instead of another one, behind a message. It is empty if none is like it.
func didYouMean(text string, known []string) string {
	best, least := "", 3 // letters that differ
	for _, word := range known {
		if n := differences(strings.ToLower(text), word); n < least && n < len(word) {
			best, least = word, n
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// differences returns how many octets have to be put in, taken away, changed, or changed with the next one to make b of a. Of what is much longer it
// returns only that it is more than a few.
func differences(a, b string) int {
	if len(a) > len(b)+2 {
		return len(a)
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range b {
		rows[0][j+1] = j + 1
	}
	for i := range len(a) {
		for j := range len(b) {
			change := rows[i][j]
			if a[i] != b[j] {
				change++
			}
			n := min(change, rows[i][j+1]+1, rows[i+1][j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				n = min(n, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = n
		}
	}
	return rows[len(a)][len(b)]
}

// decimalHint says behind a message what octoDNS reads a number as that is written in another way than in digits.
func decimalHint(text string) string {
	if instead, other := pythonReads(text); other && isDigits(strings.TrimSuffix(instead, ".0")) {
		return "; octoDNS takes it for " + strings.TrimSuffix(instead, ".0")
	}
	return ""
}

// ttlHint is decimalHint for a TTL, which may have units in master files.
func ttlHint(text string) string {
	if ttl, err := ParseTTL(text); err == nil && !isDigits(text) {
		return "; write " + strconv.FormatUint(uint64(ttl), 10)
	}
	return decimalHint(text)
}

// indentHint says behind a message that a name may be a key of a record.
func indentHint(key *yamlNode) string {
	if key.kind == yamlScalar && slices.Contains(recordKeys, key.value) {
		return "; is it indented as the other keys of its record?"
	}
	return ""
}
