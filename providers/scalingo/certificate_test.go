package scalingo_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

// now is the time in tests in which certificates end.
var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

// issued returns a certificate in DER that a key signs.
func issued(t testing.TB, template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) []byte {
	t.Helper()
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(1), now.AddDate(0, -1, 0), now.AddDate(0, 1, 0)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// www509 is what certificates of www.example.com are made from.
func www509() *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: "www.example.com"}, DNSNames: []string{"www.example.com"}}
}

func armour(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// made returns what a function of package x509 or of a key has made.
func made[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func newECDSA(t testing.TB) *ecdsa.PrivateKey {
	return made[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
}

// Whatever the form of the key and the order in PEM, the certificate that is uploaded is the one of the fields.
func TestCertificates(t *testing.T) {
	rsaKey := made[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	ecKey, edKey := newECDSA(t), made[ed25519.PrivateKey](t)(func() (ed25519.PrivateKey, error) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}())
	self := func(key crypto.Signer) []byte { return issued(t, www509(), www509(), key.Public(), key) }
	der := made[[]byte](t)
	authority := &x509.Certificate{Subject: pkix.Name{CommonName: "Example CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	authorityKey := newECDSA(t)
	ca := issued(t, authority, authority, authorityKey.Public(), authorityKey)
	leaf := issued(t, www509(), authority, ecKey.Public(), authorityKey)
	ecPKCS8 := armour("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(ecKey)))
	rsaSelf, ecSelf, edSelf := self(rsaKey), self(ecKey), self(edKey)
	for _, tt := range []struct {
		name, pem string
		chain     [][]byte
	}{
		{"PKCS #8", armour("CERTIFICATE", ecSelf) + ecPKCS8, [][]byte{ecSelf}},
		{"PKCS #1", armour("CERTIFICATE", rsaSelf) + armour("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), [][]byte{rsaSelf}},
		{"Ed25519", armour("CERTIFICATE", edSelf) + armour("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(edKey))), [][]byte{edSelf}},
		{
			"SEC 1 with its parameters in front",
			armour("EC PARAMETERS", []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}) + armour("EC PRIVATE KEY", der(x509.MarshalECPrivateKey(ecKey))) + armour("CERTIFICATE", ecSelf),
			[][]byte{ecSelf},
		},
		{"chain, and text around it", "subject: www\n" + armour("CERTIFICATE", leaf) + "\nissuer\r\n" + armour("CERTIFICATE", ca) + ecPKCS8 + "\nend", [][]byte{leaf, ca}},
		{"lines of hyphens around it", "---\nCertificate chain\n" + armour("CERTIFICATE", leaf) + "---\n" + ecPKCS8 + "---\n", [][]byte{leaf}},
		{"no line break at the end", armour("CERTIFICATE", leaf) + strings.TrimSpace(ecPKCS8), [][]byte{leaf}},
		{"carriage returns", strings.ReplaceAll(armour("CERTIFICATE", leaf)+ecPKCS8, "\n", "\r\n"), [][]byte{leaf}},
		{"chain with the key within", armour("CERTIFICATE", leaf) + ecPKCS8 + armour("CERTIFICATE", ca), [][]byte{leaf, ca}},
		{"headers in PEM", strings.Replace(armour("CERTIFICATE", ecSelf), "CERTIFICATE-----\n", "CERTIFICATE-----\nA: b\n\n", 1) + ecPKCS8, [][]byte{ecSelf}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalingotest.Options{Now: clock})
			r := normal(t, p, secretly(www(), tt.pem))
			sum := sha256.Sum256(bytes.Join(tt.chain, nil))
			diff(t, "fields", map[string]string{
				"app": "my-app", "certificate": "CN=www.example.com, until 2026-12-20T12:00:00Z", "certificate_sha256": hex.EncodeToString(sum[:]),
			}, r.Fields)
			base := create(t, p, r)
			diff(t, "the certificate as it is fetched", r.Fields["certificate"], base.Fields["certificate"])
			var chain string
			for _, one := range tt.chain {
				chain += armour("CERTIFICATE", one)
			}
			sent := s.Faults.Log().Match(scalingotest.LinkDomain)[0].Body
			if !strings.Contains(sent, fmt.Sprintf("%q", chain)) {
				t.Errorf("the certificates are not sent as %q", chain)
			}
		})
	}
}

// The certificate reads the same here and at the API, whatever its subject.
func TestSubjects(t *testing.T) {
	key := newECDSA(t)
	for name, tt := range map[string]struct {
		subject pkix.Name
		want    string
	}{
		"none":               {pkix.Name{}, "no common name, until 2026-12-20T12:00:00Z"},
		"no common name":     {pkix.Name{Organization: []string{"Example"}}, "no common name, until 2026-12-20T12:00:00Z"},
		"one within another": {pkix.Name{Country: []string{"FR"}, Organization: []string{"A/CN=b, Inc."}, CommonName: "www.example.com"}, "CN=b, until 2026-12-20T12:00:00Z"},
		"an address":         {pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "www"}, {Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "a@example.com"}}}, "CN=www, until 2026-12-20T12:00:00Z"},
		"not ASCII":          {pkix.Name{CommonName: "bücher"}, `CN=b\xC3\xBCcher, until 2026-12-20T12:00:00Z`},
		"control":            {pkix.Name{CommonName: "a\nb"}, `CN=a\x0Ab, until 2026-12-20T12:00:00Z`},
		"long":               {pkix.Name{CommonName: strings.Repeat("x", 400)}, "CN=" + strings.Repeat("x", 300) + "..., until 2026-12-20T12:00:00Z"},
		"slash":              {pkix.Name{CommonName: "a/b"}, "CN=a, until 2026-12-20T12:00:00Z"},
		"two of the kind":    {pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "first"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "second"}}}, "CN=first, until 2026-12-20T12:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			_, p := start(t, scalingotest.Options{Now: clock})
			template := www509()
			template.Subject = tt.subject
			text := armour("CERTIFICATE", issued(t, template, template, key.Public(), key)) + armour("PRIVATE KEY", made[[]byte](t)(x509.MarshalPKCS8PrivateKey(key)))
			r := normal(t, p, secretly(www(), text))
			diff(t, "declared", tt.want, r.Fields["certificate"])
			diff(t, "live", tt.want, create(t, p, r).Fields["certificate"])
		})
	}
}

