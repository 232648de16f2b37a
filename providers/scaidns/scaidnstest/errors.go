package scaidnstest

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// refusal is an answer that is an error. Its body is one of three shapes, https://www.scailabs.ai/en/docs/scaidns/concepts/errors:
// detail is a text, an [issue], or a list of [problem].
type refusal struct {
	status int
	detail any
	header http.Header
}

// Error returns the status. It is not for people.
func (r *refusal) Error() string { return http.StatusText(r.status) }

// issue is the detail of an error about a field, or about other records.
type issue struct {
	Message   string   `json:"message"`
	Field     string   `json:"field,omitempty"`
	Conflicts []string `json:"conflicts,omitempty"` // ids
}

// problem is a part of a request that does not have the form it should, as Pydantic says it.
type problem struct {
	Location []any  `json:"loc"`
	Message  string `json:"msg"`
	Type     string `json:"type"`
}

func refuse(status int, detail string) *refusal { return &refusal{status: status, detail: detail} }

func refuseField(field, message string) *refusal {
	return &refusal{status: http.StatusBadRequest, detail: issue{Message: message, Field: field}}
}

func refuseConflict(message string, ids []string) *refusal {
	return &refusal{status: http.StatusConflict, detail: issue{Message: message, Field: "content", Conflicts: ids}}
}

func refuseProblems(problems ...problem) *refusal {
	return &refusal{status: http.StatusUnprocessableEntity, detail: problems}
}

var (
	errNoZone   = refuse(http.StatusNotFound, "Domain not found")
	errNoRecord = refuse(http.StatusNotFound, "Record not found")
)

// errNotActive is the answer to a write in a zone with that status.
func errNotActive(status Status) *refusal {
	return refuse(http.StatusConflict, "Domain is not active (status: "+string(status)+")")
}

// asRefusal returns the answer for an error of a handler: what PowerDNS says to a request is a bad gateway, but for what
// [draft.refusal] has translated.
func asRefusal(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	return refuse(http.StatusBadGateway, "PowerDNS: "+err.Error())
}

// powerDNSRefused returns what PowerDNS has against a change, and whether it is that. Other errors are about the connection.
func powerDNSRefused(err error) (message string, ok bool) {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || e.Status != http.StatusUnprocessableEntity {
		return "", false
	}
	var body struct {
		Error string `json:"error"`
	}
	if json.Unmarshal([]byte(e.Body), &body) != nil {
		return e.Body, true
	}
	return body.Error, true
}

// Detail is the fault that a request is answered with an error in the product's form, `{"detail": "..."}`. The detail is a text, or whatever else a version
// of the product may put there: anything that encoding/json writes.
func Detail(status int, detail any) httpfault.Fault {
	return httpfault.Respond(answerJSON(status, map[string]any{"detail": detail}))
}

// Problems is the fault that a request is answered 422 with so many problems, of about 130 octets each.
func Problems(n int) httpfault.Fault {
	all := make([]problem, n)
	for i := range all {
		all[i] = problem{[]any{"body", "records", i, "content"}, "Value error, not a valid content for a record of this type", "value_error"}
	}
	return Detail(http.StatusUnprocessableEntity, all)
}
