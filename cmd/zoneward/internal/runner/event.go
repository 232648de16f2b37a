package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxEvent is the most octets of an event that are read: GitHub's webhooks have at most 25 MB.
const maxEvent = 32 << 20

// event is what is read of the file of an event.
type event struct {
	Number      int64        `json:"number"`
	PullRequest *pullRequest `json:"pull_request"`
	Repository  *repository  `json:"repository"`
	Ref         string       `json:"ref"`
	Before      string       `json:"before"`
	After       string       `json:"after"`
	WorkflowRun *workflowRun `json:"workflow_run"`
	MergeGroup  *mergeGroup  `json:"merge_group"`
}

type pullRequest struct {
	Number int64  `json:"number"`
	Base   branch `json:"base"`
	Head   branch `json:"head"`
}

type branch struct {
	Ref  string      `json:"ref"`
	SHA  string      `json:"sha"`
	Repo *repository `json:"repo"` // null if it is deleted
}

type repository struct {
	FullName string `json:"full_name"`
}

type workflowRun struct {
	Event          string        `json:"event"`
	HeadBranch     string        `json:"head_branch"`
	HeadSHA        string        `json:"head_sha"`
	HeadRepository *repository   `json:"head_repository"`
	PullRequests   []pullRequest `json:"pull_requests"`
}

type mergeGroup struct {
	BaseSHA string `json:"base_sha"`
	HeadSHA string `json:"head_sha"`
}

// readEvent reads the file of an event.
func readEvent(path string, open func(string) (io.ReadCloser, error)) (*event, error) {
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxEvent+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxEvent {
		return nil, fmt.Errorf("the event has more than %d octets", maxEvent)
	}
	if !utf8.Valid(data) {
		return nil, errors.New("the event is not UTF-8")
	}
	e := &event{}
	if err := json.Unmarshal(data, e); err != nil {
		return nil, fmt.Errorf("the event is not the JSON that it should be: %.200s", err.Error())
	}
	return e, nil
}

// check returns what is wrong with the branch that the event calls member.
func (b branch) check(member string) error {
	if err := checkCommit(b.SHA); err != nil {
		return fmt.Errorf("the event's %s.sha: %w", member, err)
	}
	if b.Ref == "" {
		return missing(member + ".ref")
	}
	if err := checkText(b.Ref); err != nil {
		return fmt.Errorf("the event's %s.ref: %w", member, err)
	}
	return b.Repo.check(member + ".repo")
}

// check returns what is wrong with a repository. One that is not there is none.
func (r *repository) check(member string) error {
	if r == nil || r.FullName == "" {
		return nil
	}
	if err := checkRepository(r.FullName); err != nil {
		return fmt.Errorf("the event's %s.full_name: %w", member, err)
	}
	return nil
}

// name returns owner/name, "" for none.
func (r *repository) name() string {
	if r == nil {
		return ""
	}
	return r.FullName
}
