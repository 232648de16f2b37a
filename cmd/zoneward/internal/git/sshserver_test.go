package git

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// program skips the test if there is no such program.
func program(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("ZONEWARD_REQUIRE_SERVERS") == "1" {
			t.Fatalf("%s is needed: %v", name, err)
		}
		t.Skipf("no %s: %v", name, err)
	}
}

// sshServer runs git-upload-pack for who has the key.
type sshServer struct {
	t       testing.TB
	address string
	hosts   []ssh.Signer
	key     ed25519.PrivateKey
	user    string

	mu          sync.Mutex
	accepted    ssh.PublicKey
	run         func(command string, in io.Reader, out, errs io.Writer) int // nil: git
	connections atomic.Int32
	packs       atomic.Int32 // times that a client said what it wants
}

func newKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signerOf(t testing.TB, key any) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// serveSSH starts a server with the host keys, or with one of its own.
func serveSSH(t testing.TB, hosts ...ssh.Signer) *sshServer {
	t.Helper()
	gitProgram(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if len(hosts) == 0 {
		hosts = []ssh.Signer{signerOf(t, newKey(t))}
	}
	s := &sshServer{t: t, address: listener.Addr().String(), hosts: hosts, key: newKey(t), user: "git"}
	s.accepted = signerOf(t, s.key).PublicKey()
	var wg sync.WaitGroup
	var conns sync.Map
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Store(conn, nil)
			wg.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		conns.Range(func(conn, _ any) bool { conn.(net.Conn).Close(); return true })
		wg.Wait()
	})
	return s
}

func (s *sshServer) serve(conn net.Conn) {
	defer conn.Close()
	config := &ssh.ServerConfig{PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if c.User() != s.user || !bytes.Equal(key.Marshal(), s.accepted.Marshal()) {
			return nil, errors.New("no such key")
		}
		return nil, nil
	}}
	for _, host := range s.hosts {
		config.AddHostKey(host)
	}
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	s.connections.Add(1)
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		for req := range requests {
			if req.Type != "exec" {
				_ = req.Reply(req.Type == "env", nil)
				continue
			}
			_ = req.Reply(true, nil)
			go ssh.DiscardRequests(requests)
			code := s.exec(string(req.Payload[4:]), channel)
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(code)}))
			channel.Close()
			break
		}
	}
}

func (s *sshServer) exec(command string, channel ssh.Channel) int {
	s.mu.Lock()
	run := s.run
	s.mu.Unlock()
	if run != nil {
		return run(command, channel, channel, channel.Stderr())
	}
	quoted, ok := strings.CutPrefix(command, "git-upload-pack '")
	dir, ok2 := strings.CutSuffix(quoted, "'")
	if !ok || !ok2 {
		return say(channel.Stderr(), "what is that?\n")
	}
	cmd := exec.Command("git", "upload-pack", dir)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.t.TempDir(), "GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return 1
	}
	cmd.Stdout, cmd.Stderr = channel, channel.Stderr()
	if cmd.Start() != nil {
		return 1
	}
	go func() {
		defer in.Close()
		_, _ = io.Copy(in, &wantWatcher{channel, &s.packs})
	}()
	if cmd.Wait() != nil {
		return 128
	}
	return 0
}

// wantWatcher counts the packs that are asked for.
type wantWatcher struct {
	io.Reader
	packs *atomic.Int32
}

func (w *wantWatcher) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if bytes.Contains(p[:n], []byte("want ")) {
		w.packs.Add(1)
	}
	return n, err
}

// say writes what a client may not listen to any more, and returns the status of a program that fails.
func say(w io.Writer, text string) int {
	_, _ = io.WriteString(w, text)
	return 1
}

// accept has the server take the key from now on.
func (s *sshServer) accept(key ed25519.PrivateKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted = signerOf(s.t, key).PublicKey()
}

// answer has the server run f instead of git.
func (s *sshServer) answer(f func(command string, in io.Reader, out, errs io.Writer) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run = f
}

func (s *sshServer) knownHosts() string {
	var lines strings.Builder
	for _, host := range s.hosts {
		fmt.Fprintln(&lines, knownhosts.Line([]string{knownhosts.Normalize(s.address)}, host.PublicKey()))
	}
	return lines.String()
}

// keyText is the key as ssh-keygen writes it, encrypted if there is a passphrase.
func keyText(t testing.TB, key any, passphrase string) string {
	t.Helper()
	var block *pem.Block
	var err error
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(key, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

func always(text string) func() (string, error) {
	return func() (string, error) { return text, nil }
}

// options are what it takes to reach the repository at dir.
func (s *sshServer) options(dir string, i Implementation) RepositoryOptions {
	return RepositoryOptions{
		URL: "ssh://" + s.address + dir, Implementation: i,
		SSH: SSHOptions{Key: always(keyText(s.t, s.key, "")), KnownHosts: always(s.knownHosts())},
	}
}
