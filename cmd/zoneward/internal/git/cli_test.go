package git

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Neither the environment nor the user's or the machine's configuration has a say in what git does, and nothing of the
// repository runs.
func TestCLIIsHermetic(t *testing.T) {
	overEachRemote(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		if at.Implementation != CLI {
			t.Skip("of the git command")
		}
		u.push("main", files(1))
		ran := filepath.Join(t.TempDir(), "ran")
		run := filepath.Join(t.TempDir(), "run")
		write(t, run, "#!/bin/sh\necho \"$0 $*\" >>"+ran+"\nexit 1\n", 0o755)
		home := t.TempDir()
		write(t, filepath.Join(home, ".gitconfig"), `[url "ext::`+run+`"]
	insteadOf = "http://"
	insteadOf = "file://"
	insteadOf = "ssh://"
[core]
	sshCommand = `+run+`
	askPass = `+run+`
[credential]
	helper = `+run+`
[uploadpack]
	packObjectsHook = `+run+`
`, 0o644)
		if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(home, ".ssh", "config"), "Host *\n  ProxyCommand "+run+"\n", 0o600)
		for name, value := range map[string]string{
			"HOME": home, "XDG_CONFIG_HOME": home, "GIT_CONFIG_GLOBAL": filepath.Join(home, ".gitconfig"),
			"GIT_SSH_COMMAND": run, "GIT_SSH": run, "GIT_ASKPASS": run, "SSH_ASKPASS": run, "GIT_PROXY_COMMAND": run,
			"GIT_EXEC_PATH": home, "GIT_DIR": home, "GIT_EXTERNAL_DIFF": run, "GIT_TRACE": filepath.Join(home, "trace"),
			"http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1", "GIT_TEMPLATE_DIR": home,
			"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.sshCommand", "GIT_CONFIG_VALUE_0": run,
		} {
			t.Setenv(name, value)
		}
		at.Dir = t.TempDir()
		first := openRepository(t, at)
		wantTree(t, first, files(1))
		for _, hook := range []string{"post-checkout", "reference-transaction", "post-merge", "pre-auto-gc"} {
			write(t, filepath.Join(at.Dir, cloneName, "hooks", hook), "#!/bin/sh\nexec "+run+"\n", 0o755)
		}
		u.push("main", files(2))
		wantTree(t, first, files(2))
		if text, err := os.ReadFile(ran); err == nil {
			t.Errorf("was run: %s", text)
		}
		if _, err := os.Stat(filepath.Join(home, "trace")); err == nil {
			t.Error("git obeyed GIT_TRACE")
		}
	})
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// inProcesses looks for the secret in the command lines and environments of all processes, and in files.
func inProcesses(t *testing.T, secret string, dirs ...string) {
	t.Helper()
	seen, err := filepath.Glob("/proc/[0-9]*/[ce][mn][dv]*") // cmdline and environ
	if err != nil || len(seen) == 0 {
		t.Skip("no /proc")
	}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				seen = append(seen, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range seen {
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), secret) {
			t.Errorf("the secret is in %s", path)
		}
	}
}

// While git talks to the server, the secret is in the memory of this process only.
func TestCLIShowsNoSecret(t *testing.T) {
	t.Run("token", func(t *testing.T) {
		const token = "hunter2-of-this-test"
		gitProgram(t)
		u := newUpstream(t)
		u.push("main", files(1))
		s := serve(t, filepath.Dir(u.dir))
		t.Setenv("TMPDIR", t.TempDir())
		looked := false
		s.check = func(r *http.Request) int {
			if _, got, _ := r.BasicAuth(); got != token {
				return http.StatusUnauthorized
			}
			looked = true
			inProcesses(t, token, os.TempDir())
			return http.StatusOK
		}
		r := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Implementation: CLI, Token: always(token)})
		wantTree(t, r, files(1))
		if !looked {
			t.Error("the token was not sent")
		}
	})
	t.Run("ssh key", func(t *testing.T) {
		program(t, "ssh")
		s := serveSSH(t)
		key := keyText(t, s.key, "")
		secret := strings.Split(key, "\n")[3] // of the private half
		looked := false
		s.answer(func(_ string, _ io.Reader, _, errs io.Writer) int {
			looked = true
			dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), "zoneward-*"))
			inProcesses(t, secret, dirs...)
			return say(errs, "fatal: repository not found\n")
		})
		wantNoTree(t, openRepository(t, s.options("/srv/zones.git", CLI)), ErrNoRepository)
		if !looked {
			t.Error("ssh did not come so far")
		}
	})
}

