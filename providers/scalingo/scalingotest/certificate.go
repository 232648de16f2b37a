package scalingotest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Certificate is a certificate that was uploaded, as the API shows it. The key cannot be read.
type Certificate struct {
	Subject  string    // tlscert: "/C=FR/O=Example/CN=example.com"
	Key      string    // tlskey: "RSA private key - 2048 bytes"
	Validity time.Time // when it ends
	Status   SSLStatus
	deployed time.Time // when it is pending no more, the zero time if that is not known
}

// SSLStatus says how far a certificate is that was uploaded.
type SSLStatus string

// The statuses.
const (
	SSLPending SSLStatus = "pending"
	SSLSuccess SSLStatus = "success"
	SSLError   SSLStatus = "error"
)

// upload returns the certificate that a domain has after a request, nil for none. Both halves empty is none, one half is refused.
func (s *Server) upload(d *domain, w *wanted) (*Certificate, error) {
	switch {
	case w.certificate == nil && w.key == nil:
		return d.Certificate, nil
	case w.certificate == nil:
		return nil, invalidField("tlscert", "missing field")
	case w.key == nil:
		return nil, invalidField("tlskey", "missing field")
	case *w.certificate == "" && *w.key == "":
		return nil, nil
	}
	leaf, problem := parseLeaf([]byte(*w.certificate))
	if problem != "" {
		return nil, invalidField("tlscert", problem)
	}
	pair, err := tls.X509KeyPair([]byte(*w.certificate), []byte(*w.key))
	if err != nil {
		return nil, invalidField("tlskey", "is not the private key of the certificate")
	}
	if s.opts.CheckCertificateName && !covers(leaf, d.Name) {
		return nil, invalidField("tlscert", "is not for this domain")
	}
	out := &Certificate{Subject: oneLine(leaf.Subject), Key: describeKey(pair.PrivateKey), Validity: leaf.NotAfter, Status: SSLSuccess}
	if s.opts.DeployAfter > 0 {
		out.Status, out.deployed = SSLPending, s.opts.Now().Add(s.opts.DeployAfter)
	}
	return out, nil
}

// parseLeaf returns the first certificate of PEM text.
func parseLeaf(text []byte) (leaf *x509.Certificate, problem string) {
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return nil, "has no certificate in PEM"
		}
		if block.Type == "CERTIFICATE" {
			leaf, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, "is not a certificate"
			}
			return leaf, ""
		}
		text = rest
	}
}

// covers reports whether a certificate is for a name, which may be a wildcard.
func covers(leaf *x509.Certificate, name string) bool {
	if strings.HasPrefix(name, "*.") {
		return slices.Contains(leaf.DNSNames, name)
	}
	return leaf.VerifyHostname(name) == nil
}

// oneLine returns a name as the API shows it: "/C=FR/O=Example/CN=example.com", in the order of the certificate.
func oneLine(name pkix.Name) string {
	short := map[string]string{
		"2.5.4.3": "CN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU",
		"2.5.4.17": "postalCode", "1.2.840.113549.1.9.1": "emailAddress", "0.9.2342.19200300.100.1.25": "DC",
	}
	var b strings.Builder
	for _, attribute := range name.Names {
		kind := attribute.Type.String()
		if s, ok := short[kind]; ok {
			kind = s
		}
		fmt.Fprintf(&b, "/%s=%v", kind, attribute.Value)
	}
	return b.String()
}

// describeKey returns what the API shows of a private key. It says bytes and means bits.
func describeKey(key crypto.PrivateKey) string {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return fmt.Sprintf("RSA private key - %d bytes", key.N.BitLen())
	case *ecdsa.PrivateKey:
		return fmt.Sprintf("ECDSA private key - %d bytes", key.Curve.Params().BitSize)
	case ed25519.PrivateKey:
		return fmt.Sprintf("ED25519 private key - %d bytes", 8*ed25519.SeedSize)
	}
	return "private key"
}

// SelfSigned returns a certificate for names that is good until a time, and its key, both in PEM. The subject has the first name only. A nil key is a new one
// of ECDSA, which takes less time to make than those of RSA.
func SelfSigned(key crypto.Signer, until time.Time, names ...string) (certificate, privateKey string) {
	if key == nil {
		made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err) // crypto/rand does not fail
		}
		key = made
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: until.AddDate(-1, 0, 0), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err) // a key that cannot sign: a mistake of the test
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err) // the same
	}
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", secret)
}
