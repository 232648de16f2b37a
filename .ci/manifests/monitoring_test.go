package manifests

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const monitoring = "examples/monitoring"

// TestPrometheus has Prometheus' own tool look at the configuration and the rules, and try each alert: that it fires when it is to, and not
// before. That the metrics are the daemon's is tested where they are.
func TestPrometheus(t *testing.T) {
	promtool, dir := tool(t, "promtool"), filepath.Join(root, monitoring)
	command(t, dir, nil, promtool, "check", "config", "--lint=all", "--lint-fatal", "prometheus.yml")
	command(t, dir, nil, promtool, "test", "rules", "alerts_test.yml")
}

// alert is a rule of alerts.yml.
type alert struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string  `json:"name"`
			Rules []alert `json:"rules"`
		} `json:"groups"`
	}
	if err := yaml.UnmarshalStrict([]byte(readFile(t, monitoring+"/alerts.yml")), &file); err != nil {
		t.Fatal(err)
	}
	var all []alert
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

// TestAlertsAreTried checks that each alert says how bad it is and what to do, and that the tests have it fire, and not fire.
func TestAlertsAreTried(t *testing.T) {
	var file struct {
		Tests []struct {
			Rules []struct {
				Name string `json:"alertname"`
				Want []any  `json:"exp_alerts"`
			} `json:"alert_rule_test"`
		} `json:"tests"`
	}
	if err := yaml.Unmarshal([]byte(readFile(t, monitoring+"/alerts_test.yml")), &file); err != nil {
		t.Fatal(err)
	}
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, test := range file.Tests {
		for _, rule := range test.Rules {
			if len(rule.Want) > 0 {
				fires[rule.Name] = true
			} else {
				silent[rule.Name] = true
			}
		}
	}
	for _, a := range alerts(t) {
		if !fires[a.Alert] || !silent[a.Alert] {
			t.Errorf("%s: is tried: %t, and where it is not to fire: %t", a.Alert, fires[a.Alert], silent[a.Alert])
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, a.Labels["severity"]) {
			t.Errorf("%s: the severity is %q", a.Alert, a.Labels["severity"])
		}
		if a.Annotations["summary"] == "" || a.Annotations["description"] == "" {
			t.Errorf("%s: has no summary, or no description", a.Alert)
		}
	}
}

// TestAlertsAreDocumented compares the table in docs/monitoring.md with the alerts.
func TestAlertsAreDocumented(t *testing.T) {
	var got, want []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(Zoneward[A-Za-z]+)` \\| ([a-z]+) \\|").FindAllStringSubmatch(readFile(t, "docs/monitoring.md"), -1) {
		got = append(got, row[1]+" "+row[2])
	}
	for _, a := range alerts(t) {
		want = append(want, a.Alert+" "+a.Labels["severity"])
	}
	if !slices.Equal(got, want) {
		t.Errorf("the table has %q\nwant %q", got, want)
	}
}

// grid is where a panel of a dashboard is, in 24 columns.
type grid struct{ X, Y, W, H int }

func (g grid) overlaps(o grid) bool {
	return g.X < o.X+o.W && o.X < g.X+g.W && g.Y < o.Y+o.H && o.Y < g.Y+g.H
}

// TestDashboard checks that the dashboard can be imported anywhere: it names no data source, and nothing else, by an identifier of one Grafana.
func TestDashboard(t *testing.T) {
	text := readFile(t, monitoring+"/grafana-dashboard.json")
	for _, found := range regexp.MustCompile(`"uid": "([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if found[1] != "${datasource}" {
			t.Errorf("the identifier %s is one Grafana's", found[1])
		}
	}
	var dashboard struct {
		ID     *int
		Panels []struct {
			ID      int
			Title   string
			Type    string
			GridPos grid
			Targets []struct {
				Expr       string
				Datasource struct{ UID string }
			}
		}
		Templating struct{ List []struct{ Name string } }
	}
	if err := json.Unmarshal([]byte(text), &dashboard); err != nil {
		t.Fatal(err)
	}
	if dashboard.ID != nil {
		t.Errorf("the dashboard has the number %d", *dashboard.ID)
	}
	variables := []string{"__rate_interval"} // Grafana's own
	for _, variable := range dashboard.Templating.List {
		variables = append(variables, variable.Name)
	}
	ids := map[int]string{}
	for i, panel := range dashboard.Panels {
		if other, twice := ids[panel.ID]; twice {
			t.Errorf("%s and %s have the same number", panel.Title, other)
		}
		ids[panel.ID] = panel.Title
		if panel.GridPos.X+panel.GridPos.W > 24 {
			t.Errorf("%s is wider than the page", panel.Title)
		}
		for _, before := range dashboard.Panels[:i] {
			if panel.GridPos.overlaps(before.GridPos) {
				t.Errorf("%s lies over %s", panel.Title, before.Title)
			}
		}
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("%s shows nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			if target.Datasource.UID != "${datasource}" {
				t.Errorf("%s: asks %q", panel.Title, target.Datasource.UID)
			}
			for _, found := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(target.Expr, -1) {
				if !slices.Contains(variables, found[1]) {
					t.Errorf("%s: there is no variable %s", panel.Title, found[1])
				}
			}
		}
	}
}

// TestDashboardQueries has Prometheus' own parser read what the dashboard asks for, as rules that it can check.
func TestDashboardQueries(t *testing.T) {
	promtool := tool(t, "promtool")
	var dashboard struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal([]byte(readFile(t, monitoring+"/grafana-dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	type rule struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	var rules []rule
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			rules = append(rules, rule{"query", strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")})
		}
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	command(t, "", nil, promtool, "check", "rules", "--lint=none", writeFile(t, "queries.yml", string(text)))
}
