package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// longestIdentity is the most octets of an identity token. Those of GitHub have about 2000.
const longestIdentity = 8 << 10

// oidcSet is whose identity tokens count at a time. It does not change, but for the keys of its issuers.
type oidcSet struct {
	rules   []OIDCRule
	issuers map[string]*issuerKeys // by the claim iss
}

// newOIDCSet checks rules. It takes over the keys of the issuers that before has too: somebody paid for them by waiting.
func newOIDCSet(rules []OIDCRule, before *oidcSet, open func(issuer string) *issuerKeys) (*oidcSet, error) {
	if err := CheckOIDC(rules); err != nil {
		return nil, err
	}
	set := &oidcSet{rules: slices.Clone(rules), issuers: map[string]*issuerKeys{}}
	for _, r := range rules {
		if keys := before.issuers[r.Issuer]; keys != nil {
			set.issuers[r.Issuer] = keys
		} else if set.issuers[r.Issuer] == nil {
			set.issuers[r.Issuer] = open(r.Issuer)
		}
	}
	return set, nil
}

// isIdentity reports whether text is a signed token, and none of ours.
func isIdentity(text string) bool { return strings.Count(text, ".") == 2 }

// authenticate returns what the token of an identity allows: what the first rule says that takes it. The error says why it allows nothing, and is for the log; it
// wraps errNoKeys if nothing is wrong with the token so far.
//
// The order is that of RFC 8725: who may have signed it is known by its issuer alone, with which algorithm by the key, and nothing else that it says counts before
// the signature has been verified.
func (s *oidcSet) authenticate(ctx context.Context, text string, now time.Time) (Token, error) {
	if len(text) > longestIdentity {
		return Token{}, fmt.Errorf("identity token has more than %d octets", longestIdentity)
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg(), jwt.SigningMethodES256.Alg()}), jwt.WithStrictDecoding(), jwt.WithJSONNumber(),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(oidcLeeway), jwt.WithTimeFunc(func() time.Time { return now }),
	)
	claims := jwt.MapClaims{}
	if _, err := parser.ParseWithClaims(text, claims, func(t *jwt.Token) (any, error) { return s.key(ctx, t) }); err != nil {
		return Token{}, fmt.Errorf("identity token: %w", err)
	}
	issuer, err := claims.GetIssuer()
	if err != nil {
		return Token{}, err
	}
	var why []string
	for _, r := range s.rules {
		if r.Issuer != issuer {
			continue
		}
		if wrong := r.mismatch(claims); wrong != "" {
			why = append(why, wrong)
			continue
		}
		token, err := r.identity(claims)
		if err != nil {
			return Token{}, fmt.Errorf("identity token of %s: %w", issuer, err)
		}
		return token, nil
	}
	return Token{}, fmt.Errorf("identity token of %s that server.oidc does not take: %s", issuer, strings.Join(why, "; "))
}

// key returns the key that a token says that it is signed with, if its issuer has such a one. Of the header only that counts: where it says that the key is, or
// what it is, leads nowhere.
func (s *oidcSet) key(ctx context.Context, t *jwt.Token) (any, error) {
	issuer, err := t.Claims.GetIssuer()
	if err != nil {
		return nil, err
	}
	keys := s.issuers[issuer]
	if keys == nil {
		return nil, fmt.Errorf("the issuer %s is not one of server.oidc", shownClaim(issuer))
	}
	if _, ok := t.Header["crit"]; ok {
		return nil, errors.New("it wants something understood that is not") // RFC 7515 §4.1.11
	}
	if typ, ok := t.Header["typ"]; ok && !strings.EqualFold(fmt.Sprint(typ), "JWT") {
		return nil, fmt.Errorf("its type is %s", shownClaim(typ)) // RFC 8725 §3.11: such as at+jwt, which is for somebody else
	}
	id, ok := t.Header["kid"].(string)
	if !ok || id == "" || len(id) > longestClaim {
		return nil, errors.New("it does not say which key it is signed with")
	}
	return keys.find(ctx, keyID{id, t.Method.Alg()})
}
