// Package rest makes requests to JSON APIs over HTTP for the providers that speak one.
//
// It knows what the errors of such an API mean for package providers, and nothing of what the API is about. It does not retry:
// decorators do that.
package rest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// The defaults of [Options].
const (
	defaultTimeout = time.Minute
	defaultMaxBody = 1 << 30
)

// Options say where an API is and how it is talked to.
type Options struct {
	// BaseURL is what the paths of requests are appended to: "https://api.example.com/v1". It has no query and no credentials.
	BaseURL string
	// Header is sent with every request. It is not for secrets.
	Header http.Header
	// Secret is sent with every request, if it has a header.
	Secret Secret
	// HTTP makes the requests, nil for a client with the default transport, which asks no proxy: one from HTTP_PROXY would get the key. Its jar and its policy on redirects are not used: a
	// redirect is never followed, because the key would go along.
	HTTP *http.Client
	// Timeout is the longest that one request may take, the body of the answer included. 0 is one minute. It begins when the request is made: not while one of
	// [providers.Account.HTTPClient] waits for its turn, and anew when that makes it again.
	Timeout time.Duration
	// MaxBody is the most octets that the body of an answer may have. 0 is 1 GiB.
	MaxBody int64
}

// Secret is a header with a credential in it. It prints as REDACTED.
type Secret struct {
	Header string // "X-API-Key"
	Prefix string // what goes before the value: "Bearer "
	// Value returns the credential. It is called for each request, so that it can be changed while the program runs.
	Value func() (string, error)
}

// Format prints the header's name and REDACTED, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "%s: REDACTED", s.Header) }

// Client makes requests to one API. It may be used concurrently.
type Client struct {
	base    *url.URL
	header  http.Header
	secret  Secret
	do      func(*http.Request) (*http.Response, error) // a function prints as its address, not with what the transport holds
	maxBody int64
}

// New returns a client, or an error if the options cannot be right.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.BaseURL)
	switch {
	case err != nil:
		return nil, fmt.Errorf("url: %w", err)
	case base.Scheme != "http" && base.Scheme != "https" || base.Host == "":
		return nil, fmt.Errorf("url %q: want http://HOST or https://HOST", base.Redacted())
	case base.User != nil:
		return nil, fmt.Errorf("url %q: has a user or a password in it; they belong in a setting of their own", base.Redacted())
	case base.RawQuery != "" || base.Fragment != "":
		return nil, fmt.Errorf("url %q: has a query or a fragment", base.Redacted())
	}
	client := httpClient(o.HTTP)
	client.Transport = providers.WrapRequest(client.Transport, func(below http.RoundTripper) http.RoundTripper {
		return &timed{below, cmp.Or(o.Timeout, defaultTimeout)}
	})
	return &Client{base: base, header: o.Header.Clone(), secret: o.Secret, do: client.Do, maxBody: cmp.Or(o.MaxBody, defaultMaxBody)}, nil
}

