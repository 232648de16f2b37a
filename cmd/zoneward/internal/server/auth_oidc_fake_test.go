package server

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// testKeys are keys of each kind, two of RSA. They take their time to make.
var testKeys = sync.OnceValue(func() (keys struct {
	rsa, other *rsa.PrivateKey
	ec         *ecdsa.PrivateKey
},
) {
	keys.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	keys.other, _ = rsa.GenerateKey(rand.Reader, 2048)
	keys.ec, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return keys
})

func base64url(octets []byte) string { return base64.RawURLEncoding.EncodeToString(octets) }

// publicJWK returns a key as an issuer shows it, with other members in the place of some.
func publicJWK(t testing.TB, key crypto.PublicKey, id string, others map[string]any) map[string]any {
	t.Helper()
	k := map[string]any{"kid": id, "use": "sig"}
	switch key := key.(type) {
	case *rsa.PublicKey:
		k["kty"], k["alg"], k["n"], k["e"] = "RSA", "RS256", base64url(key.N.Bytes()), base64url(big.NewInt(int64(key.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		half := (len(point) - 1) / 2
		k["kty"], k["alg"], k["crv"], k["x"], k["y"] = "EC", "ES256", key.Params().Name, base64url(point[1:1+half]), base64url(point[1+half:])
	}
	maps.Copy(k, others)
	return k
}

// fakeIssuer is an issuer of identity tokens on this machine.
type fakeIssuer struct {
	url string

	mu     sync.Mutex
	asked  []string
	keys   []map[string]any
	answer map[string]http.HandlerFunc // of a path, in the place of the usual ones
}

func newFakeIssuer(t testing.TB) *fakeIssuer {
	t.Helper()
	keys := testKeys()
	f := &fakeIssuer{
		keys:   []map[string]any{publicJWK(t, &keys.rsa.PublicKey, "rsa", nil), publicJWK(t, &keys.ec.PublicKey, "ec", nil)},
		answer: map[string]http.HandlerFunc{},
	}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	f.url = s.URL
	return f
}

func (f *fakeIssuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asked = append(f.asked, r.URL.Path)
	answer, keys := f.answer[r.URL.Path], f.keys
	f.mu.Unlock()
	var doc any
	switch {
	case answer != nil:
		answer(w, r)
		return
	case r.URL.Path == "/.well-known/openid-configuration":
		doc = map[string]any{"issuer": f.url, "jwks_uri": f.url + "/keys"}
	case r.URL.Path == "/keys":
		doc = map[string]any{"keys": keys}
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(doc)
}

// requests returns what it was asked for.
func (f *fakeIssuer) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

// set changes what it has.
func (f *fakeIssuer) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// claims are those of a job of GitHub Actions for this issuer, with others in the place of some: nil leaves one out.
func (f *fakeIssuer) claims(others map[string]any) jwt.MapClaims {
	now := time.Now()
	c := jwt.MapClaims{
		"iss": f.url, "aud": "https://zoneward.example.com", "sub": "repo:example/zones:ref:refs/heads/main", "jti": "1",
		"iat": now.Unix(), "nbf": now.Add(-5 * time.Minute).Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"repository": "example/zones", "repository_owner": "example", "ref": "refs/heads/main", "ref_protected": "true", "run_attempt": 1, "private": true,
	}
	for name, value := range others {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
	return c
}

// sign returns a token with those claims and that header.
func sign(t testing.TB, method jwt.SigningMethod, key any, header map[string]any, claims jwt.Claims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	for name, value := range header {
		if token.Header[name] = value; value == nil {
			delete(token.Header, name)
		}
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// token returns a good token, with other claims in the place of some.
func (f *fakeIssuer) token(t testing.TB, others map[string]any) string {
	t.Helper()
	return sign(t, jwt.SigningMethodRS256, testKeys().rsa, map[string]any{"kid": "rsa"}, f.claims(others))
}

// rule takes the tokens of the issuer, to look.
func (f *fakeIssuer) rule(claims ...ClaimRule) OIDCRule {
	if claims == nil {
		claims = []ClaimRule{{"repository", []string{"example/zones"}}}
	}
	return OIDCRule{Issuer: f.url, Audience: "https://zoneward.example.com", Role: RoleRead, Claims: claims}
}

// identities has the API take the identities of rules.
func (x *tester) identities(rules ...OIDCRule) {
	x.Helper()
	if err := x.api.SetOIDC(rules); err != nil {
		x.Fatal(err)
	}
}

// as has a request sent with a text as its token.
func (x *tester) as(text, method, path, body string) *httptest.ResponseRecorder {
	x.Helper()
	r := x.request("", method, path, body)
	r.Header.Set("Authorization", "Bearer "+text)
	return x.do(r)
}
