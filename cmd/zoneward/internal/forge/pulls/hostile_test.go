package pulls_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
)

// liar starts a server that answers as it likes.
func liar(t *testing.T, kind forge.Kind, answer http.HandlerFunc) pulls.Host {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	host, err := pulls.Open(kind, pulls.Options{
		URL: server.URL, Repository: "example/zones", Token: func(context.Context) (string, error) { return "token", nil }, Sleep: (&clock{}).sleep,
	})
	if err != nil {
		t.Fatal(err)
	}
	return host
}

// An answer that is not what it should be is an error, whatever it is.
func TestLies(t *testing.T) {
	everything := func(host pulls.Host) map[string]error {
		errs := map[string]error{}
		ctx := context.Background()
		_, errs["Self"] = host.Self(ctx)
		_, errs["Pull"] = host.Pull(ctx, 1)
		_, errs["PullsOf"] = host.PullsOf(ctx, head)
		for _, err := range host.Comments(ctx, 1) {
			errs["Comments"] = err
		}
		for _, err := range host.OpenPulls(ctx) {
			errs["OpenPulls"] = err
		}
		_, errs["CreateComment"] = host.CreateComment(ctx, 1, "new")
		_, errs["EditComment"] = host.EditComment(ctx, 1, pulls.Comment{ID: 1}, "changed")
		_, errs["Statuses"] = host.Statuses(ctx, head)
		_, errs["Labels"] = host.Labels(ctx, 1)
		_, errs["Access"] = host.Access(ctx, "ann")
		return errs
	}
	for _, tt := range []struct {
		name, body string
		fine       string // those that may take it for an answer
	}{
		{"nothing", "", ""},
		{"a page", "<html>", ""},
		{"a number", "7", ""},
		{"a text", `"x"`, ""},
		{"cut off", `[{"id": 1`, ""},
		{"something behind it", `[] []`, ""},
		{"an empty object", `{}`, "Labels"},
		{"null", `null`, "Comments Statuses PullsOf Labels Access"},
		{"an empty list", `[]`, "Comments Statuses PullsOf Labels Access"},
		{"an empty object in a list", `[{}]`, "Access"},
		{"the wrong types", `[{"id": "1", "number": "1", "iid": "1"}]`, ""},
		{"ids that are none", `[{"id": -1, "number": 0, "iid": 0}]`, "Access"},
		{"an id that is too large", `[{"id": 99999999999999999999, "number": 1e30, "iid": 1e30}]`, ""},
		{"deep", strings.Repeat("[", 100_000), ""},
		{"a time that is none", `[{"id": 1, "created_at": "soon"}]`, "PullsOf Access"},
		{"texts of several lines", `[{"id": 1, "user": {"login": "a\nb"}, "author": {"username": "a\nb"}, "creator": {"login": "a\nb"}}]`, "Access"},
	} {
		for _, kind := range []forge.Kind{forge.GitHub, forge.Gitea, forge.GitLab} {
			t.Run(tt.name+"/"+string(kind), func(t *testing.T) {
				host := liar(t, kind, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(w, tt.body)
				})
				for what, err := range everything(host) {
					switch {
					case err == nil && !strings.Contains(tt.fine, what):
						t.Errorf("%s: no error", what)
					case err != nil && (!errors.Is(err, pulls.ErrAnswer) || len(err.Error()) > 2000):
						t.Errorf("%s: %v", what, err)
					}
				}
			})
		}
	}
}

// An answer without end is read to a bound.
func TestEndlessAnswer(t *testing.T) {
	var sent atomic.Int64
	host := liar(t, forge.GitHub, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `[{"id": 1, "body": "`)
		chunk := strings.Repeat("x", 1<<20)
		for {
			n, err := io.WriteString(w, chunk)
			if sent.Add(int64(n)); err != nil || sent.Load() > 4*pulls.MaxAnswer {
				return
			}
		}
	})
	for _, err := range host.Comments(t.Context(), 1) {
		if !errors.Is(err, pulls.ErrAnswer) || !strings.Contains(fmt.Sprint(err), "64 MiB") {
			t.Errorf("got %v", err)
		}
	}
	if sent.Load() > 2*pulls.MaxAnswer {
		t.Errorf("%d octets were read", sent.Load())
	}
}

// A comment of 10 MB is read, and is nobody's marker.
func TestLongComment(t *testing.T) {
	s := open(t, forge.Gitea, pullstest.Options{}, nil)
	number := s.addPull()
	s.AddComment(number, "mallory", marker+strings.Repeat("x", 10<<20))
	p := pulls.Publication{Number: number, Body: marker + "plan", OnlyIfExists: true} // so that it is looked at once
	if got := publishTo(t, s.host, p); got.Action != pulls.Absent {
		t.Errorf("got %+v", got.Action)
	}
}