func TestBadCertificates(t *testing.T) {
	key, other := newECDSA(t), newECDSA(t)
	good := armour("CERTIFICATE", issued(t, www509(), www509(), key.Public(), key))
	pkcs8 := func(key crypto.Signer) []byte { return made[[]byte](t)(x509.MarshalPKCS8PrivateKey(key)) }
	goodKey, issuer := armour("PRIVATE KEY", pkcs8(key)), selfOf(t, other)
	first := func(text string) string { return strings.SplitAfter(text, "\n")[0] }
	for _, tt := range []struct {
		name  string
		owner string // www.example.com. if it is empty
		pem   string
		want  string
	}{
		{name: "nothing", want: "no certificate"},
		{name: "no PEM", pem: "hello", want: "no certificate"},
		{name: "key without a certificate", pem: goodKey, want: "no certificate"},
		{name: "certificate without its key", pem: good, want: "no private key"},
		{name: "key of another certificate", pem: good + armour("PRIVATE KEY", pkcs8(other)), want: "not that of its first certificate"},
		{name: "issuer first", pem: selfOf(t, other) + good + goodKey, want: "has to be the one of the name"},
		{name: "two keys", pem: good + goodKey + goodKey, want: "two private keys"},
		{name: "encrypted key", pem: good + armour("ENCRYPTED PRIVATE KEY", []byte{1}), want: "without a password"},
		{name: "key encrypted in the old way", pem: good + "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", want: "without a password"},
		{name: "key that is none", pem: good + armour("PRIVATE KEY", []byte("nonsense")), want: "private key cannot be read"},
		{name: "key of another form", pem: good + armour("EC PRIVATE KEY", pkcs8(key)), want: "private key cannot be read"},
		{name: "key that cannot sign", pem: good + armour("DSA PRIVATE KEY", []byte{1}), want: "private key cannot be read"},
		{name: "certificate that is none", pem: armour("CERTIFICATE", []byte("nonsense")) + goodKey, want: "cannot be read"},
		{name: "request", pem: armour("CERTIFICATE REQUEST", []byte{1}) + good + goodKey, want: "neither a certificate nor a private key"},
		{name: "issuer that is cut off", pem: goodKey + good + issuer[:len(issuer)/2], want: "cut off"},
		{name: "issuer that has its first line only", pem: goodKey + good + first(issuer), want: "cut off"},
		{name: "issuer cut off in its first line", pem: goodKey + good + issuer[:8], want: "cut off"},
		{name: "issuer cut off in its first hyphens", pem: goodKey + good + issuer[:2], want: "cut off"},
		{name: "issuer cut off in its last line", pem: goodKey + good + issuer[:len(issuer)-7], want: "cut off"},
		{name: "issuer without its last line", pem: good + strings.Replace(issuer, "-----END CERTIFICATE-----\n", "", 1) + goodKey, want: "cut off"},
		{name: "issuer without its first line", pem: good + strings.Replace(issuer, first(issuer), "", 1) + goodKey, want: "cut off"},
		{name: "issuer with a misspelled last line", pem: good + strings.Replace(issuer, "END CERTIFICATE", "END CERT", 1) + goodKey, want: "cut off"},
		{name: "issuer with a misspelled first line", pem: good + strings.Replace(issuer, "BEGIN CERTIFICATE", "BEGAN CERTIFICATE", 1) + goodKey, want: "cut off"},
		{name: "issuer that is garbled", pem: goodKey + good + strings.Replace(issuer, "MII", "!!!", 1), want: "cut off"},
		{name: "certificate that is garbled", pem: strings.Replace(good, "MII", "!!!", 1) + issuer + goodKey, want: "cut off"},
		{name: "another name", pem: selfSigned(now.AddDate(0, 1, 0), "a.example.com", "b.example.com"), want: "it is not for www.example.com, but for a.example.com, b.example.com"},
		{name: "name in the subject only", pem: noSAN(t, key) + goodKey, want: "but for no name"},
		{name: "wildcard above the name", owner: "a.www.example.com.", pem: selfSigned(now.AddDate(0, 1, 0), "*.example.com"), want: "not for a.www.example.com"},
		{name: "a name for a wildcard", owner: "*.example.com.", pem: selfSigned(now.AddDate(0, 1, 0), "www.example.com"), want: "not for *.example.com"},
		{name: "ended", pem: selfSigned(now, "www.example.com"), want: "it ended at 2026-11-20T12:00:00Z"},
		{name: "not begun", pem: selfSigned(now.AddDate(1, 0, 1), "www.example.com"), want: "it begins at 2026-11-21T12:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, p := start(t, scalingotest.Options{Now: clock})
			if tt.owner == "" {
				tt.owner = "www.example.com."
			}
			_, err := p.NormalizeResource(secretly(resource(tt.owner), tt.pem))
			wants(t, err, providers.ErrInvalid, tt.want)
			if bad, ok := errors.AsType[*providers.FieldError](err); !ok || bad.Field != "certificate" {
				t.Errorf("error %v, want one about the certificate", err)
			}
			showsNothingOf(t, err, tt.pem)
		})
	}
}

