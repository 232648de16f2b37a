package git

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zoneward/zoneward/providers"
)

const (
	// GitHub takes a JWT of ten minutes at most, and its clock may be behind ours.
	// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
	jwtBefore = time.Minute
	jwtAfter  = 9 * time.Minute
	// A token is good for an hour. One that is nearly over might be so before the fetch is.
	tokenSpare = 5 * time.Minute

	appTimeout       = 30 * time.Second // of one request to the API
	maxAppAnswer     = 1 << 20
	githubAPIVersion = "2022-11-28"
)

// githubApp are the logins of a GitHub App: tokens for the contents of one repository, each used until it is nearly
// over.
type githubApp struct {
	id          string
	key         func() (string, error)
	permissions map[string]string
	api         *url.URL
	owner, repo string
	client      *http.Client
	now         func() time.Time

	mu           sync.Mutex
	installation int64 // 0 as long as it is not known
	token        secret
	until        time.Time // when token is not used any more
	busy         error     // what GitHub answered that wanted to be left alone
	busyUntil    time.Time
}

// Tokens returns what asks for tokens for the API, of one repository, and what has to be told that one was not taken. The repository is
// https://github.com/OWNER/NAME.
func (app GitHubApp) Tokens(repository string) (token func(context.Context) (string, error), refused func(), err error) {
	at, err := url.Parse(repository)
	if err != nil || at.Host == "" {
		return nil, nil, errors.New("a GitHub App needs the URL of a repository, https://github.com/OWNER/NAME")
	}
	g, err := newGitHubApp(app, at, http.DefaultTransport)
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context) (string, error) {
		l, err := g.login(ctx)
		return string(l.password), err
	}, g.refused, nil
}

