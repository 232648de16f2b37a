package git

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// hostKeys are the keys that a server may have, by known_hosts, for one connection.
type hostKeys struct {
	to         sshAddress
	known      ssh.HostKeyCallback
	algorithms []string // nil: any

	refusal error // why the key that was seen is not good
}

func (o SSHOptions) hostKeys(to sshAddress) (*hostKeys, error) {
	text, err := o.knownHosts()
	if err != nil {
		return nil, err
	}
	// The package reads files only.
	file, err := os.CreateTemp("", "zoneward-known-hosts-*")
	if err != nil {
		return nil, fmt.Errorf("known_hosts: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("known_hosts: %w", err)
	}
	known, err := knownhosts.New(file.Name())
	if err != nil {
		return nil, fmt.Errorf("known_hosts: %s", oneLine(strings.ReplaceAll(err.Error(), file.Name(), "it")))
	}
	h := &hostKeys{to: to, known: known}
	if !strings.Contains(text, "@cert-authority") {
		h.algorithms = h.ofKnown()
	}
	return h, nil
}

// knownHosts is what known_hosts has, which is something.
func (o SSHOptions) knownHosts() (string, error) {
	text, err := either(o.KnownHosts, o.KnownHostsFile)
	if err != nil {
		return "", fmt.Errorf("known_hosts: %w", err)
	}
	if strings.TrimSpace(text) == "" {
		return "", errors.New("known_hosts: it is empty")
	}
	return text, nil
}

// preferred are the algorithms of host keys, the best first.
func preferred() []string {
	return []string{
		ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519,
		ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKECDSA256,
		ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
	}
}

// ofKnown are the algorithms of the keys that the server is known by, all if it isn't: it has others too, and which one
// it shows is for the client to say.
func (h *hostKeys) ofKnown() []string {
	var types []string
	if mismatch, ok := errors.AsType[*knownhosts.KeyError](h.known(h.to.hostPort(), &net.TCPAddr{}, noKey{})); ok {
		for _, known := range mismatch.Want {
			types = append(types, known.Key.Type())
		}
	}
	if len(types) == 0 {
		return preferred()
	}
	return slices.DeleteFunc(preferred(), func(algorithm string) bool {
		if strings.HasPrefix(algorithm, "rsa-") {
			algorithm = ssh.KeyAlgoRSA
		}
		return !slices.Contains(types, algorithm)
	})
}

// check is the ssh.HostKeyCallback.
func (h *hostKeys) check(_ string, remote net.Addr, key ssh.PublicKey) error {
	// Known by its name, not by the address that the name has today.
	err := h.known(h.to.hostPort(), &net.TCPAddr{}, key)
	if err == nil {
		return nil
	}
	seen := key.Type() + " " + ssh.FingerprintSHA256(key)
	line := knownhosts.Line([]string{knownhosts.Normalize(h.to.hostPort())}, key)
	mismatch, _ := errors.AsType[*knownhosts.KeyError](err)
	switch {
	case mismatch != nil && len(mismatch.Want) == 0:
		h.refusal = fmt.Errorf("%w: known_hosts has no key of %s, which shows %s: if whoever runs it says that this is right, add the line %q",
			ErrHostKey, knownhosts.Normalize(h.to.hostPort()), seen, line)
	case mismatch != nil:
		want := mismatch.Want[0]
		h.refusal = fmt.Errorf("%w: %s shows %s, and known_hosts has %s %s in line %d: somebody is in between, or the server has got another key; then the line is to be %q",
			ErrHostKey, knownhosts.Normalize(h.to.hostPort()), seen, want.Key.Type(), ssh.FingerprintSHA256(want.Key), want.Line, line)
	default:
		h.refusal = fmt.Errorf("%w: %s of %s is revoked, or its certificate is not good", ErrHostKey, seen, knownhosts.Normalize(h.to.hostPort()))
	}
	return h.refusal
}

// noKey is a key that no server has.
type noKey struct{}

func (noKey) Type() string                        { return "none" }
func (noKey) Marshal() []byte                     { return nil }
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("not a key") }
