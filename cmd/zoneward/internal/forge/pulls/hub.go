package pulls

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// hubUser is who did something, as GitHub and Gitea say it. It is null, and so empty here, if the account is gone.
type hubUser struct {
	Login string `json:"login"`
}

// hubLabel is a label, which may be null in an event of one that was removed from the repository.
type hubLabel struct {
	Name string `json:"name"`
}

// hubEnd is one end of a pull request, as GitHub and Gitea say it. The repository is null if it is gone.
type hubEnd struct {
	Ref  string `json:"ref"`
	SHA  string `json:"sha"`
	Repo *struct {
		FullName string `json:"full_name"`
	} `json:"repo"`
}

func (e hubEnd) branch(c *checker, name string) Branch {
	b := Branch{Name: c.needed(name+".ref", e.Ref), Commit: c.commit(name+".sha", e.SHA)}
	if e.Repo != nil {
		b.Repository = c.needed(name+".repo.full_name", e.Repo.FullName)
	}
	return b
}

// hubPull is a pull request, as GitHub and Gitea say it.
type hubPull struct {
	Number         int64      `json:"number"`
	Title          string     `json:"title"`
	HTMLURL        string     `json:"html_url"`
	User           hubUser    `json:"user"`
	State          string     `json:"state"`
	MergedAt       *time.Time `json:"merged_at"`
	MergeCommitSHA string     `json:"merge_commit_sha"`
	Labels         []hubLabel `json:"labels"`
	Base           hubEnd     `json:"base"`
	Head           hubEnd     `json:"head"`
}

func (in hubPull) pull(what string) (Pull, error) {
	c := &checker{what: what}
	p := Pull{
		Number: c.id("number", in.Number), Title: in.Title, URL: page(in.HTMLURL), Author: c.text("user.login", in.User.Login),
		Base: in.Base.branch(c, "base"), Head: in.Head.branch(c, "head"),
	}
	if p.Base.Repository == "" {
		c.add("base.repo is missing")
	}
	if p.Head.Commit == "" {
		c.add("head.sha is missing")
	}
	switch {
	case in.MergedAt != nil:
		// Of one that is not merged it is a commit that GitHub tries the merge with.
		p.State, p.MergeCommit = Merged, c.commit("merge_commit_sha", in.MergeCommitSHA)
	case in.State == "open":
		p.State = Opened
	case in.State == "closed":
		p.State = Closed
	default:
		c.add("state is neither open nor closed")
	}
	return p, c.err()
}

// labels returns the names of the labels that a pull request has.
func (in hubPull) labels(what string) ([]string, error) {
	c := &checker{what: what}
	var names []string
	for _, label := range in.Labels {
		names = append(names, c.needed("labels.name", label.Name))
	}
	return names, c.err()
}

// hubComment is a comment, as GitHub and Gitea say it.
type hubComment struct {
	ID        int64     `json:"id"`
	NodeID    string    `json:"node_id"`
	Body      string    `json:"body"`
	HTMLURL   string    `json:"html_url"`
	User      hubUser   `json:"user"`
	CreatedAt time.Time `json:"created_at"`
}

func (in hubComment) comment(what string) (Comment, error) {
	c := &checker{what: what}
	out := Comment{
		ID: c.id("id", in.ID), Author: c.text("user.login", in.User.Login), Body: in.Body, URL: page(in.HTMLURL), Created: in.CreatedAt, node: c.text("node_id", in.NodeID),
	}
	return out, c.err()
}

// bodyOf is what GitHub, Gitea and GitLab take for a comment.
type bodyOf struct {
	Body string `json:"body"`
}

func writeHubComment(ctx context.Context, a *api, c call) (Comment, error) {
	var in hubComment
	if _, err := a.ask(ctx, c, &in); err != nil {
		return Comment{}, err
	}
	return in.comment(c.what)
}

// setHubStatus sets a status. Twice the same is one that is there twice, of which the newest counts.
func setHubStatus(ctx context.Context, a *api, path []string, commit string, s Status) error {
	if err := wantCommit("status of a commit", commit); err != nil {
		return err
	}
	_, err := a.ask(ctx, call{
		what: fmt.Sprintf("set status %s of commit %s", s.Context, commit), method: http.MethodPost, path: path, same: true,
		in: hubStatus{State: string(s.State), TargetURL: s.URL, Description: description(s.Description), Context: s.Context},
	}, nil)
	return err
}

// hubStatus is what GitHub and Gitea take for a status.
type hubStatus struct {
	State       string `json:"state"`
	TargetURL   string `json:"target_url,omitempty"`
	Description string `json:"description"`
	Context     string `json:"context"`
}

type githubStatus struct {
	ID          int64     `json:"id"`
	State       string    `json:"state"`
	Context     string    `json:"context"`
	Description string    `json:"description"`
	TargetURL   string    `json:"target_url"`
	Creator     hubUser   `json:"creator"`
	CreatedAt   time.Time `json:"created_at"`
}

func (in githubStatus) status(what string) (numbered, error) {
	c := &checker{what: what}
	s := numbered{c.id("id", in.ID), Status{
		Context: c.text("context", in.Context), State: hubState(in.State), Description: in.Description, URL: page(in.TargetURL), Creator: c.text("creator.login", in.Creator.Login),
		Created: in.CreatedAt,
	}}
	return s, c.err()
}

// hubState reads a state of GitHub or Gitea, which has also warning and skipped.
func hubState(state string) State {
	switch s := State(state); s {
	case StatePending, StateSuccess, StateFailure, StateError:
		return s
	}
	return StateError
}

type githubEvent struct {
	Event     string    `json:"event"`
	Actor     hubUser   `json:"actor"`
	Label     hubLabel  `json:"label"`
	CreatedAt time.Time `json:"created_at"`
}

// hubAccess asks for what somebody may do, as GitHub and Gitea say it. Who is not known may do nothing.
func hubAccess(ctx context.Context, a *api, c call, login string) (Access, error) {
	if login == "" {
		return AccessNone, nil
	}
	var in struct {
		Permission string `json:"permission"`
	}
	_, err := a.ask(ctx, c, &in)
	switch {
	case errors.Is(err, ErrNotFound):
		return AccessNone, nil
	case err != nil:
		return AccessNone, err
	}
	switch in.Permission {
	case "owner", "admin":
		return AccessAdmin, nil
	case "write":
		return AccessWrite, nil
	case "read":
		return AccessRead, nil
	case "none":
		return AccessNone, nil
	}
	return AccessNone, &Error{What: c.what, kind: ErrAnswer, Messages: []string{"permission is none that is documented"}}
}
