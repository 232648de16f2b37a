package git

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// byEach runs the test with this program's ssh, and with OpenSSH's.
func byEach(t *testing.T, test func(t *testing.T, i Implementation)) {
	for _, i := range []Implementation{GoGit, CLI} {
		t.Run(string(i), func(t *testing.T) {
			if i == CLI {
				program(t, "ssh")
			}
			test(t, i)
		})
	}
}

func newRSAKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSSHKeys(t *testing.T) {
	byEach(t, func(t *testing.T, i Implementation) {
		u := newUpstream(t)
		u.push("main", files(1))
		s := serveSSH(t)
		write := func(name, text string) string {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			return path
		}
		plain, encrypted := keyText(t, s.key, ""), keyText(t, s.key, "hunter2")
		other := newKey(t)
		refused := "does not take the key ssh-ed25519 " + ssh.FingerprintSHA256(signerOf(t, other).PublicKey()) + " for the user git"
		noKey := errors.New("no key today")
		tests := []struct {
			name string
			ssh  SSHOptions
			is   error
			says string // "" is no error
		}{
			{name: "a function", ssh: SSHOptions{Key: always(plain)}},
			{name: "without the line feed at its end", ssh: SSHOptions{Key: always(strings.TrimSpace(plain))}},
			{name: "a file that others may read", ssh: SSHOptions{KeyFile: write("key", plain)}},
			{name: "encrypted", ssh: SSHOptions{Key: always(encrypted), Passphrase: always("hunter2")}},
			{name: "with a passphrase that it does not need", ssh: SSHOptions{Key: always(plain), Passphrase: always("hunter2")}},
			{name: "without the passphrase", ssh: SSHOptions{Key: always(encrypted)}, says: "no passphrase"},
			{name: "with another passphrase", ssh: SSHOptions{Key: always(encrypted), Passphrase: always("hunter3")}, says: "does not decrypt"},
			{name: "no key", ssh: SSHOptions{Key: always("hunter2 is no key")}, says: "not a private key"},
			{name: "a key that the server does not know", ssh: SSHOptions{Key: always(keyText(t, other, ""))}, is: ErrAuth, says: refused},
			{name: "no file", ssh: SSHOptions{KeyFile: filepath.Join(t.TempDir(), "none")}, is: os.ErrNotExist, says: "ssh key"},
			{name: "a file without end", ssh: SSHOptions{KeyFile: "/dev/zero"}, says: "more than"},
			{name: "a function that fails", ssh: SSHOptions{Key: func() (string, error) { return "", noKey }}, is: noKey, says: "ssh key"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				opts := s.options(u.dir, i)
				tt.ssh.KnownHosts = opts.SSH.KnownHosts
				opts.SSH = tt.ssh
				_, err := openRepository(t, opts).Tree(t.Context())
				wantError(t, err, tt.is, tt.says)
			})
		}
	})
}

// wantError checks an error: that it is one, and what it says; "" is for no error.
func wantError(t *testing.T, err, is error, says string) {
	t.Helper()
	switch {
	case says == "" && err != nil:
		t.Error(err)
	case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
		t.Errorf("got %v, want an error with %q", err, says)
	case is != nil && !errors.Is(err, is):
		t.Errorf("got %v, want one that is %v", err, is)
	case err != nil && strings.Contains(err.Error(), "hunter2"):
		t.Errorf("the error shows a secret: %v", err)
	}
}

