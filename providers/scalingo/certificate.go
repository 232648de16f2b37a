package scalingo

import (
	"cmp"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// certificate is what can be uploaded for a name. Its errors, and those of what makes it, have nothing of the PEM in them.
type certificate struct {
	leaf *x509.Certificate
	// chain has the certificates in PEM, the leaf first, and key the private key of the leaf.
	chain, key string
	// fingerprint is the SHA-256 of the certificates, one after the other, in hexadecimal. It says which key it is too: that is in the leaf.
	fingerprint string
}

// parseCertificate reads PEM with the certificate of a name, those that it was issued by, and its private key, which may stand anywhere.
func parseCertificate(text string) (certificate, error) {
	var c certificate
	var key crypto.Signer
	var chain, der []byte
	blocks := 0
	for left := []byte(text); ; blocks++ {
		var block *pem.Block
		if block, left = pem.Decode(left); block == nil {
			break
		}
		switch {
		case block.Type == "CERTIFICATE":
			one, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return certificate{}, errors.New("one of the certificates cannot be read")
			}
			if c.leaf == nil {
				c.leaf = one
			}
			chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})...)
			der = append(der, block.Bytes...)
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			if key != nil {
				return certificate{}, errors.New("it has two private keys")
			}
			var err error
			if key, err = parseKey(block); err != nil {
				return certificate{}, err
			}
			c.key = string(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}))
		case block.Type == "EC PARAMETERS": // openssl ecparam writes them in front of a key, which has them too
		default:
			return certificate{}, errors.New("it has something in PEM that is neither a certificate nor a private key")
		}
	}
	switch {
	case len(aroundPEM.FindAllString(text, -1)) != 2*blocks: // package pem passes over what it cannot read
		return certificate{}, errors.New("something in PEM is cut off, or cannot be read: has it been written to its end?")
	case c.leaf == nil:
		return certificate{}, errors.New("it has no certificate in PEM")
	case key == nil:
		return certificate{}, errors.New("it has no private key in PEM: put that of the certificate behind the certificates")
	case !isKeyOf(key, c.leaf):
		return certificate{}, errors.New("the private key is not that of its first certificate, which has to be the one of the name")
	}
	sum := sha256.Sum256(der)
	c.chain, c.fingerprint = string(chain), hex.EncodeToString(sum[:])
	return c, nil
}

// aroundPEM finds the lines that begin and end what is in PEM (RFC 7468 §2), and what may be the start of such a line at the end of a text.
var aroundPEM = regexp.MustCompile(`-----(?:BEGIN|END)|(?m:^)-+[A-Z]*\z`)

// parseKey reads a private key in one of the forms that OpenSSL writes.
func parseKey(block *pem.Block) (crypto.Signer, error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return nil, errors.New("the private key is encrypted: write it without a password")
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, errors.New("the private key cannot be read")
	}
	return signer, nil
}

// isKeyOf reports whether a private key is that of a certificate.
func isKeyOf(key crypto.Signer, leaf *x509.Certificate) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(leaf.PublicKey)
}

// check returns why the certificate cannot be that of a name now, nil if it can.
func (c certificate) check(name zonefile.Name, now time.Time) error {
	switch {
	case c.leaf.VerifyHostname(host(name)) != nil: // that of a wildcard has to be in it as such
		names := cmp.Or(strings.Join(c.leaf.DNSNames, ", "), "no name (RFC 9525 §6.3 has none but those of subjectAltName)")
		return fmt.Errorf("it is not for %s, but for %s", host(name), rest.OneLine(names))
	case !now.Before(c.leaf.NotAfter):
		return fmt.Errorf("it ended at %s", c.leaf.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(c.leaf.NotBefore):
		return fmt.Errorf("it begins at %s only", c.leaf.NotBefore.UTC().Format(time.RFC3339))
	}
	return nil
}

// text returns the certificate as the API shows it.
func (c certificate) text() string {
	var subject strings.Builder
	for _, attribute := range c.leaf.Subject.Names {
		kind := "other" // also in front of one whose value looks like a common name: it is taken for that at the API too
		if attribute.Type.Equal(commonName) {
			kind = "CN"
		}
		fmt.Fprintf(&subject, "/%s=%v", kind, attribute.Value)
	}
	return certificateText(subject.String(), c.leaf.NotAfter)
}

// commonName is the attribute of a name, RFC 5280 appendix A.1.
var commonName = []int{2, 5, 4, 3}

// ofCommonName finds it in a subject as OpenSSL writes it, in either form: "/C=FR/O=Example/CN=example.com", "CN=example.com,O=Example".
var ofCommonName = regexp.MustCompile(`(?:^|[/,] ?)CN ?= ?([^/,]*)`)

// certificateText returns what is known of a certificate that can be read: "CN=example.com, until 2027-01-01T00:00:00Z". The other attributes of
// the subject are left out, since OpenSSL writes some of them otherwise from version to version. The time is zero if it is not known.
func certificateText(subject string, until time.Time) string {
	name := "no common name"
	if found := ofCommonName.FindStringSubmatch(subject); found != nil && found[1] != "" {
		name = "CN=" + rest.Shorten(escaped(found[1]), rest.ShownHead)
	}
	if until.IsZero() {
		return name
	}
	return name + ", until " + until.UTC().Format(time.RFC3339)
}

// escaped returns a text with all that is not printable ASCII as OpenSSL writes it: "\xC3\xBC".
func escaped(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			fmt.Fprintf(&b, `\x%02X`, c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
