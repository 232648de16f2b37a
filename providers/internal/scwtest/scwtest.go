// Package scwtest is what the fakes of Scaleway's APIs have in common: organizations, projects and API keys, how a request is read, and how it
// is refused, and lists that come in pages.
//
// It is written from the description of the APIs (https://www.scaleway.com/en/developers/api/) and from the types of errors that the official SDK
// has (github.com/scaleway/scaleway-sdk-go, package scw). It is strict where a client can be wrong: about the token, unknown fields and parameters,
// methods, slashes at the end of a path, and paging.
package scwtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// API answers the requests for some endpoints. It locks nothing: whoever has the state that the endpoints change does.
type API struct {
	// Prefix is the start of all paths, with {} for one segment.
	Prefix    string
	Endpoints []Endpoint
	Accounts  *Accounts
}

// Endpoint is one path with one method. All but GET need a key that may write.
type Endpoint struct {
	Method string
	Path   string   // behind the prefix, with {} for one segment
	Query  []string // the parameters that it has
	Repeat []string // those of them that may be given more than once
	// Do returns what is answered as JSON, or an [Error]. It panics with all other errors.
	Do func(*Call) (any, error)
}

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := http.StatusOK
	result, err := a.answer(r)
	var text []byte
	if e, ok := errors.AsType[*Error](err); ok {
		status, text = e.Status, e.json()
	} else if err != nil {
		panic(err) // all that is refused is an *Error
	} else if text, err = json.Marshal(result); err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Request-Id", a.Accounts.NewID())
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// answer finds the endpoint of a request and asks it.
func (a *API) answer(r *http.Request) (any, error) {
	token, err := a.Accounts.authenticate(r.Header.Values("X-Auth-Token"))
	if err != nil {
		return nil, err
	}
	e, args, err := a.route(r.Method, r.URL.EscapedPath())
	if err != nil {
		return nil, err
	}
	if err := token.authorize(e.Method != http.MethodGet); err != nil {
		return nil, err
	}
	query, err := e.parseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // nobody is left to answer
	}
	if len(body) > 0 && (e.Method == http.MethodGet || e.Method == http.MethodDelete) {
		return nil, InvalidArgument("body", "unknown", "this method has none")
	}
	return e.Do(&Call{Token: token, Args: args, Query: query, Request: r, body: body})
}

// parseQuery returns the parameters of a query, which are those that the endpoint has.
func (e Endpoint) parseQuery(text string) (url.Values, error) {
	query, err := url.ParseQuery(text)
	if err != nil {
		return nil, InvalidArgument("query", "format", err.Error())
	}
	for name, values := range query {
		if !slices.Contains(e.Query, name) {
			return nil, InvalidArgument(name, "unknown", "no such parameter")
		}
		if len(values) > 1 && !slices.Contains(e.Repeat, name) {
			return nil, InvalidArgument(name, "format", "given more than once")
		}
		if name == "project_id" || name == "organization_id" {
			if err := CheckID(name, values[0]); err != nil {
				return nil, err
			}
		}
	}
	return query, nil
}

// route returns the endpoint for a method and an escaped path, and what the {} in its path stand for. A slash at the end of a path, or
// two of them, makes another path.
func (a *API) route(method, path string) (Endpoint, []string, error) {
	var methods []string
	for _, e := range a.Endpoints {
		args, ok := matchPath(a.Prefix+"/"+e.Path, path)
		switch {
		case !ok:
		case e.Method == method:
			return e, args, nil
		default:
			methods = append(methods, e.Method)
		}
	}
	if methods != nil {
		return Endpoint{}, nil, Message(http.StatusMethodNotAllowed, fmt.Sprintf("method %s is not allowed, use %s", method, strings.Join(methods, ", ")))
	}
	return Endpoint{}, nil, Message(http.StatusNotFound, "no such path")
}

func matchPath(pattern, path string) (args []string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	for i := range want {
		segment, err := url.PathUnescape(got[i])
		switch {
		case err != nil:
			return nil, false
		case want[i] == "{}" && segment != "":
			args = append(args, segment)
		case want[i] != segment:
			return nil, false
		}
	}
	return args, true
}
