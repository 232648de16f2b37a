package scalewaytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// call is one request to an endpoint.
type call struct {
	token Token
	arg   string // what the {} in the path of the endpoint stands for
	query url.Values
	kind  string // media type of the body
	body  []byte
}

// endpoint is one path with one method.
type endpoint struct {
	method string
	path   string // behind the prefix, with {} for one segment
	write  bool
	query  []string // the parameters that it has
	do     func(*Server, *call) (any, error)
}

func endpoints() []endpoint {
	pages := []string{"page", "page_size"}
	return []endpoint{
		{"GET", "dns-zones", false, append([]string{
			"organization_id", "project_id", "order_by", "domain", "dns_zone", "dns_zones", "created_after", "created_before", "updated_after", "updated_before",
		}, pages...), (*Server).listZones},
		{"POST", "dns-zones", true, nil, (*Server).createZone},
		{"PATCH", "dns-zones/{}", true, nil, (*Server).renameZone},
		{"DELETE", "dns-zones/{}", true, []string{"project_id"}, (*Server).deleteZone},
		{"POST", "dns-zones/{}/clone", true, nil, (*Server).cloneZone},
		{"POST", "dns-zones/{}/refresh", true, nil, (*Server).refreshZone},
		{"GET", "dns-zones/{}/records", false, append([]string{"project_id", "order_by", "name", "type", "id"}, pages...), (*Server).listRecords},
		{"PATCH", "dns-zones/{}/records", true, nil, (*Server).patchRecords},
		{"DELETE", "dns-zones/{}/records", true, nil, (*Server).clearRecords},
		{"GET", "dns-zones/{}/nameservers", false, []string{"project_id"}, (*Server).listNameservers},
		{"PUT", "dns-zones/{}/nameservers", true, nil, (*Server).setNameservers},
		{"GET", "dns-zones/{}/raw", false, []string{"format"}, (*Server).exportZone},
		{"POST", "dns-zones/{}/raw", true, nil, (*Server).importZone},
		{"GET", "dns-zones/{}/versions", false, pages, (*Server).listVersions},
		{"GET", "dns-zones/version/{}", false, pages, (*Server).versionRecords},
		{"GET", "dns-zones/version/{}/diff", false, nil, (*Server).versionDiff},
		{"POST", "dns-zones/version/{}/restore", true, nil, (*Server).restoreVersion},
	}
}

// serve answers a request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := http.StatusOK
	result, err := s.answer(r)
	var text []byte
	if e, ok := errors.AsType[*Error](err); ok {
		status, text = e.Status, e.json()
	} else if err != nil {
		panic(err) // all that is refused is an *Error
	} else if text, err = json.Marshal(result); err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Request-Id", s.newID())
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// answer finds the endpoint of a request and asks it.
func (s *Server) answer(r *http.Request) (any, error) {
	token, err := s.authenticate(r.Header.Values("X-Auth-Token"))
	if err != nil {
		return nil, err
	}
	e, arg, err := route(r.Method, r.URL.EscapedPath())
	if err != nil {
		return nil, err
	}
	if err := token.authorize(e.write); err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, InvalidArgument("query", "format", err.Error())
	}
	for name, values := range query {
		if !slices.Contains(e.query, name) {
			return nil, InvalidArgument(name, "unknown", "no such parameter")
		}
		if len(values) > 1 && name != "dns_zones" {
			return nil, InvalidArgument(name, "format", "given more than once")
		}
		if name == "project_id" || name == "organization_id" {
			if err := checkID(name, values[0]); err != nil {
				return nil, err
			}
		}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // nobody is left to answer
	}
	if len(body) > 0 && (e.method == http.MethodGet || e.method == http.MethodDelete) {
		return nil, InvalidArgument("body", "unknown", "this method has none")
	}
	return e.do(s, &call{token, arg, query, r.Header.Get("Content-Type"), body})
}

// route returns the endpoint for a method and an escaped path, and what the {} in its path stands for. A slash at the end of a path, or
// two of them, makes another path.
func route(method, path string) (endpoint, string, error) {
	var methods []string
	for _, e := range endpoints() {
		arg, ok := matchPath(prefix+"/"+e.path, path)
		switch {
		case !ok:
		case e.method == method:
			return e, arg, nil
		default:
			methods = append(methods, e.method)
		}
	}
	if methods != nil {
		return endpoint{}, "", Message(http.StatusMethodNotAllowed, fmt.Sprintf("method %s is not allowed, use %s", method, strings.Join(methods, ", ")))
	}
	return endpoint{}, "", Message(http.StatusNotFound, "no such path")
}

func matchPath(pattern, path string) (arg string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return "", false
	}
	for i := range want {
		segment, err := url.PathUnescape(got[i])
		switch {
		case err != nil:
			return "", false
		case want[i] == "{}" && segment != "":
			arg = segment
		case want[i] != segment:
			return "", false
		}
	}
	return arg, true
}

// decode reads the body, which has no fields that v has not.
func (c *call) decode(v any) error {
	if kind, _, err := mime.ParseMediaType(c.kind); err != nil || kind != "application/json" {
		return Message(http.StatusUnsupportedMediaType, fmt.Sprintf("the body has the type %q, want application/json", c.kind))
	}
	dec := json.NewDecoder(bytes.NewReader(c.body))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if name, ok := strings.CutPrefix(fmt.Sprint(err), "json: unknown field "); ok {
		return InvalidArgument(strings.Trim(name, `"`), "unknown", "no such field")
	}
	if err != nil {
		return InvalidArgument("body", "format", err.Error())
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return InvalidArgument("body", "format", "something follows the JSON value")
	}
	return nil
}

// number returns a parameter from least to most, or missing if it is not there.
func (c *call) number(name string, least, most, missing int) (int, error) {
	if !c.query.Has(name) {
		return missing, nil
	}
	n, err := strconv.Atoi(c.query.Get(name))
	switch {
	case err != nil:
		return 0, InvalidArgument(name, "format", "want a number")
	case n < least || n > most:
		return 0, InvalidArgument(name, "constraint", fmt.Sprintf("want %d to %d", least, most))
	}
	return n, nil
}

// time returns a parameter that is a date (RFC 3339), and whether it is there.
func (c *call) time(name string) (at time.Time, there bool, err error) {
	if !c.query.Has(name) {
		return time.Time{}, false, nil
	}
	at, err = time.Parse(time.RFC3339, c.query.Get(name))
	if err != nil {
		return time.Time{}, false, InvalidArgument(name, "format", "want an RFC 3339 date")
	}
	return at, true, nil
}

// page is the answer to a request for a list: the part of all that is asked for, under a name.
func page[T any](s *Server, c *call, name string, all []T) (any, error) {
	number, err := c.number("page", 1, 1<<31-1, 1)
	if err != nil {
		return nil, err
	}
	size, err := c.number("page_size", 1, 1000, s.opts.PageSize)
	if err != nil {
		return nil, err
	}
	start := min((number-1)*size, len(all))
	return map[string]any{"total_count": len(all), name: array(all[start:min(start+size, len(all))])}, nil
}

// array returns list as it is an array in JSON also if it is nil.
func array[T any](list []T) []T { return append([]T{}, list...) }
