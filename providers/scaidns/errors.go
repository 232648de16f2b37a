package scaidns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

// refusal is an answer with an error status, in ScaiDNS's words. It wraps its kind, if its status alone says it, and the [*rest.Error].
type refusal struct {
	answer *rest.Error
	kind   error // nil if there is none
	words  string
}

// Error returns the kind, what was asked, and what ScaiDNS said.
func (r *refusal) Error() string {
	text := fmt.Sprintf("%s %s: %d %s: it says %q", r.answer.Method, r.answer.URL, r.answer.Status, http.StatusText(r.answer.Status), r.words)
	if r.kind == nil {
		return text
	}
	return r.kind.Error() + ": " + text
}

// Unwrap returns the kind and the answer.
func (r *refusal) Unwrap() []error {
	if r.kind == nil {
		return []error{r.answer}
	}
	return []error{r.kind, r.answer}
}

// withWords returns an error of a request with the words and the kind of its answer. Only answers that ScaiDNS itself made have a kind: a page of a
// proxy says nothing about what was asked. What 404, 409 and 413 mean depends on that.
func withWords(err error) error {
	e, ok := errors.AsType[*rest.Error](err)
	if _, busy := errors.AsType[*providers.BusyError](err); !ok || busy {
		return err
	}
	words := wordsOf(e.Body)
	if words == "" {
		return err
	}
	r := &refusal{answer: e, words: words}
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		r.kind = providers.ErrInvalid
	case http.StatusUnauthorized, http.StatusForbidden:
		r.kind = providers.ErrAuth
	}
	return r
}

// refusedWith reports whether err is an answer of ScaiDNS itself with one of some statuses.
func refusedWith(err error, statuses ...int) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && slices.Contains(statuses, r.answer.Status)
}

// refused reports whether err is an answer by which ScaiDNS says that it did nothing of what was asked.
func refused(err error) bool {
	r, ok := errors.AsType[*refusal](err)
	_, busy := errors.AsType[*providers.BusyError](err)
	return busy || ok && r.answer.Status/100 == 4
}

// zoneError gives an error of a request about a zone its kind.
func zoneError(err error) error {
	if refusedWith(err, http.StatusNotFound) {
		return fmt.Errorf("%w: it is gone, or belongs to another tenant than the key: %w", providers.ErrNoZone, err)
	}
	return err
}

// wordsOf returns what an error says: the detail of its body, which is a text, a message about a field, or a list of what is wrong with the request
// (https://www.scailabs.ai/en/docs/scaidns/concepts/errors). It is empty if the body has none.
func wordsOf(body string) string {
	var answer struct {
		Detail json.RawMessage `json:"detail"`
	}
	if json.Unmarshal([]byte(body), &answer) != nil {
		return ""
	}
	var text string
	if json.Unmarshal(answer.Detail, &text) == nil {
		return text
	}
	var message struct {
		Message   string   `json:"message"`
		Field     string   `json:"field"`
		Conflicts []string `json:"conflicts"`
	}
	if json.Unmarshal(answer.Detail, &message) == nil {
		return strings.Join(slices.DeleteFunc([]string{message.Field, message.Message, strings.Join(message.Conflicts, " ")}, isEmpty), ": ")
	}
	var problems []struct {
		At      []any  `json:"loc"`
		Message string `json:"msg"`
	}
	if json.Unmarshal(answer.Detail, &problems) != nil {
		return ""
	}
	all := make([]string, len(problems))
	for i, p := range problems {
		at := make([]string, len(p.At))
		for j, part := range p.At {
			at[j] = fmt.Sprint(part)
		}
		all[i] = strings.Join(at, ".") + ": " + p.Message
	}
	return strings.Join(all, "; ")
}

func isEmpty(s string) bool { return s == "" }

// partial is the error for a call of which some is done. It is of no other kind than that.
func partial(ctx context.Context, done string, err error) error {
	err = fmt.Errorf("%w: %s, and then: %s", providers.ErrPartial, done, err.Error())
	if ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	return err
}
