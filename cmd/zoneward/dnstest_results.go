package main

import (
	"fmt"
	"path"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/zonefile"
)

// testedZones is what came of DNS tests.
type testedZones struct {
	mode     testMode
	folder   string // that the files are in, as people know it
	results  []dnstest.Result
	problems []zonefile.Problem
}

func (t testedZones) count(status dnstest.Status) int { return dnstest.Count(t.results, status) }

// The JSON form of what came of DNS tests, version 1.
type testedJSON struct {
	Version   int                `json:"version"`
	Mode      testMode           `json:"mode"`
	Results   []dnstest.Result   `json:"results"`
	Problems  []document.Problem `json:"problems"`
	Passed    int                `json:"passed"`
	Failed    int                `json:"failed"`
	Undecided int                `json:"undecided"`
}

// writeTested writes what came of the tests: as text what did not pass.
func (c *common) writeTested(t testedZones) error {
	for i := range t.results {
		t.results[i].File = path.Join(t.folder, t.results[i].File)
	}
	for i := range t.problems {
		t.problems[i].Position.File = path.Join(t.folder, t.problems[i].Position.File)
	}
	if c.format == "json" {
		return c.stdout.writeJSON(testedJSON{
			Version: document.Version, Mode: t.mode, Results: append([]dnstest.Result{}, t.results...), Problems: document.OfProblems(t.problems),
			Passed: t.count(dnstest.Passed), Failed: t.count(dnstest.Failed), Undecided: t.count(dnstest.Undecided),
		})
	}
	style := c.colours()
	fmt.Fprint(c.stdout, render.Problems(t.problems))
	for _, r := range t.results {
		switch r.Status {
		case dnstest.Failed:
			writeResult(c.stdout, r, style, style.Red+"failed"+style.Reset)
		case dnstest.Undecided:
			writeResult(c.stdout, r, style, style.Yellow+"not decided"+style.Reset)
		case dnstest.Passed:
		}
	}
	line := fmt.Sprintf("Tests: %d passed, %d failed, %d not decided", t.count(dnstest.Passed), t.count(dnstest.Failed), t.count(dnstest.Undecided))
	if len(t.problems) > 0 {
		line += ", " + render.Count(len(t.problems), "error", "errors") + " in their files"
	}
	if len(t.results) == 0 && len(t.problems) == 0 {
		line = fmt.Sprintf("No tests: there are none in %s for these zones", render.Shown(path.Join(t.folder, testsFolder)))
	}
	fmt.Fprintf(c.stdout, "%s%s.%s\n", style.Bold, line, style.Reset)
	return nil
}

// writeResult writes a test that did not pass.
func writeResult(w *output, r dnstest.Result, style render.Style, status string) {
	on := ""
	if r.Target != "" {
		on = " on " + render.Shown(r.Target)
	}
	fmt.Fprintf(w, "%s:%d: %s%s%s%s: %s\n", render.Shown(r.File), r.Line, style.Bold, render.Shown(r.Name), style.Reset, on, status)
	if r.Why != "" {
		fmt.Fprintf(w, "  why:  %s\n", render.Shown(r.Why))
	}
	if r.Name != r.Query {
		fmt.Fprintf(w, "  asks: %s\n", render.Shown(r.Query))
	}
	fmt.Fprintf(w, "  want: %s\n  got:  %s\n", render.Shown(r.Want), render.Shown(r.Got))
}
