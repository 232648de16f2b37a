package scaidnstest

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Key is what an API key may do. The zero Key may do all in [DefaultTenant] that needs no role.
type Key struct {
	// Tenant is the one whose zones the key has, empty for DefaultTenant.
	Tenant string
	// Permissions are those that the key has, nil for all: "domains:read", "records:create", "dnssec:*".
	Permissions []string
	// IPs are the addresses that it may be used from, nil for all.
	IPs []netip.Prefix
	// Expires is when it ends. The zero time is never.
	Expires time.Time
	// RateLimit is how many requests a minute are answered, see [Options.RateWindow]. 0 is no limit.
	RateLimit int
	// SkipsValidation is the role validation_bypass: zones are active as they are created.
	SkipsValidation bool
}

// DefaultTenant is the tenant of keys and zones that name none.
const DefaultTenant = "default"

type key struct {
	Key
	windowEnds time.Time
	used       int // in the window
}

// MintKey makes a key and returns it, "sdk_live_...".
func (s *Server) MintKey(k Key) string {
	k.Tenant = cmp.Or(k.Tenant, DefaultTenant)
	secret := "sdk_live_" + strings.ToLower(rand.Text())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[secret] = &key{Key: k}
	return secret
}

// ExpireKey ends a key.
func (s *Server) ExpireKey(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[secret].Expires = s.opts.Now()
}

// authenticate returns the key of a request, if it has the permission.
func (s *Server) authenticate(r *http.Request, permission string) (*key, error) {
	given := r.Header.Values("X-API-Key")
	if len(given) == 0 {
		return nil, refuse(http.StatusUnauthorized, "Not authenticated")
	}
	k, ok := s.keys[given[0]]
	now := s.opts.Now()
	switch {
	case !ok, len(given) > 1:
		return nil, refuse(http.StatusUnauthorized, "Invalid API key")
	case !k.Expires.IsZero() && !now.Before(k.Expires):
		return nil, refuse(http.StatusUnauthorized, "API key has expired")
	case !k.allows(r.RemoteAddr):
		return nil, refuse(http.StatusForbidden, "IP address not allowed for this API key")
	}
	if err := k.count(now, s.opts.RateWindow); err != nil {
		return nil, err
	}
	if !k.may(permission) {
		return nil, refuse(http.StatusForbidden, "Permission denied: "+permission)
	}
	return k, nil
}

// allows reports whether the key may be used from an address with a port.
func (k *key) allows(remote string) bool {
	if k.IPs == nil {
		return true
	}
	addr, err := netip.ParseAddrPort(remote)
	return err == nil && slices.ContainsFunc(k.IPs, func(p netip.Prefix) bool { return p.Contains(addr.Addr().Unmap()) })
}

// count counts a request, or refuses it. What is refused does not count.
func (k *key) count(now time.Time, window time.Duration) error {
	if k.RateLimit == 0 {
		return nil
	}
	if !now.Before(k.windowEnds) {
		k.windowEnds, k.used = now.Add(window), 0
	}
	if k.used >= k.RateLimit {
		refused := refuse(http.StatusTooManyRequests, "Rate limit exceeded")
		seconds := int((k.windowEnds.Sub(now) + time.Second - 1) / time.Second)
		refused.header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
		return refused
	}
	k.used++
	return nil
}

func (k *key) may(permission string) bool {
	resource, _, _ := strings.Cut(permission, ":")
	return k.Permissions == nil || slices.Contains(k.Permissions, permission) || slices.Contains(k.Permissions, resource+":*")
}
