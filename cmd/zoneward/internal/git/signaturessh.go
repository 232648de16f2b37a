package git

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// sshNamespace is what git signs for, as against a file or a mail (PROTOCOL.sshsig of OpenSSH).
const sshNamespace = "git"

// sshSigners are the keys of a list of allowed signers, by their octets. The same key may be in it several times.
type sshSigners map[string][]sshSigner

// sshSigner is a line of the list.
type sshSigner struct {
	key        ssh.PublicKey
	namespaces []string // patterns; none is for any
	// The key is good for what was signed from after on and not after before. Zero is no bound.
	after, before time.Time
}

// parseAllowedSigners reads a list as ssh-keygen(1), ALLOWED SIGNERS, has it, and lines of authorized_keys, which
// have nothing before the type of the key. Times without Z are taken to be in zone.
//
// Whom the principals name is not looked at, as git does not: whoever is in the list may sign any commit.
func parseAllowedSigners(text string, zone *time.Location) (sshSigners, error) {
	signers := make(sshSigners)
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		signer, err := parseSigner(line, zone)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		id := string(signer.key.Marshal())
		signers[id] = append(signers[id], signer)
	}
	if len(signers) == 0 {
		return nil, errors.New("no key in it")
	}
	return signers, nil
}

func parseSigner(line string, zone *time.Location) (sshSigner, error) {
	var s sshSigner
	word, rest := cutWord(line)
	if !keyFollows(rest) { // the principals
		word, rest = cutWord(rest)
	}
	if !keyFollows(rest) {
		if err := s.parseOptions(word, zone); err != nil {
			return sshSigner{}, err
		}
		word, rest = cutWord(rest)
	}
	encoded, _ := cutWord(rest)
	data, err := base64.StdEncoding.DecodeString(encoded)
	if !keyFollows(rest) || err != nil {
		return sshSigner{}, errors.New(`no key: want principals, options, and a key as in "ssh-ed25519 AAAA..."`)
	}
	if s.key, err = ssh.ParsePublicKey(data); err != nil {
		return sshSigner{}, fmt.Errorf("key of type %.40q: %w", word, err)
	}
	if s.key.Type() != word {
		return sshSigner{}, fmt.Errorf("the key is of type %s, and the line says %.40q", s.key.Type(), word)
	}
	if _, ok := s.key.(*ssh.Certificate); ok {
		return sshSigner{}, errors.New("certificates are not supported: want the key itself")
	}
	return s, nil
}

// keyFollows says that a key is next. It begins with the length of its type, which is short (RFC 4253 §6.6).
func keyFollows(rest string) bool { return strings.HasPrefix(strings.TrimLeft(rest, " \t"), "AAAA") }

// cutWord splits off the first word. Spaces in double quotes do not end it.
func cutWord(s string) (word, rest string) {
	s = strings.TrimLeft(s, " \t")
	quoted := false
	end := strings.IndexFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ' ' || r == '\t')
	})
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}

func (s *sshSigner) parseOptions(text string, zone *time.Location) error {
	seen := make(map[string]bool)
	for text != "" {
		name, value, rest, err := cutOption(text)
		if err != nil {
			return err
		}
		text = rest
		if seen[name] {
			return fmt.Errorf("option %s is given twice", name)
		}
		seen[name] = true
		switch name {
		case "namespaces":
			s.namespaces = strings.Split(value, ",")
		case "valid-after":
			s.after, err = parseSignerTime(value, zone)
		case "valid-before":
			s.before, err = parseSignerTime(value, zone)
		case "cert-authority":
			err = errors.New("it is not supported: list the keys themselves")
		default:
			return fmt.Errorf("option %.40q is not one of namespaces, valid-after and valid-before", name)
		}
		if err != nil {
			return fmt.Errorf("option %s: %w", name, err)
		}
	}
	if !s.after.IsZero() && !s.before.IsZero() && !s.after.Before(s.before) {
		return errors.New("valid-after is not before valid-before: the key is never valid")
	}
	return nil
}

