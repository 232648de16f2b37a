package pullstest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
)

// object is a JSON object.
type object = map[string]any

// githubError is what GitHub answers with no.
func githubError(w http.ResponseWriter, status int, message string, errors ...object) {
	answer := object{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)}
	if len(errors) > 0 {
		answer["errors"] = errors
	}
	answerJSON(w, status, answer)
}

// github returns GitHub's API.
func (s *Server) github() http.Handler {
	mux := http.NewServeMux()
	repo := "/repos/" + s.opts.Repository
	route := func(pattern string, do http.HandlerFunc, query ...string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if unknown := unknownQuery(r, query...); len(unknown) > 0 {
				githubError(w, http.StatusBadRequest, fmt.Sprintf("unknown parameters: %q", unknown))
				return
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			do(w, r)
		})
	}
	route("GET /user", func(w http.ResponseWriter, _ *http.Request) {
		if s.opts.Workflow {
			githubError(w, http.StatusForbidden, "Resource not accessible by integration")
			return
		}
		answerJSON(w, http.StatusOK, object{"login": s.opts.Login, "id": 1})
	})
	route("POST /graphql", s.githubGraphQL)
	route("GET "+repo+"/pulls/{number}", s.githubPull)
	route("GET "+repo+"/pulls", s.githubPulls, "page", "per_page", "state", "sort", "direction")
	route("GET "+repo+"/commits/{sha}/pulls", s.githubPullsOf, "page", "per_page")
	route("GET "+repo+"/commits/{sha}/statuses", s.githubStatuses, "page", "per_page")
	route("POST "+repo+"/statuses/{sha}", s.githubSetStatus)
	route("GET "+repo+"/issues/{number}/comments", s.githubComments, "page", "per_page", "since")
	route("POST "+repo+"/issues/{number}/comments", s.githubCreateComment)
	route("PATCH "+repo+"/issues/comments/{id}", s.githubEditComment)
	route("GET "+repo+"/issues/{number}/events", s.githubEvents, "page", "per_page")
	route("GET "+repo+"/collaborators/{login}/permission", s.githubPermission)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { githubError(w, http.StatusNotFound, "Not Found") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("User-Agent") == "" || r.Header.Get("User-Agent") == "Go-http-client/1.1":
			githubError(w, http.StatusForbidden, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header")
		case r.Header.Get("Authorization") != "Bearer "+s.opts.Token:
			githubError(w, http.StatusUnauthorized, "Bad credentials")
		case r.Header.Get("Accept") != "application/vnd.github+json":
			githubError(w, http.StatusUnsupportedMediaType, "Unsupported 'Accept' header. Must accept 'application/json'.")
		case r.Header.Get("X-GitHub-Api-Version") != "2022-11-28":
			githubError(w, http.StatusBadRequest, "This API version is not supported")
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

func hubUser(login string) any {
	if login == "" {
		return nil
	}
	return object{"login": login}
}

func (s *Server) githubPull(w http.ResponseWriter, r *http.Request) {
	p := s.pull(number(r, "number"))
	if p == nil {
		githubError(w, http.StatusNotFound, "Not Found")
		return
	}
	answerJSON(w, http.StatusOK, s.hubPull(p))
}

func (s *Server) githubPulls(w http.ResponseWriter, r *http.Request) {
	if state := r.URL.Query().Get("state"); state != "open" && state != "" {
		githubError(w, http.StatusUnprocessableEntity, "only open ones are known here")
		return
	}
	githubList(s, w, r, s.open(), func(p *pull) any { return s.hubPull(p) })
}

// hubPull is a pull request as GitHub and Gitea have it.
func (s *Server) hubPull(p *pull) any {
	end := func(b pulls.Branch) object {
		e := object{"ref": b.Name, "sha": b.Commit, "label": b.Repository + ":" + b.Name, "repo": nil}
		if b.Repository != "" && b.Repository != gone {
			e["repo"] = object{"full_name": b.Repository}
		}
		return e
	}
	out := object{
		"id": p.Number + 1000, "number": p.Number, "title": p.Title, "user": hubUser(p.Author), "state": "open", "merged_at": nil,
		"merge_commit_sha": p.MergeCommit, "html_url": fmt.Sprintf("https://forge.example/%s/pulls/%d", s.opts.Repository, p.Number),
		"base": end(p.Base), "head": end(p.Head), "labels": shape(p.labels, func(l string) any { return object{"id": 1, "name": l, "color": "ededed"} }),
	}
	switch {
	case p.MergeCommit != "":
	case s.kind == forge.GitHub && p.State == pulls.Opened: // a merge that GitHub tries
		out["merge_commit_sha"] = strings.Repeat("e", 40)
	default:
		out["merge_commit_sha"] = nil
	}
	switch p.State {
	case pulls.Opened:
	case pulls.Merged:
		out["state"], out["merged_at"] = "closed", s.time()
	case pulls.Closed:
		out["state"] = "closed"
	}
	return out
}

// gone stands for a repository that is not there any more, in [Server.AddPull].
const gone = "gone"

func (s *Server) githubPullsOf(w http.ResponseWriter, r *http.Request) {
	sha := r.PathValue("sha")
	if !s.commits[sha] {
		githubError(w, http.StatusUnprocessableEntity, "No commit found for SHA: "+sha)
		return
	}
	// A commit of a fork is none of the repository's until it is merged.
	found := slices.DeleteFunc(s.of(sha), func(p *pull) bool { return p.State == pulls.Opened && p.Fork() })
	githubList(s, w, r, found, func(p *pull) any { return s.hubPull(p) })
}

func githubList[T any](s *Server, w http.ResponseWriter, r *http.Request, all []T, convert func(T) any) {
	p := s.pageOf(r, "per_page", 30, 100)
	part, pages := cut(all, p)
	link(w, url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: r.URL.RawQuery}, p, pages)
	answerJSON(w, http.StatusOK, shape(part, convert))
}

func (s *Server) githubStatuses(w http.ResponseWriter, r *http.Request) {
	sha := r.PathValue("sha")
	if !s.commits[sha] {
		githubError(w, http.StatusUnprocessableEntity, "No commit found for SHA: "+sha)
		return
	}
	githubList(s, w, r, s.newestFirst(sha), githubStatus)
}

func githubStatus(st status) any {
	return object{
		"id": st.id, "state": st.State, "context": st.Context, "description": st.Description, "target_url": st.URL, "creator": hubUser(st.Creator),
		"created_at": st.Created, "updated_at": st.Created,
	}
}

// githubSetStatus: https://docs.github.com/en/rest/commits/statuses#create-a-commit-status
func (s *Server) githubSetStatus(w http.ResponseWriter, r *http.Request) {
	var in struct {
		State       string `json:"state"`
		TargetURL   string `json:"target_url"`
		Description string `json:"description"`
		Context     string `json:"context"`
	}
	sha := r.PathValue("sha")
	if err := decode(r, &in); err != nil {
		githubError(w, http.StatusBadRequest, "Problems parsing JSON: "+err.Error())
		return
	}
	invalid := func(field, message string) {
		githubError(w, http.StatusUnprocessableEntity, "Validation Failed", object{"resource": "Status", "code": "custom", "field": field, "message": message})
	}
	target, err := url.Parse(in.TargetURL)
	switch {
	case !isCommit(sha) || !s.commits[sha]:
		githubError(w, http.StatusUnprocessableEntity, "No commit found for SHA: "+sha)
	case in.State != "pending" && in.State != "success" && in.State != "failure" && in.State != "error":
		invalid("state", "state is not included in the list")
	case utf8.RuneCountInString(in.Description) > 140:
		invalid("description", "description is too long (maximum is 140 characters)")
	case in.TargetURL != "" && (err != nil || target.Scheme != "https" && target.Scheme != "http"):
		invalid("target_url", "target_url must use http(s) scheme")
	case in.Context == "":
		invalid("context", "context is missing")
	default:
		added := s.status(sha, pulls.Status{Context: in.Context, State: pulls.State(in.State), Description: in.Description, URL: in.TargetURL, Creator: s.opts.Login})
		answerJSON(w, http.StatusCreated, githubStatus(added))
	}
}

func (s *Server) githubEvents(w http.ResponseWriter, r *http.Request) {
	p := s.pull(number(r, "number"))
	if p == nil {
		githubError(w, http.StatusNotFound, "Not Found")
		return
	}
	githubList(s, w, r, p.events, func(e event) any {
		name := "labeled"
		if !e.added {
			name = "unlabeled"
		}
		return object{"id": e.id, "event": name, "actor": hubUser(e.by), "label": object{"name": e.label, "color": "ededed"}, "created_at": e.at}
	})
}

func (s *Server) githubPermission(w http.ResponseWriter, r *http.Request) {
	access, known := s.access[r.PathValue("login")]
	if !known {
		githubError(w, http.StatusNotFound, r.PathValue("login")+" is not a user")
		return
	}
	answerJSON(w, http.StatusOK, object{"permission": hubPermission(access), "user": object{"login": r.PathValue("login")}})
}

func hubPermission(access pulls.Access) string {
	switch access {
	case pulls.AccessNone:
		return "none"
	case pulls.AccessRead:
		return "read"
	case pulls.AccessWrite:
		return "write"
	case pulls.AccessAdmin:
	}
	return "admin"
}
