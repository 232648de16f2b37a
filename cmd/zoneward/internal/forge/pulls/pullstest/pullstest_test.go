package pullstest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
)

var commit = strings.Repeat("a", 40)

// ask makes a request as a client of the forge should, but for the headers that change says.
func ask(t *testing.T, s *pullstest.Server, method, path, body string, change map[string]string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	header := map[string]string{"Authorization": "Bearer " + s.Token(), "Accept": "application/json", "User-Agent": "test"}
	if s.Kind() == forge.GitHub {
		header["Accept"], header["X-GitHub-Api-Version"] = "application/vnd.github+json", "2022-11-28"
	}
	if body != "" {
		header["Content-Type"] = "application/json"
	}
	for name, value := range change {
		header[name] = value
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

// What the real ones refuse is refused, with their status.
func TestRefusals(t *testing.T) {
	const github, gitlab = "/repos/example/zones", "/projects/example%2Fzones"
	long := strings.Repeat("x", 65537)
	for _, tt := range []struct {
		name   string
		kind   forge.Kind
		method string
		path   string
		body   string
		change map[string]string
		want   int
		says   string
	}{
		{"all is well", forge.GitHub, "GET", github + "/pulls/1", "", nil, 200, `"number":1`},
		{"no token", forge.GitHub, "GET", github + "/pulls/1", "", map[string]string{"Authorization": ""}, 401, "Bad credentials"},
		{"no Accept", forge.GitHub, "GET", github + "/pulls/1", "", map[string]string{"Accept": "*/*"}, 415, "Accept"},
		{"no User-Agent", forge.GitHub, "GET", github + "/pulls/1", "", map[string]string{"User-Agent": ""}, 403, "User-Agent"},
		{"no version", forge.GitHub, "GET", github + "/pulls/1", "", map[string]string{"X-GitHub-Api-Version": ""}, 400, "version"},
		{"another repository", forge.GitHub, "GET", "/repos/a/b/pulls/1", "", nil, 404, "Not Found"},
		{"the wrong method", forge.GitHub, "PUT", github + "/pulls/1", "", nil, 404, ""},
		{"an unknown parameter", forge.GitHub, "GET", github + "/pulls/1?x=1", "", nil, 400, "unknown"},
		{"no such pull request", forge.GitHub, "GET", github + "/pulls/2", "", nil, 404, ""},
		{"a long comment", forge.GitHub, "POST", github + "/issues/1/comments", `{"body": "` + long + `"}`, nil, 422, "too long"},
		{"an empty comment", forge.GitHub, "POST", github + "/issues/1/comments", `{"body": " "}`, nil, 422, "blank"},
		{"an unknown member", forge.GitHub, "POST", github + "/issues/1/comments", `{"body": "x", "y": 1}`, nil, 400, "unknown field"},
		{"not JSON", forge.GitHub, "POST", github + "/issues/1/comments", `{"body"`, nil, 400, "parsing"},
		{"it does not say it is JSON", forge.GitHub, "POST", github + "/issues/1/comments", `{"body": "x"}`, map[string]string{"Content-Type": "text/plain"}, 400, "text/plain"},
		{"somebody else's comment", forge.GitHub, "PATCH", github + "/issues/comments/1", `{"body": "x"}`, nil, 403, ""},
		{"a long description", forge.GitHub, "POST", github + "/statuses/" + commit, `{"state": "success", "context": "c", "description": "` + long[:141] + `"}`, nil, 422, "140"},
		{"a state that is none", forge.GitHub, "POST", github + "/statuses/" + commit, `{"state": "done", "context": "c"}`, nil, 422, "state"},
		{"a URL that is none", forge.GitHub, "POST", github + "/statuses/" + commit, `{"state": "success", "context": "c", "target_url": "javascript:x"}`, nil, 422, "http(s)"},
		{"a commit that is none", forge.GitHub, "POST", github + "/statuses/main", `{"state": "success", "context": "c"}`, nil, 422, "No commit found"},
		{"a query that is not known", forge.GitHub, "POST", "/graphql", `{"query": "query { x }"}`, nil, 200, "errors"},

		{"Gitea: all is well", forge.Gitea, "GET", github + "/pulls/1", "", nil, 200, `"number":1`},
		{"Gitea: no token", forge.Gitea, "GET", github + "/pulls/1", "", map[string]string{"Authorization": "token x"}, 401, ""},
		{"Gitea: an empty comment", forge.Gitea, "POST", github + "/issues/1/comments", `{"body": ""}`, nil, 422, "Required"},
		{"Gitea: a long comment", forge.Gitea, "POST", github + "/issues/1/comments", `{"body": "` + long + `"}`, nil, 201, ""},
		{"Gitea: a commit that is none", forge.Gitea, "POST", github + "/statuses/main", `{"state": "success", "context": "c"}`, nil, 404, ""},

		{"GitLab: all is well", forge.GitLab, "GET", gitlab + "/merge_requests/1", "", nil, 200, `"iid":1`},
		{"GitLab: the path in parts", forge.GitLab, "GET", "/projects/example/zones/merge_requests/1", "", nil, 404, ""},
		{"GitLab: no token", forge.GitLab, "GET", gitlab + "/merge_requests/1", "", map[string]string{"Authorization": ""}, 401, ""},
		{"GitLab: an empty note", forge.GitLab, "POST", gitlab + "/merge_requests/1/notes", `{"body": ""}`, nil, 400, "blank"},
		{"GitLab: a state that is none", forge.GitLab, "POST", gitlab + "/statuses/" + commit, `{"state": "failure", "name": "c"}`, nil, 400, "state"},
		{"GitLab: a long description", forge.GitLab, "POST", gitlab + "/statuses/" + commit, `{"state": "success", "name": "c", "description": "` + long[:256] + `"}`, nil, 400, "255"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := pullstest.New(tt.kind, pullstest.Options{})
			defer s.Close()
			number := s.AddPull(pulls.Pull{Base: pulls.Branch{Commit: commit}, Head: pulls.Branch{Commit: commit}})
			s.AddComment(number, "ann", "nice")
			if status, body, _ := ask(t, s, tt.method, tt.path, tt.body, tt.change); status != tt.want || !strings.Contains(body, tt.says) {
				t.Errorf("%d %s", status, body)
			}
		})
	}
}

// A status of GitLab that is pending does not become pending.
func TestGitLabTransition(t *testing.T) {
	s := pullstest.New(forge.GitLab, pullstest.Options{})
	defer s.Close()
	s.AddCommit(commit)
	for i, want := range []int{201, 400, 201, 201} {
		state := []string{"pending", "pending", "success", "pending"}[i]
		if got, body, _ := ask(t, s, "POST", "/projects/example%2Fzones/statuses/"+commit, fmt.Sprintf(`{"state": %q, "name": "c"}`, state), nil); got != want {
			t.Errorf("%d %s: %d %s", i, state, got, body)
		}
	}
}

// Pages are as those of the real ones: Gitea has all comments at once, and addresses of another host.
func TestPages(t *testing.T) {
	for kind, want := range map[forge.Kind]struct {
		path, link string
		items      int
	}{
		forge.GitHub: {"/repos/example/zones/issues/1/comments?per_page=1000", `page=2&per_page=1000>; rel="next"`, 100},
		forge.GitLab: {"/projects/example%2Fzones/merge_requests/1/notes", `example%2Fzones/merge_requests/1/notes?page=2>; rel="next"`, 20},
		forge.Gitea:  {"/repos/example/zones/issues/1/comments?limit=5&page=7", "", 120},
	} {
		s := pullstest.New(kind, pullstest.Options{})
		defer s.Close()
		number := s.AddPull(pulls.Pull{Base: pulls.Branch{Commit: commit}, Head: pulls.Branch{Commit: commit}})
		for range 120 {
			s.AddComment(number, "ann", "nice")
		}
		_, body, header := ask(t, s, "GET", want.path, "", nil)
		if got := strings.Count(body, `"body"`); got != want.items || !strings.Contains(header.Get("Link"), want.link) || want.link == "" && header.Get("Link") != "" {
			t.Errorf("%s: %d items, %s", kind, got, header.Get("Link"))
		}
	}
}