// httpClient returns a copy of given that follows no redirects and keeps no cookies; of one with the direct transport if given is nil.
func httpClient(given *http.Client) *http.Client {
	if given == nil {
		given = &http.Client{Transport: providers.DirectTransport()}
	}
	c := *given
	if c.Transport == nil {
		c.Transport = http.DefaultTransport // as http.Client does
	}
	c.Jar = nil
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// String returns the address of the API.
func (c *Client) String() string { return c.base.String() }

// Request is what is asked.
type Request struct {
	Method string
	// Path is appended to the base URL. It is escaped already.
	Path  string
	Query url.Values
	// In is the body: nil for none, a []byte that is JSON already, or anything that encoding/json writes.
	In any
	// Out is what the body of an answer with a status of 2xx is read into: a [Decoder], or anything that encoding/json reads into.
	// Where it is nil nothing of the body is looked at; the caller compares the status with the one that it expects.
	Out any
	// Confidential says that an answer may have secrets in it: no error shows anything of its body. Of one that is not 2xx, [Error.Body] has it if it is JSON, for those
	// who know what of it is secret.
	Confidential bool
}

// reads reports whether the request changes nothing (RFC 9110 §9.2.1).
func (r Request) reads() bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// Decoder reads an answer piece by piece, so that a large one need not be in memory at once.
type Decoder interface {
	// DecodeJSON reads one JSON value. That it ends there is checked by the caller.
	DecodeJSON(*json.Decoder) error
}

// Response is the head of an answer.
type Response struct {
	Status int
	Header http.Header
}

// Do makes a request and reads the whole answer. The error says what was asked and what came back:
//
//   - a status that is not 2xx is an [*Error]. It is within a [*providers.BusyError] if the server asked to wait (429, or 503
//     for a request that only reads), and wraps providers.ErrAuth if it is 401 or 403;
//   - an answer that is cut off, goes on behind its end, is larger than it may be, or is not JSON where that is wanted, is an error;
//   - a request of [providers.Account.HTTPClient] that was not made, or not again after 429, is a [*providers.BusyError];
//   - what else happens to the connection, and that ctx or the time ended, is an error that says nothing about whether the server did what was asked.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	address := c.address(r)
	what := r.Method + " " + address
	value, err := c.credential()
	if err != nil {
		return Response{}, fmt.Errorf("%s: %w", what, err)
	}
	req, err := c.newRequest(ctx, r, address, value)
	if err != nil {
		return Response{}, fmt.Errorf("%s: %w", what, err)
	}
	resp, err := c.do(req)
	if err != nil {
		return Response{}, fmt.Errorf("%s: %w", what, connectionError(ctx, err))
	}
	defer resp.Body.Close()
	redactHeader(resp.Header, value)
	meta := Response{resp.StatusCode, resp.Header}
	body := &bodyReader{from: resp.Body, left: c.maxBody, secret: value}
	if resp.StatusCode/100 != 2 {
		return meta, statusError(r, address, resp, body.readHead())
	}
	body.confidential = r.Confidential
	if r.Out == nil {
		body.readHead() // a connection whose answers are read can be used again
		return meta, nil
	}
	if err := checkType(resp); err != nil {
		return meta, fmt.Errorf("%s: %w: %q", what, err, Shorten(body.readHead(), ShownHead))
	}
	if err := decode(body, r.Out); err != nil {
		return meta, fmt.Errorf("%s: the answer after %d octets: %w", what, body.count, connectionError(ctx, err))
	}
	return meta, nil
}

// address returns the URL of a request.
func (c *Client) address(r Request) string {
	address := strings.TrimSuffix(c.base.String(), "/") + r.Path
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	return address
}

// credential returns the value of the secret header, empty if there is none.
func (c *Client) credential() (string, error) {
	if c.secret.Header == "" {
		return "", nil
	}
	value, err := c.secret.Value()
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %s: %w", providers.ErrAuth, c.secret.Header, err)
	case value == "":
		return "", fmt.Errorf("%w: %s: the credential is empty", providers.ErrAuth, c.secret.Header)
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", fmt.Errorf("%w: %s: the credential has a line break or another control character in it", providers.ErrAuth, c.secret.Header)
	}
	return value, nil
}

func (c *Client) newRequest(ctx context.Context, r Request, address, value string) (*http.Request, error) {
	var content io.Reader
	switch in := r.In.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(in)
	default:
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, address, content)
	if err != nil {
		return nil, err
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	req.Header.Set("Accept", "application/json")
	if content != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if value != "" {
		req.Header.Set(c.secret.Header, c.secret.Prefix+value)
	}
	return req, nil
}

// checkType returns an error if the answer says that it is not JSON. One that does not say is tried.
func checkType(resp *http.Response) error {
	header := resp.Header.Get("Content-Type")
	if resp.StatusCode == http.StatusNoContent {
		return errors.New("the answer has no content, want JSON")
	}
	if kind, _, err := mime.ParseMediaType(header); header == "" || err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json")) {
		return nil
	}
	return fmt.Errorf("the answer has the type %q, want application/json", header)
}

// decode reads one JSON value that is all of the body.
func decode(body *bodyReader, out any) error {
	dec := json.NewDecoder(body)
	var err error
	if d, ok := out.(Decoder); ok {
		err = d.DecodeJSON(dec)
	} else {
		err = dec.Decode(out)
	}
	switch {
	case errors.Is(err, io.EOF): // what an empty body gives
		return io.ErrUnexpectedEOF
	case isSyntax(err):
		return fmt.Errorf("not JSON: %w: %q", err, Shorten(body.head, ShownHead))
	case err != nil:
		return err
	}
	switch _, err := dec.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil || isSyntax(err):
		return errors.New("something follows the JSON value")
	default:
		return err
	}
}

func isSyntax(err error) bool {
	_, ok := errors.AsType[*json.SyntaxError](err)
	return ok
}