func TestSSHKnownHosts(t *testing.T) {
	hostKey, rsaKey, other := signerOf(t, newKey(t)), signerOf(t, newRSAKey(t)), signerOf(t, newKey(t))
	byEach(t, func(t *testing.T, i Implementation) {
		u := newUpstream(t)
		u.push("main", files(1))
		s := serveSSH(t, hostKey, rsaKey)
		name := knownhosts.Normalize(s.address)
		line := func(name string, key ssh.Signer) string {
			return knownhosts.Line([]string{name}, key.PublicKey()) + "\n"
		}
		seen := ssh.FingerprintSHA256(hostKey.PublicKey())
		tests := []struct {
			name  string
			known string
			is    error
			says  string
			also  string
		}{
			{name: "its key", known: line(name, hostKey)},
			{name: "its other key only", known: line(name, rsaKey)},
			{name: "hashed", known: line(knownhosts.HashHostname(name), hostKey)},
			{name: "among others", known: "# servers\n\n" + line("git.example.com", other) + line(name, hostKey)},
			{name: "not known", known: line("git.example.com", other), is: ErrHostKey, says: "has no key of " + name, also: seen},
			{name: "what to add", known: line("git.example.com", other), is: ErrHostKey, says: fmt.Sprintf("add the line %q", strings.TrimSpace(line(name, hostKey)))},
			{
				name: "changed", known: line("git.example.com", hostKey) + line(name, other), is: ErrHostKey,
				says: "known_hosts has ssh-ed25519 " + ssh.FingerprintSHA256(other.PublicKey()) + " in line 2", also: "shows ssh-ed25519 " + seen,
			},
			{name: "revoked", known: "@revoked " + line(name, hostKey) + line(name, rsaKey)},
			{name: "empty", known: " \n", says: "known_hosts: it is empty"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				opts := s.options(u.dir, i)
				opts.SSH.KnownHosts = always(tt.known)
				before := s.connections.Load()
				_, err := openRepository(t, opts).Tree(t.Context())
				wantError(t, err, tt.is, tt.says)
				if err != nil && s.connections.Load() != before {
					t.Error("the key was shown to a server that is not the right one")
				}
				if err != nil && !strings.Contains(err.Error(), tt.also) {
					t.Errorf("%v does not have %q", err, tt.also)
				}
			})
		}
		t.Run("none is asked of the user", func(t *testing.T) {
			home := t.TempDir()
			t.Setenv("HOME", home)
			t.Setenv("SSH_KNOWN_HOSTS", filepath.Join(home, "known_hosts"))
			if err := os.WriteFile(filepath.Join(home, "known_hosts"), []byte(s.knownHosts()), 0o600); err != nil {
				t.Fatal(err)
			}
			opts := s.options(u.dir, i)
			opts.SSH.KnownHosts = nil
			_, err := OpenRepository(opts)
			wantError(t, err, nil, "ssh needs known_hosts")
			opts.SSH.KnownHostsFile = filepath.Join(home, "known_hosts")
			wantTree(t, openRepository(t, opts), files(1))
		})
	})
}

func TestSSHOptionsThatAreRefused(t *testing.T) {
	good := SSHOptions{Key: always("key"), KnownHosts: always("known")}
	for says, change := range map[string]func(*RepositoryOptions){
		"needs a private key":        func(o *RepositoryOptions) { o.SSH.Key = nil },
		"a file of one":              func(o *RepositoryOptions) { o.SSH.KeyFile = "key" },
		"needs known_hosts":          func(o *RepositoryOptions) { o.SSH.KnownHosts = nil },
		"known_hosts and a file":     func(o *RepositoryOptions) { o.SSH.KnownHostsFile = "known" },
		"a token is of no use":       func(o *RepositoryOptions) { o.Token = always("hunter2") },
		`implementation "libgit2"`:   func(o *RepositoryOptions) { o.Implementation = "libgit2" },
		"the path is empty, begins ": func(o *RepositoryOptions) { o.URL = "git@git.example.com:-x" },
	} {
		opts := RepositoryOptions{URL: "git@git.example.com:zones.git", SSH: good}
		change(&opts)
		_, err := OpenRepository(opts)
		wantError(t, err, nil, says)
	}
}

// A key that was rotated counts at the next contact.
func TestSSHKeyIsRotated(t *testing.T) {
	byEach(t, func(t *testing.T, i Implementation) {
		u := newUpstream(t)
		first := u.push("main", files(1))
		s := serveSSH(t)
		opts := s.options(u.dir, i)
		key := s.key
		opts.SSH.Key = func() (string, error) { return keyText(t, key, ""), nil }
		r := openRepository(t, opts)
		wantTree(t, r, files(1))
		next := newKey(t)
		s.accept(next)
		u.push("main", files(2), first)
		wantNoTree(t, r, ErrAuth)
		key = next
		wantTree(t, r, files(2))
	})
}

