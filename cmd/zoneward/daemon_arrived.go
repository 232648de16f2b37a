package main

import (
	"context"
	"slices"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/gate"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
)

// mostArrived is how many commits of the branch are looked at for what they brought, the last ones. The forge is asked about each, and for a zone that was applied
// a year ago all since then would be thousands.
const mostArrived = 50

// broughtBy returns the last commits of the branch up to a commit, the oldest first, and the one in front of them: those after since, or any if that is empty. A
// commit without a parent is never among them, since nothing was there that it was merged into.
func broughtBy(ctx context.Context, repository *git.Repository, since, commit string) (before string, ids []string, err error) {
	before = since
	if since != "" {
		commits, err := repository.FirstParents(ctx, since, commit)
		if err != nil {
			return "", nil, err
		}
		if len(commits) > mostArrived {
			before, commits = commits[mostArrived].ID, commits[:mostArrived]
		}
		for _, c := range slices.Backward(commits) {
			ids = append(ids, c.ID)
		}
		return before, ids, nil
	}
	for at := commit; len(ids) < mostArrived; at = before {
		parents, err := repository.Parents(ctx, at)
		if err != nil {
			return "", nil, err
		}
		if len(parents) == 0 {
			break
		}
		before, ids = parents[0], append(ids, at)
	}
	slices.Reverse(ids)
	return before, ids, nil
}

// arrived returns what pull requests brought between two commits of the branch, and of those that were reviewed the plan as it is now.
func (e *engine) arrived(ctx context.Context, g *gate.Gate, repository *git.Repository, since, commit string) ([]gate.Arrived, error) {
	before, ids, err := broughtBy(ctx, repository, since, commit)
	if err != nil {
		return nil, err
	}
	arrivals, err := g.Arrivals(ctx, before, ids)
	if err != nil {
		return nil, err
	}
	tree, err := repository.At(ctx, commit)
	if err != nil {
		return nil, err
	}
	all := make([]gate.Arrived, len(arrivals))
	for i, a := range arrivals {
		all[i].Arrival = a
		if a.Plan.IsZero() {
			continue
		}
		if all[i].Now, err = planTouched(ctx, e.asking(), repository, a.Before, a.After, tree); err != nil {
			return nil, err
		}
	}
	return all, nil
}