// Pages that never end, that lead back and that lead elsewhere.
func TestPages(t *testing.T) {
	for _, tt := range []struct {
		name string
		link func(page string, pages int64) string
		want error
		most int64 // requests
	}{
		{"for ever", func(_ string, pages int64) string { return fmt.Sprintf(`</x?page=%d>; rel="next"`, pages+1) }, pulls.ErrAnswer, pulls.MaxPages + 1},
		{"the same again", func(string, int64) string { return `</x?page=2>; rel="next"` }, pulls.ErrAnswer, 2},
		{"back", func(string, int64) string { return `</x?page=1>; rel="next"` }, pulls.ErrAnswer, 1},
		{"without a number", func(string, int64) string { return `</x?after=3>; rel="next"` }, pulls.ErrAnswer, 1},
		{"no address", func(string, int64) string { return `<http://%zz>; rel="next"` }, pulls.ErrAnswer, 1},
		{"another host", func(page string, _ int64) string {
			if page == "2" {
				return ""
			}
			return `<http://elsewhere.invalid/steal?page=2&token=1>; rel="next"`
		}, nil, 2},
		{"the last", func(string, int64) string { return `</x?page=1>; rel="prev", </x?page=9>; rel="last"` }, nil, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var asked atomic.Int64
			host := liar(t, forge.GitHub, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/repos/example/zones/issues/1/comments" || r.URL.Query().Get("token") != "" || r.Header.Get("Authorization") != "Bearer token" {
					t.Errorf("asked for %s", r.URL)
				}
				w.Header().Set("Link", tt.link(r.URL.Query().Get("page"), asked.Add(1)))
				_, _ = io.WriteString(w, `[{"id": 1, "body": "x"}]`)
			})
			var last error
			for _, last = range host.Comments(t.Context(), 1) {
			}
			if !errors.Is(last, tt.want) || asked.Load() != tt.most {
				t.Errorf("%v after %d pages, want %v after %d", last, asked.Load(), tt.want, tt.most)
			}
		})
	}
}

// Nobody is followed anywhere.
func TestRedirects(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		eachForge(t, pullstest.Options{}, nil, func(t *testing.T, s site) {
			s.addPull()
			s.Fail(pullstest.Fault{Status: status, Header: map[string]string{"Location": other.URL + "/x"}, Times: -1})
			if _, err := s.host.Pull(t.Context(), 1); !errors.Is(err, pulls.ErrAnswer) || !strings.Contains(err.Error(), other.URL) {
				t.Errorf("%d: %v", status, err)
			}
			if _, err := s.host.CreateComment(t.Context(), 1, "new"); !errors.Is(err, pulls.ErrAnswer) {
				t.Errorf("%d: %v", status, err)
			}
		})
	}
	if elsewhere.Load() > 0 {
		t.Errorf("%d requests went elsewhere", elsewhere.Load())
	}
}

func TestOptions(t *testing.T) {
	token := func(context.Context) (string, error) { return "token", nil }
	for _, tt := range []struct {
		name string
		kind forge.Kind
		o    pulls.Options
		want string // in the error; "" for none
	}{
		{"GitHub's own", forge.GitHub, pulls.Options{Repository: "example/zones", Token: token}, ""},
		{"an enterprise's", forge.GitHub, pulls.Options{URL: "https://github.example.com/api/v3", Repository: "example/zones", Token: token}, ""},
		{"loopback", forge.Gitea, pulls.Options{URL: "http://127.0.0.1:3000/api/v1", Repository: "example/zones", Token: token}, ""},
		{"a group in a group", forge.GitLab, pulls.Options{Repository: "example/dns/zones", Token: token}, ""},
		{"no TLS", forge.Gitea, pulls.Options{URL: "http://gitea.example.com/api/v1", Repository: "example/zones", Token: token}, "use https"},
		{"no TLS for GraphQL", forge.GitHub, pulls.Options{GraphQLURL: "http://github.example.com/graphql", Repository: "example/zones", Token: token}, "use https"},
		{"no URL", forge.Gitea, pulls.Options{Repository: "example/zones", Token: token}, "want an address"},
		{"a password", forge.Gitea, pulls.Options{URL: "https://u:hunter2@gitea.example.com", Repository: "example/zones", Token: token}, "a user or a password"},
		{"a query", forge.Gitea, pulls.Options{URL: "https://gitea.example.com/?a=b", Repository: "example/zones", Token: token}, "behind the path"},
		{"no repository", forge.GitHub, pulls.Options{Token: token}, "want owner/name"},
		{"a group on GitHub", forge.GitHub, pulls.Options{Repository: "a/b/c", Token: token}, "want owner/name"},
		{"dots", forge.GitHub, pulls.Options{Repository: "../..", Token: token}, "want owner/name"},
		{"odd characters", forge.GitHub, pulls.Options{Repository: "a/b?c", Token: token}, "want owner/name"},
		{"no token", forge.GitHub, pulls.Options{Repository: "a/b"}, "needs a token"},
		{"no forge", forge.Generic, pulls.Options{Repository: "a/b", Token: token}, "no forge that has pull requests"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := pulls.Open(tt.kind, tt.o)
			if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2")) {
				t.Errorf("got %v", err)
			}
		})
	}
}
