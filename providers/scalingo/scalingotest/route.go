package scalingotest

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"path"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// endpoint is one path with one method. The zero endpoint is none.
type endpoint struct {
	pattern string
	auth    bool // of the auth host, otherwise of the API
	open    bool // needs no bearer token
	body    bool // has a body
	do      func(*Server, *call) (reply, error)
}

func endpoints() []endpoint {
	return []endpoint{
		{pattern: ExchangeToken, auth: true, open: true, do: (*Server).exchangeToken},
		{pattern: ListRegions, auth: true, do: (*Server).listRegions},
		{pattern: ListApps, do: (*Server).listApps},
		{pattern: ShowApp, do: (*Server).showApp},
		{pattern: ListDomains, do: (*Server).listDomains},
		{pattern: LinkDomain, body: true, do: (*Server).linkDomain},
		{pattern: ShowDomain, do: (*Server).showDomain},
		{pattern: UpdateDomain, body: true, do: (*Server).updateDomain},
		{pattern: UnlinkDomain, do: (*Server).unlinkDomain},
	}
}

// call is a request that is to be answered.
type call struct {
	*http.Request
	at   host
	body []byte
}

// origin returns the address of the host that was asked.
func (c *call) origin() string {
	if c.TLS != nil {
		return "https://" + c.Host
	}
	return "http://" + c.Host
}

// reply is an answer that refuses nothing. A nil body is none.
type reply struct {
	status int
	body   any
}

// routes returns the fake behind its faults. A slash at the end of a path, or two of them, makes another path; a method that a path does not have is no
// path either.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, e := range endpoints() {
		mux.HandleFunc(e.pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, e) })
	}
	noRoute := func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, endpoint{}) }
	mux.HandleFunc("/", noRoute)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path.Clean(r.URL.Path) != r.URL.Path {
			noRoute(w, r) // the mux would redirect
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func errNoRoute() *Error {
	return message(http.StatusNotFound, "no such path, or not with this method")
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, e endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done, err := s.answer(r, e)
	refused, ok := errors.AsType[*Error](err)
	switch {
	case ok:
		send(w, refused.answer().Header, refused.Status, refused.answer().Body)
	case err != nil:
		panic(err) // all that is refused is an *Error
	case done.body == nil:
		w.WriteHeader(done.status)
	default:
		a := answerJSON(done.status, done.body)
		send(w, a.Header, a.Status, a.Body)
	}
}

func send(w http.ResponseWriter, header http.Header, status int, body []byte) {
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever is gone does not read it
}

func (s *Server) answer(r *http.Request, e endpoint) (reply, error) {
	if err := s.countRequest(); err != nil {
		return reply{}, err
	}
	at, _ := r.Context().Value(hostKey{}).(host)
	if e.do == nil || e.auth && !at.auth || !e.auth && !at.api {
		return reply{}, errNoRoute()
	}
	if !e.open {
		if err := s.authenticate(r); err != nil {
			return reply{}, err
		}
	}
	if !httpfault.AcceptsJSON(r.Header) {
		return reply{}, message(http.StatusNotAcceptable, "all answers are application/json")
	}
	if r.URL.RawQuery != "" {
		return reply{}, BadRequest("bad_request", "there are no query parameters here")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // nobody is left to answer
	}
	if len(body) > 0 && !e.body {
		return reply{}, BadRequest("bad_request", "this has no body")
	}
	return e.do(s, &call{r, at, body})
}
