package scalewaytest

import (
	"encoding/json"
	"net/http"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// FirstChanges is a PATCH of which the first n changes are done, and which is answered with 500 then.
func FirstChanges(n int) httpfault.Fault {
	return func(next http.Handler) http.Handler {
		part := httpfault.Alter(func(body []byte) []byte { return firstChanges(body, n) })
		return httpfault.After(httpfault.Status(http.StatusInternalServerError))(part(next))
	}
}

// firstChanges returns the body of a PATCH with n of its changes at most.
func firstChanges(body []byte, n int) []byte {
	var patch map[string]json.RawMessage
	var changes []json.RawMessage
	if json.Unmarshal(body, &patch) != nil || json.Unmarshal(patch["changes"], &changes) != nil {
		return body
	}
	text, err := json.Marshal(changes[:min(n, len(changes))])
	if err != nil {
		panic(err)
	}
	patch["changes"] = text
	if text, err = json.Marshal(patch); err != nil {
		panic(err)
	}
	return text
}
