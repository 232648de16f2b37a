package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// keyID is by what a token names the key that it is signed with. A key is good for one algorithm, whatever a token says.
type keyID struct{ id, algorithm string }

// keySet has an *rsa.PublicKey for RS256, and an *ecdsa.PublicKey on P-256 for ES256.
type keySet map[keyID]any

const (
	// mostKeys is how many keys an issuer may have.
	mostKeys = 100
	// leastRSA and mostRSA are how many bits an RSA key may have: RFC 7518 §3.3, and what can be verified quickly.
	leastRSA, mostRSA = 2048, 8192
)

// jwk is a key of an issuer: RFC 7517, and RFC 7518 §6.
type jwk struct {
	Type       string   `json:"kty"`
	ID         string   `json:"kid"`
	Use        string   `json:"use"`
	Operations []string `json:"key_ops"`
	Algorithm  string   `json:"alg"`
	Curve      string   `json:"crv"`
	X          string   `json:"x"`
	Y          string   `json:"y"`
	N          string   `json:"n"`
	E          string   `json:"e"`
	D          string   `json:"d"` // of a private key
}

// parseKeys reads the keys of an issuer. Those that are for something else, of another kind, or private, are passed over: a key that everybody can read who asks for
// it proves nothing. It is an error if none is left.
func parseKeys(text []byte) (keySet, error) {
	var doc struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, errors.New("the keys are not JSON, or not a list of keys")
	}
	if len(doc.Keys) > mostKeys {
		return nil, fmt.Errorf("there are %d keys; more than %d are too many", len(doc.Keys), mostKeys)
	}
	keys, private := keySet{}, 0
	for _, raw := range doc.Keys {
		var k jwk
		if json.Unmarshal(raw, &k) != nil || !k.verifies() {
			continue
		}
		if k.D != "" {
			private++
			continue
		}
		id, key := k.public()
		if key == nil {
			continue
		}
		if other, twice := keys[id]; twice && !equalKeys(other, key) {
			return nil, fmt.Errorf("two keys are called %.100q", k.ID)
		}
		keys[id] = key
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("none of its %d keys is for RS256 or ES256; %d are private, and anybody can sign with those", len(doc.Keys), private)
	}
	return keys, nil
}

// verifies reports whether a key is there to verify signatures with, and has a name.
func (k jwk) verifies() bool {
	return k.ID != "" && len(k.ID) <= longestClaim && (k.Use == "" || k.Use == "sig") && (len(k.Operations) == 0 || slices.Contains(k.Operations, "verify"))
}

// public returns the key, nil if it is not for an algorithm that is taken, or is not as it should be.
func (k jwk) public() (keyID, any) {
	switch k.Type {
	case "RSA":
		if key := k.rsa(); key != nil && (k.Algorithm == "" || k.Algorithm == jwt.SigningMethodRS256.Alg()) {
			return keyID{k.ID, jwt.SigningMethodRS256.Alg()}, key
		}
	case "EC":
		if key := k.ec(); key != nil && (k.Algorithm == "" || k.Algorithm == jwt.SigningMethodES256.Alg()) {
			return keyID{k.ID, jwt.SigningMethodES256.Alg()}, key
		}
	}
	return keyID{}, nil
}

func (k jwk) rsa() *rsa.PublicKey {
	n, errN := base64.RawURLEncoding.DecodeString(k.N)
	e, errE := base64.RawURLEncoding.DecodeString(k.E)
	if errN != nil || errE != nil || len(n) > mostRSA/8 || len(e) > 4 {
		return nil
	}
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	if key.N.BitLen() < leastRSA || key.N.Bit(0) == 0 || key.E < 3 || key.E&1 == 0 || key.E > 1<<31-1 {
		return nil
	}
	return key
}

func (k jwk) ec() *ecdsa.PublicKey {
	x, errX := base64.RawURLEncoding.DecodeString(k.X)
	y, errY := base64.RawURLEncoding.DecodeString(k.Y)
	if k.Curve != "P-256" || errX != nil || errY != nil || len(x) != 32 || len(y) != 32 {
		return nil
	}
	// It checks that the point is on the curve. The octet in front says that both coordinates follow: SEC 1 §2.3.4.
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil
	}
	return key
}

// equalKeys compares two keys of one algorithm.
func equalKeys(a, b any) bool {
	switch a := a.(type) {
	case *rsa.PublicKey:
		return a.Equal(b)
	case *ecdsa.PublicKey:
		return a.Equal(b)
	}
	return false
}
