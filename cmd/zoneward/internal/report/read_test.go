package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/zonefile"
)

// written returns a report as JSON.
func written(t testing.TB, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestReadBack: what is read is shown as what was written.
func TestReadBack(t *testing.T) {
	redacted := spoken(t)
	redacted.Redact = Redaction{Zones: []string{"example.com"}}
	for _, tc := range []struct {
		name     string
		report   *Report
		unproven bool
	}{
		{"all", spoken(t), false}, {"redacted", redacted, true}, {"what grace does", graceful(t), false},
	} {
		doc := written(t, tc.report)
		got, err := Read(strings.NewReader(doc))
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got.Unproven() != tc.unproven {
			t.Errorf("%s: unproven is %v", tc.name, got.Unproven())
		}
		if got.Details != "" {
			t.Errorf("%s: it would link to %s", tc.name, got.Details)
		}
		got.Details = tc.report.Details
		if again := written(t, got); again != doc {
			t.Errorf("%s: written again it is another:\n%s\nwant\n%s", tc.name, again, doc)
		}
		want := tc.report.Summary(MaxSummary)
		if tc.unproven {
			want = strings.Replace(want, "\n\nBoth sides", "\nSome of the plan is not shown, and was not at hand: that its id is that of what is shown cannot be checked here.\n\nBoth sides", 1)
		}
		if shown := got.Summary(MaxSummary); shown != want {
			t.Errorf("%s: it shows\n%s\nwant\n%s", tc.name, shown, want)
		}
		var text, wantText strings.Builder
		if err := got.WriteText(&text, render.Style{}); err != nil {
			t.Fatal(err)
		}
		if err := tc.report.WriteText(&wantText, render.Style{}); err != nil {
			t.Fatal(err)
		}
		if !tc.unproven && text.String() != wantText.String() {
			t.Errorf("%s: as text it is\n%s\nwant\n%s", tc.name, &text, &wantText)
		}
	}
}

// TestReadRefuses: a report that somebody has made up, or changed, is not taken.
func TestReadRefuses(t *testing.T) {
	doc := written(t, spoken(t))
	redacted := spoken(t)
	redacted.Redact = Redaction{Zones: []string{"example.com"}}
	hidden := written(t, redacted)
	edited := func(doc string, edit func(m map[string]any)) string {
		var m map[string]any
		if err := json.Unmarshal([]byte(doc), &m); err != nil {
			t.Fatal(err)
		}
		edit(m)
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	zone := func(m map[string]any) map[string]any { return m["zones"].([]any)[0].(map[string]any) }
	for _, tc := range []struct{ name, doc, want string }{
		{"nothing", "", "not a report"},
		{"no report", "[]", "not a report"},
		{"something behind it", doc + "{}", "not a report"},
		{"another version", edited(doc, func(m map[string]any) { m["version"] = 2 }), "a document of version 2"},
		{"an unknown field", edited(doc, func(m map[string]any) { m["html"] = "<b>" }), `unknown field "html"`},
		{"another record in the plan", strings.ReplaceAll(doc, "192.0.2.3\"", "192.0.2.4\""), "its id does not go with its changes"},
		{"another record beside the plan", strings.Replace(doc, "192.0.2.3\"", "192.0.2.4\"", 1), errParts.Error()},
		{"a change that is not told", edited(doc, func(m map[string]any) { zone(m)["caused"] = zone(m)["caused"].([]any)[1:] }), errParts.Error()},
		{"a change that is not planned", edited(doc, func(m map[string]any) {
			zone(m)["caused"] = append(zone(m)["caused"].([]any), zone(m)["settled"].([]any)[0])
		}), errParts.Error()},
		{"a zone that is not told", edited(doc, func(m map[string]any) { m["zones"] = m["zones"].([]any)[1:] }), errParts.Error()},
		{"the id of another plan", edited(doc, func(m map[string]any) { m["plan_id"] = "sha256:" + strings.Repeat("ab", 32) }), errPlanID.Error()},
		{"no plan", edited(doc, func(m map[string]any) { m["plan"] = nil }), "it has a plan if nothing is redacted"},
		{"redacted, and a plan", edited(doc, func(m map[string]any) { m["redacted"] = true }), "it has a plan if nothing is redacted"},
		{"redacted, with another id", edited(hidden, func(m map[string]any) { m["plan_id"] = "sha256:" + strings.Repeat("ab", 32) }), errPlanID.Error()},
		{"redacted, a zone twice", edited(hidden, func(m map[string]any) { m["zones"] = append(m["zones"].([]any), m["zones"].([]any)[0]) }), "out of order, or twice"},
		{"redacted, a guard that does not print", edited(hidden, func(m map[string]any) {
			zone(m)["holds"] = []any{map[string]any{"guard": "\u202e", "reason": "", "todo": ""}}
		}), "do not print"},
		{"redacted, a TTL that is none", edited(hidden, func(m map[string]any) { zone(m)["lingers"] = -1 }), "lingers"},
		{"a severity that is none", edited(doc, func(m map[string]any) { m["problems"].([]any)[0].(map[string]any)["severity"] = "fatal" }), "severity"},
		{"a number that never ends", edited(doc, func(m map[string]any) {
			m["summary"].(map[string]any)["create"] = json.Number(strings.Repeat("9", 1<<20))
		}), "octets more)"},
		{"a severity that never ends", edited(doc, func(m map[string]any) {
			m["problems"].([]any)[0].(map[string]any)["severity"] = strings.Repeat("x", 1<<20)
		}), "octets more)"},
		{"more zones than there can be", `{"version": 1, "zones": [` + strings.Repeat("{},", maxObjects) + `{}]}`, "more than 1048576 objects"},
		{"too deep", `{"version": 1, "notices": ` + strings.Repeat("[", 100_000), "max depth"},
		{"too much of it", "{" + strings.Repeat(" ", MaxDocument), "more than 67108864 octets"},
	} {
		_, err := Read(strings.NewReader(tc.doc))
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s: %v", tc.name, err)
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
			t.Errorf("%s: %v; want %q", tc.name, err, tc.want)
		case err != nil && len(err.Error()) > 2*mostText:
			t.Errorf("%s: an error of %d octets", tc.name, len(err.Error()))
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(written(f, spoken(f))))
	redacted := spoken(f)
	redacted.Redact = Redaction{Zones: []string{"*"}, Types: []zonefile.Type{zonefile.TypeTXT}}
	f.Add([]byte(written(f, redacted)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, err := Read(bytes.NewReader(doc))
		if err != nil {
			return
		}
		comment := r.Comment(MaxComment)
		if len(comment) > MaxComment {
			t.Errorf("%d octets", len(comment))
		}
		for _, c := range comment {
			if c != '\n' && !render.IsPlain(c) {
				t.Errorf("it leaves %U", c)
			}
		}
		if !r.Unproven() {
			if again, err := Read(strings.NewReader(written(t, r))); err != nil || again.Proposal.Plan.ID() != r.Proposal.Plan.ID() {
				t.Errorf("written again: %v", err)
			}
		}
	})
}
