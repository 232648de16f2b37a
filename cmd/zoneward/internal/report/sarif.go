package report

import (
	"cmp"
	"encoding/json"
	"io"
	"net/url"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/zonefile"
)

// The parts of SARIF 2.1.0 that are written (https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool          `json:"tool"`
		Automation  sarifAutomation    `json:"automationDetails"`
		Invocations []sarifInvocation  `json:"invocations"`
		Bases       map[string]sarifAt `json:"originalUriBaseIds"`
		Results     []sarifResult      `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string       `json:"id"`
		About sarifMessage `json:"shortDescription"`
		Page  string       `json:"helpUri,omitempty"`
	}
	sarifAutomation struct {
		ID string `json:"id"` // so that the results of one configuration do not take the place of another's
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string       `json:"level"`
		Message sarifMessage `json:"message"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifAt      `json:"artifactLocation"`
		Region   *sarifRegion `json:"region,omitempty"`
	}
	sarifAt struct {
		URI         string        `json:"uri,omitempty"`
		Base        string        `json:"uriBaseId,omitempty"`
		Description *sarifMessage `json:"description,omitempty"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
)

// mostResults is how many results GitHub shows of a run, and how many are written.
// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
const mostResults = 5000

const sourceRoot = "%SRCROOT%"

// WriteSARIF writes the problems, the DNS tests that fail and the guards that hold as SARIF 2.1.0, without what is redacted. URIs are relative to the
// repository's root.
func (r *Report) WriteSARIF(w io.Writer) error {
	r = r.redacted()
	return writeSARIF(w, r.Config, r.findings(r.zones()))
}

// WriteProblemsSARIF writes what was found in zone files as SARIF 2.1.0, errors first. URIs are relative to the repository's root, and so are the places of the problems.
// Config is the configuration that the run was with.
func WriteProblemsSARIF(w io.Writer, config string, problems []zonefile.Problem) error {
	known := knownRules()
	var findings []finding
	for _, severity := range []zonefile.Severity{zonefile.Error, zonefile.Warning} {
		for _, p := range problems {
			if p.Severity == severity {
				sentence, page := known.about(p.Rule)
				findings = append(findings, finding{ruleOf("problem", p.Rule), sentence, page, severity, p.Position, render.Shown(clipped(p.Message, mostText))})
			}
		}
	}
	return writeSARIF(w, config, findings)
}

func writeSARIF(w io.Writer, config string, all []finding) error {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{Name: "zoneward", Rules: []sarifRule{}}}, Automation: sarifAutomation{"zoneward/" + url.PathEscape(config) + "/"},
		Bases:   map[string]sarifAt{sourceRoot: {Description: &sarifMessage{"The root of the repository."}}},
		Results: []sarifResult{}, Invocations: []sarifInvocation{{Successful: true}},
	}
	rules := map[string]int{}
	for _, f := range all[:min(len(all), mostResults)] {
		i, known := rules[f.rule]
		if !known {
			i = len(rules)
			rules[f.rule] = i
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{f.rule, sarifMessage{cmp.Or(f.about, f.rule)}, f.page})
		}
		at := located(f.at)
		if len(at) == 0 {
			at = located(zonefile.Position{File: config}) // GitHub takes no result without a location
		}
		run.Results = append(run.Results, sarifResult{RuleID: f.rule, RuleIndex: i, Level: levelOf(f.level), Message: sarifMessage{unlinked(f.message)}, Locations: at})
	}
	if more := len(all) - len(run.Results); more > 0 {
		run.Invocations[0].Notifications = []sarifNotification{{"warning", sarifMessage{"There are more findings than are written here: the report has all."}}}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", "2.1.0", []sarifRun{run}})
}

func levelOf(s zonefile.Severity) string {
	if s == zonefile.Error {
		return "error"
	}
	return "warning"
}

// unlinked returns text in which nothing is a link: in a message, text between brackets in front of a parenthesis is one (SARIF 2.1.0 §3.11.6).
func unlinked(text string) string { return strings.ReplaceAll(text, "](", "] (") }

// located returns the place of a finding, nothing if it is not in the repository.
func located(at zonefile.Position) []sarifLocation {
	file := relative(at.File)
	if file == "" {
		return []sarifLocation{}
	}
	uri := url.URL{Path: file}
	physical := sarifPhysical{Artifact: sarifAt{URI: uri.String(), Base: sourceRoot}}
	if at.Line > 0 {
		physical.Region = &sarifRegion{at.Line, max(at.Column, 0)}
	}
	return []sarifLocation{{physical}}
}
