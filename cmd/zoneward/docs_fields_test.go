package main

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render/rendertest"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// TestDocumentedFields looks for every field of the JSON forms of a plan and of what apply did in the parts of docs/command-line.md that describe them.
func TestDocumentedFields(t *testing.T) {
	page := readFile(t, root+"/docs/command-line.md")
	plan := rendertest.Spoken()
	plan.Zones[0].Warnings = make([]zonefile.Problem, 1)
	plan.Notices = []string{"a note"}
	plan.Zones = append(plan.Zones, rendertest.Domain().Zones...)
	var planned strings.Builder
	if err := plan.WriteJSON(&planned); err != nil {
		t.Fatal(err)
	}
	change := plan.Zones[0].Changes[:1]
	domain := rendertest.Domain().Zones[0]
	applied, _ := printed(t, "json", plan, []reconcile.Outcome{{
		Refused: []reconcile.Refusal{{Changes: change, Err: errors.New("no")}}, Skipped: change,
		Verification: &reconcile.Verification{Servers: make([]reconcile.ServerAnswer, 1)}, Deferred: domain.Deferred, Holds: domain.Holds,
	}})
	for _, test := range []struct{ title, end, text string }{
		{"### Plan as JSON", "## apply", planned.String()},
		{"`--format json` shows what became of the zones", "## run", applied}, // with those of verify, which it shares
	} {
		_, section, _ := strings.Cut(page, test.title)
		section, _, ok := strings.Cut(section, test.end)
		if !ok {
			t.Errorf("the page has no part from %s to %s", test.title, test.end)
		}
		var value any
		if err := json.Unmarshal([]byte(test.text), &value); err != nil {
			t.Fatal(err)
		}
		for key := range fields(value) {
			if !regexp.MustCompile("`[^`\n]*\\b" + key + "\\b[^`\n]*`").MatchString(section) {
				t.Errorf("%s does not have the field %s", test.title, key)
			}
		}
	}
}

// fields returns the names of the fields of a value that was read from JSON.
func fields(value any) map[string]bool {
	names := map[string]bool{}
	switch v := value.(type) {
	case map[string]any:
		for key, of := range v {
			names[key] = true
			if key != "references" { // which has the names of secrets
				maps.Copy(names, fields(of))
			}
		}
	case []any:
		for _, of := range v {
			maps.Copy(names, fields(of))
		}
	}
	return names
}
