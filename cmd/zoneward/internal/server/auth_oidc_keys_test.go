package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// keysTest are the keys of an issuer that answers as it is told, in a bubble of time.
type keysTest struct {
	*issuerKeys
	has   keySet
	err   error
	takes time.Duration
	asked int
}

func newKeysTest(ids ...string) *keysTest {
	k := &keysTest{has: keySet{}}
	for _, id := range ids {
		k.has[keyID{id, "RS256"}] = id
	}
	k.issuerKeys = newIssuerKeys("https://issuer.example", func(ctx context.Context, _ string) (keySet, error) {
		k.asked++
		select {
		case <-time.After(k.takes):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return maps.Clone(k.has), k.err
	}, slog.New(slog.DiscardHandler))
	return k
}

// want finds a key, or an error of a kind: nil is one that says that there is no such key.
func (k *keysTest) want(t *testing.T, id string, asked int, wrong ...error) {
	t.Helper()
	key, err := k.find(t.Context(), keyID{id, "RS256"})
	switch {
	case len(wrong) == 0 && (err != nil || key != any(id)):
		t.Errorf("%s: %v, %v", id, key, err)
	case len(wrong) > 0 && (err == nil || key != nil || errors.Is(err, errNoKeys) != (wrong[0] != nil)):
		t.Errorf("%s: %v, %v; want %v", id, key, err, wrong[0])
	}
	if k.asked != asked {
		t.Errorf("%s: the issuer was asked %d times, want %d", id, k.asked, asked)
	}
}

// TestKeysAreKept asks the issuer no more often than it has to.
func TestKeysAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeysTest("a")
		k.want(t, "a", 1)
		k.want(t, "b", 1, nil)
		time.Sleep(keysGap - 1)
		k.want(t, "b", 1, nil) // not again within a minute
		time.Sleep(time.Nanosecond)
		for range 100 {
			k.want(t, "b", 2, nil)
		}
		k.has[keyID{"b", "RS256"}] = "b"
		time.Sleep(keysGap)
		k.want(t, "b", 3) // it is a new one
		time.Sleep(keysFresh - 1)
		k.want(t, "a", 3)
		time.Sleep(time.Nanosecond)
		delete(k.has, keyID{"a", "RS256"})
		k.want(t, "a", 4, nil) // it was taken back
		k.want(t, "b", 4)
	})
}

// TestKeysOfAnIssuerThatIsDown are good for a day.
func TestKeysOfAnIssuerThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeysTest("a")
		k.err = errors.New("no route")
		k.want(t, "a", 1, errNoKeys)
		k.want(t, "a", 1, errNoKeys)
		k.err = nil
		time.Sleep(keysGap)
		k.want(t, "a", 2)
		k.err = errors.New("no route")
		time.Sleep(keysFresh)
		k.want(t, "a", 3)
		k.want(t, "b", 3, errNoKeys) // it may be a new one
		time.Sleep(keysStale - keysFresh - 1)
		k.want(t, "a", 4)
		time.Sleep(keysGap)
		k.want(t, "a", 5, errNoKeys)
		k.err = nil
		time.Sleep(keysGap)
		k.want(t, "a", 6)
	})
}

// TestKeysOfASlowIssuer keep nobody waiting who has one that is good enough, and others no longer than they want to.
func TestKeysOfASlowIssuer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeysTest("a")
		k.want(t, "a", 1)
		time.Sleep(keysFresh)
		k.takes = 2 * keysTime
		began := time.Now()
		go func() { _, _ = k.find(t.Context(), keyID{"b", "RS256"}) }()
		synctest.Wait()
		k.want(t, "a", 2)
		if took := time.Since(began); took != 0 {
			t.Errorf("who has a key waits for %s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := k.find(ctx, keyID{"b", "RS256"}); !errors.Is(err, errNoKeys) || time.Since(began) != time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		k.want(t, "b", 2, errNoKeys)
		if took := time.Since(began); took != keysTime {
			t.Errorf("the issuer had %s", took)
		}
	})
}

// TestKeysForOthers are read on when whoever came first goes away.
func TestKeysForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeysTest("a")
		k.takes = time.Second
		ctx, leave := context.WithCancel(t.Context())
		go func() { _, _ = k.find(ctx, keyID{"a", "RS256"}) }()
		synctest.Wait()
		leave()
		k.want(t, "a", 1)
	})
}

