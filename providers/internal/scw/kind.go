package scw

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

// WithKind gives an error of a request its kind: by the type that the server says, then by the status. What is not from the API, such as a page of a
// proxy, stays as it is, and so do errors of the server. Missing is the kind of what is not there, nil if that is not known of anything: the error
// stays as it is then.
func WithKind(err, missing error) error {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || !Promises(err) {
		return err
	}
	r, ok := RefusalOf(err)
	if !ok {
		return err
	}
	text := fmt.Sprintf("%s %s: %d %s: %q", e.Method, e.URL, e.Status, http.StatusText(e.Status), rest.Shorten(r.String(), ShownWords))
	switch kind := kindOf(r.Type, e.Status, missing); {
	case kind != nil && r.Type == "locked":
		return Locked(text)
	case kind != nil:
		return fmt.Errorf("%w: %s", kind, text)
	case r.Type == "transient_state", r.Type == "out_of_stock", e.Status == http.StatusTooManyRequests:
		return &providers.BusyError{After: e.RetryAfter, Err: errors.New(text)}
	}
	return err
}

// kindOf returns the kind of a refusal, nil if it is none that calls for more than another try.
func kindOf(refused string, status int, missing error) error {
	switch refused {
	case "invalid_arguments":
		return providers.ErrInvalid
	case "not_found":
		return missing
	case "permissions_denied", "denied_authentication":
		return providers.ErrAuth
	case "quotas_exceeded", "precondition_failed", "locked", "resource_expired":
		return providers.ErrBlocked
	case "transient_state", "out_of_stock":
		return nil
	}
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return providers.ErrInvalid
	case http.StatusUnauthorized, http.StatusForbidden:
		return providers.ErrAuth
	case http.StatusNotFound:
		return missing
	case http.StatusConflict:
		return providers.ErrConflict
	case http.StatusGone, http.StatusPreconditionFailed, http.StatusLocked:
		return providers.ErrBlocked
	}
	return nil
}

// Locked is the error for what Scaleway has locked. Text is what it says, empty for nothing.
func Locked(text string) error {
	return &providers.StateError{State: "locked", Needs: Join("; ", "look in the Scaleway console why, and ask Scaleway to unlock it", text), Kind: providers.ErrBlocked}
}

// Unsure is an error of no kind, which says nothing about what was written.
func Unsure(ctx context.Context, text string) error {
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("%w: %s", ended, text)
	}
	return errors.New(text)
}
