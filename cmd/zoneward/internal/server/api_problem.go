package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
)

// kind is a kind of problem: how it ends the address that names it, its status, and its title.
type kind struct {
	name   string
	status int
	title  string
}

// problemBase is where the problems are described; the names of their kinds come behind it.
const problemBase = "https://github.com/zoneward/zoneward/blob/main/docs/api.md#"

// When it is worth trying again: a proposal takes seconds, and a source that cannot be read is asked again by itself.
const proposalRetry, sourceRetry = 5 * time.Second, 10 * time.Second

// problem is an error that says how a request is answered.
type problem struct {
	kind
	detail  string
	role    Role              // that is wanted, 0 if that is not the problem
	plans   []document.PlanID // that there are now, if others were asked for
	retry   time.Duration     // when it is worth trying again, 0 if nobody knows
	headers http.Header       // besides
}

// Error returns the detail.
func (p *problem) Error() string { return p.detail }

// The kinds of problem. docs/api.md has a section of that name for each.
func badRequest(format string, args ...any) *problem {
	return &problem{kind: kind{"bad-request", http.StatusBadRequest, "The request is wrong"}, detail: fmt.Sprintf(format, args...)}
}

func tokenNeeded(refused string) *problem {
	return &problem{
		kind: kind{"unauthorized", http.StatusUnauthorized, "A token is needed"}, detail: refused,
		headers: http.Header{"Www-Authenticate": {challenge(refused)}},
	}
}

func forbidden(detail string) *problem {
	return &problem{kind: kind{"forbidden", http.StatusForbidden, "The token is not for this"}, detail: detail}
}

func needsRole(token Token, role Role) *problem {
	p := forbidden(fmt.Sprintf("this needs the role %s, and the token %s has the role %s", role, token.Name, token.Role))
	p.role = role
	p.headers = http.Header{"Www-Authenticate": {fmt.Sprintf(`Bearer realm="zoneward", error="insufficient_scope", scope=%q`, role)}}
	return p
}

func notFound(format string, args ...any) *problem {
	return &problem{kind: kind{"not-found", http.StatusNotFound, "There is no such thing"}, detail: fmt.Sprintf(format, args...)}
}

// noAPI is for an address that has nothing, whatever is asked of it: other than of a thing that is not found, it says that somebody asks in the wrong place.
func noAPI(detail string) *problem {
	return &problem{kind: kind{"no-api", http.StatusNotFound, "There is no API here"}, detail: detail}
}

func methodNotAllowed(method, allow string) *problem {
	return &problem{
		kind:   kind{"method-not-allowed", http.StatusMethodNotAllowed, "This cannot be done here"},
		detail: fmt.Sprintf("the method %q is not for this address, %s is", method, allow), headers: http.Header{"Allow": {allow}},
	}
}

func planChanged(plan *reconcile.Plan, sees func(reconcile.Ref) bool) *problem {
	p := &problem{
		kind:   kind{"plan-changed", http.StatusConflict, "The plan is another one"},
		detail: "no plan with such an id waits or is held: it was applied, or something has changed since it was shown; look at it again",
		plans:  []document.PlanID{},
	}
	for _, z := range plan.Zones {
		if sees(z.Ref) && len(p.plans) < mostPlans && !z.ID.IsZero() {
			p.plans = append(p.plans, document.PlanID{Zone: z.Zone.String(), Target: z.Target, ID: z.ID})
		}
	}
	return p
}

func bodyTooLarge() *problem {
	return &problem{
		kind:   kind{"too-large", http.StatusRequestEntityTooLarge, "The body is too large"},
		detail: fmt.Sprintf("the body has more than %d octets", maxBody),
	}
}

func unsupportedMedia(detail string) *problem {
	return &problem{kind: kind{"unsupported-media-type", http.StatusUnsupportedMediaType, "The body is no JSON"}, detail: detail}
}

func tooManyFailures() *problem {
	return &problem{
		kind: kind{"too-many-requests", http.StatusTooManyRequests, "Too many requests"}, detail: "too many requests without a good token came from this address",
		retry: failureEvery, headers: http.Header{"Www-Authenticate": {challenge(noCredentials)}},
	}
}

func notNow(detail string) *problem {
	return &problem{kind: kind{"unavailable", http.StatusServiceUnavailable, "Not now"}, detail: detail, retry: time.Second}
}

func needsUpdate(format string, args ...any) *problem {
	return &problem{kind: kind{"needs-update", http.StatusConflict, "The head needs an update"}, detail: fmt.Sprintf(format, args...)}
}

func sourceUnread(format string, args ...any) *problem {
	p := notNow(fmt.Sprintf(format, args...))
	p.retry = sourceRetry
	return p
}

func proposalTooLarge(format string, args ...any) *problem {
	p := bodyTooLarge()
	p.title, p.detail = "The proposal is too large", fmt.Sprintf(format, args...)
	return p
}

func noProposals(format string, args ...any) *problem {
	return &problem{kind: kind{"not-configured", http.StatusNotImplemented, "This daemon does not do it"}, detail: fmt.Sprintf(format, args...)}
}

func tooManyProposals() *problem {
	p := tooManyFailures()
	p.detail, p.headers = "as many proposals as are planned at the same time are being planned", nil
	p.retry = proposalRetry
	return p
}

func internal() *problem {
	return &problem{
		kind:   kind{"internal", http.StatusInternalServerError, "The daemon could not do it"},
		detail: "the daemon could not do it, and its log says why",
	}
}

// problemOf returns how a request is answered that ended with an error, and whether the error is for the log because the answer does not have it.
func problemOf(err error) (p *problem, unsaid bool) {
	if p, ok := errors.AsType[*problem](err); ok {
		return p, false
	}
	switch {
	case errors.Is(err, ErrBadRequest):
		return badRequest("%v", err), false
	case errors.Is(err, reconcile.ErrNoZone), errors.Is(err, reconcile.ErrNoTombstone), errors.Is(err, reconcile.ErrNothingToRestore),
		errors.Is(err, reconcile.ErrNoSuchPoint):
		return notFound("%v", err), false
	case errors.Is(err, reconcile.ErrNotRunning):
		return notNow("the daemon has not read the zones repository yet, or is ending"), false
	case errors.Is(err, context.DeadlineExceeded):
		return notNow("it took too long, and is not waited for any more; what was begun to be applied is finished"), true
	case errors.Is(err, context.Canceled):
		return notNow("the daemon is ending; what was begun to be applied is finished"), false
	}
	return internal(), true
}

// write answers with the problem.
func (p *problem) write(w http.ResponseWriter, request string) {
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(p.retry/time.Second))))
	}
	doc := document.DaemonProblem{
		Type: problemBase + p.name, Title: p.title, Status: p.status, Detail: plain(p.detail, longestDetail), Request: request, Plans: p.plans,
	}
	if p.role != 0 {
		doc.Role = p.role.String()
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.status)
	_ = json.NewEncoder(w).Encode(doc) // nobody is left to tell
}
