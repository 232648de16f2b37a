package glauca

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

// shownWords is how much of what the server says an error shows, in octets.
const shownWords = 500

// refusal is an answer that refuses something, in the words of the API. It wraps the [*rest.Error], which does not show them.
type refusal struct {
	text   string
	answer *rest.Error
}

// Error returns what was asked, and what the API said.
func (r *refusal) Error() string { return r.text }

// Unwrap returns the answer.
func (r *refusal) Unwrap() error { return r.answer }

// apiError gives an error of a request its kind, and the words of the API. What is not in those, such as a page of a proxy, stays as it is. Errors of the
// server have no kind: a 500 says "Error communicating with regitry" of a change that the registry refuses, and of one that it has carried out without an answer.
func apiError(err error) error {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || e.Status/100 == 3 {
		return err
	}
	said := words(e)
	if said == "" {
		return err
	}
	text := fmt.Sprintf("%s %s: %d %s: %q", e.Method, e.URL, e.Status, http.StatusText(e.Status), rest.Shorten(said, shownWords))
	switch e.Status {
	case http.StatusBadRequest:
		return fmt.Errorf("%w: %s", providers.ErrInvalid, text)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%w: %s", providers.ErrAuth, text)
	case http.StatusPaymentRequired:
		return &providers.StateError{State: "payment_required", Needs: "Glauca wants to be paid first: see to that there; " + text, Kind: providers.ErrBlocked}
	case http.StatusConflict:
		return fmt.Errorf("%w: %s", providers.ErrConflict, text)
	}
	if busy, ok := errors.AsType[*providers.BusyError](err); ok {
		return &providers.BusyError{After: busy.After, Err: &refusal{text, e}}
	}
	return &refusal{text, e}
}

// failsToRetrieve reports whether a GET of a domain by its id has failed in the way in which it may fail for one that is there: the server asks the registry of
// some domains for another object than theirs (https://github.com/AS207960/domains, domains/api/views.py), while the list has them.
func failsToRetrieve(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && (e.Status == http.StatusNotFound || e.Status == http.StatusInternalServerError) && words(e) != ""
}

// words returns what the API says is wrong, as a line: its detail, or all problems, each behind the field that has it. It is empty if the body is not
// one of this API (https://www.django-rest-framework.org/api-guide/exceptions/).
func words(e *rest.Error) string {
	var body any
	if json.Unmarshal([]byte(e.Body), &body) != nil {
		return ""
	}
	return strings.Join(problems("", body), "; ")
}

// problems returns the texts in a value, each behind the path to it, without an authorization code: a refusal may repeat the domain.
func problems(path string, v any) []string {
	var all []string
	switch v := v.(type) {
	case string:
		if path != "" {
			v = path + ": " + v
		}
		return []string{v}
	case []any:
		for _, one := range v {
			all = append(all, problems(path, one)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if strings.EqualFold(key, "auth_info") || strings.EqualFold(key, "auth_code") {
				continue
			}
			below := strings.TrimPrefix(path+"."+key, ".")
			if key == "detail" || key == "non_field_errors" {
				below = path
			}
			all = append(all, problems(below, v[key])...)
		}
	}
	return all
}

// contactError says more of a refused PATCH that changes a contact: the published server refuses each change of these three.
func contactError(err error, fields []string) error {
	refused := slices.DeleteFunc([]string{fieldAdmin, fieldBilling, fieldTech}, func(field string) bool { return !slices.Contains(fields, field) })
	if e, ok := errors.AsType[*rest.Error](err); !ok || e.Status != http.StatusForbidden || len(refused) == 0 {
		return apiError(err)
	}
	return fmt.Errorf("%w; Glauca may let nobody change %s by its API: change that in its control panel, and leave it out of what is declared if it cannot be done there",
		apiError(err), strings.Join(refused, ", "))
}

// partial is the error for a change of which something was written, whatever came of it.
func partial(ctx context.Context, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("%w: %w: %s", providers.ErrPartial, ended, text)
	}
	return fmt.Errorf("%w: %s", providers.ErrPartial, text)
}
