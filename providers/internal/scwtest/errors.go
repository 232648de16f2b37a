package scwtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Error is an answer that refuses something. Its JSON is as the types of errors in the package scw of the SDK read it.
type Error struct {
	Status int
	// Fields are those of the JSON object. "type" says which others there are.
	Fields map[string]any
}

// Error returns the status and the JSON.
func (e *Error) Error() string { return fmt.Sprintf("%d %s", e.Status, e.json()) }

func (e *Error) json() []byte {
	text, err := json.Marshal(e.Fields)
	if err != nil {
		panic(err) // a value that is no JSON: a mistake of the test
	}
	return text
}

// Fault returns a fault that answers with the error, for a rule of [httpfault.Handler].
func (e *Error) Fault() httpfault.Fault {
	return httpfault.Respond(httpfault.Answer{Status: e.Status, Header: http.Header{"Content-Type": {"application/json"}}, Body: e.json()})
}

// Message returns an error that has no type: {"message": text}.
func Message(status int, text string) *Error {
	return &Error{status, map[string]any{"message": text}}
}

func typed(status int, kind, message string, fields map[string]any) *Error {
	fields["type"], fields["message"] = kind, message
	return &Error{status, fields}
}

// InvalidArgument is 400: reason is unknown, required, format or constraint.
func InvalidArgument(name, reason, help string) *Error {
	detail := map[string]any{"argument_name": name, "reason": reason, "help_message": help}
	return typed(http.StatusBadRequest, "invalid_arguments", "invalid argument(s)", map[string]any{"details": []any{detail}})
}

// NotFound is 404.
func NotFound(resource, id string) *Error {
	return typed(http.StatusNotFound, "not_found", "resource is not found", map[string]any{"resource": resource, "resource_id": id})
}

// PermissionsDenied is 403.
func PermissionsDenied(resource, action string) *Error {
	detail := map[string]any{"resource": resource, "action": action}
	return typed(http.StatusForbidden, "permissions_denied", "insufficient permissions", map[string]any{"details": []any{detail}})
}

// DeniedAuthentication is 401: reason is invalid_argument, not_found, expired or unknown_reason.
func DeniedAuthentication(reason string) *Error {
	return typed(http.StatusUnauthorized, "denied_authentication", "authentication is denied", map[string]any{"method": "api_key", "reason": reason})
}

// QuotasExceeded is 403.
func QuotasExceeded(resource string, quota, current int) *Error {
	detail := map[string]any{"resource": resource, "quota": quota, "current": current}
	return typed(http.StatusForbidden, "quotas_exceeded", "quota(s) exceeded for this resource", map[string]any{"details": []any{detail}})
}

// PreconditionFailed is 412: precondition is resource_still_in_use, attribute_must_be_set or unknown_precondition.
func PreconditionFailed(precondition, help string) *Error {
	return typed(http.StatusPreconditionFailed, "precondition_failed", "precondition failed",
		map[string]any{"precondition": precondition, "help_message": help})
}

// TransientState is 409.
func TransientState(resource, id, state string) *Error {
	return typed(http.StatusConflict, "transient_state", "resource is in a transient state",
		map[string]any{"resource": resource, "resource_id": id, "current_state": state})
}

// Locked is 423.
func Locked(resource, id string) *Error {
	return typed(http.StatusLocked, "locked", "resource is locked", map[string]any{"resource": resource, "resource_id": id})
}

// ResourceExpired is 410.
func ResourceExpired(resource, id string, since time.Time) *Error {
	return typed(http.StatusGone, "resource_expired", "resource is expired",
		map[string]any{"resource": resource, "resource_id": id, "expired_since": since.UTC().Format(time.RFC3339)})
}

// OutOfStock is 503.
func OutOfStock(resource string) *Error {
	return typed(http.StatusServiceUnavailable, "out_of_stock", "resource is out of stock", map[string]any{"resource": resource})
}
