package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"golang.org/x/crypto/ssh"
)

// maxKeyBytes bounds a file of a key, or of the keys of servers.
const maxKeyBytes = 1 << 20

// check says what is missing.
func (o SSHOptions) check() error {
	switch {
	case o.Key == nil && o.KeyFile == "":
		return errors.New("ssh needs a private key: neither an agent nor the user's own keys are used")
	case o.Key != nil && o.KeyFile != "":
		return errors.New("ssh has a private key and a file of one: give one of them")
	case o.KnownHosts == nil && o.KnownHostsFile == "":
		return errors.New("ssh needs known_hosts, the keys that servers have: ssh-keyscan prints them, and whoever runs the server says whether they are right")
	case o.KnownHosts != nil && o.KnownHostsFile != "":
		return errors.New("ssh has known_hosts and a file of them: give one of them")
	}
	return nil
}

// either is what a function returns, or else a file has.
func either(from func() (string, error), file string) (string, error) {
	if from != nil {
		return from()
	}
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxKeyBytes+1))
	if err == nil && len(data) > maxKeyBytes {
		err = fmt.Errorf("%s has more than %d bytes", file, maxKeyBytes)
	}
	return string(data), err
}

// privateKey reads the key. No error has a part of it.
func (o SSHOptions) privateKey() (any, error) {
	text, err := either(o.Key, o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("ssh key: %w", err)
	}
	key, err := ssh.ParseRawPrivateKey([]byte(text))
	if _, encrypted := errors.AsType[*ssh.PassphraseMissingError](err); encrypted {
		if o.Passphrase == nil {
			return nil, errors.New("ssh key: it is encrypted, and there is no passphrase for it")
		}
		var passphrase string
		if passphrase, err = o.Passphrase(); err != nil {
			return nil, fmt.Errorf("passphrase of the ssh key: %w", err)
		}
		if key, err = ssh.ParseRawPrivateKeyWithPassphrase([]byte(text), []byte(passphrase)); err != nil {
			return nil, errors.New("ssh key: the passphrase does not decrypt it")
		}
	}
	if err != nil {
		return nil, errors.New("ssh key: it is not a private key in PEM or OpenSSH's format")
	}
	return key, nil
}

// sshSession is a talk with git-upload-pack at an SSH server.
type sshSession struct {
	client *ssh.Client
	talk   *ssh.Session
	in     io.WriteCloser
	out    io.Reader
	errors lastWords
	stop   func() bool // what ends the connection with the context
}

var _ packSession = (*sshSession)(nil)

// dialSSH connects, and starts git-upload-pack. The context bounds all of the session.
func dialSSH(ctx context.Context, loc location, opts SSHOptions, m *meter) (*sshSession, error) {
	key, err := opts.privateKey()
	if err != nil {
		return nil, err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, fmt.Errorf("ssh key: %w", err)
	}
	hosts, err := opts.hostKeys(loc.ssh)
	if err != nil {
		return nil, err
	}
	asked := false
	client, stop, err := connectSSH(ctx, loc.ssh, &ssh.ClientConfig{
		User:              loc.user,
		HostKeyCallback:   hosts.check,
		HostKeyAlgorithms: hosts.algorithms,
		Auth: []ssh.AuthMethod{ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
			asked = true
			return []ssh.Signer{signer}, nil
		})},
	})
	if hosts.refusal != nil {
		return nil, hosts.refusal
	}
	if err != nil {
		if _, network := errors.AsType[net.Error](err); asked && !network && ctx.Err() == nil {
			return nil, refusedKey(loc, signer.PublicKey())
		}
		return nil, err
	}
	s := &sshSession{client: client, stop: stop}
	if err := s.start(loc, m); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// refusedKey is the error for a key that the server does not take.
func refusedKey(loc location, key ssh.PublicKey) error {
	return fmt.Errorf("%w: the server does not take the key %s %s for the user %s: add its public half to the repository's deploy keys",
		ErrAuth, key.Type(), ssh.FingerprintSHA256(key), loc.user)
}

// connectSSH connects. The connection ends when the context does, unless stop is called before.
func connectSSH(ctx context.Context, to sshAddress, config *ssh.ClientConfig) (client *ssh.Client, stop func() bool, err error) {
	conn, err := (&net.Dialer{Timeout: 30 * time.Second}).DialContext(ctx, "tcp", to.hostPort())
	if err != nil {
		return nil, nil, err
	}
	stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
	c, channels, requests, err := ssh.NewClientConn(conn, to.hostPort(), config)
	if err != nil {
		stop()
		_ = conn.Close()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, nil, err
	}
	return ssh.NewClient(c, channels, requests), stop, nil
}

func (s *sshSession) start(loc location, m *meter) error {
	session, err := s.client.NewSession()
	if err != nil {
		return err
	}
	s.talk = session
	if s.in, err = session.StdinPipe(); err != nil {
		return err
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return err
	}
	s.out = m.reader(out)
	session.Stderr = &s.errors
	return session.Start(transport.UploadPackServiceName + " " + shellQuote(loc.ssh.path))
}

// shellQuote is s as one word to the shell, as git quotes it, which servers without a shell take too.
func shellQuote(s string) string {
	return "'" + strings.NewReplacer(`'`, `'\''`, `!`, `'\!'`).Replace(s) + "'"
}

// AdvertisedReferencesContext reads the references.
func (s *sshSession) AdvertisedReferencesContext(context.Context) (*packp.AdvRefs, error) {
	refs := packp.NewAdvRefs()
	err := refs.Decode(s.out)
	if errors.Is(err, packp.ErrEmptyAdvRefs) || err == nil && refs.IsEmpty() {
		return nil, transport.ErrEmptyRemoteRepository
	}
	if err != nil {
		return nil, err
	}
	transport.FilterUnsupportedCapabilities(refs.Capabilities)
	return refs, nil
}

// UploadPack asks for the objects, and returns what comes before them.
func (s *sshSession) UploadPack(_ context.Context, req *packp.UploadPackRequest) (*packp.UploadPackResponse, error) {
	var text bytes.Buffer
	if err := req.UploadRequest.Encode(&text); err != nil {
		return nil, err
	}
	if err := req.UploadHaves.Encode(&text, true); err != nil {
		return nil, err
	}
	text.WriteString("0009done\n")
	if _, err := s.in.Write(text.Bytes()); err != nil {
		return nil, err
	}
	if err := s.in.Close(); err != nil {
		return nil, err
	}
	res := packp.NewUploadPackResponse(req)
	return res, res.Decode(io.NopCloser(s.out))
}

// Close ends the connection.
func (s *sshSession) Close() error {
	s.stop()
	return s.client.Close()
}

// explain makes an error of the talk one of this package, by what the server said beside it: ssh has no status.
func (s *sshSession) explain(err error) error {
	// What comes on one stream overtakes the other. A server that has nothing more to say ends both.
	late := time.AfterFunc(time.Second, func() { _ = s.client.Close() })
	_ = s.talk.Wait()
	late.Stop()
	if said := s.errors.explain("the server"); said != nil {
		return said
	}
	if errors.Is(err, io.EOF) || errors.Is(err, packp.ErrEmptyInput) {
		return errors.New("the server ended the connection")
	}
	return errors.New(oneLine(err.Error()))
}
