package git

import (
	"bytes"
	"crypto"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/go-git/go-git/v5/plumbing"
)

func TestOpenPGPSignatures(t *testing.T) {
	const day = 24 * 60 * 60
	plain := commitText(plumbing.ZeroHash, commitTime, "zones")
	rsa := func(bits int) func(*packet.Config) {
		return func(c *packet.Config) { c.Algorithm, c.RSABits, c.MinRSABits = packet.PubKeyAlgoRSA, bits, 1024 }
	}
	revoked := func(reason packet.ReasonForRevocation, when time.Time) func(*testing.T, *openpgp.Entity) {
		return func(t *testing.T, e *openpgp.Entity) {
			if err := e.Revoke(reason, "", pgpConfig(when)); err != nil {
				t.Fatal(err)
			}
		}
	}
	before, after := commitTime.AddDate(0, 0, -1), commitTime.AddDate(0, 0, 1)
	tests := []struct {
		name    string
		key     func(*packet.Config)
		change  func(*testing.T, *openpgp.Entity) // of the certificate, before it is trusted
		sig     func(*packet.Signature)
		subkey  bool
		want    string
		passing bool
	}{
		{name: "EdDSA"},
		{name: "RSA", key: rsa(2048)},
		{name: "ECDSA", key: func(c *packet.Config) { c.Algorithm, c.Curve = packet.PubKeyAlgoECDSA, packet.CurveNistP256 }},
		{name: "version 6", key: func(c *packet.Config) { c.V6Keys, c.Algorithm = true, packet.PubKeyAlgoEd25519 }},
		{name: "SHA-512", sig: func(s *packet.Signature) { s.Hash = crypto.SHA512 }},
		{name: "RSA of 1024 bits", key: rsa(1024), want: keyWeak},
		{name: "of a text", sig: func(s *packet.Signature) { s.SigType = packet.SigTypeText }, want: unknownKind},
		{name: "with a demand that nobody knows", sig: func(s *packet.Signature) {
			s.Notations = []*packet.Notation{{Name: "demand@example.com", IsCritical: true}}
		}, want: unknownKind},
		{name: "with a remark", sig: func(s *packet.Signature) {
			s.Notations = []*packet.Notation{{Name: "remark@example.com"}}
		}},
		{name: "expired", sig: func(s *packet.Signature) { s.SigLifetimeSecs = new(uint32(60)) }, want: signatureOver, passing: true},
		{name: "not expired yet", sig: func(s *packet.Signature) { s.SigLifetimeSecs = new(uint32(day)) }, passing: true},
		{name: "from the future", sig: func(s *packet.Signature) { s.CreationTime = after }, want: signatureEarly, passing: true},
		{name: "older than the key", sig: func(s *packet.Signature) { s.CreationTime = commitTime.AddDate(-2, 0, 0) }, want: keyEarly},
		{name: "a key that had expired", key: func(c *packet.Config) { c.KeyLifetimeSecs = 30 * day }, want: keyExpired},
		{name: "a key that has expired since", key: func(c *packet.Config) { c.KeyLifetimeSecs = 365*day + 60 }},
		{name: "a key that was compromised after it", change: revoked(packet.KeyCompromised, commitTime.Add(time.Minute)), want: keyRevoked},
		{name: "a key that was revoked for no reason after it", change: revoked(packet.NoReason, commitTime.Add(time.Minute)), want: keyRevoked},
		{name: "a key that was retired before", change: revoked(packet.KeyRetired, before), want: keyRevoked},
		{name: "a key that was retired after it", change: revoked(packet.KeyRetired, commitTime.Add(time.Minute))},
		{name: "a subkey", subkey: true},
		{name: "a subkey that had expired", subkey: true, want: keyExpired, change: func(t *testing.T, e *openpgp.Entity) {
			e.Subkeys = e.Subkeys[:0]
			config := pgpConfig(commitTime.AddDate(-1, 0, 0))
			config.KeyLifetimeSecs = day
			if err := e.AddSigningSubkey(config); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "a subkey that was revoked", subkey: true, want: keyRevoked, change: func(t *testing.T, e *openpgp.Entity) {
			if err := signingSubkey(e).Revoke(packet.KeyCompromised, "", pgpConfig(commitTime)); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "a subkey of a key that was revoked", subkey: true, change: revoked(packet.KeyCompromised, before), want: keyRevoked},
		{name: "a subkey of a key that had expired", key: func(c *packet.Config) { c.KeyLifetimeSecs = 30 * day }, subkey: true, want: keyExpired},
		{name: "a key that had expired by a signature of its own", want: keyExpired, change: func(t *testing.T, e *openpgp.Entity) {
			sig := &packet.Signature{
				Version: 4, SigType: packet.SigTypeDirectSignature, PubKeyAlgo: e.PrimaryKey.PubKeyAlgo, Hash: crypto.SHA256,
				CreationTime: commitTime.AddDate(-1, 0, 0), IssuerKeyId: &e.PrimaryKey.KeyId, KeyLifetimeSecs: new(uint32(30 * day)),
			}
			if err := sig.SignDirectKeyBinding(e.PrimaryKey, e.PrivateKey, pgpConfig(commitTime)); err != nil {
				t.Fatal(err)
			}
			e.DirectSignatures = append(e.DirectSignatures, packet.NewVerifiableSig(sig))
		}},
		{name: "a subkey of a key of 1024 bits", key: rsa(1024), subkey: true, want: keyWeak},
		{name: "a key that is not for signing", want: keyPurpose, change: func(t *testing.T, e *openpgp.Entity) {
			certifyAgain(t, e, commitTime.AddDate(-1, 0, 0), func(sig *packet.Signature) { sig.FlagSign = false })
		}},
		{name: "a key that was prolonged after it", change: func(t *testing.T, e *openpgp.Entity) {
			certifyAgain(t, e, commitTime.Add(time.Minute), func(sig *packet.Signature) { sig.KeyLifetimeSecs = new(uint32(800 * day)) })
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newPGPKey(t, tt.key)
			if tt.subkey {
				if err := e.AddSigningSubkey(pgpConfig(commitTime.AddDate(-1, 0, 0))); err != nil {
					t.Fatal(err)
				}
			}
			if tt.change != nil {
				tt.change(t, e)
			}
			key := e.PrivateKey
			if tt.subkey {
				key = signingSubkey(e).PrivateKey
			}
			keys := keysOf(t, armoredKey(t, newPGPKey(t, nil))+"\n"+armoredKey(t, newPGPKey(t, nil), e), "")
			got := verdictOn(t, keys, withHeader(plain, "gpgsig", signPGP(t, key, tt.sig)([]byte(plain))))
			want := verdict{fingerprint: fmt.Sprintf("%X", key.Fingerprint), reason: tt.want, passing: tt.passing}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func signingSubkey(e *openpgp.Entity) *openpgp.Subkey { return &e.Subkeys[len(e.Subkeys)-1] }

// certifyAgain puts another self-signature in the place of that of the certificate.
func certifyAgain(t *testing.T, e *openpgp.Entity, when time.Time, change func(*packet.Signature)) {
	t.Helper()
	for _, id := range e.Identities {
		sig := *id.SelfCertifications[0].Packet
		sig.CreationTime = when
		change(&sig)
		if err := sig.SignUserId(id.UserId.Id, e.PrimaryKey, e.PrivateKey, pgpConfig(when)); err != nil {
			t.Fatal(err)
		}
		id.SelfCertifications = []*packet.VerifiableSignature{packet.NewVerifiableSig(&sig)}
	}
}

// Whose fingerprint a signature gives says nothing by itself.
func TestOpenPGPSignatureInAnothersName(t *testing.T) {
	ann, mallory := newPGPKey(t, nil), newPGPKey(t, nil)
	plain := commitText(plumbing.ZeroHash, commitTime, "zones")
	forged := *mallory.PrivateKey
	forged.PublicKey = *ann.PrimaryKey
	got := verdictOn(t, keysOf(t, armoredKey(t, ann), ""), withHeader(plain, "gpgsig", signPGP(t, &forged, nil)([]byte(plain))))
	if got.reason != noMatch {
		t.Errorf("reason = %q, want %q", got.reason, noMatch)
	}
}

// The numbers of hash algorithms are those of RFC 9580 §9.5.
func TestOpenPGPSignatureByAWeakHash(t *testing.T) {
	e := newPGPKey(t, nil)
	plain := commitText(plumbing.ZeroHash, commitTime, "zones")
	for _, tt := range []struct {
		name string
		hash byte
		want string
	}{{"MD5", 1, malformed}, {"SHA-1", 2, hashWeak}, {"RIPEMD-160", 3, malformed}, {"SHA-256", 8, ""}, {"SHA-224", 11, hashWeak}} {
		t.Run(tt.name, func(t *testing.T) {
			var raw bytes.Buffer
			if err := openpgp.DetachSign(&raw, []*openpgp.Entity{e}, strings.NewReader(plain), pgpConfig(commitTime)); err != nil {
				t.Fatal(err)
			}
			// Behind the packet's header are version, type, algorithm of the key, and that of the hash.
			at := bytes.Index(raw.Bytes(), []byte{4, byte(packet.SigTypeBinary), byte(packet.PubKeyAlgoEdDSA)}) + 3
			raw.Bytes()[at] = tt.hash
			got := verdictOn(t, keysOf(t, armoredKey(t, e), ""), withHeader(plain, "gpgsig", armored(t, raw.Bytes())))
			if got.reason != tt.want {
				t.Errorf("reason = %q, want %q", got.reason, tt.want)
			}
		})
	}
}

func TestOpenPGPSignatureOfTwo(t *testing.T) {
	ann, mallory := newPGPKey(t, nil), newPGPKey(t, nil)
	plain := commitText(plumbing.ZeroHash, commitTime, "zones")
	var raw bytes.Buffer
	for _, e := range []*openpgp.Entity{ann, mallory} {
		if err := openpgp.DetachSign(&raw, []*openpgp.Entity{e}, strings.NewReader(plain), pgpConfig(commitTime)); err != nil {
			t.Fatal(err)
		}
	}
	got := verdictOn(t, keysOf(t, armoredKey(t, ann), ""), withHeader(plain, "gpgsig", armored(t, raw.Bytes())))
	if got.reason != severalSigned {
		t.Errorf("reason = %q, want %q", got.reason, severalSigned)
	}
}

func TestParsePGPKeysRefuses(t *testing.T) {
	good := armoredKey(t, newPGPKey(t, nil))
	tests := []struct{ name, text, says string }{
		{"nothing", "", "gpg --armor --export"},
		{"octets", "\x99\x01\x0d", "gpg --armor --export"},
		{"half a key", good[:len(good)/2], "OpenPGP public key 1"},
		{"a good key and half of one", good + good[:len(good)/2], "OpenPGP public key 2"},
		{"an empty block", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n", "OpenPGP public key 1"},
		{"a private key", good + "-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "private"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if keys, err := parsePGPKeys(tt.text); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%d keys, %v, want an error with %q", len(keys), err, tt.says)
			}
		})
	}
}
