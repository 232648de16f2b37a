package forge

import (
	"fmt"
	"net/http"
	"time"
)

// githubSeal returns GitHub's signature: the HMAC of the body. The one with SHA-1, X-Hub-Signature, never counts.
// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
func githubSeal(header http.Header, _ time.Time) (*seal, error) {
	return macSeal(header, "", macHeader{"X-Hub-Signature-256", "sha256="})
}

// readGitHub reads the events push, pull_request and ping.
// https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
func readGitHub(m Message) (Delivery, error) {
	event, err := headerText(m.Header, "X-GitHub-Event")
	if err != nil {
		return Delivery{}, err
	}
	id, err := headerText(m.Header, "X-GitHub-Delivery")
	if err != nil {
		return Delivery{}, err
	}
	var d Delivery
	switch event {
	case "push":
		d, err = readHubPush(m.Body, event)
	case "pull_request":
		d, err = readHubPull(m.Body, event)
	case "ping":
		d, err = readPing(m.Body, event)
	default:
		return Delivery{}, fmt.Errorf("%w: %q", ErrIgnored, event)
	}
	d.ID = id
	return d, err
}

// readPing reads the ping of a webhook of a repository, and that of an organization, which has no repository.
func readPing(body []byte, event string) (Delivery, error) {
	root, err := readObject(body, "repository", "zen", "hook_id")
	if err != nil {
		return Delivery{}, err
	}
	if root["zen"] == nil && root["hook_id"] == nil {
		return Delivery{}, fmt.Errorf("%w: a ping without zen and hook_id", ErrPayload)
	}
	if root["repository"] == nil {
		return Delivery{Event: event, Ping: true}, nil
	}
	c, err := hubRepository(root)
	if err != nil {
		return Delivery{}, err
	}
	d, err := c.delivery(event)
	d.Ping = true
	return d, err
}

// readHubPush reads a push as GitHub and Gitea write it.
func readHubPush(body []byte, event string) (Delivery, error) {
	root, err := readObject(body, "ref", "before", "after", "repository")
	if err != nil {
		return Delivery{}, err
	}
	c, err := hubRepository(root)
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

// hubRepository returns what a payload says of its repository.
func hubRepository(root object) (claim, error) {
	repository, err := root.object("repository", "full_name", "clone_url", "ssh_url")
	if err != nil {
		return claim{}, err
	}
	names, err := repository.texts("full_name", "clone_url", "ssh_url")
	if err != nil {
		return claim{}, err
	}
	return claim{name: names[0], http: names[1], ssh: names[2]}, nil
}
