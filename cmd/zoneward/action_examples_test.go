package main

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// workflow is what of a workflow is tested.
type workflow struct {
	On          map[string]any
	Permissions map[string]string
	Concurrency struct {
		Cancel any `yaml:"cancel-in-progress"`
		Queue  string
	}
	Jobs map[string]struct {
		If          string
		Environment string
		Permissions map[string]string
		Steps       []struct {
			If, Uses, Run string
			With          map[string]any
			Env           map[string]string
		}
	}
}

// exampleWorkflows returns the workflows in examples/github by the name of their file.
func exampleWorkflows(t *testing.T) map[string]workflow {
	t.Helper()
	files, err := filepath.Glob(root + "/examples/github/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]workflow{}
	for _, file := range files {
		var w workflow
		if err := yaml.Unmarshal([]byte(readFile(t, file)), &w); err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = w
	}
	return all
}

// TestExampleWorkflows: what each is started by and may do is written down here once more, so that nobody widens it unseen.
func TestExampleWorkflows(t *testing.T) {
	want := map[string]string{
		"plan.yml":         "pull_request: contents=read pull-requests=write statuses=write; secrets",
		"server.yml":       "pull_request: contents=read id-token=write pull-requests=write statuses=write",
		"apply.yml":        "push: contents=read pull-requests=write statuses=write; secrets",
		"drift.yml":        "schedule workflow_dispatch: contents=read; secrets",
		"snapshot.yml":     "push schedule: contents=read; secrets",
		"fork.yml":         "pull_request: contents=read",
		"fork-comment.yml": "workflow_run: actions=read contents=read pull-requests=write statuses=write",
	}
	got := map[string]string{}
	for name, w := range exampleWorkflows(t) {
		if w.Permissions == nil || len(w.Permissions) > 0 {
			t.Errorf("%s: the workflow itself has permissions: %v", name, w.Permissions)
		}
		if len(w.Jobs) != 1 {
			t.Errorf("%s has %d jobs", name, len(w.Jobs))
		}
		says := strings.Join(slices.Sorted(maps.Keys(w.On)), " ") + ":"
		for _, job := range w.Jobs {
			for _, what := range slices.Sorted(maps.Keys(job.Permissions)) {
				says += " " + what + "=" + job.Permissions[what]
			}
		}
		if strings.Contains(readFile(t, root+"/examples/github/"+name), "secrets.") {
			says += "; secrets"
		}
		got[name] = says
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestExampleWorkflowSteps: the action is given inputs that it has, a checkout leaves no token behind, and no script has an expression.
func TestExampleWorkflowSteps(t *testing.T) {
	action := readAction(t)
	for name, w := range exampleWorkflows(t) {
		for _, job := range w.Jobs {
			for _, step := range job.Steps {
				if strings.Contains(step.Run, "${{") {
					t.Errorf("%s: a script has an expression: %s", name, step.Run)
				}
				if path, _ := step.With["path"].(string); strings.HasPrefix(step.Uses, "actions/upload-artifact@") && strings.Contains(path, "plan-file") {
					t.Errorf("%s uploads %s, in which nothing is redacted", name, path)
				}
				if strings.HasPrefix(step.Uses, "actions/checkout@") {
					if step.With["persist-credentials"] != false || step.With["ref"] != nil || step.With["repository"] != nil {
						t.Errorf("%s: checkout with %v", name, step.With)
					}
				}
				if step.Uses != "zoneward/zoneward@main" {
					continue
				}
				for input := range step.With {
					if _, ok := action.Inputs[input]; !ok {
						t.Errorf("%s: the action has no input %s", name, input)
					}
				}
			}
		}
	}
}

// TestExampleWorkflowForks: jobs with secrets, an identity or a token that writes are not for forks, and that of a fork is for nobody else.
func TestExampleWorkflowForks(t *testing.T) {
	const ours, theirs = "github.event.pull_request.head.repo.full_name == github.repository", "github.event.pull_request.head.repo.full_name != github.repository"
	all := exampleWorkflows(t)
	for name, want := range map[string]string{"plan.yml": ours, "server.yml": ours, "fork.yml": theirs} {
		for _, job := range all[name].Jobs {
			if job.If != want {
				t.Errorf("%s: if: %s", name, job.If)
			}
		}
	}
	for _, job := range all["fork-comment.yml"].Jobs {
		for _, want := range []string{"workflow_run.event == 'pull_request'", "workflow_run.head_repository.full_name != github.repository"} {
			if !strings.Contains(job.If, want) {
				t.Errorf("fork-comment.yml: if: %s", job.If)
			}
		}
	}
}

// TestExampleWorkflowApply: an apply is neither ended nor left out for the next, its keys are for main alone, and what it retired is kept, even if somebody ends
// it or runs it again.
func TestExampleWorkflowApply(t *testing.T) {
	apply := exampleWorkflows(t)["apply.yml"]
	if apply.Concurrency.Cancel != false || apply.Concurrency.Queue != "max" || apply.Jobs["apply"].Environment == "" {
		t.Errorf("%+v, %+v", apply.Concurrency, apply.Jobs["apply"].Environment)
	}
	steps := apply.Jobs["apply"].Steps
	tombstones := steps[len(steps)-2].With["tombstones"]
	if keep := steps[len(steps)-1]; keep.If != "${{ always() }}" || keep.With["path"] != tombstones || keep.With["name"] != "tombstones-${{ github.run_attempt }}" {
		t.Errorf("what was retired is kept by %+v", keep)
	}
}
