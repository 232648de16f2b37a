package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func zoneStates() []document.ZoneState { return document.ZoneStates[:] }

func id(zone string) string { return planOf[zone].String() }

// TestAnswers asks for everything once. Each answer is checked against the description by the tester.
func TestAnswers(t *testing.T) {
	x := newTester(t)
	for _, path := range []string{
		"status", "zones", "zones?zone=team-a.example&target=pdns", "zones?attention=true", "zones?state=unseen", "plans", "plans?zone=TEAM-A.example.", "tombstones", "tombstones?all=true&name=www.team-a.example&type=A",
		"tombstones/aaaaaaaaaaaaaaaa", "history", "history?zone=team-a.example&target=pdns&since=2026-01-01T00:00:00Z", "suspensions", "suspensions?zone=team-a.example", "reviews", "reviews?pull=12&open=true",
	} {
		x.ask(http.StatusOK, "reader", http.MethodGet, apiRoot+path, "")
	}
	for _, post := range [][2]string{
		{"plans/approve", `{"plans": ["` + id("team-a.example.") + `"], "reason": "reviewed"}`},
		{"reconcile", `{}`},
		{"restore", `{"tombstone": "aaaaaaaaaaaaaaaa", "apply": false}`},
		{"restore", `{"tombstone": "aaaaaaaaaaaaaaaa", "keep_for": 3600, "reason": "gone by mistake", "apply": true, "plans": ["` + id("team-a.example.") + `"]}`},
		{"restore", `{"zone": "team-a.example", "name": "www.team-a.example", "type": "A", "at": {"commit": "4bb0b2f"}, "apply": false}`},
		{"suspensions", `{"zones": ["team-a.example"], "targets": ["pdns"], "reason": "moving", "until": "2999-01-01T00:00:00Z"}`},
		{"verify", `{"zones": ["team-a.example"], "within": 5, "whole": true}`},
		{"proposals", `{"base": "", "head": "` + commitOf["both"] + `", "ref": "refs/pull/12/head", "pull": 12}`},
	} {
		x.ask(http.StatusOK, "operator", http.MethodPost, apiRoot+post[0], post[1])
	}
	x.ask(http.StatusOK, "operator", http.MethodDelete, apiRoot+"suspensions?zone=team-a.example&reason=moved", "")
	x.ask(http.StatusOK, "operator", http.MethodDelete, apiRoot+"suspensions?all=true&reason=over", "")

	want := []string{
		"tombstones <no name>", "history <no name>", "history team-a.example.",
		"approve 1 by operator (api) because reviewed overriding []", "look", "reconcile [] []",
		`plan restore "aaaaaaaaaaaaaaaa"`, `plan restore "" www.team-a.example. A team-a.example. commit 4bb0b2f`, `restore "aaaaaaaaaaaaaaaa" for 1h0m0s by operator (api) because gone by mistake overriding []`,
		`propose ..aaaaaaa at "refs/pull/12/head" of 12`, "reviews of 0, open false", "reviews of 12, open true",
		`suspend "team-a.example." "pdns" by operator (api) because moving`, "verify [team-a.example.] within 5s whole true", `resume "team-a.example." by operator (api) because moved`, `resume "<no name>" by operator (api) because over`,
	}
	said := x.engine.said()
	for _, call := range want {
		if !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, call) }) {
			t.Errorf("nobody called %q:\n%s", call, strings.Join(said, "\n"))
		}
	}
	logged := x.logged()
	for _, line := range []string{
		`"msg":"api request"`, `"actor":"operator (api)"`, `"operation":"approvePlans"`, `"status":200`, `"reason":"reviewed"`, `"operation":"resume"`,
	} {
		if !strings.Contains(logged, line) {
			t.Errorf("the log has no %s:\n%s", line, logged)
		}
	}
	if strings.Contains(logged, "listZones") || strings.Contains(logged, x.tokens["operator"]) {
		t.Errorf("the log has reads, or a token:\n%s", logged)
	}
}

func TestWithoutTokensThereIsNoAPI(t *testing.T) {
	x := newTester(t)
	x.setTokens(nil)
	for _, path := range []string{"status", "openapi.yaml", "nothing"} {
		if body := x.ask(http.StatusNotFound, "admin", http.MethodGet, apiRoot+path, ""); !strings.Contains(body, "#no-api") {
			t.Errorf("%s: %s; want another kind of problem than of what is not found", path, body)
		}
	}
}

