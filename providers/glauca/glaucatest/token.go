package glaucatest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Scopes of a token, https://docs.glauca.digital/domains/api/#scopes. The two that cost money are not part of domains:domain.
const (
	DomainScope         = "domains:domain"
	ReadDomainScope     = "domains:domain.read"
	RenewScope          = "domains:domain.renew"
	RestoreScope        = "domains:domain.restore"
	ContactScope        = "domains:contact"
	ReadContactScope    = "domains:contact.read"
	AddressScope        = "domains:contact_address"
	ReadAddressScope    = "domains:contact_address.read"
	NameServerScope     = "domains:name_server"
	ReadNameServerScope = "domains:name_server.read"
)

// EverydayScopes returns all scopes for what costs nothing.
func EverydayScopes() []string {
	return []string{DomainScope, ContactScope, AddressScope, NameServerScope}
}

// Token is what a client shows, https://docs.glauca.digital/api/.
type Token struct {
	// Account is whose it is, empty for Server.Account.
	Account string
	// Scopes are what it may do, nil for EverydayScopes.
	Scopes []string
	// Bearer is an OAuth access token, which goes into another scheme than a personal access token, and lives for minutes.
	Bearer bool
	// Expires is when it ends, zero for never.
	Expires time.Time
}

// AddToken returns the text of a new token.
func (s *Server) AddToken(t Token) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	secret := s.newID("secret-token")
	s.tokens[secret] = t
	return secret
}

// SetToken changes what a token may do, or when it ends.
func (s *Server) SetToken(secret string, t Token) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.tokens[secret]; !ok {
		s.t.Errorf("no token has the text %q", secret)
	}
	s.tokens[secret] = t
}

// authenticate returns the token of a request, nil if it shows none that the API knows the scheme of.
func (s *Server) authenticate(r *http.Request) (*Token, error) {
	header := r.Header.Get("Authorization")
	secret, bearer := strings.CutPrefix(header, "Bearer ")
	if !bearer {
		var personal bool
		if secret, personal = strings.CutPrefix(header, "X-AS207960-PAT "); !personal {
			return nil, nil
		}
	}
	t, ok := s.tokens[secret]
	if !ok || t.Bearer != bearer || !t.Expires.IsZero() && !s.now().Before(t.Expires) {
		refused := refuse(http.StatusForbidden, "Invalid token")
		if s.opts.Unauthorized {
			refused = refuse(http.StatusUnauthorized, "Invalid token")
			refused.header = http.Header{"Www-Authenticate": {`Bearer realm="api"`}}
		}
		return nil, refused
	}
	if t.Account == "" {
		t.Account = s.Account
	}
	if t.Scopes == nil {
		t.Scopes = EverydayScopes()
	}
	return &t, nil
}

// may reports whether t has a scope. Who may write may read.
func (t *Token) may(scope string) bool {
	return slices.Contains(t.Scopes, scope) || slices.Contains(t.Scopes, strings.TrimSuffix(scope, ".read"))
}

// authorize returns an error if there is no token, or it has not all of the scopes.
func (t *Token) authorize(scopes ...string) error {
	if t == nil || slices.ContainsFunc(scopes, func(scope string) bool { return !t.may(scope) }) {
		return denied()
	}
	return nil
}
