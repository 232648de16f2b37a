package pulls

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// gitea is a repository on a Gitea or a Forgejo: https://docs.gitea.com/api/next/ and https://codeberg.org/api/swagger
type gitea struct {
	*api
	repo []string // repos, owner, name
	self login
}

// giteaPage is the most items of a page, unless the server is set to fewer: https://docs.gitea.com/administration/config-cheat-sheet#api-api
const giteaPage = "50"

func openGitea(o Options) (Host, error) {
	repo, err := checkRepository(o.Repository, 2)
	if err != nil {
		return nil, err
	}
	a, err := newAPI(o, "token", http.Header{"Accept": {"application/json"}})
	if err != nil {
		return nil, err
	}
	return &gitea{api: a, repo: append([]string{"repos"}, repo...), self: login{known: o.Login}}, nil
}

func (g *gitea) at(parts ...string) []string {
	return append(g.repo[:len(g.repo):len(g.repo)], parts...)
}

// Self implements [Host]: https://docs.gitea.com/api/next/#tag/user/operation/userGetCurrent
func (g *gitea) Self(ctx context.Context) (string, error) {
	return g.self.or(func() (string, error) {
		what := "login of the token"
		var user hubUser
		if _, err := g.ask(ctx, call{what: what, method: http.MethodGet, path: []string{"user"}}, &user); err != nil {
			return "", err
		}
		return checkLogin(what, user.Login)
	})
}

// Pull implements [Host]: https://docs.gitea.com/api/next/#tag/repository/operation/repoGetPullRequest
func (g *gitea) Pull(ctx context.Context, number int64) (Pull, error) {
	in, err := g.pull(ctx, number, fmt.Sprintf("pull request %d", number))
	if err != nil {
		return Pull{}, err
	}
	return in.pull(fmt.Sprintf("pull request %d", number))
}

func (g *gitea) pull(ctx context.Context, number int64, what string) (hubPull, error) {
	var in hubPull
	if err := wantNumber(number); err != nil {
		return in, err
	}
	_, err := g.ask(ctx, call{what: what, method: http.MethodGet, path: g.at("pulls", strconv.FormatInt(number, 10))}, &in)
	return in, err
}

// OpenPulls implements [Host]: https://docs.gitea.com/api/next/#tag/repository/operation/repoListPullRequests
func (g *gitea) OpenPulls(ctx context.Context) iter.Seq2[Pull, error] {
	c := call{what: "open pull requests", method: http.MethodGet, path: g.at("pulls"), query: url.Values{"state": {"open"}, "limit": {giteaPage}}}
	return each(list[hubPull](ctx, g.api, c), func(in hubPull) (Pull, error) { return in.pull(c.what) })
}

// PullsOf implements [Host]: https://docs.gitea.com/api/next/#tag/repository/operation/repoGetCommitPullRequest has the one that was merged as the commit. Some versions
// return another one where there is none (https://github.com/go-gitea/gitea/issues/32027), which is left out here.
func (g *gitea) PullsOf(ctx context.Context, commit string) ([]Pull, error) {
	c := call{what: "pull requests of commit " + commit, method: http.MethodGet, path: g.at("commits", commit, "pull")}
	if err := wantCommit("pull requests of a commit", commit); err != nil {
		return nil, err
	}
	var in hubPull
	_, err := g.ask(ctx, c, &in)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	p, err := in.pull(c.what)
	if err != nil || !p.MergedAs(commit) {
		return nil, err
	}
	return []Pull{p}, nil
}

// Comments implements [Host]: https://docs.gitea.com/api/next/#tag/issue/operation/issueGetComments, which has them all at once, and no pages: with a number it would
// return the same ones again.
func (g *gitea) Comments(ctx context.Context, number int64) iter.Seq2[Comment, error] {
	c := call{
		what: fmt.Sprintf("comments of pull request %d", number), method: http.MethodGet, path: g.at("issues", strconv.FormatInt(number, 10), "comments"),
	}
	return each(list[hubComment](ctx, g.api, c), func(in hubComment) (Comment, error) { return in.comment(c.what) })
}

// CreateComment implements [Host]: https://docs.gitea.com/api/next/#tag/issue/operation/issueCreateComment
func (g *gitea) CreateComment(ctx context.Context, number int64, body string) (Comment, error) {
	if err := wantNumber(number); err != nil {
		return Comment{}, err
	}
	return writeHubComment(ctx, g.api, call{
		what: fmt.Sprintf("create a comment of pull request %d", number), method: http.MethodPost, path: g.at("issues", strconv.FormatInt(number, 10), "comments"),
		in: bodyOf{body},
	})
}

