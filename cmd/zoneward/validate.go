package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/rules"
)

func (c *common) validateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check the configuration, all zone files, and the files of domains",
		Long: `Reads all zone files and the files of domains, and lists every problem with its file and line, and the rule that found it: docs/rules has a page for each of them. No
provider is asked, and no secret is needed.

The configuration sets what a rule is (validate.rules: off, warning or error), and a comment allows something in its line: "; zoneward: allow RULE", in YAML
"# zoneward: allow RULE".

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
			findings, notices, err := check(cmd.Context(), w.planner, w.config.judge, w.tree, w.only)
			checking.done()
			if err != nil {
				return err
			}
			return c.writeFindings(findings, notices)
		},
	}
	c.selectFlags(cmd)
	c.formatFlag(cmd, "text", "json", "sarif", "github")
	return cmd
}

// check reads the zones and domains that are meant, and returns what is to be said of them by all rules. Rules that look from one zone into another see all that the
// tree has.
func check(ctx context.Context, planner *reconcile.Planner, judge *rules.Set, tree reconcile.Tree, only reconcile.Selection) ([]reconcile.Finding, []string, error) {
	p := *planner
	p.Judge = func(f *zonefile.File) []zonefile.Problem { return judge.Judge(f, zonefile.Warning) }
	findings, notices, err := p.Check(ctx, tree, only)
	if err != nil {
		return nil, nil, err
	}
	around := findings
	if only.Some() {
		if around, _, err = p.Check(ctx, tree, reconcile.Selection{}); err != nil {
			return nil, nil, err
		}
	}
	type source struct {
		zone zonefile.Name
		file string
	}
	var files []*zonefile.File
	var sources []source
	for _, f := range around {
		if f.File != nil {
			files, sources = append(files, f.File), append(sources, source{f.Zone, f.Source})
		}
	}
	across, found := map[source][]zonefile.Problem{}, make([][]zonefile.Problem, len(files))
	for i, problems := range judge.JudgeAcross(rules.NewRepository(files...)) {
		across[sources[i]], found[i] = problems, slices.Concat(files[i].Problems, problems)
	}
	used := map[zonefile.Problem]bool{}
	for _, p := range planner.Located(rules.UsedElsewhere(files, found)) {
		used[p] = true
	}
	for i := range findings {
		f := &findings[i]
		f.Problems = append(f.Problems, planner.Located(across[source{f.Zone, f.Source}])...)
		f.Problems = slices.DeleteFunc(f.Problems, func(p zonefile.Problem) bool { return used[p] })
		slices.SortStableFunc(f.Problems, func(a, b zonefile.Problem) int { return a.Position.Compare(b.Position) })
	}
	return findings, notices, nil
}
