package runner

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// detectActions reads what GitHub's runner gives a job, and those that do as it does.
// https://docs.github.com/en/actions/reference/workflows-and-actions/variables
func detectActions(system System, env *environment, open func(string) (io.ReadCloser, error)) (*Runner, error) {
	env.required("GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REPOSITORY", "GITHUB_API_URL", "GITHUB_SERVER_URL")
	r := &Runner{
		System:     system,
		Event:      eventOf(env.text("GITHUB_EVENT_NAME")),
		Repository: env.repository("GITHUB_REPOSITORY"),
		Commit:     env.commit("GITHUB_SHA"),
		Ref:        env.text("GITHUB_REF"),
		APIURL:     env.url("GITHUB_API_URL"),
		GraphQLURL: env.url("GITHUB_GRAPHQL_URL"),
		ServerURL:  env.url("GITHUB_SERVER_URL"),
		RunNumber:  env.number("GITHUB_RUN_NUMBER"),
		Attempt:    env.number("GITHUB_RUN_ATTEMPT"),
		Workspace:  env.path("GITHUB_WORKSPACE"),
		Actor:      cmp.Or(env.text("GITHUB_TRIGGERING_ACTOR"), env.text("GITHUB_ACTOR")),
		Token:      env.firstSet("GITHUB_TOKEN", "GITEA_TOKEN", "GH_TOKEN"),
		files:      files{output: env.path("GITHUB_OUTPUT"), summary: env.path("GITHUB_STEP_SUMMARY")},
		idToken:    tokenRequest{url: env.text("ACTIONS_ID_TOKEN_REQUEST_URL"), bearer: env.secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN")},
	}
	path := env.path("GITHUB_EVENT_PATH")
	branches := refs{base: env.text("GITHUB_BASE_REF"), head: env.text("GITHUB_HEAD_REF")}
	if run := env.number("GITHUB_RUN_ID"); run > 0 {
		r.RunURL = fmt.Sprintf("%s/%s/actions/runs/%d", r.ServerURL, r.Repository, run)
	}
	if env.err != nil {
		return nil, env.err
	}
	if strings.Count(r.Repository, "/") != 1 {
		return nil, fmt.Errorf("GITHUB_REPOSITORY: %.100q is not owner/name", r.Repository)
	}
	event, err := readEvent(path, open)
	if err != nil {
		return nil, fmt.Errorf("GITHUB_EVENT_PATH: %w", err)
	}
	if err := r.take(event, branches); err != nil {
		return nil, fmt.Errorf("GITHUB_EVENT_PATH: %w", err)
	}
	return r, nil
}

// eventOf returns the event that GitHub calls so.
func eventOf(name string) Event {
	switch event := Event(name); event {
	case PullRequest, PullRequestTarget, Push, Schedule, WorkflowDispatch, WorkflowRun, MergeGroup, Other:
		return event
	}
	return Other
}

// refs are what the environment says of a pull request's branches, "" if it says nothing.
type refs struct{ base, head string }

// take lets the runner have what the event says, where that agrees with the environment.
func (r *Runner) take(e *event, branches refs) error {
	if err := e.Repository.check("repository"); err != nil {
		return err
	}
	if e.Repository != nil && !sameName(e.Repository.FullName, r.Repository) {
		return disagree("repository.full_name", e.Repository.FullName, "GITHUB_REPOSITORY", r.Repository)
	}
	switch r.Event {
	case PullRequest, PullRequestTarget:
		return r.takePullRequest(e, branches)
	case Push:
		return r.takePush(e)
	case WorkflowRun:
		return r.takeWorkflowRun(e)
	case MergeGroup:
		return r.takeMergeGroup(e)
	case Schedule, WorkflowDispatch, Other:
	}
	return nil
}

// takePullRequest: https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
func (r *Runner) takePullRequest(e *event, branches refs) error {
	pull := e.PullRequest
	if pull == nil {
		return missing("pull_request")
	}
	if pull.Number <= 0 {
		return fmt.Errorf("the event's pull_request.number is %d", pull.Number)
	}
	if e.Number != 0 && e.Number != pull.Number {
		return fmt.Errorf("the event's number is %d, and its pull_request.number is %d", e.Number, pull.Number)
	}
	if err := pull.Base.check("pull_request.base"); err != nil {
		return err
	}
	if err := pull.Head.check("pull_request.head"); err != nil {
		return err
	}
	if pull.Base.Repo == nil {
		return missing("pull_request.base.repo")
	}
	if base := pull.Base.Repo.FullName; !sameName(base, r.Repository) {
		return disagree("pull_request.base.repo.full_name", base, "GITHUB_REPOSITORY", r.Repository)
	}
	if branches.base != "" && branches.base != pull.Base.Ref {
		return disagree("pull_request.base.ref", pull.Base.Ref, "GITHUB_BASE_REF", branches.base)
	}
	if branches.head != "" && branches.head != pull.Head.Ref {
		return disagree("pull_request.head.ref", pull.Head.Ref, "GITHUB_HEAD_REF", branches.head)
	}
	// refs/pull/7/merge or refs/pull/7/head. With pull_request_target it is the base branch.
	if rest, ok := strings.CutPrefix(r.Ref, "refs/pull/"); ok {
		if number, _, _ := strings.Cut(rest, "/"); number != fmt.Sprint(pull.Number) {
			return disagree("pull_request.number", fmt.Sprint(pull.Number), "GITHUB_REF", r.Ref)
		}
	}
	r.Number = pull.Number
	r.Base, r.BaseBranch = pull.Base.SHA, pull.Base.Ref
	r.Head, r.HeadBranch, r.HeadRepository = pull.Head.SHA, pull.Head.Ref, pull.Head.Repo.name()
	r.Fork = isFork(r.HeadRepository, r.Repository)
	if r.System == Gitea && r.Ref == fmt.Sprintf("refs/pull/%d/head", r.Number) && r.Commit != "" {
		r.Head = r.Commit // see takePush
	}
	return nil
}

// takePush: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
func (r *Runner) takePush(e *event) error {
	for _, commit := range []struct{ name, id string }{{"before", e.Before}, {"after", e.After}} {
		if err := checkCommit(commit.id); err != nil {
			return fmt.Errorf("the event's %s: %w", commit.name, err)
		}
	}
	if r.Ref != "" && e.Ref != r.Ref {
		return disagree("ref", e.Ref, "GITHUB_REF", r.Ref)
	}
	r.Before, r.After = commitOrNone(e.Before), commitOrNone(e.After)
	// Where a branch is deleted, the job is about another one.
	if r.After == "" || r.Commit == "" || r.After == r.Commit {
		return nil
	}
	if r.System == Gitea {
		// It makes the job a while after the event, of the commit that the branch has by then: of two pushes shortly after each other, both jobs are of the second.
		r.After = r.Commit
		return nil
	}
	return disagree("after", r.After, "GITHUB_SHA", r.Commit)
}

// takeWorkflowRun: https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
func (r *Runner) takeWorkflowRun(e *event) error {
	run := e.WorkflowRun
	if run == nil {
		return missing("workflow_run")
	}
	if err := checkCommit(run.HeadSHA); err != nil {
		return fmt.Errorf("the event's workflow_run.head_sha: %w", err)
	}
	if err := run.HeadRepository.check("workflow_run.head_repository"); err != nil {
		return err
	}
	if err := checkText(run.HeadBranch); err != nil {
		return fmt.Errorf("the event's workflow_run.head_branch: %w", err)
	}
	if Event(run.Event) != PullRequest {
		return nil
	}
	r.Head, r.HeadBranch, r.HeadRepository = run.HeadSHA, run.HeadBranch, run.HeadRepository.name()
	r.Fork = isFork(r.HeadRepository, r.Repository)
	// It lists all that have the branch, to whatever repository they go.
	var found []pullRequest
	for _, pull := range run.PullRequests {
		if pull.Number > 0 && pull.Head.SHA == r.Head && !r.Fork {
			found = append(found, pull)
		}
	}
	if len(found) != 1 {
		return nil
	}
	if err := found[0].Base.check("workflow_run.pull_requests.base"); err != nil {
		return err
	}
	r.Number, r.Base, r.BaseBranch = found[0].Number, found[0].Base.SHA, found[0].Base.Ref
	return nil
}

// takeMergeGroup: https://docs.github.com/en/webhooks/webhook-events-and-payloads#merge_group
func (r *Runner) takeMergeGroup(e *event) error {
	group := e.MergeGroup
	if group == nil {
		return missing("merge_group")
	}
	for _, commit := range []struct{ name, id string }{{"base_sha", group.BaseSHA}, {"head_sha", group.HeadSHA}} {
		if err := checkCommit(commit.id); err != nil {
			return fmt.Errorf("the event's merge_group.%s: %w", commit.name, err)
		}
	}
	r.Base, r.Head, r.HeadRepository = group.BaseSHA, group.HeadSHA, r.Repository
	return nil
}

func missing(member string) error { return fmt.Errorf("the event has no %s", member) }