// EditComment implements [Host]: https://docs.gitea.com/api/next/#tag/issue/operation/issueEditComment
func (g *gitea) EditComment(ctx context.Context, number int64, c Comment, body string) (Comment, error) {
	return writeHubComment(ctx, g.api, call{
		what: fmt.Sprintf("edit comment %d of pull request %d", c.ID, number), method: http.MethodPatch, path: g.at("issues", "comments", strconv.FormatInt(c.ID, 10)),
		in: bodyOf{body}, same: true,
	})
}

// Outdate implements [Host]. Gitea's API can't hide a comment.
func (g *gitea) Outdate(ctx context.Context, number int64, c Comment, body string) error {
	_, err := g.EditComment(ctx, number, c, body)
	return err
}

// Statuses implements [Host]: https://docs.gitea.com/api/next/#tag/repository/operation/repoListStatuses
func (g *gitea) Statuses(ctx context.Context, commit string) ([]Status, error) {
	c := call{what: "statuses of commit " + commit, method: http.MethodGet, path: g.at("statuses", commit), query: url.Values{"limit": {giteaPage}}}
	if err := wantCommit("statuses of a commit", commit); err != nil {
		return nil, err
	}
	all, err := collect(each(list[giteaStatus](ctx, g.api, c), func(in giteaStatus) (numbered, error) { return in.status(c.what) }))
	return newest(all), err
}

// SetStatus implements [Host]: https://docs.gitea.com/api/next/#tag/repository/operation/repoCreateStatus
func (g *gitea) SetStatus(ctx context.Context, commit string, s Status) error {
	return setHubStatus(ctx, g.api, g.at("statuses", commit), commit, s)
}

// Labels implements [Host]: https://docs.gitea.com/api/next/#tag/issue/operation/issueGetCommentsAndTimeline has who gave them. Without a page, Gitea up to 1.25 has all at
// once, and later ones have the first page. They have no header Link. What is said of lines of code is left out after a page was cut, so that pages may be empty though more follow.
// Should so many be empty that the list ends too early, a label is by whoever gave it
// before: somebody who may write, or who opened the pull request with it.
func (g *gitea) Labels(ctx context.Context, number int64) ([]Label, error) {
	what := fmt.Sprintf("labels of pull request %d", number)
	in, err := g.pull(ctx, number, what)
	if err != nil {
		return nil, err
	}
	names, err := in.labels(what)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	c := call{
		what: what, method: http.MethodGet, path: g.at("issues", strconv.FormatInt(number, 10), "timeline"), query: url.Values{"limit": {giteaPage}},
	}
	var events []labelEvent
	for event, err := range untilEmpty[giteaEvent](ctx, g.api, c) {
		if err != nil {
			return nil, err
		}
		if event.Type == "label" {
			events = append(events, labelEvent{Label{event.Label.Name, event.User.Login, event.CreatedAt}, event.Body == "1"})
		}
	}
	return labelled(names, events), nil
}

// Access implements [Host]: https://docs.gitea.com/api/next/#tag/repository/operation/repoGetRepoPermissions. Only an administrator of the repository may ask that of others.
func (g *gitea) Access(ctx context.Context, login string) (Access, error) {
	c := call{what: fmt.Sprintf("permission of %.80q", login), method: http.MethodGet, path: g.at("collaborators", login, "permission")}
	return hubAccess(ctx, g.api, c, login)
}

type giteaStatus struct {
	ID          int64     `json:"id"`
	Status      string    `json:"status"`
	Context     string    `json:"context"`
	Description string    `json:"description"`
	TargetURL   string    `json:"target_url"`
	Creator     hubUser   `json:"creator"`
	CreatedAt   time.Time `json:"created_at"`
}

func (in giteaStatus) status(what string) (numbered, error) {
	return githubStatus{
		ID: in.ID, State: in.Status, Context: in.Context, Description: in.Description, TargetURL: in.TargetURL, Creator: in.Creator, CreatedAt: in.CreatedAt,
	}.status(what)
}

// giteaEvent is an entry of the timeline. One of the type label has the body 1 where the label was given, and none where it was taken away.
type giteaEvent struct {
	Type      string    `json:"type"`
	Body      string    `json:"body"`
	User      hubUser   `json:"user"`
	Label     hubLabel  `json:"label"`
	CreatedAt time.Time `json:"created_at"`
}
