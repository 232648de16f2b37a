package main

import (
	"time"
	_ "time/tzdata" // a container has no time zones

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/reconcile"
)

// decodeFreeze reads the windows in which nothing is written, and those outside of which nothing is.
func decodeFreeze(d *decoder, n *yaml.Node) []reconcile.Window {
	var windows []reconcile.Window
	for _, element := range d.sequence(n, "freeze") {
		var spec reconcile.WindowSpec
		kinds, wrong := 0, len(d.found)
		kind := func(what string, allow bool) func(*yaml.Node) {
			return func(n *yaml.Node) {
				kinds++
				spec.Allow = allow
				decodeWindow(d, n, what, &spec)
			}
		}
		if d.mapping(element, "freeze", keys{
			"deny": kind("freeze.deny", false), "allow": kind("freeze.allow", true),
			"timezone": func(n *yaml.Node) { spec.Timezone = d.text(n, "freeze.timezone") },
		}) && kinds != 1 {
			d.fail(element, "freeze: want either deny or allow: when nothing is written, or the only times when something is")
		}
		if len(d.found) > wrong {
			continue
		}
		window, err := reconcile.ParseWindow(spec)
		if err != nil {
			d.fail(element, "freeze: %w", err)
			continue
		}
		windows = append(windows, window)
	}
	return windows
}

// decodeWindow reads when a window is: in words, or as when it begins and how long it lasts.
func decodeWindow(d *decoder, n *yaml.Node, what string, spec *reconcile.WindowSpec) {
	if resolve(n).Kind == yaml.ScalarNode {
		spec.When = d.text(n, what)
		return
	}
	if d.mapping(n, what, keys{
		"cron":     func(n *yaml.Node) { spec.Cron = d.text(n, what+".cron") },
		"duration": func(n *yaml.Node) { spec.Duration = d.duration(n, what+".duration", time.Minute) },
	}) && (spec.Cron == "" || spec.Duration == 0) {
		d.fail(n, "%s: want cron and duration: when it begins, and how long it lasts", what)
	}
}
