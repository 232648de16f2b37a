package runner

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const idToken = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvIn0.c2ln"

func TestIDToken(t *testing.T) {
	for _, test := range []struct {
		name, answer string
		status       int
		want         string
	}{
		{"a token", `{"count": 1, "value": "` + idToken + `"}`, 200, ""},
		{"refused", `{"message": "hush-bearer"}`, 403, "the job's ID token: the answer is 403"},
		{"elsewhere", "", 302, "the job's ID token: the answer is 302"},
		{"no JSON", "<html>", 200, "the job's ID token: the answer is not a JSON object with a value"},
		{"no value", `{}`, 200, "the job's ID token: it is not a signed one"},
		{"no token", `{"value": "hush\n::error::"}`, 200, "the job's ID token: it is not a signed one"},
		{"unsigned", `{"value": "a.b."}`, 200, "the job's ID token: it is not a signed one"},
		{"endless", `{"value": "` + strings.Repeat("a", maxIDToken) + `"}`, 200, "the job's ID token: the answer is not a JSON object with a value"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("audience") != "https://zoneward.example/a&b" || r.URL.Query().Get("api-version") != "2.0" ||
					r.Header.Get("Authorization") != "Bearer hush-bearer" {
					t.Errorf("%s, %v", r.URL, r.Header)
				}
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.answer)
			}))
			defer server.Close()
			r, err := detect(in(map[string]string{
				"GITHUB_EVENT_NAME": "schedule", "ACTIONS_ID_TOKEN_REQUEST_URL": server.URL + "/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "hush-bearer",
			}, actions), "{}")
			if err != nil {
				t.Fatal(err)
			}
			token, err := r.IDToken(t.Context(), server.Client(), "https://zoneward.example/a&b")
			if test.want != "" {
				if err == nil || err.Error() != test.want {
					t.Errorf("got %v, want %s", err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if value, err := token.Value(); value != idToken || err != nil {
				t.Errorf("%q, %v", value, err)
			}
			for _, text := range []string{fmt.Sprintf("%v %+v %#v", token, r, *r), fmt.Sprintf("%s %q", token, token)} {
				if strings.Contains(text, "hush") || strings.Contains(text, idToken) {
					t.Errorf("a secret shows in %s", text)
				}
			}
		})
	}
}

func TestIDTokenMissing(t *testing.T) {
	schedule := in(map[string]string{"GITHUB_EVENT_NAME": "schedule"}, actions)
	for _, test := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"no permission", schedule, "ACTIONS_ID_TOKEN_REQUEST_URL is not set: the job needs the permission id-token: write"},
		{"a shell", nil, "ACTIONS_ID_TOKEN_REQUEST_URL is not set: the job needs the permission id-token: write"},
		{
			"no bearer", in(map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example/"}, schedule),
			"the job's ID token: ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set",
		},
		{
			"in the clear", in(map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "http://token.example/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "hush"}, schedule),
			"the job's ID token: ACTIONS_ID_TOKEN_REQUEST_URL is not a URL by https",
		},
		{
			"with a user", in(map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://u:hush@token.example/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "hush"}, schedule),
			"the job's ID token: ACTIONS_ID_TOKEN_REQUEST_URL is not a URL by https",
		},
		{"GitLab without id_tokens", gitlab, "ZONEWARD_ID_TOKEN is not set: the job needs id_tokens in .gitlab-ci.yml"},
		{"GitLab with another token", in(map[string]string{"ZONEWARD_ID_TOKEN": "glpat-hush"}, gitlab), "the job's ID token: it is not a signed one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := detect(test.env, "{}")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.IDToken(t.Context(), http.DefaultClient, "audience"); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	r, err := detect(in(map[string]string{"ZONEWARD_ID_TOKEN": idToken}, gitlab), "")
	if err != nil {
		t.Fatal(err)
	}
	token, err := r.IDToken(t.Context(), http.DefaultClient, "audience")
	if err != nil {
		t.Fatal(err)
	}
	if value, err := token.Value(); value != idToken || err != nil {
		t.Errorf("%q, %v", value, err)
	}
}
