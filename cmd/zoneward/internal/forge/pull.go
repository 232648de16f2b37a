package forge

import (
	"fmt"
	"strings"
)

// PullEvent is what happened to a pull request, or merge request. All of it is a claim: what the pull request is like by now, its forge says
// when it is asked.
type PullEvent struct {
	// Number is what the forge calls it within the repository: at least 1, and at most 2^31-1.
	Number int64
	Action PullAction
	// Head is its newest commit, and Base the branch that it is to go to. Base.Commit is "" where the forge does not say it.
	Head, Base Tip
	// MergeCommit is the commit by which Base has it, "" if it is not merged, or the forge does not say it.
	MergeCommit string
	// Fork: the head is in another repository than the base, or in one that is gone.
	Fork bool
}

// PullAction is what happened to a pull request, as far as its plan has to do with it.
type PullAction string

// The actions.
const (
	PullChanged PullAction = "changed" // it is new or open again, has other commits, or goes to another branch
	PullClosed  PullAction = "closed"  // and not merged
	PullMerged  PullAction = "merged"
)

// Tip is a branch with the commit that it names. Commit is 40 or 64 hexadecimal digits in lower case. Branch has no refs/heads/ in front; a
// head that is no branch of anybody's has its whole name, such as refs/pull/7/head.
type Tip struct{ Branch, Commit string }

// tip is what forges say of a branch, each under names of its own.
type tip struct{ branch, commit string }

// read checks the tip of what, "head" or "base".
func (t tip) read(what string) (Tip, error) {
	if t.branch != "" && !ValidRef("refs/heads/"+t.branch) {
		return Tip{}, fmt.Errorf("%w: the %s is %.100q, which is not the name of a branch", ErrPayload, what, t.branch)
	}
	if t.commit != "" && !ValidCommit(t.commit) {
		return Tip{}, fmt.Errorf("%w: the %s is at %.70q, which is not the id of a commit", ErrPayload, what, t.commit)
	}
	return Tip{t.branch, withoutZero(t.commit)}, nil
}

// pullClaim is what forges say of a pull request, each under names of its own.
type pullClaim struct {
	action     PullAction
	number     int64
	head, base tip
	merge      string // the commit that it was merged by
	fork       bool
}

// pull adds a pull request to a delivery that says of which repository it is.
func (c pullClaim) pull(d Delivery) (Delivery, error) {
	head, err := c.head.read("head")
	if err != nil {
		return Delivery{}, err
	}
	base, err := c.base.read("base")
	if err != nil {
		return Delivery{}, err
	}
	switch {
	case c.number < 1:
		return Delivery{}, fmt.Errorf("%w: the pull request has no number", ErrPayload)
	case head.Commit == "":
		return Delivery{}, fmt.Errorf("%w: the head of the pull request has no commit", ErrPayload)
	case base.Branch == "":
		return Delivery{}, fmt.Errorf("%w: the pull request goes to no branch", ErrPayload)
	case c.merge != "" && !ValidCommit(c.merge):
		return Delivery{}, fmt.Errorf("%w: it was merged by %.70q, which is not the id of a commit", ErrPayload, c.merge)
	}
	d.Pull = &PullEvent{Number: c.number, Action: c.action, Head: head, Base: base, Fork: c.fork}
	if c.action == PullMerged {
		d.Pull.MergeCommit = withoutZero(c.merge)
	}
	return d, nil
}

// withoutZero returns the id of a commit, "" for the one that git writes for none.
func withoutZero(commit string) string {
	if strings.Trim(commit, "0") == "" {
		return ""
	}
	return commit
}

// readHubPull reads an event of a pull request as GitHub and Gitea write it. What changes neither commits nor branches is ignored.
// https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
func readHubPull(body []byte, event string) (Delivery, error) {
	root, err := readObject(body, "action", "number", "changes", "pull_request", "repository")
	if err != nil {
		return Delivery{}, err
	}
	action, err := hubAction(root)
	if err != nil {
		return Delivery{}, err
	}
	where, err := hubRepository(root)
	if err != nil {
		return Delivery{}, err
	}
	d, err := where.delivery(event)
	if err != nil {
		return Delivery{}, err
	}
	claim, err := hubPull(root)
	if err != nil {
		return Delivery{}, err
	}
	if claim.action == "" {
		claim.action = action
	}
	return claim.pull(d)
}

// hubAction returns what happened. Whether what is closed was merged stands elsewhere, see hubPull.
func hubAction(root object) (PullAction, error) {
	action, err := root.text("action")
	if err != nil {
		return "", err
	}
	switch action {
	case "opened", "reopened", "synchronize", "synchronized": // the last one is Gitea's
		return PullChanged, nil
	case "closed":
		return PullClosed, nil
	case "edited":
		// The base of GitHub and the ref of Gitea are the branch that it was to go to.
		changes, err := root.object("changes", "base", "ref")
		if err != nil {
			return "", err
		}
		if len(changes) > 0 {
			return PullChanged, nil
		}
	}
	return "", fmt.Errorf("%w: %.40q of a pull request", ErrIgnored, action)
}

// hubPull reads the pull request. Its action is PullMerged, or "" if it is not merged.
func hubPull(root object) (pullClaim, error) {
	var c pullClaim
	pull, err := root.object("pull_request", "number", "merged", "merge_commit_sha", "head", "base")
	if err != nil {
		return c, err
	}
	if c.number, err = root.pullNumber("number"); err != nil {
		return c, err
	}
	own, err := pull.pullNumber("number")
	if err != nil {
		return c, err
	}
	if own != c.number {
		return c, fmt.Errorf("%w: the pull request has two numbers", ErrPayload)
	}
	merged, err := pull.flag("merged")
	if err != nil {
		return c, err
	}
	if merged {
		c.action = PullMerged
	}
	if c.merge, err = pull.text("merge_commit_sha"); err != nil {
		return c, err
	}
	var from int64
	if c.head, from, err = hubTip(pull, "head"); err != nil {
		return c, err
	}
	if c.base, _, err = hubTip(pull, "base"); err != nil {
		return c, err
	}
	repository, err := root.object("repository", "id")
	if err != nil {
		return c, err
	}
	here, err := repository.number("id")
	if err != nil {
		return c, err
	}
	c.fork = from == 0 || from != here
	return c, nil
}

// hubTip reads the head or the base, and the number of the repository that it is in: 0 if that is gone.
func hubTip(pull object, name string) (tip, int64, error) {
	at, err := pull.object(name, "ref", "sha", "repo")
	if err != nil {
		return tip{}, 0, err
	}
	texts, err := at.texts("ref", "sha")
	if err != nil {
		return tip{}, 0, err
	}
	repository, err := at.object("repo", "id")
	if err != nil {
		return tip{}, 0, err
	}
	id, err := repository.number("id")
	return tip{texts[0], texts[1]}, id, err
}
