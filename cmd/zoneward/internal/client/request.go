package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
)

const (
	// usualMaxAnswer is the most octets of an answer: a plan of many zones is large. maxProblem is that of one that says why not.
	usualMaxAnswer = 256 << 20
	maxProblem     = 1 << 20
)

// request is something that a daemon is asked.
type request struct {
	what   string // in a few words, for errors: "read its status"
	method string
	path   []string // below the root of the API
	query  url.Values
	body   any  // nil for none
	slow   bool // it may wait for providers or name servers
	reads  bool // it does nothing, whatever its method
}

// idle reports whether the daemon does nothing for a request but read, so that it may be sent again.
func (r request) idle() bool { return r.method == http.MethodGet || r.reads }

// document has a request answered with a document, which is decoded into that. What only reads is asked again where that may help; what does something is
// not: nobody knows whether it was done.
func (c *Client) document(ctx context.Context, r request, into any) error {
	text, err := c.text(ctx, r)
	if err != nil {
		return err
	}
	var head document.Head
	if err := json.Unmarshal(text, &head); err != nil {
		return fmt.Errorf("%s: what the daemon answers cannot be read: %w", r.what, err)
	}
	if err := head.Check(); err != nil {
		return fmt.Errorf("%s: what the daemon answers is %w", r.what, err)
	}
	// Fields that are not known are passed over: a daemon may be newer, and its version says whether that is right.
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: what the daemon answers cannot be read: %w", r.what, err)
	}
	return nil
}

// text is document for an answer as it was sent.
func (c *Client) text(ctx context.Context, r request) ([]byte, error) {
	text, err := c.untilAnswered(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.what, err)
	}
	return text, nil
}

// once sends a request once.
func (c *Client) once(ctx context.Context, r request) ([]byte, error) {
	limit := c.timeout
	if r.slow {
		limit = max(limit, slowTimeout)
	}
	limited, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w within %s", errLate, limit))
	defer cancel()
	var sent atomic.Bool
	out, err := c.newRequest(httptrace.WithClientTrace(limited, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}), r)
	if err != nil {
		return nil, err
	}
	in, err := c.http.Do(out)
	if err != nil {
		return nil, c.unanswered(limited, r, sent.Load(), err)
	}
	defer in.Body.Close()
	text, err := c.readAnswer(in)
	if _, is := errors.AsType[*Error](err); err != nil && !is {
		return nil, c.unanswered(limited, r, true, err)
	}
	return text, err
}

func (c *Client) newRequest(ctx context.Context, r request) (*http.Request, error) {
	token, err := c.token(ctx)
	if err != nil {
		return nil, err
	}
	target := c.root.JoinPath(r.path...)
	target.RawQuery = r.query.Encode()
	var body io.Reader
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	out, err := http.NewRequestWithContext(ctx, r.method, target.String(), body)
	if err != nil {
		return nil, err
	}
	out.Header.Set("Authorization", "Bearer "+token)
	out.Header.Set("Accept", "application/json, application/problem+json")
	if c.userAgent != "" {
		out.Header.Set("User-Agent", c.userAgent)
	}
	if r.body != nil {
		out.Header.Set("Content-Type", "application/json")
	}
	return out, nil
}

// unanswered is the error of a request that has no answer. sent says that the daemon may have it.
func (c *Client) unanswered(ctx context.Context, r request, sent bool, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // the address is ours to say
	}
	switch {
	case errors.Is(context.Cause(ctx), errLate):
		err = context.Cause(ctx)
	case ctx.Err() != nil: // the caller has ended it
		err = ctx.Err()
	}
	return &UnansweredError{URL: c.root.String(), Uncertain: sent && !r.idle(), Err: err}
}

// errLate says that a daemon took too long.
var errLate = errors.New("nothing came")

// readAnswer returns the document of an answer. What is no document is an *Error.
func (c *Client) readAnswer(in *http.Response) ([]byte, error) {
	media, _, _ := mime.ParseMediaType(in.Header.Get("Content-Type"))
	good := in.StatusCode == http.StatusOK && media == "application/json"
	most := int64(maxProblem)
	if good {
		most = c.maxAnswer
	}
	text, err := io.ReadAll(io.LimitReader(in.Body, most+1))
	if err != nil {
		return nil, err
	}
	switch {
	case int64(len(text)) > most:
		return nil, &Error{Status: in.StatusCode, Detail: fmt.Sprintf("the answer has more than %d MiB", most>>20)}
	case good:
		return text, nil
	}
	return nil, problemOf(in, media, text)
}

// Bounds of asking again.
const (
	mostTries    = 4
	firstPause   = 250 * time.Millisecond
	longestPause = 10 * time.Second
)

// untilAnswered sends a request, and what only reads again if it may go well then: after a connection that failed, and when the daemon says later.
func (c *Client) untilAnswered(ctx context.Context, r request) ([]byte, error) {
	pause := firstPause
	for try := 1; ; try++ {
		text, err := c.once(ctx, r)
		if err == nil || !r.idle() || try == mostTries || ctx.Err() != nil {
			return text, err
		}
		wait, again := againAfter(err)
		if !again {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(max(wait, pause)):
		}
		pause *= 2
	}
}

// againAfter reports whether it may help to ask again, and how long to wait at least before that.
func againAfter(err error) (time.Duration, bool) {
	if answer, ok := errors.AsType[*Error](err); ok {
		later := answer.Status == http.StatusTooManyRequests || answer.Status == http.StatusServiceUnavailable
		return answer.RetryAfter, later && answer.RetryAfter <= longestPause
	}
	if unanswered, ok := errors.AsType[*UnansweredError](err); ok {
		return 0, unanswered.temporary()
	}
	return 0, false
}

// oneLine returns text of a daemon as one line of a length that people read.
func oneLine(text string) string {
	const most = 1000
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.TrimRight(strings.ToValidUTF8(text[:most], ""), " ") + "..."
	}
	return text
}
