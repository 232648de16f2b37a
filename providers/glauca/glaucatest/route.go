package glaucatest

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// call is a request to an endpoint.
type call struct {
	*http.Request
	token *Token
	id    string // in the path
	body  []byte
}

// route is an endpoint. Of those that match a path, those that are written as the first of them are the ones that it has.
type route struct {
	method string
	path   string // with {id} for a segment that has no dot
	scopes []string
	query  string // the parameters that it has, with a space between
	body   bool   // whether it has one
	handle func(*Server, *call) (reply, error)
}

func routes() []route {
	const (
		domains   = "/api/domains/"
		domain    = domains + "{id}/"
		servers   = "/api/name_servers/"
		contacts  = "/api/contacts/"
		addresses = "/api/contact_addresses/"
		pages     = "limit offset"
	)
	readDomain, writeDomain := []string{ReadDomainScope}, []string{DomainScope}
	readServer, writeServer := []string{ReadNameServerScope}, []string{NameServerScope}
	return []route{
		{http.MethodGet, domains, readDomain, pages, false, (*Server).listDomains},
		{http.MethodPost, domains + "check/", nil, "", true, (*Server).checkDomain},
		{http.MethodPost, domains + "check_transfer/", nil, "", true, (*Server).checkTransfer},
		{http.MethodGet, domain, readDomain, "", false, (*Server).getDomain},
		{http.MethodPut, domain, writeDomain, "", true, (*Server).putDomain},
		{http.MethodPatch, domain, writeDomain, "", true, (*Server).patchDomain},
		{http.MethodDelete, domain, writeDomain, "", false, (*Server).deleteDomain},
		{http.MethodPost, domain + "check_renew/", readDomain, "", true, (*Server).checkRenew},
		{http.MethodGet, domain + "check_restore/", readDomain, "", false, (*Server).checkRestore},
		{http.MethodPost, domain + "renew/", []string{DomainScope, RenewScope}, "", true, (*Server).renewDomain},
		{http.MethodPost, domain + "restore/", []string{DomainScope, RestoreScope}, "", true, (*Server).restoreDomain},

		{http.MethodGet, servers, readServer, pages, false, (*Server).listHosts},
		{http.MethodPost, servers, writeServer, "", true, (*Server).createHost},
		{http.MethodGet, servers + "{id}/", readServer, "", false, (*Server).getHost},
		{http.MethodPut, servers + "{id}/", writeServer, "", true, (*Server).putHost},
		{http.MethodPatch, servers + "{id}/", writeServer, "", true, (*Server).patchHost},
		{http.MethodDelete, servers + "{id}/", writeServer, "", false, (*Server).deleteHost},

		{http.MethodGet, contacts, []string{ReadContactScope}, pages, false, (*Server).listContacts},
		{http.MethodGet, contacts + "{id}/", []string{ReadContactScope}, "", false, (*Server).getContact},
		{http.MethodGet, addresses, []string{ReadAddressScope}, pages, false, (*Server).listAddresses},
		{http.MethodGet, addresses + "{id}/", []string{ReadAddressScope}, "", false, (*Server).getAddress},
	}
}

// serve answers a request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	answered, err := s.answer(r)
	if refused, ok := errors.AsType[*refusal](err); ok {
		answered = reply(*refused)
	} else if err != nil {
		panic(err) // all that is refused is a *refusal
	}
	a := answered.answer()
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.Body) // whoever is gone does not read it
	}
}

// answer finds the endpoint of a request and asks it, in the order of the framework: path, form of the answer, token, method, and then what the endpoint
// looks at itself.
func (s *Server) answer(r *http.Request) (reply, error) {
	path := r.URL.EscapedPath()
	found := match(path)
	if found == nil {
		return s.lost(r, path)
	}
	if !httpfault.AcceptsJSON(r.Header) {
		return reply{}, refuse(http.StatusNotAcceptable, "Could not satisfy the request Accept header.")
	}
	token, err := s.authenticate(r)
	if err != nil {
		return reply{}, err
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	i := slices.IndexFunc(found, func(e route) bool { return e.method == method })
	if i < 0 {
		return reply{}, notAllowed(r.Method, found)
	}
	e := found[i]
	if err := token.authorize(e.scopes...); err != nil {
		return reply{}, err
	}
	c := &call{Request: r, token: token, id: idIn(e.path, path)}
	if c.body, err = io.ReadAll(r.Body); err != nil {
		panic(http.ErrAbortHandler) // nobody is left to answer
	}
	if err := s.checkForm(c, e); err != nil {
		return reply{}, err
	}
	return e.handle(s, c)
}

// lost answers a path that is none: with its slash at the end, if that is one (Django's CommonMiddleware).
func (s *Server) lost(r *http.Request, path string) (reply, error) {
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case match(path+"/") == nil, !read && s.opts.SlashlessWrite == http.StatusNotFound:
		return reply{}, htmlPage(http.StatusNotFound, "Not Found", "The requested resource was not found on this server.")
	case read, s.opts.SlashlessWrite == http.StatusMovedPermanently:
		to := path + "/"
		if r.URL.RawQuery != "" {
			to += "?" + r.URL.RawQuery
		}
		return reply{status: http.StatusMovedPermanently, header: http.Header{"Location": {to}, "Content-Type": {"text/html; charset=utf-8"}}}, nil
	default:
		return reply{}, htmlPage(http.StatusInternalServerError, "Server Error (500)",
			"You called this URL via "+r.Method+", but the URL doesn't end in a slash and you have APPEND_SLASH set.")
	}
}

func notAllowed(method string, found []route) *refusal {
	refused := refuse(http.StatusMethodNotAllowed, `Method "`+method+`" not allowed.`)
	var methods []string
	for _, e := range found {
		methods = append(methods, e.method)
	}
	refused.header = http.Header{"Allow": {strings.Join(methods, ", ")}}
	return refused
}

// match returns the endpoints that an escaped path has, one for each method.
func match(path string) []route {
	all := routes()
	i := slices.IndexFunc(all, func(e route) bool { return matches(e.path, path) })
	if i < 0 {
		return nil
	}
	return slices.DeleteFunc(all, func(e route) bool { return e.path != all[i].path })
}

func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(want, got string) bool {
		return want == got || want == "{id}" && got != "" && !strings.Contains(got, ".")
	})
}

// idIn returns the segment of path that is {id} in pattern.
func idIn(pattern, path string) string {
	got := strings.Split(path, "/")
	for i, segment := range strings.Split(pattern, "/") {
		if segment == "{id}" {
			return got[i]
		}
	}
	return ""
}

// checkForm refuses parameters, bodies and types of bodies that an endpoint does not have. The service takes forms too, which cannot say what a domain has.
func (s *Server) checkForm(c *call, e route) error {
	for name, values := range c.URL.Query() {
		if !s.opts.Lenient && (!slices.Contains(strings.Fields(e.query), name) || len(values) > 1) {
			return refuse(http.StatusBadRequest, "Parameter that would be passed over: "+name)
		}
	}
	switch kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type")); {
	case len(c.body) > 0 && !e.body && !s.opts.Lenient:
		return refuse(http.StatusBadRequest, "Body that would be passed over.")
	case len(c.body) > 0 && e.body && (err != nil || kind != "application/json"):
		return refuse(http.StatusUnsupportedMediaType, `Unsupported media type "`+c.Header.Get("Content-Type")+`" in request.`)
	}
	return nil
}
