package git

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

func TestSSHSignatures(t *testing.T) {
	ann, mallory := newSSHKey(t), newSSHKey(t)
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey := func(bits int) sshKey {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return sshKeyOf(t, key)
	}
	long, short := rsaKey(2048), rsaKey(1024)
	plain := commitText(plumbing.ZeroHash, commitTime, "zones") // at 08:26:53 UTC
	tests := []struct {
		name    string
		signers string
		by      sign
		want    string
	}{
		{"as in authorized_keys", ann.line(), ann.sign, ""},
		{"with principals", "ann@example.com,*@example.net " + ann.line(), ann.sign, ""},
		{"among others", "# who may\n\n" + mallory.line() + "\tann@example.com\t" + ann.line(), ann.sign, ""},
		{"for git", `ann namespaces="file,git" ` + ann.line(), ann.sign, ""},
		{"for names like it", `ann namespaces="g?t*" ` + ann.line(), ann.sign, ""},
		{"for files", `ann namespaces="file" ` + ann.line(), ann.sign, keyPurpose},
		{"for all but git", `ann namespaces="*,!git" ` + ann.line(), ann.sign, keyPurpose},
		{"for files and again for git", `ann namespaces="file" ` + ann.line() + `ann namespaces="git" ` + ann.line(), ann.sign, ""},
		{"valid", `ann valid-after="20260101Z",valid-before="20270101Z" ` + ann.line(), ann.sign, ""},
		{"valid from that second", `ann valid-after="20260314082653Z" ` + ann.line(), ann.sign, ""},
		{"valid later", `ann Valid-After="20260314082654Z" ` + ann.line(), ann.sign, keyEarly},
		{"valid to that second", `ann valid-before="20260314082653Z" ` + ann.line(), ann.sign, ""},
		{"valid before", `ann valid-before="202603140826Z" ` + ann.line(), ann.sign, keyExpired},
		{"another's", mallory.line(), ann.sign, keyUnknown},
		{"of a file", ann.line(), ann.in("file"), otherPurpose},
		{"ECDSA", sshKeyOf(t, elliptic).line(), sshKeyOf(t, elliptic).sign, ""},
		{"RSA", long.line(), long.sign, ""},
		{"RSA of 1024 bits", short.line(), short.sign, keyWeak},
		{"with another's key in it", ann.line(), func(payload []byte) string {
			sig, err := sshsig.Sign(strings.NewReader(string(payload)), mallory.signer, sshsig.HashSHA256, "git")
			if err != nil {
				t.Fatal(err)
			}
			sig.PublicKey = ann.signer.PublicKey()
			return string(sshsig.Armor(sig))
		}, noMatch},
		{"that is no signature", ann.line(), func([]byte) string {
			return string(pem.EncodeToMemory(&pem.Block{Type: sshsig.PEMType, Bytes: []byte("SSHSIG")}))
		}, malformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			signers, err := parseAllowedSigners(tt.signers, time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			got := verdictOn(t, &keyring{ssh: signers}, withHeader(plain, "gpgsig", tt.by([]byte(plain))))
			if got.reason != tt.want {
				t.Errorf("reason = %q, want %q", got.reason, tt.want)
			}
		})
	}
}

func TestSSHSignatureNamesTheKey(t *testing.T) {
	ann, mallory := newSSHKey(t), newSSHKey(t)
	plain := commitText(plumbing.ZeroHash, commitTime, "zones")
	keys := keysOf(t, "", ann.line())
	for _, key := range []sshKey{ann, mallory} {
		got := verdictOn(t, keys, withHeader(plain, "gpgsig", key.sign([]byte(plain))))
		if want := key.fingerprint(); got.fingerprint != want || !strings.HasPrefix(want, "SHA256:") {
			t.Errorf("fingerprint = %q, want %q", got.fingerprint, want)
		}
	}
}

