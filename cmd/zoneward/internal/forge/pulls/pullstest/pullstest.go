// Package pullstest has forges for tests: servers on loopback that speak as much of the APIs of GitHub, Gitea and GitLab as package pulls needs, made from the
// documentation of those and not from the client.
//
//	s := pullstest.New(forge.GitHub, pullstest.Options{})
//	defer s.Close()
//	number := s.AddPull(pulls.Pull{Title: "Move www", Author: "ann", Base: pulls.Branch{Commit: base}, Head: pulls.Branch{Commit: head}})
//	// GITHUB_API_URL=s.URL() GITHUB_REPOSITORY=s.Repository() GITHUB_TOKEN=s.Token() ... zoneward ci plan --comment
//	s.Comments(number)
//
// They are strict: what the real ones refuse is refused with their status and shape, and what they would pass over, but nobody means (a query or a member that is not
// documented, a body that does not say it is JSON), as well. They keep what they are told, remember every request, and go wrong on demand: see [Fault].
package pullstest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
)

// Options say what a server is like. The zero value is good.
type Options struct {
	// Repository is the one that there is; "" is example/zones.
	Repository string
	// Token is the only one that counts; "" is one that is made up.
	Token string
	// Login is who the token acts as; "" is zoneward-bot, or github-actions[bot] of a workflow's token.
	Login string
	// Workflow: the token is a workflow's GITHUB_TOKEN, which may not ask GET /user.
	Workflow bool
	// PageSize is the most items of a page; 0 is what the real one has.
	PageSize int
}

// Server is a forge with one repository. Its methods may be called concurrently.
type Server struct {
	kind   forge.Kind
	opts   Options
	server *httptest.Server

	mu       sync.Mutex
	requests []Request
	faults   []*Fault

	last     int64 // the id that was given last
	pulls    []*pull
	commits  map[string]bool
	statuses []status
	access   map[string]pulls.Access
}

type pull struct {
	pulls.Pull
	comments []*comment
	labels   []string
	events   []event
}

type comment struct {
	Comment
	gone bool
}

// Comment is a comment as people see it.
type Comment struct {
	ID       int64
	Author   string
	Body     string
	Outdated bool // hidden as outdated
	System   bool // GitLab's own

	created time.Time
}

type status struct {
	id     int64
	commit string
	pulls.Status
}

type event struct {
	id    int64
	label string
	by    string
	added bool
	at    time.Time
}

// New starts a server of the kind, on a port of loopback that the kernel picks. It has to be closed.
func New(kind forge.Kind, opts Options) *Server {
	opts.Repository = cmp.Or(opts.Repository, "example/zones")
	opts.Token = cmp.Or(opts.Token, "token-of-pullstest-0123456789")
	if opts.Login == "" {
		opts.Login = "zoneward-bot"
		if opts.Workflow {
			opts.Login = "github-actions[bot]"
		}
	}
	s := &Server{kind: kind, opts: opts, commits: map[string]bool{}, access: map[string]pulls.Access{opts.Login: pulls.AccessAdmin}}
	var routes http.Handler
	switch kind {
	case forge.GitHub:
		routes = s.github()
	case forge.Gitea:
		routes = s.gitea()
	case forge.GitLab:
		routes = s.gitlab()
	case forge.Generic:
		panic("pullstest: a generic forge has no pull requests")
	}
	s.server = httptest.NewServer(s.record(routes))
	return s
}

// Close ends the server.
func (s *Server) Close() { s.server.Close() }

// URL returns the root of the API.
func (s *Server) URL() string {
	switch s.kind {
	case forge.Gitea:
		return s.server.URL + "/api/v1"
	case forge.GitLab:
		return s.server.URL + "/api/v4"
	case forge.GitHub, forge.Generic:
	}
	return s.server.URL
}

// Kind returns which forge it is.
func (s *Server) Kind() forge.Kind { return s.kind }

// Repository returns the repository that there is.
func (s *Server) Repository() string { return s.opts.Repository }

// Token returns the token that counts.
func (s *Server) Token() string { return s.opts.Token }

// Login returns who the token acts as.
func (s *Server) Login() string { return s.opts.Login }

// AddPull opens a pull request, and returns its number. What is not given is made up, but for the commits. With Head.Repository it comes from a fork.
func (s *Server) AddPull(p pulls.Pull) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Number = int64(len(s.pulls)) + 1
	p.Title, p.Author, p.State = cmp.Or(p.Title, "a change"), cmp.Or(p.Author, "ann"), cmp.Or(p.State, pulls.Opened)
	p.Base.Name, p.Head.Name = cmp.Or(p.Base.Name, "main"), cmp.Or(p.Head.Name, "change")
	p.Base.Repository = s.opts.Repository
	p.Head.Repository = cmp.Or(p.Head.Repository, s.opts.Repository)
	for _, commit := range []string{p.Base.Commit, p.Head.Commit, p.MergeCommit} {
		s.commits[commit] = true
	}
	s.pulls = append(s.pulls, &pull{Pull: p})
	return p.Number
}

