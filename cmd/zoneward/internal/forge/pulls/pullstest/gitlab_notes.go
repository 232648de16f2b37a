package pullstest

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxGitLabBody is the most characters of a note.
const maxGitLabBody = 1_000_000

func gitlabNote(c *comment) any {
	return object{"id": c.ID, "body": c.Body, "author": object{"username": c.Author}, "system": c.System, "created_at": c.created, "updated_at": c.created, "noteable_type": "MergeRequest"}
}

// gitlabNotes has the newest first, unless it is asked for otherwise, and a note of GitLab's own among them.
func (s *Server) gitlabNotes(w http.ResponseWriter, r *http.Request) {
	p := s.gitlabOf(w, r)
	if p == nil {
		return
	}
	all := append([]*comment{{Comment: Comment{ID: p.Number + 1_000_000, Author: p.Author, Body: "assigned to @" + p.Author, System: true}}}, present(p)...)
	if r.URL.Query().Get("sort") != "asc" {
		slices.Reverse(all)
	}
	gitlabList(s, w, r, all, gitlabNote)
}

// gitlabBody reads a note, and answers if it is none.
func gitlabBody(w http.ResponseWriter, r *http.Request) (string, bool) {
	var in struct {
		Body string `json:"body"`
	}
	switch err := decode(r, &in); {
	case err != nil:
		answerJSON(w, http.StatusBadRequest, object{"error": err.Error()})
	case strings.TrimSpace(in.Body) == "":
		gitlabError(w, http.StatusBadRequest, object{"note": []string{"can't be blank"}})
	case utf8.RuneCountInString(in.Body) > maxGitLabBody:
		gitlabError(w, http.StatusBadRequest, object{"note": []string{"is too long (maximum is 1000000 characters)"}})
	default:
		return in.Body, true
	}
	return "", false
}

func (s *Server) gitlabCreateNote(w http.ResponseWriter, r *http.Request) {
	p := s.gitlabOf(w, r)
	if p == nil {
		return
	}
	if body, ok := gitlabBody(w, r); ok {
		answerJSON(w, http.StatusCreated, gitlabNote(s.comment(p, s.opts.Login, body)))
	}
}

func (s *Server) gitlabEditNote(w http.ResponseWriter, r *http.Request) {
	p, c := s.find(number(r, "id"))
	switch {
	case c == nil || p.Number != number(r, "number"):
		gitlabError(w, http.StatusNotFound, "404 Not found")
		return
	case c.Author != s.opts.Login:
		gitlabError(w, http.StatusForbidden, "403 Forbidden")
		return
	}
	if body, ok := gitlabBody(w, r); ok {
		c.Body = body
		answerJSON(w, http.StatusOK, gitlabNote(c))
	}
}
