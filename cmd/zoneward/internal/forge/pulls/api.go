package pulls

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// maxAnswer is the most octets of an answer. A full page of the longest comments that GitHub and GitLab take fits, whatever characters they are made of.
const maxAnswer = 64 << 20

// api makes requests of one JSON API.
type api struct {
	root    *url.URL
	header  http.Header
	scheme  string // of the Authorization header
	token   func(context.Context) (string, error)
	refused func()
	http    http.Client
	timeout time.Duration
	maxWait time.Duration
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
}

// newAPI returns the API at the options' URL. The header is sent with each request.
func newAPI(o Options, scheme string, header http.Header) (*api, error) {
	root, err := parseRoot(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Token == nil {
		return nil, errors.New("a forge needs a token")
	}
	a := &api{
		root: root, header: header, scheme: scheme, token: o.Token, refused: o.Refused, timeout: cmp.Or(o.Timeout, usualTimeout), maxWait: cmp.Or(o.MaxWait, usualMaxWait),
		now: o.Now, sleep: o.Sleep,
	}
	a.header.Set("User-Agent", cmp.Or(o.UserAgent, "zoneward"))
	if a.now == nil {
		a.now = time.Now
	}
	if a.sleep == nil {
		a.sleep = sleep
	}
	switch {
	case o.HTTP != nil:
		a.http = *o.HTTP
	default:
		transport := providers.DirectTransport()
		if root.Scheme == "https" {
			transport.Proxy = http.ProxyFromEnvironment // it sees where to, and not what
		}
		a.http.Transport = transport
	}
	a.http.Jar = nil
	// The token would go wherever the answer says.
	a.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return a, nil
}

// call is something that an API is asked.
type call struct {
	what   string // in a few words, for errors
	method string
	path   []string // below the root; each is escaped
	at     *url.URL // instead of a path below the root
	query  url.Values
	in     any // nil for none
	// same says that it is the same if it is done twice. Reading always is.
	same bool
}

func (c call) idempotent() bool { return c.same || c.method == http.MethodGet }

// answer is what came back, with a status of 2xx.
type answer struct {
	status int
	header http.Header
	body   []byte
	shown  func(string) string // makes one line of a text that came with it, without the token
}

// into reads the body as JSON.
func (a answer) into(what string, out any) error {
	if err := json.Unmarshal(a.body, out); err != nil {
		return &Error{What: what, Status: a.status, kind: ErrAnswer, Messages: []string{a.shown("it is not the JSON that is documented: " + err.Error())}}
	}
	return nil
}

// ask makes a request and reads the answer into out, which may be nil. What comes too often is made again when the forge wants it, and what is idempotent also after
// a failure that may pass, a few times and as long as the time for waiting and that of the context last.
func (a *api) ask(ctx context.Context, c call, out any) (answer, error) {
	got, err := a.untilAnswered(ctx, c)
	if err != nil || out == nil {
		return got, err
	}
	err = got.into(c.what, out)
	if failed, ok := errors.AsType[*Error](err); ok {
		failed.Uncertain = !c.idempotent()
	}
	return got, err
}

// Bounds of asking again.
const (
	mostTries  = 4
	firstPause = time.Second
)

func (a *api) untilAnswered(ctx context.Context, c call) (answer, error) {
	left, pause, renewed := a.maxWait, firstPause, false
	for try := 1; ; try++ {
		got, err := a.once(ctx, c)
		if err == nil {
			return got, nil
		}
		if errors.Is(err, ErrToken) && a.refused != nil && !renewed {
			renewed = true
			a.refused()
			continue
		}
		if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) { // as the answer came
			return answer{}, fmt.Errorf("%w: %w", err, ended)
		}
		failed, ok := errors.AsType[*Error](err)
		if !ok || !errors.Is(err, ErrBusy) || failed.Uncertain || try >= mostTries {
			return answer{}, err
		}
		wait := max(failed.After, pause)
		if deadline, has := ctx.Deadline(); wait > left || has && a.now().Add(wait).After(deadline) {
			return answer{}, err
		}
		if ended := a.sleep(ctx, wait); ended != nil {
			return answer{}, fmt.Errorf("%w: %w", err, ended)
		}
		left -= wait
		pause *= 2
	}
}

// once makes a request once.
func (a *api) once(ctx context.Context, c call) (answer, error) {
	token, err := a.token(ctx)
	if err != nil {
		return answer{}, fmt.Errorf("%s: token: %w", c.what, err)
	}
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return answer{}, &Error{What: c.what, kind: ErrToken, Messages: []string{"it is empty, or has characters that tokens do not have"}}
	}
	// A server that sends the token back does not get it into our log.
	shown := func(text string) string { return oneLine(strings.ReplaceAll(text, token, "REDACTED")) }
	limited, cancel := context.WithTimeoutCause(ctx, a.timeout, fmt.Errorf("%w within %s", errLate, a.timeout))
	defer cancel()
	req, err := a.request(limited, c, token)
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", c.what, err)
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return answer{}, unanswered(ctx, limited, c, 0, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer{}, unanswered(ctx, limited, c, resp.StatusCode, err)
	case resp.StatusCode/100 != 2:
		return answer{}, a.refusal(c, resp, body, shown)
	case len(body) > maxAnswer:
		return answer{}, &Error{
			What: c.what, Status: resp.StatusCode, kind: ErrAnswer, Uncertain: !c.idempotent(), Messages: []string{fmt.Sprintf("it has more than %d MiB", maxAnswer>>20)},
		}
	}
	return answer{resp.StatusCode, resp.Header, body, shown}, nil
}

func (a *api) request(ctx context.Context, c call, token string) (*http.Request, error) {
	target := c.at
	if target == nil {
		escaped := make([]string, len(c.path))
		for i, part := range c.path {
			if part == "" || part == "." || part == ".." {
				return nil, fmt.Errorf("%w: %q is no part of a path", ErrInvalid, part)
			}
			escaped[i] = url.PathEscape(part)
		}
		target = a.root.JoinPath(escaped...)
	}
	address := *target
	address.RawQuery = c.query.Encode()
	var body io.Reader
	if c.in != nil {
		text, err := json.Marshal(c.in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, address.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header = a.header.Clone()
	req.Header.Set("Authorization", a.scheme+" "+token)
	if c.in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// errLate says that a forge took too long.
var errLate = errors.New("nothing came")

// unanswered is the error of a request that has no answer, or not all of one.
func unanswered(ctx, limited context.Context, c call, status int, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // the address is of no use to the reader, and c.what says what was asked
	}
	failed := &Error{What: c.what, Status: status, kind: ErrBusy, cause: err, Uncertain: !c.idempotent()}
	switch {
	case ctx.Err() != nil:
		failed.kind, failed.cause = nil, ctx.Err()
	case errors.Is(context.Cause(limited), errLate):
		failed.cause = context.Cause(limited)
	case isForGood(err):
		failed.kind, failed.Uncertain = nil, false
	case neverSent(err):
		failed.Uncertain = false
	}
	return failed
}
