package pullstest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
)

// giteaError is what Gitea answers with no.
func giteaError(w http.ResponseWriter, status int, message string) {
	answerJSON(w, status, object{"message": message, "url": "https://gitea.example/api/swagger"})
}

// gitea returns Gitea's API.
func (s *Server) gitea() http.Handler {
	mux := http.NewServeMux()
	repo := "/api/v1/repos/" + s.opts.Repository
	route := func(pattern string, do http.HandlerFunc, query ...string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if unknown := unknownQuery(r, query...); len(unknown) > 0 {
				giteaError(w, http.StatusBadRequest, fmt.Sprintf("unknown parameters: %q", unknown))
				return
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			do(w, r)
		})
	}
	route("GET /api/v1/user", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, http.StatusOK, object{"login": s.opts.Login, "id": 1})
	})
	route("GET "+repo+"/pulls/{number}", s.giteaPull)
	route("GET "+repo+"/pulls", s.giteaPulls, "page", "limit", "state", "sort")
	route("GET "+repo+"/commits/{sha}/pull", s.giteaPullOf)
	route("GET "+repo+"/statuses/{sha}", s.giteaStatuses, "page", "limit", "sort", "state")
	route("POST "+repo+"/statuses/{sha}", s.giteaSetStatus)
	route("GET "+repo+"/issues/{number}/comments", s.giteaComments, "since", "before", "page", "limit")
	route("POST "+repo+"/issues/{number}/comments", s.giteaCreateComment)
	route("PATCH "+repo+"/issues/comments/{id}", s.giteaEditComment)
	route("GET "+repo+"/issues/{number}/timeline", s.giteaTimeline, "page", "limit", "since", "before")
	route("GET "+repo+"/collaborators/{login}/permission", s.giteaPermission)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { giteaError(w, http.StatusNotFound, "404 Not Found") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "token "+s.opts.Token && r.Header.Get("Authorization") != "Bearer "+s.opts.Token:
			giteaError(w, http.StatusUnauthorized, "invalid username, password or token")
		case r.Header.Get("Accept") != "application/json":
			giteaError(w, http.StatusNotAcceptable, "this is JSON")
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

func (s *Server) giteaPull(w http.ResponseWriter, r *http.Request) {
	p := s.pull(number(r, "number"))
	if p == nil {
		giteaError(w, http.StatusNotFound, "The target couldn't be found.")
		return
	}
	answerJSON(w, http.StatusOK, s.hubPull(p))
}

func (s *Server) giteaPulls(w http.ResponseWriter, r *http.Request) {
	if state := r.URL.Query().Get("state"); state != "open" && state != "" {
		giteaError(w, http.StatusUnprocessableEntity, "only open ones are known here")
		return
	}
	giteaList(s, w, r, s.open(), func(p *pull) any { return s.hubPull(p) })
}

// giteaList has a header Link with addresses below the ROOT_URL that the server is set to, whatever it was asked as.
func giteaList[T any](s *Server, w http.ResponseWriter, r *http.Request, all []T, convert func(T) any) {
	p := s.pageOf(r, "limit", 30, 50)
	part, pages := cut(all, p)
	link(w, url.URL{Scheme: "https", Host: "gitea.example", Path: r.URL.Path, RawQuery: r.URL.RawQuery}, p, pages)
	answerJSON(w, http.StatusOK, shape(part, convert))
}

// giteaPullOf has the pull request that was merged as a commit, and no other.
func (s *Server) giteaPullOf(w http.ResponseWriter, r *http.Request) {
	for _, p := range s.of(r.PathValue("sha")) {
		if p.State == pulls.Merged {
			answerJSON(w, http.StatusOK, s.hubPull(p))
			return
		}
	}
	giteaError(w, http.StatusNotFound, "pull request does not exist")
}

func (s *Server) giteaStatuses(w http.ResponseWriter, r *http.Request) {
	giteaList(s, w, r, s.newestFirst(r.PathValue("sha")), giteaStatus)
}

func giteaStatus(st status) any {
	return object{
		"id": st.id, "status": st.State, "context": st.Context, "description": st.Description, "target_url": st.URL, "creator": hubUser(st.Creator),
		"created_at": st.Created, "updated_at": st.Created,
	}
}

func (s *Server) giteaSetStatus(w http.ResponseWriter, r *http.Request) {
	var in struct {
		State       string `json:"state"`
		TargetURL   string `json:"target_url"`
		Description string `json:"description"`
		Context     string `json:"context"`
	}
	sha := r.PathValue("sha")
	switch err := decode(r, &in); {
	case err != nil:
		giteaError(w, http.StatusUnprocessableEntity, err.Error())
	case !isCommit(sha) || !s.commits[sha]:
		giteaError(w, http.StatusNotFound, "object does not exist [id: "+sha+"]")
	case in.State != "pending" && in.State != "success" && in.State != "failure" && in.State != "error" && in.State != "warning":
		giteaError(w, http.StatusUnprocessableEntity, "invalid state")
	default:
		added := s.status(sha, pulls.Status{Context: in.Context, State: pulls.State(in.State), Description: in.Description, URL: in.TargetURL, Creator: s.opts.Login})
		answerJSON(w, http.StatusCreated, giteaStatus(added))
	}
}

func (s *Server) giteaComment(p *pull, c *comment) any {
	return object{
		"id": c.ID, "body": c.Body, "user": hubUser(c.Author), "created_at": c.created, "updated_at": c.created,
		"html_url": fmt.Sprintf("https://gitea.example/%s/pulls/%d#issuecomment-%d", s.opts.Repository, p.Number, c.ID),
	}
}

// giteaComments has all comments at once, and passes over the number of a page.
func (s *Server) giteaComments(w http.ResponseWriter, r *http.Request) {
	p := s.pull(number(r, "number"))
	if p == nil {
		giteaError(w, http.StatusNotFound, "The target couldn't be found.")
		return
	}
	answerJSON(w, http.StatusOK, shape(present(p), func(c *comment) any { return s.giteaComment(p, c) }))
}

// giteaBody reads a comment, and answers if it is none.
func giteaBody(w http.ResponseWriter, r *http.Request) (string, bool) {
	var in struct {
		Body string `json:"body"`
	}
	if err := decode(r, &in); err != nil || strings.TrimSpace(in.Body) == "" {
		giteaError(w, http.StatusUnprocessableEntity, "[Body]: Required")
		return "", false
	}
	return in.Body, true
}

func (s *Server) giteaCreateComment(w http.ResponseWriter, r *http.Request) {
	p := s.pull(number(r, "number"))
	if p == nil {
		giteaError(w, http.StatusNotFound, "The target couldn't be found.")
		return
	}
	if body, ok := giteaBody(w, r); ok {
		answerJSON(w, http.StatusCreated, s.giteaComment(p, s.comment(p, s.opts.Login, body)))
	}
}

func (s *Server) giteaEditComment(w http.ResponseWriter, r *http.Request) {
	p, c := s.find(number(r, "id"))
	switch {
	case c == nil:
		giteaError(w, http.StatusNotFound, "The target couldn't be found.")
		return
	case c.Author != s.opts.Login:
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if body, ok := giteaBody(w, r); ok {
		c.Body = body
		answerJSON(w, http.StatusOK, s.giteaComment(p, c))
	}
}

// giteaTimeline has pages, also if none is asked for. They have no header Link, and are not full: some entries are left out after they were cut.
func (s *Server) giteaTimeline(w http.ResponseWriter, r *http.Request) {
	p := s.pull(number(r, "number"))
	if p == nil {
		giteaError(w, http.StatusNotFound, "The target couldn't be found.")
		return
	}
	all := []any{nil, object{"id": 1, "type": "comment", "body": "1", "user": hubUser("ann"), "label": nil, "created_at": s.time()}}
	for _, e := range p.events {
		body := ""
		if e.added {
			body = "1"
		}
		all = append(all, object{"id": e.id, "type": "label", "body": body, "user": hubUser(e.by), "label": object{"id": 1, "name": e.label}, "created_at": e.at})
	}
	part, _ := cut(all, s.pageOf(r, "limit", 30, 50))
	shown := []any{}
	for _, entry := range part {
		if entry != nil {
			shown = append(shown, entry)
		}
	}
	answerJSON(w, http.StatusOK, shown)
}

func (s *Server) giteaPermission(w http.ResponseWriter, r *http.Request) {
	login := r.PathValue("login")
	access, known := s.access[login]
	switch {
	case s.access[s.opts.Login] < pulls.AccessAdmin && login != s.opts.Login:
		giteaError(w, http.StatusForbidden, "Only admins can query all permissions, repo admins can query all repo permissions, collaborators can query only their own")
	case !known:
		giteaError(w, http.StatusNotFound, "user does not exist [uid: 0, name: "+login+"]")
	default:
		answerJSON(w, http.StatusOK, object{"permission": hubPermission(access), "role_name": hubPermission(access), "user": object{"login": login}})
	}
}
