// Package scw is what the providers for Scaleway's products have in common: how they are asked, how they refuse something, and lists that come in pages.
//
// https://www.scaleway.com/en/developers/api/ describes the APIs, and the official SDK (github.com/scaleway/scaleway-sdk-go, package scw) has their types
// of errors.
package scw

import (
	"cmp"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/zoneward/zoneward/providers/internal/rest"
)

// DefaultURL is where the APIs are.
const DefaultURL = "https://api.scaleway.com"

// Options say who asks which API.
type Options struct {
	// SecretKey returns the secret key of an API key. It is called for each request.
	SecretKey func() (string, error)
	// URL is the address of the API without a path, empty for DefaultURL.
	URL string
	// HTTP makes the requests, nil for the default transport without a proxy. Redirects are not followed.
	HTTP *http.Client
	// Timeout is the longest that one request may take, 0 for one minute.
	Timeout time.Duration
	// MaxAnswer is the most octets that an answer may have.
	MaxAnswer int64
}

// NewClient returns a client, or an error if the options cannot be right. It makes no request.
func NewClient(o Options) (*rest.Client, error) {
	if o.SecretKey == nil {
		return nil, errors.New("no secret key")
	}
	return rest.New(rest.Options{
		BaseURL: cmp.Or(o.URL, DefaultURL), HTTP: o.HTTP, Timeout: o.Timeout, MaxBody: o.MaxAnswer,
		Secret: rest.Secret{Header: "X-Auth-Token", Value: o.SecretKey},
	})
}

var uuid = regexp.MustCompile("^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")

// IsID reports whether text can be the ID of something: a UUID.
func IsID(text string) bool { return uuid.MatchString(text) }
