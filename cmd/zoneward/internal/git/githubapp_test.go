package git

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
)

// githubAPI is GitHub's as far as an app needs it.
type githubAPI struct {
	t      *testing.T
	key    *rsa.PublicKey
	calls  []string
	answer func(w http.ResponseWriter) bool // instead of what follows, if it returns true
	life   time.Duration
}

func (g *githubAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.calls = append(g.calls, r.Method+" "+r.URL.Path)
	g.check(r)
	if g.answer != nil && g.answer(w) {
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /api/v3/repos/dns/zones/installation":
		fmt.Fprint(w, `{"id": 42, "account": {"login": "dns"}}`)
	case "POST /api/v3/app/installations/42/access_tokens":
		var got map[string]any
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			g.t.Error(err)
		}
		want := map[string]any{"repositories": []any{"zones"}, "permissions": map[string]any{"contents": "read"}}
		if diff := cmp.Diff(got, want); diff != "" {
			g.t.Errorf("what is asked for (-got +want):\n%s", diff)
		}
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"token": fmt.Sprintf("ghs_secret%d", len(g.calls)), "expires_at": time.Now().Add(g.life).UTC().Format(time.RFC3339),
		})
	default:
		http.NotFound(w, r)
	}
}

// check holds the JWT against what GitHub asks of one.
func (g *githubAPI) check(r *http.Request) {
	word, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		g.t.Errorf("%s: no JWT", r.URL.Path)
		return
	}
	var claims jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(word, &claims, func(*jwt.Token) (any, error) { return g.key, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithIssuer("Iv1.app"))
	if err != nil {
		g.t.Errorf("%s: JWT: %v", r.URL.Path, err)
		return
	}
	if life := claims.ExpiresAt.Sub(claims.IssuedAt.Time); life > 10*time.Minute {
		g.t.Errorf("the JWT is for %s, and GitHub takes ten minutes", life)
	}
	if claims.IssuedAt.After(time.Now().Add(-30 * time.Second)) {
		g.t.Errorf("the JWT is of %s: GitHub's clock may be behind", claims.IssuedAt)
	}
}

func pemOf(key *rsa.PrivateKey) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// handle is a RoundTripper that asks a handler.
type handle struct{ http.Handler }

func (h handle) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

func newApp(t *testing.T, key *rsa.PrivateKey, api *githubAPI, id int64) *githubApp {
	t.Helper()
	repo, err := url.Parse("https://github.example.com/dns/zones.git")
	if err != nil {
		t.Fatal(err)
	}
	app, err := newGitHubApp(GitHubApp{ID: "Iv1.app", Key: always(pemOf(key)), InstallationID: id}, repo, handle{api})
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func TestGitHubAppTokens(t *testing.T) {
	key := newRSAKey(t)
	synctest.Test(t, func(t *testing.T) {
		api := &githubAPI{t: t, key: &key.PublicKey, life: time.Hour}
		app := newApp(t, key, api, 0)
		want := func(token string, calls ...string) {
			t.Helper()
			api.calls = nil
			got, err := app.login(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got != (login{defaultUser, secret(token)}) {
				t.Errorf("login is %q with %q, want %q", got.user, string(got.password), token)
			}
			if diff := cmp.Diff(api.calls, calls); diff != "" {
				t.Errorf("calls (-got +want):\n%s", diff)
			}
		}
		find, ask := "GET /api/v3/repos/dns/zones/installation", "POST /api/v3/app/installations/42/access_tokens"
		want("ghs_secret2", find, ask)
		want("ghs_secret2")
		time.Sleep(55*time.Minute - time.Second)
		want("ghs_secret2")
		time.Sleep(time.Second)
		want("ghs_secret1", ask)
		app.refused()
		want("ghs_secret1", ask)
	})
}

func TestGitHubAppRefusals(t *testing.T) {
	key := newRSAKey(t)
	status := func(code int, header, body string) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool {
			if name, value, ok := strings.Cut(header, ": "); ok {
				w.Header().Set(name, value)
			}
			w.WriteHeader(code)
			fmt.Fprint(w, body)
			return true
		}
	}
	tests := []struct {
		name   string
		answer func(http.ResponseWriter) bool
		is     error
		says   string
	}{
		{"wrong key", status(401, "", `{"message":"A JSON web token could not be decoded","documentation_url":"x"}`), ErrAuth, "HTTP 401 A JSON web token could not be decoded"},
		{"suspended", status(403, "", `{"message":"This installation has been suspended"}`), ErrAuth, "HTTP 403 This installation has been suspended"},
		{"not installed", status(404, "", `{"message":"Not Found"}`), ErrNoRepository, "the app is not installed there"},
		{"without the right", status(422, "", `{"message":"The permissions requested are not granted to this installation."}`), ErrAuth, "not granted"},
		{"a page", status(502, "", "<html>"+strings.Repeat("x", 10<<20)), nil, "HTTP 502"},
		{"a message of many lines", status(500, "", `{"message":"a\nb\u001b[31m`+strings.Repeat("x", 5000)+`"}`), nil, "HTTP 500 a b [31mxxx"},
		{"elsewhere", status(302, "Location: https://evil.example.com/", ""), nil, "HTTP 302"},
		{"no token", status(201, "", `{"expires_at":"2026-01-01T00:00:00Z"}`), nil, "no token"},
		{"no JSON", status(201, "", `{"token":"hunter2", oops`), nil, "not the JSON"},
		{"no time", status(201, "", `{"token":"hunter2","expires_at":"hunter2"}`), nil, "not the JSON"},
		{"without end", status(201, "", `{"token":"`+strings.Repeat("hunter2", 1<<20)), nil, "more than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api := &githubAPI{t: t, key: &key.PublicKey, answer: tt.answer}
			_, err := newApp(t, key, api, 42).login(t.Context())
			wantError(t, err, tt.is, tt.says)
			wantError(t, err, nil, "https://github.example.com/api/v3")
			if len(err.Error()) > 600 || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("the error is not made safe: %q", err)
			}
		})
	}
}