// cutOption splits off the first of several options, of which only cert-authority has no value.
func cutOption(text string) (name, value, rest string, err error) {
	end := strings.IndexAny(text, "=,")
	if end < 0 || text[end] == ',' {
		name, rest, _ = strings.Cut(text, ",")
		return strings.ToLower(name), "", rest, nil
	}
	name, value = strings.ToLower(text[:end]), text[end+1:]
	quoted, ok := strings.CutPrefix(value, `"`)
	if !ok {
		return "", "", "", fmt.Errorf("option %.40q: its value is not in double quotes", name)
	}
	value, rest, ok = strings.Cut(quoted, `"`)
	if !ok || rest != "" && rest[0] != ',' {
		return "", "", "", fmt.Errorf("option %.40q: its value does not end in a double quote", name)
	}
	return name, value, strings.TrimPrefix(rest, ","), nil
}

// parseSignerTime reads YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with a Z at the end for UTC.
func parseSignerTime(text string, zone *time.Location) (time.Time, error) {
	digits, utc := strings.CutSuffix(text, "Z")
	if utc {
		zone = time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(layout) != len(digits) {
			continue
		}
		if t, err := time.ParseInLocation(layout, digits, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is not a time: want YYYYMMDD or YYYYMMDDHHMM[SS], and Z after it for UTC", text)
}

// judge says whether the signature is one over the commit by an allowed signer. The time at which a key has to be
// valid is the committer's, as for git: the signature has none.
func (s sshSigners) judge(c *signedCommit, armored string) verdict {
	block, rest := pem.Decode([]byte(armored))
	if block == nil || block.Type != sshsig.PEMType || len(bytes.TrimSpace(rest)) > 0 {
		return verdict{reason: malformed}
	}
	sig, err := sshsig.ParseSignature(block.Bytes)
	if err != nil {
		return verdict{reason: malformed}
	}
	if cert, ok := sig.PublicKey.(*ssh.Certificate); ok {
		return verdict{fingerprint: ssh.FingerprintSHA256(cert.Key), reason: certificateKind}
	}
	v := verdict{fingerprint: ssh.FingerprintSHA256(sig.PublicKey), reason: keyUnknown}
	for _, signer := range s[string(sig.PublicKey.Marshal())] {
		if v.reason = signer.reason(sig, c); v.reason == "" {
			break
		}
	}
	return v
}

// reason says why the signature, which is by the key, is none that is good for the commit; "" if it is.
func (s sshSigner) reason(sig *sshsig.Signature, c *signedCommit) string {
	switch err := sshsig.Verify(bytes.NewReader(c.payload), sig, s.key, sig.HashAlgorithm, sshNamespace); {
	case errors.Is(err, sshsig.ErrNamespaceMismatch):
		return otherPurpose
	case err != nil:
		return noMatch
	case !matchesPatterns(s.namespaces, sshNamespace):
		return keyPurpose
	case !s.after.IsZero() && c.committed.Before(s.after):
		return keyEarly
	case !s.before.IsZero() && c.committed.After(s.before):
		return keyExpired
	case isWeakSSH(s.key):
		return keyWeak
	}
	return ""
}

func isWeakSSH(key ssh.PublicKey) bool {
	if key.Type() == "ssh-dss" {
		return true // 1024 bits (RFC 4253 §6.6)
	}
	holder, ok := key.(ssh.CryptoPublicKey)
	if !ok {
		return false
	}
	k, ok := holder.CryptoPublicKey().(*rsa.PublicKey)
	return ok && k.N.BitLen() < minRSABits
}

// matchesPatterns says whether the name matches one of the patterns, and none with an exclamation mark before it
// (ssh_config(5), PATTERNS). No patterns match everything.
func matchesPatterns(patterns []string, name string) bool {
	matches := func(pattern string) bool {
		// What path.Match has beside * and ? is no more than itself here.
		ok, err := path.Match(strings.NewReplacer(`\`, `\\`, "[", `\[`).Replace(pattern), name)
		return ok && err == nil
	}
	for _, p := range patterns {
		if not, ok := strings.CutPrefix(p, "!"); ok && matches(not) {
			return false
		}
	}
	return len(patterns) == 0 || slices.ContainsFunc(patterns, matches)
}
