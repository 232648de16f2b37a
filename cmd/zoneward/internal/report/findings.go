package report

import (
	"fmt"
	"path"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/runner"
	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/rules"
)

// finding is something at a place that a reviewer should look at.
type finding struct {
	rule    string
	about   string // what the rule is about, in a few words of ours
	page    string // where it is explained; may be empty
	level   zonefile.Severity
	at      zonefile.Position // may be zero
	message string            // made visible, in one line
}

// findings returns the problems, the tests that fail, and the guards that hold, errors first. What is redacted must be so already.
func (r *Report) findings(zones []zone) []finding {
	var errors, warnings []finding
	add := func(f finding) {
		f.message = render.Shown(clipped(f.message, mostText))
		if f.level == zonefile.Error {
			errors = append(errors, f)
		} else {
			warnings = append(warnings, f)
		}
	}
	told, known := r.told(), knownRules()
	for _, p := range r.Problems {
		about, page := known.about(p.Rule)
		add(finding{ruleOf("problem", p.Rule), about, page, p.Severity, p.Position, p.Message})
	}
	for _, t := range r.Tests {
		if t.Status == dnstest.Failed {
			add(finding{"dns-test", "A DNS test fails.", pageOf("dns-test"), zonefile.Error, zonefile.Position{File: t.File, Line: t.Line}, testText(t)})
		}
	}
	for i := range zones {
		z := &zones[i]
		for _, line := range z.failure {
			if !told[line] {
				add(finding{"not-planned", "A zone could not be planned.", "", zonefile.Error, zonefile.Position{}, fmt.Sprintf("%s: %s", z.Ref, line)})
			}
		}
		for _, h := range z.holds {
			add(finding{ruleOf("guard", string(h.Guard)), "A guard holds a zone.", "", zonefile.Warning, placeOf(z), fmt.Sprintf("%s: held by %s: %s", z.Ref, h.Guard, h.Reason)})
		}
		for _, w := range z.warnings {
			if !told[w.String()] {
				about, page := known.about(w.Rule)
				add(finding{ruleOf("problem", w.Rule), about, page, zonefile.Warning, w.Position, fmt.Sprintf("%s: %s", z.Ref, w.Message)})
			}
		}
	}
	return append(errors, warnings...)
}

// ruleSet are the rules by their ids.
type ruleSet map[string]rules.Rule

func knownRules() ruleSet {
	known := ruleSet{}
	for _, r := range rules.All() {
		known[r.ID] = r
	}
	return known
}

// about returns what a rule finds, in a sentence, and the address of its page. What is of no rule is a problem of a zone file, or of the resource that has the field of that name.
func (known ruleSet) about(id string) (sentence, page string) {
	r, ok := known[id]
	if !ok {
		return "A zone file has a problem.", ""
	}
	return r.Summary + ".", pageOf(id)
}

// pageOf returns the address of the page of a rule.
func pageOf(rule string) string {
	return "https://github.com/zoneward/zoneward/blob/main/docs/rules/" + rule + ".md"
}

// ruleOf returns the id of a rule: words of ours as they are, and of others what can stand in one.
func ruleOf(kind, name string) string {
	name = strings.Map(func(c rune) rune {
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' {
			return c
		}
		return -1
	}, name)
	if name == "" || len(name) > 60 {
		return kind
	}
	return kind + "/" + name
}

// placeOf returns where the first change of a zone comes from that this change makes.
func placeOf(z *zone) zonefile.Position {
	for _, c := range z.caused {
		if c.Source.Line > 0 {
			return c.Source
		}
	}
	return zonefile.Position{}
}

// relative returns the path of a file below the repository's root, empty if it is none: what points anywhere else points nowhere.
func relative(file string) string {
	if file == "" || strings.ContainsAny(file, "\\\x00") || path.IsAbs(file) {
		return ""
	}
	file = path.Clean(file)
	if file == "." || file == ".." || strings.HasPrefix(file, "../") {
		return ""
	}
	return file
}

// Annotations returns what to show at the lines of files: at most [runner.MaxAnnotations] errors, and as many warnings, without what is redacted.
func (r *Report) Annotations() []runner.Annotation {
	r = r.redacted()
	var all []runner.Annotation
	n := map[runner.Level]int{}
	for _, f := range r.findings(r.zones()) {
		level := runner.Warning
		if f.level == zonefile.Error {
			level = runner.Error
		}
		if n[level]++; n[level] > runner.MaxAnnotations {
			continue
		}
		file := render.Shown(relative(f.at.File))
		message := f.message
		if file == "" && f.at.File != "" {
			message = render.Shown(f.at.String()) + ": " + message
		}
		all = append(all, runner.Annotation{Level: level, File: file, Line: max(f.at.Line, 0), Column: max(f.at.Column, 0), Title: f.rule, Message: message})
	}
	return all
}
