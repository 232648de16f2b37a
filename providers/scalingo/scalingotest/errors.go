package scalingotest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Error is an answer that refuses something, https://developers.scalingo.com/#errors.
type Error struct {
	Status int
	// Fields are those of the JSON object. Nil is an answer that is no JSON.
	Fields map[string]any

	text       string // the body of one that is no JSON
	retryAfter string
}

// Error returns the status and the body.
func (e *Error) Error() string { return fmt.Sprintf("%d %s", e.Status, e.answer().Body) }

// Fault returns a fault that answers with the error, for [Server.Faults].
func (e *Error) Fault() httpfault.Fault { return httpfault.Respond(e.answer()) }

func (e *Error) answer() httpfault.Answer {
	a := answerJSON(e.Status, e.Fields)
	if e.Fields == nil {
		a.Header.Set("Content-Type", "text/plain; charset=utf-8")
		a.Body = []byte(e.text)
	}
	if e.retryAfter != "" {
		a.Header.Set("Retry-After", e.retryAfter)
	}
	return a
}

func answerJSON(status int, body any) httpfault.Answer {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // a value that is no JSON: a mistake of the test
	}
	return httpfault.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: text}
}

func message(status int, text string) *Error {
	return &Error{Status: status, Fields: map[string]any{"error": text}}
}

// BadRequest is 400.
func BadRequest(code, text string) *Error {
	return &Error{Status: http.StatusBadRequest, Fields: map[string]any{"error": text, "code": code}}
}

// Unauthorized is 401.
func Unauthorized() *Error {
	return message(http.StatusUnauthorized, "the authentication token is invalid or has expired")
}

// PaymentRequired is 402.
func PaymentRequired() *Error {
	return &Error{Status: http.StatusPaymentRequired, Fields: map[string]any{
		"error": "this account has to be verified first", "url": "https://dashboard.scalingo.com/billing",
	}}
}

// Forbidden is 403.
func Forbidden() *Error {
	return &Error{Status: http.StatusForbidden, Fields: map[string]any{"error": "this account may not do that", "code": "forbidden"}}
}

// NotFound is 404. The resource is "app" or "domain".
func NotFound(resource string) *Error {
	return &Error{Status: http.StatusNotFound, Fields: map[string]any{"resource": resource, "error": "not found"}}
}

// Conflict is 409: something is there already, was changed, or is in a state that does not let it be done.
func Conflict(text string) *Error { return message(http.StatusConflict, text) }

// Invalid is 422, with what is wrong with each field. Nil is a malformed one, whose errors are empty.
func Invalid(errors map[string][]string) *Error {
	if errors == nil {
		errors = map[string][]string{}
	}
	return &Error{Status: http.StatusUnprocessableEntity, Fields: map[string]any{"errors": errors}}
}

func invalidField(name, problem string) *Error { return Invalid(map[string][]string{name: {problem}}) }

// RetryLater is 429, which is plain text. It says to come again after a time, rounded up to seconds (RFC 9110 §10.2.3), unless that is 0.
func RetryLater(after time.Duration) *Error {
	e := &Error{Status: http.StatusTooManyRequests, text: "Retry later\n"}
	if after > 0 {
		e.retryAfter = strconv.FormatInt(int64((after+time.Second-1)/time.Second), 10)
	}
	return e
}

// Internal is 500.
func Internal() *Error {
	return message(http.StatusInternalServerError, "an internal error has occurred")
}

// Unavailable is 503.
func Unavailable() *Error {
	return message(http.StatusServiceUnavailable, "the service is unavailable")
}
