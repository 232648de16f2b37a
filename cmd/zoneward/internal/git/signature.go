package git

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

const (
	maxCommitBytes    = 4 << 20
	maxSignatureBytes = 64 << 10
	maxAuthorBytes    = 200
)

// Why a commit is not trusted, as [reconcile.Doubt] says it.
const (
	notSigned       = "it is not signed"
	severalSigned   = "it has several signatures"
	unknownKind     = "its signature is of a kind that is not supported"
	x509Kind        = "it is signed with an X.509 certificate, which is not supported"
	certificateKind = "it is signed with an SSH certificate, which is not supported"
	malformed       = "its signature does not parse"
	misplaced       = "its signature hides some of its parents"
	keyUnknown      = "its key is not among the trusted ones"
	keyRevoked      = "its key was revoked"
	keyExpired      = "its key had expired"
	keyEarly        = "its key was not valid yet"
	keyWeak         = "its key is too weak"
	keyUncertified  = "its key has no valid self-signature"
	keyPurpose      = "its key is not one to sign commits with"
	hashWeak        = "its signature is made with a hash algorithm that is too weak"
	otherPurpose    = "its signature was made for something else than git"
	noMatch         = "the signature does not go with the commit"
	signatureOver   = "its signature has expired"
	signatureEarly  = "its signature is from the future"
)

// signedCommit is a commit with what was signed of it.
type signedCommit struct {
	author     string
	committed  time.Time
	signatures []string // one, if it was made by git
	payload    []byte   // what a signature is made of: the commit without any
	// hides says that a signature stands among the parents, which end there for all who read the commit. Those behind
	// it are in the payload, and nobody looks at them.
	hides bool
}

// parseSigned reads a commit object. What is in the message, and in the tag that a merge quotes (header mergetag), is
// not a signature of the commit, whatever it looks like. See gitformat-signature(5).
func parseSigned(raw []byte) (*signedCommit, error) {
	whole, err := decodeCommit(raw)
	if err != nil {
		return nil, err
	}
	c := new(signedCommit)
	header, body := raw, []byte(nil)
	if i := bytes.Index(raw, []byte("\n\n")); i >= 0 {
		header, body = raw[:i+1], raw[i+1:]
	}
	var signature *strings.Builder // that is being read
	leaveOut := false
	end := func() {
		if signature != nil {
			c.signatures = append(c.signatures, signature.String())
			signature = nil
		}
	}
	for line := range bytes.Lines(header) {
		if rest, ok := bytes.CutPrefix(line, []byte(" ")); ok {
			if signature != nil {
				signature.Write(rest)
			}
			if !leaveOut {
				c.payload = append(c.payload, line...)
			}
			continue
		}
		end()
		rest, signed := bytes.CutPrefix(line, []byte("gpgsig "))
		// The other is over the commit as a repository of SHA-256 has it. It is part of neither's payload.
		leaveOut = signed || bytes.HasPrefix(line, []byte("gpgsig-sha256 "))
		if signed {
			signature = new(strings.Builder)
			signature.Write(rest)
		}
		if !leaveOut {
			c.payload = append(c.payload, line...)
		}
	}
	end()
	c.payload = append(c.payload, body...)
	signed, err := decodeCommit(c.payload)
	if err != nil {
		return nil, err
	}
	c.author, c.committed = shownAuthor(signed.Author), signed.Committer.When
	c.hides = signed.TreeHash != whole.TreeHash || !slices.Equal(signed.ParentHashes, whole.ParentHashes)
	return c, nil
}

func decodeCommit(raw []byte) (*object.Commit, error) {
	obj := new(plumbing.MemoryObject)
	obj.SetType(plumbing.CommitObject)
	if _, err := obj.Write(raw); err != nil {
		return nil, err
	}
	c := new(object.Commit)
	return c, c.Decode(obj)
}

// shownAuthor is "Name <address>" in reasonable length.
func shownAuthor(who object.Signature) string {
	s := strings.ToValidUTF8(who.String(), string(utf8.RuneError))
	if len(s) > maxAuthorBytes {
		s = strings.ToValidUTF8(s[:maxAuthorBytes], "") + "..."
	}
	return s
}

// verdict is what is to be said of a commit.
type verdict struct {
	fingerprint string // of the key that made the signature, or says to have made it
	reason      string // "" if it is trusted
	passing     bool   // it depends on the time that it is asked for
}

// judge says whether the commit has one signature, by a key that is trusted.
func (k *keyring) judge(c *signedCommit, now time.Time) verdict {
	switch {
	case len(c.signatures) == 0:
		return verdict{reason: notSigned}
	case len(c.signatures) > 1 || strings.Count(c.signatures[0], "-----BEGIN ") > 1:
		return verdict{reason: severalSigned}
	case len(c.signatures[0]) > maxSignatureBytes:
		return verdict{reason: malformed}
	case c.hides:
		return verdict{reason: misplaced}
	}
	text := strings.TrimSpace(c.signatures[0])
	first, _, _ := strings.Cut(text, "\n")
	switch strings.TrimSpace(first) {
	case "-----BEGIN PGP SIGNATURE-----":
		return k.openPGP.judge(c.payload, text, now)
	case "-----BEGIN SSH SIGNATURE-----":
		return k.ssh.judge(c, text)
	case "-----BEGIN SIGNED MESSAGE-----":
		return verdict{reason: x509Kind}
	}
	return verdict{reason: unknownKind}
}
