package pulls

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// gitlab is a project on a GitLab: https://docs.gitlab.com/api/rest/
type gitlab struct {
	*api
	project []string // projects, the path as one part
	web     *url.URL // where its merge requests are for people
	self    login
}

const (
	// gitlabPage is the most items of a page: https://docs.gitlab.com/api/rest/#offset-based-pagination
	gitlabPage = "100"
	// gitlabNotes is fewer: a note may have 1,000,000 characters (https://docs.gitlab.com/administration/instance_limits/#size-of-comments-and-descriptions-of-issues-merge-requests-and-epics),
	// and a page of the longest has to fit into maxAnswer.
	gitlabNotes = "10"
)

func openGitLab(o Options) (Host, error) {
	o.URL = cmp.Or(o.URL, "https://gitlab.com/api/v4")
	// https://docs.gitlab.com/user/group/subgroups/: groups nest up to 20 levels.
	if _, err := checkRepository(o.Repository, 22); err != nil {
		return nil, err
	}
	a, err := newAPI(o, "Bearer", http.Header{"Accept": {"application/json"}})
	if err != nil {
		return nil, err
	}
	g := &gitlab{api: a, project: []string{"projects", o.Repository}, self: login{known: o.Login}}
	web := *a.root
	web.Path = strings.TrimSuffix(strings.TrimRight(web.Path, "/"), "/api/v4")
	g.web = web.JoinPath(o.Repository, "-", "merge_requests")
	return g, nil
}

func (g *gitlab) at(parts ...string) []string {
	return append(g.project[:len(g.project):len(g.project)], parts...)
}

func (g *gitlab) mergeRequest(number int64, parts ...string) []string {
	return g.at(append([]string{"merge_requests", strconv.FormatInt(number, 10)}, parts...)...)
}

// Self implements [Host]: https://docs.gitlab.com/api/users/#retrieve-the-current-user
func (g *gitlab) Self(ctx context.Context) (string, error) {
	return g.self.or(func() (string, error) {
		what := "login of the token"
		var user gitlabUser
		if _, err := g.ask(ctx, call{what: what, method: http.MethodGet, path: []string{"user"}}, &user); err != nil {
			return "", err
		}
		return checkLogin(what, user.Username)
	})
}

// Pull implements [Host]: https://docs.gitlab.com/api/merge_requests/#retrieve-a-merge-request
func (g *gitlab) Pull(ctx context.Context, number int64) (Pull, error) {
	what := fmt.Sprintf("merge request %d", number)
	in, err := g.pull(ctx, number, what)
	if err != nil {
		return Pull{}, err
	}
	return in.pull(what)
}

func (g *gitlab) pull(ctx context.Context, number int64, what string) (gitlabPull, error) {
	var in gitlabPull
	if err := wantNumber(number); err != nil {
		return in, err
	}
	_, err := g.ask(ctx, call{what: what, method: http.MethodGet, path: g.mergeRequest(number)}, &in)
	return in, err
}

// OpenPulls implements [Host]: https://docs.gitlab.com/api/merge_requests/#list-project-merge-requests
func (g *gitlab) OpenPulls(ctx context.Context) iter.Seq2[Pull, error] {
	c := call{
		what: "open merge requests", method: http.MethodGet, path: g.at("merge_requests"),
		query: url.Values{"state": {"opened"}, "order_by": {"created_at"}, "sort": {"desc"}, "per_page": {gitlabPage}},
	}
	return each(list[gitlabPull](ctx, g.api, c), func(in gitlabPull) (Pull, error) { return in.pull(c.what) })
}

// PullsOf implements [Host]: https://docs.gitlab.com/api/commits/#list-all-merge-requests-associated-with-a-commit
func (g *gitlab) PullsOf(ctx context.Context, commit string) ([]Pull, error) {
	c := call{
		what: "merge requests of commit " + commit, method: http.MethodGet, path: g.at("repository", "commits", commit, "merge_requests"),
		query: url.Values{"per_page": {gitlabPage}},
	}
	if err := wantCommit("merge requests of a commit", commit); err != nil {
		return nil, err
	}
	return collect(each(list[gitlabPull](ctx, g.api, c), func(in gitlabPull) (Pull, error) { return in.pull(c.what) }))
}

// Comments implements [Host]: https://docs.gitlab.com/api/notes/#list-all-merge-request-notes. What GitLab itself notes down is left out.
func (g *gitlab) Comments(ctx context.Context, number int64) iter.Seq2[Comment, error] {
	c := call{
		what: fmt.Sprintf("notes of merge request %d", number), method: http.MethodGet, path: g.mergeRequest(number, "notes"),
		query: url.Values{"per_page": {gitlabNotes}, "order_by": {"created_at"}, "sort": {"asc"}},
	}
	return func(yield func(Comment, error) bool) {
		for note, err := range list[gitlabNote](ctx, g.api, c) {
			var out Comment
			if err == nil {
				if note.System {
					continue
				}
				out, err = g.comment(c.what, number, note)
			}
			if !yield(out, err) || err != nil {
				return
			}
		}
	}
}

