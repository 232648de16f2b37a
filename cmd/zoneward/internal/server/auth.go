package server

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Role says what a token allows. Each role allows what those below it allow.
type Role int

// The roles.
const (
	RoleRead    Role = iota + 1 // look
	RoleOperate                 // approve what waits, restore, suspend, have something looked at
	RoleAdmin                   // override guards
)

// ParseRole reads "read", "operate" or "admin".
func ParseRole(text string) (Role, error) {
	for role := RoleRead; role <= RoleAdmin; role++ {
		if text == role.String() {
			return role, nil
		}
	}
	return 0, fmt.Errorf("%q: the roles are read, operate and admin", text)
}

// String returns the role as ParseRole reads it.
func (r Role) String() string {
	switch r {
	case RoleRead:
		return "read"
	case RoleOperate:
		return "operate"
	case RoleAdmin:
		return "admin"
	}
	return "none"
}

// Hash is the SHA-256 of a token: all that the configuration has of it. A password would need a hash that is slow on purpose, since people choose from few;
// a token has 256 random bits, of which nobody finds one that is not told it, however fast the hash is.
type Hash [sha256.Size]byte

// hashPrefix is in front of the hex digits.
const hashPrefix = "sha256:"

// HashOf returns the hash of a token.
func HashOf(token string) Hash { return sha256.Sum256([]byte(token)) }

// ParseHash reads what String gives. The error does not have the text: somebody may have put the token itself there.
func ParseHash(text string) (Hash, error) {
	var h Hash
	digits, ok := strings.CutPrefix(text, hashPrefix)
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil || len(raw) != len(h) {
		return h, errors.New("want sha256: and 64 hex digits, as zoneward token new prints them")
	}
	return Hash(raw), nil
}

// String returns "sha256:" and hex digits.
func (h Hash) String() string { return hashPrefix + hex.EncodeToString(h[:]) }

// Parts of a token: "zw_", by which programs that look for secrets know it, 8 hex digits that tell one from another, and the secret in hex.
const (
	tokenPrefix = "zw_"
	tokenID     = 4  // octets
	tokenSecret = 32 // octets
)

// NewToken returns a new token, zw_ID_SECRET.
func NewToken() string {
	var octets [tokenID + tokenSecret]byte
	_, _ = rand.Read(octets[:]) // it never fails: see crypto/rand
	return fmt.Sprintf("%s%x_%x", tokenPrefix, octets[:tokenID], octets[tokenID:])
}

// ZonePattern says which zones a token is for. Unlike the patterns of rules it goes by labels, not by text, so that no way to write a name leads around it.
type ZonePattern struct {
	name  zonefile.Name
	below bool // the names below it, and not itself
}

// ParseZonePattern reads "example.com" (that zone), "*.example.com" (all zones below it, however deep), or "*" (all).
func ParseZonePattern(text string) (ZonePattern, error) {
	if text == "*" {
		return ZonePattern{zonefile.Root, true}, nil
	}
	rest, below := strings.CutPrefix(text, "*.")
	if strings.Contains(rest, "*") {
		return ZonePattern{}, fmt.Errorf("%q: want the name of a zone, *.NAME for those below it, or *", text)
	}
	name, err := zonefile.ParseUnicodeName(rest, zonefile.Root)
	return ZonePattern{name, below}, err
}

// String returns the pattern as ParseZonePattern reads it.
func (p ZonePattern) String() string {
	name := strings.TrimSuffix(p.name.String(), ".")
	switch {
	case p.below && p.name.IsRoot():
		return "*"
	case p.below:
		return "*." + name
	}
	return name
}

// matches reports whether a zone is meant.
func (p ZonePattern) matches(zone zonefile.Name) bool {
	if p.below {
		return zone.Below(p.name)
	}
	return !p.name.IsZero() && zone == p.name
}

// Token is what the configuration says of a token.
type Token struct {
	// Name is who has it, for the audit log and the log.
	Name string
	Role Role
	Hash Hash
	// Zones are those that it is for, nil for all. What it is not for it neither sees nor changes.
	Zones []ZonePattern
	// Expires is when it ends, zero for never.
	Expires time.Time
	// issuer has made it, if it is an identity token.
	issuer string
}

// longestTokenName is the most octets of the name of a token.
const longestTokenName = 64

// check returns what is wrong with a token.
func (t Token) check() error {
	switch {
	case t.Name == "" || len(t.Name) > longestTokenName || strings.Trim(t.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "":
		return fmt.Errorf("token %q: a name has up to %d letters, digits, - and _", t.Name, longestTokenName)
	case t.Role < RoleRead || t.Role > RoleAdmin:
		return fmt.Errorf("token %s: no role", t.Name)
	case t.Hash == Hash{} || t.Hash == HashOf(""):
		return fmt.Errorf("token %s: its hash is that of nothing", t.Name)
	case t.Zones != nil && len(t.Zones) == 0:
		return fmt.Errorf("token %s: zones has none; leave it out if it is for all", t.Name)
	}
	return nil
}

// tokenSet is all that there is at a time. It does not change.
type tokenSet []Token

// CheckTokens returns an error that says what is wrong with tokens.
func CheckTokens(tokens []Token) error {
	_, err := newTokenSet(tokens)
	return err
}

// newTokenSet checks tokens.
func newTokenSet(tokens []Token) (tokenSet, error) {
	var errs []error
	for i, t := range tokens {
		if err := t.check(); err != nil {
			errs = append(errs, err)
		}
		for _, other := range tokens[:i] {
			switch {
			case other.Name == t.Name:
				errs = append(errs, fmt.Errorf("token %s: comes twice", t.Name))
			case other.Hash == t.Hash:
				errs = append(errs, fmt.Errorf("token %s: has the hash of token %s", t.Name, other.Name))
			}
		}
	}
	return slices.Clone(tokens), errors.Join(errs...)
}

// find returns the token with a text. It looks at all of them, and for the same time at each: how long it takes says nothing of how much is right.
func (s tokenSet) find(text string) (Token, bool) {
	sum := HashOf(text)
	found := -1
	for i := range s {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(sum[:], s[i].Hash[:]), i, found)
	}
	if found < 0 {
		return Token{}, false
	}
	return s[found], true
}

// restricted reports whether the token is not for all zones.
func (t Token) restricted() bool { return t.Zones != nil }

// sees reports whether the token is for a zone.
func (t Token) sees(zone zonefile.Name) bool {
	return !t.restricted() || slices.ContainsFunc(t.Zones, func(p ZonePattern) bool { return p.matches(zone) })
}

// actor returns who acts, for the audit log.
func (t Token) actor() string { return t.Name + " (api)" }
