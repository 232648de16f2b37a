package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// FuzzAPI sends bodies to everything that takes one, by an administrator and by somebody who may not see all. None has the daemon fail, what is not JSON as
// described is refused, and what somebody may not see is not touched.
func FuzzAPI(f *testing.F) {
	for _, seed := range bodies {
		f.Add(strings.ReplaceAll(seed.body, "PLAN", id("team-a.example.")))
	}
	for _, seed := range []string{
		"", "{", "{}{}", `{"zones": ["a.team-a.example", "."], "targets": ["\u0000"]}`, `{"at": {"time": "0000-01-01T00:00:00Z"}, "name": "@", "type": "TYPE0", "apply": true}`,
		`{"zones": ["` + strings.Repeat("a.", 200) + `"]}`, `{"keep_for": 1e400}`, `{"zones": [` + strings.Repeat("[", 40) + `]}`, `{"reason": "\ud800"}`,
	} {
		f.Add(seed)
	}
	admin, team := newTester(f), newTester(f)
	f.Fuzz(func(t *testing.T, body string) {
		x, y := admin.on(t), team.on(t)
		value, notJSON := jsonschema.UnmarshalJSON(strings.NewReader(body))
		for _, r := range routes() {
			if r.method != http.MethodPost {
				continue
			}
			described := notJSON == nil && x.about.body(t, r.path).Validate(value) == nil
			for token, by := range map[string]*tester{"admin": x, "team-a": y} {
				request := by.request(token, r.method, r.path, body)
				request.Header.Set("Content-Type", "application/json")
				w := by.do(request)
				if w.Code >= 500 || w.Code == http.StatusOK && !described {
					t.Errorf("%s by %s: %d %s", r.path, token, w.Code, w.Body)
				}
			}
		}
		for _, call := range y.engine.said() {
			if strings.Contains(call, "team-b") || strings.Contains(call, "reconcile [] ") || strings.Contains(call, "verify [] ") || strings.HasPrefix(call, `suspend "<no name>"`) {
				t.Errorf("%s: %s", body, call)
			}
		}
	})
}