// CreateComment implements [Host]: https://docs.gitlab.com/api/notes/#create-a-merge-request-note
func (g *gitlab) CreateComment(ctx context.Context, number int64, body string) (Comment, error) {
	if err := wantNumber(number); err != nil {
		return Comment{}, err
	}
	return g.writeComment(ctx, number, call{
		what: fmt.Sprintf("create a note of merge request %d", number), method: http.MethodPost, path: g.mergeRequest(number, "notes"), in: bodyOf{body},
	})
}

// EditComment implements [Host]: https://docs.gitlab.com/api/notes/#update-a-merge-request-note
func (g *gitlab) EditComment(ctx context.Context, number int64, c Comment, body string) (Comment, error) {
	return g.writeComment(ctx, number, call{
		what: fmt.Sprintf("edit note %d of merge request %d", c.ID, number), method: http.MethodPut, path: g.mergeRequest(number, "notes", strconv.FormatInt(c.ID, 10)),
		in: bodyOf{body}, same: true,
	})
}

func (g *gitlab) writeComment(ctx context.Context, number int64, c call) (Comment, error) {
	var in gitlabNote
	if _, err := g.ask(ctx, c, &in); err != nil {
		return Comment{}, err
	}
	return g.comment(c.what, number, in)
}

// Outdate implements [Host]. GitLab can't hide a note.
func (g *gitlab) Outdate(ctx context.Context, number int64, c Comment, body string) error {
	_, err := g.EditComment(ctx, number, c, body)
	return err
}

// Statuses implements [Host]: https://docs.gitlab.com/api/commits/#list-commit-statuses. The jobs of pipelines are among them, each with who started it as its author.
func (g *gitlab) Statuses(ctx context.Context, commit string) ([]Status, error) {
	c := call{
		what: "statuses of commit " + commit, method: http.MethodGet, path: g.at("repository", "commits", commit, "statuses"), query: url.Values{"per_page": {gitlabPage}},
	}
	if err := wantCommit("statuses of a commit", commit); err != nil {
		return nil, err
	}
	all, err := collect(each(list[gitlabStatus](ctx, g.api, c), func(in gitlabStatus) (numbered, error) { return in.status(c.what) }))
	return newest(all), err
}

// SetStatus implements [Host]: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status. A status that is pending does not become pending again, with another
// description or without (https://gitlab.com/gitlab-org/gitlab-foss/-/issues/25807): it is left as it is.
func (g *gitlab) SetStatus(ctx context.Context, commit string, s Status) error {
	if err := wantCommit("status of a commit", commit); err != nil {
		return err
	}
	state := string(s.State)
	if s.State == StateFailure || s.State == StateError {
		state = "failed"
	}
	_, err := g.ask(ctx, call{
		what: fmt.Sprintf("set status %s of commit %s", s.Context, commit), method: http.MethodPost, path: g.at("statuses", commit), same: true,
		in: struct {
			State       string `json:"state"`
			Name        string `json:"name"`
			TargetURL   string `json:"target_url,omitempty"`
			Description string `json:"description"`
		}{state, s.Context, s.URL, description(s.Description)},
	}, nil)
	failed, is := errors.AsType[*Error](err)
	if is && s.State == StatePending && failed.Status == http.StatusBadRequest &&
		slices.ContainsFunc(failed.Messages, func(said string) bool { return strings.Contains(said, "Cannot transition status") }) {
		return nil
	}
	return err
}

// Labels implements [Host]: https://docs.gitlab.com/api/resource_label_events/#list-project-merge-request-label-events has who gave them.
func (g *gitlab) Labels(ctx context.Context, number int64) ([]Label, error) {
	what := fmt.Sprintf("labels of merge request %d", number)
	in, err := g.pull(ctx, number, what)
	if err != nil {
		return nil, err
	}
	names, err := in.labels(what)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	c := call{what: what, method: http.MethodGet, path: g.mergeRequest(number, "resource_label_events"), query: url.Values{"per_page": {gitlabPage}}}
	var events []labelEvent
	for event, err := range list[gitlabEvent](ctx, g.api, c) {
		if err != nil {
			return nil, err
		}
		events = append(events, labelEvent{Label{event.Label.Name, event.User.Username, event.CreatedAt}, event.Action == "add"})
	}
	return labelled(names, events), nil
}

// Access implements [Host]: https://docs.gitlab.com/api/members/#retrieve-a-group-or-project-member-with-inherited-and-invited-membership, which wants the number that the
// user has.
func (g *gitlab) Access(ctx context.Context, login string) (Access, error) {
	if login == "" {
		return AccessNone, nil
	}
	c := call{what: fmt.Sprintf("role of %.80q", login), method: http.MethodGet, path: []string{"users"}, query: url.Values{"username": {login}}}
	var users []gitlabUser
	if _, err := g.ask(ctx, c, &users); err != nil {
		return AccessNone, err
	}
	i := slices.IndexFunc(users, func(u gitlabUser) bool { return u.ID > 0 && strings.EqualFold(u.Username, login) })
	if i < 0 {
		return AccessNone, nil
	}
	c.path, c.query = g.at("members", "all", strconv.FormatInt(users[i].ID, 10)), nil
	var member struct {
		AccessLevel int `json:"access_level"`
	}
	_, err := g.ask(ctx, c, &member)
	switch {
	case errors.Is(err, ErrNotFound):
		return AccessNone, nil
	case err != nil:
		return AccessNone, err
	}
	return gitlabAccess(member.AccessLevel), nil
}
