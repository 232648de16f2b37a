package scaleway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// refusal is the body of an answer that refuses something. The type says which of the other fields there are.
type refusal struct {
	Type    string `json:"type"`
	Message string `json:"message"`

	Resource     string   `json:"resource"`
	ResourceID   string   `json:"resource_id"`
	State        string   `json:"current_state"`
	Since        string   `json:"expired_since"`
	Reason       string   `json:"reason"`
	Precondition string   `json:"precondition"`
	Help         string   `json:"help_message"`
	Details      []detail `json:"details"`
}

// detail is one thing that is wrong: an argument, a permission that is missing, or a quota.
type detail struct {
	Argument string `json:"argument_name"`
	Reason   string `json:"reason"`
	Help     string `json:"help_message"`
	Resource string `json:"resource"`
	Action   string `json:"action"`
	Quota    *int   `json:"quota"`
	Current  *int   `json:"current"`
}

// String returns it in a few words.
func (d detail) String() string {
	switch {
	case d.Quota != nil && d.Current != nil:
		return fmt.Sprintf("%s: %d of %d", d.Resource, *d.Current, *d.Quota)
	case d.Action != "":
		return d.Action + " " + d.Resource
	}
	return joined(": ", d.Argument, d.Reason, d.Help)
}

// String returns what the server says.
func (r refusal) String() string {
	details := make([]string, 0, len(r.Details))
	for _, d := range r.Details {
		details = append(details, d.String())
	}
	return joined("; ", r.Message, joined(" ", r.Resource, r.ResourceID), r.State, r.Since, r.Reason, r.Precondition, r.Help, strings.Join(details, "; "))
}

// joined joins the texts that are not empty.
func joined(sep string, texts ...string) string {
	var some []string
	for _, text := range texts {
		if text != "" {
			some = append(some, text)
		}
	}
	return strings.Join(some, sep)
}

// shownWords is how much of what the server says an error shows, in octets.
const shownWords = 500

// parseRefusal reads the body of an error, and reports whether it is one of this API.
func parseRefusal(e *rest.Error) (refusal, bool) {
	var r refusal
	err := json.Unmarshal([]byte(e.Body), &r)
	return r, err == nil && (r.Type != "" || r.Message != "")
}

// apiError gives an error of a request its kind: by the type that the server says, then by the status. What is not from this API, such as a
// page of a proxy, stays as it is, and so do errors of the server.
func apiError(err error) error {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || !promises(err) {
		return err
	}
	r, ok := parseRefusal(e)
	if !ok {
		return err
	}
	text := fmt.Sprintf("%s %s: %d %s: %q", e.Method, e.URL, e.Status, http.StatusText(e.Status), rest.Shorten(r.String(), shownWords))
	switch kind := kindOf(r.Type, e.Status); {
	case kind != nil && r.Type == "locked":
		return locked(text)
	case kind != nil:
		return fmt.Errorf("%w: %s", kind, text)
	case r.Type == "transient_state", r.Type == "out_of_stock", e.Status == http.StatusTooManyRequests:
		return &providers.BusyError{After: e.RetryAfter, Err: errors.New(text)}
	}
	return err
}

// kindOf returns the kind of a refusal, nil if it is none that calls for more than another try.
func kindOf(refused string, status int) error {
	switch refused {
	case "invalid_arguments":
		return providers.ErrInvalid
	case "not_found":
		return providers.ErrNoZone
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
		return providers.ErrNoZone
	case http.StatusConflict:
		return providers.ErrConflict
	case http.StatusGone, http.StatusPreconditionFailed, http.StatusLocked:
		return providers.ErrBlocked
	}
	return nil
}

// locked is the error for a zone that Scaleway has locked.
func locked(text string) error {
	return &providers.StateError{State: "locked", Needs: joined("; ", "look in the Scaleway console why, and ask Scaleway to unlock it", text), Kind: providers.ErrBlocked}
}

// forbidden reports whether a request was answered with 403 in words of this API.
func forbidden(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || e.Status != http.StatusForbidden {
		return false
	}
	_, ok = parseRefusal(e)
	return ok
}

// zoneError gives an error of a request about a zone its kind. Scaleway answers 403 also for a zone that is not there, or is somebody else's, and 404
// also for other things than zones: the list of zones, which a key that may not read them does not get, says whether it is the zone.
func (p *Provider) zoneError(ctx context.Context, origin zonefile.Name, err error) error {
	kind := apiError(err)
	missing := errors.Is(kind, providers.ErrNoZone)
	if !missing && !forbidden(err) {
		return kind
	}
	_, gone := p.zone(ctx, origin)
	switch {
	case errors.Is(gone, providers.ErrNoZone):
		return gone
	case missing:
		return err
	}
	return kind
}

// listError gives an error of a request for the list of zones its kind. That there is no list says nothing of any zone: the url is wrong.
func listError(err error) error {
	if e := apiError(err); !errors.Is(e, providers.ErrNoZone) {
		return e
	}
	return err
}

// untouched is for an error of what was read in front of a write: nothing was written, and if the read could work another time, so could all of it.
func untouched(ctx context.Context, err error) error {
	if _, busy := errors.AsType[*providers.BusyError](err); err == nil || busy || ctx.Err() != nil || !providers.Passing(err) {
		return err
	}
	return &providers.BusyError{Err: err}
}

// noZone is the error for a zone that is not in the list.
func (p *Provider) noZone(words string) error {
	where := ""
	for _, limit := range [][2]string{{"project", p.client.project}, {"organization", p.client.organization}} {
		if limit[1] != "" {
			where += fmt.Sprintf("; it was looked for in the %s %s", limit[0], limit[1])
		}
	}
	return fmt.Errorf("%w, or this key may not see it%s%s", providers.ErrNoZone, where, words)
}

// typed reports whether a request was refused with a type of error.
func typed(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok {
		return false
	}
	r, _ := parseRefusal(e)
	return r.Type != ""
}