func TestOtherAddresses(t *testing.T) {
	x := newTester(t)
	if body := x.ask(http.StatusNotFound, "admin", http.MethodGet, apiRoot+"nothing", ""); !strings.Contains(body, "#no-api") {
		t.Errorf("nothing: %s", body)
	}
	x.ask(http.StatusNotFound, "admin", http.MethodGet, apiRoot, "")
	w := x.do(x.request("admin", http.MethodPut, apiRoot+"suspensions", "{}"))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "DELETE, GET, POST" {
		t.Errorf("PUT: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
	if body := x.ask(http.StatusOK, "", http.MethodGet, apiRoot+"openapi.yaml", ""); !strings.HasPrefix(body, "openapi: 3.1") {
		t.Errorf("openapi.yaml: %.40s", body)
	}
	x.ask(http.StatusUnauthorized, "", http.MethodGet, apiRoot+"nothing", "")
}

func TestPages(t *testing.T) {
	x := newTester(t)
	var zones []string
	for after := ""; ; {
		page := decode[document.ZoneStatuses](t, x.ask(http.StatusOK, "reader", http.MethodGet, apiRoot+"zones?limit=2"+after, ""))
		if len(page.Zones) > 2 {
			t.Fatalf("%d zones on a page", len(page.Zones))
		}
		for _, z := range page.Zones {
			zones = append(zones, z.Zone+" "+z.Target)
		}
		if page.After == "" {
			break
		}
		after = "&after=" + strings.ReplaceAll(page.After, " ", "+")
	}
	var want []string
	for _, z := range x.engine.Status().Zones {
		want = append(want, z.Zone.String()+" "+z.Target)
	}
	if diff := cmp.Diff(zones, want); diff != "" {
		t.Error(diff)
	}

	var seqs []int64
	for after := ""; ; {
		page := decode[document.HistoryPage](t, x.ask(http.StatusOK, "reader", http.MethodGet, apiRoot+"history?limit=4"+after, ""))
		for _, e := range page.Entries {
			seqs = append(seqs, e.Seq)
		}
		if page.After == nil {
			break
		}
		after = fmt.Sprintf("&after=%d", *page.After)
	}
	if diff := cmp.Diff(seqs, []int64{5, 4, 3, 2, 1}); diff != "" {
		t.Error(diff)
	}

	first := decode[document.Tombstones](t, x.ask(http.StatusOK, "reader", http.MethodGet, apiRoot+"tombstones?limit=1", ""))
	second := decode[document.Tombstones](t, x.ask(http.StatusOK, "reader", http.MethodGet, apiRoot+"tombstones?limit=1&after="+first.After, ""))
	if first.After != stoneOf["team-a.example."] || second.After != "" || len(second.Tombstones) != 1 || second.Tombstones[0].ID != stoneOf["team-b.example."] {
		t.Errorf("tombstones: %+v, then %+v", first, second)
	}
	for _, path := range []string{"zones?limit=0", "zones?limit=1001", "zones?limit=x", "zones?after=team-a", "zones?after=a..b+c", "tombstones?after=0123", "history?after=-1", "history?limit=1&limit=2", "history?limit="} {
		x.ask(http.StatusBadRequest, "reader", http.MethodGet, apiRoot+path, "")
	}
}

// bodies are bodies for the operations that take one, and whether they are good.
var bodies = []struct {
	path, body string
	good       bool
}{
	{"plans/approve", `{"plans": ["PLAN"], "reason": "x"}`, true},
	{"plans/approve", `{"plans": ["PLAN"], "reason": "x", "overrides": ["approval", "max-deletes"]}`, true},
	{"plans/approve", `{}`, false},
	{"plans/approve", `{"plans": ["PLAN"]}`, false},
	{"plans/approve", `{"plans": ["PLAN"], "reason": " "}`, false},
	{"plans/approve", `{"plans": [], "reason": "x"}`, false},
	{"plans/approve", `{"plans": ["PLAN", "PLAN"], "reason": "x"}`, false},
	{"plans/approve", `{"plans": ["sha256:12"], "reason": "x"}`, false},
	{"plans/approve", `{"plans": "PLAN", "reason": "x"}`, false},
	{"plans/approve", `{"plans": [1], "reason": "x"}`, false},
	{"plans/approve", `{"plans": ["PLAN"], "reason": "x", "overrides": ["everything"]}`, false},
	{"plans/approve", `{"plans": ["PLAN"], "reason": "x", "overrides": ["soa", "soa"]}`, false},
	{"plans/approve", `{"plans": ["PLAN"], "reason": "x", "actor": "somebody else"}`, false},
	{"plans/approve", `{"plans": ["PLAN"], "Reason": "x"}`, false},
	{"plans/approve", `{"plans": ["PLAN"], "reaſon": "x"}`, false},
	{"plans/approve", `{"plans": ["PLAN"], "reason": "x", "overrides": null}`, false},
	{"plans/approve", `[]`, false},
	{"plans/approve", `"x"`, false},
	{"plans/approve", `null`, false},
	{"reconcile", `{}`, true},
	{"reconcile", `{"zones": ["team-a.example", "Bücher.example"], "targets": ["pdns"]}`, true},
	{"reconcile", `{"zones": "team-a.example"}`, false},
	{"reconcile", `{"zones": [""]}`, false},
	{"reconcile", `{"targets": [""]}`, false},
	{"reconcile", `{"zone": ["team-a.example"]}`, false},
	{"restore", `{"tombstone": "aaaaaaaaaaaaaaaa", "apply": false}`, true},
	{"restore", `{"name": "www.team-a.example", "type": "A", "apply": false, "at": {"time": "2026-01-02T03:04:05Z"}, "target": "pdns"}`, true},
	{"restore", `{"name": "www.team-a.example", "type": "A", "apply": false, "at": {"plan": "sha256:abcd"}}`, true},
	{"restore", `{"tombstone": "aaaaaaaaaaaaaaaa", "apply": true}`, false},
	{"restore", `{"tombstone": "aaaaaaaaaaaaaaaa", "apply": false, "plans": ["PLAN"]}`, false},
	{"restore", `{"tombstone": "aaaaaaaa", "apply": false}`, false},
	{"restore", `{"tombstone": "AAAAAAAAAAAAAAAA", "apply": false}`, false},
	{"restore", `{"tombstone": "aaaaaaaaaaaaaaaa", "apply": false, "zone": "team-a.example"}`, false},
	{"restore", `{"tombstone": "aaaaaaaaaaaaaaaa", "apply": "yes"}`, false},
	{"restore", `{"name": "www.team-a.example", "apply": false}`, false},
	{"restore", `{"apply": false}`, false},
	{"restore", `{"name": "www.team-a.example", "type": "A", "apply": false, "at": {}}`, false},
	{"restore", `{"name": "www.team-a.example", "type": "A", "apply": false, "at": {"plan": "sha256:abcd", "commit": "4bb0b2f"}}`, false},
	{"restore", `{"name": "www.team-a.example", "type": "A", "apply": false, "at": {"commit": "xyz"}}`, false},
	{"restore", `{"name": "www.team-a.example", "type": "A", "apply": false, "at": {"time": "yesterday"}}`, false},
	{"restore", `{"name": "www.team-a.example", "type": "A", "apply": false, "keep_for": -1}`, false},
	{"restore", `{"name": "www.team-a.example", "type": "A", "apply": false, "keep_for": 99999999999999999999}`, false},
	{"suspensions", `{"all": true, "reason": "x"}`, true},
	{"suspensions", `{"targets": ["pdns"], "reason": "x", "until": "2999-01-01T00:00:00+01:00"}`, true},
	{"suspensions", `{"zones": ["team-a.example"], "all": true, "reason": "x"}`, false},
	{"suspensions", `{"reason": "x"}`, false},
	{"suspensions", `{"all": false, "reason": "x"}`, false},
	{"suspensions", `{"zones": [], "reason": "x"}`, false},
	{"suspensions", `{"all": true}`, false},
	{"suspensions", `{"all": true, "reason": "x", "until": "tomorrow"}`, false},
	{"verify", `{}`, true},
	{"verify", `{"zones": ["team-a.example"], "within": 600, "whole": false}`, true},
	{"verify", `{"within": 601}`, false},
	{"verify", `{"within": 1.5}`, false},
	{"verify", `{"server": "192.0.2.53"}`, false},
	{"proposals", `{"base": "", "head": "HEAD"}`, true},
	{"proposals", `{"base": "HEAD", "head": "HEAD", "ref": "refs/merge-requests/7/head", "pull": 2147483647}`, true},
	{"proposals", `{"base": "", "head": "HEAD", "pull": 0}`, true},
	{"proposals", `{"head": "HEAD"}`, true},
	{"proposals", `{"base": ""}`, false},
	{"proposals", `{"base": "", "head": ""}`, false},
	{"proposals", `{"base": "", "head": "main"}`, false},
	{"proposals", `{"base": "", "head": "abcdef0"}`, false},
	{"proposals", `{"base": "main", "head": "HEAD"}`, false},
	{"proposals", `{"base": "", "head": "HEADa"}`, false},
	{"proposals", `{"base": "", "head": "HEAD", "ref": "main"}`, false},
	{"proposals", `{"base": "", "head": "HEAD", "ref": "--upload-pack=id"}`, false},
	{"proposals", `{"base": "", "head": "HEAD", "ref": "refs/heads/a b"}`, false},
	{"proposals", `{"base": "", "head": "HEAD", "ref": "+refs/heads/*:refs/heads/*"}`, false},
	{"proposals", `{"base": "", "head": "HEAD", "ref": "refs/heads/../x"}`, false},
	{"proposals", `{"base": "", "head": "HEAD", "pull": -1}`, false},
	{"proposals", `{"base": "", "head": "HEAD", "pull": "12"}`, false},
	{"proposals", `{"base": "", "head": "HEAD", "pull": 2147483648}`, false},
	{"proposals", `{"base": "", "head": "HEAD", "url": "https://evil.example/zones"}`, false},
}

// TestBodies has the description and the handlers say the same of each body.
func TestBodies(t *testing.T) {
	x := newTester(t)
	for _, tc := range bodies {
		before := len(x.engine.said())
		body := strings.NewReplacer("PLAN", id("team-a.example."), "HEAD", commitOf["both"]).Replace(tc.body)
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if err := x.about.body(t, apiRoot+tc.path).Validate(value); (err == nil) != tc.good {
			t.Errorf("%s %s: the description says %v; want good %t", tc.path, tc.body, err, tc.good)
		}
		status := http.StatusBadRequest
		if tc.good {
			status = http.StatusOK
		}
		x.ask(status, "admin", http.MethodPost, apiRoot+tc.path, body)
		if said := x.engine.said()[before:]; !tc.good && len(said) > 0 {
			t.Errorf("%s %s: it was refused, and %s", tc.path, tc.body, said)
		}
	}
}

// TestBodiesThatAreNoJSON has what no schema can say.
func TestBodiesThatAreNoJSON(t *testing.T) {
	x := newTester(t)
	good := `{"zones": ["team-a.example"]}`
	for name, tc := range map[string]struct {
		body   string
		change func(*http.Request)
		status int
		says   string
	}{
		"nothing":          {"", nil, 415, "Content-Type"},
		"empty":            {" ", nil, 400, "no JSON object"},
		"cut":              {good[:12], nil, 400, "no JSON"},
		"trailing":         {good + good, nil, 400, "something follows"},
		"trailing letter":  {good + "x", nil, 400, "something follows"},
		"duplicate":        {`{"zones": ["team-a.example"], "zones": []}`, nil, 400, `"zones" comes twice`},
		"unknown":          {`{"zoness": []}`, nil, 400, `unknown field "zoness"`},
		"other case":       {`{"ZONES": []}`, nil, 400, `unknown field "ZONES"`},
		"duplicate escape": {"{\"zones\": [], \"\\u007aones\": []}", nil, 400, "comes twice"},
		"deep":             {`{"zones": ` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, nil, 400, "deep"},
		"very deep":        {`{"zones": ` + strings.Repeat("[", 500_000), nil, 400, "deep"},
		"no UTF-8":         {"{\"zones\": [\"\xff\"]}", nil, 400, "UTF-8"},
		"large":            {`{"zones": ["` + strings.Repeat("x", maxBody) + `"]}`, nil, 413, "octets"},
		"form":             {good, func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 415, ""},
		"text":             {good, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, ""},
		"latin":            {good, func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=latin1") }, 415, ""},
		"utf-8":            {good, func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=UTF-8") }, 200, ""},
		"compressed":       {good, func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415, ""},
		"another site":     {good, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, "another site"},
		"another origin":   {good, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403, "another site"},
		"parameter":        {good, func(r *http.Request) { r.URL.RawQuery = "access_token=x" }, 400, `no parameter "access_token"`},
		"bad query":        {good, func(r *http.Request) { r.URL.RawQuery = "%zz" }, 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := x.request("operator", http.MethodPost, apiRoot+"reconcile", tc.body)
			if tc.change != nil {
				tc.change(r)
			}
			w := x.do(r)
			if w.Code != tc.status || !strings.Contains(w.Body.String(), strings.ReplaceAll(tc.says, `"`, `\"`)) {
				t.Errorf("%d %s; want %d and %q", w.Code, w.Body, tc.status, tc.says)
			}
		})
	}
}

func TestApprovals(t *testing.T) {
	body := func(zone string, overrides ...string) string {
		more := ""
		if len(overrides) > 0 {
			more = `, "overrides": ["` + strings.Join(overrides, `", "`) + `"]`
		}
		return `{"plans": ["` + id(zone) + `"], "reason": "x"` + more + `}`
	}
	x := newTester(t)
	x.ask(http.StatusOK, "operator", http.MethodPost, apiRoot+"plans/approve", body("team-a.example.", "approval"))
	problem := decode[document.DaemonProblem](t, x.ask(http.StatusForbidden, "operator", http.MethodPost, apiRoot+"plans/approve", body("team-a.example.", "approval", "soa")))
	if problem.Role != "admin" {
		t.Errorf("to override a guard: %+v; want the role admin named", problem)
	}
	x.ask(http.StatusForbidden, "operator", http.MethodPost, apiRoot+"restore", strings.Replace(body("team-a.example.", "taken"), "{", `{"apply": true, "tombstone": "aaaaaaaaaaaaaaaa", `, 1))
	x.ask(http.StatusOK, "admin", http.MethodPost, apiRoot+"plans/approve", body("team-a.example.", "soa"))

	planOfNothing := strings.Replace(body("team-a.example."), id("team-a.example."), zonefile.Digest{99}.String(), 1)
	problem = decode[document.DaemonProblem](t, x.ask(http.StatusConflict, "operator", http.MethodPost, apiRoot+"plans/approve", planOfNothing))
	if len(problem.Plans) != len(refs()) {
		t.Errorf("another plan: %+v; want the plans that there are", problem)
	}
	x.engine.approveErr = fmt.Errorf("%w: it was applied", reconcile.ErrNoSuchPlan)
	x.ask(http.StatusConflict, "operator", http.MethodPost, apiRoot+"plans/approve", body("team-a.example."))
	x.engine.approveErr = reconcile.ErrNotRunning
	x.ask(http.StatusServiceUnavailable, "operator", http.MethodPost, apiRoot+"plans/approve", body("team-a.example."))
	x.engine.approveErr = fmt.Errorf("disk of /var/lib/secret is full")
	if answer := x.ask(http.StatusInternalServerError, "operator", http.MethodPost, apiRoot+"plans/approve", body("team-a.example.")); strings.Contains(answer, "disk") {
		t.Errorf("the answer has what is for the log: %s", answer)
	}
	if !strings.Contains(x.logged(), "is full") {
		t.Errorf("the log does not say why:\n%s", x.logged())
	}
	other := `{"tombstone": "aaaaaaaaaaaaaaaa", "apply": true, "plans": ["` + zonefile.Digest{99}.String() + `"]}`
	problem = decode[document.DaemonProblem](t, x.ask(http.StatusConflict, "operator", http.MethodPost, apiRoot+"restore", other))
	if len(problem.Plans) != 1 || problem.Plans[0].ID != planOf["team-a.example."] {
		t.Errorf("another restore: %+v; want its id", problem)
	}
}
