package main

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// fault has the fake that the script started go wrong from now on. The pattern is one of http.ServeMux; TIMES is how often it happens, 0 for without end. A
// fault is
//
//	busy SECONDS       429, with a Retry-After
//	status CODE        an answer with that status, in JSON
//	proxy CODE         an answer with that status, in HTML
//	notjson            the answer is no JSON
//	cutoff             the connection ends in the middle of the answer
//	lost               the connection ends before the server has done anything
//	lostafter          the connection ends when the server has done what was asked
//	redirect CODE URL  the same path at another server
//	answer CODE FILE [TEXT]  the JSON of a file; if there is a text, to requests that have it in their bodies
//
// Fault with nothing behind it takes them all away.
func fault(ts *testscript.TestScript, neg bool, args []string) {
	s := scriptOf(ts)
	switch {
	case neg || s.faults == nil || len(args) != 0 && len(args) < 3:
		ts.Fatalf("usage: fault [PATTERN TIMES FAULT...], when a fake was started")
	case len(args) == 0:
		s.faults.Lift()
		return
	}
	times, err := strconv.Atoi(args[1])
	ts.Check(err)
	rule := httpfault.Rule{Pattern: args[0], Times: times, Fault: parseFault(ts, args[2:])}
	if args[2] == "answer" && len(args) == 6 {
		rule.Match = func(r *http.Request) bool {
			body, err := io.ReadAll(r.Body)
			return err == nil && bytes.Contains(body, []byte(args[5]))
		}
	}
	s.faults.Add(rule)
}

func parseFault(ts *testscript.TestScript, args []string) httpfault.Fault {
	number := func() int {
		if len(args) < 2 {
			ts.Fatalf("%s of what?", args[0])
		}
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		return n
	}
	switch args[0] {
	case "busy":
		return httpfault.RetryIn(http.StatusTooManyRequests, time.Duration(number())*time.Second)
	case "status":
		return httpfault.Status(number())
	case "proxy":
		return httpfault.Proxy(number())
	case "notjson":
		return httpfault.NotJSON()
	case "cutoff":
		return httpfault.CutOff()
	case "lost":
		return httpfault.Lost()
	case "lostafter":
		return httpfault.After(httpfault.Lost())
	case "redirect":
		if len(args) == 3 {
			return httpfault.Redirect(number(), args[2])
		}
	case "answer":
		if len(args) == 3 || len(args) == 4 {
			header := http.Header{"Content-Type": {"application/json"}}
			return httpfault.Respond(httpfault.Answer{Status: number(), Header: header, Body: []byte(ts.ReadFile(args[2]))})
		}
	}
	ts.Fatalf("no such fault: %s", strings.Join(args, " "))
	return nil
}

// calls compares how many requests of a pattern of http.ServeMux the fake got since the script began to count, which calls with nothing behind
// it does. A count with + behind it is the least.
func calls(ts *testscript.TestScript, neg bool, args []string) {
	s := scriptOf(ts)
	if neg || s.faults == nil || len(args) != 0 && len(args) != 2 {
		ts.Fatalf("usage: calls [PATTERN COUNT], when a fake was started")
	}
	if len(args) == 0 {
		s.faults.Log().Reset()
		return
	}
	least, open := strings.CutSuffix(args[1], "+")
	want, err := strconv.Atoi(least)
	ts.Check(err)
	if got := s.faults.Log().Count(args[0]); got != want && (!open || got < want) {
		var all strings.Builder
		for _, e := range s.faults.Log().All() {
			all.WriteString(strings.TrimSuffix(e.Method+" "+e.Path+"?"+e.Query, "?") + " " + strconv.Itoa(e.Status) + "\n")
		}
		ts.Fatalf("%d requests of %s, want %s; all were\n%s", got, args[0], args[1], &all)
	}
}

// meanwhile has something happen in front of the next request of a pattern of http.ServeMux.
func meanwhile(h *httpfault.Handler, pattern string, do func()) {
	h.Add(httpfault.Rule{Pattern: pattern, Times: 1, Fault: httpfault.Call(func(*http.Request) { do() })})
}

// scriptSettings returns what NAME=VALUE says of those names.
func scriptSettings(ts *testscript.TestScript, args []string, names ...string) map[string]string {
	settings := map[string]string{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || !slices.Contains(names, name) {
			ts.Fatalf("%s: want NAME=VALUE with one of %s", arg, strings.Join(names, ", "))
		}
		settings[name] = value
	}
	return settings
}