func TestParseKeys(t *testing.T) {
	keys := testKeys()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public := func(others map[string]any) map[string]any { return publicJWK(t, &keys.rsa.PublicKey, "k", others) }
	ec := func(others map[string]any) map[string]any { return publicJWK(t, &keys.ec.PublicKey, "k", others) }
	weak := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 1023, 1), E: 65537}
	vast := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 1<<17, 1), E: 65537}
	for name, test := range map[string]struct {
		keys []any
		want string // how many there are, or what the error says
	}{
		"one of each kind":           {[]any{public(nil), ec(nil)}, "2"},
		"no alg":                     {[]any{public(map[string]any{"alg": ""})}, "1"},
		"no use":                     {[]any{public(map[string]any{"use": ""})}, "1"},
		"to verify":                  {[]any{public(map[string]any{"key_ops": []string{"verify"}})}, "1"},
		"the same one twice":         {[]any{public(nil), public(nil)}, "1"},
		"the same name of two kinds": {[]any{public(nil), ec(nil)}, "2"},
		"others beside it":           {[]any{public(nil), 1, nil, "x", []any{}, map[string]any{"kty": []any{}}, map[string]any{"kty": "OKP", "crv": "Ed25519", "kid": "o", "x": "AA"}}, "1"},
		"two of one name":            {[]any{public(nil), publicJWK(t, &keys.other.PublicKey, "k", nil)}, "two keys are called"},
		"none":                       {[]any{}, "none of its 0 keys"},
		"a private key":              {[]any{public(map[string]any{"d": base64url(keys.rsa.D.Bytes())})}, "1 are private"},
		"a private key beside it":    {[]any{ec(map[string]any{"d": "AA", "kid": "p"}), public(nil)}, "1"},
		"a secret":                   {[]any{map[string]any{"kty": "oct", "kid": "k", "alg": "HS256", "k": "AAAA"}}, "none of its 1 keys"},
		"a secret for RS256":         {[]any{map[string]any{"kty": "oct", "kid": "k", "alg": "RS256", "k": "AAAA"}}, "none of its 1 keys"},
		"to encrypt":                 {[]any{public(map[string]any{"use": "enc"})}, "none of its 1 keys"},
		"to sign alone":              {[]any{public(map[string]any{"key_ops": []string{"sign"}})}, "none of its 1 keys"},
		"for HS256":                  {[]any{public(map[string]any{"alg": "HS256"})}, "none of its 1 keys"},
		"for none":                   {[]any{public(map[string]any{"alg": "none"})}, "none of its 1 keys"},
		"RSA for ES256":              {[]any{public(map[string]any{"alg": "ES256"})}, "none of its 1 keys"},
		"without a name":             {[]any{public(map[string]any{"kid": ""})}, "none of its 1 keys"},
		"an endless name":            {[]any{public(map[string]any{"kid": strings.Repeat("x", 1000)})}, "none of its 1 keys"},
		"a weak one":                 {[]any{publicJWK(t, weak, "k", nil)}, "none of its 1 keys"},
		"a vast one":                 {[]any{publicJWK(t, vast, "k", nil)}, "none of its 1 keys"},
		"an even one":                {[]any{public(map[string]any{"n": base64url(new(big.Int).Lsh(keys.rsa.N, 1).Bytes())})}, "none of its 1 keys"},
		"the exponent 1":             {[]any{public(map[string]any{"e": "AQ"})}, "none of its 1 keys"},
		"an even exponent":           {[]any{public(map[string]any{"e": "Ag"})}, "none of its 1 keys"},
		"a vast exponent":            {[]any{public(map[string]any{"e": "AQAAAAAAAAAB"})}, "none of its 1 keys"},
		"no exponent":                {[]any{public(map[string]any{"e": ""})}, "none of its 1 keys"},
		"not base64":                 {[]any{public(map[string]any{"n": "!"})}, "none of its 1 keys"},
		"another curve":              {[]any{publicJWK(t, &p384.PublicKey, "k", nil)}, "none of its 1 keys"},
		"by the name of another":     {[]any{ec(map[string]any{"crv": "P-384"})}, "none of its 1 keys"},
		"not on the curve":           {[]any{ec(map[string]any{"x": base64url(make([]byte, 32))})}, "none of its 1 keys"},
		"at infinity":                {[]any{ec(map[string]any{"x": "", "y": ""})}, "none of its 1 keys"},
		"many":                       {make([]any, mostKeys+1), "more than 100"},
	} {
		text, err := json.Marshal(map[string]any{"keys": test.keys})
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseKeys(text)
		said := fmt.Sprint(len(got))
		if err != nil {
			said = err.Error()
		}
		if (err == nil) != (len(test.want) == 1) || !strings.Contains(said, test.want) {
			t.Errorf("%s: %s; want %s", name, said, test.want)
		}
	}
	for _, text := range []string{"", "null", "[]", `{"keys": 1}`, `{"keys": {}}`, `{"keys": null}`, "{"} {
		if got, err := parseKeys([]byte(text)); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestHostileIssuers have nothing that is taken, and cost little.
func TestHostileIssuers(t *testing.T) {
	const configuration, keys = "/.well-known/openid-configuration", "/keys"
	elsewhere := newFakeIssuer(t)
	answer := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
	}
	says := func(f *fakeIssuer, issuer, uri string) http.HandlerFunc {
		text, _ := json.Marshal(map[string]string{"issuer": strings.ReplaceAll(issuer, "SELF", f.url), "jwks_uri": strings.ReplaceAll(uri, "SELF", f.url)})
		return answer(string(text))
	}
	large := func(w http.ResponseWriter, _ *http.Request) {
		for chunk := []byte(strings.Repeat(" ", 1<<20)); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	for name, test := range map[string]struct {
		path   string
		answer func(*fakeIssuer) http.HandlerFunc
		want   string
	}{
		"as it should be":             {"/x", func(*fakeIssuer) http.HandlerFunc { return nil }, ""},
		"another issuer":              {configuration, func(f *fakeIssuer) http.HandlerFunc { return says(f, "https://evil.example", "SELF/keys") }, "says that it is the issuer"},
		"a slash behind":              {configuration, func(f *fakeIssuer) http.HandlerFunc { return says(f, "SELF/", "SELF/keys") }, "says that it is the issuer"},
		"no issuer":                   {configuration, func(*fakeIssuer) http.HandlerFunc { return answer("{}") }, "says that it is the issuer"},
		"a page":                      {configuration, func(*fakeIssuer) http.HandlerFunc { return answer("<html>") }, "not a JSON object"},
		"a list":                      {configuration, func(*fakeIssuer) http.HandlerFunc { return answer("[]") }, "not a JSON object"},
		"endless":                     {configuration, func(*fakeIssuer) http.HandlerFunc { return large }, "more than 262144 octets"},
		"keys on another host":        {configuration, func(f *fakeIssuer) http.HandlerFunc { return says(f, "SELF", elsewhere.url+"/keys") }, "keys are elsewhere"},
		"keys at a service of clouds": {configuration, func(f *fakeIssuer) http.HandlerFunc { return says(f, "SELF", "http://169.254.169.254/latest") }, "keys are elsewhere"},
		"keys in a file":              {configuration, func(f *fakeIssuer) http.HandlerFunc { return says(f, "SELF", "file:///etc/passwd") }, "keys are elsewhere"},
		"keys with a user": {configuration, func(f *fakeIssuer) http.HandlerFunc {
			return says(f, "SELF", strings.Replace(f.url, "://", "://user@", 1)+"/keys")
		}, "keys are elsewhere"},
		"keys nowhere": {configuration, func(f *fakeIssuer) http.HandlerFunc { return says(f, "SELF", "") }, "keys are elsewhere"},
		"keys by another protocol": {configuration, func(f *fakeIssuer) http.HandlerFunc {
			return says(f, "SELF", strings.Replace(f.url, "http", "https", 1)+"/keys")
		}, "keys are elsewhere"},
		"it redirects": {configuration, func(*fakeIssuer) http.HandlerFunc {
			return http.RedirectHandler(elsewhere.url+configuration, http.StatusFound).ServeHTTP
		}, "answered with 302"},
		"its keys redirect": {keys, func(*fakeIssuer) http.HandlerFunc {
			return http.RedirectHandler(elsewhere.url+keys, http.StatusTemporaryRedirect).ServeHTTP
		}, "answered with 307"},
		"it has no keys":       {keys, func(*fakeIssuer) http.HandlerFunc { return http.NotFound }, "answered with 404"},
		"its keys are endless": {keys, func(*fakeIssuer) http.HandlerFunc { return large }, "more than 262144 octets"},
		"its keys are nested":  {keys, func(*fakeIssuer) http.HandlerFunc { return answer(`{"keys": ` + strings.Repeat("[", 200_000)) }, "not JSON"},
		"it hangs up": {keys, func(*fakeIssuer) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		}, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeIssuer(t)
			f.answer[test.path] = test.answer(f)
			before := len(elsewhere.requests())
			got, err := newKeyReader().keys(t.Context(), f.url)
			if (err == nil) != (test.want == "") || !strings.Contains(fmt.Sprint(err), test.want) || (len(got) > 0) != (err == nil) {
				t.Errorf("%v, %v; want %q", got, err, test.want)
			}
			if len(elsewhere.requests()) != before {
				t.Error("it led us to another place")
			}
		})
	}
}

// TestIssuerThatDripsIsLeft within the time that it has.
func TestIssuerThatDripsIsLeft(t *testing.T) {
	f := newFakeIssuer(t)
	left := make(chan struct{})
	f.answer["/keys"] = func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(left)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := newKeyReader().keys(ctx, f.url); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	<-left
}

// TestIssuersNeedCertificates: who cannot show that it is the issuer is not asked.
func TestIssuersNeedCertificates(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }))
	defer s.Close()
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if _, err := newKeyReader().keys(t.Context(), s.URL); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("%v", err)
	}
}
