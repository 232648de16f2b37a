package runner

import (
	"cmp"
	"path/filepath"
)

// detectGitLab reads what GitLab's runner gives a job. There is no file of an event.
// https://docs.gitlab.com/ci/variables/predefined_variables/
func detectGitLab(env *environment) (*Runner, error) {
	env.required("CI_PIPELINE_SOURCE", "CI_PROJECT_ID", "CI_PROJECT_PATH", "CI_PROJECT_DIR", "CI_API_V4_URL", "CI_SERVER_URL", "CI_COMMIT_SHA")
	r := &Runner{
		System:     GitLab,
		Event:      gitLabEvent(env.text("CI_PIPELINE_SOURCE")),
		Repository: env.repository("CI_PROJECT_PATH"),
		ProjectID:  env.number("CI_PROJECT_ID"),
		Commit:     env.commit("CI_COMMIT_SHA"),
		APIURL:     env.url("CI_API_V4_URL"),
		GraphQLURL: env.url("CI_API_GRAPHQL_URL"),
		ServerURL:  env.url("CI_SERVER_URL"),
		RunURL:     env.url("CI_JOB_URL"),
		RunNumber:  env.number("CI_PIPELINE_IID"),
		Attempt:    1,
		Workspace:  env.path("CI_PROJECT_DIR"),
		Actor:      env.text("GITLAB_USER_LOGIN"),
		Token:      env.firstSet("GITLAB_TOKEN"),
		idToken:    tokenRequest{given: env.secret("ZONEWARD_ID_TOKEN")},
	}
	r.files.output = filepath.Join(r.Workspace, "zoneward.env")
	if branch := env.text("CI_COMMIT_BRANCH"); branch != "" {
		r.Ref = "refs/heads/" + branch
	}
	switch r.Event {
	case PullRequest:
		env.required("CI_MERGE_REQUEST_IID", "CI_MERGE_REQUEST_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_PATH", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
		r.Number = env.number("CI_MERGE_REQUEST_IID")
		// The pipeline of a merge request from a fork may be the fork's.
		r.Repository, r.ProjectID = env.repository("CI_MERGE_REQUEST_PROJECT_PATH"), env.number("CI_MERGE_REQUEST_PROJECT_ID")
		// In a pipeline for merged results the commit is the merge; in others it is the head, and these are empty.
		r.Base = env.commit("CI_MERGE_REQUEST_TARGET_BRANCH_SHA")
		r.Head = cmp.Or(env.commit("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"), r.Commit)
		r.BaseBranch = env.text("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
		r.HeadBranch = env.text("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME")
		r.HeadRepository = env.repository("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH")
		r.Fork = isFork(r.HeadRepository, r.Repository)
	case Push:
		r.Before, r.After = env.commit("CI_COMMIT_BEFORE_SHA"), r.Commit
	case PullRequestTarget, Schedule, WorkflowDispatch, WorkflowRun, MergeGroup, Other:
	}
	if env.err != nil {
		return nil, env.err
	}
	return r, nil
}

// gitLabEvent returns what GitLab calls the source of a pipeline.
func gitLabEvent(source string) Event {
	switch source {
	case "merge_request_event":
		return PullRequest
	case "push":
		return Push
	case "schedule":
		return Schedule
	case "web":
		return WorkflowDispatch
	}
	return Other
}
