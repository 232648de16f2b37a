package pulls

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// askSelf asks who the token acts as. https://docs.github.com/en/graphql/reference/queries#viewer takes the tokens of apps, and
// https://docs.github.com/en/rest/users/users#get-the-authenticated-user most others. Whose token may ask neither is taken for a workflow's.
func (g *github) askSelf(ctx context.Context) (string, error) {
	var viewer struct {
		Viewer hubUser `json:"viewer"`
	}
	what := "login of the token"
	err := g.query(ctx, what, "query { viewer { login } }", nil, &viewer)
	if err == nil && viewer.Viewer.Login != "" {
		return checkLogin(what, viewer.Viewer.Login)
	}
	if errors.Is(err, ErrBusy) || errors.Is(err, ErrToken) || ctx.Err() != nil {
		return "", err
	}
	return g.user(ctx, what)
}

func (g *github) user(ctx context.Context, what string) (string, error) {
	var user hubUser
	_, err := g.ask(ctx, call{what: what, method: http.MethodGet, path: []string{"user"}}, &user)
	switch {
	case errors.Is(err, ErrForbidden):
		return actionsLogin, nil
	case err != nil:
		return "", err
	}
	return checkLogin(what, user.Login)
}

func checkLogin(what, login string) (string, error) {
	c := &checker{what: what}
	return c.needed("login", login), c.err()
}

// Outdate implements [Host]: https://docs.github.com/en/graphql/reference/mutations#minimizecomment, which REST does not have. The comment is edited as well, so that it
// is not taken for one that counts when it is seen again.
func (g *github) Outdate(ctx context.Context, number int64, c Comment, body string) error {
	edited, err := g.EditComment(ctx, number, c, body)
	if err != nil {
		return err
	}
	if edited.node == "" {
		return nil
	}
	err = g.query(ctx, fmt.Sprintf("hide comment %d of pull request %d", c.ID, number),
		"mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { minimizedComment { isMinimized } } }",
		map[string]string{"id": edited.node}, nil)
	if ctx.Err() != nil {
		return err
	}
	return nil // it says that it is outdated already, and a token may not be allowed to hide it
}

// query asks GraphQL. Everything that is asked for here is the same if it is asked for twice.
func (g *github) query(ctx context.Context, what, query string, variables map[string]string, out any) error {
	in := map[string]any{"query": query}
	if variables != nil {
		in["variables"] = variables
	}
	var said struct {
		Data   json.RawMessage `json:"data"`
		Errors []struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	got, err := g.ask(ctx, call{what: what, method: http.MethodPost, at: g.graphql, in: in, same: true}, &said)
	if err != nil {
		return err
	}
	if len(said.Errors) > 0 {
		failed := &Error{What: what, Status: got.status, kind: ErrInvalid}
		// https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#exceeding-the-rate-limit
		switch said.Errors[0].Type {
		case "FORBIDDEN", "INSUFFICIENT_SCOPES":
			failed.kind = ErrForbidden
		case "NOT_FOUND":
			failed.kind = ErrNotFound
		case "RATE_LIMITED", "RATE_LIMIT":
			failed.kind = ErrBusy
		}
		for _, e := range said.Errors[:min(len(said.Errors), maxMessages)] {
			failed.Messages = append(failed.Messages, got.shown(e.Message))
		}
		return failed
	}
	if out == nil {
		return nil
	}
	return answer{status: got.status, body: said.Data, shown: got.shown}.into(what, out)
}
