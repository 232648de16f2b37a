package scalingo

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

// refusal is an answer with an error status that the API itself made. It wraps its kind, if its status alone says it, and the [*rest.Error].
type refusal struct {
	answer *rest.Error
	kind   error // nil if there is none
	// resource is what a 404 is about: "app", "domain".
	resource string
	words    string
}

// Error returns the kind, what was asked, and what the API said.
func (r *refusal) Error() string {
	if r.kind == nil {
		return r.said()
	}
	return r.kind.Error() + ": " + r.said()
}

// said returns what was asked, and what the API said.
func (r *refusal) said() string {
	return fmt.Sprintf("%s %s: %d %s: it says %q", r.answer.Method, r.answer.URL, r.answer.Status, http.StatusText(r.answer.Status), r.words)
}

// Unwrap returns the kind and the answer.
func (r *refusal) Unwrap() []error {
	if r.kind == nil {
		return []error{r.answer}
	}
	return []error{r.kind, r.answer}
}

// apiError gives an error of a request its kind, and takes the secret out of it that was sent. What is not from the API itself, such as a page of a proxy, stays
// as it is. https://developers.scalingo.com/#errors has the statuses: what 404 means depends on what was asked, and 429, which is a [*providers.BusyError]
// already, is plain text, and not read.
func apiError(err error, secret string) error {
	if err == nil {
		return nil
	}
	hidden := piecesOf(secret)
	e, answered := errors.AsType[*rest.Error](err)
	if _, busy := errors.AsType[*providers.BusyError](err); !answered || busy {
		return hidden.from(err)
	}
	body, own := parseRefusal(e)
	err = hidden.from(err) // the body is read before it may go
	if !own {
		return err
	}
	r := &refusal{answer: e, resource: body.Resource, words: body.words()}
	if hidden.in(r.words) {
		r.words = notShown
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		r.kind = providers.ErrInvalid
	case http.StatusUnauthorized, http.StatusForbidden:
		r.kind = providers.ErrAuth
	case http.StatusConflict:
		r.kind = providers.ErrConflict
	case http.StatusPaymentRequired:
		return &providers.StateError{State: "payment_required", Needs: "settle with Scalingo what the account lacks: " + r.said(), Kind: providers.ErrBlocked}
	}
	return r
}

// refusalBody is the body of an answer that refuses something. The status says which of the fields there are.
type refusalBody struct {
	Error    string                     `json:"error"`
	Code     string                     `json:"code"`
	URL      string                     `json:"url"`
	Resource string                     `json:"resource"`
	Errors   map[string]json.RawMessage `json:"errors"` // lists of texts, by field
}

// parseRefusal reads the body of an error, and reports whether it is one of the API. The one of a 422 says what is wrong with at least one field.
func parseRefusal(e *rest.Error) (refusalBody, bool) {
	var body refusalBody
	kind, _, err := mime.ParseMediaType(e.ContentType)
	if err != nil || kind != "application/json" || json.Unmarshal([]byte(e.Body), &body) != nil {
		return body, false
	}
	if e.Status == http.StatusUnprocessableEntity {
		return body, len(body.Errors) > 0
	}
	return body, body.Error != ""
}

// words returns what the API says.
func (b refusalBody) words() string {
	var all []string
	for _, text := range []string{b.Error, b.Code, b.Resource, b.URL} {
		if text != "" {
			all = append(all, text)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(b.Errors)) {
		var problems []string
		if json.Unmarshal(b.Errors[field], &problems) != nil {
			problems = []string{string(b.Errors[field])}
		}
		all = append(all, field+": "+strings.Join(problems, ", "))
	}
	return rest.Shorten(strings.Join(all, "; "), rest.ShownHead)
}

// missing reports whether err says that there is no such "app" or "domain".
func missing(err error, resource string) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && r.answer.Status == http.StatusNotFound && r.resource == resource
}

// noApp gives the error of a request about an application that the API does not show its kind. Nobody takes its names for gone: the token may only have lost the
// right to see it.
func noApp(app string, err error) error {
	if !missing(err, "app") {
		return err
	}
	return fmt.Errorf("%w: there is no application %q in this region, or the account of the API token may not see it: %w", providers.ErrInvalid, app, err)
}