// Push gives a pull request another newest commit.
func (s *Server) Push(number int64, commit string) {
	s.with(number, func(p *pull) {
		p.Head.Commit = commit
		s.commits[commit] = true
	})
}

// Merge merges a pull request as a commit.
func (s *Server) Merge(number int64, commit string) {
	s.with(number, func(p *pull) {
		p.State, p.MergeCommit = pulls.Merged, commit
		s.commits[commit] = true
	})
}

// AddCommit has the repository have a commit.
func (s *Server) AddCommit(commit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commits[commit] = true
}

// AddComment has somebody comment, and returns the comment's id.
func (s *Server) AddComment(number int64, author, body string) int64 {
	var id int64
	s.with(number, func(p *pull) { id = s.comment(p, author, body).ID })
	return id
}

// DeleteComment has somebody delete a comment by hand.
func (s *Server) DeleteComment(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pulls {
		for _, c := range p.comments {
			c.gone = c.gone || c.ID == id
		}
	}
}

// Comments returns the comments of a pull request, the oldest first.
func (s *Server) Comments(number int64) []Comment {
	var all []Comment
	s.with(number, func(p *pull) {
		for _, c := range p.comments {
			if !c.gone {
				all = append(all, c.Comment)
			}
		}
	})
	return all
}

// AddStatus has somebody, the Creator, set a status.
func (s *Server) AddStatus(commit string, st pulls.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commits[commit] = true
	s.status(commit, st)
}

// Statuses returns all statuses of a commit, the oldest first.
func (s *Server) Statuses(commit string) []pulls.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []pulls.Status
	for _, st := range s.statuses {
		if st.commit == commit {
			all = append(all, st.Status)
		}
	}
	return all
}

// Label has somebody give a pull request a label.
func (s *Server) Label(number int64, label, by string) {
	s.with(number, func(p *pull) {
		if !slices.Contains(p.labels, label) {
			p.labels = append(p.labels, label)
		}
		p.events = append(p.events, event{s.id(), label, by, true, s.time()})
	})
}

// Unlabel has somebody take a label away.
func (s *Server) Unlabel(number int64, label, by string) {
	s.with(number, func(p *pull) {
		p.labels = slices.DeleteFunc(p.labels, func(l string) bool { return l == label })
		p.events = append(p.events, event{s.id(), label, by, false, s.time()})
	})
}

// Allow says what somebody may do with the repository.
func (s *Server) Allow(login string, access pulls.Access) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access[login] = access
}

// with calls do with a pull request, under the lock. That there is none is a mistake of the test.
func (s *Server) with(number int64, do func(*pull)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pull(number)
	if p == nil {
		panic(fmt.Sprintf("pullstest: there is no pull request %d", number))
	}
	do(p)
}

// pull returns a pull request, nil if there is none.
func (s *Server) pull(number int64) *pull {
	if number < 1 || number > int64(len(s.pulls)) {
		return nil
	}
	return s.pulls[number-1]
}

// find returns a comment and the pull request that it is of, nil if it is not there.
func (s *Server) find(id int64) (*pull, *comment) {
	for _, p := range s.pulls {
		for _, c := range p.comments {
			if c.ID == id && !c.gone {
				return p, c
			}
		}
	}
	return nil, nil
}

func (s *Server) comment(p *pull, author, body string) *comment {
	c := &comment{Comment: Comment{ID: s.id(), Author: author, Body: body, created: s.time()}}
	p.comments = append(p.comments, c)
	return c
}

func (s *Server) status(commit string, st pulls.Status) status {
	added := status{s.id(), commit, st}
	added.Created = s.time()
	s.statuses = append(s.statuses, added)
	return added
}

// id returns a number that nothing has yet, greater than all before. time returns when that was: a second for each.
func (s *Server) id() int64 {
	s.last++
	return s.last
}

func (s *Server) time() time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(s.last) * time.Second)
}

// of returns the pull requests that a forge has for a commit: those merged as it, and the open ones whose newest it is.
func (s *Server) of(commit string) []*pull {
	var found []*pull
	for _, p := range s.pulls {
		if p.State == pulls.Merged && p.MergeCommit == commit || p.State == pulls.Opened && p.Head.Commit == commit {
			found = append(found, p)
		}
	}
	return found
}

// open returns the pull requests that are open, the newest first.
func (s *Server) open() []*pull {
	var found []*pull
	for _, p := range slices.Backward(s.pulls) {
		if p.State == pulls.Opened {
			found = append(found, p)
		}
	}
	return found
}

// newestFirst returns the statuses of a commit as GitHub and Gitea list them.
func (s *Server) newestFirst(commit string) []status {
	var all []status
	for _, st := range slices.Backward(s.statuses) {
		if st.commit == commit {
			all = append(all, st)
		}
	}
	return all
}

// isCommit reports whether it is the whole name of a commit.
func isCommit(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}
