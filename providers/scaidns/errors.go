package scaidns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

// refusal is an answer with an error status that ScaiDNS itself made. It wraps its kind, if its status alone says it, and the [*rest.Error].
type refusal struct {
	answer *rest.Error
	kind   error  // nil if there is none
	words  string // empty if they could not be made out
}

// Error returns the kind, what was asked, and what ScaiDNS said.
func (r *refusal) Error() string {
	text := r.answer.Error()
	if r.words != "" {
		text = fmt.Sprintf("%s %s: %d %s: it says %q", r.answer.Method, r.answer.URL, r.answer.Status, http.StatusText(r.answer.Status), r.words)
	}
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
// proxy says nothing about what was asked. What 404, 409 and 413 mean depends on that. The kind does not depend on the words.
func (c *client) withWords(err error) error {
	e, ok := errors.AsType[*rest.Error](err)
	if _, busy := errors.AsType[*providers.BusyError](err); !ok || busy || !own(e) {
		return err
	}
	r := &refusal{answer: e, words: c.shown(wordsOf(e.Body))}
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		r.kind = providers.ErrInvalid
	case http.StatusUnauthorized, http.StatusForbidden:
		r.kind = providers.ErrAuth
	}
	return r
}

// own reports whether ScaiDNS itself made an answer with an error status: a JSON object that has a detail (https://www.scailabs.ai/en/docs/scaidns/concepts/errors),
// of which only the start may be known.
func own(e *rest.Error) bool {
	if kind, _, err := mime.ParseMediaType(e.ContentType); err != nil || kind != "application/json" {
		return false
	}
	dec := json.NewDecoder(strings.NewReader(e.Body))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return false
	}
	for {
		name, err := dec.Token()
		if err != nil || name == json.Delim('}') {
			return false
		}
		if name == "detail" {
			return true
		}
		if err := dec.Decode(new(json.RawMessage)); err != nil {
			return false
		}
	}
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

// unfound words an error of a read about a zone that was listed. That what is read is not found does not say that the zone is gone: without a kind nobody makes
// the zone anew.
func unfound(err error) error {
	if refusedWith(err, http.StatusNotFound) {
		return fmt.Errorf("it was listed, and is not found: %w", err)
	}
	return err
}

// zoneError gives an error of a write to a zone its kind.
func zoneError(err error) error {
	if refusedWith(err, http.StatusNotFound) {
		return fmt.Errorf("%w: it is gone, or belongs to another tenant than the key: %w", providers.ErrNoZone, err)
	}
	return err
}

// partial is the error for a call of which some is done. It is of no other kind than that.
func partial(ctx context.Context, done string, err error) error {
	err = fmt.Errorf("%w: %s, and then: %s", providers.ErrPartial, done, err.Error())
	if ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	return err
}
