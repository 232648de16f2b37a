package providertest

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// HTTPFaults returns what goes wrong between a provider and a server that speaks HTTP: each fault for all requests, for those that write, and for
// every second one. One is a pattern, as [httpfault.Rule] has it, of the requests whose answers are about a single resource: another one may be in them.
// It may be empty.
func HTTPFaults(h *httpfault.Handler, one string) []ResourceFault {
	var all []ResourceFault
	for _, kind := range httpKinds() {
		all = append(all,
			httpFault(h, kind, "each request", httpfault.Rule{}),
			httpFault(h, kind, "each that writes", httpfault.Rule{Match: writes}),
			httpFault(h, kind, "every second request", httpfault.Rule{Every: 2}))
	}
	if one != "" {
		all = append(all, httpFault(h, httpKind{name: "an answer about another name", fault: aboutAnother}, "each about one", httpfault.Rule{Pattern: one}))
	}
	return all
}

// httpKind is one way in which a request goes wrong.
type httpKind struct {
	name  string
	busy  bool
	fault func(about providers.Resource, cancel context.CancelFunc) httpfault.Fault
}

func httpKinds() []httpKind {
	always := func(f httpfault.Fault) func(providers.Resource, context.CancelFunc) httpfault.Fault {
		return func(providers.Resource, context.CancelFunc) httpfault.Fault { return f }
	}
	text := func(status int, contentType, body string) httpfault.Fault {
		return httpfault.Respond(httpfault.Answer{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)})
	}
	// Whoever writes is not lied to: it is done. That nothing was done nobody could see.
	instead := func(contentType, body string) httpfault.Fault {
		return httpfault.Edit(func(a *httpfault.Answer) {
			a.Status, a.Body = http.StatusOK, []byte(body)
			a.Header.Set("Content-Type", contentType)
		})
	}
	const json = "application/json"
	return []httpKind{
		{name: "429", busy: true, fault: always(httpfault.RetryIn(http.StatusTooManyRequests, time.Second))},
		{name: "429 in words", busy: true, fault: always(text(http.StatusTooManyRequests, "text/plain", "Retry later\n"))},
		{name: "500", fault: always(httpfault.Status(http.StatusInternalServerError))},
		{name: "503", fault: always(httpfault.RetryIn(http.StatusServiceUnavailable, time.Second))},
		{name: "502 of a gateway", fault: always(httpfault.Proxy(http.StatusBadGateway))},
		{name: "404 of a gateway", fault: always(httpfault.Proxy(http.StatusNotFound))},
		{name: "504 of a gateway when it is done", fault: always(httpfault.After(httpfault.Proxy(http.StatusGatewayTimeout)))},
		{name: "500 when it is done", fault: always(httpfault.After(httpfault.Status(http.StatusInternalServerError)))},
		{name: "redirect", fault: always(httpfault.Redirect(http.StatusFound, "http://redirected.invalid"))},
		{name: "login page", fault: always(instead("text/html", "<html><body>please log in</body></html>"))},
		{name: "nothing", fault: always(instead(json, ""))},
		{name: "null", fault: always(instead(json, "null"))},
		{name: "empty object", fault: always(instead(json, "{}"))},
		{name: "not JSON", fault: always(httpfault.NotJSON())},
		{name: "half of the answer", fault: always(httpfault.Half())},
		{name: "connection lost within the answer", fault: always(httpfault.CutOff())},
		{name: "connection lost", fault: always(httpfault.Lost())},
		{name: "connection lost when it is done", fault: always(httpfault.After(httpfault.Lost()))},
		{name: "cancelled", fault: func(_ providers.Resource, cancel context.CancelFunc) httpfault.Fault { return abandoned(cancel) }},
		{name: "cancelled when it is done", fault: func(_ providers.Resource, cancel context.CancelFunc) httpfault.Fault {
			return httpfault.After(abandoned(cancel))
		}},
	}
}

// httpFault returns a kind as a fault of a fixture.
func httpFault(h *httpfault.Handler, kind httpKind, scope string, rule httpfault.Rule) ResourceFault {
	return ResourceFault{
		Name: kind.name + ", " + scope, Busy: kind.busy,
		Begin: func(about providers.Resource, cancel context.CancelFunc) (end func()) {
			rule.Fault = kind.fault(about, cancel)
			return h.Add(rule).Lift
		},
	}
}

func writes(r *http.Request) bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

// abandoned has the client go away while it waits.
func abandoned(cancel context.CancelFunc) httpfault.Fault {
	return func(next http.Handler) http.Handler {
		return httpfault.Call(func(*http.Request) { cancel() })(httpfault.Delay(time.Hour)(next))
	}
}

// aboutAnother passes a request on, and answers with another name in the place of that of the resource.
func aboutAnother(about providers.Resource, _ context.CancelFunc) httpfault.Fault {
	name := strings.TrimSuffix(about.Name.String(), ".")
	return httpfault.Edit(func(a *httpfault.Answer) { a.Body = bytes.ReplaceAll(a.Body, []byte(name), []byte("another.invalid")) })
}
