package dnstest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/zonefile"
)

// parallelTests is how many tests are run at a time.
const parallelTests = 8

// Run runs all tests, and returns the results in the order of the tests. A test for which there is no time before ctx ends has
// failed.
func (s *Suite) Run(ctx context.Context, a Answerer) []Result {
	return slices.Concat(runAll(ctx, a, s.tests)...)
}

// runAll returns the results of each test.
func runAll(ctx context.Context, a Answerer, tests []test) [][]Result {
	results := make([][]Result, len(tests))
	var group errgroup.Group
	group.SetLimit(parallelTests)
	for i, t := range tests {
		group.Go(func() error {
			for _, c := range t.checks {
				results[i] = append(results[i], t.run(ctx, a, c)...)
			}
			return nil
		})
	}
	_ = group.Wait() // no member returns an error
	return results
}

// run returns the results of one check of the test, one for each target. What the program panics with has failed: tests and zones are anybody's.
func (t test) run(ctx context.Context, a Answerer, c check) (results []Result) {
	defer func() {
		if cause := recover(); cause != nil {
			results = []Result{t.result(c, "", "", verdict{Failed, fmt.Sprintf("the program panicked: %.200s: this is a bug, please report it", fmt.Sprint(cause))})}
		}
	}()
	if err := ctx.Err(); err != nil {
		return []Result{t.result(c, "", "", verdict{Failed, errNoTime.Error()})}
	}
	views := a.Views(ctx, c.subject)
	if len(views) == 0 {
		return []Result{t.result(c, "", "", verdict{Undecided, nameAsked(c.subject) + " is in none of the zones at hand"})}
	}
	zone := views[0].Ref().Zone.String()
	for _, target := range t.targetsOf(views) {
		var of []View
		for _, v := range views {
			if v.Ref().Target == target {
				of = append(of, v)
			}
		}
		if len(of) == 0 {
			results = append(results, t.result(c, zone, target, verdict{Undecided, fmt.Sprintf("%s is not on %s", zone, target)}))
			continue
		}
		v, beside := c.judgeAll(ctx, of)
		result := t.result(c, zone, target, v)
		result.Beside = beside
		results = append(results, result)
	}
	return results
}

// targetsOf returns the targets that the test is for: those that it names, or those that the views are of.
func (t test) targetsOf(views []View) []string {
	if t.targets != nil {
		return t.targets
	}
	var targets []string
	for _, v := range views {
		if target := v.Ref().Target; !slices.Contains(targets, target) {
			targets = append(targets, target)
		}
	}
	return targets
}

// judgeAll returns the verdict on the views of one target, all of which have to pass, and which zones were looked at beside theirs, in order.
func (c check) judgeAll(ctx context.Context, views []View) (verdict, []string) {
	all, beside := make([]verdict, len(views)), map[string]bool{}
	for i, v := range views {
		all[i] = c.judge(ctx, looker{witness{v, beside}})
	}
	worst := Passed
	for _, status := range []Status{Undecided, Failed} {
		if slices.ContainsFunc(all, func(v verdict) bool { return v.status == status }) {
			worst = status
		}
	}
	var got []string
	for i, v := range all {
		if v.status != worst {
			continue
		}
		if server := views[i].Server(); server != "" && worst != Passed {
			got = append(got, server+": "+v.got)
		} else if !slices.Contains(got, v.got) {
			got = append(got, v.got)
		}
	}
	return verdict{worst, strings.Join(got, "; ")}, slices.Sorted(maps.Keys(beside))
}

// witness is a view that notes which zones are looked at beside its own. It is not to be used concurrently.
type witness struct {
	View
	beside map[string]bool
}

func (w witness) Look(ctx context.Context, zone zonefile.Name, question zonefile.Key) (dnsquery.Finding, error) {
	if zone != w.Ref().Zone {
		w.beside[zone.String()] = true
	}
	return w.View.Look(ctx, zone, question)
}

func (t test) result(c check, zone, target string, v verdict) Result {
	return Result{
		File: c.at.File, Line: c.at.Line, Name: bounded(cmp.Or(t.name, c.query)), Why: bounded(t.why), Query: bounded(c.query),
		Zone: bounded(zone), Target: bounded(target), Status: v.status, Want: bounded(c.want), Got: bounded(v.got),
	}
}