// Nothing is left of a contact, however it ends.
func TestCLILeavesNothing(t *testing.T) {
	overEachRemote(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		u.push("main", files(1))
		at.Dir = t.TempDir()
		dir, err := os.MkdirTemp("", "left-*") // short enough for the name of a socket
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		t.Setenv("TMPDIR", dir)
		r := openRepository(t, at)
		wantTree(t, r, files(1))
		at.Timeout, at.Dir = 20*time.Millisecond, t.TempDir()
		_, _ = openRepository(t, at).Tree(t.Context())
		at.Timeout, at.Branch = 0, "gone"
		wantNoTree(t, openRepository(t, at), ErrNoBranch)
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	})
}

func TestCLINeedsItsPrograms(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := OpenRepository(RepositoryOptions{URL: "https://git.example.com/zones.git", Implementation: CLI})
	wantError(t, err, nil, "needs the program git")
}

// The relay is for the git that was started with its key, and for what that has to ask.
func TestRelayRefuses(t *testing.T) {
	u := newUpstream(t)
	u.push("main", files(1))
	s := serve(t, filepath.Dir(u.dir))
	loc, err := parseLocation(s.URL + "/zones.git")
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWeb(loc, RepositoryOptions{Token: always("hunter2")}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	r, err := startRelay(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	for name, tt := range map[string]struct {
		method, path, key string
		want              int
	}{
		"good":            {http.MethodGet, "/info/refs?service=git-upload-pack", r.key, http.StatusOK},
		"no key":          {http.MethodGet, "/info/refs?service=git-upload-pack", "", http.StatusForbidden},
		"another key":     {http.MethodGet, "/info/refs?service=git-upload-pack", "x", http.StatusForbidden},
		"another path":    {http.MethodGet, "/HEAD", r.key, http.StatusNotFound},
		"up":              {http.MethodGet, "/../info/refs", r.key, http.StatusNotFound},
		"push":            {http.MethodPost, "/git-receive-pack", r.key, http.StatusNotFound},
		"another service": {http.MethodGet, "/info/refs?service=git-receive-pack", r.key, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			before := s.requests.Load()
			req, err := http.NewRequestWithContext(t.Context(), tt.method, r.url+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set(relayHeader, tt.key)
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.StatusCode != tt.want {
				t.Errorf("HTTP %d, want %d", res.StatusCode, tt.want)
			}
			if passed := s.requests.Load() > before; passed != (tt.want == http.StatusOK) {
				t.Errorf("passed on: %t", passed)
			}
		})
	}
}

// What git reads of a server is what it is made to mean.
func TestParseRefs(t *testing.T) {
	const id = "0123456789012345678901234567890123456789"
	tests := []struct{ name, text, branch, want string }{
		{"a branch", id + "\trefs/heads/main\n", "refs/heads/main", "refs/heads/main"},
		{"HEAD", "ref: refs/heads/main\tHEAD\n" + id + "\tHEAD\n", "HEAD", "refs/heads/main"},
		{"detached", id + "\tHEAD\n", "HEAD", "HEAD"},
		{"unborn", "ref: refs/heads/main\tHEAD\n", "HEAD", ""},
		{"another", id + "\trefs/heads/x/refs/heads/main\n", "refs/heads/main", ""},
		{"no id", "0123\trefs/heads/main\n", "refs/heads/main", ""},
		{"garbage", "\n\t\n\tHEAD\nHEAD\t\n", "HEAD", ""},
		{"HEAD that is an option", "ref: --upload-pack=x\tHEAD\n" + id + "\tHEAD\n", "HEAD", ""},
		{"HEAD that is two", "ref: refs/heads/a:refs/heads/b\tHEAD\n" + id + "\tHEAD\n", "HEAD", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refs := parseRefs(tt.text)
			got, err := tipOf(refs, plumbing.ReferenceName(tt.branch))
			if (err == nil) != (tt.want != "") || got.name.String() != tt.want {
				t.Errorf("tip is %q, %v, want %q", got.name, err, tt.want)
			}
		})
	}
}