// A certificate is only as good as who issued it, and nobody looks at that here.
func TestSSHCertificates(t *testing.T) {
	ca, ann := newSSHKey(t), newSSHKey(t)
	cert := &ssh.Certificate{
		Key: ann.signer.PublicKey(), CertType: ssh.UserCert, ValidBefore: ssh.CertTimeInfinity, ValidPrincipals: []string{"ann"},
	}
	if err := cert.SignCert(rand.Reader, ca.signer); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewCertSigner(cert, ann.signer)
	if err != nil {
		t.Fatal(err)
	}
	plain := commitText(plumbing.ZeroHash, commitTime, "zones")
	got := verdictOn(t, keysOf(t, "", ann.line()), withHeader(plain, "gpgsig", sshKey{t, signer}.sign([]byte(plain))))
	if want := (verdict{fingerprint: ann.fingerprint(), reason: certificateKind}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, err := parseAllowedSigners(string(ssh.MarshalAuthorizedKey(cert)), time.UTC); err == nil || !strings.Contains(err.Error(), "certificates") {
		t.Errorf("a certificate in the list: %v", err)
	}
}

func TestParseAllowedSignersRefuses(t *testing.T) {
	key := newSSHKey(t).line()
	tests := []struct{ name, text, says string }{
		{"nothing", "\n# nobody\n", "no key"},
		{"no key", "ann@example.com\n", "line 1: "},
		{"options without a key", "ann@example.com namespaces=\"git\"\n", "line 1: no key"},
		{"half a key", key + key[:30] + "\n", "line 2: "},
		{"a key of another type", "ann " + strings.Replace(key, "ssh-ed25519", "ssh-rsa", 1), "ssh-rsa"},
		{"an authority", "*@example.com cert-authority " + key, "cert-authority: it is not supported"},
		{"an authority for git", `*@example.com namespaces="git",cert-authority ` + key, "cert-authority: it is not supported"},
		{"an unknown option", `ann no-touch-required ` + key, "no-touch-required"},
		{"an unknown option with a value", `ann from="192.0.2.1" ` + key, "from"},
		{"an option twice", `ann namespaces="git",namespaces="file" ` + key, "twice"},
		{"a value without quotes", `ann namespaces=git ` + key, "double quotes"},
		{"a value without an end", `ann namespaces="git ` + key, "line 1: "},
		{"something behind a value", `ann namespaces="git"x ` + key, "double quote"},
		{"no time", `ann valid-after="tomorrow" ` + key, "YYYYMMDD"},
		{"a day that there is not", `ann valid-before="20260230" ` + key, "YYYYMMDD"},
		{"never valid", `ann valid-after="20270101",valid-before="20260101" ` + key, "never valid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if signers, err := parseAllowedSigners(tt.text, time.UTC); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%d keys, %v, want an error with %q", len(signers), err, tt.says)
			}
		})
	}
}

func TestSignerTimesAreLocal(t *testing.T) {
	zone := time.FixedZone("", -5*3600)
	key := newSSHKey(t)
	signers, err := parseAllowedSigners(`ann valid-after="20260314032653",valid-before="20260314082654Z" `+key.line(), zone)
	if err != nil {
		t.Fatal(err)
	}
	got := signers[string(key.signer.PublicKey().Marshal())][0]
	if want := commitTime.Add(time.Second); !got.after.Equal(commitTime) || !got.before.Equal(want) {
		t.Errorf("valid from %s to %s, want %s to %s", got.after, got.before, commitTime, want)
	}
}

func FuzzAllowedSigners(f *testing.F) {
	key := newSSHKey(f).line()
	for _, seed := range []string{
		key, "ann " + key, `ann namespaces="git,!file",valid-after="20260101",valid-before="20270101Z" ` + key, `ann cert-authority ` + key, `"a b" ` + key,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		signers, err := parseAllowedSigners(text, time.UTC)
		if (err == nil) != (len(signers) > 0) {
			t.Errorf("%d keys, %v", len(signers), err)
		}
	})
}

// No signature that is not the one that was made is trusted, and none makes the parsers fail.
func FuzzSignature(f *testing.F) {
	ann, pgp := newSSHKey(f), newPGPKey(f, nil)
	keys := keysOf(f, armoredKey(f, pgp), ann.line())
	plain := commitText(plumbing.ZeroHash, commitTime, "zones")
	other := commitText(plumbing.ZeroHash, commitTime, "others")
	for _, by := range []sign{ann.sign, signPGP(f, pgp.PrivateKey, nil)} {
		f.Add(by([]byte(plain)))
	}
	f.Fuzz(func(t *testing.T, text string) {
		// Whatever is fuzzed is of another commit.
		commit := withHeader(other, "gpgsig", strings.ReplaceAll(text, "\n\n", "\n \n"))
		c, err := parseSigned([]byte(commit))
		if err != nil {
			return
		}
		if got := keys.judge(c, commitTime.Add(time.Hour)); got.reason == "" {
			t.Errorf("trusted: %q", text)
		}
	})
}
