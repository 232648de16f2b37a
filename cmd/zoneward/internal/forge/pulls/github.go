package pulls

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// github is a repository on GitHub: https://docs.github.com/en/rest
type github struct {
	*api
	graphql *url.URL
	repo    []string // repos, owner, name
	self    login
}

// login remembers who the token acts as.
type login struct {
	mu    sync.Mutex
	known string
}

// or returns the login, for which it asks if it is not known yet.
func (l *login) or(ask func() (string, error)) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known != "" {
		return l.known, nil
	}
	name, err := ask()
	if err == nil {
		l.known = name
	}
	return name, err
}

// githubPage is the most items of a page: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
const githubPage = "100"

// actionsLogin is who a workflow's GITHUB_TOKEN acts as.
const actionsLogin = "github-actions[bot]"

func openGitHub(o Options) (Host, error) {
	o.URL = cmp.Or(o.URL, "https://api.github.com")
	repo, err := checkRepository(o.Repository, 2)
	if err != nil {
		return nil, err
	}
	a, err := newAPI(o, "Bearer", http.Header{"Accept": {"application/vnd.github+json"}, "X-Github-Api-Version": {"2022-11-28"}})
	if err != nil {
		return nil, err
	}
	g := &github{api: a, repo: append([]string{"repos"}, repo...), self: login{known: o.Login}}
	switch beside, enterprise := strings.CutSuffix(strings.TrimRight(a.root.Path, "/"), "/v3"); {
	case o.GraphQLURL != "":
		if g.graphql, err = parseRoot(o.GraphQLURL); err != nil {
			return nil, fmt.Errorf("GraphQL: %w", err)
		}
	case enterprise:
		// https://docs.github.com/en/enterprise-server@latest/graphql/guides/forming-calls-with-graphql#the-graphql-endpoint
		at := *a.root
		at.Path = beside + "/graphql"
		g.graphql = &at
	default:
		g.graphql = a.root.JoinPath("graphql")
	}
	return g, nil
}

// at returns a path below the repository.
func (g *github) at(parts ...string) []string {
	return append(g.repo[:len(g.repo):len(g.repo)], parts...)
}

// Self implements [Host]. A token of an app, as a workflow's is, may not ask GET /user, so GraphQL is asked first; and some others may not ask that.
func (g *github) Self(ctx context.Context) (string, error) {
	return g.self.or(func() (string, error) { return g.askSelf(ctx) })
}

// Pull implements [Host]: https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
func (g *github) Pull(ctx context.Context, number int64) (Pull, error) {
	if err := wantNumber(number); err != nil {
		return Pull{}, err
	}
	c := call{what: fmt.Sprintf("pull request %d", number), method: http.MethodGet, path: g.at("pulls", strconv.FormatInt(number, 10))}
	var in hubPull
	if _, err := g.ask(ctx, c, &in); err != nil {
		return Pull{}, err
	}
	return in.pull(c.what)
}

// OpenPulls implements [Host]: https://docs.github.com/en/rest/pulls/pulls#list-pull-requests
func (g *github) OpenPulls(ctx context.Context) iter.Seq2[Pull, error] {
	c := call{
		what: "open pull requests", method: http.MethodGet, path: g.at("pulls"),
		query: url.Values{"state": {"open"}, "sort": {"created"}, "direction": {"desc"}, "per_page": {githubPage}},
	}
	return each(list[hubPull](ctx, g.api, c), func(in hubPull) (Pull, error) { return in.pull(c.what) })
}

// PullsOf implements [Host]: https://docs.github.com/en/rest/commits/commits#list-pull-requests-associated-with-a-commit
func (g *github) PullsOf(ctx context.Context, commit string) ([]Pull, error) {
	c := call{
		what: "pull requests of commit " + commit, method: http.MethodGet, path: g.at("commits", commit, "pulls"), query: url.Values{"per_page": {githubPage}},
	}
	if err := wantCommit("pull requests of a commit", commit); err != nil {
		return nil, err
	}
	return collect(each(list[hubPull](ctx, g.api, c), func(in hubPull) (Pull, error) { return in.pull(c.what) }))
}

