package scalingotest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// App is an application.
type App struct {
	Name   string
	Region string // empty for the first one
}

// app is an application with its state.
type app struct {
	App
	id      string
	created time.Time
	access  Access
	domains []*domain // in the order in which they were linked
}

// platformName returns the name that the platform gives it, which the other names are to lead to.
func (a *app) platformName() string { return a.Name + "." + a.Region + ".scalingo.io" }

// Access is what the account may do with an application.
type Access int

// The accesses.
const (
	FullAccess Access = iota
	ReadOnly          // writing is 403
	Denied            // everything is 403
	NotListed         // everything is 404, as if the application were not there
)

// AddApp adds an application and returns the name that the platform gives it: "my-app.osc-fr1.scalingo.io".
func (s *Server) AddApp(in App) (name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.Region == "" {
		in.Region = s.opts.Regions[0].Name
	}
	a := &app{App: in, id: s.newID(), created: s.opts.Now()}
	s.apps = append(s.apps, a)
	return a.platformName()
}

// RemoveApp deletes an application with all that it has.
func (s *Server) RemoveApp(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gone := s.mustApp(name)
	s.apps = slices.DeleteFunc(s.apps, func(a *app) bool { return a == gone })
}

// SetAccess says what the account may do with an application from now on.
func (s *Server) SetAccess(app string, access Access) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustApp(app).access = access
}

// mustApp returns the application of that name. A test that has none is wrong.
func (s *Server) mustApp(name string) *app {
	i := slices.IndexFunc(s.apps, func(a *app) bool { return a.Name == name })
	if i < 0 {
		panic(fmt.Sprintf("scalingotest: no application %q", name))
	}
	return s.apps[i]
}

// reach returns the application in the path of a request, by its name or its id, when the platform has done what was due for it.
func (s *Server) reach(c *call) (*app, error) {
	named := c.PathValue("app")
	i := slices.IndexFunc(s.apps, func(a *app) bool {
		return (a.Name == named || a.id == named) && c.at.has(a) && a.access != NotListed
	})
	if i < 0 {
		return nil, NotFound("app")
	}
	a := s.apps[i]
	if a.access == Denied || a.access == ReadOnly && c.Method != http.MethodGet && c.Method != http.MethodHead {
		return nil, Forbidden()
	}
	s.advance(a)
	return a, nil
}

// listApps is ListApps. It has no pages.
func (s *Server) listApps(c *call) (reply, error) {
	list := []any{}
	for _, a := range s.apps {
		if a.access != NotListed && c.at.has(a) {
			list = append(list, s.appFields(a))
		}
	}
	return reply{http.StatusOK, map[string]any{"apps": list}}, nil
}

// showApp is ShowApp.
func (s *Server) showApp(c *call) (reply, error) {
	a, err := s.reach(c)
	if err != nil {
		return reply{}, err
	}
	return reply{http.StatusOK, map[string]any{"app": s.appFields(a)}}, nil
}

// appFields returns an application as the API writes it.
func (s *Server) appFields(a *app) map[string]any {
	base := "https://" + a.platformName()
	url := base
	if i := slices.IndexFunc(a.domains, func(d *domain) bool { return d.Canonical }); i >= 0 && s.opts.CanonicalURL {
		url = "https://" + a.domains[i].Name
	}
	created := date(a.created)
	return map[string]any{
		"id": a.id, "name": a.Name, "created_at": created, "updated_at": created, "status": "running", "url": url, "base_url": base,
		"git_url":     "git@ssh." + a.Region + ".scalingo.com:" + a.Name + ".git",
		"owner":       map[string]any{"id": "54100245736f7563d5000000", "username": "john", "email": "john@example.com"},
		"links":       map[string]any{"deployments_stream": "wss://deployments." + a.Region + ".scalingo.com/apps/" + a.Name},
		"force_https": false, "sticky_session": false, "router_logs": false, "flags": map[string]any{},
	}
}

// date returns a time as the API writes it, https://developers.scalingo.com/#dates: with milliseconds, and not always in UTC.
func date(t time.Time) string {
	return t.In(time.FixedZone("", 2*60*60)).Format("2006-01-02T15:04:05.000Z07:00")
}

// bare returns a name as it is compared.
func bare(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
