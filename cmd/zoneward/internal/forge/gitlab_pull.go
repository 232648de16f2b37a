package forge

import (
	"cmp"
	"fmt"
)

// readGitLabPull reads an event of a merge request. What changes neither commits nor branches is ignored.
// https://docs.gitlab.com/user/project/integrations/webhook_events/#merge-request-events
func readGitLabPull(root object, event string) (Delivery, error) {
	request, err := root.object("object_attributes", "action", "iid", "oldrev", "source_branch", "target_branch", "source_project_id", "target_project_id",
		"last_commit", "merge_commit_sha", "squash_commit_sha")
	if err != nil {
		return Delivery{}, err
	}
	action, err := gitlabAction(root, request)
	if err != nil {
		return Delivery{}, err
	}
	where, err := gitlabProject(root)
	if err != nil {
		return Delivery{}, err
	}
	d, err := where.delivery(event)
	if err != nil {
		return Delivery{}, err
	}
	claim, err := gitlabPull(request)
	if err != nil {
		return Delivery{}, err
	}
	claim.action = action
	return claim.pull(d)
}

// gitlabAction returns what happened.
func gitlabAction(root, request object) (PullAction, error) {
	texts, err := request.texts("action", "oldrev")
	if err != nil {
		return "", err
	}
	switch action, before := texts[0], texts[1]; action {
	case "open", "reopen":
		return PullChanged, nil
	case "close":
		return PullClosed, nil
	case "merge":
		return PullMerged, nil
	case "update":
		changes, err := root.object("changes", "target_branch")
		if err != nil {
			return "", err
		}
		if before != "" || len(changes) > 0 {
			return PullChanged, nil
		}
	}
	return "", fmt.Errorf("%w: %.40q of a merge request", ErrIgnored, texts[0])
}

// gitlabPull reads the merge request, without its action.
func gitlabPull(request object) (pullClaim, error) {
	texts, err := request.texts("source_branch", "target_branch", "merge_commit_sha", "squash_commit_sha")
	if err != nil {
		return pullClaim{}, err
	}
	last, err := request.object("last_commit", "id")
	if err != nil {
		return pullClaim{}, err
	}
	commit, err := last.text("id")
	if err != nil {
		return pullClaim{}, err
	}
	number, err := request.pullNumber("iid")
	if err != nil {
		return pullClaim{}, err
	}
	from, err := request.number("source_project_id")
	if err != nil {
		return pullClaim{}, err
	}
	to, err := request.number("target_project_id")
	if err != nil {
		return pullClaim{}, err
	}
	return pullClaim{
		number: number, head: tip{texts[0], commit}, base: tip{branch: texts[1]},
		merge: cmp.Or(texts[2], texts[3]), // squashed and not merged by a commit, it is there by the one that it was squashed to
		fork:  from == 0 || from != to,
	}, nil
}
