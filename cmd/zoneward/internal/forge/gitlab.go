package forge

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// gitlabSeal returns GitLab's token, which is the secret itself, and the signature that newer versions make with a signing token. Which of
// them counts is said by the secret: a signing token begins with whsec_, and is never taken for a secret token.
// https://docs.gitlab.com/user/project/integrations/webhooks/ and https://gitlab.com/gitlab-org/gitlab/-/merge_requests/230944
func gitlabSeal(header http.Header, now time.Time) (*seal, error) {
	token, err := only(header, "X-Gitlab-Token")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	signature, err := standardSeal(header, now)
	if err != nil {
		return nil, err
	}
	if token == "" && signature == nil {
		return nil, fmt.Errorf("%w: there is no header X-Gitlab-Token or webhook-signature", ErrSignature)
	}
	return &seal{made: func(body []byte, secret string) bool {
		if strings.HasPrefix(secret, standardKey) {
			return signature != nil && signature.made(body, secret)
		}
		return equalTokens(token, secret)
	}}, nil
}

// readGitLab reads the events of pushes and merge requests of projects, groups and the whole system.
// https://docs.gitlab.com/user/project/integrations/webhook_events/ and https://docs.gitlab.com/administration/system_hooks/
func readGitLab(m Message) (Delivery, error) {
	event, err := headerText(m.Header, "X-Gitlab-Event")
	if err != nil {
		return Delivery{}, err
	}
	// With a signing token webhook-id is signed, and equal to Idempotency-Key. The other one is new each time that GitLab tries.
	id, err := firstHeader(m.Header, "Webhook-Id", "Idempotency-Key", "X-Gitlab-Webhook-UUID")
	if err != nil {
		return Delivery{}, err
	}
	if event != "Push Hook" && event != "Merge Request Hook" && event != "System Hook" {
		return Delivery{}, fmt.Errorf("%w: %q", ErrIgnored, event)
	}
	root, err := readObject(m.Body, "object_kind", "event_name", "ref", "before", "after", "project", "object_attributes", "changes")
	if err != nil {
		return Delivery{}, err
	}
	kinds, err := root.texts("object_kind", "event_name")
	if err != nil {
		return Delivery{}, err
	}
	var d Delivery
	switch {
	case event != "Merge Request Hook" && (kinds[0] == "push" || kinds[1] == "push"):
		d, err = readGitLabPush(root, event)
	case event != "Push Hook" && kinds[0] == "merge_request":
		d, err = readGitLabPull(root, event)
	default:
		return Delivery{}, fmt.Errorf("%w: %.40q", ErrIgnored, kinds[0]+kinds[1])
	}
	d.ID = id
	return d, err
}

// readGitLabPush reads a push.
func readGitLabPush(root object, event string) (Delivery, error) {
	c, err := gitlabProject(root)
	if err != nil {
		return Delivery{}, err
	}
	commits, err := root.texts("ref", "before", "after")
	if err != nil {
		return Delivery{}, err
	}
	c.ref, c.before, c.after = commits[0], commits[1], commits[2]
	return c.push(event)
}

// gitlabProject returns what a payload says of its project, which is the one that a merge request goes to.
func gitlabProject(root object) (claim, error) {
	project, err := root.object("project", "path_with_namespace", "git_http_url", "git_ssh_url")
	if err != nil {
		return claim{}, err
	}
	names, err := project.texts("path_with_namespace", "git_http_url", "git_ssh_url")
	if err != nil {
		return claim{}, err
	}
	return claim{name: names[0], http: names[1], ssh: names[2]}, nil
}
