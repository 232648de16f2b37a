package server

import (
	"net/http"
	"strings"
	"time"
)

// Why a request is not authenticated, as the log says it.
const (
	noCredentials  = "no bearer token"
	badCredentials = "authorization that is no bearer token"
	unknownToken   = "unknown token"
	expiredToken   = "expired token"
)

// longestToken is the most octets that are looked at of what should be a token.
const longestToken = 512

// authenticate returns the token that a request has, or why it has none. A token is taken from the Authorization header only (RFC 6750 §2.1): addresses are
// kept in logs and histories.
func (s tokenSet) authenticate(header http.Header, now time.Time) (token Token, refused string) {
	values := header.Values("Authorization")
	if len(values) == 0 {
		return Token{}, noCredentials
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	text = strings.TrimLeft(text, " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || text == "" || len(text) > longestToken {
		return Token{}, badCredentials
	}
	token, ok := s.find(text)
	switch {
	case !ok:
		return Token{}, unknownToken
	case !token.Expires.IsZero() && !now.Before(token.Expires):
		return Token{}, expiredToken
	}
	return token, ""
}

// challenge is the WWW-Authenticate of an answer to a request that is not authenticated (RFC 6750 §3).
func challenge(refused string) string {
	const realm = `Bearer realm="zoneward"`
	switch refused {
	case noCredentials:
		return realm
	case expiredToken:
		return realm + `, error="invalid_token", error_description="the token has expired"`
	}
	return realm + `, error="invalid_token"`
}
