package scalingo

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

const (
	// bearerLifetime is how long a bearer token is good for, https://developers.scalingo.com/#exchange-this-token-for-a-bearer-token.
	bearerLifetime = time.Hour
	// renewBefore is how long before its end a bearer token is exchanged for another, so that it does not end under way.
	renewBefore = 5 * time.Minute
	// exchangePath is where an API token is exchanged, https://developers.scalingo.com/tokens.
	exchangePath = "/v1/tokens/exchange"
	// maxAnswer is the most octets that an answer may have.
	maxAnswer = 8 << 20
)

// credential is what is in the Authorization header of requests.
type credential struct{ scheme, value string }

func bearer(token string) credential { return credential{"Bearer ", token} }

// basic returns the credential of an API token: a password without a user (RFC 7617 §2).
func basic(token string) credential {
	return credential{"Basic ", base64.StdEncoding.EncodeToString([]byte(":" + token))}
}

// open returns a client for an address and a credential.
func (o Options) open(url string, c credential) (*rest.Client, error) {
	return rest.New(rest.Options{
		BaseURL: url, HTTP: o.HTTP, Timeout: o.Timeout, MaxBody: maxAnswer,
		Secret: rest.Secret{Header: "Authorization", Prefix: c.scheme, Value: func() (string, error) { return c.value, nil }},
	})
}

// bearerClient is a client of the API with a bearer token.
type bearerClient struct {
	api *rest.Client
	// until is when there has to be another one.
	until time.Time
}

// tokens keeps one client for all requests.
type tokens struct {
	opts Options
	// turn has room for one: who puts something into it may look at the client and make another, and takes it out again. A mutex would not let go of
	// who waits when its context ends.
	turn    chan struct{}
	current *bearerClient // nil if there is none
}

func newTokens(o Options) *tokens { return &tokens{opts: o, turn: make(chan struct{}, 1)} }

// client returns a client with a token that is good as far as one knows, and is not the one that the API has refused, nil for none.
func (t *tokens) client(ctx context.Context, refused *bearerClient) (*bearerClient, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a bearer token: %w", ctx.Err())
	}
	if t.current != nil && t.current != refused && t.opts.Now().Before(t.current.until) {
		return t.current, nil
	}
	t.current = nil
	began := t.opts.Now()
	token, err := t.exchange(ctx)
	if err != nil {
		return nil, fmt.Errorf("exchange the API token for a bearer token: %w", err)
	}
	api, err := t.opts.open(t.opts.URL, bearer(token))
	if err != nil {
		return nil, err
	}
	t.current = &bearerClient{api, began.Add(bearerLifetime - renewBefore)}
	return t.current, nil
}

// exchange returns a new bearer token. No error has one of the tokens in it.
func (t *tokens) exchange(ctx context.Context) (string, error) {
	token, err := t.opts.APIToken()
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", providers.ErrAuth, err)
	case token == "":
		return "", fmt.Errorf("%w: it is empty", providers.ErrAuth)
	case strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", fmt.Errorf("%w: it has a line break or another control character in it", providers.ErrAuth)
	}
	auth, err := t.opts.open(t.opts.AuthURL, basic(token))
	if err != nil {
		return "", err
	}
	var out struct {
		Token string `json:"token"`
	}
	resp, err := auth.Do(ctx, rest.Request{Method: http.MethodPost, Path: exchangePath, Out: &out})
	switch {
	case resp.Status/100 == 2 && (err != nil || out.Token == ""):
		// The error may have the start of the answer, and so the token, in it.
		err = fmt.Errorf("POST %s%s: %d, and the answer has no token that could be read", auth, exchangePath, resp.Status)
		if ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", err, ctx.Err())
		}
		return "", err
	case errors.Is(err, providers.ErrAuth):
		return "", fmt.Errorf("%w: it is wrong, or was revoked: make another one, see https://developers.scalingo.com/#authentication", apiError(err, token))
	case err != nil:
		return "", apiError(err, token)
	}
	return out.Token, nil
}
