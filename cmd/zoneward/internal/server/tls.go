package server

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"
)

// TLS names the files of a certificate and its key, in PEM. Both are empty for none.
type TLS struct{ Certificate, Key string }

const (
	// pairInterval is how often the files are looked at, while somebody connects.
	pairInterval = time.Second
	// maxPEM is the most octets that are read of a file.
	maxPEM = 1 << 20
)

// keyPair is a certificate with its key that is read again when the files have changed. It may be used concurrently.
type keyPair struct {
	files TLS
	log   *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	sum     [sha256.Size]byte // of what current was read from
	refused string            // why what is in the files is not current, empty if it is
	looked  time.Time
}

// openKeyPair reads a certificate and its key. It is an error if they do not go together.
func openKeyPair(files TLS, log *slog.Logger) (*keyPair, error) {
	p := &keyPair{files: files, log: log}
	return p, p.read()
}

// read reads the files if there is something else in them. After an error what was there goes on.
func (p *keyPair) read() error {
	certificate, err := readPEM(p.files.Certificate)
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	key, err := readPEM(p.files.Key)
	if err != nil {
		return fmt.Errorf("read the key of the certificate: %w", err)
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%d ", len(certificate)) // a hash takes everything
	_, _ = h.Write(certificate)
	_, _ = h.Write(key)
	sum := [sha256.Size]byte(h.Sum(nil))
	if p.current != nil && sum == p.sum {
		return nil
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return fmt.Errorf("the certificate %s with the key %s: %w", p.files.Certificate, p.files.Key, err)
	}
	p.current, p.sum = &pair, sum
	return nil
}

// readPEM reads a file, of which somebody may have put a large one, or a pipe, in the place.
func readPEM(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	content, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err == nil && len(content) > maxPEM {
		err = fmt.Errorf("%s has more than %d octets", name, maxPEM)
	}
	return content, err
}

// certificate returns the certificate for a connection. When two files are replaced one after the other they do not go together in between: what was there
// goes on until they do.
func (p *keyPair) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.looked) >= pairInterval {
		p.looked = now
		p.look()
	}
	return p.current, nil
}

// look reads the files, and says what is new of them.
func (p *keyPair) look() {
	before := p.current
	err := p.read()
	switch {
	case err != nil && err.Error() != p.refused:
		p.refused = err.Error()
		p.log.Error("certificate refused, the one before goes on", "err", err)
	case err == nil && p.current != before:
		p.log.Info("certificate read again", "until", p.current.Leaf.NotAfter)
	}
	if err == nil {
		p.refused = ""
	}
}

// config returns how connections are made: TLS 1.2 or later, with HTTP/2 where the client has it.
func (p *keyPair) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: p.certificate, NextProtos: []string{"h2", "http/1.1"}}
}
