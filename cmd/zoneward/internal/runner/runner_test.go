package runner

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	base  = "1111111111111111111111111111111111111111"
	head  = "2222222222222222222222222222222222222222"
	merge = "3333333333333333333333333333333333333333"
	none  = "0000000000000000000000000000000000000000"
)

// actions is what GitHub gives each job.
var actions = map[string]string{
	"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": "/event.json", "GITHUB_REPOSITORY": "example/zones", "GITHUB_SHA": merge,
	"GITHUB_API_URL": "https://api.github.com", "GITHUB_GRAPHQL_URL": "https://api.github.com/graphql", "GITHUB_SERVER_URL": "https://github.com",
	"GITHUB_RUN_ID": "900", "GITHUB_RUN_NUMBER": "12", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_WORKSPACE": "/github/workspace",
	"GITHUB_ACTOR": "ann", "GITHUB_TRIGGERING_ACTOR": "bob", "GITHUB_TOKEN": "t",
}

// in returns actions with these variables laid over it; an empty one is not set.
func in(over map[string]string, variables map[string]string) map[string]string {
	all := maps.Clone(variables)
	maps.Copy(all, over)
	return all
}

// detect detects in an environment, where one file is the event.
func detect(env map[string]string, event string) (*Runner, error) {
	lookup := func(name string) (string, bool) { value, ok := env[name]; return value, ok }
	files := fstest.MapFS{"event.json": {Data: []byte(event)}}
	return Detect(lookup, func(name string) (io.ReadCloser, error) { return files.Open(strings.TrimPrefix(name, "/")) })
}

// pullEvent returns the event of a pull request.
func pullEvent(number int, headRepository string) string {
	return fmt.Sprintf(`{"action": "synchronize", "number": %[1]d, "repository": {"full_name": "Example/Zones"}, "sender": {"login": "ann"},
  "pull_request": {"number": %[1]d, "base": {"ref": "main", "sha": "`+base+`", "repo": {"full_name": "example/zones"}},
    "head": {"ref": "topic", "sha": "`+head+`", "repo": %s}}}`, number, headRepository)
}

const ours, forks = `{"full_name": "example/zones"}`, `{"full_name": "mallory/zones"}`

