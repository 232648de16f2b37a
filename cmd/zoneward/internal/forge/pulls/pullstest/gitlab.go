package pullstest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
)

// gitlabError is what GitLab answers with no: a text, or what is wrong with which attribute.
func gitlabError(w http.ResponseWriter, status int, message any) {
	answerJSON(w, status, object{"message": message})
}

const (
	gitlabProject = 17 // the number of the repository
	gitlabFork    = 18
)

// gitlab returns GitLab's API.
func (s *Server) gitlab() http.Handler {
	mux := http.NewServeMux()
	const project = "/api/v4/projects/{project}"
	route := func(pattern string, do http.HandlerFunc, query ...string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if unknown := unknownQuery(r, query...); len(unknown) > 0 {
				gitlabError(w, http.StatusBadRequest, fmt.Sprintf("unknown parameters: %q", unknown))
				return
			}
			if p := r.PathValue("project"); p != "" && p != s.opts.Repository {
				gitlabError(w, http.StatusNotFound, "404 Project Not Found")
				return
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			do(w, r)
		})
	}
	route("GET /api/v4/user", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, http.StatusOK, s.gitlabUser(s.opts.Login)) })
	route("GET /api/v4/users", s.gitlabUsers, "username")
	route("GET "+project+"/members/all/{id}", s.gitlabMember)
	route("GET "+project+"/merge_requests/{number}", s.gitlabPull)
	route("GET "+project+"/merge_requests", s.gitlabPulls, "page", "per_page", "state", "order_by", "sort")
	route("GET "+project+"/repository/commits/{sha}/merge_requests", s.gitlabPullsOf, "page", "per_page")
	route("GET "+project+"/repository/commits/{sha}/statuses", s.gitlabStatuses, "page", "per_page", "name", "all", "ref")
	route("POST "+project+"/statuses/{sha}", s.gitlabSetStatus)
	route("GET "+project+"/merge_requests/{number}/notes", s.gitlabNotes, "page", "per_page", "sort", "order_by")
	route("POST "+project+"/merge_requests/{number}/notes", s.gitlabCreateNote)
	route("PUT "+project+"/merge_requests/{number}/notes/{id}", s.gitlabEditNote)
	route("GET "+project+"/merge_requests/{number}/resource_label_events", s.gitlabLabelEvents, "page", "per_page")
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, http.StatusNotFound, object{"error": "404 Not Found"})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer "+s.opts.Token && r.Header.Get("PRIVATE-TOKEN") != s.opts.Token:
			gitlabError(w, http.StatusUnauthorized, "401 Unauthorized")
		case r.Header.Get("Accept") != "application/json":
			gitlabError(w, http.StatusNotAcceptable, "The requested format 'txt' is not supported.")
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// people returns all logins, in an order that stays; who is at place n has the number n + 1.
func (s *Server) people() []string {
	var all []string
	for login := range s.access {
		all = append(all, login)
	}
	slices.Sort(all)
	return all
}

func (s *Server) gitlabUser(login string) object {
	return object{"id": slices.Index(s.people(), login) + 1, "username": login, "name": login, "state": "active"}
}

func (s *Server) gitlabUsers(w http.ResponseWriter, r *http.Request) {
	found := []object{}
	for _, login := range s.people() {
		if strings.EqualFold(login, r.URL.Query().Get("username")) {
			found = append(found, s.gitlabUser(login))
		}
	}
	answerJSON(w, http.StatusOK, found)
}

func (s *Server) gitlabMember(w http.ResponseWriter, r *http.Request) {
	people, id := s.people(), number(r, "id")
	if id < 1 || id > int64(len(people)) || s.access[people[id-1]] == pulls.AccessNone {
		gitlabError(w, http.StatusNotFound, "404 Not found")
		return
	}
	member := s.gitlabUser(people[id-1])
	switch s.access[people[id-1]] {
	case pulls.AccessNone:
	case pulls.AccessRead:
		member["access_level"] = 20
	case pulls.AccessWrite:
		member["access_level"] = 30
	case pulls.AccessAdmin:
		member["access_level"] = 40
	}
	answerJSON(w, http.StatusOK, member)
}

// gitlabOf answers with the merge request that the path names, or 404.
func (s *Server) gitlabOf(w http.ResponseWriter, r *http.Request) *pull {
	p := s.pull(number(r, "number"))
	if p == nil {
		gitlabError(w, http.StatusNotFound, "404 Not found")
	}
	return p
}

func (s *Server) gitlabPull(w http.ResponseWriter, r *http.Request) {
	if p := s.gitlabOf(w, r); p != nil {
		answerJSON(w, http.StatusOK, s.gitlabMergeRequest(p))
	}
}

func (s *Server) gitlabPulls(w http.ResponseWriter, r *http.Request) {
	if state := r.URL.Query().Get("state"); state != "opened" {
		gitlabError(w, http.StatusBadRequest, "only open ones are known here")
		return
	}
	gitlabList(s, w, r, s.open(), s.gitlabMergeRequest)
}

