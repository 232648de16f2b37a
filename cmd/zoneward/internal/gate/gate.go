// Package gate says what of a branch was reviewed: which pull requests brought its commits, and which plan each was merged with.
//
// What was reviewed is told by the commit status of the newest commit of a pull request, if somebody made it who is trusted: nobody who may merely comment can
// make one, and a plan's id says all of what it does.
package gate

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/zonefile"
)

// StatusContext returns the context of the commit status that has the plan for a configuration, a path below the repository's root.
func StatusContext(config string) string {
	if config == "" || config == "zoneward.yaml" {
		return "zoneward/plan"
	}
	return fmt.Sprintf("zoneward/plan (%s)", config)
}

// Gate asks a forge.
type Gate struct {
	Host pulls.Host
	// Branch is the one that pull requests are merged into, empty for any.
	Branch string
	// Context is that of the status, see StatusContext.
	Context string
	// Trust are the logins whose statuses count, beside the one that Host acts as.
	Trust []string
}

// Arrival is what came to a branch at once: a pull request, or a commit that was in none.
type Arrival struct {
	// Pull is the pull request, nil for a commit that was in none.
	Pull *pulls.Pull
	// Before and After are commits of the branch: the last one without it, and the first one with all of it.
	Before, After string
	// Plan is the id of the plan that was reviewed, zero if there is none; then Why says why.
	Plan zonefile.Digest
	Why  string
}

// String names what came: "pull request 12", or "commit 0123456789ab".
func (a Arrival) String() string {
	if a.Pull == nil {
		return fmt.Sprintf("commit %.12s", a.After)
	}
	return fmt.Sprintf("pull request %d", a.Pull.Number)
}

// Arrivals returns what the commits brought, which are those of a branch along its first parents, the oldest first. Before is the commit in front of them.
// A pull request that was merged as several commits is one arrival.
func (g *Gate) Arrivals(ctx context.Context, before string, commits []string) ([]Arrival, error) {
	trusted, err := g.trusted(ctx)
	if err != nil {
		return nil, err
	}
	var all []Arrival
	for _, commit := range commits {
		pull, err := g.pullOf(ctx, commit)
		if err != nil {
			return nil, err
		}
		if last := len(all) - 1; last >= 0 && pull != nil && all[last].Pull != nil && all[last].Pull.Number == pull.Number {
			all[last].After = commit
		} else {
			all = append(all, Arrival{Pull: pull, Before: before, After: commit})
		}
		before = commit
	}
	for i := range all {
		if err := g.judge(ctx, &all[i], trusted); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// trusted returns the logins whose statuses count.
func (g *Gate) trusted(ctx context.Context) ([]string, error) {
	self, err := g.Host.Self(ctx)
	if err != nil {
		return nil, fmt.Errorf("who the token is: %w", err)
	}
	return append(slices.Clone(g.Trust), self), nil
}

// pullOf returns the pull request that brought a commit to the branch, nil if none did.
func (g *Gate) pullOf(ctx context.Context, commit string) (*pulls.Pull, error) {
	found, err := g.Host.PullsOf(ctx, commit)
	if err != nil {
		return nil, err
	}
	var merged []pulls.Pull
	for _, pull := range found {
		if pull.State == pulls.Merged && (g.Branch == "" || pull.Base.Name == g.Branch) {
			merged = append(merged, pull)
		}
	}
	if i := slices.IndexFunc(merged, func(p pulls.Pull) bool { return p.MergedAs(commit) }); i >= 0 {
		return &merged[i], nil
	}
	if len(merged) == 1 { // one of several commits that a pull request was put on the branch as
		return &merged[0], nil
	}
	return nil, nil
}

// judge says which plan was reviewed of what came.
func (g *Gate) judge(ctx context.Context, a *Arrival, trusted []string) error {
	switch {
	case a.Pull == nil:
		a.Why = "it is in no pull request that was merged"
		return nil
	case !a.Pull.MergedAs(a.After):
		a.Why = fmt.Sprintf("the forge says that it was merged as %.12s", a.Pull.MergeCommit)
		return nil
	}
	var err error
	a.Plan, a.Why, err = g.planOf(ctx, a.Pull.Head.Commit, trusted)
	return err
}

// planOf returns the id of the plan that was reviewed with a commit, the newest of a pull request. It is zero if there is none, and why says why.
func (g *Gate) planOf(ctx context.Context, head string, trusted []string) (plan zonefile.Digest, why string, err error) {
	statuses, err := g.Host.Statuses(ctx, head)
	if err != nil {
		return plan, "", err
	}
	for _, status := range statuses {
		if status.Context != g.Context {
			continue
		}
		if !slices.ContainsFunc(trusted, func(login string) bool { return strings.EqualFold(login, status.Creator) }) {
			return plan, fmt.Sprintf("its status %s was set by %q, who is not trusted", g.Context, status.Creator), nil
		}
		plan, ok := planText(status.Description)
		if status.State != pulls.StateSuccess || !ok {
			return zonefile.Digest{}, fmt.Sprintf("its status %s is %s, and has no plan that could be applied", g.Context, status.State), nil
		}
		return plan, "", nil
	}
	return plan, fmt.Sprintf("its newest commit has no status %s: no plan was made of it", g.Context), nil
}

var planPattern = regexp.MustCompile(`\bsha256:[0-9a-f]{64}\b`)

// planText returns the id of a plan in the description of a status.
func planText(description string) (id zonefile.Digest, ok bool) {
	err := id.UnmarshalText([]byte(planPattern.FindString(description)))
	return id, err == nil
}
