package reconcile

import (
	"errors"

	"github.com/zoneward/zoneward/zonefile"
)

// locate puts the folder in front of all places of a plan.
func (p *Planner) locate(plan *ZonePlan) {
	for i := range plan.Changes {
		plan.Changes[i].Source = p.under(plan.Changes[i].Source)
	}
	for i := range plan.Deferred {
		plan.Deferred[i].Source = p.under(plan.Deferred[i].Source)
	}
	plan.Warnings = p.Located(plan.Warnings)
	plan.Err = p.located(plan.Err)
}

func (p *Planner) under(at zonefile.Position) zonefile.Position { return under(p.Folder, at) }

// Located returns problems with the folder in front of the files that they name.
func (p *Planner) Located(problems []zonefile.Problem) []zonefile.Problem {
	located := make([]zonefile.Problem, len(problems))
	for i, problem := range problems {
		problem.Position = p.under(problem.Position)
		located[i] = problem
	}
	return located
}

// located returns err with the folder in front of the files that it names.
func (p *Planner) located(err error) error {
	if problems, ok := errors.AsType[*zonefile.ProblemsError](err); ok {
		return &zonefile.ProblemsError{Zone: problems.Zone, Problems: p.Located(problems.Problems)}
	}
	if two, ok := errors.AsType[*TwoFilesError](err); ok {
		files := make([]string, len(two.Files))
		for i, file := range two.Files {
			files[i] = p.under(zonefile.Position{File: file}).File
		}
		return &TwoFilesError{Ref: two.Ref, Files: files}
	}
	return err
}
