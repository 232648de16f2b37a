package rules

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

func TestWrongDKIM(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	base64Of := base64.StdEncoding.EncodeToString
	spki := func(key any) string {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return base64Of(der)
	}
	good := spki(&key.PublicKey)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const ed25519Key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	tests := []struct {
		name, text string
		want       []string // parts of what is wrong
	}{
		{"all that is needed", "p=" + good, nil},
		{"all there is", "v=DKIM1; h=sha1:sha256; k=rsa; n=a note; p=" + good + "; s=email:*; t=y:s; x=other;", nil},
		{"white space in the key", "v=DKIM1; p=" + good[:100] + " \t" + good[100:], nil},
		{"the form of RFC 6376", "v=DKIM1; p=" + base64Of(x509.MarshalPKCS1PublicKey(&key.PublicKey)), nil},
		{"Ed25519", "v=DKIM1; k=ed25519; p=" + ed25519Key, nil},
		{"revoked", "v=DKIM1; p=", nil},
		{"revoked, of a type that is not known", "v=DKIM1; k=ed25519; p=", nil},
		{"the version alone", "v=DKIM1", []string{"nothing but the version"}},
		{"without a key", "v=DKIM1; k=rsa", []string{"no tag p"}},
		{"the version behind", "k=rsa; v=DKIM1; p=" + good, []string{"not the first"}},
		{"cut", "v=DKIM1; p=" + good[:200], []string{"it may be cut"}},
		{"cut within four characters", "v=DKIM1; p=" + good[:201], []string{"not base64"}},
		{"quotes", `v=DKIM1; p="` + good + `"`, []string{"not base64"}},
		{"PEM", "v=DKIM1; p=-----BEGIN PUBLIC KEY-----" + good, []string{"PEM"}},
		{"another key than RSA", "v=DKIM1; p=" + spki(&curve.PublicKey), []string{"no RSA public key"}},
		{"Ed25519 that is said to be RSA", "v=DKIM1; p=" + ed25519Key, []string{"no RSA public key"}},
		{"RSA that is said to be Ed25519", "v=DKIM1; k=ed25519; p=" + good, []string{"32 octets of Ed25519"}},
		{"a type that nobody has", "v=DKIM1; k=RSA; p=" + good, []string{"k=RSA"}},
		{"no tags", "some text", []string{"no NAME=VALUE", "no tag p"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := wrongDKIM(test.text)
			if !slices.EqualFunc(got, test.want, strings.Contains) {
				t.Errorf("got %q, want what has %q", got, test.want)
			}
		})
	}
	if got := rsaBits("p=" + good); got != 2048 {
		t.Errorf("the key has %d bits", got)
	}
}
