package server

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// Why a request is not authenticated, as its answer says it.
const (
	noCredentials  = "no bearer token"
	badCredentials = "authorization that is no bearer token"
	unknownToken   = "unknown token"
	expiredToken   = "expired token"
	badIdentity    = "identity token that is not accepted"
)

// refusal is why a request is not authenticated.
type refusal struct {
	says string // in the answer
	why  string // in the log
	// later: it is not known whether it is authentic, since the keys of its issuer are not.
	later bool
}

// refusedAs is a refusal of which nothing is to be hidden.
func refusedAs(says string) *refusal { return &refusal{says: says, why: says} }

// longestToken is the most octets that are looked at of what should be a token.
const longestToken = 512

// authenticate returns the token that a request has, or why it has none.
func (a *API) authenticate(r *http.Request, now time.Time) (Token, *refusal) {
	text, refused := bearer(r.Header)
	if refused != nil {
		return Token{}, refused
	}
	identities := a.identities.Load()
	if len(identities.rules) == 0 || !isIdentity(text) {
		return a.tokens.Load().authenticate(text, now)
	}
	token, err := identities.authenticate(r.Context(), text, now)
	if err != nil {
		return Token{}, &refusal{badIdentity, plain(err.Error(), longestDetail), errors.Is(err, errNoKeys)}
	}
	return token, nil
}

// bearer returns the text of the token that a request has. It is taken from the Authorization header only (RFC 6750 §2.1): addresses are kept in logs and
// histories.
func bearer(header http.Header) (string, *refusal) {
	values := header.Values("Authorization")
	if len(values) == 0 {
		return "", refusedAs(noCredentials)
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	text = strings.TrimLeft(text, " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || text == "" {
		return "", refusedAs(badCredentials)
	}
	return text, nil
}

// authenticate returns the token with a text, or why there is none.
func (s tokenSet) authenticate(text string, now time.Time) (Token, *refusal) {
	if len(text) > longestToken {
		return Token{}, refusedAs(badCredentials)
	}
	token, ok := s.find(text)
	switch {
	case !ok:
		return Token{}, refusedAs(unknownToken)
	case !token.Expires.IsZero() && !now.Before(token.Expires):
		return Token{}, refusedAs(expiredToken)
	}
	return token, nil
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