// An agent of the user's has the key, and is not asked.
func TestSSHAgentOfTheUserIsNotAsked(t *testing.T) {
	byEach(t, func(t *testing.T, i Implementation) {
		u := newUpstream(t)
		u.push("main", files(1))
		s := serveSSH(t)
		dir, err := os.MkdirTemp("", "agent-*")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		opts := s.options(u.dir, i)
		theirs, err := startSSHAgent(dir, location{}, opts.SSH)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(theirs.close)
		t.Setenv("SSH_AUTH_SOCK", filepath.Join(dir, agentSocket))
		opts.SSH.Key = always(keyText(t, newKey(t), ""))
		wantNoTree(t, openRepository(t, opts), ErrAuth)
	})
}

func TestSSHServerSays(t *testing.T) {
	tests := []struct {
		name string
		out  string
		errs string
		is   error
		says string
	}{
		{name: "GitHub", errs: "ERROR: Repository not found.\nfatal: Could not read from remote repository.\n", is: ErrNoRepository, says: "not found"},
		{name: "GitLab", errs: "remote: \nremote: ========\nremote: ERROR: The project you were looking for could not be found\nremote: ========\n", is: ErrNoRepository, says: "could not be found"},
		{name: "Gitea", errs: "Gitea: Unauthorized\n", is: ErrAuth, says: "Unauthorized"},
		{name: "git", errs: "fatal: '/srv/x.git' does not appear to be a git repository\n", is: ErrNoRepository, says: "does not appear"},
		{name: "in the protocol", out: "0017ERR no such thing!\n", says: "no such thing"},
		{name: "nothing", says: "ended the connection"},
		{name: "a banner of a shell", out: "Welcome to the server!\n", says: "repository ssh"},
		{name: "escapes", errs: "\x1b[31mfatal: \u202eno\x07\n", says: `fatal:  no`},
		{name: "very much", errs: strings.Repeat("no ", 100_000), says: "no no"},
	}
	byEach(t, func(t *testing.T, i Implementation) {
		s := serveSSH(t)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				s.answer(func(_ string, _ io.Reader, out, errs io.Writer) int {
					say(out, tt.out)
					return say(errs, tt.errs)
				})
				opts := s.options("/srv/x.git", i)
				opts.Timeout = 20 * time.Second
				_, err := openRepository(t, opts).Tree(t.Context())
				if err == nil {
					t.Fatal("Tree is good")
				}
				text := err.Error()
				if tt.is != nil && !errors.Is(err, tt.is) {
					t.Errorf("%v is not %v", err, tt.is)
				}
				if i == GoGit && tt.name != "a banner of a shell" && !strings.Contains(text, tt.says) {
					t.Errorf("%v does not say %q", err, tt.says)
				}
				if len(text) > 800 || strings.ContainsAny(text, "\x1b\x07\n\u202e") {
					t.Errorf("what the server says is not made safe: %q", text)
				}
			})
		}
	})
}

// The path is one word of the server's shell, whatever is in it.
func TestSSHPathIsQuoted(t *testing.T) {
	byEach(t, func(t *testing.T, i Implementation) {
		s := serveSSH(t)
		got := make(chan string, 10)
		s.answer(func(command string, _ io.Reader, _, _ io.Writer) int { got <- command; return 1 })
		for in, want := range map[string]string{
			"/srv/it's.git":       `git-upload-pack '/srv/it'\''s.git'`,
			"/srv/$(touch x).git": `git-upload-pack '/srv/$(touch x).git'`,
			"/~ann/zones.git":     `git-upload-pack '~ann/zones.git'`,
		} {
			opts := s.options("", i)
			opts.URL = "ssh://" + s.address + strings.ReplaceAll(in, " ", "%20")
			if _, err := openRepository(t, opts).Tree(t.Context()); err == nil {
				t.Fatal("Tree is good")
			}
			if command := <-got; command != want {
				t.Errorf("%s: the server is told %s, want %s", in, command, want)
			}
		}
	})
}