func (s *Server) gitlabMergeRequest(p *pull) any {
	out := object{
		"id": p.Number + 1000, "iid": p.Number, "project_id": gitlabProject, "title": p.Title, "state": "opened", "author": object{"username": p.Author},
		"source_project_id": gitlabProject, "target_project_id": gitlabProject, "source_branch": p.Head.Name, "target_branch": p.Base.Name,
		"sha": p.Head.Commit, "merge_commit_sha": nil, "squash_commit_sha": nil, "labels": shape(p.labels, func(l string) any { return l }),
		"web_url":   fmt.Sprintf("https://gitlab.example/%s/-/merge_requests/%d", s.opts.Repository, p.Number),
		"diff_refs": object{"base_sha": p.Base.Commit, "head_sha": p.Head.Commit, "start_sha": p.Base.Commit},
	}
	switch p.Head.Repository {
	case s.opts.Repository:
	case gone:
		out["source_project_id"] = nil
	default:
		out["source_project_id"] = gitlabFork
	}
	switch p.State {
	case pulls.Opened:
	case pulls.Closed:
		out["state"] = "closed"
	case pulls.Merged:
		out["state"] = "merged"
		if p.MergeCommit != p.Head.Commit { // else it was fast-forwarded
			out["merge_commit_sha"] = p.MergeCommit
		}
	}
	return out
}

func gitlabList[T any](s *Server, w http.ResponseWriter, r *http.Request, all []T, convert func(T) any) {
	p := s.pageOf(r, "per_page", 20, 100)
	part, pages := cut(all, p)
	link(w, url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}, p, pages)
	answerJSON(w, http.StatusOK, shape(part, convert))
}

func (s *Server) gitlabPullsOf(w http.ResponseWriter, r *http.Request) {
	sha := r.PathValue("sha")
	if !s.commits[sha] {
		gitlabError(w, http.StatusNotFound, "404 Commit Not Found")
		return
	}
	gitlabList(s, w, r, s.of(sha), s.gitlabMergeRequest)
}

// gitlabStatuses has the newest of each name, unless all are asked for.
func (s *Server) gitlabStatuses(w http.ResponseWriter, r *http.Request) {
	sha := r.PathValue("sha")
	if !s.commits[sha] {
		gitlabError(w, http.StatusNotFound, "404 Commit Not Found")
		return
	}
	var latest []status
	for _, st := range s.newestFirst(sha) {
		if r.URL.Query().Get("all") == "true" || !slices.ContainsFunc(latest, func(l status) bool { return l.Context == st.Context }) {
			latest = append(latest, st)
		}
	}
	gitlabList(s, w, r, latest, gitlabStatus)
}

func gitlabStatus(st status) any {
	state := string(st.State)
	if st.State == pulls.StateFailure || st.State == pulls.StateError {
		state = "failed"
	}
	var author any
	if st.Creator != "" {
		author = object{"username": st.Creator}
	}
	return object{"id": st.id, "status": state, "name": st.Context, "description": st.Description, "target_url": st.URL, "author": author, "created_at": st.Created, "sha": st.commit}
}

// gitlabSetStatus: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status. One of the same author that is pending is changed, and goes on from there.
func (s *Server) gitlabSetStatus(w http.ResponseWriter, r *http.Request) {
	var in struct {
		State       string `json:"state"`
		Name        string `json:"name"`
		TargetURL   string `json:"target_url"`
		Description string `json:"description"`
	}
	states := map[string]pulls.State{"pending": pulls.StatePending, "running": pulls.StatePending, "success": pulls.StateSuccess, "failed": pulls.StateFailure, "canceled": pulls.StateError}
	sha := r.PathValue("sha")
	err := decode(r, &in)
	state, known := states[in.State]
	switch {
	case err != nil:
		answerJSON(w, http.StatusBadRequest, object{"error": err.Error()})
		return
	case !isCommit(sha) || !s.commits[sha]:
		gitlabError(w, http.StatusNotFound, "404 Commit Not Found")
		return
	case !known:
		answerJSON(w, http.StatusBadRequest, object{"error": "state does not have a valid value"})
		return
	case utf8.RuneCountInString(in.Description) > 255:
		gitlabError(w, http.StatusBadRequest, object{"description": []string{"is too long (maximum is 255 characters)"}})
		return
	}
	set := pulls.Status{Context: in.Name, State: state, Description: in.Description, URL: in.TargetURL, Creator: s.opts.Login}
	for i, st := range slices.Backward(s.statuses) {
		if st.commit != sha || st.Context != in.Name || st.Creator != s.opts.Login {
			continue
		}
		if st.State != pulls.StatePending {
			break
		}
		if in.State == "pending" {
			gitlabError(w, http.StatusBadRequest, `Cannot transition status via :enqueue from :pending (Reason(s): Status cannot transition via "enqueue")`)
			return
		}
		set.Created = st.Created
		s.statuses[i].Status = set
		answerJSON(w, http.StatusCreated, gitlabStatus(s.statuses[i]))
		return
	}
	answerJSON(w, http.StatusCreated, gitlabStatus(s.status(sha, set)))
}

func (s *Server) gitlabLabelEvents(w http.ResponseWriter, r *http.Request) {
	p := s.gitlabOf(w, r)
	if p == nil {
		return
	}
	gitlabList(s, w, r, p.events, func(e event) any {
		action := "add"
		if !e.added {
			action = "remove"
		}
		return object{"id": e.id, "action": action, "user": object{"username": e.by}, "label": object{"id": 1, "name": e.label}, "created_at": e.at}
	})
}
