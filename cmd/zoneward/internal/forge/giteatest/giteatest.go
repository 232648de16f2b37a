// Package giteatest runs a real Gitea (or Forgejo) for the length of a test: on a port of 127.0.0.1 that the kernel picks, with an empty SQLite database in a
// directory of the test. What tests do there they do by its API, https://docs.gitea.com/api/, as the users that they make.
//
// The program comes from outside, so the tests that use it have the build tag gitea:
//
//	make test-gitea GITEA=/path/to/gitea
package giteatest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

const (
	startTimeout = time.Minute // its first start makes the tables of its database, and keys
	stopTimeout  = 10 * time.Second
	pollInterval = 50 * time.Millisecond
	// beforeDeadline is how long before the deadline of the tests it is ended, so that it does not outlive them.
	beforeDeadline = 5 * time.Second
)

// Server is a Gitea that runs until the end of the test. Its methods and those of what it returns are for the goroutine of the test.
type Server struct {
	URL   string // http://127.0.0.1:PORT
	Admin *User
	dir   string
}

// Start starts the Gitea that ZONEWARD_GITEA names. One that was built without the tag bindata needs ZONEWARD_GITEA_STATIC too: the folder of its source, which has
// options, public and templates. It returns when the API answers.
func Start(t testing.TB) *Server {
	t.Helper()
	program := os.Getenv("ZONEWARD_GITEA")
	if program == "" {
		t.Fatal("ZONEWARD_GITEA is not set: make test-gitea GITEA=/path/to/gitea")
	}
	s := &Server{dir: t.TempDir()}
	s.URL = s.front(t)
	config, err := s.configure()
	if err != nil {
		t.Fatal(err)
	}
	s.run(t, program, "migrate", "--config", config)
	s.Admin = &User{Name: "root-of-gitea", server: s}
	s.run(t, program, "admin", "user", "create", "--config", config, "--admin", "--username", s.Admin.Name, "--password", password, "--email", "root@example.com", "--must-change-password=false")
	s.serve(t, program, config)
	s.Admin.Token = s.Admin.NewToken(t, "all")
	return s
}

// front listens on a port, and passes on what comes to Gitea's socket: a port that is only picked for a program somebody else could take before it does.
func (s *Server) front(t testing.TB) (address string) {
	t.Helper()
	var dialer net.Dialer
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "unix", s.socket())
	}}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "gitea"
		},
		Transport: transport,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	})
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	return server.URL
}

func (s *Server) socket() string { return filepath.Join(s.dir, "gitea.sock") }

// configure writes the configuration: https://docs.gitea.com/administration/config-cheat-sheet.
func (s *Server) configure() (file string, err error) {
	me, err := user.Current()
	if err != nil {
		return "", err
	}
	static := ""
	if folder := os.Getenv("ZONEWARD_GITEA_STATIC"); folder != "" {
		static = "STATIC_ROOT_PATH = " + folder
	}
	text := fmt.Sprintf(`WORK_PATH = %[1]s
RUN_USER = %[2]s
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
PROTOCOL = http+unix
HTTP_ADDR = %[3]s
ROOT_URL = %[4]s/
OFFLINE_MODE = true
DISABLE_SSH = true
%[5]s
[database]
DB_TYPE = sqlite3
PATH = %[1]s/gitea.db
SQLITE_TIMEOUT = 20000
[security]
INSTALL_LOCK = true
SECRET_KEY = %[6]s
[repository]
DEFAULT_BRANCH = main
[indexer]
ISSUE_INDEXER_TYPE = db
[webhook]
ALLOWED_HOST_LIST = loopback
[actions]
ENABLED = true
[cron.update_checker]
ENABLED = false
[log]
MODE = console
LEVEL = warn
`, s.dir, me.Username, s.socket(), s.URL, static, rand.Text())
	file = filepath.Join(s.dir, "app.ini")
	return file, os.WriteFile(file, []byte(text), 0o600)
}

// run runs a command of Gitea's to its end.
func (s *Server) run(t testing.TB, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Dir = s.environment(), s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, args[0], err, out)
	}
}

func (s *Server) environment() []string {
	return append(os.Environ(), "HOME="+s.dir, "GITEA_WORK_DIR="+s.dir, "GIT_CONFIG_NOSYSTEM=1")
}

// serve runs the server until the end of the test.
func (s *Server) serve(t testing.TB, program, config string) {
	t.Helper()
	log, err := os.Create(filepath.Join(s.dir, "gitea.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }() // it has a descriptor of its own
	ctx, cancel := lifetime(t)
	cmd := exec.CommandContext(ctx, program, "web", "--config", config)
	cmd.Env, cmd.Dir = s.environment(), s.dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTimeout
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // the log says more
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			text, err := os.ReadFile(log.Name())
			t.Logf("log of Gitea (%v):\n%s", err, text)
		}
	})
	until(t, startTimeout, func() error {
		select {
		case <-ended:
			t.Fatal("Gitea has ended")
		default:
		}
		return s.Admin.try(http.MethodGet, "/version", nil, nil)
	})
}

// lifetime returns a context that ends with cancel, and before the tests have to be finished. That of the test ends too early: before what is cleaned up.
func lifetime(t testing.TB) (context.Context, context.CancelFunc) {
	ctx := context.WithoutCancel(t.Context())
	if test, ok := t.(*testing.T); ok {
		if deadline, ok := test.Deadline(); ok {
			return context.WithDeadline(ctx, deadline.Add(-beforeDeadline))
		}
	}
	return context.WithCancel(ctx)
}

// Until waits until check finds nothing wrong, for a minute at most: what Gitea does with a push or a webhook it does after it has answered.
func Until(t testing.TB, check func() error) {
	t.Helper()
	until(t, time.Minute, check)
}

func until(t testing.TB, limit time.Duration, check func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("after %s: %v", limit, err)
		}
	}
}
