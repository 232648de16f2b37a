package scalingotest_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

var until = time.Date(2027, 8, 5, 17, 57, 21, 0, time.UTC)

// upload is a body with a certificate and its key.
func upload(t *testing.T, certificate, key string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"domain": map[string]any{"tlscert": certificate, "tlskey": key}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestCertificate(t *testing.T) {
	s, c := start(t, scalingotest.Options{Now: newClock().Now})
	id := c.link("www.example.com").text("id")
	certificate, key := scalingotest.SelfSigned(nil, until, "www.example.com")
	got := c.want(http.StatusOK, "PATCH", domains+"/"+id, upload(t, certificate, key)).at("domain")
	want := object{
		"ssl": true, "ssl_status": "success", "tlscert": "/CN=www.example.com", "tlskey": "ECDSA private key - 256 bytes", "validity": "2027-08-05T19:57:21.000+02:00",
	}
	shown := []string{"ssl", "ssl_status", "tlscert", "tlskey", "validity"}
	if d := cmp.Diff(want, got.pick(shown...)); d != "" {
		t.Errorf("uploaded (-want +got):\n%s", d)
	}
	c.want(http.StatusOK, "PATCH", domains+"/"+id, `{"domain":{"canonical":true}}`)
	if d := cmp.Diff(want, c.show(id).pick(shown...)); d != "" {
		t.Errorf("after another update (-want +got):\n%s", d)
	}
	s.ExpireCertificate("my-app", "www.example.com")
	if got := c.show(id).text("validity"); got != "2026-11-20T13:59:59.000+02:00" {
		t.Errorf("expired: %s", got)
	}
	if d := cmp.Diff(object{"ssl": false}, c.want(http.StatusOK, "PATCH", domains+"/"+id, upload(t, "", "")).at("domain").pick(shown...)); d != "" {
		t.Errorf("cleared (-want +got):\n%s", d)
	}
	c.want(http.StatusOK, "PATCH", domains+"/"+id, upload(t, certificate, key))
	c.want(http.StatusNoContent, "DELETE", domains+"/"+id, "")
	if d := cmp.Diff(object{"ssl": false}, c.link("www.example.com").pick(shown...)); d != "" {
		t.Errorf("linked again (-want +got):\n%s", d)
	}
}

// The subject and the key are shown as the example of the page has them.
func TestSubjectAndKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	attribute := func(last int, value string) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, last}, Value: value}
	}
	subject, err := asn1.Marshal(pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
		attribute(6, "FR"), attribute(8, "Some-State"), attribute(10, "Internet Widgits Pty Ltd"), attribute(3, "example.com"), attribute(12, "x"),
	}}.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), RawSubject: subject, NotAfter: until, DNSNames: []string{"example.com"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	// Text before the blocks, a chain, and the older form of a key are all usual.
	leaf := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	certificate := "subject: example.com\n" + string(leaf) + string(leaf)
	secret := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	_, c := start(t, scalingotest.Options{})
	id := c.link("example.com").text("id")
	got := c.want(http.StatusOK, "PATCH", domains+"/"+id, upload(t, certificate, secret)).at("domain")
	want := object{"tlscert": "/C=FR/ST=Some-State/O=Internet Widgits Pty Ltd/CN=example.com/2.5.4.12=x", "tlskey": "RSA private key - 2048 bytes"}
	if d := cmp.Diff(want, got.pick("tlscert", "tlskey")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}

	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate, secret = scalingotest.SelfSigned(edKey, until, "example.com")
	got = c.want(http.StatusOK, "PATCH", domains+"/"+id, upload(t, certificate, secret)).at("domain")
	if got := got.text("tlskey"); got != "ED25519 private key - 256 bytes" {
		t.Errorf("tlskey %q", got)
	}
}

