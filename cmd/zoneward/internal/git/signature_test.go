package git

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// sign makes the signature of a commit.
type sign func(payload []byte) string

// commitText is a commit without a signature.
func commitText(tree plumbing.Hash, when time.Time, message string, parents ...plumbing.Hash) string {
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", tree)
	for _, parent := range parents {
		fmt.Fprintf(&b, "parent %s\n", parent)
	}
	fmt.Fprintf(&b, "author Ann Author <ann@example.com> %d +0100\n", when.Unix())
	fmt.Fprintf(&b, "committer Carl Committer <carl@example.com> %d +0100\n\n%s\n", when.Unix(), message)
	return b.String()
}

// withHeader puts a header behind the committer.
func withHeader(commit, name, value string) string {
	head, message, _ := strings.Cut(commit, "\n\n")
	return head + "\n" + name + " " + strings.ReplaceAll(strings.TrimSuffix(value, "\n"), "\n", "\n ") + "\n\n" + message
}

// signedUpstream is one whose commits are signed, and come a minute after each other.
type signedUpstream struct {
	*upstream
	n int
}

// commit makes a commit of the items with the signature, none if it is nil.
func (u *signedUpstream) commit(items map[string]item, by sign, parents ...plumbing.Hash) plumbing.Hash {
	u.t.Helper()
	u.n++
	text := commitText(u.tree(items), commitTime.Add(time.Duration(u.n)*time.Minute), "zones", parents...)
	if by != nil {
		text = withHeader(text, "gpgsig", by([]byte(text)))
	}
	return u.object(plumbing.CommitObject, []byte(text))
}

// sshKey is a key that signs with SSH.
type sshKey struct {
	t      testing.TB
	signer ssh.Signer
}

func newSSHKey(t testing.TB) sshKey {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sshKeyOf(t, private)
}

func sshKeyOf(t testing.TB, private crypto.Signer) sshKey {
	t.Helper()
	signer, err := ssh.NewSignerFromSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return sshKey{t, signer}
}

func (k sshKey) in(namespace string) sign {
	return func(payload []byte) string {
		k.t.Helper()
		sig, err := sshsig.Sign(bytes.NewReader(payload), k.signer, sshsig.HashSHA512, namespace)
		if err != nil {
			k.t.Fatal(err)
		}
		return string(sshsig.Armor(sig))
	}
}

func (k sshKey) sign(payload []byte) string { return k.in("git")(payload) }
func (k sshKey) fingerprint() string        { return ssh.FingerprintSHA256(k.signer.PublicKey()) }

// line is the key as in authorized_keys.
func (k sshKey) line() string { return string(ssh.MarshalAuthorizedKey(k.signer.PublicKey())) }

// newPGPKey makes a certificate, which was made a year before the commits.
func newPGPKey(t testing.TB, change func(*packet.Config)) *openpgp.Entity {
	t.Helper()
	config := pgpConfig(commitTime.AddDate(-1, 0, 0))
	if change != nil {
		change(config)
	}
	e, err := openpgp.NewEntity("Ann Author", "", "ann@example.com", config)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func pgpConfig(now time.Time) *packet.Config {
	return &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return now }}
}