// Comments implements [Host]: https://docs.github.com/en/rest/issues/comments#list-issue-comments
func (g *github) Comments(ctx context.Context, number int64) iter.Seq2[Comment, error] {
	c := call{
		what: fmt.Sprintf("comments of pull request %d", number), method: http.MethodGet, path: g.at("issues", strconv.FormatInt(number, 10), "comments"),
		query: url.Values{"per_page": {githubPage}},
	}
	return each(list[hubComment](ctx, g.api, c), func(in hubComment) (Comment, error) { return in.comment(c.what) })
}

// CreateComment implements [Host]: https://docs.github.com/en/rest/issues/comments#create-an-issue-comment
func (g *github) CreateComment(ctx context.Context, number int64, body string) (Comment, error) {
	if err := wantNumber(number); err != nil {
		return Comment{}, err
	}
	return writeHubComment(ctx, g.api, call{
		what: fmt.Sprintf("create a comment of pull request %d", number), method: http.MethodPost, path: g.at("issues", strconv.FormatInt(number, 10), "comments"),
		in: bodyOf{body},
	})
}

// EditComment implements [Host]: https://docs.github.com/en/rest/issues/comments#update-an-issue-comment
func (g *github) EditComment(ctx context.Context, number int64, c Comment, body string) (Comment, error) {
	return writeHubComment(ctx, g.api, call{
		what: fmt.Sprintf("edit comment %d of pull request %d", c.ID, number), method: http.MethodPatch, path: g.at("issues", "comments", strconv.FormatInt(c.ID, 10)),
		in: bodyOf{body}, same: true,
	})
}

// Statuses implements [Host]: https://docs.github.com/en/rest/commits/statuses#list-commit-statuses-for-a-reference. The combined status does not say who made it.
func (g *github) Statuses(ctx context.Context, commit string) ([]Status, error) {
	c := call{
		what: "statuses of commit " + commit, method: http.MethodGet, path: g.at("commits", commit, "statuses"), query: url.Values{"per_page": {githubPage}},
	}
	if err := wantCommit("statuses of a commit", commit); err != nil {
		return nil, err
	}
	all, err := collect(each(list[githubStatus](ctx, g.api, c), func(in githubStatus) (numbered, error) { return in.status(c.what) }))
	return newest(all), err
}

// SetStatus implements [Host]: https://docs.github.com/en/rest/commits/statuses#create-a-commit-status. Twice the same is a status that is there twice, of which the
// newest counts.
func (g *github) SetStatus(ctx context.Context, commit string, s Status) error {
	return setHubStatus(ctx, g.api, g.at("statuses", commit), commit, s)
}

// Labels implements [Host]: https://docs.github.com/en/rest/issues/events#list-issue-events has who gave them, and the pull request which are there.
func (g *github) Labels(ctx context.Context, number int64) ([]Label, error) {
	if err := wantNumber(number); err != nil {
		return nil, err
	}
	c := call{what: fmt.Sprintf("labels of pull request %d", number), method: http.MethodGet, path: g.at("pulls", strconv.FormatInt(number, 10))}
	var in hubPull
	if _, err := g.ask(ctx, c, &in); err != nil {
		return nil, err
	}
	names, err := in.labels(c.what)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	c.path, c.query = g.at("issues", strconv.FormatInt(number, 10), "events"), url.Values{"per_page": {githubPage}}
	var events []labelEvent
	for event, err := range list[githubEvent](ctx, g.api, c) {
		if err != nil {
			return nil, err
		}
		if event.Event == "labeled" || event.Event == "unlabeled" {
			events = append(events, labelEvent{Label{event.Label.Name, event.Actor.Login, event.CreatedAt}, event.Event == "labeled"})
		}
	}
	return labelled(names, events), nil
}

// Access implements [Host]: https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
func (g *github) Access(ctx context.Context, login string) (Access, error) {
	c := call{what: fmt.Sprintf("permission of %.80q", login), method: http.MethodGet, path: g.at("collaborators", login, "permission")}
	return hubAccess(ctx, g.api, c, login)
}
