package pulls

import (
	"fmt"
	"strconv"
	"time"
)

type gitlabUser struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
}

type gitlabPull struct {
	IID             int64      `json:"iid"`
	Title           string     `json:"title"`
	WebURL          string     `json:"web_url"`
	Author          gitlabUser `json:"author"`
	State           string     `json:"state"`
	SourceProjectID int64      `json:"source_project_id"` // null, and so 0, if it is gone
	TargetProjectID int64      `json:"target_project_id"`
	SourceBranch    string     `json:"source_branch"`
	TargetBranch    string     `json:"target_branch"`
	SHA             string     `json:"sha"`
	MergeCommitSHA  string     `json:"merge_commit_sha"`
	SquashCommitSHA string     `json:"squash_commit_sha"`
	Labels          []string   `json:"labels"`
	DiffRefs        struct {
		StartSHA string `json:"start_sha"`
	} `json:"diff_refs"`
}

func (in gitlabPull) pull(what string) (Pull, error) {
	c := &checker{what: what}
	p := Pull{
		Number: c.id("iid", in.IID), Title: in.Title, URL: page(in.WebURL), Author: c.text("author.username", in.Author.Username),
		Base: Branch{
			Repository: strconv.FormatInt(c.id("target_project_id", in.TargetProjectID), 10), Name: c.needed("target_branch", in.TargetBranch),
			Commit: c.commit("diff_refs.start_sha", in.DiffRefs.StartSHA),
		},
		Head: Branch{Name: c.needed("source_branch", in.SourceBranch), Commit: c.commit("sha", in.SHA)},
	}
	if in.SourceProjectID > 0 {
		p.Head.Repository = strconv.FormatInt(in.SourceProjectID, 10)
	}
	if p.Head.Commit == "" {
		c.add("sha is missing")
	}
	switch in.State {
	case "merged":
		// A merge without a commit of its own leaves the head at the tip of the branch.
		p.State, p.MergeCommit = Merged, p.Head.Commit
		for _, commit := range []string{c.commit("squash_commit_sha", in.SquashCommitSHA), c.commit("merge_commit_sha", in.MergeCommitSHA)} {
			if commit != "" {
				p.MergeCommit = commit
			}
		}
	case "opened", "locked": // locked while it is being merged
		p.State = Opened
	case "closed":
		p.State = Closed
	default:
		c.add("state is none that is documented")
	}
	return p, c.err()
}

func (in gitlabPull) labels(what string) ([]string, error) {
	c := &checker{what: what}
	for _, name := range in.Labels {
		c.needed("labels", name)
	}
	return in.Labels, c.err()
}

type gitlabNote struct {
	ID        int64      `json:"id"`
	Body      string     `json:"body"`
	Author    gitlabUser `json:"author"`
	System    bool       `json:"system"`
	CreatedAt time.Time  `json:"created_at"`
}

// comment returns a note of a merge request. A note does not have its address, which is made here.
func (g *gitlab) comment(what string, number int64, in gitlabNote) (Comment, error) {
	c := &checker{what: what}
	at := g.web.JoinPath(strconv.FormatInt(number, 10))
	at.Fragment = fmt.Sprintf("note_%d", in.ID)
	return Comment{ID: c.id("id", in.ID), Author: c.text("author.username", in.Author.Username), Body: in.Body, URL: at.String(), Created: in.CreatedAt}, c.err()
}

type gitlabStatus struct {
	ID          int64      `json:"id"`
	Status      string     `json:"status"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	TargetURL   string     `json:"target_url"`
	Author      gitlabUser `json:"author"`
	CreatedAt   time.Time  `json:"created_at"`
}

func (in gitlabStatus) status(what string) (numbered, error) {
	c := &checker{what: what}
	s := Status{
		Context: c.text("name", in.Name), State: StateError, Description: in.Description, URL: page(in.TargetURL), Creator: c.text("author.username", in.Author.Username),
		Created: in.CreatedAt,
	}
	switch in.Status {
	case "success":
		s.State = StateSuccess
	case "failed":
		s.State = StateFailure
	case "created", "pending", "running", "waiting_for_resource", "preparing", "scheduled":
		s.State = StatePending
	}
	return numbered{c.id("id", in.ID), s}, c.err()
}

type gitlabEvent struct {
	Action    string     `json:"action"`
	User      gitlabUser `json:"user"`
	Label     hubLabel   `json:"label"`
	CreatedAt time.Time  `json:"created_at"`
}

// gitlabAccess reads a role: 20 is a reporter, 30 a developer, who may push, 40 a maintainer. https://docs.gitlab.com/api/members/#roles
func gitlabAccess(level int) Access {
	switch {
	case level >= 40:
		return AccessAdmin
	case level >= 30:
		return AccessWrite
	case level >= 10:
		return AccessRead
	}
	return AccessNone
}
