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

// readGitLab reads the push events of projects, groups and the whole system.
// https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events and
// https://docs.gitlab.com/administration/system_hooks/#push-events
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
	if event != "Push Hook" && event != "System Hook" {
		return Delivery{}, fmt.Errorf("%w: %q", ErrIgnored, event)
	}
	root, err := readObject(m.Body, "object_kind", "event_name", "ref", "before", "after", "project")
	if err != nil {
		return Delivery{}, err
	}
	texts, err := root.texts("object_kind", "event_name", "ref", "before", "after")
	if err != nil {
		return Delivery{}, err
	}
	if texts[0] != "push" && texts[1] != "push" {
		return Delivery{}, fmt.Errorf("%w: %.40q", ErrIgnored, texts[0]+texts[1])
	}
	project, err := root.object("project", "path_with_namespace", "git_http_url", "git_ssh_url")
	if err != nil {
		return Delivery{}, err
	}
	names, err := project.texts("path_with_namespace", "git_http_url", "git_ssh_url")
	if err != nil {
		return Delivery{}, err
	}
	d, err := claim{names[0], names[1], names[2], texts[2], texts[3], texts[4]}.push(event)
	d.ID = id
	return d, err
}
