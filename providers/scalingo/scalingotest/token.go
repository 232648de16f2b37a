package scalingotest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// AddToken returns a new API token of the account, https://developers.scalingo.com/tokens.
func (s *Server) AddToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := "tk-us-" + s.newSecret()
	s.tokens[token] = true
	return token
}

// RevokeToken ends an API token. What it was exchanged for stays good until it expires.
func (s *Server) RevokeToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, token)
}

// ExpireBearers ends all bearer tokens that there are, before the time that is in them.
func (s *Server) ExpireBearers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.bearers)
}

// newSecret returns a text of 48 characters that nothing else has. They are the same in each run.
func (s *Server) newSecret() string {
	sum := sha256.Sum256([]byte(s.newID()))
	return hex.EncodeToString(sum[:24])
}

// exchangeToken is ExchangeToken.
func (s *Server) exchangeToken(c *call) (reply, error) {
	user, token, ok := c.BasicAuth()
	if !ok || user != "" || !s.tokens[token] || len(c.Header.Values("Authorization")) > 1 {
		return reply{}, Unauthorized()
	}
	now := s.opts.Now()
	ends := now.Add(s.opts.BearerLifetime)
	bearer := s.newSecret()
	if !s.opts.OpaqueBearers {
		bearer = jwt(map[string]any{"iat": now.Unix(), "exp": ends.Unix(), "jti": bearer})
	}
	s.bearers[bearer] = ends
	return reply{http.StatusOK, map[string]any{"token": bearer}}, nil
}

// jwt returns claims as a JSON Web Token (RFC 7519), signed with a key that everybody knows.
func jwt(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // the claims are made here
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(payload)
	mac := hmac.New(sha256.New, []byte("scalingotest"))
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}

// authenticate refuses a request without a bearer token that is good now.
func (s *Server) authenticate(r *http.Request) error {
	given := r.Header.Values("Authorization")
	if len(given) != 1 {
		return Unauthorized()
	}
	bearer, ok := strings.CutPrefix(given[0], "Bearer ")
	ends, known := s.bearers[bearer]
	if !ok || !known || !s.opts.Now().Before(ends) {
		return Unauthorized()
	}
	return nil
}

// window is a minute of requests.
type window struct {
	ends time.Time
	used int
}

// countRequest refuses a request that is one too many. What is refused does not count.
func (s *Server) countRequest() error {
	if s.opts.RequestsPerMinute == 0 {
		return nil
	}
	now := s.opts.Now()
	if !now.Before(s.window.ends) {
		s.window = window{ends: now.Add(time.Minute)}
	}
	switch {
	case s.window.used < s.opts.RequestsPerMinute:
		s.window.used++
		return nil
	case s.opts.RetryAfter:
		return RetryLater(s.window.ends.Sub(now))
	default:
		return RetryLater(0)
	}
}