func TestGoodNames(t *testing.T) {
	for owner, names := range map[string][]string{
		"www.example.com.": {"*.example.com"}, "*.example.com.": {"example.com", "*.EXAMPLE.com"}, "example.com.": {"Example.com"},
	} {
		_, p := start(t, scalingotest.Options{Now: clock})
		normal(t, p, secretly(resource(owner), selfSigned(now.Add(time.Second), names...)))
	}
}

// What cannot be read is no mistake of who declares it.
func TestUnreadableSecret(t *testing.T) {
	_, p := start(t, scalingotest.Options{})
	gone := errors.New("open /run/secrets/www: no such file or directory")
	r := www()
	r.Secrets = map[string]providers.Secret{"certificate": providers.NewSecret("${file:/run/secrets/www}", func() (string, error) { return "", gone })}
	_, err := p.NormalizeResource(r)
	wants(t, err, errNoKind, "certificate: open /run/secrets/www")
	if !errors.Is(err, gone) {
		t.Errorf("error %v, want that of the secret", err)
	}
	r.Secrets = map[string]providers.Secret{"key": {}}
	_, err = p.NormalizeResource(r)
	wants(t, err, providers.ErrUnsupported, "key: ")
}

// selfOf returns a certificate of a key.
func selfOf(t testing.TB, key crypto.Signer) string {
	t.Helper()
	return armour("CERTIFICATE", issued(t, www509(), www509(), key.Public(), key))
}

// noSAN returns a certificate that has its name in the subject.
func noSAN(t testing.TB, key crypto.Signer) string {
	t.Helper()
	template := www509()
	template.DNSNames = nil
	return armour("CERTIFICATE", issued(t, template, template, key.Public(), key))
}

// showsNothingOf checks that an error has no line of PEM in it.
func showsNothingOf(t testing.TB, err error, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); len(line) > 8 && strings.Contains(fmt.Sprintf("%+v %#v", err, err), line) {
			t.Errorf("the error shows %q", line)
		}
	}
}