func TestGitHubAppIsLeftAlone(t *testing.T) {
	key := newRSAKey(t)
	// The time in a synctest bubble begins with the year 2000.
	for name, header := range map[string]http.Header{
		"primary limit":   {"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"946684890"}},
		"secondary limit": {"Retry-After": {"90"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &githubAPI{t: t, key: &key.PublicKey, life: time.Hour}
				busy := true
				api.answer = func(w http.ResponseWriter) bool {
					if busy {
						for name, values := range header {
							w.Header()[name] = values
						}
						w.WriteHeader(http.StatusForbidden)
					}
					return busy
				}
				app := newApp(t, key, api, 42)
				for range 3 {
					_, err := app.login(t.Context())
					if b, ok := errors.AsType[*providers.BusyError](err); !ok || b.After != 90*time.Second {
						t.Fatalf("got %v, want a *BusyError of 90s", err)
					}
				}
				if len(api.calls) != 1 {
					t.Errorf("asked %d times, want 1", len(api.calls))
				}
				busy = false
				time.Sleep(90 * time.Second)
				if _, err := app.login(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestGitHubAppOptions(t *testing.T) {
	good := GitHubApp{ID: "1", Key: always("")}
	tests := []struct {
		name string
		url  string
		app  GitHubApp
		api  string
		says string
	}{
		{name: "github.com", url: "https://github.com/dns/zones", app: good, api: "https://api.github.com"},
		{name: "with .git", url: "https://GitHub.com/dns/zones.git/", app: good, says: "", api: "https://api.github.com"},
		{name: "data residency", url: "https://octo.ghe.com/dns/zones.git", app: good, api: "https://api.octo.ghe.com"},
		{name: "Enterprise Server", url: "https://github.example.com:8443/dns/zones.git", app: good, api: "https://github.example.com:8443/api/v3"},
		{name: "said", url: "https://github.example.com/dns/zones.git", app: GitHubApp{ID: "1", Key: always(""), APIURL: "https://api.example.com/v3"}, api: "https://api.example.com/v3"},
		{name: "no ID", url: "https://github.com/dns/zones", app: GitHubApp{Key: always("")}, says: "the app's ID"},
		{name: "no key", url: "https://github.com/dns/zones", app: GitHubApp{ID: "1"}, says: "private key"},
		{name: "no repository", url: "https://github.com/dns", app: good, says: "https://github.com/OWNER/NAME"},
		{name: "too deep", url: "https://github.com/dns/zones/more", app: good, says: "OWNER/NAME"},
		{name: "API in clear text", url: "https://github.com/dns/zones", app: GitHubApp{ID: "1", Key: always(""), APIURL: "http://api.example.com"}, says: "clear text"},
		{name: "API with a password", url: "https://github.com/dns/zones", app: GitHubApp{ID: "1", Key: always(""), APIURL: "https://a:hunter2@api.example.com"}, says: "not a URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			repo, err := url.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			app, err := newGitHubApp(tt.app, repo, http.DefaultTransport)
			wantError(t, err, nil, tt.says)
			if err == nil && (app.api.String() != tt.api || app.owner != "dns" || app.repo != "zones") {
				t.Errorf("%s of %s at %s, want zones of dns at %s", app.repo, app.owner, app.api, tt.api)
			}
		})
	}
}

func TestGitHubAppKey(t *testing.T) {
	for name, key := range map[string]string{"no PEM": "hunter2", "of another kind": keyText(t, newKey(t), "")} {
		t.Run(name, func(t *testing.T) {
			app := newApp(t, newRSAKey(t), &githubAPI{t: t}, 42)
			app.key = always(key)
			_, err := app.login(t.Context())
			wantError(t, err, nil, "not an RSA key in PEM")
		})
	}
}

// A repository is read with the app's tokens, and a token that was revoked is not used twice.
func TestRepositoryByGitHubApp(t *testing.T) {
	key := newRSAKey(t)
	for _, i := range []Implementation{GoGit, CLI} {
		t.Run(string(i), func(t *testing.T) {
			u := newUpstreamAt(t, filepath.Join(t.TempDir(), "dns", "zones.git"))
			u.push("main", files(1))
			api := &githubAPI{t: t, key: &key.PublicKey, life: time.Hour}
			apiServer := httptest.NewServer(api)
			defer apiServer.Close()
			s := serve(t, filepath.Dir(filepath.Dir(u.dir)))
			good := "ghs_secret2"
			s.check = func(r *http.Request) int {
				if _, token, _ := r.BasicAuth(); token != good {
					return http.StatusUnauthorized
				}
				return http.StatusOK
			}
			r := openRepository(t, RepositoryOptions{
				URL: s.URL + "/dns/zones.git", Implementation: i,
				GitHubApp: &GitHubApp{ID: "Iv1.app", Key: always(pemOf(key)), APIURL: apiServer.URL + "/api/v3"},
			})
			wantTree(t, r, files(1))
			good = "ghs_secret3"
			wantNoTree(t, r, ErrAuth)
			wantTree(t, r, files(1))
		})
	}
}