func newGitHubApp(app GitHubApp, repo *url.URL, through http.RoundTripper) (*githubApp, error) {
	owner, name, ok := strings.Cut(strings.TrimSuffix(strings.Trim(repo.Path, "/"), ".git"), "/")
	switch {
	case app.ID == "":
		return nil, errors.New("a GitHub App needs the app's ID")
	case app.Key == nil:
		return nil, errors.New("a GitHub App needs the app's private key")
	case !ok || owner == "" || name == "" || strings.Contains(name, "/"):
		return nil, fmt.Errorf("a GitHub App needs the URL of a repository, https://%s/OWNER/NAME", repo.Host)
	}
	permissions := app.Permissions
	if permissions == nil {
		permissions = map[string]string{"contents": "read"}
	}
	text := app.APIURL
	if text == "" {
		text = apiURL(repo.Host)
	}
	api, err := url.Parse(text)
	if err != nil || api.Host == "" || api.User != nil || api.RawQuery != "" || api.Fragment != "" {
		return nil, errors.New("the API of the GitHub App: it is not a URL such as https://github.example.com/api/v3")
	}
	if api.Scheme != "https" && (api.Scheme != "http" || !isLoopback(api.Hostname())) {
		return nil, fmt.Errorf("the API of the GitHub App, %s: tokens would be sent in clear text: use https", api)
	}
	return &githubApp{
		id: app.ID, key: app.Key, permissions: permissions, api: api, owner: owner, repo: name, installation: app.InstallationID, now: time.Now,
		client: &http.Client{
			Transport: through,
			Timeout:   appTimeout,
			// It would carry the app's word to another server.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// apiURL is where the API of the GitHub at a host is.
// https://docs.github.com/en/enterprise-server@latest/rest/using-the-rest-api/getting-started-with-the-rest-api
func apiURL(host string) string {
	host = strings.ToLower(host)
	switch {
	case host == "github.com" || strings.HasSuffix(host, ".ghe.com"):
		return "https://api." + host
	}
	return "https://" + host + "/api/v3"
}

// login returns the token that is good for a while yet, or asks for one.
func (g *githubApp) login(ctx context.Context) (login, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.token == "" || !g.now().Before(g.until) {
		if err := g.renew(ctx); err != nil {
			return login{}, fmt.Errorf("GitHub App %s at %s: %w", g.id, g.api, err)
		}
	}
	return login{defaultUser, g.token}, nil
}

// refused forgets a token, which may have been revoked.
func (g *githubApp) refused() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.token = ""
}

func (g *githubApp) renew(ctx context.Context) error {
	if g.now().Before(g.busyUntil) {
		return g.busy
	}
	word, err := g.word()
	if err != nil {
		return err
	}
	installation := g.installation
	if installation == 0 {
		if installation, err = g.find(ctx, word); err != nil {
			return err
		}
	}
	var made struct {
		Token     secret    `json:"token"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	// No more than what is needed, and of this repository alone.
	ask := map[string]any{"repositories": []string{g.repo}, "permissions": g.permissions}
	err = g.call(ctx, http.MethodPost, "app/installations/"+strconv.FormatInt(installation, 10)+"/access_tokens", word, ask, &made)
	if err != nil {
		return err
	}
	if made.Token == "" || made.ExpiresAt.IsZero() {
		return errors.New("the answer has no token, or no time when it expires")
	}
	g.installation = installation
	g.token, g.until = made.Token, made.ExpiresAt.Add(-tokenSpare)
	return nil
}

// word is the JWT by which the app says who it is.
func (g *githubApp) word() (secret, error) {
	text, err := g.key()
	if err != nil {
		return "", fmt.Errorf("private key: %w", err)
	}
	var key *rsa.PrivateKey
	if key, err = jwt.ParseRSAPrivateKeyFromPEM([]byte(text)); err != nil {
		return "", errors.New("private key: it is not an RSA key in PEM")
	}
	now := g.now()
	word, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
		Issuer:    g.id,
		IssuedAt:  jwt.NewNumericDate(now.Add(-jwtBefore)),
		ExpiresAt: jwt.NewNumericDate(now.Add(jwtAfter)),
	}).SignedString(key)
	return secret(word), err
}

// find asks for the installation that the repository has.
func (g *githubApp) find(ctx context.Context, word secret) (int64, error) {
	var found struct {
		ID int64 `json:"id"`
	}
	err := g.call(ctx, http.MethodGet, path.Join("repos", url.PathEscape(g.owner), url.PathEscape(g.repo), "installation"), word, nil, &found)
	if err == nil && found.ID == 0 {
		err = errors.New("the answer has no installation")
	}
	return found.ID, err
}

// call makes a request of the API. Errors have the status and the message of the answer, and nothing else of it.
func (g *githubApp) call(ctx context.Context, method, at string, word secret, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	where := method + " " + at
	req, err := http.NewRequestWithContext(ctx, method, g.api.JoinPath(at).String(), body)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", githubAPIVersion)
	req.Header.Set("Authorization", "Bearer "+string(word))
	req.Header.Set("User-Agent", "zoneward")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := g.client.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", where, withoutURL(err))
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAppAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", where, err)
	case res.StatusCode >= http.StatusMultipleChoices:
		return fmt.Errorf("%s: %w", where, g.refusal(res, data))
	case len(data) > maxAppAnswer:
		return fmt.Errorf("%s: the answer has more than %d bytes", where, maxAppAnswer)
	}
	if err := json.Unmarshal(data, out); err != nil {
		// Its text may quote the answer, which has the token.
		return fmt.Errorf("%s: the answer is not the JSON that was expected", where)
	}
	return nil
}

// refusal is the error for an answer that is none.
func (g *githubApp) refusal(res *http.Response, data []byte) error {
	var said struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(data, &said)
	err := fmt.Errorf("HTTP %d %s", res.StatusCode, oneLine(said.Message))
	switch {
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusServiceUnavailable, limited(res):
		after := g.wait(res)
		g.busy = &providers.BusyError{After: after, Err: err}
		g.busyUntil = g.now().Add(after)
		return g.busy
	case res.StatusCode == http.StatusUnauthorized, res.StatusCode == http.StatusForbidden, res.StatusCode == http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: %w", ErrAuth, err)
	case res.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%w: %w: the app is not installed there, or the installation is another", ErrNoRepository, err)
	}
	return err
}

// wait is how long GitHub wants to be left alone: as Retry-After says, or until its count begins anew, or else the
// minute that its documentation has.
func (g *githubApp) wait(res *http.Response) time.Duration {
	if after := providers.RetryAfter(res); after > 0 {
		return after
	}
	reset, err := strconv.ParseInt(res.Header.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return time.Minute
	}
	return min(max(time.Unix(reset, 0).Sub(g.now()), time.Minute), 24*time.Hour)
}

// limited says that the answer is about how often was asked: GitHub has 403 for that too.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func limited(res *http.Response) bool {
	return res.StatusCode == http.StatusForbidden &&
		(res.Header.Get("Retry-After") != "" || res.Header.Get("X-RateLimit-Remaining") == "0")
}
