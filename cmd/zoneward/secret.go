package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// secret is a value that is not in the configuration but named there, as ${NAME} or ${file:PATH}. It is read anew each time it is
// used, so that a rotated file counts at once. It prints as REDACTED.
type secret struct {
	template string // the text in the configuration, with the names
	expander expander
	at       string // where it stands: file:line
	// sealed says that it is never read: sealedSecret stands for it.
	sealed bool
}

// sealedSecret stands for a secret where nobody is asked anything. It is in base64, as keys are.
const sealedSecret = "c2VhbGVk"

// String returns REDACTED.
func (s secret) String() string { return "REDACTED" }

// GoString returns REDACTED.
func (s secret) GoString() string { return "REDACTED" }

// Value returns the secret, or an error that says what cannot be read, and where that is named.
func (s secret) Value() (string, error) {
	value, err := s.read()
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.at, err)
	}
	return value, nil
}

// read is Value with an error that does not say where the secret is named.
func (s secret) read() (string, error) {
	if s.sealed {
		return sealedSecret, nil
	}
	value, err := s.expander.expand(s.template)
	if err == nil && value == "" {
		err = fmt.Errorf("the secret %s is empty", s.template)
	}
	return value, err
}

// expander replaces ${NAME} and ${file:PATH} in text. $${ stands for ${ itself.
type expander struct {
	folder string // that relative paths are relative to
	lookup func(name string) (string, bool)
}

// filePrefix is in front of the name of a file.
const filePrefix = "file:"

// maxSecretFile is the most octets that are read of a file that ${file:} names.
const maxSecretFile = 1 << 20

func (e expander) expand(text string) (string, error) { return substitute(text, e.value) }

// substitute returns text with what value returns for each name in the place of that.
func substitute(text string, value func(name string) (string, error)) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			b.WriteString(text)
			return b.String(), nil
		}
		if literal, escaped := strings.CutSuffix(before, "$"); escaped {
			b.WriteString(literal + "${")
			text = rest
			continue
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", errors.New("${ without a } behind it; for the text ${ itself write $${")
		}
		put, err := value(name)
		if err != nil {
			return "", err
		}
		b.WriteString(before + put)
		text = after
	}
}

func (e expander) value(name string) (string, error) {
	path, isFile := e.file(name)
	if !isFile {
		value, set := e.lookup(name)
		if !set {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
		return value, nil
	}
	content, err := readSecret(path)
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	// Editors and echo end a file with a line feed that is no part of the secret.
	return strings.TrimRight(string(content), "\r\n"), nil
}

// readSecret returns what is in a regular file, or in the one that a link leads to.
func readSecret(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // of a FIFO nobody may ever write to the other end
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err == nil && len(content) > maxSecretFile {
		err = fmt.Errorf("%s has more than %d octets", path, maxSecretFile)
	}
	return content, err
}

// file returns the file that a name stands for, and false if it is that of a variable.
func (e expander) file(name string) (string, bool) {
	path, isFile := strings.CutPrefix(name, filePrefix)
	if isFile && !filepath.IsAbs(path) {
		path = filepath.Join(e.folder, path)
	}
	return path, isFile
}

// names reports whether text names anything to put in.
func names(text string) bool { return strings.Contains(strings.ReplaceAll(text, "$${", ""), "${") }