func TestDetect(t *testing.T) {
	github := Runner{
		System: GitHub, Repository: "example/zones", Commit: merge,
		APIURL: "https://api.github.com", GraphQLURL: "https://api.github.com/graphql", ServerURL: "https://github.com",
		RunURL: "https://github.com/example/zones/actions/runs/900", RunNumber: 12, Attempt: 2,
		Workspace: "/github/workspace", Actor: "bob", Token: "GITHUB_TOKEN",
	}
	pull := github
	pull.Event, pull.Number, pull.Ref = PullRequest, 7, "refs/pull/7/merge"
	pull.Base, pull.BaseBranch, pull.Head, pull.HeadBranch, pull.HeadRepository = base, "main", head, "topic", "example/zones"
	pullEnv := map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_BASE_REF": "main", "GITHUB_HEAD_REF": "topic"}

	fork := pull
	fork.HeadRepository, fork.Fork = "mallory/zones", true
	gone := pull
	gone.HeadRepository, gone.Fork = "", true
	gitea := fork
	gitea.System, gitea.APIURL, gitea.GraphQLURL, gitea.ServerURL = Gitea, "http://192.0.2.1:3000/git/api/v1", "", "http://192.0.2.1:3000/git"
	gitea.RunURL, gitea.Ref, gitea.Commit = "http://192.0.2.1:3000/git/example/zones/actions/runs/900", "refs/pull/7/head", head
	giteaEnv := in(map[string]string{
		"GITEA_ACTIONS": "true", "GITHUB_API_URL": "http://192.0.2.1:3000/git/api/v1", "GITHUB_GRAPHQL_URL": "",
		"GITHUB_SERVER_URL": "http://192.0.2.1:3000/git/", "GITHUB_REF": "refs/pull/7/head", "GITHUB_SHA": head,
	}, pullEnv)
	forgejoEnv := in(map[string]string{"GITEA_ACTIONS": "", "FORGEJO_ACTIONS": "true"}, giteaEnv)

	push := github
	push.Event, push.Ref, push.Before, push.After = Push, "refs/heads/main", base, merge
	pushEnv := map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main"}
	created := push
	created.Before = ""
	giteaPush := gitea
	giteaPush.Event, giteaPush.Ref, giteaPush.Before, giteaPush.After, giteaPush.Commit = Push, "refs/heads/main", base, head, head
	giteaPush.Number, giteaPush.Base, giteaPush.BaseBranch, giteaPush.Head, giteaPush.HeadBranch, giteaPush.HeadRepository, giteaPush.Fork = 0, "", "", "", "", "", false
	giteaPushEnv := in(pushEnv, giteaEnv)
	giteaPushEnv["GITHUB_BASE_REF"], giteaPushEnv["GITHUB_HEAD_REF"] = "", ""
	deleted := push
	deleted.Ref, deleted.After = "refs/heads/topic", ""

	run := github
	run.Event, run.Ref, run.Number, run.Base, run.BaseBranch = WorkflowRun, "refs/heads/main", 7, base, "main"
	run.Head, run.HeadBranch, run.HeadRepository = head, "topic", "example/zones"
	runEnv := map[string]string{"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_REF": "refs/heads/main"}
	runEvent := func(event, repository, pulls string) string {
		return `{"repository": {"full_name": "example/zones"}, "workflow_run": {"event": "` + event + `", "head_sha": "` + head +
			`", "head_branch": "topic", "head_repository": ` + repository + `, "pull_requests": [` + pulls + `]}}`
	}
	listed := `{"number": 7, "base": {"ref": "main", "sha": "` + base + `"}, "head": {"ref": "topic", "sha": "` + head + `"}}`
	runFork := run
	runFork.Number, runFork.Base, runFork.BaseBranch, runFork.HeadRepository, runFork.Fork = 0, "", "", "mallory/zones", true
	runAny := run
	runAny.Number, runAny.Base, runAny.BaseBranch = 0, "", ""
	runPush := github
	runPush.Event, runPush.Ref = WorkflowRun, "refs/heads/main"

	group := github
	group.Event, group.Base, group.Head, group.HeadRepository = MergeGroup, base, head, "example/zones"
	night := github
	night.Event, night.Ref = Schedule, "refs/heads/main"
	other := github
	other.Event = Other

	for _, test := range []struct {
		name  string
		env   map[string]string
		event string
		want  Runner
	}{
		{"a pull request", pullEnv, pullEvent(7, ours), pull},
		{"a pull request from a fork", pullEnv, pullEvent(7, forks), fork},
		{"a pull request from a fork that is deleted", pullEnv, pullEvent(7, "null"), gone},
		{"a pull request in Gitea", giteaEnv, pullEvent(7, forks), gitea},
		{"a pull request in Gitea that was pushed to since", giteaEnv, strings.Replace(pullEvent(7, forks), head, merge, 1), gitea},
		{"a pull request in Forgejo", forgejoEnv, pullEvent(7, forks), gitea},
		{"a push", pushEnv, `{"ref": "refs/heads/main", "before": "` + base + `", "after": "` + merge + `"}`, push},
		{"a push in Gitea, before another one", giteaPushEnv, `{"ref": "refs/heads/main", "before": "` + base + `", "after": "` + merge + `"}`, giteaPush},
		{"a push of a new branch", pushEnv, `{"ref": "refs/heads/main", "before": "` + none + `", "after": "` + merge + `"}`, created},
		{
			"a push that deletes", in(map[string]string{"GITHUB_REF": "refs/heads/topic"}, pushEnv),
			`{"ref": "refs/heads/topic", "before": "` + base + `", "after": "` + none + `"}`, deleted,
		},
		{"after another workflow", runEnv, runEvent("pull_request", ours, listed), run},
		{"after another workflow, of a fork", runEnv, runEvent("pull_request", forks, ""), runFork},
		{"after another workflow, of a fork that names a pull request", runEnv, runEvent("pull_request", forks, listed), runFork},
		{"after another workflow, of two pull requests", runEnv, runEvent("pull_request", ours, listed+","+strings.Replace(listed, "7", "8", 1)), runAny},
		{"after another workflow, of an older head", runEnv, runEvent("pull_request", ours, strings.Replace(listed, head, merge, 1)), runAny},
		{"after another workflow, of a push", runEnv, runEvent("push", ours, listed), runPush},
		{
			"a merge queue",
			map[string]string{"GITHUB_EVENT_NAME": "merge_group"},
			`{"merge_group": {"head_sha": "` + head + `", "base_sha": "` + base + `"}}`, group,
		},
		{"a schedule", map[string]string{"GITHUB_EVENT_NAME": "schedule", "GITHUB_REF": "refs/heads/main"}, `{"schedule": "0 3 * * *"}`, night},
		{"something else", map[string]string{"GITHUB_EVENT_NAME": "issue_comment"}, `{}`, other},
		{"a shell", map[string]string{"GITHUB_ACTIONS": "", "GITHUB_TOKEN": "", "GITLAB_TOKEN": "t"}, "", Runner{Token: "GITLAB_TOKEN"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := detect(in(test.env, actions), test.event)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, *got, cmpopts.IgnoreUnexported(Runner{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDetectLies(t *testing.T) {
	pull := map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_BASE_REF": "main", "GITHUB_HEAD_REF": "topic"}
	push := map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main"}
	run := map[string]string{"GITHUB_EVENT_NAME": "workflow_run"}
	event := pullEvent(7, ours)
	pushed := `{"ref": "refs/heads/main", "before": "` + base + `", "after": "` + merge + `"}`
	const file = "GITHUB_EVENT_PATH: "
	for _, test := range []struct {
		name  string
		env   map[string]string
		event string
		want  string
	}{
		{"no repository", in(map[string]string{"GITHUB_REPOSITORY": ""}, pull), event, "GITHUB_REPOSITORY is not set"},
		{"no owner", in(map[string]string{"GITHUB_REPOSITORY": "zones"}, pull), event, `GITHUB_REPOSITORY: "zones" is not a repository: there is no owner`},
		{"dots", in(map[string]string{"GITHUB_REPOSITORY": "example/.."}, pull), event, `GITHUB_REPOSITORY: "example/.." is not a repository`},
		{"a group", in(map[string]string{"GITHUB_REPOSITORY": "a/b/c"}, pull), event, `GITHUB_REPOSITORY: "a/b/c" is not owner/name`},
		{"a commit", in(map[string]string{"GITHUB_SHA": "main"}, pull), event, `GITHUB_SHA: "main" is not the id of a commit`},
		{"an API elsewhere", in(map[string]string{"GITHUB_API_URL": "https://u:p@api.example/?x"}, pull), event, "GITHUB_API_URL: the URL has a user, a query or a fragment"},
		{"no API", in(map[string]string{"GITHUB_API_URL": "file:///etc/passwd"}, pull), event, "GITHUB_API_URL: it is not an absolute URL by https or http"},
		{"a run", in(map[string]string{"GITHUB_RUN_ID": "-1"}, pull), event, `GITHUB_RUN_ID: "-1" is not a positive number`},
		{"a relative path", in(map[string]string{"GITHUB_OUTPUT": "output"}, pull), event, `GITHUB_OUTPUT: "output" is not an absolute path`},
		{"an actor", in(map[string]string{"GITHUB_TRIGGERING_ACTOR": "a\x1b[m"}, pull), event, "GITHUB_TRIGGERING_ACTOR: it has characters that do not print"},
		{"no file", in(map[string]string{"GITHUB_EVENT_PATH": "/none.json"}, pull), event, file + "open none.json: file does not exist"},
		{"an empty file", pull, "", file + "the event is not the JSON that it should be: unexpected end of JSON input"},
		{"no JSON", pull, "<html>", file + "the event is not the JSON that it should be: invalid character '<' looking for beginning of value"},
		{"not UTF-8", pull, "{\"number\": \"\xff\"}", file + "the event is not UTF-8"},
		{"a number that is none", pull, `{"number": "7"}`, file + "the event is not the JSON that it should be: json: cannot unmarshal string into Go struct field event.number of type int64"},
		{"too large", pull, event + strings.Repeat(" ", maxEvent), file + "the event has more than 33554432 octets"},
		{"no pull request", pull, `{"number": 7}`, file + "the event has no pull_request"},
		{"another repository's", pull, strings.Replace(event, "Example/Zones", "mallory/zones", 1), file + "the event's repository.full_name is mallory/zones, and GITHUB_REPOSITORY is example/zones"},
		{"a repository that is none", pull, strings.Replace(event, "Example/Zones", `x/y\n::error::pwned`, 1), file + "the event's repository.full_name: it has characters that do not print"},
		{"a repository with a command in it", pull, strings.Replace(event, "Example/Zones", "::error::pwned/zones", 1), file + `the event's repository.full_name: "::error::pwned/zones" is not a repository`},
		{"another base", pull, strings.Replace(event, "example/zones", "mallory/zones", 1), file + "the event's pull_request.base.repo.full_name is mallory/zones, and GITHUB_REPOSITORY is example/zones"},
		{"another branch", pull, strings.Replace(event, `"main"`, `"release"`, 1), file + "the event's pull_request.base.ref is release, and GITHUB_BASE_REF is main"},
		{"another head", pull, strings.Replace(event, `"topic"`, `"other"`, 1), file + "the event's pull_request.head.ref is other, and GITHUB_HEAD_REF is topic"},
		{"another number", pull, pullEvent(8, ours), file + "the event's pull_request.number is 8, and GITHUB_REF is refs/pull/7/merge"},
		{"two numbers", pull, strings.Replace(event, "7", "8", 1), file + "the event's number is 8, and its pull_request.number is 7"},
		{"a negative number", pull, pullEvent(-7, ours), file + "the event's pull_request.number is -7"},
		{"a base that is no commit", pull, strings.Replace(event, base, "--upload-pack=x", 1), file + `the event's pull_request.base.sha: "--upload-pack=x" is not the id of a commit`},
		{"a head that is no commit", pull, strings.Replace(event, head, strings.ToUpper("abcdef")+head[6:], 1), file + `the event's pull_request.head.sha: "ABCDEF` + head[6:] + `" is not the id of a commit`},
		{"a head repository", pull, pullEvent(7, `{"full_name": "../zones"}`), file + `the event's pull_request.head.repo.full_name: "../zones" is not a repository`},
		{"a branch that does not print", pull, strings.Replace(event, `"topic"`, `"to\u202epic"`, 1), file + "the event's pull_request.head.ref: it has characters that do not print"},
		{"a push of something else", push, strings.Replace(pushed, "main", "other", 1), file + "the event's ref is refs/heads/other, and GITHUB_REF is refs/heads/main"},
		{"a push to another commit", push, strings.Replace(pushed, merge, head, 1), file + "the event's after is " + head + ", and GITHUB_SHA is " + merge},
		{"a push without a commit", push, `{"ref": "refs/heads/main", "before": "` + base + `"}`, file + `the event's after: "" is not the id of a commit`},
		{"no run", run, `{}`, file + "the event has no workflow_run"},
		{"a run without a commit", run, `{"workflow_run": {"head_sha": "HEAD"}}`, file + `the event's workflow_run.head_sha: "HEAD" is not the id of a commit`},
		{
			"a run of a branch that does not print", run, `{"workflow_run": {"head_sha": "` + head + `", "head_branch": "a\nb"}}`,
			file + "the event's workflow_run.head_branch: it has characters that do not print",
		},
		{"no group", map[string]string{"GITHUB_EVENT_NAME": "merge_group"}, `{}`, file + "the event has no merge_group"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := detect(in(test.env, actions), test.event)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "u:p") {
				t.Error("the error has a password")
			}
		})
	}
	if _, err := detect(in(map[string]string{"GITHUB_EVENT_PATH": "/none.json"}, in(pull, actions)), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is no fs.ErrNotExist", err)
	}
}

// gitlab is what GitLab gives each job.
var gitlab = map[string]string{
	"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push", "CI_PROJECT_ID": "42", "CI_PROJECT_PATH": "group/sub/zones", "CI_PROJECT_DIR": "/srv/builds/zones",
	"CI_API_V4_URL": "https://gitlab.example/api/v4", "CI_API_GRAPHQL_URL": "https://gitlab.example/api/graphql", "CI_SERVER_URL": "https://gitlab.example",
	"CI_COMMIT_SHA": merge, "CI_COMMIT_BEFORE_SHA": base, "CI_COMMIT_BRANCH": "main", "CI_PIPELINE_IID": "5",
	"CI_JOB_URL": "https://gitlab.example/group/sub/zones/-/jobs/9", "GITLAB_USER_LOGIN": "ann",
}

// mergeRequest is what it gives one for a merge request from a fork.
var mergeRequest = in(map[string]string{
	"CI_PIPELINE_SOURCE": "merge_request_event", "CI_PROJECT_ID": "43", "CI_PROJECT_PATH": "mallory/zones", "CI_COMMIT_BRANCH": "",
	"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "42", "CI_MERGE_REQUEST_PROJECT_PATH": "group/sub/zones",
	"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "topic", "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "mallory/zones",
	"CI_COMMIT_SHA": head, "CI_COMMIT_BEFORE_SHA": none,
}, gitlab)

func TestDetectGitLab(t *testing.T) {
	push := Runner{
		System: GitLab, Event: Push, Repository: "group/sub/zones", ProjectID: 42, Commit: merge, Ref: "refs/heads/main", Before: base, After: merge,
		APIURL: "https://gitlab.example/api/v4", GraphQLURL: "https://gitlab.example/api/graphql", ServerURL: "https://gitlab.example",
		RunURL: "https://gitlab.example/group/sub/zones/-/jobs/9", RunNumber: 5, Attempt: 1, Workspace: "/srv/builds/zones", Actor: "ann", Token: "GITLAB_TOKEN",
	}
	request := push
	request.Event, request.Number, request.Ref, request.Before, request.After, request.Commit = PullRequest, 7, "", "", "", head
	request.BaseBranch, request.Head, request.HeadBranch, request.HeadRepository, request.Fork = "main", head, "topic", "mallory/zones", true
	results := request
	results.Base, results.Commit = base, merge
	night := push
	night.Event, night.Before, night.After = Schedule, "", ""
	for _, test := range []struct {
		name string
		env  map[string]string
		want Runner
	}{
		{"a push", gitlab, push},
		{"a merge request", mergeRequest, request},
		{
			"merged results",
			in(map[string]string{"CI_COMMIT_SHA": merge, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": base, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head}, mergeRequest),
			results,
		},
		{"a schedule", in(map[string]string{"CI_PIPELINE_SOURCE": "schedule"}, gitlab), night},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := detect(test.env, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, *got, cmpopts.IgnoreUnexported(Runner{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, test := range []struct {
		name, variable, value, want string
	}{
		{"no number", "CI_MERGE_REQUEST_IID", "", "CI_MERGE_REQUEST_IID is not set"},
		{"a number", "CI_MERGE_REQUEST_IID", "7; rm", `CI_MERGE_REQUEST_IID: "7; rm" is not a positive number`},
		{"a project", "CI_MERGE_REQUEST_PROJECT_PATH", "../x", `CI_MERGE_REQUEST_PROJECT_PATH: "../x" is not a repository`},
		{"a folder", "CI_PROJECT_DIR", "builds", `CI_PROJECT_DIR: "builds" is not an absolute path`},
		{"a commit", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "main", `CI_MERGE_REQUEST_TARGET_BRANCH_SHA: "main" is not the id of a commit`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := detect(in(map[string]string{test.variable: test.value}, mergeRequest), ""); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// FuzzDetect: no event does harm, and what is taken over is sound.
func FuzzDetect(f *testing.F) {
	f.Add("pull_request", pullEvent(7, forks))
	f.Add("pull_request", strings.ReplaceAll(pullEvent(7, "null"), "{", "[{"))
	f.Add("push", `{"ref": "refs/heads/main", "before": "`+base+`", "after": "`+merge+`"}`)
	f.Add("workflow_run", `{"workflow_run": {"event": "pull_request", "head_sha": "`+head+`", "pull_requests": [{"number": 1}, null]}}`)
	f.Add("merge_group", `{"merge_group": {"head_sha": "`+head+`", "base_sha": "`+base+`"}}`)
	f.Fuzz(func(t *testing.T, name, event string) {
		r, err := detect(in(map[string]string{"GITHUB_EVENT_NAME": name}, actions), event)
		if err != nil {
			return
		}
		for _, commit := range []string{r.Base, r.Head, r.Before, r.After} {
			if commit != "" && checkCommit(commit) != nil {
				t.Errorf("commit %q", commit)
			}
		}
		for _, text := range []string{r.HeadRepository, r.HeadBranch, r.BaseBranch} {
			if checkText(text) != nil {
				t.Errorf("text %q", text)
			}
		}
		if r.Number < 0 || !r.Fork && r.HeadRepository != "" && !sameName(r.HeadRepository, r.Repository) {
			t.Errorf("%+v", r)
		}
	})
}
