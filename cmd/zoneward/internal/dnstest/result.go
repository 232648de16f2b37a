package dnstest

import (
	"strings"
	"unicode/utf8"
)

// Status says how a test has ended.
type Status string

// The ways in which a test ends.
const (
	Passed Status = "passed"
	Failed Status = "failed"
	// Undecided is what nobody can tell from the zones that are at hand.
	Undecided Status = "undecided"
)

// Result is what came of one thing that a test says, for one target. All of it is text of somebody else: a line each, of at most [MaxText] octets of UTF-8, in
// which anything printable may stand.
type Result struct {
	File string `json:"file"` // relative to the source directory, with slashes
	Line int    `json:"line"`
	Name string `json:"name"` // what the test is called, or else what is asked
	// Why is what the test says about its purpose. It may be empty.
	Why string `json:"why"`
	// Query is what was asked: "www.example.com. A".
	Query string `json:"query"`
	// Zone is the one that the query is about, and Target where it is served. Both are empty if the query is about no zone at hand.
	Zone   string `json:"zone"`
	Target string `json:"target"`
	Status Status `json:"status"`
	Want   string `json:"want"`
	// Got is what there is or, of a test that is not decided, why nobody can tell.
	Got string `json:"got"`
	// Beside are the other zones that were looked at, in order: what CNAMEs, for one, lead to is theirs. It is not written.
	Beside []string `json:"-"`
}

// MaxText is how many octets a text of a [Result] may have.
const MaxText = 1000

// bounded returns at most [MaxText] octets of a text, as one line.
func bounded(text string) string {
	const more = "..."
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	text = strings.ReplaceAll(text, "\n", "; ")
	if len(text) <= MaxText {
		return text
	}
	end := MaxText - len(more)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}

// Count returns how many of some results have a status.
func Count(results []Result, status Status) int {
	n := 0
	for _, r := range results {
		if r.Status == status {
			n++
		}
	}
	return n
}
