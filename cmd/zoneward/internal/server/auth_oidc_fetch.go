package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxIssuerAnswer is the most octets of what an issuer answers.
const maxIssuerAnswer = 256 << 10

// keyReader reads the keys of issuers: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
type keyReader struct{ http http.Client }

func newKeyReader() *keyReader {
	r := &keyReader{http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: 5 * time.Second,
		MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true, DisableKeepAlives: true, // it is asked once in an hour
	}}}
	r.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return r
}

// keys returns the keys of an issuer. All is read from where the issuer is: what it says of another place leads nowhere.
func (r *keyReader) keys(ctx context.Context, issuer string) (keySet, error) {
	text, err := r.get(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	if err != nil {
		return nil, fmt.Errorf("its configuration: %w", err)
	}
	var doc struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, errors.New("its configuration is not a JSON object")
	}
	if doc.Issuer != issuer {
		return nil, fmt.Errorf("what is there says that it is the issuer %s", shownClaim(doc.Issuer))
	}
	if !sameOrigin(issuer, doc.Keys) {
		return nil, fmt.Errorf("its keys are elsewhere, at %s", shownClaim(doc.Keys))
	}
	if text, err = r.get(ctx, doc.Keys); err != nil {
		return nil, fmt.Errorf("its keys: %w", err)
	}
	return parseKeys(text)
}

// sameOrigin reports whether the address of keys is on the host of an issuer, by the same protocol and port.
func sameOrigin(issuer, keys string) bool {
	a, errA := url.Parse(issuer)
	b, errB := url.Parse(keys)
	return errA == nil && errB == nil && b.User == nil && b.Opaque == "" && a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// get reads a small document.
func (r *keyReader) get(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	response, err := r.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s is answered with %d", address, response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxIssuerAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxIssuerAnswer {
		return nil, fmt.Errorf("%s has more than %d octets", address, maxIssuerAnswer)
	}
	return text, nil
}
