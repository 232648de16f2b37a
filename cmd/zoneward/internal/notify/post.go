package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// sendTimeout is how long one delivery may take.
const sendTimeout = 15 * time.Second

// maxAnswer is the most octets that are read of an answer.
const maxAnswer = 16 << 10

// poster posts JSON.
type poster struct {
	client *http.Client
	redact redactor
}

// newClient returns a client with the transport of another, nil for the default one. It follows no redirects.
func newClient(from *http.Client) *http.Client {
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if from != nil {
		c.Transport = from.Transport
	}
	return c
}

// post posts a body, and returns the answer if it is one of success, else a failure.
func (p poster) post(ctx context.Context, to string, body []byte, header http.Header) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, &failure{text: "it is no URL of a receiver", kind: permanent} // err has the URL
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "zoneward")
	response, err := p.client.Do(request)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		return nil, &failure{text: p.redact.text(err.Error())}
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode < 200 || response.StatusCode > 299 {
		text := p.redact.text(fmt.Sprintf("%s: %s", response.Status, bytes.TrimSpace(answer)))
		return nil, &failure{text: text, kind: ofStatus(response.StatusCode), after: retryAfter(response.Header)}
	}
	if err != nil { // it was taken, whatever else it wanted to say
		return nil, nil
	}
	return answer, nil
}

// postJSON posts a value.
func (p poster) postJSON(ctx context.Context, to string, body any, header http.Header) ([]byte, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return nil, &failure{text: err.Error(), kind: refused}
	}
	return p.post(ctx, to, content, header)
}
