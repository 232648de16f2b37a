package glaucatest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// reply is an answer. A nil body is none.
type reply struct {
	status int
	body   any
	header http.Header
}

// page is a body of HTML.
type page string

// refusal is an answer that is an error. Its body is {"detail": text}, [problems], or a page.
type refusal struct {
	status int
	body   any
	header http.Header
}

// Error returns the status. It is not for people.
func (r *refusal) Error() string { return http.StatusText(r.status) }

func refuse(status int, detail string) *refusal {
	return &refusal{status: status, body: map[string]any{"detail": detail}}
}

// denied is what Django's PermissionDenied becomes.
func denied() *refusal {
	return refuse(http.StatusForbidden, "You do not have permission to perform this action.")
}

func notFound() *refusal { return refuse(http.StatusNotFound, "Not found.") }

// invalid refuses what is wrong with a body.
func invalid(problems any) *refusal {
	return &refusal{status: http.StatusBadRequest, body: problems}
}

// registryRefused is what the API says when the registry has said no, or nothing. The slip of the pen is the API's.
func registryRefused(detail string) *refusal {
	return refuse(http.StatusInternalServerError, "Error communicating with regitry: "+detail)
}

// What registries say of a command, RFC 5730 §3.
const (
	statusProhibits      = "Object status prohibits operation"      // 2304
	associationProhibits = "Object association prohibits operation" // 2305
	policyError          = "Parameter value policy error"           // 2306
	syntaxError          = "Parameter value syntax error"           // 2005
)

// htmlPage is an error of Django itself, which the framework has no part in.
func htmlPage(status int, title, text string) *refusal {
	return &refusal{status: status, body: page(fmt.Sprintf(
		"\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>%[1]s</title>\n</head>\n<body>\n  <h1>%[1]s</h1><p>%s</p>\n</body>\n</html>\n", title, text))}
}

func (r reply) answer() httpfault.Answer {
	a := httpfault.Answer{Status: r.status, Header: http.Header{"Vary": {"Accept"}}}
	for name, values := range r.header {
		a.Header[name] = values
	}
	switch body := r.body.(type) {
	case nil:
	case page:
		a.Header.Set("Content-Type", "text/html; charset=utf-8")
		a.Body = []byte(body)
	default:
		a.Header.Set("Content-Type", "application/json")
		text, err := json.Marshal(body)
		if err != nil {
			panic(err) // what is answered is made here
		}
		a.Body = text
	}
	return a
}

// Detail is the fault that a request is answered with {"detail": text}: 402, 404, 409.
func Detail(status int, text string) httpfault.Fault {
	refused := refuse(status, text)
	return httpfault.Respond(reply(*refused).answer())
}

// RegistryFailure is the fault that the registry has answered a command with detail, and the API says so with 500.
func RegistryFailure(detail string) httpfault.Fault {
	return httpfault.Respond(reply(*registryRefused(detail)).answer())
}

// Throttled is the fault that there were too many requests. A time to wait of 0 is not said, neither in the header nor in the text.
func Throttled(wait time.Duration) httpfault.Fault {
	refused := refuse(http.StatusTooManyRequests, "Request was throttled.")
	if seconds := int((wait + time.Second - 1) / time.Second); seconds > 0 {
		refused = refuse(http.StatusTooManyRequests, fmt.Sprintf("Request was throttled. Expected available in %d seconds.", seconds))
		refused.header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	}
	return httpfault.Respond(reply(*refused).answer())
}