func armoredKey(t testing.TB, entities ...*openpgp.Entity) string {
	t.Helper()
	var text bytes.Buffer
	w, err := armor.Encode(&text, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entities {
		if err := e.Serialize(w); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return text.String() + "\n"
}

// signPGP makes a signature that is changed before it is made.
func signPGP(t testing.TB, key *packet.PrivateKey, change func(*packet.Signature)) sign {
	return func(payload []byte) string {
		t.Helper()
		sig := &packet.Signature{
			Version: key.Version, SigType: packet.SigTypeBinary, PubKeyAlgo: key.PubKeyAlgo, Hash: crypto.SHA256,
			CreationTime: commitTime, IssuerKeyId: &key.KeyId, IssuerFingerprint: key.Fingerprint,
		}
		if change != nil {
			change(sig)
		}
		h, err := sig.PrepareSign(nil)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(payload)
		if err := sig.Sign(h, key, nil); err != nil {
			t.Fatal(err)
		}
		var raw bytes.Buffer
		if err := sig.Serialize(&raw); err != nil {
			t.Fatal(err)
		}
		return armored(t, raw.Bytes())
	}
}

func armored(t testing.TB, raw []byte) string {
	t.Helper()
	var text bytes.Buffer
	w, err := armor.Encode(&text, openpgp.SignatureType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return text.String() + "\n"
}

func keysOf(t testing.TB, openPGP, allowedSigners string) *keyring {
	t.Helper()
	var texts []KeyText
	if openPGP != "" {
		texts = append(texts, KeyText{"keys.asc", OpenPGPKeys, []byte(openPGP)})
	}
	if allowedSigners != "" {
		texts = append(texts, KeyText{"signers", AllowedSigners, []byte(allowedSigners)})
	}
	k, err := newKeyring(texts)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func verdictOn(t testing.TB, k *keyring, commit string) verdict {
	t.Helper()
	c, err := parseSigned([]byte(commit))
	if err != nil {
		t.Fatal(err)
	}
	return k.judge(c, commitTime.Add(time.Hour))
}

// Whatever a commit has beside its one signature does not pass for one.
func TestSignaturesThatAreNone(t *testing.T) {
	ann, mallory := newSSHKey(t), newSSHKey(t)
	pgp := newPGPKey(t, nil)
	keys := keysOf(t, armoredKey(t, pgp), "ann@example.com "+ann.line())
	plain := commitText(plumbing.ZeroHash, commitTime, "zones")
	other := commitText(plumbing.NewHash(strings.Repeat("1", 40)), commitTime, "zones")
	good := ann.sign([]byte(plain))
	goodPGP := signPGP(t, pgp.PrivateKey, nil)([]byte(plain))
	signed := withHeader(plain, "gpgsig", good)
	faked := commitText(plumbing.ZeroHash, commitTime, "zones\n\ngpgsig "+strings.ReplaceAll(good, "\n", "\n "))
	tests := []struct {
		name   string
		commit string
		want   string
	}{
		{"a good one", signed, ""},
		{"a good one by OpenPGP", withHeader(plain, "gpgsig", goodPGP), ""},
		{"none", plain, notSigned},
		{"one in the message", faked, notSigned},
		{"one in the message as a header of its own", plain + "\ngpgsig " + strings.ReplaceAll(good, "\n", "\n "), notSigned},
		{"that of another commit", withHeader(other, "gpgsig", good), noMatch},
		{"another message", strings.Replace(signed, "\n\nzones", "\n\nother zones", 1), noMatch},
		{"another author", strings.Replace(signed, "Ann Author", "Eve Author", 1), noMatch},
		{"a header behind it", strings.Replace(signed, "\n\nzones", "\nx-more 1\n\nzones", 1), noMatch},
		{"another of OpenPGP", withHeader(other, "gpgsig", goodPGP), noMatch},
		{"two headers", withHeader(signed, "gpgsig", good), severalSigned},
		{"two in one header", withHeader(plain, "gpgsig", good+good), severalSigned},
		{"a good one and one of somebody", withHeader(plain, "gpgsig", good+mallory.sign([]byte(plain))), severalSigned},
		{"one of somebody", withHeader(plain, "gpgsig", mallory.sign([]byte(plain))), keyUnknown},
		{"one for a repository of SHA-256 alone", withHeader(plain, "gpgsig-sha256", good), notSigned},
		{"one for a repository of SHA-256, too", withHeader(signed, "gpgsig-sha256", mallory.sign([]byte(plain))), ""},
		{"one in a tag that was merged", withHeader(plain, "mergetag", "object 0\n\nv1\n"+good), notSigned},
		{"a header that begins the same", withHeader(plain, "gpgsigs", good), notSigned},
		{"X.509", withHeader(plain, "gpgsig", "-----BEGIN SIGNED MESSAGE-----\nMII=\n-----END SIGNED MESSAGE-----\n"), x509Kind},
		{"an OpenPGP message", withHeader(plain, "gpgsig", "-----BEGIN PGP MESSAGE-----\n\nowE=\n-----END PGP MESSAGE-----\n"), unknownKind},
		{"something else", withHeader(plain, "gpgsig", "Ann\n"), unknownKind},
		{"nothing", withHeader(plain, "gpgsig", ""), unknownKind},
		{"half of it", withHeader(plain, "gpgsig", good[:len(good)/2]), malformed},
		{"half of OpenPGP's", withHeader(plain, "gpgsig", goodPGP[:len(goodPGP)/2]), malformed},
		{"something behind it", withHeader(plain, "gpgsig", good+"more\n"), malformed},
		{"too long a one", withHeader(plain, "gpgsig", strings.Repeat("x", maxSignatureBytes+1)), malformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := verdictOn(t, keys, tt.commit); got.reason != tt.want {
				t.Errorf("reason = %q, want %q", got.reason, tt.want)
			}
		})
	}
}

// A signature among the parents hides those behind it: what came in by them would be judged by nobody.
func TestSignatureThatHidesParents(t *testing.T) {
	ann := newSSHKey(t)
	keys := keysOf(t, "", ann.line())
	one, two := plumbing.NewHash(strings.Repeat("1", 40)), plumbing.NewHash(strings.Repeat("2", 40))
	plain := commitText(plumbing.ZeroHash, commitTime, "zones", one, two)
	signature := "gpgsig " + strings.ReplaceAll(strings.TrimSuffix(ann.sign([]byte(plain)), "\n"), "\n", "\n ") + "\n"
	before := func(line, text string) string { return strings.Replace(plain, line, text+line, 1) }
	tests := []struct {
		name   string
		commit string
		want   string
	}{
		{"behind the committer", before("\nzones", signature), ""},
		{"behind the author", before("committer", signature), ""},
		{"behind the parents", before("author", signature), ""},
		{"between the parents", before("parent "+two.String(), signature), misplaced},
		{"before the parents", before("parent "+one.String(), signature), misplaced},
		{"the other between the parents", strings.Replace(before("\nzones", signature), "parent "+two.String(), "gpgsig-sha256 x\nparent "+two.String(), 1), misplaced},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := verdictOn(t, keys, tt.commit); got.reason != tt.want {
				t.Errorf("reason = %q, want %q", got.reason, tt.want)
			}
		})
	}
	c, err := parseSigned([]byte(before("author", signature)))
	if err != nil {
		t.Fatal(err)
	}
	if c.author == "" || !c.committed.Equal(commitTime) {
		t.Errorf("who and when: %q, %s, want what was signed", c.author, c.committed)
	}
}

func TestParseSignedPayload(t *testing.T) {
	plain := commitText(plumbing.ZeroHash, commitTime, "zones\n\n gpgsig not a header")
	text := withHeader(withHeader(withHeader(plain, "gpgsig-sha256", "a\nb\n"), "mergetag", "object 0\n\nv1"), "gpgsig", "c\nd\n")
	c, err := parseSigned([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(c.payload), withHeader(plain, "mergetag", "object 0\n\nv1")); diff != "" {
		t.Errorf("payload (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(c.signatures, []string{"c\nd\n"}); diff != "" {
		t.Errorf("signatures (-got +want):\n%s", diff)
	}
	if got, want := c.author, "Ann Author <ann@example.com>"; got != want {
		t.Errorf("author = %q, want %q", got, want)
	}
}

// What git and ssh-keygen sign is trusted here, and what is signed here git takes for good.
func TestSignaturesAreAsGitMakesThem(t *testing.T) {
	if _, err := os.Stat("/usr/bin/ssh-keygen"); err != nil {
		t.Skip(err)
	}
	home := t.TempDir()
	work := filepath.Join(home, "work")
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := sshKeyOf(t, private)
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := pem.Encode(&text, block); err != nil {
		t.Fatal(err)
	}
	signers := "ann@example.com namespaces=\"git\" " + key.line()
	writeFiles(t, home, map[string]string{"key": text.String(), "signers": signers})
	if err := os.Chmod(filepath.Join(home, "key"), 0o600); err != nil {
		t.Fatal(err)
	}
	runGit(t, ".", "init", "-q", "-b", "main", work)
	for name, value := range map[string]string{
		"gpg.format": "ssh", "user.signingKey": filepath.Join(home, "key"), "commit.gpgSign": "true",
		"gpg.ssh.allowedSignersFile": filepath.Join(home, "signers"),
	} {
		runGit(t, work, "config", name, value)
	}
	commitFile(t, work, "one")
	keys := keysOf(t, "", signers)
	commit := runGit(t, work, "cat-file", "commit", "HEAD") + "\n"
	c, err := parseSigned([]byte(commit))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := keys.judge(c, time.Now()), (verdict{fingerprint: key.fingerprint()}); got != want {
		t.Errorf("a commit that git signed: %+v, want %+v", got, want)
	}

	ours := commitText(plumbing.NewHash(runGit(t, work, "rev-parse", "HEAD^{tree}")), commitTime, "ours")
	writeFiles(t, home, map[string]string{"commit": withHeader(ours, "gpgsig", key.sign([]byte(ours)))})
	id := runGit(t, work, "hash-object", "-t", "commit", "-w", filepath.Join(home, "commit"))
	runGit(t, work, "verify-commit", id)
}