func TestRefusedCertificates(t *testing.T) {
	certificate, key := scalingotest.SelfSigned(nil, until, "www.example.com")
	_, otherKey := scalingotest.SelfSigned(nil, until, "www.example.com")
	s, c := start(t, scalingotest.Options{CheckCertificateName: true})
	id := c.link("www.example.com").text("id")
	wildcard := c.link("*.example.com").text("id")
	broken := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))
	for name, tt := range map[string]struct{ id, body, want string }{
		"no key":           {id, `{"domain":{"tlscert":"x"}}`, `{"tlskey":["missing field"]}`},
		"no certificate":   {id, `{"domain":{"tlskey":"x"}}`, `{"tlscert":["missing field"]}`},
		"key empty":        {id, upload(t, certificate, ""), `{"tlskey":["is not the private key of the certificate"]}`},
		"cert empty":       {id, upload(t, "", key), `{"tlscert":["has no certificate in PEM"]}`},
		"no PEM":           {id, upload(t, "x", key), `{"tlscert":["has no certificate in PEM"]}`},
		"key in its place": {id, upload(t, key, key), `{"tlscert":["has no certificate in PEM"]}`},
		"broken":           {id, upload(t, broken, key), `{"tlscert":["is not a certificate"]}`},
		"another key":      {id, upload(t, certificate, otherKey), `{"tlskey":["is not the private key of the certificate"]}`},
		"another name":     {wildcard, upload(t, certificate, key), `{"tlscert":["is not for this domain"]}`},
	} {
		want := `Unprocessable Entity {"errors":` + tt.want + `}`
		if d := cmp.Diff(want, c.refused("PATCH", domains+"/"+tt.id, tt.body)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	if got := c.show(id)["ssl"]; got != false {
		t.Errorf("ssl is %v", got)
	}
	for _, body := range []string{
		`{"domain":{"name":"a.example.com","tlscert":"","tlskey":""}}`, `{"domain":{"name":"a.example.com","tlscert":"x","tlskey":"x","canonical":true}}`,
	} {
		c.want(http.StatusUnprocessableEntity, "POST", domains, body)
	}
	if _, ok := s.Domain("my-app", "a.example.com"); ok {
		t.Error("a refused link was made")
	}
	both, bothKey := scalingotest.SelfSigned(nil, until, "*.example.com")
	for _, id := range []string{id, wildcard} {
		c.want(http.StatusOK, "PATCH", domains+"/"+id, upload(t, both, bothKey))
	}
	_, c = start(t, scalingotest.Options{})
	c.want(http.StatusOK, "PATCH", domains+"/"+c.link("other.example").text("id"), upload(t, certificate, key))
}

// What goes with a certificate that is refused is not done either.
func TestRefusedCertificateChangesNothing(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	s.Link("my-app", scalingotest.Domain{Name: "a.example.com", Canonical: true})
	id := s.Link("my-app", scalingotest.Domain{Name: "b.example.com"})
	before := s.Domains("my-app")
	c.want(http.StatusUnprocessableEntity, "PATCH", domains+"/"+id, `{"domain":{"canonical":true,"letsencrypt_enabled":true,"tlscert":"x","tlskey":"x"}}`)
	if d := cmp.Diff(before, s.Domains("my-app")); d != "" {
		t.Errorf("(-before +after):\n%s", d)
	}
}

func TestDeployment(t *testing.T) {
	now := newClock()
	s, c := start(t, scalingotest.Options{Now: now.Now, DeployAfter: time.Minute})
	id := c.link("www.example.com").text("id")
	certificate, key := scalingotest.SelfSigned(nil, until, "www.example.com")
	c.want(http.StatusOK, "PATCH", domains+"/"+id, upload(t, certificate, key))
	for _, want := range []string{"pending", "success", "error", "error"} {
		if got := c.show(id).text("ssl_status"); got != want {
			t.Errorf("ssl_status %s, want %s", got, want)
		}
		if want == "success" {
			s.Edit("my-app", "www.example.com", func(d *scalingotest.Domain) { d.Certificate.Status = scalingotest.SSLError })
		}
		now.pass(time.Minute)
	}
	s.Edit("my-app", "www.example.com", func(d *scalingotest.Domain) {
		d.Certificate = &scalingotest.Certificate{Validity: until, Status: scalingotest.SSLPending}
	})
	if got := c.show(id).text("ssl_status"); got != "pending" {
		t.Errorf("ssl_status %s, want the pending that was set", got)
	}
}
