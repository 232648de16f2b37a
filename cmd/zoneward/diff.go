package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/zonefile"
)

// diffFlags are the flags of diff.
type diffFlags struct {
	origin, repository string
	all                bool
	most               int
}

// usuallyMost is how many differences of a zone are shown unless it is said.
const usuallyMost = 1000

func (c *common) diffCommand() *cobra.Command {
	var flags diffFlags
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "Show how zones differ: files, directories, commits, providers",
		Long: `Compares the zones of A with those of B, and shows how those of B differ. Each of both is

  PATH                a zone file, or a directory with zone files
  git:REVISION        a commit of the repository around the working directory: the zone files in that directory
  git:REVISION:PATH   a file or directory in it, from the top of the repository; from the working directory with ./ in front
  provider:NAME       what a provider of the configuration serves

A path that begins with git: or provider: has ./ in front. Zones are matched by their names. The source directory of the configuration, also in a commit, is read by its rules.

Where a provider is on one side, what a plan leaves alone is left out: the serial of the SOA, what a server makes that signs, what the policy ignores, and the SOA
and the NS of the apex if no file states them. --all shows it.

Exits with 0 if they are equal, 2 if they differ, and 1 if something could not be read.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return c.diff(cmd.Context(), args[0], args[1], flags) },
	}
	cmd.Flags().StringArrayVar(&c.zones, "zone", nil, "only the zone `NAME` (can be repeated)")
	cmd.Flags().StringVar(&flags.origin, "origin", "", "the zone `NAME` that files are of whose names do not say it")
	cmd.Flags().StringVar(&flags.repository, "repository", ".", "commits are of the repository that `DIR` is in")
	cmd.Flags().BoolVar(&flags.all, "all", false, "leave nothing out where a provider is on one side")
	cmd.Flags().IntVar(&flags.most, "max", usuallyMost, "show at most `N` differences of a zone, 0 for all")
	c.formatFlag(cmd, "text", "json", "markdown")
	return cmd
}

func (c *common) diff(ctx context.Context, a, b string, flags diffFlags) error {
	if flags.most < 0 {
		return &usageError{err: fmt.Errorf("--max %d: want a number from 0 up", flags.most)}
	}
	only, err := c.zoneSelection()
	if err != nil {
		return err
	}
	opener := diffOpener{repository: flags.repository}
	if flags.origin != "" {
		if opener.origin, err = zonefile.ParseUnicodeName(flags.origin, zonefile.Root); err != nil {
			return &usageError{err: fmt.Errorf("--origin: %w", err)}
		}
	}
	from, err := parseOperand(a)
	to, wrong := parseOperand(b)
	if err := cmp.Or(err, wrong); err != nil {
		return &usageError{err: err}
	}
	if opener.source, err = c.diffSource(cmp.Or(from.provider, to.provider), only.Zones); err != nil {
		return err
	}
	opener.provider = func(ctx context.Context, o operand) (*diffSide, error) {
		return providerSide(ctx, opener.source.config, o, flags.all)
	}
	report := comparisonReport{Comparison: render.Comparison{A: from.text, B: to.text}, most: flags.most}
	if c.format == "json" {
		report.stream = newDiffStream(c.stdout)
	}
	progress := c.progress("comparing")
	err = opener.compare(ctx, from, to, only.Zones, flags.all, &report, progress)
	progress.done()
	if err != nil {
		return err
	}
	return c.writeComparison(report)
}

// comparisonReport is what a comparison has found so far.
type comparisonReport struct {
	render.Comparison
	most   int         // how many changes of a zone are told; 0 is all
	stream *diffStream // where they are told at once, and not kept; nil to keep them
}

// add adds what came of a zone.
func (r *comparisonReport) add(z zoneComparison) {
	if r.stream == nil {
		r.Add(z.noted(r.most))
		return
	}
	r.Add(z.ZoneDifference)
	r.stream.add(r.Comparison, z, r.most)
}

// compare opens both sides and compares them.
func (d diffOpener) compare(ctx context.Context, from, to operand, only []zonefile.Name, all bool, report *comparisonReport, progress *progress) error {
	a, b, err := d.sides(ctx, from, to)
	if err != nil {
		return err
	}
	defer a.close()
	defer b.close()
	c := comparer{a: a, b: b, all: all}
	origins, err := c.origins(only)
	if err != nil {
		return err
	}
	for _, side := range []*diffSide{a, b} {
		for _, notice := range side.notices {
			if !slices.Contains(report.Notices, notice) {
				report.Notices = append(report.Notices, notice)
			}
		}
	}
	if a.provider != b.provider && !a.ruled && !b.ruled {
		report.Notices = append(report.Notices, slices.Concat(a.unread, b.unread)...)
	}
	c.each(ctx, origins, progress, report.add)
	return ctx.Err()
}

// writeComparison writes what was found, or what of it is not written yet, and returns the exit status that it gives.
func (c *common) writeComparison(report comparisonReport) error {
	var err error
	found := report.Comparison
	switch c.format {
	case "json":
		err = report.stream.end(found)
	case "markdown":
		err = render.MarkdownComparison(c.stdout, found)
	default:
		err = render.TextComparison(c.stdout, found, c.colours())
	}
	if err != nil {
		return err
	}
	for _, notice := range found.Notices {
		fmt.Fprintln(c.stderr, "note: "+render.Shown(notice))
	}
	switch {
	case found.Failed > 0:
		return exitStatus(exitError)
	case found.Differs():
		return exitStatus(exitChanges)
	}
	return nil
}
