package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/filestore"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// ciValidate checks the files of the zones that a change touches.
func (c *common) ciValidate(ctx context.Context, f ciFlags) error {
	j, err := c.openJob()
	if err != nil {
		return err
	}
	ch, err := c.openChange(ctx, j, f, false)
	if err != nil {
		return err
	}
	defer ch.close()
	ch.planner.Targets, ch.planner.Resources = ch.workspace.config.declared()
	ch.planner.Store = &filestore.Nothing{}
	only, err := ch.touched(ctx)
	if err != nil {
		return err
	}
	var findings []reconcile.Finding
	var notices []string
	if only != nil {
		if findings, notices, err = check(ctx, ch.planner, ch.workspace.config.judge, ch.Head, *only); err != nil {
			return err
		}
	}
	for _, file := range ch.Conflicts {
		notices = append(notices, file+": both sides have changed it; the branch has to be updated")
	}
	ended := []error{c.writeFindings(findings, notices)}
	if only != nil {
		tested, err := c.testStated(ctx, ch, *only)
		if err != nil {
			return err
		}
		if findings = append(findings, tested); len(tested.Problems) > 0 {
			ended = append(ended, exitStatus(exitError))
		}
	}
	return errors.Join(append([]error{j.handFindings(findings)}, ended...)...)
}

// handFindings gives the job's later steps, its page and the lines of the files what was found.
func (j *job) handFindings(findings []reconcile.Finding) error {
	result, problems := "none", []string(nil)
	for _, f := range findings {
		for _, p := range f.Problems {
			problems = append(problems, p.String())
			if p.Severity == zonefile.Error {
				result = "error"
			}
		}
		if f.Err != nil {
			result, problems = "error", append(problems, f.Err.Error())
		}
	}
	return errors.Join(j.outputs.Set("result", result), j.outputs.Summarize(report.Checked(problems)), j.annotate(findings))
}

// testStated runs the DNS tests that are about zones against what their files state, and says which have failed.
func (c *common) testStated(ctx context.Context, ch *change, only reconcile.Selection) (reconcile.Finding, error) {
	suite, problems := dnstest.Read(ch.Head.FS, testsFolder)
	stated, err := ch.planner.Statements().Read(ctx, ch.Head, reconcile.Selection{})
	if err != nil {
		return reconcile.Finding{}, err
	}
	zones := only.Zones
	if len(zones) == 0 {
		for _, z := range stated.Zones {
			zones = append(zones, z.Ref.Zone)
		}
	}
	found := reconcile.Finding{Source: below(ch.source, testsFolder), Problems: problems}
	for _, t := range suite.Touching(zones...).Run(ctx, dnstest.NewZones(statedZones(stated)...)) {
		if t.Status == dnstest.Failed {
			found.Problems = append(found.Problems, zonefile.Problem{
				Position: zonefile.Position{File: t.File, Line: t.Line}, Rule: "dns-test", Severity: zonefile.Error,
				Message: fmt.Sprintf("%s on %s: want %s, got %s", t.Name, t.Target, t.Want, t.Got),
			})
		}
	}
	for i := range found.Problems {
		p := &found.Problems[i]
		p.Position.File = below(ch.source, p.Position.File)
		fmt.Fprintln(c.stderr, render.Shown(p.String()))
	}
	return found, nil
}

// touched returns which zones a change touches, nil for none. All are meant if there is no change.
func (ch *change) touched(ctx context.Context) (*reconcile.Selection, error) {
	if ch.Base.Revision == ch.Head.Revision {
		return &reconcile.Selection{}, nil
	}
	zones, err := ch.planner.Touched(ctx, ch.Base, ch.Head)
	if err != nil || len(zones) == 0 {
		return nil, err
	}
	return &reconcile.Selection{Zones: zones, Lenient: true}, nil
}

// annotate has the runner show what was found at the lines of the files.
func (j *job) annotate(findings []reconcile.Finding) error {
	for _, finding := range findings {
		for _, p := range finding.Problems {
			if _, err := j.log.Annotate(annotationOf(p)); err != nil {
				return err
			}
		}
	}
	return nil
}
