package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
)

func (c *common) ciCommentCommand() *cobra.Command {
	var f ciFlags
	cmd := &cobra.Command{
		Use:   "comment",
		Short: "Write a report that another job made into the comment of its pull request",
		Long: `Takes the report.json of a job that may do nothing, as one of a fork's pull request, and writes it into the comment of that pull request. Which one that is is
taken from the event, and never from the report. The report is checked: its plan has to be the one of its id. Whatever else it claims is not believed: when the
change is applied it is planned again.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.ciComment(cmd.Context(), f) },
	}
	f.repositoryFlag(cmd)
	f.outFlag(cmd)
	f.failOnFlag(cmd)
	c.formatFlag(cmd, "text", "markdown", "json", "sarif")
	cmd.Flags().StringVar(&f.report, "report", "", "the report, in `FILE` (report.json of ci plan --out)")
	cmd.Flags().StringVar(&f.head, "head", "", "the newest `COMMIT` of the pull request (default: that of the event)")
	return cmd
}

func (c *common) ciComment(ctx context.Context, f ciFlags) error {
	if f.report == "" {
		return &usageError{err: errors.New("--report is missing: the report.json that is to be commented")}
	}
	j, err := c.openJob()
	if err != nil {
		return err
	}
	if f.head != "" {
		j.Head = f.head
	}
	if j.Head == "" {
		return &usageError{errors.New("nothing says which pull request is meant"), "run it after another workflow (on: workflow_run), or give --head"}
	}
	r, err := c.readReport(f)
	if err != nil {
		return err
	}
	if r.Proposal.Head != j.Head {
		return fmt.Errorf("the report %s is about the commit %.40q, and this job about %s", f.report, r.Proposal.Head, j.Head)
	}
	r.Details, r.Untrusted = j.RunURL, true
	return c.deliver(ctx, j, f, r, j.Head, true)
}

// readReport reads a report that is not to be trusted. It has to be about the configuration that is meant here.
func (c *common) readReport(f ciFlags) (*report.Report, error) {
	file, err := os.Open(f.report)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("read the report: %w", err)}
	}
	defer func() { _ = file.Close() }()
	r, err := report.Read(file)
	if err != nil {
		return nil, fmt.Errorf("read the report %s: %w", f.report, err)
	}
	config := c.configFile
	if top, err := topOf(f.repository); err == nil {
		if config, _, err = configIn(top, c.configFile); err != nil {
			return nil, err
		}
	}
	if r.Config != config {
		return nil, fmt.Errorf("the report %s is about the configuration %.200q, and this job about %q", f.report, r.Config, config)
	}
	return r, nil
}
