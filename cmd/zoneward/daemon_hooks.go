package main

import (
	"net/http"
	"sync/atomic"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
)

// hookSwitch answers as the configuration in force has it. The zero hookSwitch knows no path.
type hookSwitch struct {
	now atomic.Pointer[http.Handler]
}

func (s *hookSwitch) set(h http.Handler) { s.now.Store(&h) }

// ServeHTTP is http.Handler's.
func (s *hookSwitch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := s.now.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	http.NotFound(w, r)
}

// hooksOf returns what takes the webhooks of forges. All that a push does is to have the loop look at its own source.
func (d *daemon) hooksOf(e *engine) http.Handler {
	c := e.config.server
	hooks := server.Hooks{
		Secrets: c.hookSecrets(), Repositories: e.config.hookRepositories(), Proxies: c.proxies, Log: d.log,
		Trigger: func(forge.Delivery) bool {
			e.loop.Look()
			return true
		},
		Follows: e.config.follows,
		Observe: func(kind forge.Kind, result server.HookResult) { d.metrics.Hook(string(kind), string(result)) },
	}
	if e.pulls != nil { // nobody would take it otherwise, and forges turn off webhooks that are not taken
		hooks.Pull = func(delivery forge.Delivery) bool { return e.pulls.notify(delivery.Pull) }
	}
	return hooks.Handler()
}

// follows reports whether a branch is the one that is applied. Where the configuration names none it is the repository's own, which only the
// repository knows: any may be it.
func (c *config) follows(branch string) bool {
	git := c.source.git
	return git != nil && (git.branch == "" || git.branch == branch)
}
