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

// readGitea reads the event push, which has GitHub's shape. Gitea has no ping: its test delivery is a push.
func readGitea(m Message) (Delivery, error) {
	event, err := firstHeader(m.Header, "X-Forgejo-Event", "X-Gitea-Event")
	if err != nil {
		return Delivery{}, err
	}
	id, err := firstHeader(m.Header, "X-Forgejo-Delivery", "X-Gitea-Delivery")
	if err != nil {
		return Delivery{}, err
	}
	if event != "push" {
		return Delivery{}, fmt.Errorf("%w: %q", ErrIgnored, event)
	}
	d, err := readHubPush(m.Body, event)
	d.ID = id
	return d, err
}
