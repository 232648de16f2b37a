package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pairIn writes a new certificate of that name, and its key, into a directory.
func pairIn(t *testing.T, dir, name string) TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := TLS{filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")}
	writePEM(t, files.Certificate, "CERTIFICATE", der)
	writePEM(t, files.Key, "PRIVATE KEY", raw)
	return files
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTLS(t *testing.T) {
	x := newTester(t)
	v := x.serve(Options{TLS: pairIn(t, t.TempDir(), "zoneward.example")})
	v.url = strings.Replace(v.url, "http:", "https:", 1)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	v.client.Transport = transport
	if status, body, err := v.send(t.Context(), "reader", http.MethodGet, apiRoot+"status", ""); status != http.StatusOK {
		t.Fatalf("%d %s, %v", status, body, err)
	}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, v.url+"/healthz", nil)
	resp, err := v.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.TLS.PeerCertificates[0].Subject.CommonName != "zoneward.example" {
		t.Errorf("%s, %s", resp.Proto, resp.TLS.PeerCertificates[0].Subject)
	}
	old, err := tls.Dial("tcp", v.server.Addr(), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11})
	if err == nil {
		old.Close()
		t.Error("TLS 1.1 was accepted")
	}
	if resp, err := http.Get("http://" + v.server.Addr() + "/healthz"); err == nil {
		if resp.Body.Close(); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("without TLS: %d", resp.StatusCode)
		}
	}
}

// TestKeyPair replaces the files.
func TestKeyPair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		files := pairIn(t, dir, "first.example")
		var log bytes.Buffer
		pair, err := openKeyPair(files, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		is := func(when, want string) {
			t.Helper()
			time.Sleep(pairInterval)
			got, err := pair.certificate(nil)
			if err != nil || got.Leaf.Subject.CommonName != want {
				t.Errorf("%s: %v, %v; want %s", when, got.Leaf.Subject, err, want)
			}
		}
		is("at the start", "first.example")
		other := t.TempDir()
		next := pairIn(t, other, "second.example")
		move := func(from, to string) {
			t.Helper()
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
		}
		move(next.Certificate, files.Certificate)
		is("with the certificate alone", "first.example")
		is("still", "first.example")
		if n := strings.Count(log.String(), "certificate refused"); n != 1 {
			t.Errorf("it was said %d times:\n%s", n, log.String())
		}
		move(next.Key, files.Key)
		is("with the key too", "second.example")
		if err := os.WriteFile(files.Key, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
		is("damaged", "second.example")
		if err := os.Remove(files.Key); err != nil {
			t.Fatal(err)
		}
		is("gone", "second.example")
		pairIn(t, dir, "third.example")
		got, _ := pair.certificate(nil) // within the second nobody looks
		if got.Leaf.Subject.CommonName != "second.example" {
			t.Errorf("looked again at once: %v", got.Leaf.Subject)
		}
		is("mended", "third.example")
		if n := strings.Count(log.String(), "certificate read again"); n != 2 {
			t.Errorf("it was said %d times:\n%s", n, log.String())
		}
		if strings.Contains(log.String(), "damaged") {
			t.Errorf("the log has what is in the key:\n%s", log.String())
		}
	})
}

func TestListenRefusesAWrongPair(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	files, second := pairIn(t, dir, "first.example"), pairIn(t, other, "second.example")
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, maxPEM+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		files TLS
		says  string
	}{
		"key of another": {TLS{files.Certificate, second.Key}, "private key does not match"},
		"no key":         {TLS{files.Certificate, ""}, "read the key"},
		"no certificate": {TLS{"", files.Key}, "read the certificate"},
		"missing":        {TLS{filepath.Join(dir, "none"), files.Key}, "no such file"},
		"a directory":    {TLS{dir, files.Key}, "not a regular file"},
		"large":          {TLS{large, files.Key}, "octets"},
	} {
		_, err := Listen(t.Context(), Options{Address: "127.0.0.1:0", Health: NewHealth(time.Minute), Metrics: newMetrics(), TLS: tc.files, Log: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v; want %q", name, err, tc.says)
		}
	}
}
