package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/runner"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// The JSON form of what validate found, version 1.
type (
	findingsJSON struct {
		Version  int           `json:"version"`
		Zones    []findingJSON `json:"zones"`
		Errors   int           `json:"errors"`
		Warnings int           `json:"warnings"`
	}
	findingJSON struct {
		Zone    string   `json:"zone"`
		File    string   `json:"file"`
		Targets []string `json:"targets"`
		Records int      `json:"records"`
		// Resources is how many the file of a domain declares, null for the file of a zone.
		Resources *int               `json:"resources"`
		Problems  []document.Problem `json:"problems"`
		Error     *string            `json:"error"` // why the file could not be read at all
	}
)

// writeFindings writes what was found, and what was read, in the format that was asked for. The error is an exitStatus if there is an error in a file.
func (c *common) writeFindings(findings []reconcile.Finding, notices []string) error {
	doc, read := summedUp(findings)
	write := map[string]func() error{
		"json":   func() error { return c.stdout.writeJSON(doc) },
		"sarif":  func() error { return c.writeFindingsSARIF(findings) },
		"github": func() error { return c.writeFindingsGitHub(findings, read) },
	}[c.format]
	if write == nil {
		write = func() error { c.writeFindingsText(findings, read); return nil }
	}
	if err := write(); err != nil {
		return err
	}
	for _, notice := range notices {
		fmt.Fprintln(c.stderr, "note: "+render.Shown(notice))
	}
	if doc.Errors > 0 {
		return exitStatus(exitError)
	}
	return nil
}

// summedUp returns the JSON form of what was found, and what was read in a line.
func summedUp(findings []reconcile.Finding) (doc findingsJSON, read string) {
	doc = findingsJSON{Version: 1, Zones: make([]findingJSON, len(findings))}
	var zones, records, domains, resources int
	for i, f := range findings {
		z := findingJSON{
			Zone: document.OfName(f.Zone), File: f.Source, Targets: append([]string{}, f.Targets...), Records: f.Records, Problems: document.OfProblems(f.Problems),
		}
		if f.Declares {
			z.Resources, domains, resources = &f.Resources, domains+1, resources+f.Resources
		} else {
			zones, records = zones+1, records+f.Records
		}
		for _, p := range f.Problems {
			if p.Severity == zonefile.Error {
				doc.Errors++
			} else {
				doc.Warnings++
			}
		}
		if f.Err != nil {
			doc.Errors++
			text := f.Err.Error()
			z.Error = &text
		}
		doc.Zones[i] = z
	}
	read = render.Count(zones, "zone", "zones") + ", " + render.Count(records, "record", "records")
	if domains > 0 {
		read += ", " + render.Count(domains, "file of a domain", "files of domains") + ", " + render.Count(resources, "resource", "resources")
	}
	return doc, fmt.Sprintf("%s: %s, %s", read, render.Count(doc.Errors, "error", "errors"), render.Count(doc.Warnings, "warning", "warnings"))
}

// writeFindingsText writes a line for each problem, with the rule behind it, which a comment or the configuration can name.
func (c *common) writeFindingsText(findings []reconcile.Finding, read string) {
	for _, f := range findings {
		for _, p := range f.Problems {
			fmt.Fprintln(c.stdout, lineOf(p))
		}
		if f.Err != nil {
			fmt.Fprintln(c.stdout, render.Lines(f.Err.Error()))
		}
	}
	fmt.Fprintln(c.stdout, read)
}

func lineOf(p zonefile.Problem) string { return render.Shown(p.String() + " [" + p.Rule + "]") }

// inRepository returns all that was found with places that are relative to where the program runs, which is the root of the repository in a job.
func (c *common) inRepository(findings []reconcile.Finding) []zonefile.Problem {
	var all []zonefile.Problem
	folder := filepath.Dir(c.configFile)
	for _, f := range findings {
		problems := f.Problems
		if f.Err != nil {
			problems = append(slices.Clone(problems), zonefile.Problem{
				Position: zonefile.Position{File: f.Source}, Rule: "unreadable", Severity: zonefile.Error, Message: f.Err.Error(),
			})
		}
		for _, p := range problems {
			if p.Position.File != "" {
				p.Position.File = fromHere(folder, p.Position.File)
			}
			all = append(all, p)
		}
	}
	return all
}

// fromHere returns a path below a folder, or an absolute one, relative to where the program runs if it is below that.
func fromHere(folder, file string) string {
	if !filepath.IsAbs(file) {
		file = filepath.Join(folder, file)
	}
	if here, err := os.Getwd(); err == nil && filepath.IsAbs(file) {
		if below, err := filepath.Rel(here, file); err == nil && filepath.IsLocal(below) {
			file = below
		}
	}
	return filepath.ToSlash(file)
}

func (c *common) writeFindingsSARIF(findings []reconcile.Finding) error {
	return report.WriteProblemsSARIF(c.stdout, fromHere("", c.configFile), c.inRepository(findings))
}

// writeFindingsGitHub writes commands that have GitHub show what was found at the lines of the files
// (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands). It shows so many of a step, and the rest is text.
func (c *common) writeFindingsGitHub(findings []reconcile.Finding, read string) error {
	log := (&runner.Runner{System: runner.GitHub}).Log(c.stdout)
	for _, p := range c.inRepository(findings) {
		shown, err := log.Annotate(annotationOf(p))
		if err != nil {
			return err
		}
		if !shown {
			if _, err := io.WriteString(log, lineOf(p)+"\n"); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(log, read+"\n")
	return errors.Join(err, log.Close())
}

// annotationOf returns how a runner shows a problem at its line.
func annotationOf(p zonefile.Problem) runner.Annotation {
	level := runner.Warning
	if p.Severity == zonefile.Error {
		level = runner.Error
	}
	return runner.Annotation{
		Level: level, File: p.Position.File, Line: p.Position.Line, Column: p.Position.Column, Title: "zoneward: " + p.Rule, Message: p.Message,
	}
}
