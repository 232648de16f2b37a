package pullstest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// maxGitHubBody is the most characters of a comment.
const maxGitHubBody = 65536

func (s *Server) githubComments(w http.ResponseWriter, r *http.Request) {
	p := s.pull(number(r, "number"))
	if p == nil {
		githubError(w, http.StatusNotFound, "Not Found")
		return
	}
	githubList(s, w, r, present(p), func(c *comment) any { return s.githubComment(p, c) })
}

// present returns the comments that are there.
func present(p *pull) []*comment {
	var all []*comment
	for _, c := range p.comments {
		if !c.gone {
			all = append(all, c)
		}
	}
	return all
}

func (s *Server) githubComment(p *pull, c *comment) any {
	return object{
		"id": c.ID, "node_id": nodeID(c.ID), "body": c.Body, "user": hubUser(c.Author), "created_at": c.created, "updated_at": c.created,
		"html_url": fmt.Sprintf("https://forge.example/%s/pull/%d#issuecomment-%d", s.opts.Repository, p.Number, c.ID),
	}
}

func nodeID(id int64) string {
	return "IC_" + base64.RawURLEncoding.EncodeToString(fmt.Append(nil, id))
}

// githubBody reads a comment, and answers if it is none.
func githubBody(w http.ResponseWriter, r *http.Request) (string, bool) {
	var in struct {
		Body string `json:"body"`
	}
	invalid := func(message string) (string, bool) {
		githubError(w, http.StatusUnprocessableEntity, "Validation Failed",
			object{"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": message})
		return "", false
	}
	switch err := decode(r, &in); {
	case err != nil:
		githubError(w, http.StatusBadRequest, "Problems parsing JSON: "+err.Error())
		return "", false
	case strings.TrimSpace(in.Body) == "":
		return invalid("Body cannot be blank")
	case utf8.RuneCountInString(in.Body) > maxGitHubBody:
		return invalid("Body is too long (maximum is 65536 characters)")
	}
	return in.Body, true
}

func (s *Server) githubCreateComment(w http.ResponseWriter, r *http.Request) {
	p := s.pull(number(r, "number"))
	if p == nil {
		githubError(w, http.StatusNotFound, "Not Found")
		return
	}
	if body, ok := githubBody(w, r); ok {
		answerJSON(w, http.StatusCreated, s.githubComment(p, s.comment(p, s.opts.Login, body)))
	}
}

func (s *Server) githubEditComment(w http.ResponseWriter, r *http.Request) {
	p, c := s.find(number(r, "id"))
	switch {
	case c == nil:
		githubError(w, http.StatusNotFound, "Not Found")
		return
	case c.Author != s.opts.Login:
		githubError(w, http.StatusForbidden, "Resource not accessible by integration")
		return
	}
	if body, ok := githubBody(w, r); ok {
		c.Body = body
		answerJSON(w, http.StatusOK, s.githubComment(p, c))
	}
}

// githubGraphQL knows the viewer, and how a comment is minimised: https://docs.github.com/en/graphql/reference/mutations#minimizecomment
func (s *Server) githubGraphQL(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Query     string            `json:"query"`
		Variables map[string]string `json:"variables"`
	}
	refuse := func(kind, message string) {
		answerJSON(w, http.StatusOK, object{"data": nil, "errors": []object{{"type": kind, "message": message}}})
	}
	if err := decode(r, &in); err != nil {
		githubError(w, http.StatusBadRequest, "Problems parsing JSON: "+err.Error())
		return
	}
	switch strings.Join(strings.Fields(in.Query), " ") {
	case "query { viewer { login } }":
		answerJSON(w, http.StatusOK, object{"data": object{"viewer": object{"login": s.opts.Login}}})
	case "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { minimizedComment { isMinimized } } }":
		for _, p := range s.pulls {
			for _, c := range present(p) {
				if nodeID(c.ID) == in.Variables["id"] {
					c.Outdated = true
					answerJSON(w, http.StatusOK, object{"data": json.RawMessage(`{"minimizeComment": {"minimizedComment": {"isMinimized": true}}}`)})
					return
				}
			}
		}
		refuse("NOT_FOUND", "Could not resolve to a node with the global id of '"+in.Variables["id"]+"'")
	default:
		answerJSON(w, http.StatusOK, object{"errors": []object{{"message": "this query is not known here"}}})
	}
}
