package git

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"github.com/zoneward/zoneward/providers"
)

// web is a server that speaks HTTP, as the repository's URL names it.
type web struct {
	url         *url.URL // of the repository
	credentials credentials
	home        *http.Transport // to the server of the URL
	away        *http.Transport // to another one, that a redirect names
	log         *slog.Logger

	mu    sync.Mutex
	moved string // where the repository was last found to be
}

func newWeb(loc location, opts RepositoryOptions) (*web, error) {
	u, err := url.Parse(loc.url)
	if err != nil {
		return nil, err
	}
	if loc.cleartext() && (opts.Token != nil || opts.GitHubApp != nil || loc.password != "") {
		return nil, errors.New("the password would be sent in clear text: use https")
	}
	home, err := newTransport(opts.CAFile)
	if err != nil {
		return nil, err
	}
	w := &web{url: u, home: home, away: home.Clone(), log: opts.Logger}
	dialer := &net.Dialer{Control: refuseInside(isLoopback(u.Hostname()))}
	w.away.DialContext = dialer.DialContext
	switch {
	case opts.GitHubApp == nil:
		w.credentials = tokens{user: loc.user, password: loc.password, token: opts.Token}
	case opts.Token != nil || loc.password != "":
		return nil, errors.New("a GitHub App beside a token or a password: give one of them")
	default:
		if w.credentials, err = newGitHubApp(*opts.GitHubApp, u, home); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// newTransport is net/http's own with the authorities of the file beside the system's.
func newTransport(caFile string) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          4,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if caFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("certificates of authorities: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("certificates of authorities: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificates of authorities: %s has none in PEM", caFile)
	}
	t.TLSClientConfig.RootCAs = pool
	return t, nil
}

// visit begins a contact with the server.
func (w *web) visit(ctx context.Context, m *meter) (*visit, error) {
	l, err := w.credentials.login(ctx)
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	return &visit{web: w, login: l, meter: m}, nil
}

// close ends the connections that nobody uses.
func (w *web) close() {
	w.home.CloseIdleConnections()
	w.away.CloseIdleConnections()
}

// visit is one contact over HTTP: a RoundTripper that has the login, and sends it to the server of the URL only.
type visit struct {
	web   *web
	login login
	meter *meter

	status int // of the last answer
}

// maxErrorBytes is how much of an answer that refuses something is read.
const maxErrorBytes = 4 << 10

// RoundTrip counts what comes. A server that wants to be left alone gets its way: that is a *providers.BusyError.
func (v *visit) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Del("Authorization")
	through := v.web.home
	if sameOrigin(req.URL, v.web.url) {
		if v.login != (login{}) {
			req.SetBasicAuth(v.login.user, string(v.login.password))
		}
	} else if !v.web.proxied(req) {
		through = v.web.away
	}
	res, err := through.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if busy := busyError(res); busy != nil {
		_ = res.Body.Close()
		return nil, busy
	}
	v.status = res.StatusCode
	body := v.meter.reader(res.Body)
	if res.StatusCode >= http.StatusBadRequest {
		body = io.LimitReader(body, maxErrorBytes)
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{body, res.Body}
	return res, nil
}

// busyError is nil unless the server wants to be left alone.
func busyError(res *http.Response) error {
	if res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusServiceUnavailable {
		return nil
	}
	return &providers.BusyError{After: providers.RetryAfter(res), Err: fmt.Errorf("HTTP %d %s", res.StatusCode, http.StatusText(res.StatusCode))}
}

// proxied says that the request goes to a proxy, which has its own rules for where one may go.
func (w *web) proxied(req *http.Request) bool {
	proxy, err := http.ProxyFromEnvironment(req)
	return err == nil && proxy != nil
}

// checkRedirect lets a repository be somewhere else by https, or at the same host without it if it was so before.
func (v *visit) checkRedirect(req *http.Request, via []*http.Request) error {
	from, to := v.web.url, req.URL
	switch {
	case len(via) > 5:
		return errors.New("redirected too often")
	case to.Scheme == "https":
	case to.Scheme == "http" && from.Scheme == "http" && to.Hostname() == from.Hostname():
	default:
		return fmt.Errorf("redirected to %s, which is not https", shownURL(to))
	}
	if addr, ok := literal(to.Hostname()); ok {
		if err := inside(addr, isLoopback(from.Hostname())); err != nil {
			return err
		}
	}
	if via[0].URL.Path != to.Path || !sameOrigin(to, from) {
		v.web.sayMoved(strings.TrimSuffix(shownURL(to), "/info/refs"))
	}
	return nil
}

// sayMoved logs where the repository is now, once.
func (w *web) sayMoved(to string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.moved == to {
		return
	}
	w.moved = to
	w.log.Warn("repository has moved, its URL should be changed", "repository", w.url.String(), "to", to)
}

// session is go-git's on the visit.
func (v *visit) session() (packSession, error) {
	endpoint, err := transport.NewEndpoint(v.web.url.String())
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: v, CheckRedirect: v.checkRedirect}
	return githttp.NewClientWithOptions(client, nil).NewUploadPackSession(endpoint, nil)
}

// explain makes an error of net/http or go-git one of this package, without the text of the server, which may be a
// whole web page.
func (v *visit) explain(err error) error {
	if refusal := v.refusal(); refusal != nil {
		return refusal
	}
	if unexpected, ok := errors.AsType[*plumbing.UnexpectedError](err); ok {
		err = unexpected.Err
	}
	return withoutURL(err)
}

// withoutURL takes the URL off an error of net/http: it may be one of the server's making.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// refusal is what the status of the last answer means, nil if that is nothing.
func (v *visit) refusal() error {
	switch {
	case v.status == http.StatusUnauthorized && v.login == login{}:
		return fmt.Errorf("%w: HTTP 401: the server wants a token, or there is no such repository", ErrAuth)
	case v.status == http.StatusUnauthorized, v.status == http.StatusForbidden:
		v.web.credentials.refused()
		return fmt.Errorf("%w: HTTP %d: the token has expired, is wrong, or may not read the repository", ErrAuth, v.status)
	case v.status == http.StatusNotFound, v.status == http.StatusGone:
		return fmt.Errorf("%w: HTTP %d", ErrNoRepository, v.status)
	case v.status >= http.StatusBadRequest:
		return fmt.Errorf("HTTP %d %s", v.status, http.StatusText(v.status))
	}
	return nil
}
