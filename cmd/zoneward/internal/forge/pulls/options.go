package pulls

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
)

// Options say which repository on which forge is asked, and how.
type Options struct {
	// URL is the root of the API: https://api.github.com, which is GitHub's if it is empty; https://gitea.example.com/api/v1; https://gitlab.example.com/api/v4, of
	// which GitLab's is https://gitlab.com/api/v4. It is https, or http on this machine.
	URL string
	// GraphQLURL is where GitHub's GraphQL is; "" is /graphql below an API that is at the root of its host, and /api/graphql beside one that is at /api/v3.
	GraphQLURL string
	// Repository is the repository that the pull requests are of: owner/name, or the path of a project of GitLab, which may have more parts.
	Repository string
	// Token returns the secret that is sent. It is called for each request.
	Token func(context.Context) (string, error)
	// Refused, if set, is told that the token was not taken, so that the next one may be another. Then that is tried once.
	Refused func()
	// Login is what [Host.Self] returns. If it is empty the forge is asked.
	Login string
	// HTTP makes the requests; nil for a client that asks the proxy that the environment names. Its policy on redirects and its jar are not used.
	HTTP *http.Client
	// UserAgent is what the forge's log has of this program; "" is zoneward.
	UserAgent string
	// Timeout is how long one request may take; 0 is 30 seconds.
	Timeout time.Duration
	// MaxWait is how long one operation may wait in all for a forge that is busy; 0 is two minutes.
	MaxWait time.Duration
	// Now and Sleep are the clock; nil is the system's. Sleep returns an error if the context ends before.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

const (
	usualTimeout = 30 * time.Second
	usualMaxWait = 2 * time.Minute
)

// Open returns a repository on a forge of the kind. It asks nothing yet.
func Open(kind forge.Kind, o Options) (Host, error) {
	switch kind {
	case forge.GitHub:
		return openGitHub(o)
	case forge.Gitea:
		return openGitea(o)
	case forge.GitLab:
		return openGitLab(o)
	case forge.Generic:
	}
	return nil, fmt.Errorf("%.20q is no forge that has pull requests: want %s, %s or %s", string(kind), forge.GitHub, forge.Gitea, forge.GitLab)
}

// parseRoot returns the address of an API. Tokens go there, so it is https or on this machine. Errors have no password in them.
func parseRoot(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the URL of the API: want an address such as https://api.github.com")
	case u.User != nil:
		return nil, errors.New("the URL of the API has a user or a password in it: the token belongs in a setting of its own")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fmt.Errorf("the URL of the API, %s: something stands behind the path", u)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("the URL of the API, %s: the token would be sent in clear text: use https", u)
	}
	return u, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// checkRepository returns the parts of the path of a repository, of which there are from two to most.
func checkRepository(path string, most int) ([]string, error) {
	parts := strings.Split(path, "/")
	if len(parts) < 2 || len(parts) > most {
		return nil, fmt.Errorf("the repository %.200q: want owner/name", path)
	}
	for _, part := range parts {
		if part == "" || part == "." || part == ".." || strings.Trim(part, nameCharacters) != "" {
			return nil, fmt.Errorf("the repository %.200q: want owner/name", path)
		}
	}
	return parts, nil
}

// nameCharacters are what names of owners and repositories consist of.
const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+"

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
