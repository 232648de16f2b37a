package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/gate"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/runner"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// forges are what the systems of jobs are part of.
var forges = map[runner.System]forge.Kind{runner.GitHub: forge.GitHub, runner.Gitea: forge.Gitea, runner.GitLab: forge.GitLab}

// host returns the repository on its forge, as the job sees it.
func (c *common) host(j *job) (pulls.Host, error) {
	kind, ok := forges[j.System]
	if !ok {
		return nil, &usageError{errors.New("no forge is known: this is no job of GitHub, Gitea, Forgejo or GitLab"), "leave out --comment, or run it there"}
	}
	if _, err := j.token(c); err != nil {
		return nil, &usageError{err: err}
	}
	opts := pulls.Options{
		URL: j.APIURL, GraphQLURL: j.GraphQLURL, Repository: j.Repository, UserAgent: "zoneward/" + version(),
		Token: func(context.Context) (string, error) { return j.token(c) },
	}
	if j.System == runner.GitHub && j.Token == "GITHUB_TOKEN" {
		// The token of a job may not ask who it is. One of somebody else's, under that name, is told by the variable.
		opts.Login = "github-actions[bot]"
	}
	if login, ok := c.lookup("ZONEWARD_FORGE_LOGIN"); ok && login != "" {
		opts.Login = login
	}
	return pulls.Open(kind, opts)
}

// publish writes a report into the comment of the pull request, and its plan's id into the status of head.
func (c *common) publish(ctx context.Context, j *job, r *report.Report, head string) error {
	host, err := c.host(j)
	if err != nil {
		return err
	}
	if j.Event == runner.MergeGroup { // may be of several pull requests, each of which has its comment; the queue waits for the status alone
		return publication{host: host, head: head}.say(ctx, r, j.RunURL)
	}
	number, err := j.number(ctx, host, head)
	if err != nil {
		return err
	}
	said, err := publication{host: host, number: number, head: head}.publish(ctx, r)
	if errors.Is(err, errNewer) || errors.Is(err, errOver) {
		fmt.Fprintln(c.stderr, "note: "+render.Shown(err.Error()))
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stderr, "comment %s: %s\n", said.Action, render.Shown(said.Comment.URL))
	return nil
}

// number returns which pull request the job is about. That of a fork, after another workflow, the forge has to say: what that workflow left behind is no witness.
// It is looked for among those that are open, since GitHub says of a commit that only a fork has that no pull request has it.
func (j *job) number(ctx context.Context, host pulls.Host, head string) (int64, error) {
	if j.Number > 0 {
		return j.Number, nil
	}
	var found []pulls.Pull
	for pull, err := range host.OpenPulls(ctx) {
		if err != nil {
			return 0, fmt.Errorf("which pull request has the commit %.12s: %w", head, err)
		}
		if pull.Head.Commit == head && j.isHead(pull.Head) {
			found = append(found, pull)
		}
	}
	if len(found) != 1 {
		return 0, fmt.Errorf("%d open pull requests have the commit %.12s as their newest; want one", len(found), head)
	}
	return found[0].Number, nil
}

// isHead reports whether a pull request comes from where the job's does, as far as the job knows: somebody else can propose the same commit.
func (j *job) isHead(of pulls.Branch) bool {
	return (j.HeadBranch == "" || j.HeadBranch == of.Name) && (j.HeadRepository == "" || strings.EqualFold(j.HeadRepository, of.Repository))
}

// publication is where a report goes.
type publication struct {
	host   pulls.Host
	number int64
	head   string
}

// publish writes the comment and then the status: whoever waits for the status finds the comment.
func (p publication) publish(ctx context.Context, r *report.Report) (pulls.Outcome, error) {
	if err := p.stillOpen(ctx); err != nil {
		return pulls.Outcome{}, err
	}
	said, err := pulls.Publish(ctx, p.host, pulls.Publication{
		Number: p.number, Body: r.Comment(report.MaxComment), Match: isCommentOf(r.Config),
	})
	if err != nil {
		return said, fmt.Errorf("comment: %w", err)
	}
	return said, p.say(ctx, r, said.Comment.URL)
}

// say sets the status of the commit.
func (p publication) say(ctx context.Context, r *report.Report, url string) error {
	status := pulls.Status{Context: gate.StatusContext(r.Config), State: pulls.StateSuccess, Description: r.StatusDescription(), URL: url}
	switch {
	case r.NoPlan:
		status.State = pulls.StateError
	case r.Class() == report.Failed, r.Unproven():
		status.State = pulls.StateFailure
	}
	if err := p.host.SetStatus(ctx, p.head, status); err != nil {
		return fmt.Errorf("status: %w", err)
	}
	return nil
}

// isCommentOf returns what knows the comments of a configuration by their marker. Whoever can write comments can write one: their author is looked at beside it.
func isCommentOf(config string) func(body string) bool {
	return func(body string) bool {
		marker, ok := report.ParseMarker(body)
		return ok && marker.Config == config
	}
}

var (
	// errNewer says that somebody has pushed since.
	errNewer = errors.New("there is a newer commit")
	// errOver says that nobody reviews the pull request any more.
	errOver = errors.New("it is not open any more")
)

// stillOpen returns an error if somebody has pushed to the pull request meanwhile: the job for that says what there is to say. Of one that is merged or closed
// nothing is said either: the status of its commit has the plan that was reviewed, and one that is made after the merge would take its place.
func (p publication) stillOpen(ctx context.Context) error {
	pull, err := p.host.Pull(ctx, p.number)
	switch {
	case err != nil:
		return err
	case pull.Head.Commit != p.head:
		return fmt.Errorf("%w: pull request %d is at %.12s: nothing is said of %.12s", errNewer, p.number, pull.Head.Commit, p.head)
	case pull.State != pulls.Opened:
		return fmt.Errorf("%w: pull request %d is %s: its comment and its status stay as they are", errOver, p.number, pull.State)
	}
	return nil
}

// publishFailure says that there is no plan, where a plan would have been said: what an older comment says is not to be taken for it.
func (c *common) publishFailure(ctx context.Context, j *job, f ciFlags, cause error) error {
	r := &report.Report{
		Config: c.configFile, Details: j.RunURL, Proposal: &reconcile.Proposal{Head: j.Head, Plan: &reconcile.Plan{}}, NoPlan: true,
		Problems: []zonefile.Problem{{Severity: zonefile.Error, Message: cause.Error()}},
	}
	if config, inside, err := c.configInClone(f); err == nil && inside {
		r.Config = config
	}
	errs := []error{cause, j.outputs.Set("result", "error"), j.outputs.Summarize(r.Summary(report.MaxSummary))}
	if f.comment && j.Head != "" && ctx.Err() == nil {
		if err := c.publish(ctx, j, r, j.Head); err != nil {
			errs = append(errs, fmt.Errorf("nor could that be said: %w", err))
		}
	}
	return errors.Join(errs...)
}

// writeReports writes the plan and the reports into a folder, empty for none.
func writeReports(folder string, r *report.Report) error {
	if folder == "" {
		return nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for name, write := range map[string]func(io.Writer) error{
		"plan.json":    r.Proposal.Plan.WriteJSON,
		"report.json":  r.WriteJSON,
		"report.md":    r.WriteMarkdown,
		"report.txt":   func(w io.Writer) error { return r.WriteText(w, render.Style{}) },
		"report.sarif": r.WriteSARIF,
	} {
		var content bytes.Buffer
		if err := write(&content); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), content.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}
