package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"
	"gopkg.in/yaml.v3"
)

const monitoring = "../../../../examples/monitoring/"

// watcher is an expression of PromQL in an example, and what is shown of its result.
type watcher struct {
	where  string
	expr   string
	labels []string // that texts and columns name
}

// TestMonitoringNames holds the alert rules and the dashboard against the metrics: every metric that they name is one of the daemon's and
// has the labels that they give it, and none of the daemon's is left out.
func TestMonitoringNames(t *testing.T) {
	metrics, used := described(t), map[string]bool{}
	for _, w := range append(alertRules(t), dashboardQueries(t)...) {
		if strings.Contains(w.expr, "zoneward_") {
			w.check(t, metrics, used)
		}
	}
	for name := range metrics {
		if strings.HasPrefix(name, "zoneward_") && !used[name] {
			t.Errorf("neither an alert nor the dashboard has %s", name)
		}
	}
}

// TestMonitoringDocument compares the tables in docs/monitoring.md with the metrics and their labels.
func TestMonitoringDocument(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	got, want := map[string][]string{}, described(t)
	maps.DeleteFunc(want, func(name string, _ []string) bool { return !strings.HasPrefix(name, "zoneward_") })
	// A label stands at the begin of its cell, or after a comma or a semicolon; after a colon are values that it can have.
	label := regexp.MustCompile("(?:^|, |; )`([a-z]+)`(?:: (?:`[a-z_ ]+`(?:, | and so on)?)+)?")
	for _, row := range regexp.MustCompile("(?m)^\\| `(zoneward_[a-z_]+)` \\| ([^|]*)\\|").FindAllStringSubmatch(string(page), -1) {
		got[row[1]] = nil
		for _, found := range label.FindAllStringSubmatch(strings.TrimSpace(row[2]), -1) {
			got[row[1]] = append(got[row[1]], found[1])
		}
		slices.Sort(got[row[1]])
	}
	for name := range want {
		slices.Sort(want[name])
	}
	if diff := cmp.Diff(got, want, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the tables have something else than there is (-got +want):\n%s", diff)
	}
}

// Prometheus adds these to what it reads of a target, and le is that of a histogram's buckets.
var targetLabels = []string{"job", "instance", "le"}

var (
	selectorPattern = regexp.MustCompile(`(zoneward_[a-z0-9_]+)(?:\{([^}]*)\})?`)
	matcherPattern  = regexp.MustCompile(`([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)`)
	groupingPattern = regexp.MustCompile(`\b(?:by|without|on|ignoring|group_left|group_right) ?\(([^)]*)\)`)
	variablePattern = regexp.MustCompile(`label_values\((.*), (\w+)\)`)
	templatePattern = regexp.MustCompile(`\{\{ *(?:\$labels\.)?([a-z_]+)[^}]*\}\}`)
)

// check compares the names in an expression with the metrics, which have their labels, and notes which it uses.
func (w watcher) check(t *testing.T, metrics map[string][]string, used map[string]bool) {
	known := slices.Clone(targetLabels)
	for _, found := range selectorPattern.FindAllStringSubmatch(w.expr, -1) {
		name := found[1]
		labels, exists := metrics[name]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if histogram, cut := strings.CutSuffix(name, suffix); cut && !exists {
				name = histogram
				labels, exists = metrics[name]
			}
		}
		if !exists {
			t.Errorf("%s: there is no metric %s", w.where, found[1])
			continue
		}
		used[name] = true
		known = append(known, labels...)
		for _, matcher := range matcherPattern.FindAllStringSubmatch(found[2], -1) {
			if !slices.Contains(labels, matcher[1]) && !slices.Contains(targetLabels, matcher[1]) {
				t.Errorf("%s: %s has no label %s: there are %s", w.where, name, matcher[1], labels)
			}
		}
	}
	named := slices.Clone(w.labels)
	for _, found := range groupingPattern.FindAllStringSubmatch(w.expr, -1) {
		named = append(named, strings.Split(found[1], ", ")...)
	}
	for _, label := range named {
		if !slices.Contains(known, label) {
			t.Errorf("%s: none of its metrics has a label %s", w.where, label)
		}
	}
}

// described returns the labels of each metric of the daemon, also of those that have no values yet.
func described(t *testing.T) map[string][]string {
	t.Helper()
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		newMetrics().registry.Describe(descriptions)
	}()
	// What a description has is in its text only.
	pattern := regexp.MustCompile(`^Desc\{fqName: "([^"]+)", .*variableLabels: \{([^}]*)\}\}$`)
	metrics := map[string][]string{}
	for d := range descriptions {
		found := pattern.FindStringSubmatch(d.String())
		if found == nil {
			t.Fatalf("the description reads %s", d)
		}
		metrics[found[1]] = strings.FieldsFunc(found[2], func(r rune) bool { return r == ',' })
	}
	if len(metrics) < 40 {
		t.Fatalf("%d metrics are described: %s", len(metrics), slices.Sorted(maps.Keys(metrics)))
	}
	return metrics
}

// alertRules returns what alerts.yml watches.
func alertRules(t *testing.T) []watcher {
	t.Helper()
	content, err := os.ReadFile(monitoring + "alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	var all []watcher
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			w := watcher{where: rule.Alert, expr: rule.Expr}
			for _, text := range rule.Annotations {
				w.labels = append(w.labels, templateLabels(text)...)
			}
			all = append(all, w)
		}
	}
	return all
}

// dashboardQueries returns what the dashboard asks for, in panels and for its variables.
func dashboardQueries(t *testing.T) []watcher {
	t.Helper()
	content, err := os.ReadFile(monitoring + "grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr, LegendFormat string }
			// Columns of a table are chosen by name.
			Transformations []struct {
				Options struct{ Include struct{ Names []string } }
			}
		}
		Templating struct {
			List []struct {
				Name  string
				Query any // a text, or a structure that has it
			}
		}
	}
	if err := json.Unmarshal(content, &dashboard); err != nil {
		t.Fatal(err)
	}
	var all []watcher
	for _, panel := range dashboard.Panels {
		var columns []string
		for _, transformation := range panel.Transformations {
			columns = append(columns, transformation.Options.Include.Names...)
		}
		columns = slices.DeleteFunc(columns, func(name string) bool { return name == "Value" })
		for _, target := range panel.Targets {
			all = append(all, watcher{"panel " + panel.Title, target.Expr, append(templateLabels(target.LegendFormat), columns...)})
		}
	}
	for _, variable := range dashboard.Templating.List {
		if found := variablePattern.FindStringSubmatch(fmt.Sprint(variable.Query)); found != nil {
			all = append(all, watcher{"variable " + variable.Name, found[1], []string{found[2]}})
		}
	}
	return all
}

// templateLabels returns the labels that a text names between braces, as Prometheus and Grafana have it.
func templateLabels(text string) []string {
	var all []string
	for _, found := range templatePattern.FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
	}
	return all
}
