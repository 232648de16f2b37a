package document

import "github.com/zoneward/zoneward/zonefile"

// Problem is something that is wrong with a file of the zones repository.
type Problem struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

// OfProblems returns an empty list for none.
func OfProblems(problems []zonefile.Problem) []Problem {
	docs := make([]Problem, len(problems))
	for i, p := range problems {
		docs[i] = Problem{p.Position.File, p.Position.Line, p.Position.Column, p.Rule, p.Severity.String(), p.Message}
	}
	return docs
}
