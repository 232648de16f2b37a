package main

import (
	"cmp"
	"context"
	"io/fs"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// testsOf runs the DNS tests of a tree that are about the zones of a proposal, against these zones as they would be. The problems are those of the test files,
// whose names have the source directory in front.
func testsOf(ctx context.Context, tree fs.FS, source string, p *reconcile.Proposal) ([]dnstest.Result, []zonefile.Problem) {
	suite, problems := dnstest.Read(tree, testsFolder)
	for i := range problems {
		problems[i].Position.File = below(source, problems[i].Position.File)
	}
	var zones []zonefile.Name
	for _, z := range p.Zones {
		zones = append(zones, z.Zone)
	}
	planned := dnstest.Planned(p.Plan)
	planned = append(planned, dnstest.Unread(p.Stated, planned, "the change does not touch it")...)
	results := suite.Touching(zones...).Run(ctx, dnstest.NewZones(planned...))
	for i := range results {
		results[i].File = below(source, results[i].File)
	}
	return results, problems
}

// planTouched returns the plan of a tree for the zones of which two commits state something else. A commit without a source directory states nothing.
func planTouched(ctx context.Context, planner *reconcile.Planner, repository *git.Repository, before, after string, tree reconcile.Tree) (*reconcile.Plan, error) {
	change, err := repository.Proposed(ctx, before, after)
	if err != nil {
		return nil, err
	}
	touched, err := planner.Touched(ctx, change.Base, change.Head)
	if err != nil || len(touched) == 0 {
		return &reconcile.Plan{Commit: tree.Revision}, err
	}
	return planner.Plan(ctx, tree, reconcile.Selection{Zones: touched, Lenient: true})
}

// below returns the path of a file in a folder of the repository.
func below(folder, file string) string {
	if folder == "." || folder == "" || file == "" {
		return file
	}
	return folder + "/" + file
}

// passWithin returns how long name servers have, after an apply, until they pass the DNS tests: as long as any of the policies gives them to serve it.
func (in *branch) passWithin() time.Duration {
	longest := time.Duration(0)
	for _, p := range in.workspace.config.policies() {
		longest = max(longest, cmp.Or(p.Verify.Within, time.Minute))
	}
	return longest
}

// testLive runs the DNS tests that are about zones that were applied against the name servers that the configuration names. Where it names none nobody is asked.
func (in *branch) testLive(ctx context.Context, outcomes []reconcile.Outcome) []dnstest.Result {
	var refs []reconcile.Ref
	var zones []zonefile.Name
	for _, o := range outcomes {
		if o.Status == reconcile.Applied && len(in.workspace.config.providers[o.Target].verify) > 0 {
			refs, zones = append(refs, o.Ref), append(zones, o.Zone)
		}
	}
	if len(refs) == 0 || ctx.Err() != nil {
		return nil
	}
	suite, _ := dnstest.Read(in.tree.FS, testsFolder)
	results := suite.Touching(zones...).Await(ctx, dnstest.NewServers(refs, in.workspace.config.asking(refs, nil)), in.passWithin())
	for i := range results {
		results[i].File = below(in.planner.Folder, results[i].File)
	}
	return results
}
