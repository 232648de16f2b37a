package scw

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/zoneward/zoneward/providers/internal/rest"
)

// Refusal is the body of an answer that refuses something. The type says which of the other fields there are.
type Refusal struct {
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
	return Join(": ", d.Argument, d.Reason, d.Help)
}

// String returns what the server says.
func (r Refusal) String() string {
	details := make([]string, 0, len(r.Details))
	for _, d := range r.Details {
		details = append(details, d.String())
	}
	return Join("; ", r.Message, Join(" ", r.Resource, r.ResourceID), r.State, r.Since, r.Reason, r.Precondition, r.Help, strings.Join(details, "; "))
}

// Join joins the texts that are not empty.
func Join(sep string, texts ...string) string {
	var some []string
	for _, text := range texts {
		if text != "" {
			some = append(some, text)
		}
	}
	return strings.Join(some, sep)
}

// ShownWords is how much of what the server says an error shows, in octets.
const ShownWords = 500

// RefusalOf returns what the API says about a request that it refused, and false if it did not say anything: an error of the connection, or a page of
// a proxy.
func RefusalOf(err error) (Refusal, bool) {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok {
		return Refusal{}, false
	}
	var r Refusal
	err = json.Unmarshal([]byte(e.Body), &r)
	return r, err == nil && (r.Type != "" || r.Message != "")
}

// Promises reports whether an answer to a request that writes can promise that nothing was written: by its status it is the request that is wrong. An
// error of the server may have come behind the write, whatever type it has.
func Promises(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.Status/100 == 4
}

// AtTheDoor reports whether a request was refused before anything of what it is about was looked at.
func AtTheDoor(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && (e.Status == http.StatusUnauthorized || e.Status == http.StatusTooManyRequests)
}

// Forbidden reports whether a request was answered with 403 in words of the API.
func Forbidden(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || e.Status != http.StatusForbidden {
		return false
	}
	_, ok = RefusalOf(err)
	return ok
}
