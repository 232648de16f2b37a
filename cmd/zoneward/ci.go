package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/runner"
)

// ciFlags are the flags of ci and what is below it.
type ciFlags struct {
	repository string
	base, head string // of plan and validate
	out        string // a folder for files
	failOn     string
	comment    bool
	snapshot   snapshotFlags
	apply      ciApplyFlags
	report     string // of comment
}

func (c *common) ciCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ci",
		Short: "Plan pull requests, and apply what was reviewed",
		Long: `What the GitHub Action runs, and what Gitea, Forgejo and GitLab run in the same way. It takes from the environment what the job is about, and by hand
from --base and --head.`,
	}
	cmd.AddCommand(c.ciPlanCommand(), c.ciValidateCommand(), c.ciApplyCommand(), c.ciCommentCommand())
	return cmd
}

// repositoryFlag adds --repository.
func (f *ciFlags) repositoryFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.repository, "repository", ".", "the clone of the zones repository, in `DIR`")
}

// outFlag adds --out.
func (f *ciFlags) outFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.out, "out", "", "write plan.json and the reports into `DIR`")
}

// failOnFlag adds --fail-on.
func (f *ciFlags) failOnFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.failOn, "fail-on", "error", "exit with an error code on `WHAT`: error, held (or a guard will hold a zone), changes (or there are any)")
	check := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		switch f.failOn {
		case "error", "held", "changes":
		default:
			return &usageError{err: fmt.Errorf("--fail-on %q: want error, held or changes", f.failOn)}
		}
		if check != nil {
			return check(cmd, args)
		}
		return nil
	}
}

// changeFlags adds the flags that say which change is meant.
func (f *ciFlags) changeFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.base, "base", "", "the `COMMIT` that the change goes to (default: that of the pull request)")
	cmd.Flags().StringVar(&f.head, "head", "", "the newest `COMMIT` of the change (default: that of the pull request)")
}

// job is the CI job that the program runs in.
type job struct {
	*runner.Runner
	log     *runner.Log
	outputs *runner.Outputs
}

// openJob says what the job is about. From then on all that is written goes to its log, in which nothing is taken for a command.
func (c *common) openJob() (*job, error) {
	found, err := runner.Detect(runner.Lookup(c.lookup), func(name string) (io.ReadCloser, error) { return os.Open(name) })
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("what the job is about: %w", err)}
	}
	j := &job{Runner: found, log: found.Log(c.stdout.w), outputs: found.Outputs()}
	if found.System != runner.None {
		c.stdout.through(j.log)
		c.stderr.through(j.log)
		c.finish = func() { _ = j.log.Close() }
	}
	return j, nil
}

// token returns the token for the forge's API, as it is in the environment.
func (j *job) token(c *common) (string, error) {
	value, ok := c.lookup(j.Token)
	if value = strings.TrimSpace(value); !ok || value == "" {
		return "", fmt.Errorf("no token for the forge: set %s", j.Token)
	}
	return value, nil
}

// revisions returns the two commits that a change is between. They are the same for a job that is about no change: all that is adrift is what it is about.
func (j *job) revisions(ctx context.Context, f ciFlags, isMerge func(ctx context.Context, commit, of string) bool) (base, head string, err error) {
	switch {
	case f.base != "" && f.head != "":
		return f.base, f.head, nil
	case f.base != "" || f.head != "":
		return "", "", &usageError{err: errors.New("want both --base and --head, or neither")}
	}
	switch j.Event {
	case runner.PullRequest, runner.PullRequestTarget, runner.WorkflowRun:
		if j.Commit != "" && j.Head != "" && j.Commit != j.Head && isMerge(ctx, j.Commit, j.Head) {
			return j.Commit + "^1", j.Commit, nil // as the forge would merge it
		}
		if j.Base == "" && j.BaseBranch != "" {
			return "refs/remotes/origin/" + j.BaseBranch, j.Head, nil
		}
		if j.Base != "" && j.Head != "" {
			return j.Base, j.Head, nil
		}
	case runner.MergeGroup:
		return j.Base, j.Head, nil
	case runner.Push:
		if j.Before != "" && j.After != "" {
			return j.Before, j.After, nil
		}
		if j.After != "" {
			return j.After, j.After, nil
		}
	case runner.Schedule, runner.WorkflowDispatch:
		return "HEAD", "HEAD", nil
	case runner.Other:
	}
	return "", "", &usageError{errors.New("nothing says which change is meant"), "give --base and --head; in a CI job on a pull request they are known"}
}
