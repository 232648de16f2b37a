package main

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// snapshots makes live.snapshot, and compares the plan that the providers give with the one that is made from it by somebody who does not have the variables that
// are named, which has to ask no fake for anything:
//
//	snapshots VARIABLE,... [FLAG...]
func snapshots(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: snapshots VARIABLE,... [FLAG...]")
	}
	live := planOf(ts, append([]string{"--stateless"}, args[1:]...))
	ts.Check(ts.Exec("zoneward", slices.Concat([]string{"snapshot", "--stateless", "--out", "live.snapshot"}, args[1:])...))
	secrets := strings.Split(args[0], ",")
	content := ts.ReadFile("live.snapshot")
	for _, name := range secrets {
		value := ts.Getenv(name)
		if value == "" || strings.Contains(content, value) {
			ts.Fatalf("the snapshot has the secret %s, or nobody has", name)
		}
		ts.Setenv(name, "")
		defer ts.Setenv(name, value)
	}
	fakes := scriptOf(ts).fakes()
	for _, fake := range fakes {
		fake.Log().Reset()
	}
	from := planOf(ts, append([]string{"--snapshot", "live.snapshot"}, args[1:]...))
	if d := cmp.Diff(from, live); d != "" {
		ts.Fatalf("the plan from the snapshot is another one (-snapshot +live):\n%s", d)
	}
	for _, fake := range fakes {
		if asked := fake.Log().All(); len(asked) > 0 {
			ts.Fatalf("a fake was asked %d times, first %s %s", len(asked), asked[0].Method, asked[0].Path)
		}
	}
}

// fakes returns what stands in front of the fakes that were started.
func (s *script) fakes() []*httpfault.Handler {
	var all []*httpfault.Handler
	if s.scaidns != nil {
		all = append(all, s.scaidns.Faults)
	}
	if s.scaleway != nil {
		all = append(all, s.scaleway.Faults)
	}
	if s.tem != nil {
		all = append(all, s.tem.Faults)
	}
	if s.scalingo != nil {
		all = append(all, s.scalingo.Faults)
	}
	if s.glauca != nil {
		all = append(all, s.glauca.Faults)
	}
	return all
}

// planOf returns a plan in JSON without its time and what says that it was made from a snapshot. It may have errors, and is not empty.
func planOf(ts *testscript.TestScript, flags []string) map[string]any {
	failed := ts.Exec("zoneward", slices.Concat([]string{"plan", "--format", "json"}, flags)...)
	var plan map[string]any
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &plan); err != nil || plan["id"] == "" {
		ts.Fatalf("there is no plan: %v, %v", failed, err)
	}
	if zones, _ := plan["zones"].([]any); len(zones) == 0 {
		ts.Fatalf("the plan has no zones")
	}
	delete(plan, "created_at")
	notices, _ := plan["notices"].([]any)
	plan["notices"] = slices.DeleteFunc(notices, func(notice any) bool {
		text, _ := notice.(string)
		return strings.HasPrefix(text, "made from the snapshot of ")
	})
	return plan
}
