package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/client"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/runner"
)

// audienceVariable names the audience of a job's identity token, if it is not the daemon's URL.
const audienceVariable = "ZONEWARD_AUDIENCE"

// reportAtServer has a daemon make the report: it has the configuration, the secrets and the state, and takes the commits from its own repository.
func (c *common) reportAtServer(ctx context.Context, j *job, f ciFlags) (*report.Report, string, error) {
	base, head := f.base, f.head
	if head == "" {
		base, head = "", j.Head // the base is the tip of the branch that the daemon applies
	}
	if head == "" {
		return nil, "", &usageError{errors.New("nothing says which change is meant"), "give --head, a whole commit id; in a CI job on a pull request it is known"}
	}
	daemon, err := c.openIdentified(j)
	if err != nil {
		return nil, "", err
	}
	defer daemon.Close()
	asked := document.ProposeRequest{Base: base, Head: head, Pull: int(j.Number), Ref: j.pullRef()}
	done := c.progress("the daemon plans the change")
	text, err := daemon.Propose(ctx, asked)
	done.done()
	if err != nil {
		return nil, "", err
	}
	r, err := report.Read(bytes.NewReader(text))
	if err != nil {
		return nil, "", fmt.Errorf("the report of the daemon: %w", err)
	}
	return r, head, nil
}

// pullRef returns the name under which the forge keeps the newest commit of a pull request, also of one of a fork.
func (j *job) pullRef() string {
	switch {
	case j.Number == 0:
		return ""
	case j.System == runner.GitLab:
		return fmt.Sprintf("refs/merge-requests/%d/head", j.Number)
	}
	return fmt.Sprintf("refs/pull/%d/head", j.Number)
}

// idTokenTimeout is how long the system of a job has to say who the job is.
const idTokenTimeout = 30 * time.Second

// openIdentified returns what asks the daemon: with the token that was given, and otherwise as who the system that runs the job says it is.
func (c *common) openIdentified(j *job) (*client.Client, error) {
	if value, _ := c.lookup(tokenVariable); value != "" || c.remote.tokenFile != "" || j.System == runner.None {
		return c.openRemote()
	}
	audience, ok := c.lookup(audienceVariable)
	if !ok || audience == "" {
		audience = c.remote.url
	}
	identity := func(ctx context.Context) (string, error) {
		token, err := j.IDToken(ctx, &http.Client{Timeout: idTokenTimeout}, audience)
		if err != nil {
			return "", err
		}
		return token.Value()
	}
	return c.openRemoteWith(client.Options{Identity: identity})
}
