package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func (c *common) validateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check the configuration, all zone files, and the files of domains",
		Long: `Reads all zone files and the files of domains, and lists every problem with its file and line. No provider is asked, and no secret is needed.

Exits with 1 if there is an error; warnings leave it at 0.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := c.openBase(cmd.Context(), false)
			if err != nil {
				return err
			}
			defer w.close()
			w.planner.Targets, w.planner.Resources = w.config.declared()
			if err := c.readSource(cmd.Context(), w); err != nil {
				return err
			}
			checking := c.progress("checking the zones")
			findings, notices, err := w.planner.Check(cmd.Context(), w.tree, w.only)
			checking.done()
			if err != nil {
				return err
			}
			return c.writeFindings(findings, notices)
		},
	}
	c.selectFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	return cmd
}

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

func (c *common) writeFindings(findings []reconcile.Finding, notices []string) error {
	doc := findingsJSON{Version: 1, Zones: make([]findingJSON, len(findings))}
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
	if c.format == "json" {
		if err := c.stdout.writeJSON(doc); err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			writeProblems(c.stdout, f.Problems)
			if f.Err != nil {
				fmt.Fprintln(c.stdout, shownLines(f.Err.Error()))
			}
		}
		read := count(zones, "zone", "zones") + ", " + count(records, "record", "records")
		if domains > 0 {
			read += ", " + count(domains, "file of a domain", "files of domains") + ", " + count(resources, "resource", "resources")
		}
		fmt.Fprintf(c.stdout, "%s: %s, %s\n", read, count(doc.Errors, "error", "errors"), count(doc.Warnings, "warning", "warnings"))
	}
	for _, notice := range notices {
		fmt.Fprintln(c.stderr, "note: "+shown(notice))
	}
	if doc.Errors > 0 {
		return exitStatus(exitError)
	}
	return nil
}
