package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// gitlabPipeline is a .gitlab-ci.yml: the keywords of https://docs.gitlab.com/ci/yaml/ that the example has, and jobs by their name.
type gitlabPipeline struct {
	Stages    []string
	Variables map[string]string
	Default   struct {
		Image        string
		BeforeScript []string `yaml:"before_script"`
	}
	Jobs map[string]gitlabJob `yaml:",inline"`
}

type gitlabJob struct {
	Stage, Timeout, Environment string
	ResourceGroup               string `yaml:"resource_group"`
	Interruptible               *bool
	Rules                       []struct{ If string }
	Script                      []string
	Artifacts                   struct {
		When, Access string
		Paths        []string
		ExpireIn     string `yaml:"expire_in"`
	}
}

// readGitLabPipeline reads the example, and refuses what the type does not have: there is no GitLab here that would.
func readGitLabPipeline(t *testing.T) gitlabPipeline {
	t.Helper()
	var p gitlabPipeline
	decoder := yaml.NewDecoder(strings.NewReader(readFile(t, root+"/examples/gitlab/.gitlab-ci.yml")))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestExampleGitLab: which jobs there are, when they run and what they run is written down here once more, so that nobody changes it unseen.
func TestExampleGitLab(t *testing.T) {
	p := readGitLabPipeline(t)
	got := map[string]string{}
	for name, job := range p.Jobs {
		if !slices.Contains(p.Stages, job.Stage) || len(job.Rules) != 1 || job.Timeout == "" {
			t.Errorf("%s: %+v", name, job)
			continue
		}
		if len(job.Artifacts.Paths) > 0 && (job.Artifacts.When != "always" || job.Artifacts.Access == "" || job.Artifacts.ExpireIn == "") {
			t.Errorf("%s: artifacts: %+v", name, job.Artifacts)
		}
		got[name] = job.Rules[0].If + ": " + strings.Join(job.Script, "; ")
	}
	const request = `$CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_SOURCE_PROJECT_PATH `
	if diff := cmp.Diff(got, map[string]string{
		"plan":     request + "== $CI_MERGE_REQUEST_PROJECT_PATH: zoneward ci plan --comment --out report",
		"validate": request + "!= $CI_MERGE_REQUEST_PROJECT_PATH: zoneward ci validate",
		"apply":    `$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH: zoneward ci apply --stateless --tombstones tombstones`,
		"drift":    `$CI_PIPELINE_SOURCE == "schedule": zoneward ci plan --fail-on changes`,
	}); diff != "" {
		t.Errorf("jobs (-got +want):\n%s", diff)
	}
	if apply := p.Jobs["apply"]; apply.ResourceGroup == "" || apply.Environment == "" || apply.Interruptible == nil || *apply.Interruptible {
		t.Errorf("an apply waits for the one before, is not ended, and has keys of its own: %+v", apply)
	}
	if diff := cmp.Diff(p.Variables, map[string]string{"GIT_DEPTH": "0"}); diff != "" {
		t.Errorf("variables (-got +want):\n%s", diff)
	}
}

// TestExampleGitea: the same for the workflows of Gitea.
func TestExampleGitea(t *testing.T) {
	const head, ours = "github.event.pull_request.head.repo.full_name ", " github.repository"
	want := map[string]string{
		"plan.yml":  "pull_request; " + head + "==" + ours + "; zoneward ci plan --comment --out report: GITHUB_TOKEN PDNS_API_KEY",
		"forks.yml": "pull_request; " + head + "!=" + ours + "; zoneward ci validate:",
		"apply.yml": "push; ; zoneward ci apply --stateless --tombstones tombstones: GITHUB_TOKEN PDNS_API_KEY",
		"drift.yml": "schedule; ; zoneward ci plan --fail-on changes: PDNS_API_KEY",
	}
	got := map[string]string{}
	for name := range want {
		var w workflow
		if err := yaml.Unmarshal([]byte(readFile(t, root+"/examples/gitea/"+name)), &w); err != nil {
			t.Fatal(err)
		}
		for _, job := range w.Jobs {
			for _, step := range job.Steps {
				if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != false {
					t.Errorf("%s: the checkout leaves a token behind", name)
				}
				if !strings.HasPrefix(step.Run, "zoneward ") {
					continue
				}
				env := slices.Sorted(maps.Keys(step.Env))
				got[name] = strings.TrimSuffix(strings.Join(slices.Sorted(maps.Keys(w.On)), " ")+"; "+job.If+"; "+step.Run+": "+strings.Join(env, " "), " ")
			}
		}
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("workflows (-got +want):\n%s", diff)
	}
}
