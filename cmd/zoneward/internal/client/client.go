// Package client asks a running daemon, by its API (docs/api.md).
//
// What a daemon says is checked, bounded in size and time, and refused if it is of a version that this program does not know; text in it comes from outside
// all the same, and is not to be shown as it is. The token is sent over TLS, or to this machine, and nowhere else.
package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
)

// Options say which daemon is asked, and how.
type Options struct {
	// URL is where the daemon is: https://zoneward.example.com, or http://127.0.0.1:8053 on the same machine. The API is below it at /api/v1/.
	URL string
	// Token returns the secret that is sent. It is called for each request, so that one that was rotated counts at once.
	Token func() (string, error)
	// Identity is asked for the secret in the place of Token if it is not nil: it returns the identity token of the job that this runs in, which does not
	// last long. It is called for each request too.
	Identity func(context.Context) (string, error)
	// CAFile has the certificates, in PEM, of those who may have signed the daemon's; empty for those that the system trusts.
	CAFile string
	// Timeout is how long a request may take that waits for neither providers nor name servers: 30 seconds if it is 0.
	Timeout time.Duration
	// UserAgent is what the daemon's log has of this program.
	UserAgent string
}

const (
	// usualTimeout is the Timeout if nobody says.
	usualTimeout = 30 * time.Second
	// slowTimeout is how long a request may take that waits for providers or name servers: somewhat longer than a daemon works on one.
	slowTimeout = 17 * time.Minute
	// dialTimeout is how long it may take to connect.
	dialTimeout = 10 * time.Second
)

// Client asks one daemon. Its methods may be called concurrently.
type Client struct {
	root      *url.URL // of the API
	token     func(context.Context) (string, error)
	timeout   time.Duration
	userAgent string
	maxAnswer int64 // the most octets of an answer
	http      http.Client
}

// Open returns a client. It asks nothing yet.
func Open(opts Options) (*Client, error) {
	root, err := parseURL(opts.URL)
	if err != nil {
		return nil, err
	}
	transport, err := transportTo(root, opts.CAFile)
	if err != nil {
		return nil, err
	}
	c := &Client{root: root.JoinPath("api", "v1"), token: opts.Identity, timeout: opts.Timeout, userAgent: opts.UserAgent, maxAnswer: usualMaxAnswer}
	if c.token == nil {
		c.token = func(context.Context) (string, error) { return opts.Token() }
	}
	if c.timeout <= 0 {
		c.timeout = usualTimeout
	}
	c.http.Transport = transport
	// The token would go wherever the answer says.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

// Close ends connections that are kept for the next request.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// parseURL reads the address of a daemon.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%q: want an address such as https://zoneward.example.com", text)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.Hostname() == "":
		return nil, fmt.Errorf("%q: want an address such as https://zoneward.example.com", text)
	case u.User != nil:
		return nil, errors.New("a user or password stands in the address: the token is all that a daemon takes")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fmt.Errorf("%q: something stands behind the path", text)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("%q: without TLS everybody on the way could read the token: want https, or a daemon on this machine", text)
	}
	return u, nil
}

// isLoopback reports whether a host is this machine. What localhost leads to is checked when it is dialled.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// transportTo returns what connects to a daemon. Without TLS it connects to this machine only, and by no proxy.
func transportTo(root *url.URL, caFile string) (*http.Transport, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	t := &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTimeout, MaxResponseHeaderBytes: 64 << 10, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if root.Scheme == "http" {
		if caFile != "" {
			return nil, errors.New("a file of certificates is for https")
		}
		dialer.Control = onlyLoopback
		t.DialContext = dialer.DialContext
		return t, nil
	}
	t.Proxy = http.ProxyFromEnvironment
	if caFile == "" {
		return t, nil
	}
	content, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read the certificates: %w", err)
	}
	t.TLSClientConfig.RootCAs = x509.NewCertPool()
	if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("read the certificates: there is none in %s", caFile)
	}
	return t, nil
}

// onlyLoopback refuses to connect to another machine, whatever a name leads to.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err == nil && !isLoopback(host) {
		err = errors.New("it is not this machine: want https")
	}
	return err
}
