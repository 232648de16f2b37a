package git

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// sshAgent holds the key for OpenSSH's client, which so needs neither a file of it nor a passphrase. It is reached by
// a socket in a directory that only this user may enter.
type sshAgent struct {
	location location
	options  SSHOptions
	public   ssh.PublicKey

	dir      string
	listener net.Listener
	serving  sync.WaitGroup
}

// Names in dir.
const (
	agentSocket = "agent"
	agentKey    = "key.pub"
	agentKnown  = "known_hosts"
)

func startSSHAgent(dir string, loc location, opts SSHOptions) (*sshAgent, error) {
	key, err := opts.privateKey()
	if err != nil {
		return nil, err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, fmt.Errorf("ssh key: %w", err)
	}
	known, err := opts.knownHosts()
	if err != nil {
		return nil, err
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		return nil, fmt.Errorf("ssh key: %w", err)
	}
	a := &sshAgent{location: loc, options: opts, public: signer.PublicKey(), dir: dir}
	err = errors.Join(
		os.WriteFile(filepath.Join(dir, agentKey), ssh.MarshalAuthorizedKey(a.public), 0o600),
		os.WriteFile(filepath.Join(dir, agentKnown), []byte(known+"\n"), 0o600))
	if err != nil {
		return nil, err
	}
	if a.listener, err = net.Listen("unix", filepath.Join(dir, agentSocket)); err != nil {
		return nil, err
	}
	a.serving.Go(func() {
		for {
			conn, err := a.listener.Accept()
			if err != nil {
				return
			}
			a.serving.Go(func() {
				defer conn.Close()
				_ = agent.ServeAgent(ring, conn) // it ends when ssh does
			})
		}
	})
	return a, nil
}

func (a *sshAgent) close() {
	_ = a.listener.Close()
	a.serving.Wait()
}

// command is the ssh command for git, which has a shell run it.
func (a *sshAgent) command(program string) string {
	words := []string{program, "-F", "/dev/null"}
	for _, option := range []string{
		"BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "CheckHostIP=no",
		"UserKnownHostsFile=" + filepath.Join(a.dir, agentKnown), "GlobalKnownHostsFile=/dev/null",
		"IdentitiesOnly=yes", "IdentityFile=" + filepath.Join(a.dir, agentKey), "IdentityAgent=" + filepath.Join(a.dir, agentSocket),
		"PreferredAuthentications=publickey", "ForwardAgent=no", "ClearAllForwardings=yes", "PermitLocalCommand=no",
		"ControlMaster=no", "ControlPath=none", "ProxyCommand=none", "CanonicalizeHostname=no",
		"ConnectTimeout=30", "ServerAliveInterval=15", "ServerAliveCountMax=4", "LogLevel=ERROR",
	} {
		words = append(words, "-o", option)
	}
	for i, word := range words {
		words[i] = shellQuote(word)
	}
	return strings.Join(words, " ")
}

// why says more of what ssh only hints at: which key a server shows is asked for once more.
func (a *sshAgent) why(ctx context.Context, said string) error {
	switch {
	case strings.Contains(said, "Host key verification failed"):
		hosts, err := a.options.hostKeys(a.location.ssh)
		if err != nil {
			return err
		}
		client, stop, err := connectSSH(ctx, a.location.ssh, &ssh.ClientConfig{
			User: a.location.user, HostKeyCallback: hosts.check, HostKeyAlgorithms: hosts.algorithms,
		})
		if err == nil {
			stop()
			_ = client.Close()
		}
		if hosts.refusal != nil {
			return hosts.refusal
		}
		return ErrHostKey
	case strings.Contains(said, "Permission denied (publickey"):
		return refusedKey(a.location, a.public)
	}
	return nil
}

// url is the address as git takes it. Only a URL has a port, and only user@host:path a path below the home directory.
func (a sshAddress) url(user string) string {
	if strings.HasPrefix(a.path, "/") || strings.HasPrefix(a.path, "~") {
		return (&url.URL{Scheme: "ssh", User: url.User(user), Host: bracket(a.host) + ":" + fmt.Sprint(a.port), Path: a.path}).String()
	}
	return user + "@" + bracket(a.host) + ":" + a.path
}
