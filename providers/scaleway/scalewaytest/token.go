package scalewaytest

import (
	"regexp"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Access is what a token may do with zones and records.
type Access int

// The accesses.
const (
	FullAccess Access = iota
	ReadOnly
	NoAccess // what other products have
)

// Token is an API key.
type Token struct {
	Organization string
	Projects     []string // that it is for, nil for all of the organization
	Access       Access
	Expires      time.Time // zero for never
}

// AddToken returns the secret key of a new API key.
func (s *Server) AddToken(t Token) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	secret := s.newID()
	s.tokens[secret] = t
	return secret
}

// SetToken changes what the API key with a secret key may do.
func (s *Server) SetToken(secret string, t Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[secret] = t
}

var uuid = regexp.MustCompile("^" + httpfault.UUID + "$")

// checkID returns an error if an id that a client sends is none. It may be left out.
func checkID(argument, id string) error {
	if id != "" && !uuid.MatchString(id) {
		return InvalidArgument(argument, "format", "want a UUID")
	}
	return nil
}

// authenticate returns the API key of a request.
func (s *Server) authenticate(secrets []string) (Token, error) {
	if len(secrets) != 1 || !uuid.MatchString(secrets[0]) {
		return Token{}, DeniedAuthentication("invalid_argument")
	}
	t, ok := s.tokens[secrets[0]]
	switch {
	case !ok:
		return Token{}, DeniedAuthentication("not_found")
	case !t.Expires.IsZero() && !s.now().Before(t.Expires):
		return Token{}, DeniedAuthentication("expired")
	}
	return t, nil
}

// authorize returns an error if t may not read, or write.
func (t Token) authorize(write bool) error {
	switch {
	case t.Access == NoAccess && !write:
		return PermissionsDenied("domain", "read")
	case t.Access != FullAccess && write:
		return PermissionsDenied("domain", "write")
	}
	return nil
}

// sees reports whether a project is one of t's.
func (s *Server) sees(t Token, project string) bool {
	return s.projects[project] == t.Organization && (t.Projects == nil || slices.Contains(t.Projects, project))
}
