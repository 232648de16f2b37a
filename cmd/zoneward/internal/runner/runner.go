// Package runner is what a CI system gives a job, and what it takes from one: GitHub Actions, the Actions of Gitea and Forgejo, GitLab CI, or
// none.
//
// [Detect] reads the job's environment and the event that started it, and believes neither: what is malformed, or what one says against the
// other, is an error that names the variable or the member. [Runner.Log] writes the job's log so that nothing in it is taken for a command,
// and sets outputs and summaries.
package runner

import (
	"cmp"
	"fmt"
	"io"
)

// System is what runs the job.
type System string

// The systems. A Forgejo is a Gitea.
const (
	None   System = "" // somebody's shell, or a system that is not known
	GitHub System = "github"
	Gitea  System = "gitea"
	GitLab System = "gitlab"
)

// Event is what started the job.
type Event string

// The events, as GitHub calls them. A merge request is a pull request.
const (
	PullRequest       Event = "pull_request"
	PullRequestTarget Event = "pull_request_target" // has the secrets of the base, and is about what a fork may have written
	Push              Event = "push"
	Schedule          Event = "schedule"
	WorkflowDispatch  Event = "workflow_dispatch" // by hand
	WorkflowRun       Event = "workflow_run"      // after another workflow, which may have been a fork's
	MergeGroup        Event = "merge_group"
	Other             Event = "other"
)

// Runner is what a job knows of itself. All strings are bounded and print, commits are 40 or 64 hexadecimal digits in lower case, and "" or 0
// is what is not known. The zero value is a shell.
type Runner struct {
	System System
	Event  Event

	// Repository is where the job is, and where a pull request goes to: owner/name, or the path of a GitLab project. ProjectID is GitLab's
	// number for it.
	Repository string
	ProjectID  int64

	// Number is the pull request's. A workflow_run after a fork's pull request has none: GitHub leaves it out. It is to be found by
	// HeadRepository, HeadBranch and Head, and never in what that run left behind.
	Number int64
	// Base is the commit that the branch was at, which the pull request goes to, and Head the newest commit of the pull request. Base is what
	// the event says, and may be older than the branch. GitLab says it in pipelines for merged results only: otherwise there is BaseBranch.
	Base, Head string
	// BaseBranch and HeadBranch are names of branches. HeadRepository is where Head comes from, "" if that is deleted.
	BaseBranch, HeadBranch, HeadRepository string
	// Fork: Head comes from another repository.
	Fork bool

	// Commit is what the job is about: after a push the newest commit, for a pull request in GitHub the commit that merges it into its base.
	Commit string
	// Ref is what was pushed, such as refs/heads/main. Before and After are the commits that it named before and after the push, "" for none.
	Ref, Before, After string

	// APIURL is the root of the forge's REST API, GraphQLURL its GraphQL, and ServerURL its pages. They have no slash at the end, no user and
	// no query.
	APIURL, GraphQLURL, ServerURL string
	// RunURL is the page of this run.
	RunURL string
	// RunNumber counts the runs, and Attempt the times that this one was started.
	RunNumber, Attempt int64

	// Workspace is the absolute path of the folder that the repository is checked out in.
	Workspace string
	// Actor is who started the job. It is a claim.
	Actor string
	// Token is the name of the variable with the token for the forge's API: the first that is set, or the one to set.
	Token string

	files   files
	idToken tokenRequest
}

// files are where a runner reads what a job says.
type files struct {
	output, summary string
}

// Lookup returns a variable of the environment, as [os.LookupEnv] does.
type Lookup func(name string) (value string, found bool)

// Detect returns what the environment says about the job. open opens the file of the event. Errors name the variable, or the member of the
// event, that cannot be.
func Detect(lookup Lookup, open func(name string) (io.ReadCloser, error)) (*Runner, error) {
	env := environment{lookup: lookup}
	switch {
	case env.isTrue("GITEA_ACTIONS"), env.isTrue("FORGEJO_ACTIONS"):
		return detectActions(Gitea, &env, open)
	case env.isTrue("GITHUB_ACTIONS"):
		return detectActions(GitHub, &env, open)
	case env.isTrue("GITLAB_CI"):
		return detectGitLab(&env)
	}
	return &Runner{Token: env.firstSet("GITHUB_TOKEN", "GITEA_TOKEN", "GITLAB_TOKEN")}, nil
}

// isFork reports whether the head is elsewhere than the base.
func isFork(head, base string) bool { return !sameName(head, base) }

// disagree is the error of an event that says something else than the environment.
func disagree(member, says, variable, value string) error {
	return fmt.Errorf("the event's %s is %s, and %s is %s", member, cmp.Or(says, "missing"), variable, cmp.Or(value, "missing"))
}
