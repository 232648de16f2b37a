package forge

import (
	"fmt"
	"net/http"
	"time"
)

// giteaSeal returns the signatures of Gitea and Forgejo: the HMAC of the body, in each of several headers. Those that are there must all
// be right.
// https://docs.gitea.com/usage/repository/webhooks and https://forgejo.org/docs/latest/user/webhooks/
func giteaSeal(header http.Header, _ time.Time) (*seal, error) {
	return macSeal(header, "", macHeader{"X-Gitea-Signature", ""}, macHeader{"X-Forgejo-Signature", ""}, macHeader{"X-Hub-Signature-256", "sha256="})
}

// readGitea reads the events push and pull_request, which have GitHub's shape. Gitea has no ping: its test delivery is a push. Its webhooks
// call new commits of a pull request pull_request_sync in their settings, and pull_request where they send them.
func readGitea(m Message) (Delivery, error) {
	event, err := firstHeader(m.Header, "X-Forgejo-Event", "X-Gitea-Event")
	if err != nil {
		return Delivery{}, err
	}
	id, err := firstHeader(m.Header, "X-Forgejo-Delivery", "X-Gitea-Delivery")
	if err != nil {
		return Delivery{}, err
	}
	var d Delivery
	switch event {
	case "push":
		d, err = readHubPush(m.Body, event)
	case "pull_request", "pull_request_sync":
		d, err = readHubPull(m.Body, event)
	default:
		return Delivery{}, fmt.Errorf("%w: %q", ErrIgnored, event)
	}
	d.ID = id
	return d, err
}
