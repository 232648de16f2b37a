package giteatest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
)

// Runner takes jobs of the repository's workflows as Gitea's runner does, and runs nothing: it is for what a job is given. It speaks the protocol of
// https://gitea.com/gitea/actions-proto-def as JSON.
type Runner struct {
	server      *Server
	uuid, token string
}

// Job is a job of a workflow that a runner has taken.
type Job struct {
	ID       string            // of the task
	Workflow string            // its YAML
	Context  map[string]any    // what ${{ github }} is
	Secrets  map[string]string // what ${{ secrets }} is
}

// Runner registers a runner for the label ubuntu-latest.
func (r *Repository) Runner(t testing.TB) *Runner {
	t.Helper()
	var registration struct{ Token string }
	r.user.Do(t, http.MethodPost, "/repos/"+r.Name+"/actions/runners/registration-token", nil, &registration)
	runner := &Runner{server: r.user.server}
	var registered struct {
		Runner struct{ UUID, Token string }
	}
	runner.call(t, "Register", map[string]any{"name": "test", "token": registration.Token, "version": "v0", "labels": []string{"ubuntu-latest"}}, &registered)
	runner.uuid, runner.token = registered.Runner.UUID, registered.Runner.Token
	runner.call(t, "Declare", map[string]any{"version": "v0", "labels": []string{"ubuntu-latest"}}, nil)
	return runner
}

// Take waits for a job, and takes it.
func (r *Runner) Take(t testing.TB) Job {
	t.Helper()
	var fetched struct {
		Task *struct {
			ID              string
			WorkflowPayload []byte
			Context         map[string]any
			Secrets         map[string]string
		}
	}
	Until(t, func() error {
		r.call(t, "FetchTask", map[string]any{}, &fetched)
		if fetched.Task == nil {
			return errors.New("no job for the runner")
		}
		return nil
	})
	return Job{ID: fetched.Task.ID, Workflow: string(fetched.Task.WorkflowPayload), Context: fetched.Task.Context, Secrets: fetched.Task.Secrets}
}

// Finish tells Gitea that the job has succeeded. Its token is worth nothing from then on.
func (r *Runner) Finish(t testing.TB, job Job) {
	t.Helper()
	r.call(t, "UpdateTask", map[string]any{"state": map[string]any{"id": job.ID, "result": "RESULT_SUCCESS"}}, nil)
}

func (r *Runner) call(t testing.TB, procedure string, body, out any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, r.server.URL+"/api/actions/runner.v1.RunnerService/"+procedure, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Runner-UUID", r.uuid)
	request.Header.Set("X-Runner-Token", r.token)
	if err := succeed(request, out); err != nil {
		t.Fatal(err)
	}
}
