//go:build gitea

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/giteatest"
)

// giteaRunner runs the jobs of a repository's workflows. It knows as much of workflows as the examples have.
type giteaRunner struct {
	*giteatest.Runner
	server *giteatest.Server
}

// run takes the next job and runs it. Jobs whose condition does not hold are done at once, and the next one is taken.
func (r *giteaRunner) run(t *testing.T) (name string, code exitCode, log string) {
	t.Helper()
	for {
		task := r.Take(t)
		value := func(name string) string { return contextValue(task, name) }
		w := readGiteaWorkflow(t, task.Workflow)
		for id, job := range w.Jobs {
			if !isTrue(t, job.If, value) {
				break
			}
			j := r.open(t, task)
			code := exitDone
			for _, step := range job.Steps {
				if code != exitDone && step.If != "always()" {
					continue
				}
				if err := r.step(t, j, step, value); err != nil {
					code = exitOf(t, err)
				}
			}
			r.Finish(t, task)
			return id, code, j.log.String()
		}
		r.Finish(t, task)
	}
}

// step runs a step. Of the actions that are used, checkout is done here, and the others are not needed.
func (r *giteaRunner) step(t *testing.T, j *forgeJob, step giteaStep, value func(string) string) error {
	t.Helper()
	env := map[string]string{}
	for name, text := range step.Env {
		env[name] = interpolate(text, value)
	}
	name, _, _ := strings.Cut(step.Uses, "@")
	switch name {
	case "":
		return j.shell(t, step.Run, env)
	case "actions/checkout":
		if step.With["fetch-depth"] != "0" && value("github.event_name") != "schedule" {
			t.Errorf("the checkout is shallow: %v", step.With)
		}
		remote := r.server.As("x", value("github.token")).Remote(value("github.repository"))
		return j.shell(t, "git init -q . && git fetch -q "+remote+" '+refs/heads/*:refs/remotes/origin/*' "+value("github.sha")+" && git checkout -q --detach "+value("github.sha"), nil)
	case "actions/setup-go", "actions/upload-artifact":
		return nil
	}
	t.Fatalf("a step uses %s, which is not understood here", step.Uses)
	return nil
}

// open gives a task what Gitea's runner gives it: https://docs.gitea.com/usage/actions/overview and the variables of GitHub's.
func (r *giteaRunner) open(t *testing.T, task giteatest.Job) *forgeJob {
	t.Helper()
	dir, temp := t.TempDir(), t.TempDir()
	event, err := json.Marshal(task.Context["event"])
	if err != nil {
		t.Fatal(err)
	}
	j := &forgeJob{dir: dir, env: map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true", "GITEA_ACTIONS": "true", "RUNNER_TEMP": temp, "GITHUB_WORKSPACE": dir,
		"GITHUB_SERVER_URL": r.server.URL, "GITHUB_API_URL": r.server.URL + "/api/v1", "GITHUB_GRAPHQL_URL": "",
	}}
	for variable, file := range map[string]string{"GITHUB_EVENT_PATH": "event.json", "GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary", "GITHUB_ENV": "env"} {
		j.env[variable] = filepath.Join(temp, file)
		content := []byte(nil)
		if file == "event.json" {
			content = event
		}
		if err := os.WriteFile(j.env[variable], content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{
		"actor", "base_ref", "event_name", "head_ref", "job", "ref", "ref_name", "ref_type", "repository", "repository_owner", "run_attempt", "run_id", "run_number", "sha", "workflow",
	} {
		j.env["GITHUB_"+strings.ToUpper(name)] = contextValue(task, "github."+name)
	}
	return j
}

// contextValue returns what a name in an expression stands for, "" for nothing.
func contextValue(task giteatest.Job, name string) string {
	if secret, ok := strings.CutPrefix(name, "secrets."); ok {
		return task.Secrets[secret]
	}
	path, _ := strings.CutPrefix(name, "github.")
	var value any = task.Context
	for part := range strings.SplitSeq(path, ".") {
		members, _ := value.(map[string]any)
		value = members[part]
	}
	text, _ := value.(string)
	return text
}

// giteaWorkflow is as much as the examples have of a workflow, as Gitea gives it to a runner: all values are strings.
type giteaWorkflow struct {
	Name string
	On   any
	Jobs map[string]struct {
		Name, If       string
		RunsOn         string `yaml:"runs-on"`
		TimeoutMinutes string `yaml:"timeout-minutes"`
		Steps          []giteaStep
	}
}

type giteaStep struct {
	If, Uses, Run string
	With, Env     map[string]string
}

// readGiteaWorkflow reads a workflow, and refuses what the type does not have.
func readGiteaWorkflow(t *testing.T, text string) giteaWorkflow {
	t.Helper()
	var w giteaWorkflow
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&w); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return w
}

var expressionPattern = regexp.MustCompile(`\$\{\{ *([a-zA-Z0-9_.]+) *\}\}`)

// interpolate replaces the expressions in a text, all of which are names.
func interpolate(text string, value func(name string) string) string {
	return expressionPattern.ReplaceAllStringFunc(text, func(expression string) string { return value(expressionPattern.FindStringSubmatch(expression)[1]) })
}

// isTrue evaluates a condition: whether one name is, or is not, the same as another.
func isTrue(t *testing.T, condition string, value func(name string) string) bool {
	t.Helper()
	switch condition {
	case "", "always()":
		return true
	}
	for _, operator := range []string{" == ", " != "} {
		if left, right, ok := strings.Cut(condition, operator); ok {
			return (value(strings.TrimSpace(left)) == value(strings.TrimSpace(right))) == (operator == " == ")
		}
	}
	t.Fatalf("the condition %q is not understood here", condition)
	return false
}
