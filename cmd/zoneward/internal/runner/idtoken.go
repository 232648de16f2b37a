package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/zoneward/zoneward/providers"
)

// tokenRequest is how a job gets a token that says who it is.
type tokenRequest struct {
	url    string // of Actions
	bearer providers.Secret
	given  providers.Secret // of GitLab, which makes it before the job
}

// maxIDToken is the most octets of the answer to a request for a token.
const maxIDToken = 64 << 10

// IDToken returns a token by which the system that runs the job says to audience who it is: an OpenID Connect ID token. Actions are asked for
// it by client, which has to have a timeout of its own or ctx one. GitLab has made it already, for the audience in .gitlab-ci.yml: it is
// taken from $ZONEWARD_ID_TOKEN.
// https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
func (r *Runner) IDToken(ctx context.Context, client *http.Client, audience string) (providers.Secret, error) {
	token, err := r.idToken.given.Value()
	switch {
	case r.System == GitLab && err != nil:
		return providers.Secret{}, fmt.Errorf("%w: the job needs id_tokens in .gitlab-ci.yml", err)
	case r.System == GitLab:
	case r.idToken.url == "":
		return providers.Secret{}, errors.New("ACTIONS_ID_TOKEN_REQUEST_URL is not set: the job needs the permission id-token: write")
	default:
		token, err = r.idToken.fetch(ctx, client, audience)
	}
	if err == nil {
		err = checkIDToken(token)
	}
	if err != nil {
		return providers.Secret{}, fmt.Errorf("the job's ID token: %w", err)
	}
	return secretOf("ID token", token), nil
}

// secretOf returns a secret whose value is known.
func secretOf(name, value string) providers.Secret {
	return providers.NewSecret(name, func() (string, error) {
		if value == "" {
			return "", fmt.Errorf("%s is not set", name)
		}
		return value, nil
	})
}

func (t tokenRequest) fetch(ctx context.Context, client *http.Client, audience string) (string, error) {
	bearer, err := t.bearer.Value()
	if err != nil {
		return "", err
	}
	u, err := url.Parse(t.url)
	if err != nil || u.User != nil || (u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname()))) {
		return "", errors.New("ACTIONS_ID_TOKEN_REQUEST_URL is not a URL by https")
	}
	query := u.Query()
	query.Set("audience", audience)
	u.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	request.Header.Set("Accept", "application/json")
	response, err := client.Do(request)
	if err != nil {
		// The URL has the audience in it, and what else the runner put there.
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err
		}
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the answer is %d", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxIDToken))
	if err != nil {
		return "", err
	}
	var answer struct {
		Value string `json:"value"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", errors.New("the answer is not a JSON object with a value")
	}
	return answer.Value, nil
}

// checkIDToken accepts what looks like a token: three parts in base64url (RFC 7519 §3). Its error does not quote it.
func checkIDToken(token string) error {
	parts := strings.Split(token, ".")
	for _, part := range parts {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return errors.New("it is not a signed one")
		}
	}
	if len(parts) != 3 {
		return errors.New("it is not a signed one")
	}
	return nil
}

// isLoopback reports whether a host is an address of this machine.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
