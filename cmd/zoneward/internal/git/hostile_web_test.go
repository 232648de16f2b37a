package git

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// caFile has the certificate of the TLS servers of httptest.
func caFile(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// byEachHTTP runs the test with each implementation.
func byEachHTTP(t *testing.T, test func(t *testing.T, i Implementation)) {
	gitProgram(t)
	for _, i := range []Implementation{GoGit, CLI} {
		t.Run(string(i), func(t *testing.T) { test(t, i) })
	}
}

func TestCAFile(t *testing.T) {
	byEachHTTP(t, func(t *testing.T, i Implementation) {
		u := newUpstream(t)
		u.push("main", files(1))
		s := serveTLS(t, filepath.Dir(u.dir))
		opts := RepositoryOptions{URL: s.URL + "/zones.git", Implementation: i}
		_, err := openRepository(t, opts).Tree(t.Context())
		wantError(t, err, nil, "certificate")
		opts.CAFile = caFile(t, s.Server)
		wantTree(t, openRepository(t, opts), files(1))
		for name, text := range map[string]string{"none": "", "no PEM": "x"} {
			opts.CAFile = filepath.Join(t.TempDir(), "ca.pem")
			if name != "none" {
				if err := os.WriteFile(opts.CAFile, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := OpenRepository(opts)
			wantError(t, err, nil, "certificates of authorities")
		}
	})
}

// A repository that has moved is followed to another host by https, and the token stays at home.
func TestMovedRepository(t *testing.T) {
	byEachHTTP(t, func(t *testing.T, i Implementation) {
		u := newUpstream(t)
		first := u.push("main", files(1))
		there := serveTLS(t, filepath.Dir(u.dir))
		var leaked atomic.Int32
		there.check = func(r *http.Request) int {
			for name, values := range r.Header {
				if strings.Contains(name, "Authorization") || strings.Contains(fmt.Sprint(values), "hunter2") || name == relayHeader {
					leaked.Add(1)
				}
			}
			return http.StatusOK
		}
		var asked atomic.Int32
		here := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, token, _ := r.BasicAuth(); token != "hunter2" {
				t.Errorf("at home without the token")
			}
			asked.Add(1)
			http.Redirect(w, r, there.URL+strings.Replace(r.URL.String(), "/old", "/zones", 1), http.StatusMovedPermanently)
		}))
		defer here.Close()
		var log bytes.Buffer
		r := openRepository(t, RepositoryOptions{
			URL: here.URL + "/old.git", Implementation: i, CAFile: caFile(t, here), Token: always("hunter2"),
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		wantTree(t, r, files(1))
		u.push("main", files(2), first)
		wantTree(t, r, files(2))
		if got := leaked.Load(); got != 0 {
			t.Errorf("the token was sent to another host %d times", got)
		}
		if asked.Load() == 0 {
			t.Error("the repository was not asked for where the URL says")
		}
		if text := log.String(); strings.Count(text, "repository has moved") != 1 || !strings.Contains(text, "to="+there.URL+"/zones.git") {
			t.Errorf("log:\n%s", text)
		}
		there.check = func(*http.Request) int { return http.StatusUnauthorized }
		wantNoTree(t, r, ErrAuth)
	})
}

func TestRedirectsThatAreRefused(t *testing.T) {
	byEachHTTP(t, func(t *testing.T, i Implementation) {
		var location string
		var here *httptest.Server
		here = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", strings.ReplaceAll(location, "HERE", here.URL))
			w.WriteHeader(http.StatusFound)
		}))
		defer here.Close()
		plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed to http") }))
		defer plain.Close()
		tests := []struct{ name, to, says string }{
			{"http", plain.URL + "/zones.git/info/refs", "which is not https"},
			{"file", "file:///etc/passwd", "which is not https"},
			{"ftp", "ftp://git.example.com/info/refs", "which is not https"},
			{"metadata of a cloud", "https://169.254.169.254/info/refs", "which is of this machine or its link"},
			{"link-local", "https://[fe80::1]/info/refs", "which is of this machine or its link"},
			{"any", "https://0.0.0.0/info/refs", "which is of this machine or its link"},
			{"loop", "HERE/zones.git/info/refs?service=git-upload-pack", "redirected too often"},
			{"long", "ftp://git.example.com/" + strings.Repeat("x", 100_000), "which is not https"},
			{"nowhere", "", ""},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				location = tt.to
				r := openRepository(t, RepositoryOptions{URL: here.URL + "/zones.git", Implementation: i, CAFile: caFile(t, here), Timeout: 20 * time.Second})
				_, err := r.Tree(t.Context())
				says := tt.says
				if i == GoGit && says == "which is not https" {
					says = "http redirect: " // go-git looks first
				}
				if err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("Tree: %v, want an error with %q", err, says)
				}
				if err != nil && len(err.Error()) > 1000 {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
			})
		}
	})
}

func TestInside(t *testing.T) {
	for text, want := range map[string][2]bool{ // good from elsewhere, from this machine
		"192.0.2.1": {true, true}, "2001:db8::1": {true, true}, "10.0.0.1": {true, true},
		"127.0.0.1": {false, true}, "::1": {false, true}, "::ffff:127.0.0.1": {false, true},
		"169.254.169.254": {}, "::ffff:169.254.169.254": {}, "fe80::1": {}, "0.0.0.0": {}, "::": {}, "224.0.0.1": {}, "ff02::1": {},
	} {
		addr := netip.MustParseAddr(text)
		if got := [2]bool{inside(addr, false) == nil, inside(addr, true) == nil}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
		err := refuseInside(false)("tcp", netip.AddrPortFrom(addr, 443).String(), nil)
		if (err == nil) != want[0] {
			t.Errorf("dial %s: %v", text, err)
		}
	}
}

