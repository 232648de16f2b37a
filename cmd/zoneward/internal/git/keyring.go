package git

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// KeyFormat is how the keys in a file are written.
type KeyFormat int

const (
	// OpenPGPKeys are armored public keys, as gpg --armor --export writes them, one or several.
	OpenPGPKeys KeyFormat = iota
	// AllowedSigners are SSH keys as in the file that git's gpg.ssh.allowedSignersFile names (ssh-keygen(1), ALLOWED SIGNERS), or as in
	// authorized_keys.
	AllowedSigners
)

// KeyText is keys that are trusted.
type KeyText struct {
	Name   string // for errors: the file
	Format KeyFormat
	Text   []byte
}

const maxKeyringBytes = 4 << 20 // of one file

// KeyFiles returns a function that reads the files, for [SignatureOptions]: those with OpenPGP keys, and the one with allowed signers, "" for none.
func KeyFiles(openPGP []string, allowedSigners string) func() ([]KeyText, error) {
	return func() ([]KeyText, error) {
		var texts []KeyText
		for _, file := range openPGP {
			texts = append(texts, KeyText{Name: file, Format: OpenPGPKeys})
		}
		if allowedSigners != "" {
			texts = append(texts, KeyText{Name: allowedSigners, Format: AllowedSigners})
		}
		for i := range texts {
			var err error
			if texts[i].Text, err = readBounded(texts[i].Name, maxKeyringBytes); err != nil {
				return nil, err
			}
		}
		return texts, nil
	}
}

func readBounded(file string, limit int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s: %w: more than %d bytes", file, ErrTooLarge, limit)
	}
	return data, err
}

// keyring is the keys that are trusted. It never changes.
type keyring struct {
	openPGP pgpKeys
	ssh     sshSigners
	digest  [sha256.Size]byte // of what it was made of
}

// newKeyring parses the keys. A text that does not parse makes all of them an error: who cannot read one key has no way
// to say who is not trusted.
func newKeyring(texts []KeyText) (*keyring, error) {
	k := &keyring{ssh: make(sshSigners), digest: keysDigest(texts)}
	for _, text := range texts {
		switch text.Format {
		case OpenPGPKeys:
			keys, err := parsePGPKeys(string(text.Text))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", text.Name, err)
			}
			k.openPGP = append(k.openPGP, keys...)
		case AllowedSigners:
			signers, err := parseAllowedSigners(string(text.Text), time.Local)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", text.Name, err)
			}
			for id, lines := range signers {
				k.ssh[id] = append(k.ssh[id], lines...)
			}
		}
	}
	if len(k.openPGP) == 0 && len(k.ssh) == 0 {
		return nil, errors.New("no key is trusted")
	}
	return k, nil
}

func keysDigest(texts []KeyText) [sha256.Size]byte {
	h := sha256.New()
	for _, text := range texts {
		h.Write(fmt.Appendf(nil, "%d %q %d\n", text.Format, text.Name, len(text.Text)))
		h.Write(text.Text)
	}
	return [sha256.Size]byte(h.Sum(nil))
}