// A server is asked for a pack where it said that the repository is, and nowhere else.
func TestRedirectOfTheSecondRequest(t *testing.T) {
	byEachHTTP(t, func(t *testing.T, i Implementation) {
		u := newUpstream(t)
		u.push("main", files(1))
		s := serve(t, filepath.Dir(u.dir))
		full := s.Config.Handler
		other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
		defer other.Close()
		s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
				return
			}
			full.ServeHTTP(w, r)
		})
		_, err := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Implementation: i}).Tree(t.Context())
		wantError(t, err, nil, "redirect")
	})
}

// advertised is how a server begins to list its references.
const advertised = "001e# service=git-upload-pack\n0000" + "00500123456789012345678901234567890123456789 refs/heads/main\x00 ofs-delta agent=x\n"

// slow serves the repository so that it never comes to an end.
func slow(t *testing.T, dir string) map[string]http.Handler {
	full := serve(t, dir).Config.Handler
	forever := func(w http.ResponseWriter, r *http.Request, text string) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, text); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	refs := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
	}
	return map[string]http.Handler{
		"never answers": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
		"trickles": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			refs(w)
			forever(w, r, "1")
		}),
		"trickles references": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			refs(w)
			say(w, advertised)
			forever(w, r, "00400123456789012345678901234567890123456789 refs/heads/"+strings.Repeat("x", 7)+"\n")
		}),
		"trickles a pack": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.Method != http.MethodPost || bytes.Contains(body, []byte("command=ls-refs")) {
				r.Body = io.NopCloser(bytes.NewReader(body))
				full.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
			if r.Header.Get("Git-Protocol") == "version=2" {
				say(w, "000dpackfile\n")
			} else {
				say(w, "0008NAK\n")
			}
			forever(w, r, "0006\x02.")
		}),
	}
}

// wantTimeout checks that the deadline holds, with everything that was started.
func wantTimeout(t *testing.T, opts RepositoryOptions) {
	t.Helper()
	opts.Timeout = 700 * time.Millisecond
	opts.Dir = t.TempDir()
	began := time.Now()
	_, err := openRepository(t, opts).Tree(t.Context())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Tree: %v, want %v", err, context.DeadlineExceeded)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("it took %s", took)
	}
	if left, err := os.ReadDir(opts.Dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestSlowServer(t *testing.T) {
	byEachHTTP(t, func(t *testing.T, i Implementation) {
		u := newUpstream(t)
		u.push("main", files(1))
		for name, handler := range slow(t, filepath.Dir(u.dir)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // all that it does is wait
				s := httptest.NewServer(handler)
				defer s.Close()
				wantTimeout(t, RepositoryOptions{URL: s.URL + "/zones.git", Implementation: i})
			})
		}
	})
}

func TestSlowSSHServer(t *testing.T) {
	byEach(t, func(t *testing.T, i Implementation) {
		s := serveSSH(t)
		t.Run("says nothing", func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			opts := s.options("/srv/zones.git", i)
			opts.URL = "ssh://" + listener.Addr().String() + "/srv/zones.git"
			wantTimeout(t, opts)
		})
		t.Run("starts nothing", func(t *testing.T) {
			done := make(chan struct{})
			defer close(done)
			s.answer(func(string, io.Reader, io.Writer, io.Writer) int { <-done; return 1 })
			wantTimeout(t, s.options("/srv/zones.git", i))
		})
		t.Run("says the same for ever", func(t *testing.T) {
			s.answer(func(_ string, _ io.Reader, out, _ io.Writer) int {
				for {
					if _, err := io.WriteString(out, "00400123456789012345678901234567890123456789 refs/heads/xxxxxxx\n"); err != nil {
						return 1
					}
					time.Sleep(time.Millisecond)
				}
			})
			wantTimeout(t, s.options("/srv/zones.git", i))
		})
	})
}

func TestBusyServer(t *testing.T) {
	byEachHTTP(t, func(t *testing.T, i Implementation) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "77")
			w.WriteHeader(http.StatusTooManyRequests)
		}))
		defer s.Close()
		_, err := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Implementation: i}).Tree(t.Context())
		if busy, ok := errors.AsType[*providers.BusyError](err); !ok || busy.After != 77*time.Second {
			t.Errorf("Tree: %v, want a *BusyError of 77s", err)
		}
	})
}

// What a server answers with is never shown, however long it is, and never all read.
func TestServerSaysTooMuch(t *testing.T) {
	byEachHTTP(t, func(t *testing.T, i Implementation) {
		for _, status := range []int{http.StatusOK, http.StatusForbidden, http.StatusInternalServerError} {
			t.Run(fmt.Sprint(status), func(t *testing.T) {
				var written atomic.Int64
				s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
					w.WriteHeader(status)
					say(w, advertised)
					line := []byte(strings.Repeat("00400123456789012345678901234567890123456789 refs/heads/xxxxxxx\n", 1000))
					for written.Load() < 1<<30 {
						n, err := w.Write(line)
						if written.Add(int64(n)); err != nil {
							return
						}
					}
				}))
				defer s.Close()
				_, err := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Implementation: i}).Tree(t.Context())
				if err == nil || len(err.Error()) > 500 || strings.Contains(err.Error(), "xxxxxxx") {
					t.Errorf("Tree: %v", err)
				}
				if status == http.StatusOK && !errors.Is(err, ErrTooLarge) {
					t.Errorf("Tree: %v, want %v", err, ErrTooLarge)
				}
				if n := written.Load(); n > maxListBytes*2 {
					t.Errorf("%d bytes were taken", n)
				}
			})
		}
	})
}
